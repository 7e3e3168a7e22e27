"""What clinicians want after a visit: when it waits, when it is settled, and how the desk books it."""

import datetime as dt
import re

import pytest
import time_machine

from bookings import scheduling
from bookings.models import DeskNote, Message, NextStep, WorkDone
from bookings.scheduling.notes import tell_desk
from bookings.worklists import WORKLISTS
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member, wished

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
BY = scheduling.By.system()
START = at("2026-03-02", "10:00")
LATER = at("2026-03-02", "12:00")
IN_SIX_WEEKS = at("2026-04-13", "10:00")


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def seen(clinic):
    """Ada, seen today by Dr. Ortiz, who wants to see her again in six weeks."""
    return wished(clinic, START)


@pytest.fixture
def desk(clinic, client):
    client.user = member(roles.FRONT_DESK)
    with time_machine.travel(LATER, tick=False):
        client.force_login(client.user)
        yield client


def waiting():
    return list(NextStep.objects.waiting().values_list("appointment__patient__first_name", "due_on"))


def open_steps():
    return list(NextStep.objects.open().values_list("appointment__patient__first_name", flat=True))


# --- When it waits --------------------------------------------------------------------------------------------------


def test_a_wish_waits_until_its_visit_is_booked_and_again_when_that_is_canceled(clinic, seen):
    assert waiting() == [("Ada", dt.date(2026, 4, 13))]
    visit = book(clinic, IN_SIX_WEEKS)
    assert (waiting(), seen.next_steps.get().visit()) == ([], visit)
    scheduling.cancel(visit, by=BY, now=LATER, reason="other")
    assert (waiting(), seen.next_steps.get().visit()) == ([("Ada", dt.date(2026, 4, 13))], None)


def test_a_request_settles_it_too_and_one_that_is_declined_does_not(clinic, seen):
    visit = book(clinic, IN_SIX_WEEKS, status="requested")
    assert waiting() == []
    scheduling.decline(visit, by=BY, now=LATER)
    assert waiting() == [("Ada", dt.date(2026, 4, 13))]


def test_another_treatment_another_patient_and_an_earlier_visit_settle_nothing(clinic, seen):
    book(clinic, IN_SIX_WEEKS, treatment=clinic.injection)
    book(clinic, IN_SIX_WEEKS, patient=clinic.ben, clinician=clinic.sato)
    assert waiting() == [("Ada", dt.date(2026, 4, 13))]


def test_what_was_booked_before_the_visit_ended_settles_it_at_once(clinic):
    book(clinic, IN_SIX_WEEKS)
    wished(clinic, START)
    assert waiting() == []


def test_a_discharge_waits_for_nothing(clinic):
    wished(clinic, START, kind="discharge")
    assert (waiting(), NextStep.objects.count()) == ([], 1)


def test_an_end_that_is_taken_back_takes_the_wish_back(clinic, seen):
    scheduling.undo(seen, by=BY, now=START)
    assert (waiting(), NextStep.objects.get().withdrawn_at) == ([], START)


def test_whoever_is_merged_keeps_the_wish_and_a_visit_of_either_entry_settles_it(clinic, seen):
    ben = factories.PatientFactory(first_name="Ada", last_name="Vale")
    visit = book(clinic, IN_SIX_WEEKS, patient=ben, clinician=clinic.sato)
    assert waiting() == [("Ada", dt.date(2026, 4, 13))]
    scheduling.merge(clinic.ada, into=ben, by=scheduling.By.staff(factories.UserFactory()), now=LATER)
    assert (waiting(), NextStep.objects.get().visit()) == ([], visit)


def test_what_the_desk_ticks_off_is_settled_and_what_is_put_back_is_open(seen, desk):
    step = seen.next_steps.get()
    desk.post(f"/admin/work/next/{step.pk}/done/")
    assert (open_steps(), waiting()) == ([], [("Ada", dt.date(2026, 4, 13))])
    desk.post(f"/admin/work/next/{step.pk}/done/", {"back": "1"})
    assert (open_steps(), WorkDone.objects.count()) == (["Ada"], 0)


