"""Names at the counter: initials by one key, and a page that nobody sits at shows nothing."""

import pytest

from clinic import roles
from tests import cast
from tests.browsing import axe
from tests.cast import NOW, at
from tests.desk import book, member
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HIDDEN = "Hidden, because nobody was here. Press any key."


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def page(new_page, live_server):
    book(cast.open_clinic(), at("2026-03-02", "10:30"))
    page = new_page()
    cookie = {"name": "session", "value": session_of(member(roles.FRONT_DESK)), "url": live_server.url}
    page.context.add_cookies([cookie])
    page.clock.install()
    page.goto("/admin/day/")
    return page


def test_one_key_leaves_initials_and_another_brings_the_names_back(page):
    page.keyboard.press("Alt+h")
    page.get_by_role("link", name="10:30 am A. V.").wait_for()
    assert "Ada" not in page.content()
    page.keyboard.press("Alt+h")
    page.get_by_role("link", name="10:30 am Ada Vale").wait_for()


def test_after_three_minutes_without_anybody_the_page_is_hidden_until_a_key_which_does_nothing_else(page):
    page.locator("[id^=open-]").first.focus()
    page.clock.fast_forward("02:59")
    assert page.get_by_text(HIDDEN).count() == 0
    page.clock.fast_forward("00:02")
    page.get_by_text(HIDDEN).wait_for()
    assert axe(page) == []
    page.keyboard.press("a")
    page.get_by_text(HIDDEN).wait_for(state="detached")
    assert page.locator(".desk-chip--arrived").count() == 0
