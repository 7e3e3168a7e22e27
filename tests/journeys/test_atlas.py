"""A visitor shows where it hurts, reads a spot, and finds a way to book: by mouse, by keyboard, and without JavaScript."""

import pytest

from tests import cast, factories
from tests.browsing import DESKTOP, NARROW, PHONE, assert_clean, axe, scrolls_sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def spot():
    clinic = cast.open_clinic()
    neck, knee = (factories.BodyRegionFactory(slug=slug, name=slug.capitalize()) for slug in ("neck", "knee"))
    spot = factories.SpotFactory(number=1, slug="base-of-skull", name="Under the skull", chart_x=132, chart_y=67)
    spot.regions.add(neck)
    spot.felt_in.add(knee)
    spot.treatments.add(clinic.therapy)
    factories.SpotFactory(number=2, slug="two", chart_view="front").regions.add(knee)
    article = factories.ArticleFactory(slug="necks", title="About necks")
    article.regions.add(neck)
    article.spots.add(spot)
    return spot


PAGES = ["/atlas/", "/atlas/base-of-skull/", "/topics/neck/", "/search/?q=skull"]


@pytest.mark.parametrize("window", [DESKTOP, PHONE, NARROW], ids=["desktop", "phone", "narrow"])
def test_every_page_of_the_atlas_is_clean_and_open_to_everybody(window, new_page):
    page = new_page(viewport=window)
    found = {}
    for address in PAGES:
        page.goto(address)
        found[address] = (axe(page), scrolls_sideways(page))
    assert found == dict.fromkeys(PAGES, ([], False))
    assert_clean(page)


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, {"forced_colors": "active"}], ids=["dark", "forced"])
def test_other_colors_are_open_to_everybody_too(options, new_page):
    page = new_page(viewport=PHONE, **options)
    found = {}
    for address in PAGES:
        page.goto(address)
        found[address] = axe(page)
    assert found == {address: [] for address in PAGES}


def test_a_part_of_the_body_chosen_by_keyboard_is_shown_alone_with_the_focus_on_it(new_page):
    page = new_page(viewport=DESKTOP)
    page.goto("/atlas/")
    page.locator(".body-chart__list a", has_text="Neck").focus()
    page.keyboard.press("Enter")
    page.locator("#knee").wait_for(state="hidden")
    assert page.locator("#neck").is_visible()
    assert page.evaluate("document.activeElement.closest('section').id") == "neck"
    page.get_by_role("button", name="Show all").click()
    assert page.locator("#knee").is_visible()


def test_an_address_that_ends_in_a_spot_opens_it(new_page):
    page = new_page(viewport=PHONE)
    page.goto("/atlas/#base-of-skull")
    entry = page.locator("#base-of-skull")
    entry.get_by_text("Press gently.").wait_for()
    assert entry.get_attribute("open") == ""


def test_a_spot_opens_by_keyboard_and_leads_to_its_page_and_to_a_booking(new_page):
    page = new_page(viewport=PHONE)
    page.goto("/atlas/")
    entry = page.locator("#base-of-skull")
    entry.locator("summary").focus()
    page.keyboard.press("Enter")
    entry.get_by_role("link", name="Spot 1 on its own page").click()
    page.wait_for_url("**/atlas/base-of-skull/")
    page.get_by_role("main").get_by_role("link", name="Book an appointment").first.click()
    page.wait_for_url("**/book/**")
    assert_clean(page)


def test_without_javascript_everything_is_there(new_page):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/atlas/")
    assert [page.locator(each).is_visible() for each in ("#neck", "#knee")] == [True, True]
    page.locator("#base-of-skull summary").click()
    assert page.locator("#base-of-skull").get_by_text("Press gently.").is_visible()


def test_a_spots_chart_is_a_picture_with_words(new_page):
    page = new_page(viewport=PHONE)
    page.goto("/atlas/base-of-skull/")
    assert page.get_by_role("img", name="Back view").count() == 1
