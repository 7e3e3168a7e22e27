"""Preparing for a visit: when each step is due, who has done it, and whose step it is."""

import datetime as dt

import pytest
import time_machine
from django.db.models import prefetch_related_objects

from bookings import preparation, scheduling
from bookings.models import Appointment, PreparationDone
from clinic import roles
from tests import cast
from tests.bookings.own_pages import open_link, open_verified, words
from tests.bookings.visits import book
from tests.desk import member
from tests.processes import run_together
from treatments.models import PreparationStep, Treatment

STAFF = scheduling.By.system()
PAGE = "/appointments/prepare/"


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


@pytest.fixture
def steps(clinic):
    """Two steps of a consultation: find a driver three days before, eat lightly on the day."""
    return add_steps(clinic.consultation, (0, "Eat a light breakfast."), (3, "Ask somebody to drive you home."))


def add_steps(treatment, *told):
    return [PreparationStep.objects.create(treatment=treatment, days_before=days, text=text) for days, text in told]


def said(visit):
    return [(each.step.text, each.due.isoformat(), each.done_at, each.done_by) for each in preparation.steps_of(visit)]


def fresh(visit):
    return Appointment.objects.select_related("treatment", "location").get(pk=visit.pk)


# --- Dates ----------------------------------------------------------------------------------------------------------


def test_steps_are_dated_back_from_the_visit_the_earliest_first(visit, steps):
    assert said(visit) == [
        ("Ask somebody to drive you home.", "2026-03-01", None, None),
        ("Eat a light breakfast.", "2026-03-04", None, None),
    ]


def test_dates_are_those_of_the_place_not_of_the_server(clinic, visit, steps):
    """10 am in New York on March 4 is midnight of March 5 in Tokyo."""
    clinic.house.time_zone = "Asia/Tokyo"
    clinic.house.save()
    assert [due for _text, due, *_done in said(fresh(visit))] == ["2026-03-02", "2026-03-05"]


def test_a_night_in_which_the_clocks_change_costs_no_day(clinic):
    add_steps(clinic.consultation, (2, "Find a driver."))
    visit = book(clinic, date="2026-03-09", time="09:00")
    assert [due for _text, due, *_done in said(visit)] == ["2026-03-07"]


def test_a_moved_visit_has_new_dates_and_keeps_what_is_done(clinic, visit, steps):
    preparation.tick(visit, steps[1].pk, done=True, now=cast.NOW)
    slot = scheduling.Slot(clinic.consultation, cast.at("2026-03-10", "10:00"), clinic.house)
    moved = scheduling.move(visit, slot, by=STAFF, now=cast.NOW)
    assert said(fresh(moved)) == [
        ("Ask somebody to drive you home.", "2026-03-07", cast.NOW, None),
        ("Eat a light breakfast.", "2026-03-10", None, None),
    ]


def test_the_steps_of_a_visit_take_two_statements(visit, steps, django_assert_num_queries):
    preparation.tick(visit, steps[0].pk, done=True, user=member(roles.FRONT_DESK), now=cast.NOW)
    visit = fresh(visit)
    with django_assert_num_queries(2):
        preparation.steps_of(visit)


def test_the_steps_of_many_visits_take_none_more_when_prefetched(clinic, visit, steps, django_assert_num_queries):
    other = book(clinic, clinic.ben, time="11:00")
    for each in (visit, other):
        preparation.tick(each, steps[0].pk, done=True, user=member(roles.FRONT_DESK), now=cast.NOW)
    both = [fresh(visit), fresh(other)]
    prefetch_related_objects(both, "treatment__preparation_steps", "preparation_done__user")
    with django_assert_num_queries(0):
        assert [len(preparation.steps_of(each)) for each in both] == [2, 2]


# --- Ticking --------------------------------------------------------------------------------------------------------


def test_a_second_tick_keeps_who_did_it_first_and_when(visit, steps):
    rosa = member(roles.FRONT_DESK, name="Rosa Lind")
    preparation.tick(visit, steps[0].pk, done=True, user=rosa, now=cast.NOW)
    preparation.tick(visit, steps[0].pk, done=True, now=cast.NOW + dt.timedelta(hours=1))
    assert said(visit)[1] == ("Eat a light breakfast.", "2026-03-04", cast.NOW, "Rosa Lind")


def test_a_tick_can_be_taken_back_and_taking_it_back_twice_is_no_error(visit, steps):
    preparation.tick(visit, steps[0].pk, done=True, now=cast.NOW)
    for _press in range(2):
        preparation.tick(visit, steps[0].pk, done=False, now=cast.NOW)
    assert PreparationDone.objects.count() == 0


def test_a_step_of_another_treatment_is_refused(clinic, visit):
    [other] = add_steps(clinic.therapy, (1, "Wear loose clothes."))
    with pytest.raises(preparation.NotOfVisit, match=r"That is not a step of this visit\."):
        preparation.tick(visit, other.pk, done=True, now=cast.NOW)