# --- The verb -------------------------------------------------------------------------------------------------------


def book_wish(clinic, step, start=IN_SIX_WEEKS, **more):
    slot = scheduling.Slot(clinic.consultation, start, clinic.house, clinic.ortiz)
    return scheduling.book(slot, patient=clinic.ada, by=BY, now=LATER, source="phone", wish=step, **more)


def test_a_wish_is_booked_once_and_the_second_is_told_when_it_is(clinic, seen):
    step = seen.next_steps.get()
    book_wish(clinic, step)
    with pytest.raises(scheduling.NextBooked) as refusal:
        book_wish(clinic, step, at("2026-04-14", "11:00"))
    assert str(refusal.value) == "This next visit has its time already: Mon, Apr 13, 10 am."
    assert clinic.ada.appointments.filter(start__gt=LATER).count() == 1


def test_the_same_form_for_a_wish_returns_what_it_made(clinic, seen):
    step, form = seen.next_steps.get(), {"form_token": "t", "form_digest": "d"}
    assert book_wish(clinic, step, **form) == book_wish(clinic, step, **form)


def test_a_wish_that_was_ticked_off_is_not_booked(clinic, seen):
    step = seen.next_steps.get()
    WorkDone.objects.create(worklist="next", row=step.pk, done_at=LATER, done_by=factories.UserFactory())
    with pytest.raises(scheduling.NextBooked, match="not waited for any more"):
        book_wish(clinic, step)


# --- The desk's list ------------------------------------------------------------------------------------------------


def cells(name, now=LATER):
    chosen = WORKLISTS[name]
    return [[str(cell) for cell in chosen.listed(row, now=now).cells] for row in chosen.rows(now)]


def test_the_list_says_who_what_and_when_after_which_visit_and_whether_they_are_invited(clinic, seen):
    wished(clinic, at("2026-03-02", "11:00"), weeks=0, treatment=clinic.injection, kind="treatment", patient=clinic.ben)
    seen.messages.filter(kind="invitation").update(state="sent", sent_at=LATER)

    assert cells("next") == [
        [
            "Ben Okafor",
            "Trigger point injection, as soon as can be",
            "Consultation, Amara Ortiz, Mon, Mar 2, 11 am",
            "invitation goes out Mon, Mar 2, 11:45 am",
        ],
        [
            "Ada Vale",
            "Consultation, around Mon, Apr 13",
            "Consultation, Amara Ortiz, Mon, Mar 2, 10 am",
            "invited Mon, Mar 2, noon",
        ],
    ]


@pytest.mark.parametrize("state", ["failed", "dead", "void"])
def test_whom_no_invitation_reached_is_phoned(seen, state):
    Message.objects.filter(kind="invitation").update(state=state)
    assert cells("next")[0][-1] == "no invitation: please phone"


def test_what_is_past_its_date_is_marked(seen):
    step = seen.next_steps.get()
    marked = [
        [str(mark) for mark in WORKLISTS["next"].marks(step, at(date, "12:00"))]
        for date in ("2026-04-13", "2026-04-14")
    ]
    assert marked == [[], ["overdue"]]


def address_of(answer):
    return re.search(r'href="(/admin/desk/book/\?[^"]+next_step=\d+)"', answer.text)[1].replace("&amp;", "&")


@pytest.mark.parametrize("page", ["list", "visit", "patient"])
def test_one_press_opens_the_booking_with_all_that_is_known(clinic, seen, desk, page):
    addresses = {"list": "/admin/work/next/", "visit": f"/admin/desk/visit/{seen.pk}/"}
    answer = desk.get(addresses.get(page, f"/admin/patients/{clinic.ada.pk}/"))

    form = desk.get(address_of(answer)).context["form"]
    assert {name: form.initial[name] for name in ("location", "clinician", "treatment", "patient", "day")} == {
        "location": clinic.house.pk,
        "clinician": clinic.ortiz.pk,
        "treatment": clinic.consultation.pk,
        "patient": str(clinic.ada.pk),
        "day": "2026-04-13",
    }
    assert form.initial["next_step"] == str(seen.next_steps.get().pk)


