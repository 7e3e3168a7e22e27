"""A clinician's day: their own visits, nobody else's; what must be known before each; and what all of it costs."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from bookings import scheduling
from bookings.intervals import to_minute
from bookings.models import AccessEntry
from bookings.views.schedule_day import now_and_next
from clinic import roles
from tests import cast, factories
from tests.bookings.busy import answer_all, busy_day
from tests.cast import NOW, at
from tests.desk import book, member
from tests.diary import put_appointment

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()
DAY = "/schedule/2026-03-02/"
LIVE, SHEET = f"{DAY}live/", f"{DAY}sheet/"


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def ortiz(clinic, client):
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    return client


def again(client, clinician):
    """Sign in anew: the session of a moment ago has ended."""
    client.logout()
    client.force_login(clinician.user)


def names(response, part="visits"):
    return [strip.visit.patient.first_name for strip in getattr(response.context["day"], part)]


def first(response, part="following"):
    """Return the first name of now (`current`) or next (`following`); None where there is none."""
    strip = getattr(response.context["day"], part)
    return strip and strip.visit.patient.first_name


# --- Whose visits ---------------------------------------------------------------------------------------------------


def test_a_clinician_sees_their_own_visits_and_nobody_elses(clinic, ortiz):
    book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    book(clinic, at("2026-03-02", "10:30"))
    book(
        clinic,
        at("2026-03-02", "10:30"),
        patient=factories.PatientFactory(first_name="Zoebelle"),
        clinician=clinic.sato,
    )
    response = ortiz.get("/schedule/")
    assert names(response) == ["Ada", "Ben"]
    assert [address for address in ("/schedule/", DAY, LIVE, SHEET) if "Zoebelle" in ortiz.get(address).text] == []


@pytest.mark.parametrize(
    "query", ["clinician=ben-sato", "slug=ben-sato", "whose=ben-sato", "user=2", "location=harbor-street", "q=Zoebelle"]
)
@pytest.mark.parametrize("address", ["/schedule/", DAY, LIVE, SHEET])
def test_no_parameter_shows_somebody_elses(query, address, clinic, ortiz):
    book(
        clinic,
        at("2026-03-02", "10:30"),
        patient=factories.PatientFactory(first_name="Zoebelle"),
        clinician=clinic.sato,
    )
    response = ortiz.get(f"{address}?{query}")
    assert (response.status_code, "Zoebelle" in response.text) == (200, False)


@pytest.mark.parametrize(("address", "expected"), [("2026-03-03", ["Ada"]), ("2026-03-04", [])])
def test_another_day_has_an_address_of_its_own(address, expected, clinic, ortiz):
    book(clinic, at("2026-03-03", "10:30"))
    assert names(ortiz.get(f"/schedule/{address}/")) == expected


def test_a_visit_that_ends_at_midnight_belongs_to_its_local_day(clinic, ortiz):
    cast.work(clinic.ortiz.resource, clinic.house, [0], "23:00", "00:00")
    book(clinic, at("2026-03-02", "23:30"))
    assert names(ortiz.get("/schedule/2026-03-02/")) == ["Ada"]
    assert names(ortiz.get("/schedule/2026-03-03/")) == []


@pytest.mark.parametrize(
    ("zone", "utc", "day"),
    [
        ("Pacific/Kiritimati", "2026-03-02T10:00", "2026-03-03"),
        ("Pacific/Kiritimati", "2026-03-03T09:45", "2026-03-03"),
        ("Pacific/Pago_Pago", "2026-03-03T10:45", "2026-03-02"),
        ("Pacific/Pago_Pago", "2026-03-02T11:00", "2026-03-02"),
    ],
)
def test_the_day_is_that_of_the_places_own_clock(zone, utc, day, clinic, ortiz):
    clinic.house.time_zone = zone
    clinic.house.save()
    start = to_minute(dt.datetime.fromisoformat(f"{utc}+00:00"))
    put_appointment(clinic, start, start + 15)
    days = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
    assert [each for each in days if names(ortiz.get(f"/schedule/{each}/"))] == [day]


def test_whoever_reads_the_day_is_written_down(clinic, ortiz):
    book(clinic, at("2026-03-02", "10:30"))
    for address in ("/schedule/", DAY, SHEET):
        ortiz.get(address)
    written = list(AccessEntry.objects.order_by("pk").values_list("view", "patients"))
    assert written == [(view, [clinic.ada.pk]) for view in ("schedule", "schedule-day", "schedule-sheet")]


def test_the_desk_is_led_to_its_board_and_others_are_refused(clinic, client):
    client.force_login(member(roles.FRONT_DESK))
    assert [client.get(address).url for address in ("/schedule/", LIVE, SHEET)] == ["/admin/day/"] * 3
    client.force_login(member(roles.EDITOR))
    assert [client.get(address).status_code for address in ("/schedule/", LIVE, SHEET)] == [403] * 3


def test_a_clinician_who_has_left_sees_nothing(clinic, ortiz):
    clinic.ortiz.active = False
    clinic.ortiz.save()
    assert [ortiz.get(address).status_code for address in ("/schedule/", LIVE, SHEET)] == [403] * 3


def test_nobody_reads_it_without_signing_in(clinic, client):
    addresses = ["/schedule/", DAY, LIVE, SHEET]
    assert [client.get(address).url for address in addresses] == [f"/sign-in/?next={address}" for address in addresses]


def test_it_takes_no_post_and_no_date_that_is_none(clinic, ortiz):
    answers = [ortiz.post(address).status_code for address in ("/schedule/", LIVE, SHEET)]
    assert [*answers, ortiz.get("/schedule/2026-02-30/").status_code] == [405, 405, 405, 404]


@pytest.mark.parametrize("address", ["/schedule/", LIVE, SHEET])
def test_the_pages_end_with_an_idle_session_and_are_kept_by_nobody(address, clinic, ortiz, clock):
    assert ortiz.get(address).headers["Cache-Control"] == "no-store, private"
    clock.move_to(NOW + dt.timedelta(minutes=16), tick=False)
    assert ortiz.get(address).url == f"/sign-in/?next={address}"


@pytest.mark.parametrize("address", ["/schedule/", SHEET])
def test_the_title_names_nobody(address, clinic, ortiz):
    book(clinic, at("2026-03-02", "10:30"))
    assert re.findall("<title>.*</title>", ortiz.get(address).text) == [
        "<title>Schedule | Riverbend Pain Clinic</title>"
    ]


# --- What a visit shows ---------------------------------------------------------------------------------------------


def test_a_strip_has_two_identifiers_treatment_region_side_and_the_patients_words(clinic, ortiz):
    neck = factories.BodyRegionFactory(slug="neck", name="Neck")
    where = {"region": neck, "side": "left"}
    book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, reason="<b>my neck</b>", **where)
    page = ortiz.get("/schedule/").text
    facts = [
        "Ada Vale",
        "born May 17, 1980",
        "Trigger point injection, <b>Neck, left</b>",
        "<q>&lt;b&gt;my neck&lt;/b&gt;</q>",
        "10:30 am<small>11 am</small>",
    ]
    assert [fact for fact in facts if fact not in page] == []


def test_a_patient_without_a_date_of_birth_is_said_to_have_none(clinic, ortiz):
    clinic.ada.date_of_birth = None
    clinic.ada.save()
    book(clinic, at("2026-03-02", "10:30"))
    assert "no date of birth" in ortiz.get("/schedule/").text


def test_readiness_stands_with_the_next_one_what_matters_first(clinic, ortiz):
    visit = book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection)
    answer_all([visit])
    chips = ortiz.get("/schedule/").context["day"].following.chips
    assert [(chip.name, chip.state) for chip in chips] == [
        ("blood-thinner", "alert"),
        ("allergies", "alert"),
        ("consent", "alert"),
        ("driver", "alert"),
        ("interpreter", "alert"),
        ("access-needs", "alert"),
        ("where", "missing"),
        ("first-visit", "said"),
    ]


def test_last_visits_and_injections_stand_with_now_and_next(clinic, ortiz, clock):
    where = {"region": factories.BodyRegionFactory(slug="neck", name="Neck"), "side": "left"}
    before = book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, status="arrived", **where)
    before = scheduling.start(before, by=BY, now=before.start)
    scheduling.finish(before, by=BY, now=before.start, outcome="Half the pain.")
    book(clinic, at("2026-03-03", "10:30"))
    clock.move_to(at("2026-03-03", "10:00"), tick=False)
    again(ortiz, clinic.ortiz)
    page = ortiz.get("/schedule/").text
    assert "<li>March 2, 2026: Neck, left, Trigger point injection</li>" in page
    assert "<li>March 2, 2026: Trigger point injection, Amara Ortiz, MD. Half the pain.</li>" in page


def test_canceled_visits_stand_below_without_details(clinic, ortiz):
    visit = book(clinic, at("2026-03-02", "10:30"), reason="private words")
    scheduling.cancel(visit, by=BY, now=NOW, reason="closed")
    response = ortiz.get("/schedule/")
    assert (names(response), names(response, "freed")) == ([], ["Ada"])
    assert "private words" not in response.text


def test_now_is_whom_one_sees_then_who_is_here_then_whose_time_it_is(clinic):
    first = book(clinic, at("2026-03-02", "10:00"), status="in_room")
    second = book(clinic, at("2026-03-02", "10:30"), patient=clinic.ben)
    third = book(clinic, at("2026-03-02", "11:00"), patient=factories.PatientFactory())
    assert now_and_next([first, second, third], now=at("2026-03-02", "10:35")) == (first, second)
    assert now_and_next([second, third], now=at("2026-03-02", "10:35")) == (second, third)
    assert now_and_next([second, third], now=at("2026-03-02", "10:15")) == (None, second)
    second = scheduling.start(scheduling.check_in(second, by=BY, now=second.start), by=BY, now=second.start)
    assert now_and_next([first, second, third], now=at("2026-03-02", "10:35")) == (second, first)
    assert now_and_next([], now=NOW) == (None, None)


def test_now_and_next_are_of_today_alone(clinic, ortiz, clock):
    book(clinic, at("2026-03-03", "10:30"))
    assert first(ortiz.get("/schedule/2026-03-03/")) is None
    clock.move_to(at("2026-03-03", "10:00"), tick=False)
    again(ortiz, clinic.ortiz)
    assert first(ortiz.get("/schedule/2026-03-03/")) == "Ada"


def test_the_day_leads_to_those_around_it_and_to_its_week(clinic, ortiz):
    response = ortiz.get("/schedule/2026-03-04/")
    addresses = [response.context[key] for key in ("previous", "today_address", "next")]
    assert addresses == ["/schedule/2026-03-03/", "/schedule/", "/schedule/2026-03-05/"]
    assert [address for _date, address in response.context["week"]] == [f"/schedule/2026-03-0{n}/" for n in range(2, 9)]
    assert [address for address in addresses if f'href="{address}"' not in response.text] == []


def test_running_late_is_said_on_its_day_alone(clinic, ortiz):
    book(clinic, at("2026-03-02", "10:30"))
    scheduling.run_late(clinic.ortiz, clinic.house, 20, by=BY, now=NOW)
    said = ["Running 20 minutes late" in ortiz.get(address).text for address in ("/schedule/", "/schedule/2026-03-03/")]
    assert said == [True, False]


def test_the_main_deed_bears_the_name_of_whom_it_is_about(clinic, ortiz):
    visit = book(clinic, at("2026-03-02", "10:30"), status="arrived")
    page = ortiz.get("/schedule/").text
    press = f'formaction="/schedule/visit/{visit.reference}/start/" name="version" value="{visit.version}">'
    assert f"{press}<b>Start</b> <span>Ada Vale</span></button>" in page


# --- What changes by itself -----------------------------------------------------------------------------------------


def test_the_live_part_is_what_the_page_holds(clinic, ortiz):
    book(clinic, at("2026-03-02", "10:30"))
    page, part = ortiz.get("/schedule/"), ortiz.get(LIVE)
    assert part.text in page.text
    assert f'data-live="{LIVE}" data-tag="{part.headers["ETag"].replace(chr(34), "&quot;")}"' in page.text
    assert "<html" not in part.text


def test_the_live_part_is_sent_again_only_when_the_desk_changed_something(clinic, ortiz):
    visit = book(clinic, at("2026-03-02", "10:30"))
    tag = ortiz.get(LIVE).headers["ETag"]
    unchanged = ortiz.get(LIVE, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", tag)
    scheduling.check_in(visit, by=BY, now=NOW)
    changed = ortiz.get(LIVE, headers={"If-None-Match": tag})
    assert (changed.status_code, "arrived 8 am" in changed.text) == (200, True)


def test_a_page_that_asks_by_itself_is_written_down_once_in_a_while(clinic, ortiz, clock):
    book(clinic, at("2026-03-02", "10:30"))
    for minute in range(20):
        clock.move_to(NOW + dt.timedelta(minutes=minute), tick=False)
        if not minute % 10:
            again(ortiz, clinic.ortiz)
        ortiz.get(LIVE, headers={"X-Polling": "1"})
    assert list(AccessEntry.objects.values_list("view", flat=True)) == ["schedule-live"] * 2


# --- The sheet ------------------------------------------------------------------------------------------------------


def test_the_sheet_has_a_row_for_each_visit_with_what_is_known_and_says_who_printed_it(clinic, ortiz):
    clinic.ada.alert = "Faints at needles."
    clinic.ada.save()
    answer_all([book(clinic, at("2026-03-02", "10:30"), treatment=clinic.injection, reason="My neck.", side="left")])
    scheduling.cancel(book(clinic, at("2026-03-02", "11:30"), patient=clinic.ben), by=BY, now=NOW, reason="closed")
    page = ortiz.get(SHEET).text
    facts = [
        "<h1>Amara Ortiz, Monday, March 2, 2026</h1>",
        "Printed March 2, 2026, 8 am, by",
        "<b>Ada Vale</b>",
        "born May 17, 1980",
        "Faints at needles.",
        "<q>My neck.</q>",
        '<li class="sheet__alert">Blood thinner: aspirin</li>',
        '<li class="sheet__missing">Region and side: not asked</li>',
        "11:30 am Ben Okafor",
    ]
    assert [fact for fact in facts if fact not in page] == []


def test_the_sheet_of_an_empty_day_says_so(clinic, ortiz):
    assert "No visits on this day." in ortiz.get(SHEET).text


# --- What it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("past", "address", "statements"), [
    (1, "/schedule/", 11), (300, "/schedule/", 11),
    (1, LIVE, 10), (300, LIVE, 10),
    (1, SHEET, 10), (300, SHEET, 10),
])  # fmt: skip
def test_a_day_of_thirty_visits_costs_the_same_however_much_was_before(
    past, address, statements, clinic, ortiz, django_assert_num_queries
):
    busy_day(clinic, past=past)
    ortiz.get(address)
    with django_assert_num_queries(statements):
        response = ortiz.get(address)
    assert response.text.count("Bartholomew29") > 0


@pytest.mark.parametrize("visits", [1, 3])
def test_the_day_costs_the_same_for_one_visit_and_three(visits, clinic, ortiz, django_assert_num_queries):
    for hour in range(visits):
        book(clinic, at("2026-03-02", f"1{hour}:30"), patient=factories.PatientFactory())
    ortiz.get("/schedule/")
    with django_assert_num_queries(11):
        ortiz.get("/schedule/")


def test_the_day_with_all_it_loads_weighs_under_sixty_kilobytes(clinic, ortiz):
    busy_day(clinic, past=4)
    page = ortiz.get("/schedule/")
    assert loaded(page.text) == ["bookings/schedule.css", "bookings/schedule.js"]
    files = [Path(finders.find(name)).stat().st_size for name in loaded(page.text)]
    assert len(page.content) + sum(files) < 60_000


def loaded(page):
    """Return the style sheets and scripts of a page, by their names under /static/."""
    return sorted(re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', page))
