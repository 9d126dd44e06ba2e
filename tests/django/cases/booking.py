"""The booking service of tests/fixtures/realistic/booking."""
import datetime

from proof.drive import Request, get, post
from proof.services import Answer

APP = "booking"
SETTINGS = {"TIME_ZONE": "UTC"}
# Views that wait for something and have no reason to stay sync, from the Django on whose decorators take async views.
ASYNC = {
    "room_list": "4.2", "venue_detail": "4.2", "room_detail": "4.2", "book": "5.1", "booking_detail": "5.1", "my_bookings": "5.1",
    "edit_guests": "5.1", "cancel_booking": "5.1", "pay_booking": "5.1", "wait_for": "5.1", "toggle_favourite": "5.1",
    "edit_profile": "5.1", "api_slots": "5.0", "api_rooms": "5.0",
    # Of `permission_required`, async views are taken from 5.1 on; their tests of permissions from 5.2 on.
    "dashboard": "5.1", "export_bookings": "5.1",
}  # fmt: skip


def seed():
    from django.contrib.auth.models import Permission, User
    from booking import models as m
    from proof.site import NOW

    member, staff = User.objects.get(username="member"), User.objects.get(username="staff")
    other = User.objects.create(username="other", email="other@example.com", first_name="Ola")
    for user in (member, staff):
        m.MemberProfile.objects.get_or_create(user=user)
    m.MemberProfile.objects.filter(user=other).update(phone="555", wants_sms=True)
    hub = m.Venue.objects.create(name="Hub", slug="hub", city="Oslo", manager=staff)
    barn = m.Venue.objects.create(name="Barn", slug="barn", city="Bergen")
    beamer, piano = (m.Amenity.objects.create(name=name) for name in ("Beamer", "Piano"))
    rooms = [
        m.Room.objects.create(venue=barn if i > 3 else hub, name=name, slug=name.lower(), capacity=4 * (i + 1), hourly_rate="%d.50" % (10 + i),
                              is_closed=name == "Attic")
        for i, name in enumerate(["Amber", "Blue", "Coral", "Dune", "Elm", "Attic"])
    ]  # fmt: skip
    rooms[0].amenities.add(beamer)
    rooms[1].amenities.set([beamer, piano])
    member.booking_profile.favourites.add(rooms[1])
    for i, (room, who, days, status) in enumerate((
        (0, member, 1, "pending"), (1, member, 2, "confirmed"), (1, other, 1, "confirmed"), (2, staff, 3, "pending"),
        (0, member, -5, "confirmed"), (3, member, 4, "cancelled"), (4, other, 0, "pending"),
    )):  # fmt: skip
        start = NOW + datetime.timedelta(days=days)
        booking = m.Booking.objects.create(
            reference="R%d" % i, room=rooms[room], customer=who, starts_at=start, ends_at=start + datetime.timedelta(hours=1 + i % 3),
            status=status, price="%d.00" % (20 + i), note="Window seat" if i == 1 else "",
        )
        m.Guest.objects.create(booking=booking, name="Guest %d" % i, email="guest%d@example.com" % i)
        if i == 6:
            m.Booking.objects.filter(pk=booking.pk).update(created_at=NOW - datetime.timedelta(hours=3))
    m.WaitlistEntry.objects.create(room=rooms[1], customer=other, day=(NOW + datetime.timedelta(days=2)).date())
    m.WaitlistEntry.objects.create(room=rooms[0], customer=staff, day=(NOW + datetime.timedelta(days=1)).date())
    assert Permission.objects.filter(codename="view_booking").exists()


def answer(call):
    if call["host"] == "payments.example.com":
        token = call["body"]["json"]["token"]
        if token == "declined":
            return Answer({"reason": "no funds"}, status=402)
        if token == "broken":
            return Answer({"error": "boom"}, status=500)
        return Answer({"id": "pay_7"}, status=201)
    if call["host"] == "sms.example.com":
        return Answer({"queued": True}, status=202)
    return Answer(status=404)


