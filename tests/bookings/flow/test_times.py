"""Place and time: what is offered, what is not, and what somebody else took."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Hold, Occupancy
from tests import cast, factories
from tests.bookings.visitor import Visitor, path

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "slot",
    [
        "2026-03-07T15:00:00Z//harbor-street",  # a Saturday
        "2026-03-04T08:00:00Z//harbor-street",  # 3:00 in the night
        "2026-03-04T15:07:00Z//harbor-street",  # beside the grid
        "2026-03-04T15:00:30Z//harbor-street",
        "2026-02-27T15:00:00Z//harbor-street",  # the past
        "2026-03-02T13:00:00Z//harbor-street",  # within the notice
        "2027-03-03T15:00:00Z//harbor-street",  # beyond the horizon
        "9999-12-31T23:59:59Z//harbor-street",
        "2026-03-04T15:00:00//harbor-street",
        "2026-03-04T15:00:00Z/amara-ortiz/harbor-street",  # does not offer it
        "2026-03-04T15:00:00Z/nobody/harbor-street",
        "2026-03-04T15:00:00Z//no-such-place",
        "2026-03-04T15:00:00Z/2026-03-04T14:00:00Z/harbor-street",  # an end before the start
        "2026-03-04T15:00:00Z",
        "///",
        "nonsense",
        "x" * 20_000,
        "\x00",
    ],
)
def test_a_hand_made_time_is_refused_in_words_and_saves_nothing(at_times, slot):
    at_times.choose(slot)
    assert (at_times.page.status_code, at_times.path) == (400, path("book-time"))
    assert "We do not offer that time. Please choose one of these." in at_times.text
    assert (Hold.objects.count(), Occupancy.objects.count()) == (0, 0)
    assert at_times.slots() != []


def test_a_clinician_who_left_is_not_offered(at_times, house):
    type(house.lindqvist).objects.filter(pk=house.lindqvist.pk).update(active=False)
    at_times.choose("2026-03-04T15:00:00Z/tess-lindqvist/harbor-street")
    assert (at_times.page.status_code, Hold.objects.count()) == (400, 0)


def test_no_time_chosen_asks_for_one(at_times):
    at_times._post("book-time")
    assert (at_times.page.status_code, at_times.page.context["error"]) == (200, "Choose a time.")


def test_a_time_somebody_else_took_meanwhile_offers_the_three_nearest(at_times):
    other = Visitor()
    other.arrive(treatment="physical-therapy-session")
    other.answer_signs()
    other.choose("2026-03-04T15:00:00Z//harbor-street")
    at_times.choose("2026-03-04T15:00:00Z//harbor-street")
    assert (at_times.path, len(at_times.page.context["nearest"])) == (path("book-time"), 3)
    at_times.choose(at_times.page.context["nearest"][0]["value"])
    assert at_times.path == path("book-details")


def test_the_page_of_times_costs_as_many_statements_for_five_clinicians_as_for_one(at_times, house):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            at_times.look("book-time")
        return len(captured)

    before = cost()
    for number in range(4):
        more = factories.ClinicianFactory(slug=f"more-{number}")
        factories.ClinicianTreatmentFactory(clinician=more, treatment=house.therapy)
        cast.work(factories.ResourceFactory(clinician=more), house.house, range(5), "09:00", "17:00")
    assert (cost(), before <= 20) == (before, True)


def test_only_days_with_times_are_shown_and_later_ones_follow(at_times):
    shown = [day["date"].isoformat() for day in at_times.page.context["days"]]
    assert shown == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    at_times.look("book-time", **{"from": at_times.page.context["later"].isoformat()})
    shown = [day["date"].isoformat() for day in at_times.page.context["days"]]
    assert shown == ["2026-03-06", "2026-03-09", "2026-03-10", "2026-03-11"]


@pytest.mark.parametrize("first", ["yesterday", "2025-01-01", "9999-12-31", "2026-13-45", ""])
def test_a_date_that_is_not_offered_shows_the_first_dates(at_times, first):
    at_times.look("book-time", **{"from": first})
    assert at_times.page.context["days"][0]["date"] == cast.TODAY


def test_filters_leave_the_address(at_times):
    answer = at_times.client.get(path("book-time"), {"clinician": "tess-lindqvist", "location": "harbor-street"})
    assert (answer.status_code, answer["Location"]) == (302, path("book-time"))
    at_times.look("book-time")
    assert {slot.split("/", 1)[1] for slot in at_times.slots()} == {"tess-lindqvist/harbor-street"}


def test_ones_own_time_stays_choosable_and_is_marked(at_times):
    at_times.choose("2026-03-04T15:00:00Z//harbor-street")
    at_times.look("book-time")
    parts = [part for day in at_times.page.context["days"] for part in day["parts"]]
    chosen = [option["value"] for part in parts for option in part["options"] if option["selected"]]
    assert chosen == ["2026-03-04T15:00:00Z//harbor-street"]


def test_a_session_holds_one_time(at_times):
    for hour in (15, 16, 17):
        at_times.choose(f"2026-03-04T{hour}:00:00Z//harbor-street")
    assert [held.start.hour for held in Hold.objects.all()] == [17]


def test_too_many_holds_from_one_address_is_a_page_with_the_phone(at_times, settings):
    settings.CLINIC_HOLDS_PER_ADDRESS = 1
    at_times.choose("2026-03-04T15:00:00Z//harbor-street")
    other = Visitor()
    other.arrive(treatment="physical-therapy-session")
    other.answer_signs()
    other.choose("2026-03-05T15:00:00Z//harbor-street")
    assert other.page.status_code == 429
    assert "(212) 555-0100" in other.text


def test_no_times_at_all_says_what_to_do(at_times, house):
    house.lindqvist.resource.working_hours.all().delete()
    at_times.look("book-time")
    assert at_times.slots() == []
    assert "No free times here at the moment" in at_times.text
    assert "We plan ahead until Sunday, May 31, 2026." in at_times.text
    assert "ask us to call you" in at_times.text


def test_filters_without_times_name_the_next_one_elsewhere(at_times):
    factories.LocationFactory(slug="far-away", name="Far Away")
    at_times.look("book-time", location="far-away")
    assert "The next free time is Mon, Mar 2, 10 am, Harbor Street, with Tess Lindqvist." in at_times.text
