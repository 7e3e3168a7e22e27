"""Presses on a clinician's pages that nobody makes with a thumb: many at the same instant, and forms full of rubbish."""

import datetime as dt

import pytest
from django.conf import settings

from bookings.findings import findings
from bookings.models import Delay, DeskNote, Message, NextStep, ReadinessAnswer
from clinic import roles
from tests import cast, factories
from tests.bookings.clinicians import START, address, booked, course, fresh
from tests.cast import at
from tests.desk import member
from tests.processes import run_together
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
NOW = START + dt.timedelta(minutes=2)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    factories.TreatmentFactory(slug="follow-up-visit", role=Treatment.Role.FOLLOW_UP)
    return clinic


@pytest.fixture
def ortiz(clinic, client):
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    return client


# --- Many presses at the same instant ---------------------------------------------------------------------------------


def press_together(client, presses):
    """Press several buttons at once, each (path, data) in a process of its own; return where each led to."""
    known = {"session": client.cookies[settings.SESSION_COOKIE_NAME].value, "now": NOW.isoformat()}
    asked = [{"path": path, "data": data, **known} for path, data in presses]
    # A page needs style sheets; without DEBUG only collected ones have an address.
    return run_together("tests.bookings.clinician_racers:press", asked, DEBUG="true")


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("deed", "before", "after"),
    [
        ("start", None, ["book", "check_in", "start"]),
        ("finish", "with_clinician", ["book", "check_in", "start", "finish"]),
        ("miss", None, ["book", "miss"]),
        ("undo", "with_clinician", ["book", "check_in", "start", "undo"]),
    ],
)
def test_five_presses_at_once_are_one_deed(deed, before, after, clinic, ortiz):
    visit = booked(clinic, status=before)
    data = {"version": visit.version, "outcome": "Less pain.", "then": "follow_up-6"}
    assert press_together(ortiz, [(address(visit, deed), data)] * 5) == ["/schedule/"] * 5
    assert (course(visit), NextStep.objects.count()) == (after, int(deed == "finish"))
    assert Message.objects.filter(kind=Message.Kind.INVITATION).count() == int(deed == "finish")
    assert [str(finding) for finding in findings(now=NOW)] == []


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_of_two_different_ends_at_once_one_is_written_and_the_other_kept_on_its_page(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    ends = [{"version": visit.version, "outcome": f"Pain {pain}."} for pain in range(4)]
    answers = press_together(ortiz, [(address(visit, "finish"), end) for end in ends])
    assert [answers.count(answer) for answer in ("/schedule/", 200)] == [1, 3]
    assert fresh(visit).outcome == ends[answers.index("/schedule/")]["outcome"]
    assert course(visit) == ["book", "check_in", "start", "finish"]


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_five_presses_at_once_say_a_delay_once(clinic, ortiz):
    booked(clinic, start=at("2026-03-02", "11:30"))
    clinic.ben.email = ""
    clinic.ben.save()
    booked(clinic, start=at("2026-03-02", "12:00"), patient=clinic.ben)
    data = {"location": "harbor-street", "minutes": "20", "notify": "on"}
    assert press_together(ortiz, [("/schedule/late/", data)] * 5) == ["/schedule/"] * 5
    waiting = Message.objects.filter(kind=Message.Kind.DELAYED).unsent()
    assert (Delay.objects.count(), waiting.count(), DeskNote.objects.count()) == (1, 1, 1)


# --- Rubbish --------------------------------------------------------------------------------------------------------

FIELDS = (
    "version", "region", "side", "asked", "outcome", "then", "weeks", "treatment", "treatment_weeks", "therapy",
    "therapy_weeks", "question", "choice", "words", "step", "done", "form_token", "location", "minutes", "notify", "back",
)  # fmt: skip
RUBBISH = [
    "",
    "\x00",
    "-1",
    "9" * 400,
    "null",
    "[]",
    "\u202e\U0001f600" * 50,
    "1e999",
    "../../etc/passwd",
    "%00",
    "follow_up-",
]
RUBBISH += ["follow_up-x", "treatment-6", "discharge-6", "' OR 1=1 --", "{{ visit }}", "x" * 20000]


@pytest.mark.engine
@pytest.mark.parametrize("treatment", ["consultation", "injection"])
@pytest.mark.parametrize("status", [None, "with_clinician"])
def test_rubbish_is_refused_or_ignored_and_nothing_breaks(treatment, status, clinic, ortiz):
    neck = factories.BodyRegionFactory(slug="neck")
    is_begun_with = {"region": neck, "side": "left"} if status else {}
    visit = booked(clinic, status=status, treatment=getattr(clinic, treatment), **is_begun_with)
    deeds = ["start", "finish", "miss", "undo", "answer", "where", "prepared", "note"]
    paths = [*(address(visit, deed) for deed in deeds), "/schedule/late/", "/schedule/note/"]
    for path in paths:
        for rubbish in RUBBISH:
            answer = ortiz.post(path, {name: [rubbish, rubbish] for name in FIELDS})
            assert answer.status_code in (200, 302)
    for path in paths:
        for body, kind in [("{}", "application/json"), ("--x", "multipart/form-data; boundary=x"), ("", "text/plain")]:
            assert ortiz.post(path, body, content_type=kind).status_code in (200, 302, 400)
    assert (fresh(visit).version, NextStep.objects.count(), ReadinessAnswer.objects.count()) == (visit.version, 0, 0)


@pytest.mark.parametrize("deed", ["start", "finish", "miss", "undo", "where"])
def test_a_press_without_any_field_changes_nothing(deed, clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    assert ortiz.post(address(visit, deed)).status_code in (200, 302)
    assert fresh(visit).version == visit.version
