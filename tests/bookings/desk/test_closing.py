"""Public holidays of a region: offered, ticked, written as closures that are time off like any other."""

import pytest
from django.urls import reverse

from bookings.models import TimeOff
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

PAGE = "/admin/public-holidays/"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK))
    return client


def offered(response):
    return [
        (place.location.slug, [f"{holiday.date:%m-%d}" for holiday in place.holidays if holiday.off is None])
        for place in response.context["places"]
    ]


def field(location):
    return f"close-{location.pk}"


REST_OF_2026 = ["05-25", "06-19", "07-03", "07-04", "09-07", "10-12", "11-11", "11-26", "12-25"]


def test_what_is_left_of_the_year_is_offered_and_ticked(clinic, desk):
    response = desk.get(PAGE)
    assert offered(response) == [("harbor-street", REST_OF_2026)]
    assert response.text.count('" checked> <span class="number">') == 9
    assert "Independence Day (observed)" in response.text


def test_each_location_has_the_holidays_of_its_own_region(clinic, desk):
    north = factories.LocationFactory(slug="north", position=9, holiday_region="US-HI")
    factories.LocationFactory(slug="gone", position=10, active=False)
    shown = dict(offered(desk.get(PAGE)))
    assert set(shown) == {"harbor-street", "north"}
    assert sorted(set(shown["north"]) - set(REST_OF_2026)) == ["03-26", "06-11", "08-21", "11-03"]
    assert offered(desk.get(PAGE, {"location": north.slug}))[0][0] == "north"


@pytest.mark.parametrize(
    ("asked", "first"), [({"year": "2027"}, "01-01"), ({"year": "1999"}, "05-25"), ({"year": "x"}, "05-25")]
)
def test_the_year_is_this_one_or_one_of_the_next(asked, first, clinic, desk):
    assert offered(desk.get(PAGE, asked))[0][1][0] == first


@pytest.mark.engine
def test_those_ticked_close_whole_local_days_and_are_not_offered_again(clinic, desk):
    response = desk.post(PAGE, {field(clinic.house): ["2026-07-03", "2026-12-25"]}, follow=True)
    assert list(TimeOff.objects.values_list("location__slug", "kind", "start", "end", "note")) == [
        ("harbor-street", "holiday", at("2026-07-03", "00:00"), at("2026-07-04", "00:00"), "Independence Day (observed)"),
        ("harbor-street", "holiday", at("2026-12-25", "00:00"), at("2026-12-26", "00:00"), "Christmas Day"),
    ]  # fmt: skip
    assert offered(response)[0][1] == [date for date in REST_OF_2026 if date not in ("07-03", "12-25")]
    assert [str(message) for message in response.context["messages"]] == ["2 holidays are in the diary now."]


def test_on_the_clock_of_another_zone_the_day_is_the_locations_own(clinic, desk):
    west = factories.LocationFactory(slug="west", position=9, time_zone="America/Los_Angeles")
    desk.post(PAGE, {field(west): ["2026-12-25"]})
    assert TimeOff.objects.get().start == at("2026-12-25", "03:00")


def test_posted_again_nothing_is_written_twice(clinic, desk):
    for _press in range(2):
        response = desk.post(PAGE, {field(clinic.house): ["2026-12-25"]}, follow=True)
    assert TimeOff.objects.count() == 1
    assert [str(message) for message in response.context["messages"]] == ["Nothing new was ticked."]


@pytest.mark.parametrize("typed", ["2026-12-24", "2026-01-01", "2027-12-25", "x", ""])
def test_only_what_was_offered_can_be_ticked(typed, clinic, desk):
    desk.post(PAGE, {field(clinic.house): [typed], "close-999": ["2026-12-25"]})
    assert TimeOff.objects.count() == 0


def test_the_visits_a_holiday_hits_are_said_with_the_way_to_settle_them(clinic, desk):
    book(clinic, at("2026-05-25", "10:30"))
    book(clinic, at("2026-05-25", "11:00"), patient=clinic.ben)
    response = desk.post(PAGE, {field(clinic.house): ["2026-05-25", "2026-12-25"]}, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "2 holidays are in the diary now.",
        "They hit 2 appointments. Settle them at each holiday below.",
    ]
    [memorial_day, _christmas] = TimeOff.objects.all()
    assert reverse("admin:away-resolve", args=[memorial_day.pk]) in response.text
    assert [holiday.off.hits for holiday in response.context["places"][0].holidays if holiday.off] == [2, 0]


def test_a_region_nobody_knows_is_said_with_the_page_that_sets_it(clinic, desk):
    clinic.house.holiday_region = "US-ZZ"
    clinic.house.save()
    page = desk.get(PAGE).text
    assert "No public holidays are known for “US-ZZ”." in page
    assert reverse("admin:treatments_location_change", args=[clinic.house.pk]) in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_for_more_locations(number, clinic, desk, django_assert_num_queries):
    for n in range(number - 1):
        factories.LocationFactory(slug=f"more-{n}", position=9)
    desk.post(PAGE, {field(clinic.house): ["2026-12-25"]})
    desk.get(PAGE)
    with django_assert_num_queries(5):
        assert len(desk.get(PAGE).context["places"]) == number


@pytest.mark.parametrize("role", [roles.CLINICIAN, roles.EDITOR])
def test_others_are_refused(role, clinic, client):
    client.force_login(member(role))
    answers = [client.get(PAGE), client.post(PAGE, {field(clinic.house): ["2026-12-25"]})]
    assert {answer.status_code for answer in answers} <= {302, 403}
    assert TimeOff.objects.count() == 0
