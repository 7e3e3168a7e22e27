"""The browser that tests drive is a real one, and what a visitor should never meet is noticed."""

import pytest

from tests.browsing import NARROW, PHONE, assert_clean, axe, scrolls_sideways

pytestmark = pytest.mark.browser

PAGE = "<!doctype html><html lang='en'><title>A page</title><main><h1>A page</h1>{}</main></html>"


@pytest.fixture
def show(live_server):
    """Show a body on a page at the address of the server, without the server's own pages having a say."""

    def show_on(page, body):
        page.route("**/made-up/", lambda route: route.fulfill(body=PAGE.format(body), content_type="text/html"))
        page.goto("/made-up/")

    return show_on


def test_a_plain_page_is_clean_and_accessible(page, show):
    show(page, "<p>Words.</p>")

    assert axe(page) == []
    assert_clean(page)


def test_an_unlabelled_field_is_an_accessibility_problem(page, show):
    show(page, "<input name='reason'>")

    assert axe(page) == ["label (critical): input"]


def test_an_error_on_the_console_is_noticed(page, show):
    show(page, "<script>console.error('broken')</script>")

    with pytest.raises(AssertionError, match="console: broken"):
        assert_clean(page)
    assert_clean(page, besides="broken")


def test_a_request_to_another_host_is_noticed(page, show):
    page.route("https://tracker.example.com/**", lambda route: route.fulfill(body="", content_type="image/png"))
    show(page, "<img alt='' src='https://tracker.example.com/pixel.png'>")

    with pytest.raises(AssertionError, match="foreign host: https://tracker"):
        assert_clean(page)


def test_a_page_too_wide_for_its_window_is_noticed(new_page, show):
    narrow = new_page(viewport=NARROW)
    show(narrow, f"<pre>{'wide ' * 100}</pre>")

    assert scrolls_sideways(narrow) is True


def test_two_visitors_share_nothing(new_page, show):
    first, second = new_page(), new_page(viewport=PHONE, java_script_enabled=False)
    for visitor in (first, second):
        show(visitor, "<p>Words.</p>")
    first.context.add_cookies([{"name": "seen", "value": "yes", "url": first.url}])

    assert second.context.cookies() == []
