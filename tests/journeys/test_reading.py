"""A visitor looks around in a real browser: every public page, wide and narrow, light and dark, with and without JavaScript."""

import pytest

from tests import cast, factories
from tests.browsing import DESKTOP, NARROW, PHONE, assert_clean, axe, scrolls_sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BODY = """
## Why does it hurt?

A paragraph[^1].

::: emergency Call 911 if
- it is sudden
:::

### What you can do

1. Rest.

| Day | Minutes |
|-----|--------:|
| 1   |      10 |

::: pull
Move a little, often.
:::

[^1]: A note.
"""
PAGES = [
    "/", "/articles/", "/articles/stiff-neck/", "/treatments/", "/treatments/consultation/", "/clinicians/",
    "/clinicians/amara-ortiz/", "/atlas/", "/contact/", "/privacy/", "/accessibility/", "/sign-in/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def house():
    house = cast.open_clinic()
    region = factories.BodyRegionFactory(slug="neck", name="Neck")
    article = factories.ArticleFactory(
        slug="stiff-neck",
        title="A stiff neck",
        body=BODY,
        author=house.lindqvist,
        reviewer=house.ortiz,
        reviewed_on=cast.TODAY,
        evidence_note="Mixed.",
        references="1. A paper.",
    )
    article.regions.add(region)
    article.treatments.set([house.therapy, house.injection])
    return house


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_accessible_and_quiet_in_light_and_dark(address, new_page):
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme)
        page.goto(address)
        assert axe(page) == []
        assert_clean(page)


@pytest.mark.parametrize("address", PAGES)
def test_nothing_scrolls_sideways_on_the_narrowest_phone(address, new_page):
    page = new_page(viewport=NARROW)
    page.goto(address)
    assert (axe(page), scrolls_sideways(page)) == ([], False)
    assert_clean(page)


def test_on_a_phone_the_booking_panel_is_a_bar_that_opens_and_closes(new_page):
    page = new_page(viewport=PHONE)
    page.goto("/articles/stiff-neck/")
    bar, offer = page.locator("details.is-bar > summary"), page.locator("details.is-bar .offer").first
    assert (bar.is_visible(), offer.is_visible()) == (True, False)
    bar.click()
    assert offer.is_visible()
    page.keyboard.press("Escape")
    assert not offer.is_visible()


def test_on_a_wide_screen_the_panel_stands_open_beside_the_text_and_stays_in_view(new_page):
    page = new_page(viewport=DESKTOP)
    page.goto("/articles/stiff-neck/")
    offer = page.locator("details.sticky-panel .offer").first
    page.evaluate("window.scrollTo({top: 600, behavior: 'instant'})")
    assert offer.is_visible()
    assert 0 <= offer.bounding_box()["y"] < DESKTOP["height"]


def test_without_javascript_the_panel_is_open_and_the_chart_is_links(new_page):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/articles/stiff-neck/")
    assert page.locator("details.sticky-panel .offer").first.is_visible()
    page.goto("/")
    page.locator(".body-chart__list a", has_text="Neck").click()
    page.wait_for_url("**/atlas/#neck")


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
