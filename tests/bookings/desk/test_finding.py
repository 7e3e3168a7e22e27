"""One search over patients and appointments: found by what people say, posted, written down."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from bookings import scheduling
from bookings.desk import finding
from bookings.models import AccessEntry, Patient
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

HOSTILE = '"><svg onload=alert(1)>'


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


@pytest.fixture
def valerie(clinic):
    """A second Vale, so that the name finds two."""
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550107")
    return factories.PatientFactory(first_name="Valerie", last_name="Vale", date_of_birth=dt.date(1975, 2, 1))


def find(desk, text):
    return desk.post("/admin/find/", {"find": text})


def names(response):
    return [str(person.patient) for person in response.context["findings"].people]


def refusal(response):
    return response.context["find_form"].errors["find"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("vale", ["Ada Vale", "Valerie Vale"]),
        ("555-01", ["Cleo Ruiz", "Ada Vale"]),
        ("1980-05-17", ["Cleo Ruiz", "Ada Vale"]),
        ("vale 5/17/1901", []),
        ("Zed Nobody", []),
        ("'; DROP TABLE", []),
        ("% _", None),
    ],
)
def test_the_desk_finds_patients_by_what_people_say(typed, found, clinic, valerie, desk):
    clinic.ben.delete()
    factories.PatientFactory(first_name="Cleo", last_name="Ruiz", phone="+12125550142")
    response = find(desk, typed)
    if found is None:
        assert refusal(response) == ["Type three letters or digits at least."]
    else:
        assert names(response) == found


@pytest.mark.parametrize(
    "typed",
    ["Ada Vale", "vale, ada", "(212) 555-0107", "5550107", "+1 212 555 0107", "vale 5/17/1980", "ada@example.com"],
)
@pytest.mark.engine
def test_the_only_hit_is_opened_at_once(typed, clinic, valerie, desk):
    assert find(desk, typed).url == f"/admin/patients/{clinic.ada.pk}/"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("vale", ["Ada"]),
        ("vale, ada", ["Ada"]),
        ("(212) 555-0107", ["Ada"]),
        ("1980-05-17", ["Ada"]),
        ("5/17/1980", ["Ada"]),
        ("Ada 5/17/1980", ["Ada"]),
        ("Ben 5/17/1980", []),
        ("2/31/1980", []),
        ("ada@example.com", ["Ada"]),
    ],
)
@pytest.mark.engine
def test_appointments_are_found_by_their_patient(typed, found, clinic):
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550107")
    Patient.objects.filter(pk=clinic.ben.pk).update(date_of_birth=dt.date(1975, 2, 1))
    book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-05", "10:00"), patient=clinic.ben, clinician=clinic.sato)
    assert [visit.patient.first_name for visit in finding.found(typed, now=NOW).visits] == found


def test_a_reference_leads_to_the_visit_on_the_patients_page(clinic, valerie, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    address = f"/admin/patients/{clinic.ada.pk}/#visit-{visit.pk}"
    assert find(desk, f" {visit.reference.lower()} ").url == address


def test_appointments_ahead_come_first_and_the_soonest_of_them_leads(clinic, valerie, desk, time_machine):
    over = book(clinic, at("2026-03-02", "10:00"))
    later = book(clinic, at("2026-03-06", "10:00"))
    sooner = book(clinic, at("2026-03-05", "10:00"), patient=valerie)
    time_machine.move_to(at("2026-03-03", "08:00"), tick=False)
    desk.force_login(member(roles.FRONT_DESK))
    response = find(desk, "vale")
    assert response.context["findings"].visits == [sooner, later, over]
    assert [person.next_visit for person in response.context["findings"].people] == [later, sooner]


def test_the_next_visit_of_a_patient_is_the_first_they_are_expected_at(clinic, valerie, desk):
    canceled = book(clinic, at("2026-03-03", "10:00"))
    scheduling.cancel(canceled, by=scheduling.By.system(), now=NOW, reason="time")
    book(clinic, at("2026-03-06", "10:00"))
    book(clinic, at("2026-03-04", "10:00"))
    response = find(desk, "vale")
    assert "Next visit: Wed, Mar 4, 10 am, Consultation" in response.text


def test_a_hit_says_two_identifiers_the_phone_and_the_alert(clinic, valerie, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(alert="Falls easily: chair with arms.")
    text = find(desk, "vale").text
    assert "born May 17, 1980, (212) 555-0107" in text
    assert "<b>Alert:</b> Falls easily: chair with arms." in text


def test_a_merged_entry_leads_to_the_one_that_is_kept(clinic, desk):
    Patient.objects.filter(pk=clinic.ben.pk).update(merged_into=clinic.ada)
    response = find(desk, "okafor")
    assert response.url == f"/admin/patients/{clinic.ada.pk}/"
    assert [str(said) for said in get_messages(response.wsgi_request)] == [
        "“Ben Okafor” is another entry of this person."
    ]


def test_two_entries_of_one_person_are_one_hit(clinic, valerie, desk):
    Patient.objects.filter(pk=valerie.pk).update(merged_into=clinic.ada)
    factories.PatientFactory(first_name="Zoe", last_name="Vale")
    response = find(desk, "vale")
    assert names(response) == ["Ada Vale", "Zoe Vale"]
    assert "Also written down as Valerie Vale" in response.text


def test_nobody_found_is_a_kind_answer_with_a_way_on(clinic, desk):
    text = find(desk, "Zed Nobody").text
    assert "We found nobody and nothing for that." in text
    assert f'href="{reverse("admin:bookings_patient_add")}"' in text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type a name, a phone number, a date of birth or a reference."),
        ("ad", "Type three letters or digits at least."),
        ("a, b", "Type three letters or digits at least."),
        ("((((1", "Type three letters or digits at least."),
        ("a\x00bc", "Null characters are not allowed."),
        ("x" * 10_000, "Ensure this value has at most 200 characters (it has 10000)."),
    ],
)
@pytest.mark.engine
def test_what_cannot_be_looked_for_is_said(typed, words, clinic, desk):
    response = find(desk, typed)
    assert (response.status_code, refusal(response)) == (200, [words])


@pytest.mark.parametrize(
    "typed", ["\u202eelav", "a " * 90 + "bcd", "=cmd|' /C calc'!A0", "5/17/1980 " * 15, "٣٣٣", "\\\\\\abc"]
)
@pytest.mark.engine
def test_odd_text_finds_nobody_and_breaks_nothing(typed, clinic, desk):
    assert names(find(desk, typed)) == []


def test_what_was_typed_stays_in_the_box_as_text(clinic, desk):
    text = find(desk, HOSTILE).text
    assert "&quot;&gt;&lt;svg onload=alert(1)&gt;" in text
    assert "<svg onload" not in text


def test_many_hits_are_capped_and_it_says_so(clinic, desk):
    for _number in range(26):
        factories.PatientFactory()
    response = find(desk, "vale")
    assert len(names(response)) == 25
    assert "Only the first 25 are shown." in response.text


def test_a_get_shows_the_empty_box_and_looks_for_nothing(clinic, desk):
    response = desk.get("/admin/find/?find=vale")
    assert (response.status_code, response.context["findings"]) == (200, None)
    assert "vale" not in response.text


@pytest.mark.parametrize("hits", [2, 4])
def test_a_search_costs_the_same_for_two_hits_and_four(hits, clinic, desk, django_assert_num_queries):
    clinic.ada.delete()
    for hour in range(hits):
        book(clinic, at("2026-03-04", f"1{hour}:00"), patient=factories.PatientFactory())
    desk.get("/admin/find/")
    with django_assert_num_queries(8):
        find(desk, "vale")


def test_who_is_shown_is_written_down_and_never_what_was_typed(clinic, valerie, desk):
    find(desk, "vale")
    row = AccessEntry.objects.get()
    assert (row.view, row.patients, row.allowed) == ("admin:find", sorted([clinic.ada.pk, valerie.pk]), True)


@pytest.mark.parametrize("role", [roles.EDITOR, roles.CLINICIAN])
def test_others_find_nobody_and_the_try_is_written_down(role, clinic, client):
    client.force_login(member(role))
    assert client.post("/admin/find/", {"find": "vale"}).status_code == 403
    assert list(AccessEntry.objects.values_list("view", "patients", "allowed")) == [("admin:find", [], False)]


# --- The box --------------------------------------------------------------------------------------------------------

PAGES = ["admin:index", "admin:bookings_timeoff_changelist", "admin:treatments_location_changelist", "admin:find"]


@pytest.mark.parametrize("page", PAGES)
def test_the_box_is_on_every_page_of_those_who_may_use_it(page, clinic, desk):
    text = desk.get(reverse(page)).text
    assert 'method="post" action="/admin/find/" role="search"' in text
    assert '<label for="find-anywhere">Find</label>' in text
    assert 'data-key="s"' in text


def test_an_editor_has_no_such_box(clinic, client):
    client.force_login(member(roles.EDITOR))
    assert "/admin/find/" not in client.get(reverse("admin:index")).text


@pytest.mark.parametrize("model", ["patient", "appointment", "message"])
def test_lists_of_people_have_no_other_search(model, clinic, desk):
    response = desk.get(reverse(f"admin:bookings_{model}_changelist"))
    assert response.text.count('method="post" action="/admin/find/"') == 1
    assert 'name="q"' not in response.text