def test_a_step_that_does_not_exist_is_refused(visit):
    with pytest.raises(preparation.NotOfVisit, match=r"That is not a step of this visit\."):
        preparation.tick(visit, 0, done=True, now=cast.NOW)


@pytest.mark.parametrize("state", ["cancelled", "past"])
@pytest.mark.parametrize("done", [True, False])
def test_what_is_over_is_not_prepared_for(visit, steps, state, done):
    now = visit.start if state == "past" else cast.NOW
    if state == "cancelled":
        visit = scheduling.cancel(visit, by=STAFF, now=cast.NOW, reason="other")
    with pytest.raises(preparation.NotOfVisit, match=r"over or canceled"):
        preparation.tick(visit, steps[0].pk, done=done, now=now)
    assert PreparationDone.objects.count() == 0


def press_tick(visit, step):
    preparation.tick(fresh(Appointment(pk=visit)), step, done=True, now=cast.NOW)
    return "done"


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_six_presses_at_one_instant_make_one_tick(transactional_db):
    clinic = cast.open_clinic()
    visit = book(clinic)
    [step] = add_steps(clinic.consultation, (1, "Find a driver."))
    asked = [{"visit": visit.pk, "step": step.pk}] * 6
    answers = run_together("tests.bookings.test_preparation:press_tick", asked)
    assert (answers, PreparationDone.objects.count()) == (["done"] * 6, 1)


# --- The page -------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(visit, steps):
    with time_machine.travel(cast.NOW, tick=False):
        yield open_verified(visit)


def test_the_page_says_each_step_with_its_day(opened):
    page = words(opened.get(PAGE))
    facts = [
        "<b>By Sunday, March 1</b>",
        "Ask somebody to drive you home.",
        "<b>On the day, Wednesday, March 4</b>",
        "Call us: (212) 555-0100",
    ]
    assert [fact for fact in facts if fact not in page] == []


def test_one_press_saves_all_ticks(opened, visit, steps):
    answer = opened.post(PAGE, {"done": [step.pk for step in steps]}, follow=True)
    assert [done for *_told, done, _who in said(visit)] == [cast.NOW, cast.NOW]
    assert words(answer).count("Done: Mon, Mar 2, 8 am, by you") == 2


def test_unticking_takes_back_only_what_the_page_showed_as_done(opened, visit, steps):
    """Staff ticked the second step off while the patient looked at the page."""
    preparation.tick(visit, steps[0].pk, done=True, now=cast.NOW)
    preparation.tick(visit, steps[1].pk, done=True, user=member(roles.FRONT_DESK, name="Rosa Lind"), now=cast.NOW)
    answer = opened.post(PAGE, {"shown": [steps[0].pk]}, follow=True)
    assert [who for *_told, who in said(visit)] == ["Rosa Lind", None]
    assert [done for *_told, done, _who in said(visit)] == [cast.NOW, None]
    assert "Done: Mon, Mar 2, 8 am, by Rosa Lind" in words(answer)


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "9" * 30, "\x00", "٣"])
def test_a_number_made_by_hand_ticks_nothing(opened, steps, number):
    answer = opened.post(PAGE, {"done": [steps[0].pk, number]}, follow=True)
    assert (answer.status_code, PreparationDone.objects.count()) == (200, 0)
    assert "That is not a step of this visit." in words(answer)


def test_a_step_of_somebody_elses_treatment_is_not_ticked_by_hand(clinic, opened):
    [other] = add_steps(clinic.therapy, (1, "Wear loose clothes."))
    opened.post(PAGE, {"done": [other.pk]})
    assert PreparationDone.objects.count() == 0


def test_blood_thinners_are_the_plan_of_the_clinician_and_nothing_else(clinic, opened):
    Treatment.objects.update(role="procedure")
    page = words(opened.get(PAGE))
    assert "Follow the plan your clinician gave you." in page
    assert [word for word in ("stop taking", "Stop taking", "do not take") if word in page] == []


def test_a_visit_over_shows_what_was_done_and_lets_nothing_be_ticked(visit, steps):
    preparation.tick(visit, steps[0].pk, done=True, now=cast.NOW)
    later = visit.end + dt.timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        page = words(open_verified(visit, now=later).get(PAGE))
    assert ("<fieldset disabled>" in page, "Save what is done" in page, "by you" in page) == (True, False, True)


def test_without_the_date_of_birth_nothing_is_shown_or_ticked(visit, steps):
    with time_machine.travel(cast.NOW, tick=False):
        browser = open_link(visit)
        answers = [browser.get(PAGE), browser.post(PAGE, {"done": [steps[0].pk]})]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert PreparationDone.objects.count() == 0


def test_the_page_takes_the_same_statements_for_one_step_and_for_four(clinic, opened, steps, django_assert_num_queries):
    for days in (4, 5):
        with django_assert_num_queries(5):
            opened.get(PAGE)
        add_steps(clinic.consultation, (days, f"Step {days}."))
