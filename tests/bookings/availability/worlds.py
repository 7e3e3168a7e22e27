"""Random small clinics for hypothesis: two places, two clinicians, a few rooms, and a diary with everything in it."""

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bookings.models import Appointment, ExtraHours, Hold, Occupancy, SessionLimit, TimeOff, WorkingHours
from tests import factories
from tests.bookings.availability.oracle import instant_of, minute_of

OWN_SESSION = "my-own-session"
# A date on which something happens to the clock or the calendar, and the zone it happens in.
DATES = [
    ("2026-03-04", "America/New_York"),
    ("2026-03-08", "America/New_York"),
    ("2026-11-01", "America/New_York"),
    ("2026-03-29", "Europe/Madrid"),
    ("2026-10-25", "Europe/Madrid"),
    ("2026-04-05", "Australia/Lord_Howe"),
    ("2026-10-04", "Australia/Lord_Howe"),
    ("2028-02-29", "America/New_York"),
]
OTHER_ZONES = ["America/New_York", "Europe/Madrid", "Asia/Kathmandu"]


def mostly(plain, *odd):
    """One value three times of four, so that random clinics have free times at all."""
    return st.sampled_from([plain] * 3 * len(odd) + list(odd))


extra_minutes = st.sampled_from([0, 5, 10, 45, 240])
clock = st.builds(lambda quarter, odd: min(quarter * 15 + odd, 1439), st.integers(0, 95), st.sampled_from([0, 0, 0, 7]))
length = st.sampled_from([10, 15, 30, 50, 90, 240])
who = st.integers(0, 1)
offset = st.integers(-1440, 3 * 1440)
hours = st.fixed_dictionaries(
    {
        "who": who,
        "where": who,
        "day": st.integers(-1, 2),
        "start": clock,
        "long": st.sampled_from([60, 240, 480, 1440]),
        "only": mostly("", "asked", "other"),
        "at_most": mostly(None, 0, 1, 2),
        "valid": mostly("", "until before", "from after", "just that day"),
    }
)
extra_hours = st.fixed_dictionaries(
    {"who": who, "where": who, "day": st.integers(-1, 2), "start": clock, "long": length}
)
time_off = st.fixed_dictionaries(
    {
        "what": st.integers(0, 7),
        "start": offset,
        "long": st.sampled_from([1, 30, 300, 2000]),
        "seconds": st.sampled_from([0, 30]),
    }
)
taken = st.fixed_dictionaries(
    {
        "what": st.integers(0, 5),
        "start": offset,
        "long": mostly(60, 1, 15, 600, 1440),
        "by": st.sampled_from(
            ["visit", "visit", "cancelled visit", "live hold", "own hold", "expired hold", "hold until now"]
        ),
        "asked": st.booleans(),
        "apart": st.booleans(),
    }
)
worlds = st.fixed_dictionaries(
    {
        "date": st.sampled_from(DATES),
        "other_zone": st.sampled_from(OTHER_ZONES),
        "now": st.integers(-3000, 900),
        "now_seconds": st.sampled_from([0, 0, 1, 59]),
        "minutes": length,
        "every": st.sampled_from([5, 15, 20, 50, 60, 240]),
        "notice": st.sampled_from([0, 1, 2, 24]),
        "horizon": mostly(90, 0, 1, 2),
        "clinician_need": st.none() | st.tuples(extra_minutes, extra_minutes),
        "room_need": st.none() | st.tuples(extra_minutes, extra_minutes),
        "device_need": st.none() | st.tuples(extra_minutes, extra_minutes),
        "things": st.lists(
            st.tuples(who, st.sampled_from(["room", "device", "both", "both"]), mostly(True, False)), max_size=4
        ),
        "lengths": st.tuples(st.none() | length, st.none() | length),
        "hours": st.lists(hours, max_size=5),
        "extra_hours": st.lists(extra_hours, max_size=2),
        "time_off": st.lists(time_off, max_size=3),
        "taken": st.lists(taken, max_size=8),
        "inactive": mostly("", "clinician", "resource", "location"),
    }
)


@dataclass
class World:
    first: dt.date
    now: dt.datetime
    asked: object = None
    other: object = None
    places: list = field(default_factory=list)
    people: list = field(default_factory=list)
    things: list = field(default_factory=list)

    @property
    def midnight(self) -> int:
        return minute_of(dt.datetime.combine(self.first, dt.time(0), tzinfo=self.places[0].zone))

    @property
    def resources(self) -> list:
        return [person.resource for person in self.people] + self.things


# What is always there, so that something is free in most of these clinics.
A_LONG_DAY = {
    "who": 0,
    "where": 0,
    "day": 0,
    "start": 7 * 60,
    "long": 12 * 60,
    "only": "",
    "at_most": None,
    "valid": "",
}
A_ROOM_WITH_DEVICE = (0, "both", True)


