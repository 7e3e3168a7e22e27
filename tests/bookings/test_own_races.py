"""The patient's page against the desk and against itself, by real processes: one outcome, and messages that agree with it."""

import datetime as dt
from collections import Counter

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from bookings import links, scheduling
from bookings.findings import findings
from bookings.models import Appointment, Occupancy
from tests import cast, factories
from tests.bookings.scheduling.asking import messages_of, verbs_of
from tests.cast import at
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]

PATIENT = scheduling.By.patient()
# Where the page leads after every press; what was said is read there.
BACK = 302


def next_week():
    """A Wednesday, at least five days from today: the processes go by today's clock."""
    today = timezone.now().date()
    return (today + dt.timedelta(days=5 + (2 - today.weekday() - 5) % 7)).isoformat()


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    """Ada's physical therapy, which one clinician in one room gives."""
    slot = scheduling.Slot(clinic.therapy, at(next_week(), "10:00"), clinic.house)
    return scheduling.book(slot, patient=clinic.ada, by=PATIENT, now=timezone.now(), source="web")


@pytest.fixture(autouse=True)
def _adds_up_afterwards(visit):
    yield
    assert [str(finding) for finding in findings(now=timezone.now())] == []


def tab(visit):
    """Open the link in a browser of its own and return its session."""
    browser = Client(headers={"host": "localhost"})
    browser.get(f"/appointments/{links.mint(visit, now=timezone.now())}/")
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def asked(clinic, time="10:00"):
    return {
        "start": at(next_week(), time).isoformat(),
        "treatment": clinic.therapy.pk,
        "location": clinic.house.pk,
        "clinician": None,
    }


def to(time):
    start = at(next_week(), time).astimezone(dt.UTC)
    return {"slot": f"{start:%Y-%m-%dT%H:%M:%SZ}//harbor-street"}


def race(*entries):
    return run_together("tests.bookings.own_racers:one_of", [{"do": do, **options} for do, options in entries])


def press(visit, path, session=None, **data):
    return ("press", {"session": session or tab(visit), "path": path, "version": visit.version, **data})


def due(visit):
    """Return how many of each kind are still to go out."""
    return Counter(row.removesuffix(" due") for row in messages_of(visit) if row.endswith(" due"))


def notices(visit):
    """Return what is still to be said of the visit itself: every kind but the reminders."""
    return {kind: count for kind, count in due(visit).items() if kind != "reminder"}


def test_the_patient_moves_while_the_desk_cancels(clinic, visit):
    page, desk = race(
        press(visit, "move", **to("14:00")), ("desk_cancels", {"appointment": visit.pk, "seen": visit.version})
    )

    visit.refresh_from_db()
    assert page == BACK
    if desk == "done":
        assert (visit.status, notices(visit), due(visit)["reminder"]) == ("cancelled", {"cancelled_by_clinic": 1}, 0)
        assert (verbs_of(visit), Occupancy.objects.count()) == (["book", "cancel"], 0)
    else:
        assert (desk, visit.status, notices(visit)) == ("Changed", "booked", {"moved": 1})
        assert (visit.start, verbs_of(visit)) == (at(next_week(), "14:00"), ["book", "move"])
        assert (Occupancy.objects.count(), due(visit)["reminder"]) == (2, reminders_of(visit))


def reminders_of(visit):
    """Return how many reminders a visit booked now at this time would have."""
    return visit.messages.filter(kind="reminder", revision=visit.revision).count()


def test_two_moves_at_once_are_one_move(visit):
    times = ("13:00", "14:00", "15:00", "16:00")
    session = tab(visit)
    answers = race(*(press(visit, "move", session, **to(time)) for time in times))

    visit.refresh_from_db()
    assert answers == [BACK] * 4
    assert (verbs_of(visit), notices(visit)) == (["book", "move"], {"moved": 1})
    assert visit.local_start.strftime("%H:%M") in times
    assert Occupancy.objects.count() == 2


def test_two_people_with_two_links_to_one_visit_are_one_outcome(visit):
    """A couple shares a mailbox: one moves it while the other cancels it."""
    answers = race(press(visit, "move", **to("14:00")), press(visit, "cancel", reason="time"))

    visit.refresh_from_db()
    assert answers == [BACK, BACK]
    assert (visit.status, notices(visit), verbs_of(visit)) in [
        ("booked", {"moved": 1}, ["book", "move"]),
        ("cancelled", {"cancelled": 1}, ["book", "cancel"]),
    ]


