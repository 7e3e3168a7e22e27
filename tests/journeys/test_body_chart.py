"""A visitor shows where it hurts: the body chart and the menu, by keyboard, by mouse and without JavaScript."""

import pytest

from tests import cast, factories
from tests.browsing import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def neck():
    cast.open_clinic()
    return factories.BodyRegionFactory(slug="neck", name="Neck")


def test_without_javascript_the_chart_is_links(new_page):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/")
    page.locator(".body-chart__list a", has_text="Neck").click()
    page.wait_for_url("**/atlas/#neck")
    assert page.locator("#neck h2").is_visible()


def test_the_list_and_the_drawing_light_each_other_up(new_page):
    page = new_page(viewport=DESKTOP)
    page.goto("/atlas/")
    page.locator(".body-chart__list a", has_text="Neck").focus()
    assert page.locator("svg a.is-lit").count() == 2
    page.locator("h1").click()
    assert page.locator("svg a.is-lit").count() == 0


def test_the_menu_of_a_phone_works_by_keyboard_and_the_skip_link_comes_first(new_page):
    page = new_page(viewport=PHONE)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.locator(".site-menu summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".site-menu__sheet a", has_text="Articles").is_visible()
