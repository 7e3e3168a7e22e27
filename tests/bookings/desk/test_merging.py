"""The page of two entries that may be one person."""

import pytest

from bookings import scheduling
from bookings.models import AccessEntry, PossibleMatch
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.user = member(roles.FRONT_DESK, name="Maria Lopez")
    client.force_login(client.user)
    return client


@pytest.fixture
def second(clinic):
    return factories.PatientFactory(
        first_name="Adah", last_name="Vale", email="adah@example.com", phone="+12125550177", alert="Uses a wheelchair"
    )


@pytest.fixture
def match(clinic, second):
    return PossibleMatch.objects.create(patient=second, known=clinic.ada, reason="last name", created_at=NOW)


def address(match):
    return f"/admin/matches/{match.pk}/merge/"


def lines(response):
    return {line.name: (line.known, line.patient, line.picked) for line in response.context["lines"]}


def test_both_entries_stand_side_by_side_with_what_differs_to_choose(clinic, match, desk):
    clinic.ada.alert = "Blood thinner"
    clinic.ada.save()
    response = desk.get(address(match))
    assert lines(response) == {
        "first_name": ("Ada", "Adah", "known"),
        "last_name": ("Vale", "Vale", ""),
        "date_of_birth": ("May 17, 1980", "May 17, 1980", ""),
        "phone": ("", "(212) 555-0177", ""),
        "email": ("ada@example.com", "adah@example.com", "known"),
        "language": ("English", "English", ""),
        "coverage": ("", "", ""),
        "access_needs": ("", "", ""),
        "alert": ("Blood thinner", "Uses a wheelchair", "both"),
    }


def test_the_visits_of_both_are_shown(clinic, second, match, desk):
    book(clinic, at("2026-03-05", "10:00"))
    book(clinic, at("2026-03-05", "11:00"), patient=second)
    known, new = desk.get(address(match)).context["entries"]
    assert [[str(visit.patient) for visit in entry.visits] for entry in (known, new)] == [["Ada Vale"], ["Adah Vale"]]


def test_the_known_entry_stays_and_takes_what_is_chosen(clinic, second, match, desk):
    visit = book(clinic, at("2026-03-05", "11:00"), patient=second)
    clinic.ada.alert = "Blood thinner"
    clinic.ada.save()
    response = desk.post(
        address(match), {"keep": "known", "pick_first_name": "known", "pick_email": "patient", "pick_alert": "both"}
    )
    assert (response.status_code, response.url) == (302, f"/admin/patients/{clinic.ada.pk}/")
    for row in (visit, second, clinic.ada, match):
        row.refresh_from_db()
    assert (visit.patient, second.merged_into) == (clinic.ada, clinic.ada)
    assert (clinic.ada.first_name, clinic.ada.email, clinic.ada.phone.as_national, clinic.ada.alert) == (
        "Ada",
        "adah@example.com",
        "(212) 555-0177",
        "Blood thinner; Uses a wheelchair",
    )
    assert (match.decision, match.decided_by) == ("same", desk.user)


def test_the_new_entry_may_stay_instead(clinic, second, match, desk):
    response = desk.post(address(match), {"keep": "patient", "pick_first_name": "known", "pick_email": "patient"})
    assert response.url == f"/admin/patients/{second.pk}/"
    clinic.ada.refresh_from_db()
    second.refresh_from_db()
    assert (clinic.ada.merged_into, second.first_name, second.email) == (second, "Ada", "adah@example.com")


def test_who_merged_stands_in_the_history_of_both(clinic, second, match, desk):
    desk.post(address(match), {"keep": "known"})
    assert [patient.history.first().history_user for patient in (clinic.ada, second)] == [desk.user, desk.user]


def test_visits_at_one_time_are_named_and_nothing_is_lost(clinic, second, match, desk):
    mine = book(clinic, at("2026-03-05", "10:00"))
    theirs = book(clinic, at("2026-03-05", "10:00"), patient=second, clinician=clinic.sato)
    page = desk.get(address(match))
    assert [(one.reference, other.reference) for one, other in page.context["overlaps"]] == [
        (theirs.reference, mine.reference)
    ]
    response = desk.post(address(match), {"keep": "patient", "pick_first_name": "patient"})
    assert (response.status_code, lines(response)["first_name"][2]) == (200, "patient")
    assert [entry.stays for entry in response.context["entries"]] == [False, True]
    assert "Both have visits at the same time" in str(response.context["refused"])
    second.refresh_from_db()
    assert second.merged_into is None


def test_a_page_that_was_open_during_another_merge_says_so(clinic, second, match, desk):
    scheduling.merge(second, clinic.ada, by=BY, now=NOW)
    response = desk.post(address(match), {"keep": "known"})
    assert "Adah Vale has been merged into another entry already" in response.text
    assert 'name="keep"' not in response.text


@pytest.mark.parametrize("keep", ["", "both", "\x00"])
def test_one_of_the_two_has_to_stay(keep, second, match, desk):
    response = desk.post(address(match), {"keep": keep})
    assert str(response.context["refused"]) == "Choose which of the two entries stays."


def test_a_get_merges_nothing(second, match, desk):
    desk.get(address(match), {"keep": "known"})
    second.refresh_from_db()
    assert second.merged_into is None


@pytest.mark.parametrize("visits", [1, 3])
def test_the_page_costs_the_same_for_one_visit_and_three(
    visits, clinic, second, match, desk, django_assert_max_num_queries
):
    for hour in range(visits):
        book(clinic, at("2026-03-05", f"1{hour}:00"))
        book(clinic, at("2026-03-06", f"1{hour}:00"), patient=second)
    desk.get(address(match))
    with django_assert_max_num_queries(11):
        desk.get(address(match))


def test_whoever_compares_two_entries_is_written_down(clinic, second, match, desk):
    desk.get(address(match))
    assert list(AccessEntry.objects.values_list("view", "patients")) == [
        ("admin:merge", sorted([clinic.ada.pk, second.pk]))
    ]


@pytest.mark.parametrize("role", [roles.EDITOR, roles.CLINICIAN])
def test_who_may_not_merge_is_refused(role, second, match, client):
    client.force_login(member(role))
    assert [client.get(address(match)).status_code, client.post(address(match)).status_code] == [403, 403]
    second.refresh_from_db()
    assert second.merged_into is None


def test_a_match_that_is_none_is_no_page(clinic, desk):
    assert desk.get("/admin/matches/4711/merge/").status_code == 404


# --- The match's own page in the admin ------------------------------------------------------------------------------


def test_a_form_alone_makes_nobody_one_person(match, desk):
    page = desk.post(f"/admin/bookings/possiblematch/{match.pk}/change/", {"decision": "same"})
    match.refresh_from_db()
    assert (page.status_code, match.decision) == (200, "")
    assert address(match) in page.text


def test_what_was_merged_cannot_be_decided_otherwise(clinic, second, match, desk):
    scheduling.merge(second, clinic.ada, by=BY, now=NOW)
    desk.post(f"/admin/bookings/possiblematch/{match.pk}/change/", {"decision": "different"})
    match.refresh_from_db()
    assert match.decision == "same"