@pytest.mark.parametrize("tabs", [1, 4])
def test_cancel_pressed_four_times_at_once_is_one_cancellation(visit, tabs):
    sessions = [tab(visit) for _tab in range(tabs)] * (4 // tabs)
    answers = race(*(press(visit, "cancel", session, reason="better") for session in sessions))

    visit.refresh_from_db()
    assert answers == [BACK] * 4
    assert (visit.status, notices(visit), due(visit)["reminder"]) == ("cancelled", {"cancelled": 1}, 0)
    assert (verbs_of(visit), Occupancy.objects.count()) == (["book", "cancel"], 0)


def test_yes_pressed_while_the_desk_moves_it_is_no_yes_to_the_new_time(clinic, visit):
    move = {"appointment": visit.pk, "seen": visit.version, "slot": asked(clinic, "14:00")}
    race(press(visit, "confirm"), ("desk_moves", move))

    visit.refresh_from_db()
    assert (visit.confirmed_at is not None, visit.local_start.hour) in [(True, 10), (False, 14)]


@pytest.mark.usefixtures("collected_static")
def test_two_patients_move_to_one_time(clinic, visit):
    """Whoever comes too late is shown a page at once, by a process with the storage of production."""
    other = scheduling.book(
        scheduling.Slot(clinic.therapy, at(next_week(), "11:00"), clinic.house),
        patient=clinic.ben, by=PATIENT, now=timezone.now(), source="web",
    )  # fmt: skip
    answers = race(*(press(each, "move", **to("14:00")) for each in (visit, other)))

    starts = {each.local_start.strftime("%H:%M") for each in Appointment.objects.all()}
    assert sorted(answers) == [200, BACK]  # who came too late reads so on the same page
    assert starts in ({"14:00", "11:00"}, {"10:00", "14:00"})
    assert sum(notices(each).get("moved", 0) for each in Appointment.objects.all()) == 1


# --- Undo against the desk ------------------------------------------------------------------------------------------


def test_undoing_a_cancellation_against_the_desk_that_books_the_time(clinic, visit):
    gone = scheduling.cancel(visit, by=PATIENT, now=timezone.now(), reason="time")
    gone.messages.filter(state="due").update(state="sent")
    books = ("desk_books", {"slot": asked(clinic), "patient": clinic.ben.pk})
    page, desk = race(press(gone, "undo"), books)

    gone.refresh_from_db()
    kept = Appointment.objects.keeping_time()
    assert (page, kept.count(), Occupancy.objects.count()) == (BACK, 1, 2)
    if desk == "done":
        assert (kept.get().patient, gone.status, notices(gone)) == (clinic.ben, "cancelled", {})
    else:
        assert (desk, kept.get().patient, gone.status) == ("Taken", clinic.ada, "booked")
        assert notices(gone) == {"confirmation": 1}


def test_undoing_a_move_against_many_who_book_the_old_time(clinic, visit):
    moved = scheduling.move(
        visit, scheduling.Slot(clinic.therapy, at(next_week(), "14:00"), clinic.house), by=PATIENT, now=timezone.now()
    )
    moved.messages.filter(state="due").update(state="sent")
    people = [factories.PatientFactory().pk for _each in range(3)]
    page, *desk = race(
        press(moved, "undo"), *(("desk_books", {"slot": asked(clinic), "patient": patient}) for patient in people)
    )

    moved.refresh_from_db()
    at_ten = Appointment.objects.keeping_time().filter(start=at(next_week(), "10:00"))
    assert (page, at_ten.count()) == (BACK, 1)
    if "done" in desk:
        assert (sorted(desk), moved.local_start.hour) == (["Taken", "Taken", "done"], 14)
        assert notices(moved) == {}
    else:
        assert (desk, at_ten.get(), notices(moved)) == (["Taken"] * 3, moved, {"moved": 1})


def test_undo_pressed_twice_at_once_is_one_undo(visit):
    gone = scheduling.cancel(visit, by=PATIENT, now=timezone.now(), reason="time")
    session = tab(gone)
    answers = race(press(gone, "undo", session), press(gone, "undo", session))

    gone.refresh_from_db()
    assert (answers, gone.status) == ([BACK, BACK], "booked")
    assert (verbs_of(gone), Occupancy.objects.count()) == (["book", "cancel", "undo"], 2)


def test_undo_without_a_version_against_the_desk_is_one_deed(clinic, visit):
    """The verb itself pins the version it read: no page is needed for that."""
    now = timezone.now()
    moved = scheduling.move(
        visit, scheduling.Slot(clinic.therapy, at(next_week(), "14:00"), clinic.house), by=PATIENT, now=now
    )
    undo, desk = race(
        ("patient_takes_back", {"appointment": moved.pk, "now": now.isoformat()}),
        ("desk_cancels", {"appointment": moved.pk, "seen": moved.version}),
    )

    moved.refresh_from_db()
    assert (undo, desk, moved.status) in [
        ("done", "Changed", "booked"),
        ("Changed", "done", "cancelled"),
        ("NotAllowed", "done", "cancelled"),
    ]
