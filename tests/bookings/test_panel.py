"""The booking panel of public pages: real times, one look at the diary, links that carry the time along."""

from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings import scheduling
from bookings.models import WorkingHours
from bookings.templatetags.bookings import booking_panel, next_times
from tests import cast, factories
from treatments.models import Treatment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(cast.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def house():
    return cast.open_clinic()


def panel(*treatments, **options):
    return booking_panel(Context(), treatments, **options)["offers"]


def starts(offer):
    return [each["time"].local_start.strftime("%m-%d %H:%M") for each in offer["times"]]


def test_each_treatment_shows_its_next_three_times_at_different_starts(house):
    offers = panel(house.consultation, house.therapy)
    assert [starts(offer) for offer in offers] == [["03-02 10:00", "03-02 10:15", "03-02 10:30"]] * 2


def test_a_link_carries_treatment_time_place_and_article(house):
    article = factories.ArticleFactory(slug="stiff-neck")
    (offer,) = panel(house.therapy, article=article)
    address = urlsplit(offer["times"][0]["url"])
    assert (address.path, parse_qs(address.query)) == (
        "/book/",
        {
            "article": ["stiff-neck"],
            "treatment": ["physical-therapy-session"],
            "clinician": ["tess-lindqvist"],
            "location": ["harbor-street"],
            "start": ["2026-03-02T15:00:00+00:00"],
        },
    )


def test_a_pressed_time_is_kept_after_the_urgent_signs(house, client):
    (offer,) = panel(house.therapy)
    client.get(offer["times"][0]["url"])
    answer = client.post("/book/urgent-signs/", {"urgent": "none"})
    assert answer["Location"] == "/book/about-you/"


def test_consultation_first_shows_the_times_of_the_consultation_and_says_so(house):
    Treatment.objects.filter(pk=house.injection.pk).update(policy="consultation")
    house.injection.refresh_from_db()
    (offer,) = panel(house.injection)
    assert (offer["consultation_first"], offer["bookable"]) == (True, house.consultation)
    assert offer["times"][0]["url"].startswith("/book/?treatment=trigger-point-injection&")
    assert "Begins with a consultation. Its next times:" in render([house.injection])


def test_without_a_consultation_a_treatment_that_begins_with_one_has_no_times(house):
    Treatment.objects.filter(pk=house.injection.pk).update(policy="consultation")
    Treatment.objects.filter(pk=house.consultation.pk).update(active=False)
    house.injection.refresh_from_db()
    (offer,) = panel(house.injection)
    assert offer["times"] == []


def test_no_times_are_said_in_words_with_the_phone(house):
    WorkingHours.objects.all().delete()
    words = render([house.therapy])
    assert "No free times online at the moment." in words


def test_a_minute_long_the_diary_is_looked_at_once(house):
    cost = statements(house.consultation, house.therapy)
    assert (cost > 0, statements(house.consultation, house.therapy)) == (True, 0)
    cache.clear()
    assert statements(house.consultation, house.therapy) == cost


def test_one_treatment_costs_as_many_statements_as_three(house):
    assert statements(house.consultation) == statements(house.consultation, house.therapy, house.injection)


def test_a_time_that_passed_while_it_was_kept_is_not_shown(house, clock):
    Treatment.objects.update(notice_hours=0)
    house.therapy.refresh_from_db()
    clock.move_to(cast.at("2026-03-02", "09:59:40"))
    assert starts(panel(house.therapy)[0]) == ["03-02 10:00", "03-02 10:15", "03-02 10:30"]
    clock.move_to(cast.at("2026-03-02", "10:00:20"))
    assert starts(panel(house.therapy)[0]) == ["03-02 10:15", "03-02 10:30"]


def test_times_are_said_on_the_wall_clock_of_their_place(house):
    type(house.house).objects.update(time_zone="America/Denver")
    words = render([house.therapy])
    assert "Mon, Mar 2" in words
    assert "9 am" in words


def test_the_soonest_times_of_all_come_in_one_list(house):
    busy = scheduling.Slot(house.therapy, cast.at("2026-03-02", "10:00"), house.house)
    scheduling.book(busy, patient=house.ada, by=scheduling.By.system(), now=timezone.now(), source="desk")
    times = next_times(Context(), [house.consultation, house.therapy], count=4)["times"]
    assert [(each["treatment"].slug, each["time"].local_start.strftime("%H:%M")) for each in times] == [
        ("consultation", "10:00"),
        ("consultation", "10:15"),
        ("consultation", "10:30"),
        ("physical-therapy-session", "10:45"),
    ]


def render(treatments):
    template = Template("{% load bookings %}{% booking_panel treatments %}")
    return template.render(Context({"treatments": treatments, "request": RequestFactory().get("/")}))


def statements(*treatments):
    with CaptureQueriesContext(connection) as captured:
        panel(*treatments)
    return len(captured)


def test_a_clinicians_panel_shows_only_times_with_them(house):
    scheduling.book(
        scheduling.Slot(house.consultation, cast.at("2026-03-02", "10:00"), house.house, house.sato),
        patient=house.ada,
        by=scheduling.By.system(),
        now=cast.NOW,
        source="phone",
    )
    panel(house.consultation)  # anybody's times are kept for a minute, and must not be taken for his
    (offer,) = panel(house.consultation, clinician=house.sato)

    assert {each["time"].clinician.slug for each in offer["times"]} == {"ben-sato"}
    assert starts(offer) == ["03-02 10:30", "03-02 10:45", "03-02 11:00"]
