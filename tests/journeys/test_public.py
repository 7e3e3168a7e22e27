"""A visitor reads in a real browser: on a phone and a desk, by keyboard, without JavaScript, on paper."""

import datetime as dt

import pytest

from tests import cast, factories
from tests.browsing import DESKTOP, NARROW, PHONE, assert_clean, axe, scrolls_sideways
from treatments.models import ArticleChange, BodyRegion, OpeningHours

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTICLE = "/articles/upper-back/"
PAGES = [
    "/",
    "/articles/",
    ARTICLE,
    "/treatments/",
    "/treatments/physical-therapy-session/",
    "/clinicians/",
    "/clinicians/tess-lindqvist/",
    "/atlas/",
    "/contact/",
    "/privacy/",
    "/accessibility/",
    "/sign-in/",
]
EVERYTHING = """
Muscles of the back can hurt in the head.[^1]

::: emergency Call 911 or go to an emergency room now
- a sudden, very bad headache
- weakness of an arm or a leg
:::

## What can I do at home?

1. **Rest.** A little.

::: urgent Call us the same day
- a rash
:::

2. **Move.** Every half hour.

### A table with a very-long-word-that-nobody-can-break-by-any-means-at-all in it

| Exercise | Seconds | How often each day | What it should feel like |
|---|--:|:-:|---|
| Shoulder-blade squeeze | 30 | 3 | A stretch, never a sting |

::: pull Ada
The place that hurts is not always the place that needs care.
:::

## Which treatments may help?

> A quote. <https://example.com/an/address/that/is/much/longer/than/a/phone/is/wide/and/has/no/spaces>

[^1]: Most headaches are not dangerous.
"""


def writer(clinician):
    return factories.AuthorFactory(slug=clinician.slug, clinician=clinician, name="")


@pytest.fixture(autouse=True)
def house():
    house = cast.open_clinic()
    OpeningHours.objects.create(location=house.house, weekday=0, opens="08:00", closes="17:30")
    region = BodyRegion.objects.create(slug="upper-back", name="Upper back", position=1)
    today = dt.date(2026, 2, 1)
    about = {"author": writer(house.ortiz), "reviewer": writer(house.sato), "reviewed_on": today, "updated_on": today}
    glance = {"pain_location": "Upper back", "problems": "Headache", "further_reading": "Our other article"}
    texts = {"body": EVERYTHING, "evidence_note": "Fair.", "references": "1. A study. 2018."}
    article = factories.ArticleFactory(
        slug="upper-back", title="Can a tight back hurt the head?", **about, **glance, **texts
    )
    for each in (article, factories.ArticleFactory(slug="neck", title="A stiff neck", author=about["author"])):
        each.treatments.set([house.therapy, house.injection])
        each.regions.add(region)
    article.muscles.add(factories.MuscleFactory(name="Trapezius"))
    ArticleChange.objects.create(article=article, date="2026-02", note="First version.")
    house.therapy.regions.add(region)
    return house


# --- Nothing broken, nothing hidden ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("window", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")])
def test_every_public_page_is_clean_and_open_to_everybody(window, scheme, new_page):
    page = new_page(viewport=window, color_scheme=scheme)
    for address in PAGES:
        page.goto(address)
        assert {address: axe(page)} == {address: []}
        assert page.locator("h1").count() == 1
    assert_clean(page)


def test_an_error_page_is_open_to_everybody(new_page):
    page = new_page(viewport=PHONE)
    page.goto("/nowhere/")
    assert axe(page) == []
    assert_clean(page, besides="404")


def test_nothing_scrolls_sideways_on_the_narrowest_phone(new_page):
    page = new_page(viewport=NARROW)
    for address in [*PAGES, "/nowhere/"]:
        page.goto(address)
        assert (address, scrolls_sideways(page)) == (address, False)


def test_every_page_can_be_read_and_booked_from_without_javascript(new_page):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    for address in PAGES:
        page.goto(address)
        assert page.locator("h1").is_visible()
    # The menu opens, the panel stands open below the text, and a time in it leads into the flow.
    page.goto(ARTICLE)
    page.locator(".site-menu summary").click()
    assert page.locator(".site-menu").get_by_role("link", name="Treatments").is_visible()
    page.locator(".site-menu summary").click()
    page.locator(".article-aside .time-choice").first.click()
    assert page.locator(".progress-line p").inner_text() == "1 of 5: urgent signs"
    assert_clean(page)


