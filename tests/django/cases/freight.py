"""The forwarder of tests/fixtures/realistic/freight: services three files deep, shared by views, signals, tags, commands and tasks."""
from proof.drive import get, post
from proof.services import Answer

APP = "freight"
SETTINGS = {}
# Views that wait for something and have no reason to stay sync, from the Django on whose decorators take async views.
ASYNC = {
    "parcel_detail": "4.2", "arrivals": "4.2", "depot": "4.2", "tariffs": "4.2", "surcharge": "4.2", "ranking": "4.2", "label": "4.2",
    "arrive": "5.0",
}  # fmt: skip


def seed():
    from freight import models as m

    north = m.Depot.objects.create(name="North")
    dock = m.Depot.objects.create(name="Dock", parent=north)
    gate = m.Depot.objects.create(name="Gate", parent=dock)
    for number, (depot, destination) in enumerate([(north, "island"), (gate, "city"), (None, "island")]):
        m.Parcel.objects.create(code="P%d" % (number + 1), destination=destination, weight=number + 2, depot=depot)


def answer(call):
    if call["host"] != "carrier.example.com":
        return Answer(status=404)
    query = dict(call["query"])
    if call["method"] == "POST":
        return Answer({"queued": True}, status=500 if call["body"]["json"]["place"] == "Nowhere" else 202)
    if call["path"] == "/rates":
        return Answer({"rate": 4})
    if call["path"] == "/express":
        return Answer({"base": 4})
    if call["path"] == "/fuel":
        return Answer({"surcharge": 1})
    if call["path"] == "/events":
        if query["page"] == "1":
            return Answer({"events": ["sent", "sorted"], "next": 2})
        return Answer({"events": ["loaded"], "next": None})
    if call["path"] == "/arrival/P1":
        return Answer({"day": "Monday"})
    return Answer({"error": "unknown"}, status=404)


FLOWS = [
    ("arrivals", [get("/"), get("/ranking/")]),
    ("parcels", [get("/parcels/P1/"), get("/parcels/P2/"), get("/parcels/none/")]),
    ("on the way", [get("/parcels/P1/track/"), get("/parcels/P1/label/"), get("/parcels/P2/label/")]),
    ("prices", [get("/parcels/P1/tariffs/"), get("/parcels/P2/extra/fuel/"), get("/parcels/P3/extra/island/")]),
    ("depots", [get("/depots/1/"), get("/depots/3/"), get("/depots/9/")]),
    ("arrive", [post("/parcels/P1/arrive/", {"place": "Oslo"}), post("/parcels/P1/arrive/", {"place": "Nowhere"}), get("/parcels/P1/arrive/"),
                get("/parcels/P1/")]),
]  # fmt: skip
PEOPLE = ("anonymous", "staff")
