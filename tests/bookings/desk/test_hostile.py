"""Rows full of what nobody is called: no page of the desk runs it, and no address, title, header, cookie or log line says it.

And days of 23 and 25 hours at a place with a clock of its own: every page counts the same visits.
And what those pages cost that are opened all day, whatever stands in their rows.
"""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from bookings import scheduling
from bookings.desk.urls import PAGES
from bookings.models import (
    Appointment,
    CallbackRequest,
    DeskNote,
    Message,
    ParkedBooking,
    Patient,
    PossibleMatch,
    TimeOff,
    TimeRequest,
)
from bookings.worklists import WORKLISTS
from bookings.worklists.moves import PAGES as FORMS
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import asks_leave, book, member
from tests.diary import past_the_verbs

pytestmark = pytest.mark.django_db

NOON, TODAY = at("2026-03-02", "12:30"), "2026-03-02"
HTMX = {"HX-Request": "true"}
# What would run, were it not escaped; the last two turn text around and end it.
EVIL = '"><svg onload=alert(1)>\'`</script><!--{{7*7}}{% now "Y" %}{{ request.user }}\u202e\x00'
ESCAPED = "&quot;&gt;&lt;svg onload=alert(1)&gt;&#x27;`&lt;/script&gt;&lt;!--{{7*7}}{% now &quot;Y&quot; %}"
LONG = "x" * 10_000
# What must not stand in any address, title, header, cookie or log line.
SECRETS = ("Zebulon", "Quillfeather", "5550199", "555-0199", "1931-07-23", "1931", "zeb@example.com", "Kneesworth")
ADDRESSES = {"href", "action", "formaction", "src", "hx-get", "hx-post", "hx-push-url", "data-address", "cite"}


class Page(HTMLParser):
    """What a browser makes of a page: elements, attributes, the text of its title."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.title, self._inside = set(), [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        self.title += data if self._inside == "title" else ""

    @property
    def addresses(self):
        """Every address but that of a telephone, which is there to be called."""
        return [value for name, value in self.attributes if name in ADDRESSES and not value.startswith("tel:")]


@pytest.fixture(autouse=True)
def _half_past_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    clinic.consultation.notice_hours = 0
    clinic.consultation.save()
    return clinic


@pytest.fixture
def owner(client):
    """Somebody who may open every page of the desk."""
    client.user = member(roles.MANAGER)
    client.force_login(client.user)
    return client


@pytest.fixture(params=[EVIL, LONG], ids=["evil", "long"])
def text(request):
    return request.param


@pytest.fixture
def rows(clinic, owner, text):
    """Return the rows the pages are about, with the text in every field somebody can type."""
    visits = _visits(clinic)
    known = factories.PatientFactory()
    match = PossibleMatch.objects.create(patient=visits[0].patient, known=known, reason="x", created_at=NOW)
    merged = factories.PatientFactory(merged_into=clinic.ben)
    CallbackRequest.objects.create(name="x", phone="+12125550199", created_at=NOW, location=clinic.house)
    sick = {"start": at(TODAY, "14:00"), "end": at(TODAY, "17:00"), "kind": "sick"}
    off = scheduling.block(resource=clinic.ortiz.resource, **sick, by=scheduling.By.system(), now=NOW)[0]
    scheduling.block(location=clinic.house, **(sick | {"kind": "closure", "start": at(TODAY, "16:45")}),
                     by=scheduling.By.system(), now=NOW)  # fmt: skip
    Message.objects.filter(appointment=visits[0]).update(state="dead", failed_at=NOON, last_error=text[:200])
    typed = dict.fromkeys(("find", "first_name", "last_name", "reason", "phone", "email", "overbook_reason"), text)
    parked = ParkedBooking.objects.create(user=owner.user, typed=typed, parked_at=NOW)
    asked = asks_leave(clinic.sato, at(TODAY, "00:00"), user=factories.UserFactory())
    said = {"words": text[:300], "created_at": NOW, "user": owner.user, "form_token": "a-note"}
    DeskNote.objects.create(clinician=clinic.ortiz, appointment=visits[0], **said)
    _fill(text)
    found = {"visits": visits, "match": match, "off": off, "parked": parked, "merged": merged}
    return found | {"asked": asked}


def _visits(clinic):
    """A visit in each state, today, and two that need somebody's eyes."""
    by = scheduling.By.system()
    made = [
        book(clinic, at(TODAY, time), patient=factories.PatientFactory(), clinician=clinician, status=status)
        for time, clinician, status in [
            ("14:30", clinic.ortiz, None), ("15:00", clinic.ortiz, "requested"), ("12:00", clinic.sato, "arrived"),
            ("12:30", clinic.sato, "in_room"), ("13:00", clinic.sato, None), ("11:00", clinic.sato, None),
            ("10:00", clinic.sato, None),
        ]
    ]  # fmt: skip
    scheduling.cancel(made[4], by=by, now=NOON, reason="other")
    scheduling.miss(made[5], by=by, now=NOON)
    return made


