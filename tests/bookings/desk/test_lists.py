"""A worklist's page: who waits, what to do, and what is ticked off."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.desk import lists
from bookings.models import (
    AccessEntry,
    CallbackRequest,
    DeskNote,
    Message,
    PossibleMatch,
    TextReply,
    TimeOff,
    WorkDone,
)
from bookings.worklists import WORKLISTS
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import asks_leave, book, member, wished

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()
LATER = at("2026-03-04", "08:00")


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
def office(client):
    """Whoever works on every list there is."""
    client.user = member(roles.MANAGER, name="Theo Marsh")
    client.force_login(client.user)
    return client


def shown(response):
    return [str(row.cells[0]) for row in response.context["rows"]]


def test_a_list_shows_two_identifiers_the_phone_the_alert_and_its_buttons(clinic, desk):
    clinic.ada.phone, clinic.ada.alert = "+12125550177", "Blood thinner: ask"
    clinic.ada.save()
    visit = book(clinic, at("2026-03-05", "10:00"), status="requested")
    response = desk.get("/admin/work/requests/")
    [row] = response.context["rows"]
    assert [str(cell) for cell in row.cells] == [
        "Ada Vale",
        "Consultation, Amara Ortiz",
        "Thu, Mar 5, 10 am",
        "Harbor Street",
        "Tue, Mar 3, 8 am",
    ]
    for part in ("born May 17, 1980", 'href="tel:+1-212-555-0177"', "(212) 555-0177", "Blood thinner: ask"):
        assert part in response.text
    assert [move.verb for move in row.moves] == ["approve", "decline", "offer", "move"]
    desk.post(row.moves[0].url, {"version": row.version})
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_the_row_of_a_match_shows_both_entries(clinic, desk):
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    [row] = desk.get("/admin/work/matches/").context["rows"]
    assert [str(cell) for cell in row.cells] == ["Ben Okafor", "Ada Vale", "phone", "Mon, Mar 2, 8 am"]
    assert [(move.verb, move.opens_page) for move in row.moves] == [("merge", True), ("different", False)]


# --- Ticking off ----------------------------------------------------------------------------------------------------


@pytest.fixture
def missed(clinic, time_machine):
    visit = book(clinic, at("2026-03-03", "10:00"))
    time_machine.move_to(LATER, tick=False)
    return scheduling.miss(visit, by=BY, now=visit.end)


def test_a_row_is_ticked_off_by_one_press_and_put_back_by_another(missed, desk):
    assert shown(desk.get("/admin/work/missed/")) == ["Ada Vale"]
    response = desk.post(f"/admin/work/missed/{missed.pk}/done/")
    assert (response.status_code, response.url) == (302, "/admin/work/missed/")
    page = desk.get("/admin/work/missed/")
    assert (shown(page), [str(row.cells[0]) for row in page.context["ticked"]]) == ([], ["Ada Vale"])
    desk.post(f"/admin/work/missed/{missed.pk}/done/", {"back": "1"})
    page = desk.get("/admin/work/missed/")
    assert (shown(page), page.context["ticked"]) == (["Ada Vale"], [])


def test_it_is_written_down_who_ticked_a_row_off_and_when(missed, desk):
    for _press in range(2):
        desk.post(f"/admin/work/missed/{missed.pk}/done/")
    assert list(WorkDone.objects.values_list("worklist", "row", "done_at", "done_by")) == [
        ("missed", missed.pk, LATER, desk.user.pk)
    ]


def test_what_was_ticked_off_yesterday_is_shown_no_more(missed, desk, time_machine):
    desk.post(f"/admin/work/missed/{missed.pk}/done/")
    time_machine.move_to(LATER + dt.timedelta(days=1), tick=False)
    desk.force_login(desk.user)
    assert desk.get("/admin/work/missed/").context["ticked"] == []


def test_what_is_not_on_the_list_cannot_be_ticked_off(clinic, desk):
    visit = book(clinic, at("2026-03-05", "10:00"))
    desk.post(f"/admin/work/missed/{visit.pk}/done/")
    assert WorkDone.objects.count() == 0


def test_a_list_whose_rows_say_themselves_that_they_are_done_has_no_tick(clinic, desk):
    visit = book(clinic, at("2026-03-05", "10:00"), status="requested")
    assert desk.post(f"/admin/work/requests/{visit.pk}/done/").status_code == 404
    assert "/done/" not in desk.get("/admin/work/requests/").text


def test_ticking_off_takes_a_post(missed, desk):
    assert desk.get(f"/admin/work/missed/{missed.pk}/done/").status_code == 405
    assert WorkDone.objects.count() == 0


# --- Different people -----------------------------------------------------------------------------------------------


def test_different_people_is_one_press_and_is_remembered(clinic, desk):
    match = PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    address = f"/admin/bookings/possiblematch/{match.pk}/different/"
    desk.get(address)
    assert shown(desk.get("/admin/work/matches/")) == ["Ben Okafor"]
    assert desk.post(address).url == "/admin/work/matches/"
    match.refresh_from_db()
    assert (match.decision, match.decided_at, match.decided_by) == ("different", NOW, desk.user)
    assert shown(desk.get("/admin/work/matches/")) == []


# --- Every list -----------------------------------------------------------------------------------------------------


def put_on(name, clinic, number):
    """Put a number of rows on a list."""
    for place in range(number):
        patient = factories.PatientFactory()
        if name == "calls":
            CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW, location=clinic.house)
        elif name == "replies":
            TextReply.objects.create(
                provider_id=f"x{place}", at=NOW, meaning="other", patient=patient, words="Parking?"
            )
        elif name == "matches":
            PossibleMatch.objects.create(patient=patient, known=clinic.ada, reason="phone", created_at=NOW)
        elif name == "notes":
            visit = _seen(clinic, patient, place)
            said = {"words": "Please call the lab.", "created_at": NOW, "user": factories.UserFactory()}
            DeskNote.objects.create(clinician=clinic.ortiz, appointment=visit, form_token=f"note-{place}", **said)
        elif name == "next":
            _seen(clinic, patient, place)
        elif name == "time":
            asks_leave(clinic.ortiz, at(f"2026-03-1{place}", "00:00"), token=f"leave-{place}")
        else:
            _put_visit(name, clinic, patient, f"1{place}:00")


def _seen(clinic, patient, place):
    return wished(clinic, at("2026-03-02", f"1{place}:00"), patient=patient)


def _put_visit(name, clinic, patient, time):
    if name in ("phone", "untold"):
        patient.email = ""
        patient.save()
    visit = book(clinic, at("2026-03-03", time), patient=patient, status="requested" if name == "requests" else None)
    if name == "unreached":
        Message.objects.filter(appointment=visit).update(state="failed", failed_at=NOW)
    if name == "untold":
        scheduling.cancel(visit, by=BY, now=NOW, reason="clinician_away")
    if name == "missed":
        scheduling.miss(visit, by=BY, now=visit.end)
    if name == "away":
        TimeOff.objects.create(resource=visit.clinician.resource, start=visit.start, end=visit.end)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", WORKLISTS)
def test_a_list_costs_the_same_for_one_row_and_three(
    name, rows, clinic, office, time_machine, django_assert_max_num_queries
):
    if name == "missed":
        time_machine.move_to(LATER, tick=False)
        office.force_login(office.user)
    put_on(name, clinic, rows)
    assert len(shown(office.get(f"/admin/work/{name}/"))) == rows
    with django_assert_max_num_queries(14):
        office.get(f"/admin/work/{name}/")


@pytest.mark.parametrize("name", WORKLISTS)
def test_an_empty_list_says_what_that_means(name, clinic, office):
    assert str(WORKLISTS[name].empty) in office.get(f"/admin/work/{name}/").text


def test_a_long_list_shows_the_first_rows_and_says_how_many_there_are(clinic, desk, monkeypatch):
    monkeypatch.setattr(lists, "MOST_ROWS", 2)
    put_on("calls", clinic, 3)
    response = desk.get("/admin/work/calls/")
    assert len(shown(response)) == 2
    assert "The first 2 of 3 are shown here." in response.text


def test_whoever_reads_a_list_is_written_down(clinic, desk):
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    desk.get("/admin/work/matches/")
    assert AccessEntry.objects.get().patients == sorted([clinic.ada.pk, clinic.ben.pk])


def test_a_list_that_is_none_is_no_page(clinic, desk):
    assert desk.get("/admin/work/nothing/").status_code == 404
    assert desk.post("/admin/work/nothing/1/done/").status_code == 404


@pytest.mark.parametrize("role", [roles.EDITOR, roles.CLINICIAN])
def test_who_does_not_work_on_a_list_is_refused(role, clinic, client):
    client.force_login(member(role))
    assert client.get("/admin/work/requests/").status_code == 403
    assert client.post("/admin/work/missed/1/done/").status_code == 403
    assert client.get("/admin/work/missed/1/done/").status_code == 403


def test_the_landing_page_shows_every_list_with_its_number(clinic, office):
    book(clinic, at("2026-03-05", "10:00"), status="requested")
    text = " ".join(office.get("/admin/").text.split())
    assert '<a href="/admin/work/requests/"><span>Requests to decide</span> <b>1</b></a>' in text
    assert '<a href="/admin/work/missed/"><span>Missed, to book again</span> <b class="is-zero">0</b></a>' in text
    assert [f"/admin/work/{name}/" in text for name in WORKLISTS] == [True] * len(WORKLISTS)


def test_the_landing_page_of_an_editor_has_no_lists(clinic, client):
    client.force_login(member(roles.EDITOR))
    assert "/admin/work/" not in client.get("/admin/").text
