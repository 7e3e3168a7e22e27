"""Several appointments at once: by their verbs, one by one, with words for each that is refused."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from bookings import scheduling
from bookings.admin import bulk
from bookings.models import AccessEntry, Appointment
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

LIST = "/admin/bookings/appointment/"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.user = member(roles.FRONT_DESK)
    client.force_login(client.user)
    return client


@pytest.fixture
def three(clinic):
    """Ada is booked, Ben asked, Cleo is canceled."""
    cleo = factories.PatientFactory(first_name="Cleo", last_name="Ruiz")
    gone = book(clinic, at("2026-03-04", "11:00"), patient=cleo)
    visits = [
        book(clinic, at("2026-03-04", "09:00")),
        book(clinic, at("2026-03-04", "10:00"), patient=clinic.ben, status="requested"),
    ]
    return [*visits, scheduling.cancel(gone, by=scheduling.By.system(), now=NOW, reason="time")]


def press(client, action, visits, **more):
    chosen = {"action": action, "_selected_action": [visit.pk for visit in visits], "index": "0"}
    return client.post(LIST, chosen | more)


def said(response):
    return sorted(str(message) for message in get_messages(response.wsgi_request))


def states():
    return [
        (visit.patient.first_name, visit.status, visit.confirmed_at is not None)
        for visit in Appointment.objects.select_related("patient").order_by("start")
    ]


NOT_POSSIBLE = "This appointment is {} now, so that is not possible."


@pytest.mark.engine
def test_confirming_several_says_each_refusal_with_its_patient(three, desk):
    assert said(press(desk, "confirm_all", three)) == [
        "1 appointment: done.",
        f"Ben Okafor, March 4, 2026, 10 am: {NOT_POSSIBLE.format('requested')}",
        f"Cleo Ruiz, March 4, 2026, 11 am: {NOT_POSSIBLE.format('canceled')}",
    ]
    assert states() == [("Ada", "booked", True), ("Ben", "requested", False), ("Cleo", "cancelled", False)]
    assert three[0].events.last().user == desk.user


def test_approving_several(three, desk):
    assert len(said(press(desk, "approve_all", three))) == 3
    assert states() == [("Ada", "booked", False), ("Ben", "booked", False), ("Cleo", "cancelled", False)]


def test_marking_several_as_missed(three, desk, time_machine):
    time_machine.move_to(at("2026-03-04", "12:00"), tick=False)
    desk.force_login(desk.user)
    press(desk, "miss_all", three)
    assert [status for _name, status, _confirmed in states()] == ["missed", "requested", "cancelled"]


def test_canceling_asks_for_the_reason_and_changes_nothing_before(three, desk):
    response = press(desk, "cancel_all", three[:2])
    assert (response.status_code, response.context["visits"]) == (200, three[:2])
    assert states()[0] == ("Ada", "booked", False)
    assert AccessEntry.objects.get().patients == sorted(visit.patient_id for visit in three[:2])


def reason_for(visits, **typed):
    shown = [f"{visit.pk}:{visit.version}" for visit in visits]
    return {"index": "", "cancel": "1", "reason": "clinician_away", "notify": "on", "shown": shown, **typed}


def confirm_page(client, visits, **typed):
    data = {"action": "cancel_all", "_selected_action": [visit.pk for visit in visits], **reason_for(visits, **typed)}
    del data["index"]
    return client.post(LIST, data)


@pytest.mark.engine
def test_canceling_several_frees_their_times_and_tells_them(three, desk):
    assert said(confirm_page(desk, three[:2])) == [
        "2 appointments: done.",
        "They hear of it at 8:02 am; until then “Undo” on a visit takes it back unheard.",
    ]
    assert [visit.cancel_reason for visit in Appointment.objects.order_by("start")] == ["clinician_away"] * 2 + ["time"]
    assert [visit.occupancy.count() for visit in three[:2]] == [0, 0]
    assert [visit.messages.filter(kind="cancelled_by_clinic").count() for visit in three[:2]] == [1, 1]


def test_without_a_reason_nothing_is_canceled(three, desk):
    response = confirm_page(desk, three[:2], reason="")
    assert response.context["form"].errors == {"reason": ["This field is required."]}
    assert [status for _name, status, _confirmed in states()] == ["booked", "requested", "cancelled"]


def test_a_visit_that_somebody_changed_meanwhile_is_refused_and_the_rest_go_on(three, desk):
    shown = reason_for(three[:2])
    scheduling.confirm(three[0], by=scheduling.By.system(), now=NOW)
    done, refused = said(confirm_page(desk, three[:2], notify="", shown=shown["shown"]))
    assert done == "1 appointment: done."
    assert refused.startswith("Ada Vale, March 4, 2026, 9 am: ")
    assert states() == [("Ada", "booked", True), ("Ben", "cancelled", False), ("Cleo", "cancelled", False)]


@pytest.mark.parametrize("shown", [["x"], ["1:x"], ["9" * 30 + ":1"], [":"], ["\x00:0"]])
def test_hand_made_versions_make_no_error_page(shown, three, desk):
    assert confirm_page(desk, three[:1], shown=shown).status_code == 302


def test_too_many_at_once_are_refused_with_words(three, desk, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 2)
    for action in ("confirm_all", "cancel_all"):
        response = press(desk, action, three[:1], select_across="1")
        assert said(response) == [
            "At most 2 appointments at once. Nothing was changed: choose fewer, such as one day."
        ] * (1 if action == "confirm_all" else 2)
    assert states()[0] == ("Ada", "booked", False)


def test_nothing_is_deleted(three, desk):
    press(desk, "delete_selected", three)
    assert Appointment.objects.count() == 3


def test_actions_are_for_those_who_change_appointments(three, client):
    from django.contrib.auth.models import Permission

    names = {}
    for role, extra in ((roles.FRONT_DESK, None), (roles.EDITOR, "view_appointment")):
        user = member(role)
        if extra:
            user.user_permissions.add(Permission.objects.get(codename=extra))
        client.force_login(user)
        response = client.get(LIST)
        form = response.context.get("action_form")
        names[role] = [name for name, _label in form.fields["action"].choices][1:] if form else []
    assert names == {
        roles.FRONT_DESK: ["confirm_all", "approve_all", "miss_all", "cancel_all"],
        roles.EDITOR: [],
    }
    press(client, "confirm_all", three)
    assert states()[0] == ("Ada", "booked", False)


def test_whoever_was_changed_is_written_down(three, desk):
    press(desk, "confirm_all", three)
    assert AccessEntry.objects.get().patients == sorted(visit.patient_id for visit in three)


@pytest.mark.parametrize("visits", [1, 3])
def test_the_page_of_the_reason_costs_the_same_for_one_and_three(visits, three, desk, django_assert_num_queries):
    desk.get("/admin/find/")  # the first page of a session writes when it was seen
    with django_assert_num_queries(10):
        press(desk, "cancel_all", three[:visits])


def test_the_list_has_the_address_of_the_file_for_managers(three, client):
    client.force_login(member(roles.MANAGER))
    assert reverse("admin:export-appointments") in client.get(LIST).text
