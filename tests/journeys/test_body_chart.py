"""A visitor shows where it hurts: the body chart and the menu, by keyboard, by mouse and without JavaScript."""

import pytest

from tests import cast, factories
from tests.browsing import DESKTOP, NARROW, PHONE, assert_clean, axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLACES = {"head": "Head", "neck": "Neck", "shoulder": "Shoulder", "chest": "Chest", "knee": "Knee"}
FRONT = 'svg[aria-label="Body chart, front"]'
BACK = 'svg[aria-label="Body chart, back"]'
FOCUSED = "document.activeElement.getAttribute('aria-label')"


@pytest.fixture(autouse=True)
def regions():
    cast.open_clinic()
    sided = ("shoulder", "knee")
    return {
        slug: factories.BodyRegionFactory(slug=slug, name=name, has_sides=slug in sided, position=place)
        for place, (slug, name) in enumerate(PLACES.items())
    }


@pytest.fixture
def spot(regions):
    spot = factories.SpotFactory(
        number=11, slug="upper", name="Upper back", chart_view="back", chart_x=132, chart_y=130
    )
    spot.regions.add(regions["neck"])
    return spot


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
    return page.evaluate(FOCUSED)


def test_without_javascript_the_chart_is_links(new_page):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/")
    page.locator(".body-chart__list a", has_text="Neck").click()
    page.wait_for_url("**/atlas/#neck")
    assert page.locator("#neck").get_by_role("heading", name="Neck").is_visible()


def test_without_javascript_every_shape_is_a_tab_stop_one_can_see(new_page):
    page = new_page(viewport=DESKTOP, java_script_enabled=False)
    page.goto("/")
    page.locator(".body-chart__skip").focus()
    names = [press(page, "Tab") for _ in range(7)]
    assert names == [
        *("Head", "Neck", "Shoulder, your right", "Shoulder, your left", "Chest", "Knee, your right", "Knee, your left")
    ]
    ring = page.evaluate("getComputedStyle(document.activeElement).strokeWidth")
    assert float(ring.removesuffix("px")) > 2


def test_every_region_is_in_the_accessibility_tree_with_the_patients_own_side(new_page):
    page = new_page(viewport=DESKTOP)
    page.goto("/atlas/")
    front = page.get_by_role("group", name="Body chart, front")
    back = page.get_by_role("group", name="Body chart, back")
    for name in ("Head", "Neck", "Shoulder, your left", "Shoulder, your right", "Knee, your left", "Knee, your right"):
        assert front.get_by_role("link", name=name, exact=True).count() == 1
        assert back.get_by_role("link", name=name, exact=True).count() == 1
    assert side_of(page, front, "Knee, your left") == "right"
    assert side_of(page, back, "Knee, your left") == "left"


def side_of(page, figure, name):
    """The half of the picture a region lies in."""
    box, link = figure.bounding_box(), figure.get_by_role("link", name=name, exact=True).bounding_box()
    middle = box["x"] + box["width"] / 2
    return "left" if link["x"] + link["width"] / 2 < middle else "right"


def test_each_figure_is_one_tab_stop_and_arrow_keys_go_to_the_nearest_region(new_page):
    page = new_page(viewport=DESKTOP)
    page.goto("/")
    page.locator(".body-chart__skip").focus()
    assert press(page, "Tab") == "Head"
    assert press(page, "ArrowDown") == "Neck"
    assert press(page, "ArrowDown") == "Chest"
    assert press(page, "ArrowRight") == "Shoulder, your left"
    assert press(page, "ArrowDown") == "Knee, your left"
    assert press(page, "ArrowLeft") == "Knee, your right"
    assert press(page, "Home") == "Head"
    assert press(page, "End") == "Knee, your left"
    assert press(page, "Tab") == "Head"
    assert page.evaluate(f"document.activeElement.closest('{BACK}') !== null")
    assert press(page, "Shift+Tab") == "Knee, your left"
    assert press(page, "Tab", "Tab") is None
    assert page.evaluate("document.activeElement.textContent") == "Head"


def test_enter_follows_and_the_skip_link_goes_to_the_list(new_page):
    page = new_page(viewport=DESKTOP)
    page.goto("/")
    page.locator(".body-chart__skip").focus()
    press(page, "Enter", "Tab")
    assert page.evaluate("document.activeElement.closest('.body-chart__list') !== null")
    page.locator(f"{FRONT} a").first.focus()
    assert press(page, "ArrowDown") == "Neck"
    page.keyboard.press("Enter")
    page.wait_for_url("**/atlas/#neck")


def test_the_list_and_the_drawing_light_each_other_up(new_page):
    page = new_page(viewport=DESKTOP)
    page.goto("/atlas/")
    page.locator(".body-chart__list a", has_text="Neck").focus()
    assert page.locator("svg a.is-lit").count() == 2
    page.locator("h1").click()
    assert page.locator("svg a.is-lit").count() == 0
    page.locator(f"{FRONT} a", has=page.locator("path")).nth(1).hover()
    assert page.locator(".body-chart__list a.is-lit").inner_text() == "Neck"


def test_a_spot_is_marked_reached_by_arrow_keys_and_opened(new_page, spot):
    page = new_page(viewport=DESKTOP)
    page.goto("/atlas/")
    page.locator(f"{BACK} a[tabindex='0']").focus()
    assert press(page, "ArrowDown", "ArrowDown") == "Spot 11: Upper back"
    assert page.get_by_role("link", name="Spot 11: Upper back", exact=True).count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/atlas/upper/")


@pytest.mark.parametrize("path", ["/", "/atlas/"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, NARROW], ids=["desktop", "phone", "narrow"])
def test_the_chart_breaks_no_accessibility_rule_at_any_width(new_page, spot, path, viewport):
    page = new_page(viewport=viewport)
    page.goto(path)
    assert axe(page, ".body-chart") == []
    widest = page.evaluate("document.querySelector('.body-chart__figures').getBoundingClientRect().right")
    assert widest <= viewport["width"]
    assert_clean(page)


def test_a_finger_hits_a_knee_on_the_narrowest_phone(new_page):
    page = new_page(viewport=NARROW, has_touch=True)
    page.goto("/")
    knee = page.locator(f"{FRONT} a[aria-label='Knee, your left']")
    box = knee.bounding_box()
    assert min(box["width"], box["height"]) >= 24
    knee.scroll_into_view_if_needed()
    knee.tap()
    page.wait_for_url("**/atlas/#knee")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colors_shapes_have_outlines_and_the_focused_one_is_highlighted(new_page, scheme):
    page = new_page(viewport=DESKTOP, forced_colors="active", color_scheme=scheme)
    page.goto("/")
    colors = page.evaluate(
        """() => ["Canvas", "CanvasText", "Highlight"].map((name) => {
            const probe = document.body.appendChild(document.createElement("i"));
            probe.style.setProperty("forced-color-adjust", "none");
            probe.style.setProperty("color", name);
            return getComputedStyle(probe).color;
        })"""
    )
    neck = page.locator(f"{FRONT} a[aria-label='Neck']")
    assert neck.evaluate("each => getComputedStyle(each).stroke") == colors[1]
    neck.focus()
    assert neck.evaluate("each => getComputedStyle(each).fill") == colors[2]
    assert page.locator(f"{FRONT} .body-chart__base").evaluate("each => getComputedStyle(each).fill") == colors[0]


def test_the_menu_of_a_phone_works_by_keyboard_and_the_skip_link_comes_first(new_page):
    page = new_page(viewport=PHONE)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.locator(".site-menu summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".site-menu__sheet a", has_text="Articles").is_visible()
