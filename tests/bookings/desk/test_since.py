"""What is new to a member of staff, and what "seen" means."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.desk import since
from bookings.desk.since import UNDER_WAY
from bookings.models import AccessEntry, CallbackRequest, LastLook, Message, PossibleMatch
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
PATIENT, SYSTEM = scheduling.By.patient(), scheduling.By.system()
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW + MINUTE, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.user = member(roles.FRONT_DESK, name="Maria Lopez")
    client.force_login(client.user)
    return client


def groups(client):
    """Return by kind what each of its rows says, with who did it."""
    found = client.get("/admin/since/").context["groups"]
    return {
        each.kind.name: [(*(str(one) for one in row.people), *row.says, str(row.by)) for row in each.rows]
        for each in found
    }


def slot(clinic, start, clinician=None):
    return scheduling.Slot(clinic.consultation, start, clinic.house, clinician or clinic.ortiz)


def test_new_bookings_and_requests_are_told_apart(clinic, desk):
    book(clinic, at("2026-03-05", "10:00"))
    book(clinic, at("2026-03-05", "11:00"), patient=clinic.ben, status="requested")
    place = "Consultation, Amara Ortiz, Harbor Street"
    assert groups(desk) == {
        "requested": [("Ben Okafor", f"Thu, Mar 5, 11 am: {place}", "the system")],
        "booked": [("Ada Vale", f"Thu, Mar 5, 10 am: {place}", "the system")],
    }


def test_a_move_says_from_when_to_when_and_with_whom(clinic, desk):
    visit = book(clinic, at("2026-03-05", "10:00"))
    by = scheduling.By.staff(member(roles.MANAGER, name="Grace Hill"))
    visit = scheduling.move(visit, slot(clinic, at("2026-03-05", "11:00")), by=by, now=NOW)
    scheduling.move(visit, slot(clinic, at("2026-03-06", "14:00"), clinic.sato), by=SYSTEM, now=NOW + MINUTE)
    assert groups(desk)["moved"] == [
        (
            "Ada Vale",
            "from Thu, Mar 5, 11 am to Fri, Mar 6, 2 pm",
            "Ben Sato instead of Amara Ortiz",
            "Consultation",
            "the system",
        ),
        ("Ada Vale", "from Thu, Mar 5, 10 am to Thu, Mar 5, 11 am", "Amara Ortiz", "Consultation", "Grace Hill"),
    ]


def test_an_offer_says_that_the_patient_has_to_answer(clinic, desk):
    visit = book(clinic, at("2026-03-05", "10:00"), status="requested")
    scheduling.offer(visit, slot(clinic, at("2026-03-06", "14:00")), by=SYSTEM, now=NOW)
    [row] = groups(desk)["moved"]
    assert row[1:-1] == (
        "from Thu, Mar 5, 10 am to Fri, Mar 6, 2 pm",
        "Amara Ortiz",
        "Consultation",
        "Offered to the patient, who has to say yes.",
    )


def test_a_cancellation_says_why_and_an_undone_one_that_it_stands_again(clinic, desk):
    visit = book(clinic, at("2026-03-05", "10:00"))
    visit = scheduling.cancel(visit, by=PATIENT, now=NOW, reason="travel")
    scheduling.undo(visit, by=SYSTEM, now=NOW)
    what = "Thu, Mar 5, 10 am: Consultation, Amara Ortiz, Harbor Street"
    found = groups(desk)
    assert found["cancelled"] == [("Ada Vale", what, "I cannot get there", "the patient")]
    assert found["back"] == [("Ada Vale", what, "the system")]


def test_messages_calls_and_matches_are_told(clinic, desk):
    visit = book(clinic, at("2026-03-05", "10:00"))
    Message.objects.filter(appointment=visit, kind="confirmation").update(state="failed", failed_at=NOW)
    CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW, note="About the ride home")
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    found = groups(desk)
    what = "Thu, Mar 5, 10 am: Consultation, Amara Ortiz, Harbor Street"
    assert found["lost"] == [("Ada Vale", "confirmation, email", what, "")]
    assert found["calls"] == [("Cleo", "any time", "About the ride home", "")]
    assert found["matches"] == [("Ben Okafor", "Ada Vale", "They share: phone", "")]


def test_what_somebody_did_themselves_is_no_news_to_them(clinic, desk):
    by = scheduling.By.staff(desk.user)
    visit = book(clinic, at("2026-03-05", "10:00"))
    scheduling.cancel(visit, by=by, now=NOW, reason="time")
    assert [*groups(desk)] == ["booked"]
    other = member(roles.FRONT_DESK)
    assert new(other, now=NOW) == 2
    assert new(desk.user, now=NOW) == 1


def test_the_first_look_goes_back_to_the_start_of_yesterday(clinic, desk):
    early = at("2026-03-01", "00:00")
    CallbackRequest.objects.create(name="Before", phone="+12125550111", created_at=early)
    CallbackRequest.objects.create(name="After", phone="+12125550111", created_at=early + MINUTE)
    assert [row[0] for row in groups(desk)["calls"]] == ["After"]


def new(user, *, now):
    return since.waiting_and_new(user, now=now)[1]


# --- Seen -----------------------------------------------------------------------------------------------------------


def seen_up_to(client):
    return LastLook.objects.filter(user=client.user).values_list("at", flat=True).first()


def test_seen_counts_up_to_shortly_before_the_page_was_made(clinic, desk, time_machine):
    book(clinic, at("2026-03-05", "10:00"))
    page = desk.get("/admin/since/")
    assert (page.context["now"], seen_up_to(desk)) == (NOW + MINUTE, None)
    time_machine.move_to(NOW + 5 * MINUTE, tick=False)
    visit = book(clinic, at("2026-03-05", "11:00"), patient=clinic.ben)
    scheduling.cancel(visit, by=PATIENT, now=NOW + 2 * MINUTE, reason="time")
    response = desk.post("/admin/since/", {"until": page.context["now"].isoformat()})
    assert (response.status_code, response.url, seen_up_to(desk)) == (302, "/admin/since/", NOW + MINUTE - UNDER_WAY)
    assert [*groups(desk)] == ["cancelled"]


def test_the_page_carries_its_own_moment(clinic, desk):
    book(clinic, at("2026-03-05", "10:00"))
    assert 'name="until" value="2026-03-02T13:01:00+00:00"' in desk.get("/admin/since/").text


def test_a_look_never_goes_into_the_future_nor_back(clinic, desk, time_machine):
    desk.post("/admin/since/", {"until": "2027-01-01T00:00:00+00:00"})
    assert seen_up_to(desk) == NOW + MINUTE - UNDER_WAY
    time_machine.move_to(NOW + 5 * MINUTE, tick=False)
    desk.post("/admin/since/", {"until": "2026-03-02T13:00:00+00:00"})
    assert seen_up_to(desk) == NOW + MINUTE - UNDER_WAY
    desk.post("/admin/since/", {"until": "2026-03-02T13:03:00+00:00"})
    assert seen_up_to(desk) == NOW + 3 * MINUTE - UNDER_WAY


def test_a_first_look_is_never_earlier_than_what_was_shown(clinic, desk):
    desk.post("/admin/since/", {"until": "1999-01-01T00:00:00+00:00"})
    assert seen_up_to(desk) == at("2026-03-01", "00:00")


@pytest.mark.parametrize("typed", ["", "yesterday", "2026-03-02T13:00:00", "2026-13-45T99:00:00+00:00", "\x00"])
def test_a_moment_that_is_none_changes_nothing(typed, clinic, desk):
    assert desk.post("/admin/since/", {"until": typed}).status_code == 302
    assert seen_up_to(desk) is None


def test_a_look_is_one_persons_own(clinic, desk):
    book(clinic, at("2026-03-05", "10:00"))
    desk.post("/admin/since/", {"until": (NOW + MINUTE).isoformat()})
    assert groups(desk) == {}
    assert new(member(roles.FRONT_DESK), now=NOW + MINUTE) == 1
    assert "Nothing new since you last looked." in desk.get("/admin/since/").text


# --- How much -------------------------------------------------------------------------------------------------------


def test_a_flood_is_cut_and_counted(clinic, desk, monkeypatch):
    monkeypatch.setattr(since, "MOST_ROWS", 2)
    for number in range(5):
        CallbackRequest.objects.create(name=f"Cleo {number}", phone="+12125550111", created_at=NOW + number * MINUTE)
    response = desk.get("/admin/since/")
    [group] = response.context["groups"]
    assert ([str(row.people[0]) for row in group.rows], group.number, group.more) == (["Cleo 4", "Cleo 3"], 5, 3)
    assert "3 older ones are not shown." in response.text


@pytest.mark.parametrize("visits", [1, 3])
def test_the_page_costs_the_same_for_one_row_and_three(visits, clinic, desk, django_assert_max_num_queries):
    for hour in range(visits):
        visit = book(clinic, at("2026-03-05", f"1{hour}:00"), patient=factories.PatientFactory())
        visit = scheduling.move(visit, slot(clinic, at("2026-03-06", f"1{hour}:00")), by=SYSTEM, now=NOW)
        scheduling.cancel(visit, by=PATIENT, now=NOW, reason="time")
        CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW)
        PossibleMatch.objects.create(patient=visit.patient, known=clinic.ada, reason="phone", created_at=NOW)
    Message.objects.update(state="failed", failed_at=NOW)
    desk.get("/admin/since/")
    with django_assert_max_num_queries(20):
        desk.get("/admin/since/")


def test_the_number_of_news_and_of_all_lists_is_one_statement(clinic, desk, django_assert_num_queries):
    book(clinic, at("2026-03-05", "10:00"))
    desk.user.has_perm("bookings.change_appointment")  # read once a request
    with django_assert_num_queries(3):  # two of them for each location's next open day
        assert new(desk.user, now=NOW) == 1


def test_whoever_reads_the_news_is_written_down(clinic, desk):
    book(clinic, at("2026-03-05", "10:00"))
    desk.get("/admin/since/")
    assert list(AccessEntry.objects.values_list("view", "patients")) == [("admin:since", [clinic.ada.pk])]


@pytest.mark.parametrize("role", [roles.EDITOR, roles.CLINICIAN])
def test_who_does_not_work_on_the_diary_is_refused(role, clinic, client):
    client.force_login(member(role))
    assert [client.get("/admin/since/").status_code, client.post("/admin/since/").status_code] == [403, 403]
    assert LastLook.objects.count() == 0