def test_a_clinician_who_does_not_offer_what_is_wanted_is_left_out(clinic, desk):
    wished(clinic, START, kind="therapy", treatment=clinic.therapy)
    assert "clinician=" not in address_of(desk.get("/admin/work/next/"))


def panel_form(desk, clinic, seen, when):
    form = desk.get(address_of(desk.get("/admin/work/next/"))).context["form"]
    typed = {
        name: form.initial.get(name, "") for name in ("location", "treatment", "patient", "form_token", "next_step")
    }
    return typed | {"pick": f"{when}|{clinic.house.pk}|{clinic.ortiz.pk}", "source": "phone", "book": "1"}


def test_the_desk_books_it_from_the_list(clinic, seen, desk):
    answer = desk.post("/admin/desk/book/", panel_form(desk, clinic, seen, "2026-04-13T10:00"))
    assert (answer.status_code, waiting(), seen.next_steps.get().visit().start) == (302, [], IN_SIX_WEEKS)


def test_a_desk_that_was_slower_than_the_patient_is_told(clinic, seen, desk):
    form = panel_form(desk, clinic, seen, "2026-04-13T11:00")
    book(clinic, IN_SIX_WEEKS)
    answer = desk.post("/admin/desk/book/", form)
    assert "This next visit has its time already: Mon, Apr 13, 10 am." in answer.text
    assert clinic.ada.appointments.filter(start__gt=LATER).count() == 1


def test_for_somebody_else_or_something_else_the_panel_books_as_ever(clinic, seen, desk):
    form = panel_form(desk, clinic, seen, "2026-04-13T11:00") | {"patient": clinic.ben.pk}
    book(clinic, IN_SIX_WEEKS)
    assert desk.post("/admin/desk/book/", form).status_code == 302
    assert clinic.ben.appointments.get().start == at("2026-04-13", "11:00")


@pytest.mark.parametrize("number", ["0", "x", "999999999999999999999", "777"])
def test_a_number_made_by_hand_changes_nothing(clinic, seen, desk, number):
    form = panel_form(desk, clinic, seen, "2026-04-13T11:00") | {"next_step": number}
    assert desk.post("/admin/desk/book/", form).status_code in (200, 302)


def test_the_panel_of_a_visit_says_it_only_while_it_is_open(clinic, seen, desk):
    page = f"/admin/desk/visit/{seen.pk}/"
    assert "Next visit to book:" in desk.get(page).text
    book(clinic, IN_SIX_WEEKS)
    assert "Next visit to book:" not in desk.get(page).text


# --- From the clinicians --------------------------------------------------------------------------------------------


def test_what_clinicians_say_is_listed_with_its_visit_oldest_first_until_it_is_ticked_off(clinic, desk):
    visit, by = book(clinic, IN_SIX_WEEKS), scheduling.By.staff(factories.UserFactory())
    told = [(clinic.ortiz, "Please call the lab.", visit), (clinic.sato, "I leave at 4.", None)]
    for number, (who, words, about) in enumerate(told):
        tell_desk(who, words, by=by, now=NOW + dt.timedelta(hours=number), form_token=f"{number}", appointment=about)

    assert cells("notes") == [
        ["Amara Ortiz", "Please call the lab.", "Ada Vale", "Consultation, Mon, Apr 13, 10 am", "Mon, Mar 2, 8 am"],
        ["Ben Sato", "I leave at 4.", "", "", "Mon, Mar 2, 9 am"],
    ]  # fmt: skip
    desk.post(f"/admin/work/notes/{DeskNote.objects.first().pk}/done/")
    assert [row[0] for row in cells("notes")] == ["Ben Sato"]


@pytest.mark.parametrize("name", ["next", "notes"])
def test_the_lists_are_for_who_changes_appointments(name, clinic, seen, client):
    answers = []
    for role in (roles.FRONT_DESK, roles.EDITOR):
        client.force_login(member(role))
        answers.append(client.get(f"/admin/work/{name}/").status_code)
    assert answers == [200, 403]
