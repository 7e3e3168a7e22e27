"""The messenger's own page: how it is, what failed, paused and released, and the name it writes under."""

import datetime as dt

import pytest
from django.urls import reverse

from bookings import outbox
from bookings.forms.messenger import NameForm
from bookings.models import Message, Messenger, Tick
from clinic import roles
from tests import cast
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
PAGE = "/admin/messenger/"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def manager(client):
    client.user = member(roles.MANAGER, name="Robin Hale")
    client.force_login(client.user)
    return client


@pytest.fixture
def visit(clinic):
    """Ada's visit next week, whose confirmation is due in two minutes."""
    return book(clinic, at("2026-03-11", "10:00"))


def confirmation(visit, **fields):
    Message.objects.filter(appointment=visit, kind="confirmation").update(**fields)
    return Message.objects.get(appointment=visit, kind="confirmation")


def failed(hours, kind="confirmation"):
    """A message that failed so many hours ago."""
    at_the_time = NOW - hours * HOUR
    times = {"created_at": at_the_time, "due_at": at_the_time, "failed_at": at_the_time}
    return Message.objects.create(intent=f"{kind}{hours}", kind=kind, channel="email", state="failed", **times)


# --- How it is ------------------------------------------------------------------------------------------------------


def test_a_messenger_at_rest_says_so(manager):
    Tick.objects.create(name="tick", at=NOW - dt.timedelta(minutes=1))
    text = manager.get(PAGE).text
    assert "none: all have gone" in text
    assert "1 min ago" in text
    assert "Nothing failed in the last seven days." in text
    assert "no worker?" not in text


def test_the_oldest_due_message_and_a_worker_that_is_gone_are_said(visit, manager):
    confirmation(visit, due_at=NOW - 2 * HOUR)
    Tick.objects.create(name="tick", at=NOW - HOUR)
    text = manager.get(PAGE).text
    assert "waits for 2 h 0 min" in text
    assert "1 h 0 min ago" in text
    assert "no worker?" in text
    assert ">late<" in text


def test_what_waits_is_counted_by_way(visit, manager):
    confirmation(visit, due_at=NOW - HOUR)
    waiting = manager.get(PAGE).context["waiting"]
    later = Message.objects.filter(appointment=visit, state="due", channel="email").count() - 1
    assert [tuple(each) for each in waiting] == [("email", 1, later), ("text message", 0, 0)]


def test_failures_are_counted_by_kind_in_a_day_and_in_a_week(manager):
    for hours in (1, 2, 30, 24 * 8):
        failed(hours)
    failed(3, kind="reminder")
    found = manager.get(PAGE).context["failures"]
    assert [tuple(map(str, each)) for each in found] == [
        ("confirmation", "email", "failed", "2", "3"),
        ("reminder", "email", "failed", "1", "1"),
    ]


@pytest.mark.parametrize("failures", [1, 3])
def test_the_page_costs_the_same_for_one_failure_and_three(failures, manager, django_assert_num_queries):
    for hours in range(failures):
        failed(hours)
    manager.get(PAGE)
    with django_assert_num_queries(13):
        manager.get(PAGE)


def test_a_mail_server_that_refuses_us_is_said_with_the_time_it_is_asked_again(manager):
    Messenger.kept()
    Messenger.objects.update(shut_until=NOW + HOUR, shut_reason="SMTPAuthenticationError 535", shut_times=3)
    text = manager.get(PAGE).text
    assert "It is asked again on Monday, March 2, 2026, 9 am, with one message." in text
    assert "It said: SMTPAuthenticationError 535." in text
    manager.post(f"{PAGE}release/")
    assert Messenger.current().shut_until is None


# --- Paused and released --------------------------------------------------------------------------------------------


def test_a_pause_needs_a_reason_and_is_told_with_who_and_when(manager):
    refused = manager.post(f"{PAGE}pause/", {"reason": " "})
    assert (refused.status_code, list(refused.context["form"].errors), outbox.is_paused()) == (200, ["reason"], False)
    assert manager.post(f"{PAGE}pause/", {"reason": "The provider blocks us"}).url == PAGE
    row = Messenger.current()
    assert (row.paused_at, row.pause_reason, row.paused_by) == (NOW, "The provider blocks us", manager.user)
    text = manager.get(PAGE).text
    assert f"Monday, March 2, 2026, 8 am, {manager.user}: The provider blocks us" in text
    assert "Pause all messages" not in text


def test_the_second_of_two_pauses_leaves_the_first_ones_reason(manager):
    manager.post(f"{PAGE}pause/", {"reason": "First"})
    manager.post(f"{PAGE}pause/", {"reason": "Second"})
    assert Messenger.current().pause_reason == "First"