def _fill(text):
    who = {"first_name": f"Zebulon{text}", "last_name": f"Quillfeather{text}", "access_needs": text, "alert": text}
    reached = {"email": "zeb@example.com", "phone": "+12125550199", "date_of_birth": dt.date(1931, 7, 23)}
    past_the_verbs(Patient).update(**who, **reached)
    past_the_verbs(Appointment).update(reason=f"Kneesworth{text}", outcome=text, undo_until=NOON)
    past_the_verbs(CallbackRequest).update(name=f"Zebulon{text}", note=f"Kneesworth{text}")
    past_the_verbs(PossibleMatch).update(reason=text)
    past_the_verbs(TimeOff).update(note=text)
    TimeRequest.objects.update(note=text)
    for row in Patient.objects.all():
        row.history.update(**who, **reached)


# --- The pages --------------------------------------------------------------------------------------------------------


def pages(clinic, rows):
    """Return (name, how, address, what is sent, headers) of every page, each as a page and as a fragment."""
    found = [(name, "get", address, {}) for name, address in _read(clinic, rows)]
    found += [(name, "post", address, sent) for name, address, sent in _typed(clinic, rows)]
    return [(*each, headers) for each in found for headers in ({}, HTMX)]


def _read(clinic, rows):
    keys = {"desk-parked": rows["parked"], "desk-visit": rows["visits"][0], "away-resolve": rows["off"],
            "desk-start": rows["visits"][0],
            "time-request": rows["asked"], "patient": rows["visits"][0].patient, "merge": rows["match"],
            "message-again": rows["visits"][0].messages.first()}  # fmt: skip
    presses = (
        "visit-answer",
        "visit-prepared",
        "visit-not-prepared",
        "messenger-pause",
        "messenger-release",
        "messenger-name",
    )
    for route, _view, name in PAGES:
        if name in ("desk-patients", "desk-times", "desk-park", "work-done", *presses):
            continue
        args = {"date": NOW.date()} if "date>" in route else {}
        args |= {"pk": keys[name].pk} if "pk>" in route else {}
        lists = WORKLISTS if "name>" in route else [None]
        for each in lists:
            yield name, reverse(f"admin:{name}", kwargs=args | ({"name": each} if each else {}))
    yield "day", reverse("admin:day") + "?part=board"
    yield "day", reverse("admin:day") + "?names=initials"
    yield "desk-book", reverse("admin:desk-book") + f"?booked={rows['visits'][0].pk}"
    yield "desk-book", reverse("admin:desk-book") + f"?patient={rows['visits'][0].patient_id}"
    yield "running-late", reverse("admin:running-late") + "?clinician=amara-ortiz&location=harbor-street"
    yield "patient", reverse("admin:patient", args=[rows["merged"].pk])
    for visit in rows["visits"]:
        yield "desk-visit", reverse("admin:desk-visit", args=[visit.pk])
        yield "change", reverse("admin:bookings_appointment_change", args=[visit.pk])
        yield from ((verb, reverse(f"admin:bookings_appointment_{verb}", args=[visit.pk])) for verb in FORMS)
    for model in ("appointment", "patient", "callbackrequest", "possiblematch", "timeoff", "message"):
        yield model, reverse(f"admin:bookings_{model}_changelist")
    yield "match", reverse("admin:bookings_possiblematch_change", args=[rows["match"].pk])


