"""The check list before opening, in a real browser: read, mended, tried."""

import io

import pytest
from django.core.management import call_command

from clinic import roles
from tests.browsing import DESKTOP, NARROW, assert_clean, axe, scrolls_sideways
from tests.cast import NOW
from tests.clinic.first_run.test_setup_clinic import EXAMPLE
from tests.desk import member
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _made(time_machine, transactional_db):
    time_machine.move_to(NOW)
    call_command("setup_clinic", str(EXAMPLE), stdout=io.StringIO())


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=["1280", "320"])
def test_a_manager_reads_what_is_missing_and_tries_a_booking(size, new_page, live_server):
    page = new_page(viewport=size)
    page.context.add_cookies([{"name": "session", "value": session_of(member(roles.MANAGER)), "url": live_server.url}])
    page.goto("/admin/")
    page.get_by_role("link", name="Before you open").click()
    page.get_by_role("button", name="We have read them").click()
    page.get_by_text("Noted: the texts were read.").wait_for()
    page.get_by_role("button", name="Make a test booking").click()
    page.get_by_text("Booked and taken back: Consultation").wait_for()
    assert_clean(page)
    assert (axe(page), scrolls_sideways(page)) == ([], False)
