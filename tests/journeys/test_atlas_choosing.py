"""Where the focus and the page are after somebody chose on the atlas: again, by an address, or backward."""

import pytest

from tests import cast, factories
from tests.browsing import PHONE, assert_clean

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALL = ["head", "neck"]


@pytest.fixture(autouse=True)
def atlas():
    cast.open_clinic()
    factories.BodyRegionFactory(slug="head", name="Head", position=1)
    factories.BodyRegionFactory(slug="neck", name="Neck", position=2)
    factories.SpotFactory(number=1, slug="base-of-skull", name="Under the back of the skull")


def shown(page):
    return [part.get_attribute("id") for part in page.locator(".atlas-region").all() if part.is_visible()]


def wait_for_focus(page, words):
    page.wait_for_function("words => document.activeElement.textContent.includes(words)", arg=words)
    assert page.evaluate("document.activeElement.tagName") in ("H2", "H3", "SUMMARY")


def test_the_same_part_can_be_chosen_again_and_back_shows_all(page):
    page.goto("/atlas/")
    neck = page.locator(".body-chart__list a", has_text="Neck")
    neck.click()
    wait_for_focus(page, "Neck")
    page.locator("h1").click()
    neck.click()
    wait_for_focus(page, "Neck")
    assert shown(page) == ["neck"]
    page.go_back()
    page.locator("#head").wait_for()
    assert shown(page) == ALL


def test_showing_all_again_leaves_the_focus_there_and_clears_the_address(page):
    page.goto("/atlas/#neck")
    wait_for_focus(page, "Neck")
    page.get_by_role("button", name="Show all").click()
    wait_for_focus(page, "By part of the body")
    assert (shown(page), "#" in page.url) == (ALL, False)


def test_an_address_that_ends_in_a_spot_puts_the_focus_on_it(page):
    page.goto("/atlas/#base-of-skull")
    wait_for_focus(page, "Under the back of the skull")
    assert shown(page) == ALL


@pytest.mark.parametrize("fragment", ["#%", "#nothing", "#main", "#%00"])
def test_an_address_that_ends_in_anything_else_hides_nothing(fragment, page):
    page.goto(f"/atlas/{fragment}")
    page.wait_for_timeout(200)
    assert shown(page) == ALL
    assert_clean(page)


def test_without_javascript_nothing_is_hidden_and_no_button_promises_more(new_page):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/atlas/#neck")
    assert (shown(page), page.get_by_role("button", name="Show all").is_visible()) == (ALL, False)


def test_in_forced_colors_a_spot_keeps_its_number_in_a_ring(new_page):
    page = new_page(viewport=PHONE, forced_colors="active")
    page.goto("/atlas/")
    ring = page.locator("#base-of-skull .spot-entry__number")
    assert ring.evaluate("each => getComputedStyle(each).borderStyle") == "solid"