def _typed(clinic, rows):
    """Forms that come back with what was typed, and searches."""
    text = rows["parked"].typed["find"]
    typed = {"find": text[:150].replace("\x00", ""), "first_name": text, "last_name": text, "reason": text, "email": text,
             "phone": text, "when": text, "source": text, "patient": text, "overbook_reason": text, "pick": text,
             "form_token": text, "guessed_from": text, "somebody_else": text, "day": text, "parked": text}  # fmt: skip
    known = {"find": "Zebulon", "treatment": clinic.consultation.pk, "location": clinic.house.pk}
    yield "desk-book", reverse("admin:desk-book"), typed
    yield "desk-book", reverse("admin:desk-book"), typed | known | {"look": "people"}
    yield "desk-patients", reverse("admin:desk-patients"), known
    yield "desk-patients", reverse("admin:desk-patients"), known | {"walk_in": "1"}
    yield "desk-times", reverse("admin:desk-times"), typed | known
    yield "desk-walk-in", reverse("admin:desk-walk-in"), typed
    yield "desk-walk-in", reverse("admin:desk-walk-in"), known | {"look": "1"}
    yield "find", reverse("admin:find"), {"find": "Zebulon"}
    yield "find", reverse("admin:find"), {"find": typed["find"]}
    yield "patient", reverse("admin:patient", args=[rows["visits"][0].patient_id]), typed | {"alert": text, "seen": "0"}
    yield "merge", reverse("admin:merge", args=[rows["match"].pk]), {"keep": text, "pick_alert": text}
    yield "away", reverse("admin:away"), {"who": text, "note": text, "when": text, "first": text}
    yield "late", reverse("admin:running-late"), {"clinician": text, "location": text, "minutes": text}
    yield "export", reverse("admin:export-appointments"), {"first": text, "last": text}
    visit = rows["visits"][0]
    stale = {"version": 999, "reason": "other", "when": text, "location": text, "clinician": text, "next": text}
    for verb in (*FORMS, "check_in"):
        yield verb, reverse(f"admin:bookings_appointment_{verb}", args=[visit.pk]), stale


def each_response(client, clinic, rows):
    for name, how, address, sent, headers in pages(clinic, rows):
        response = getattr(client, how)(address, sent, headers=headers)
        yield f"{how} {name} {address}", response


def said_in(texts):
    """Return the secrets that stand in a text; the number of a request may hold any four digits by chance."""
    alone = {secret: re.compile(rf"(?<![0-9a-z]){re.escape(secret)}" if secret.isdigit() else re.escape(secret), re.I)
             for secret in SECRETS}  # fmt: skip
    return {secret for secret, pattern in alone.items() for text in texts if pattern.search(text)}


# --- The facts --------------------------------------------------------------------------------------------------------


def leaks(response):
    """Return what of a person stands where it must not: in an address, the title, a header or a cookie."""
    page = Page(response.text)
    headers = [f"{key}: {value}" for key, value in response.items()]
    # What is to be said after a redirect names people: it waits in the session, and in no other cookie.
    return said_in([*page.addresses, page.title, *headers]) | (set(response.cookies) - {"session", "csrftoken"})


def made_of_text(response):
    """Return what became an element, an attribute or an unfilled value and should be text."""
    page = Page(response.text)
    found = {name for name, _value in page.attributes if name.startswith("on")}
    found |= {raw for raw in ("<svg onload", "</script>'", "<!--{{7*7}}") if raw in response.text}
    if "Zebulon" in response.text and EVIL[:-2] in Patient.objects.first().first_name:
        found |= set() if f"Zebulon{ESCAPED}" in response.text else {"not as it is written"}
    return found


def test_every_page_shows_what_stands_in_the_rows_as_text_and_names_nobody_elsewhere(clinic, owner, rows, caplog):
    found, shown = {}, 0
    for name, response in each_response(owner, clinic, rows):
        wrong = {response.status_code} - {200, 302} | made_of_text(response) | leaks(response)
        found |= {name: wrong} if wrong else {}
        shown += "Zebulon" in response.text
    assert found == {}
    assert shown > 100
    assert said_in([record.getMessage() for record in caplog.records]) == set()


# --- Odd clocks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def west(clinic):
    """A place three hours behind the clinic's clock, where somebody works all of Sunday."""
    west = factories.LocationFactory(slug="west", name="West", time_zone="America/Los_Angeles")
    skills = list(clinic.room_one.capabilities.all())
    factories.ResourceFactory(name="West room", kind="room", location=west, capabilities=skills)
    cast.work(clinic.ortiz.resource, west, [6], "00:00", "23:55")
    return west


