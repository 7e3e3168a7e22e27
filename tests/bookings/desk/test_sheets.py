"""The day on paper: what stands on it, how many sheets it takes, and what it never says."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.desk import paper
from bookings.models import AccessEntry, TimeOff
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member
from tests.diary import put_appointment

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 2)
ADDRESS = "/admin/day/2026-03-02/sheet/"
HOSTILE = '"><svg onload=alert(1)>'


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK, name="Maria Lopez"))
    return client


def put(clinic, count, **fields):
    """Write visits of five minutes, one after the other from 9:00 on."""
    nine = int(at("2026-03-02", "09:00").timestamp()) // 60
    return [put_appointment(clinic, nine + 5 * n, nine + 5 * n + 5, **fields) for n in range(count)]


def text_of(response):
    return " ".join(response.text.split())


@pytest.mark.parametrize(("visits", "pages"), [(0, 1), (1, 1), (14, 1), (15, 2), (28, 2), (29, 3), (60, 5)])
def test_fourteen_visits_fill_a_sheet(visits, pages, clinic, desk):
    put(clinic, visits)
    page = desk.get(ADDRESS).text
    said = [f"Page {number} of {pages}" in page for number in range(1, pages + 2)]
    assert (page.count('class="sheet"'), page.count('class="sheet-visit"'), said) == (
        pages, visits, [True] * pages + [False],
    )  # fmt: skip


def test_an_alert_is_printed_whole_and_takes_its_room(clinic):
    clinic.ada.alert = "x" * 300
    clinic.ada.save()
    put(clinic, 14)
    sheet = paper.compose(clinic.house, TODAY)
    assert [[row.height for row in page.rows] for page in sheet.pages] == [[39] * 5, [39] * 5, [39] * 4]


def test_what_is_above_the_rows_takes_the_room_of_a_row(clinic):
    TimeOff.objects.create(
        location=clinic.house, kind="closure", start=at("2026-03-02", "16:00"), end=at("2026-03-03", "08:00")
    )
    put(clinic, 14)
    assert [len(page.rows) for page in paper.compose(clinic.house, TODAY).pages] == [13, 1]


def test_a_row_has_two_identifiers_and_all_that_is_needed_without_a_screen(clinic, desk):
    clinic.ada.phone, clinic.ada.alert = "+12125550142", "Uses a wheelchair"
    clinic.ada.save()
    book(
        clinic,
        at("2026-03-02", "11:00"),
        treatment=clinic.injection,
        side="left",
        region=factories.BodyRegionFactory(name="Neck"),
    )
    page = text_of(desk.get(ADDRESS))
    facts = [
        "Monday, March 2, 2026", "Riverbend, Harbor Street", "Printed March 2, 2026, 8 am, by Maria Lopez", "11 am",
        "until 11:30 am", "Ada Vale", "born May 17, 1980", "(212) 555-0142", "Trigger point injection", "Neck, your left",
        "Amara Ortiz",
        "Procedure room, C-arm", "booked", "Uses a wheelchair", "1 visit", "Page 1 of 1",
    ]  # fmt: skip
    assert [fact for fact in facts if fact not in page] == []


def test_the_sheet_says_who_confirmed_and_whom_to_phone(clinic, desk):
    visit = book(clinic, at("2026-03-02", "11:00"))
    scheduling.confirm(visit, by=scheduling.By.patient(), now=NOW)
    mute = factories.PatientFactory(first_name="Zoe", email="", phone="+12125550143")
    book(clinic, at("2026-03-02", "12:00"), patient=mute)
    page = text_of(desk.get(ADDRESS))
    assert (">confirmed</span>" in page, ">phone to confirm</span>" in page) == (True, True)


def test_the_minimal_sheet_says_initials_and_birth_dates_only(clinic, desk):
    clinic.ada.phone, clinic.ada.alert = "+12125550142", "Uses a wheelchair"
    clinic.ada.save()
    visit = book(clinic, at("2026-03-02", "11:00"), reason="It hurts")
    gone = book(clinic, at("2026-03-02", "12:00"), patient=clinic.ben)
    scheduling.cancel(gone, by=scheduling.By.system(), now=NOW, reason="better")
    page = text_of(desk.get(f"{ADDRESS}?minimal=1"))
    assert [fact for fact in ("A. V.", "B. O.", "born May 17, 1980", "11 am") if fact not in page] == []
    private = ["Ada", "Vale", "Okafor", "555-0142", "Consultation", "wheelchair", "hurts", visit.reference]
    assert [secret for secret in private if secret in page] == []


def test_canceled_visits_stand_small_at_the_end_and_missed_ones_in_their_place(clinic, desk):
    gone = book(clinic, at("2026-03-02", "11:00"))
    scheduling.cancel(gone, by=scheduling.By.system(), now=NOW, reason="better")
    missed = book(clinic, at("2026-03-02", "12:00"), patient=clinic.ben)
    scheduling.miss(missed, by=scheduling.By.system(), now=at("2026-03-02", "12:30"))
    page = text_of(desk.get(ADDRESS))
    said = ["<b>missed</b>", "11 am <s>Ada Vale</s>, Amara Ortiz, born May 17, 1980"]
    assert (page.count('class="sheet-visit"'), [each for each in said if each not in page]) == (1, [])


def test_a_day_on_which_all_was_canceled_says_so_and_keeps_its_room(clinic, desk):
    put(clinic, 39, status="cancelled")
    page = text_of(desk.get(ADDRESS))
    assert ("No visits on this day." in page, page.count("<s>Ada Vale</s>")) == (True, 39)
    assert [len(each.canceled) for each in paper.compose(clinic.house, TODAY).pages] == [38, 1]


def test_closures_and_who_is_away_stand_at_the_top(clinic, desk):
    night = at("2026-03-02", "00:00"), at("2026-03-03", "00:00")
    TimeOff.objects.create(
        location=clinic.house, kind="holiday", note="Town day", start=at("2026-03-02", "12:00"), end=night[1]
    )
    TimeOff.objects.create(resource=clinic.sato.resource, kind="sick", note="private", start=night[0], end=night[1])
    TimeOff.objects.create(
        resource=clinic.c_arm, kind="maintenance", start=at("2026-03-02", "09:00"), end=at("2026-03-02", "10:00")
    )
    page = text_of(desk.get(ADDRESS))
    said = [
        "<b>Harbor Street: public holiday</b> (Town day), noon to midnight",
        "<b>Ben Sato: sick</b>, all day",
        "<b>C-arm: out of order</b>, 9 am to 10 am",
    ]
    assert ([each for each in said if each not in page], "private" in page) == ([], False)


def test_one_clinicians_column_can_be_printed_alone(clinic, desk):
    book(clinic, at("2026-03-02", "11:00"))
    book(clinic, at("2026-03-02", "12:00"), patient=clinic.ben, clinician=clinic.sato)
    page = text_of(desk.get(f"{ADDRESS}?clinician=ben-sato"))
    assert ("Harbor Street: Ben Sato" in page, "Ben Okafor" in page, "Ada Vale" in page) == (True, True, False)


def test_the_sheet_is_of_the_place_asked_for_else_of_the_boards(clinic, desk):
    factories.LocationFactory(slug="north", name="North", position=9)
    assert "Riverbend, North" in desk.get(f"{ADDRESS}?location=north").text
    assert "Riverbend, Harbor Street" in desk.get(f"{ADDRESS}?location=nowhere").text
    desk.get("/admin/day/?location=north")
    assert "Riverbend, North" in desk.get(ADDRESS).text


def test_the_day_is_the_day_on_the_clock_of_the_place(clinic, desk):
    clinic.house.time_zone = "Pacific/Auckland"
    clinic.house.save()
    book(clinic, at("2026-03-03", "09:00", clinic.house.zone))
    assert "Ada Vale" not in desk.get(ADDRESS).text
    page = text_of(desk.get("/admin/day/2026-03-03/sheet/"))
    assert ("Ada Vale" in page, "9 am" in page, "Printed March 3, 2026, 2 am" in page) == (True, True, True)


def test_names_stay_text(clinic, desk):
    clinic.ada.first_name, clinic.ada.alert = HOSTILE, HOSTILE
    clinic.ada.save()
    book(clinic, at("2026-03-02", "11:00"))
    page = desk.get(ADDRESS).text
    assert (page.count("<svg"), page.count("&quot;&gt;&lt;svg onload=alert(1)&gt;")) == (0, 2)


@pytest.mark.parametrize(
    ("role", "expected"), [(roles.FRONT_DESK, 200), (roles.MANAGER, 200), (roles.EDITOR, 403), (roles.CLINICIAN, 403)]
)
def test_only_the_desk_and_the_manager_print_the_day(role, expected, clinic, client):
    client.force_login(member(role))
    assert client.get(ADDRESS).status_code == expected


def test_whom_a_sheet_shows_is_written_down(clinic, desk):
    book(clinic, at("2026-03-02", "11:00"))
    desk.get(ADDRESS)
    entry = AccessEntry.objects.get(view="admin:day-sheet")
    assert entry.patients == [clinic.ada.pk]


@pytest.mark.parametrize("visits", [1, 3])
def test_a_sheet_takes_the_same_statements_for_one_visit_and_for_three(visits, clinic, desk, django_assert_num_queries):
    desk.get(ADDRESS)
    for number in range(visits):
        book(clinic, at("2026-03-02", f"{11 + number}:00"), patient=factories.PatientFactory())
    with django_assert_num_queries(10):
        desk.get(ADDRESS)