# --- The bar of an article on a phone -------------------------------------------------------------------------------


def test_the_booking_bar_of_an_article_opens_and_closes_by_keyboard(new_page):
    # Given a reader with a phone-sized window and a keyboard
    page = new_page(viewport=PHONE)
    page.goto(ARTICLE)
    panel = page.locator(".article-aside details")
    times = panel.locator(".time-choice").first
    assert not times.is_visible()

    # When they reach the bar and press Enter, then its times open, and are all right
    tab_to(page, ".article-aside summary")
    page.keyboard.press("Enter")
    times.wait_for()
    assert axe(page) == []

    # When they press Escape, then it closes and the focus stays on the bar
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    times.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"

    # When they open it again and press a time, then they are in the flow
    page.keyboard.press("Enter")
    tab_to(page, ".article-aside .time-choice")
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/**")
    assert "Can a tight back hurt the head?" in page.locator(".came-from").inner_text()
    assert_clean(page)


def test_on_a_wide_screen_the_panel_stays_in_view_beside_the_text(page):
    page.goto(ARTICLE)
    panel = page.locator(".article-aside .time-choice").first
    assert panel.is_visible()
    page.locator("#which-treatments-may-help").scroll_into_view_if_needed()
    assert panel.evaluate("e => e.getBoundingClientRect().top > 72 && e.getBoundingClientRect().bottom < innerHeight")


# --- By keyboard ----------------------------------------------------------------------------------------------------

# What has the focus: how much of it can be seen, and whether it is marked.
FOCUSED = """() => {
  const element = document.activeElement, box = element.getBoundingClientRect();
  const rows = [0.1, 0.5, 0.9].map(part => box.top + box.height * part);
  const seen = rows.some(y => {
    const found = document.elementFromPoint(box.left + Math.min(box.width / 2, 20), y);
    return found && (element.contains(found) || found.contains(element));
  });
  const label = element.closest("label, .time-choice, .choice") || element;
  const outlined = [element, label].some(each => parseFloat(getComputedStyle(each).outlineWidth) >= 2
    && getComputedStyle(each).outlineStyle !== "none");
  return {name: (element.innerText || element.name || element.tagName).trim().slice(0, 40), seen, outlined};
}"""


@pytest.mark.parametrize(("window", "address"), [(PHONE, ARTICLE), (DESKTOP, ARTICLE), (PHONE, "/contact/")])
def test_the_focus_is_marked_and_never_under_the_header_or_the_bar(window, address, new_page):
    page = new_page(viewport=window, reduced_motion="reduce")
    page.goto(address)
    walked = []
    for key in ["Tab"] * 45 + ["Shift+Tab"] * 20:
        page.keyboard.press(key)
        if page.evaluate("document.activeElement === document.body"):
            continue
        walked.append(page.evaluate(FOCUSED))
    assert len({each["name"] for each in walked}) > 15
    assert [each for each in walked if not (each["seen"] and each["outlined"])] == []


def test_the_first_tab_skips_to_the_text(page):
    page.goto(ARTICLE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_link_of_the_contents_list_shows_its_heading_below_the_header(new_page):
    page = new_page(viewport=PHONE, reduced_motion="reduce")
    page.goto(ARTICLE)
    page.locator(".contents summary").click()
    page.get_by_role("link", name="Which treatments may help?").click()
    top = page.locator("#which-treatments-may-help").evaluate("e => e.getBoundingClientRect().top")
    header = page.locator(".site-header").evaluate("e => e.getBoundingClientRect().bottom")
    assert header <= top < header + 60


def tab_to(page, selector):
    wanted = page.locator(selector).first
    for _press in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


# --- On paper -------------------------------------------------------------------------------------------------------


def test_on_paper_an_article_is_its_text_without_menus_and_panels(page):
    page.goto(ARTICLE)
    page.emulate_media(media="print")
    for gone in (".site-header", ".article-aside", ".contents", ".back-to-top", ".article-head .btn"):
        assert not page.locator(gone).first.is_visible()
    for kept in ("h1", ".byline", ".glance", ".care-card--emergency", "#references"):
        assert page.locator(kept).first.is_visible()
    assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
