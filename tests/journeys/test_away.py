"""A clinician calls in sick at eight: fourteen patients have another time, before the first of them leaves home."""

import pytest

from bookings.models import Appointment, Message
from clinic import roles
from tests import cast, factories
from tests.browsing import PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TIMES = [f"{10 + n // 2}:{30 * (n % 2):02}" for n in range(14)]


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def fourteen():
    """Fourteen visits of Dr. Ortiz today; two of the patients can only be phoned."""
    clinic = cast.open_clinic()
    for n, time in enumerate(TIMES):
        mail = "" if n in (3, 5) else f"pat{n}@example.com"
        who = factories.PatientFactory(first_name=f"Pat {n}", email=mail, phone=f"+1212555{100 + n:04}")
        book(clinic, at("2026-03-02", time), patient=who)
    return clinic


@pytest.fixture
def open_desk(new_page, live_server):
    def open_page(**options):
        page, user = new_page(**options), member(roles.FRONT_DESK)
        page.context.add_cookies([{"name": "session", "value": session_of(user), "url": live_server.url}])
        return page

    return open_page


def with_whom():
    return list(Appointment.objects.order_by("start").values_list("clinician__slug", "status"))


def assert_good(page):
    assert_clean(page)
    assert axe(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["script", "no script"])
def test_two_presses_move_the_day_of_a_sick_clinician(options, fourteen, open_desk):
    # Given the page that the board leads to
    page = open_desk(**options)
    page.goto("/admin/away/?clinician=amara-ortiz")
    # When the desk presses twice
    page.get_by_role("button", name="Write it and show who is hit").click()
    page.get_by_role("button", name="Move and cancel as chosen").click()
    # Then all have their hour with Dr. Sato, and two are to phone
    page.get_by_role("heading", name="14 appointments are settled").wait_for()
    assert with_whom() == [("ben-sato", "booked")] * 14
    assert Message.objects.filter(kind="moved").count() == 12
    assert page.get_by_role("region", name="Phone these 2 patients").get_by_role("listitem").count() == 2


def test_by_keyboard_alone_one_is_canceled_and_the_rest_moved(fourteen, open_desk):
    page = open_desk()
    page.goto("/admin/away/?clinician=amara-ortiz")
    page.get_by_label("Note for staff").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/away/*/")
    assert_good(page)
    # From the first patient's choice, one arrow goes on from the other clinician to Cancel
    page.get_by_role("group", name="Pat 0").get_by_role("radio", checked=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="14 appointments are settled").wait_for()
    assert with_whom() == [("amara-ortiz", "cancelled")] + [("ben-sato", "booked")] * 13
    assert_good(page)


def test_on_a_phone_it_is_the_same_page(fourteen, open_desk):
    page = open_desk(viewport=PHONE)
    page.goto("/admin/away/?clinician=amara-ortiz")
    assert_good(page)
    page.get_by_role("button", name="Write it and show who is hit").click()
    page.wait_for_url("**/away/*/")
    assert_good(page)


def test_public_holidays_are_ticked_and_written(fourteen, open_desk):
    page = open_desk(java_script_enabled=False)
    page.goto("/admin/public-holidays/")
    page.get_by_label("Labor Day").uncheck()
    page.get_by_role("button", name="Close on the days ticked").click()
    page.get_by_text("8 holidays are in the diary now.").wait_for()
    assert page.get_by_role("checkbox", name="Labor Day").count() == 1