WHEN = {"starts_at": "2026-03-05 09:00", "ends_at": "2026-03-05 11:00", "note": "Quiet"}
GUESTS = {
    "guests-TOTAL_FORMS": 2, "guests-INITIAL_FORMS": 1, "guests-0-id": 1, "guests-0-booking": 1, "guests-0-name": "Renamed",
    "guests-1-booking": 1, "guests-1-name": "Second", "guests-1-email": "second@example.com",
}  # fmt: skip
FLOWS = [
    ("rooms", [get("/"), get("/?page=2"), get("/?page=9"), get("/?page=x")]),
    ("search", [get("/?people=8"), get("/?venue=barn"), get("/?venue=none"), get("/?amenities=1&amenities=2"), get("/?people=x")]),
    ("venue", [get("/venues/hub/"), get("/venues/barn/"), get("/venues/none/")]),
    ("room", [get("/rooms/amber/"), get("/rooms/blue/"), get("/rooms/elm/"), get("/rooms/amber/"), get("/rooms/none/")]),
    ("book", [get("/rooms/coral/book/"), post("/rooms/coral/book/", WHEN), get("/bookings/"), post("/rooms/coral/book/", WHEN)]),
    ("book in vain", [
        post("/rooms/coral/book/", {"starts_at": "2026-03-05 11:00", "ends_at": "2026-03-05 09:00"}), post("/rooms/coral/book/", {}),
        post("/rooms/amber/book/", {"starts_at": "2026-03-03 10:30", "ends_at": "2026-03-03 11:30"}),
        get("/rooms/attic/book/"), Request("/rooms/coral/book/", method="PUT"),
    ]),
    ("without a token", [post("/rooms/coral/book/", WHEN, csrf=False)]),
    ("bookings", [get("/bookings/"), get("/bookings/R0/"), get("/bookings/R2/"), get("/bookings/none/")]),
    ("guests", [get("/bookings/R0/guests/"), post("/bookings/R0/guests/", GUESTS), get("/bookings/R0/")]),
    ("guests in vain", [
        post("/bookings/R0/guests/", {**GUESTS, "guests-1-email": "wrong"}), post("/bookings/R0/guests/", {**GUESTS, "guests-0-DELETE": "on"}),
        get("/bookings/R2/guests/"),
    ]),
    ("cancel", [post("/bookings/R0/cancel/"), post("/bookings/R0/cancel/"), post("/bookings/R1/cancel/"), post("/bookings/R4/cancel/"),
                get("/bookings/R1/cancel/"), post("/bookings/R2/cancel/"), get("/bookings/")]),
    ("pay", [post("/bookings/R0/pay/", {"token": "good"}), get("/bookings/R0/"), post("/bookings/R0/pay/", {"token": "good"})]),
    ("pay in vain", [post("/bookings/R0/pay/", {"token": "declined"}), post("/bookings/R0/pay/", {"token": "broken"}), get("/bookings/R0/"),
                     post("/bookings/R3/pay/")]),
    ("wait", [post("/rooms/blue/wait/", {"day": "2026-03-04"}), post("/rooms/blue/wait/", {"day": "2026-03-04"}), post("/rooms/blue/wait/"),
              post("/rooms/blue/wait/", {"day": "2020-01-01"}), post("/rooms/none/wait/")]),
    ("favourite", [post("/rooms/blue/favourite/"), post("/rooms/blue/favourite/"), post("/rooms/elm/favourite/", {"next": "/bookings/"}), get("/bookings/"), get("/")]),
    ("profile", [get("/profile/"), post("/profile/", {"phone": "777", "wants_sms": "on", "favourites": [1, 2]}), get("/profile/"),
                 post("/profile/", {"favourites": [99]})]),
    ("desk", [get("/desk/"), post("/desk/"), post("/desk/"), get("/desk/export.csv")]),
    ("API", [get("/api/rooms/"), get("/api/rooms/?city=oslo"), get("/api/rooms/?from=2026-03-03T10:00Z&to=2026-03-03T12:00Z"),
             get("/api/rooms/amber/slots/?day=2026-03-03"), get("/api/rooms/amber/slots/?day=2026-03-03"), get("/api/rooms/attic/slots/"), post("/api/rooms/")]),
    ("move", [get("/bookings/R0/move/"), post("/bookings/R0/move/", WHEN), post("/bookings/R0/move/", {}), get("/bookings/R2/move/"), get("/bookings/none/move/")]),
]  # fmt: skip
PEOPLE = ("anonymous", "visitor", "member", "staff")