def build(drawn: dict) -> World:
    """Write a drawn clinic into the database."""
    date, zone = drawn["date"]
    first = dt.date.fromisoformat(date)
    midnight = dt.datetime.combine(first, dt.time(0), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    now = midnight + dt.timedelta(minutes=drawn["now"], seconds=drawn["now_seconds"])
    world = World(first, now)
    world.places = [factories.LocationFactory(time_zone=name) for name in (zone, drawn["other_zone"])]
    _write_offer(world, drawn)
    _write_people_and_things(world, drawn)
    for each in [A_LONG_DAY, *drawn["hours"]]:
        _write_hours(world, each)
    for each in drawn["extra_hours"]:
        ExtraHours.objects.create(date=first + dt.timedelta(days=each["day"]), **_place_and_time(world, each))
    for each in drawn["time_off"]:
        _write_time_off(world, each)
    for number, each in enumerate(drawn["taken"]):
        _write_taken(world, each, number)
    _deactivate(world, drawn["inactive"])
    return world


def _write_offer(world, drawn):
    fields = {"start_every": drawn["every"], "notice_hours": drawn["notice"], "horizon_days": drawn["horizon"]}
    world.asked = factories.TreatmentFactory(minutes=drawn["minutes"], **fields)
    world.other = factories.TreatmentFactory()
    for slug in ("clinician", "room", "device"):
        capability = factories.CapabilityFactory(slug=slug)
        if drawn[f"{slug}_need"] is not None:
            before, after = drawn[f"{slug}_need"]
            factories.NeedFactory(
                treatment=world.asked, capability=capability, minutes_before=before, minutes_after=after
            )


def _write_people_and_things(world, drawn):
    for minutes in drawn["lengths"]:
        clinician = factories.ClinicianFactory()
        factories.ClinicianTreatmentFactory(clinician=clinician, treatment=world.asked, minutes=minutes)
        factories.ResourceFactory(clinician=clinician)
        world.people.append(clinician)
    for where, can, active in [A_ROOM_WITH_DEVICE, *drawn["things"]]:
        skills = [factories.CapabilityFactory(slug=slug) for slug in ("room", "device") if can in (slug, "both")]
        world.things.append(factories.ResourceFactory(location=world.places[where], capabilities=skills, active=active))


def _place_and_time(world, each):
    end = min(each["start"] + each["long"], 1440)
    return {
        "resource": world.people[each["who"]].resource,
        "location": world.places[each["where"]],
        "start": dt.time(each["start"] // 60, each["start"] % 60),
        "end": dt.time(0) if end == 1440 else dt.time(end // 60, end % 60),
    }


def _write_hours(world, each):
    date = world.first + dt.timedelta(days=each["day"])
    day = dt.timedelta(days=1)
    valid = {
        "until before": {"valid_until": date - day},
        "from after": {"valid_from": date + day},
        "just that day": {"valid_from": date, "valid_until": date},
    }
    row = WorkingHours.objects.create(
        weekday=date.weekday(), **_place_and_time(world, each), **valid.get(each["valid"], {})
    )
    if each["only"]:
        row.only_treatments.add(world.asked if each["only"] == "asked" else world.other)
    if each["at_most"] is not None:
        SessionLimit.objects.create(hours=row, treatment=world.asked, at_most=each["at_most"])


def _write_time_off(world, each):
    start = instant_of(world.midnight + each["start"]) + dt.timedelta(seconds=each["seconds"])
    whose = [
        *({"resource": resource} for resource in world.resources),
        *({"location": place} for place in world.places),
    ]
    TimeOff.objects.create(
        start=start, end=start + dt.timedelta(minutes=each["long"]), **whose[each["what"] % len(whose)]
    )


def _write_taken(world, each, number):
    """Write a visit or a hold with one row of occupancy; overbooked where something is in the way."""
    resource = world.resources[each["what"] % len(world.resources)]
    start = world.midnight + each["start"]
    person = resource.clinician or world.people[number % 2]
    common = {
        "treatment": world.asked if each["asked"] else world.other,
        "clinician": person,
        "location": world.places[0],
        "start": instant_of(start),
        "end": instant_of(start + each["long"]),
        "created_at": world.now,
    }
    if "visit" in each["by"]:
        owner = {"appointment": _visit(world, common, cancelled="cancelled" in each["by"])}
    else:
        owner = {"hold": _hold(world, common, each["by"], number)}
    end = start + each["long"]
    in_the_way = Occupancy.objects.filter(resource=resource, start__lt=end, end__gt=start, overbooked=False).exists()
    if each["by"] != "cancelled visit":
        Occupancy.objects.create(resource=resource, start=start, end=end, overbooked=in_the_way, **owner)


def _visit(world, common, *, cancelled):
    return Appointment.objects.create(
        patient=factories.PatientFactory(),
        arrive_at=common["start"],
        status_at=world.now,
        status="cancelled" if cancelled else "booked",
        **common,
    )


def _hold(world, common, by, number):
    seconds = {"expired hold": -1, "hold until now": 0}.get(by, 1)
    own = by == "own hold" and not Hold.objects.filter(session_key=OWN_SESSION).exists()
    return Hold.objects.create(
        session_key=OWN_SESSION if own else f"session-{number}",
        expires_at=world.now + dt.timedelta(seconds=seconds),
        **common,
    )


def _deactivate(world, what):
    rows = {"clinician": world.people[0], "resource": world.people[0].resource, "location": world.places[0]}
    if what:
        row = rows[what]
        row.active = False
        row.save()
