//! Relations that methods, properties and helpers read of rows that they are given, by where these are loaded.

use crate::rules::testing::check;

const MODELS: &str = "from django.db import models

class Venue(models.Model):
    name = models.CharField(max_length=9)

class Room(models.Model):
    venue = models.ForeignKey(Venue, models.CASCADE)

    def __str__(self):
        return self.venue.name

class Booking(models.Model):
    room = models.ForeignKey(Room, models.CASCADE)
    guest = models.ForeignKey(Venue, models.CASCADE, related_name='guests')

    @property
    def place(self):
        return self.room.venue.name

    def label(self, sep):
        return self.guest.name + sep + self.place

";

/// Checks a file below the models, before and after.
#[track_caller]
fn check_code(before: &str, after: &str) {
    let models = match after.contains("aget_object_or_404") {
        true => MODELS.replacen(
            "models\n",
            "models\nfrom django.shortcuts import aget_object_or_404\n",
            1,
        ),
        false => MODELS.to_owned(),
    };
    let imports = match after.contains("sync_to_async") {
        true => "from asgiref.sync import sync_to_async\n",
        false => "",
    };
    check(
        &format!("{MODELS}{before}"),
        &format!("{imports}{models}{after}"),
    );
}

#[test]
fn what_methods_and_properties_read_is_loaded_with_the_row() {
    check_code(
        "def view(request):\n    out = [booking.label(':') for booking in Booking.objects.all()]\n    out.append(Booking.objects.first().place)\n    return JsonResponse(out, safe=False)\n",
        "async def view(request):\n    out = [booking.label(':') async for booking in Booking.objects.select_related(\"guest\", \"room__venue\").all()]\n    out.append((await Booking.objects.select_related(\"room__venue\").afirst()).place)\n    return JsonResponse(out, safe=False)\n",
    );
    check_code(
        "def view(request, pk):\n    room = Room.objects.get(pk=pk)\n    return HttpResponse(f'in {room}')\n",
        "async def view(request, pk):\n    room = await Room.objects.select_related(\"venue\").aget(pk=pk)\n    return HttpResponse(f'in {room}')\n",
    );
}

#[test]
fn a_helper_that_gets_rows_stays_synchronous() {
    check_code(
        "def line(booking, sep=','):\n    return booking.guest.name + sep + tail(booking.room)\n\ndef tail(room):\n    return room.venue.name\n\ndef view(request, pk):\n    booking = get_object_or_404(Booking, pk=pk)\n    out = [line(other) for other in Booking.objects.filter(room=1)]\n    return JsonResponse([line(booking=booking, sep=';'), out], safe=False)\n",
        "def line(booking, sep=','):\n    return booking.guest.name + sep + tail(booking.room)\n\ndef tail(room):\n    return room.venue.name\n\nasync def view(request, pk):\n    booking = await aget_object_or_404(Booking.objects.select_related(\"guest\", \"room__venue\"), pk=pk)\n    out = [line(other) async for other in Booking.objects.select_related(\"guest\", \"room__venue\").filter(room=1)]\n    return JsonResponse([line(booking=booking, sep=';'), out], safe=False)\n",
    );
}

#[test]
fn not_when_another_caller_has_the_row_from_elsewhere() {
    check_code(
        "def _line(booking):\n    return booking.guest.name\n\ndef view(request, pk):\n    booking = Booking.objects.get(pk=pk)\n    return HttpResponse(_line(booking) + _line(request.booking))\n",
        "async def _line(booking):\n    return (await sync_to_async(getattr)(booking, \"guest\")).name\n\nasync def view(request, pk):\n    booking = await Booking.objects.aget(pk=pk)\n    return HttpResponse(await _line(booking) + await _line(request.booking))\n",
    );
}

#[test]
fn not_for_rows_that_were_made_or_refreshed() {
    check_code(
        "def view(request):\n    booking = Booking.objects.create(room_id=1, guest_id=1)\n    return HttpResponse(booking.place)\n",
        "async def view(request):\n    booking = await Booking.objects.acreate(room_id=1, guest_id=1)\n    return HttpResponse(await sync_to_async(getattr)(booking, \"place\"))\n",
    );
    check_code(
        "def view(request, pk):\n    booking = Booking.objects.get(pk=pk)\n    booking.refresh_from_db()\n    return HttpResponse(booking.place)\n",
        "async def view(request, pk):\n    booking = await Booking.objects.aget(pk=pk)\n    await booking.arefresh_from_db()\n    return HttpResponse(await sync_to_async(getattr)(booking, \"place\"))\n",
    );
}

#[test]
fn not_for_helpers_that_put_something_else_in_its_place_or_ask_more() {
    check_code(
        "def _line(booking):\n    booking = booking.room\n    return booking.venue.name\n\ndef view(request, pk):\n    return HttpResponse(_line(Booking.objects.get(pk=pk)))\n",
        "async def _line(booking):\n    booking = await sync_to_async(getattr)(booking, \"room\")\n    return (await sync_to_async(getattr)(booking, \"venue\")).name\n\nasync def view(request, pk):\n    return HttpResponse(await _line(await Booking.objects.aget(pk=pk)))\n",
    );
    check_code(
        "def _line(booking):\n    return booking.guest.name + str(Venue.objects.count())\n\ndef view(request, pk):\n    return HttpResponse(_line(Booking.objects.get(pk=pk)))\n",
        "async def _line(booking):\n    return (await sync_to_async(getattr)(booking, \"guest\")).name + str(await Venue.objects.acount())\n\nasync def view(request, pk):\n    return HttpResponse(await _line(await Booking.objects.aget(pk=pk)))\n",
    );
}

#[test]
fn what_a_loop_keeps_is_a_row_from_its_second_turn_on() {
    check_code(
        "def view(request):\n    best = None\n    for booking in Booking.objects.all():\n        if best is None or best.guest.name < booking.guest.name:\n            best = booking\n    return HttpResponse(best.room.pk if best else '')\n",
        "async def view(request):\n    best = None\n    async for booking in Booking.objects.select_related(\"guest\").all():\n        if best is None or best.guest.name < booking.guest.name:\n            best = booking\n    return HttpResponse(best.room_id if best else '')\n",
    );
    check_code(
        "def view(request):\n    last = None\n    for venue in Venue.objects.all():\n        if last and last.guests.count() > venue.guests.count():\n            break\n        last = venue\n    first, *others = Booking.objects.all()\n    return HttpResponse([first.place, [other.room.venue.name for other in others]])\n",
        "async def view(request):\n    last = None\n    async for venue in Venue.objects.all():\n        if last and await last.guests.acount() > await venue.guests.acount():\n            break\n        last = venue\n    first, *others = [booking async for booking in Booking.objects.select_related(\"room__venue\").all()]\n    return HttpResponse([first.place, [other.room.venue.name for other in others]])\n",
    );
}