def test_before_a_release_the_page_says_what_would_go_and_what_would_not(clinic, visit, manager, settings):
    confirmation(visit, due_at=NOW - HOUR)
    late = book(clinic, at("2026-03-11", "11:00"), patient=clinic.ben)
    confirmation(late, due_at=NOW - 2 * HOUR, useful_until=NOW - HOUR)
    manager.post(f"{PAGE}pause/", {"reason": "First"})
    said = "1 message would go out, oldest first. 1 comes too late to be of use and would be withdrawn."
    assert said in " ".join(manager.get(PAGE).text.split())
    manager.post(f"{PAGE}release/")
    assert not outbox.is_paused()
    settings.CLINIC_MESSAGES_PER_MINUTE = 1
    confirmation(late, useful_until=NOW + HOUR)
    assert "No more than 1 go in a minute." in " ".join(manager.get(PAGE).context["if_released"])


def test_who_paused_and_who_released_is_written_down(manager):
    manager.post(f"{PAGE}pause/", {"reason": "First"})
    manager.post(f"{PAGE}release/")
    said = [(deed.user, deed.change_message) for deed in manager.get(PAGE).context["deeds"]]
    assert said == [(manager.user, "Released"), (manager.user, "Paused: First")]


def test_a_get_pauses_and_releases_nothing(manager):
    assert [manager.get(f"{PAGE}{deed}/").status_code for deed in ("pause", "release", "name")] == [405] * 3


def test_the_front_desk_reads_the_page_and_changes_nothing(client):
    client.force_login(member(roles.FRONT_DESK))
    text = client.get(PAGE).text
    assert ("Pause all messages" in text, "Save the name" in text) == (False, False)
    answers = [client.post(f"{PAGE}{deed}/", {"reason": "x"}).status_code for deed in ("pause", "release", "name")]
    assert (answers, outbox.is_paused()) == ([403] * 3, False)


@pytest.mark.parametrize("role", [roles.EDITOR, roles.CLINICIAN])
def test_others_see_no_messenger(role, client):
    client.force_login(member(role))
    assert client.get(PAGE).status_code == 403


# --- The name -------------------------------------------------------------------------------------------------------


def test_the_name_is_changed_and_told(manager, settings):
    manager.post(f"{PAGE}name/", {"neutral_name": "Mill Street"})
    assert Messenger.current().name == "Mill Street"
    assert "Messages come from <b>Mill Street</b>." in manager.get(PAGE).text
    manager.post(f"{PAGE}name/", {"neutral_name": ""})
    assert Messenger.current().name == settings.CLINIC_NEUTRAL_NAME


@pytest.mark.parametrize(
    "name", ["Riverside Pain Clinic", "The Spine People", "Nerves & Co", "Injections now", "Clinic of Dr. Hale",
             "NEUROLOGY EAST", "Back in shape", "Harbor Rehab"]
)  # fmt: skip
def test_a_name_that_says_what_we_treat_is_refused_in_words(name, manager):
    response = manager.post(f"{PAGE}name/", {"neutral_name": name})
    (said,) = response.context["form"].errors["neutral_name"]
    assert "tells whoever sees the phone what we treat" in said
    assert Messenger.current().neutral_name == ""


@pytest.mark.parametrize("name", ["Paine Street", "Painted Hills", "Backus House", "Müller Øst", "Riverbend"])
def test_names_that_only_look_like_it_are_fine(name):
    assert NameForm({"neutral_name": name}).is_valid()


@pytest.mark.parametrize("name", ["Café", "Zürich “East”", "Hale, Inc.", "a@b", "x" * 31, "Høst\nBcc: x", "Дом"])
def test_what_a_phone_or_a_mail_server_stumbles_over_is_refused(name):
    form = NameForm({"neutral_name": name})
    assert form.is_valid() is (name == "Café")


# --- The line on other pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/admin/", "/admin/work/requests/"])
def test_a_messenger_that_does_not_send_is_told_where_the_desk_looks(address, visit, manager):
    assert "Messages are not going out" not in manager.get(address).text
    confirmation(visit, due_at=NOW - dt.timedelta(minutes=11))
    assert "A message waits for 11 min." in manager.get(address).text
    outbox.pause("The provider blocks us", user=manager.user, now=NOW)
    assert "Messages are paused: The provider blocks us" in manager.get(address).text


def test_editors_are_not_told(client, visit):
    outbox.pause("First", user=None, now=NOW)
    client.force_login(member(roles.EDITOR))
    assert "Messages are not going out" not in client.get(reverse("admin:index")).text