@pytest.mark.parametrize(("date", "hours", "times"), [
    ("2026-03-08", 23, ["01:15-0800", "03:00-0700", "04:00-0700", "23:15-0700"]),
    ("2026-11-01", 25, ["01:15-0700", "01:00-0800", "02:00-0800", "21:15-0800"]),
])  # fmt: skip
def test_a_day_of_23_or_25_hours_is_the_same_on_every_page(date, hours, times, clinic, west, owner, time_machine):
    midnight = at(date, "00:00", west.zone).astimezone(dt.UTC)
    time_machine.move_to(midnight + dt.timedelta(minutes=65), tick=False)
    owner.force_login(owner.user)
    now, by = midnight + dt.timedelta(minutes=65), scheduling.By.staff(owner.user)
    slots = [scheduling.Slot(clinic.consultation, midnight + dt.timedelta(minutes=minutes), west, clinic.ortiz)
             for minutes in (75, 120, 180, 1335)]  # fmt: skip
    for slot in slots:
        scheduling.book(slot, patient=factories.PatientFactory(), by=by, now=now, source="phone")
    board = owner.get(f"/admin/day/{date}/?location=west").context
    shown = [item for column in board["columns"] for item in column.items if item.kind == "visit"]
    assert [f"{item.block.visit.local_start:%H:%M%z}" for item in shown] == times
    assert [(item.row, item.rows) for item in shown] == [(16, 6), (25, 6), (37, 6), (268, 6)]
    assert board["board"].axis.steps == hours * 12
    assert owner.get(f"/admin/day/{date}/sheet/?location=west").context["sheet"].visits == 4
    [sunday] = [day for day in owner.get(f"/admin/week/{date}/?location=west").context["days"] if day.is_open]
    assert (sunday.date.isoformat(), sunday.visits, sunday.people[0].percent) == (date, 4, 12000 // (hours * 60 - 5))
    walked_in = scheduling.walk_in(clinic.consultation, west, patient=Patient(first_name="Wil"), by=by, now=now)
    assert walked_in.start == midnight + dt.timedelta(minutes=150)
    owner.post("/admin/away/", {"who": "location=west", "when": "today", "kind": "closure"})
    off = TimeOff.objects.get()
    assert (off.start, off.end - off.start) == (midnight, dt.timedelta(hours=hours))
    assert len(owner.get(f"/admin/away/{off.pk}/").context["hit"]) == 5


# --- What a page costs ------------------------------------------------------------------------------------------------

PAGE_QUERIES = {
    "desk-visit": (11, "get", {}),
    "desk-book": (10, "get", {}),
    "desk-walk-in": (12, "get", {}),
    "desk-parked": (10, "get", {}),
    "running-late": (10, "get", {"clinician": "ben-sato", "location": "harbor-street"}),
    "away": (5, "get", {}),
    "desk-times": (16, "post", {"find": "Vale"}),
}


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("name", PAGE_QUERIES)
def test_a_page_costs_the_same_for_one_row_and_three(name, many, clinic, owner, django_assert_num_queries):
    by = scheduling.By.staff(owner.user)
    for number in range(many):
        book(clinic, at(TODAY, f"1{3 + number}:00"), patient=factories.PatientFactory(), clinician=clinic.sato)
        typed = {"treatment": str(clinic.consultation.pk)}
        parked = ParkedBooking.objects.create(user=owner.user, typed=typed, parked_at=NOW)
    visit = book(clinic, at(TODAY, "16:30"), clinician=clinic.sato)
    for number in range(many):
        there = scheduling.Slot(clinic.consultation, at("2026-03-04", f"1{number}:00"), clinic.house, clinic.sato)
        scheduling.move(visit, there, by=by, now=NOW)
    number, how, asked = PAGE_QUERIES[name]
    keys = {"desk-visit": [visit.pk], "desk-parked": [parked.pk]}
    address = reverse(f"admin:{name}", args=keys.get(name))
    sent = asked | ({"treatment": clinic.consultation.pk, "location": clinic.house.pk} if how == "post" else {})
    getattr(owner, how)(address, sent)  # notes when this session was seen
    with django_assert_num_queries(number):
        getattr(owner, how)(address, sent)
