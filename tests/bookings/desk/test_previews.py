"""The page that shows what our messages say: to nobody real, and without leaving a trace."""

import re

import pytest

from bookings.desk.previews import invented
from bookings.forms.previews import NAMES
from bookings.models import ManageLink, Message
from clinic import roles
from tests import cast
from tests.browsing import assert_clean, axe, scrolls_sideways
from tests.cast import NOW
from tests.desk import member
from tests.journeys.test_staff import session_of

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/previews/"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK))
    return client


def shown(desk, kind="confirmation", name="plain"):
    response = desk.get(ADDRESS, {"kind": kind, "name": name})
    assert response.status_code == 200
    return response.context


def test_every_message_is_shown_under_every_name_and_nothing_is_written(desk):
    cast.open_clinic()
    for kind in Message.Kind:
        for name in NAMES:
            context = shown(desk, kind, name)
            assert (context["email"].subject != "", "words" in context) == (True, kind != Message.Kind.DIGEST)
    assert (Message.objects.count(), ManageLink.objects.count()) == (0, 0)


def test_the_page_opens_with_the_confirmation_at_the_first_place_s_own_phone(desk):
    cast.open_clinic()
    context = desk.get(ADDRESS).context
    assert context["email"].subject == "Your appointment on Thursday, March 5"
    assert "Phone: (212) 555-0100" in context["email"].text


def test_a_clinic_without_a_place_sees_them_too(desk):
    assert "Harbor Street" in shown(desk, "delayed")["email"].text


def test_a_name_with_markup_is_text_on_the_page_and_in_the_frame(desk):
    page = desk.get(ADDRESS, {"kind": "confirmation", "name": "html"}).content.decode()
    assert ("Hi &lt;b&gt;Bo &amp; Co," in page, "<b>Bo" in page) == (True, False)
    assert "Hi &amp;lt;b&amp;gt;Bo" in re.search(r'<iframe srcdoc="[^"]*" sandbox', page)[0]


def test_a_kind_that_does_not_exist_is_an_error_of_the_form(desk):
    response = desk.get(ADDRESS, {"kind": "nonsense", "name": "plain"})
    assert (list(response.context["form"].errors), "email" in response.context) == (["kind"], False)


def test_what_it_costs_is_known(desk, django_assert_num_queries):
    cast.open_clinic()
    shown(desk)  # the first page of a process learns what kinds of rows there are
    # Session, user, permissions; the place; our name for the email and for the text.
    with django_assert_num_queries(6):
        shown(desk)


def test_a_text_is_counted_as_carriers_do(desk):
    cast.open_clinic()
    context = shown(desk, "confirmation", "emoji")
    assert (context["septets"], context["room"]) == (len(context["words"]), 160)


def test_running_late_is_shown_with_a_number_of_minutes(desk):
    cast.open_clinic()
    context = shown(desk, "delayed")
    assert ("about 20 minutes late" in context["email"].text, "about 20 minutes late" in context["words"]) == (
        True,
        True,
    )


def test_an_invented_visit_is_unsaved():
    message = invented("reminder", "Q", place=cast.open_clinic().house, now=NOW)
    assert (message.pk, message.appointment.pk, message.appointment.patient.pk) == (None, None, None)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_is_accessible_and_clean(new_page, live_server):
    cast.open_clinic()
    page = new_page()
    cookie = {"name": "session", "value": session_of(member(roles.FRONT_DESK)), "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(ADDRESS)
    page.get_by_label("Message*").select_option("aftercare")
    page.get_by_label("First name*").select_option("long")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("How are you today?").first.wait_for()
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert not scrolls_sideways(page)
    assert_clean(page)
