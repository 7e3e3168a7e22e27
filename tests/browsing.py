"""A real browser: Chromium of the machine, watched for what a visitor should never meet.

    def test_the_home_page_is_clean(live_server, page):
        page.goto("/")
        assert axe(page) == []
        assert_clean(page)

Addresses are relative to `live_server`. Take `new_page` instead of `page` for other sizes, no JavaScript, a second
visitor.
"""

import os
import shutil
from functools import wraps
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Keyboard, Locator, Page, expect, sync_playwright

# The same engine without the windows of a desktop needs two thirds of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}

# What a busy machine needs; only a test that fails waits that long.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
ACTIONS = ("check", "click", "dblclick", "press", "select_option", "tap")

# Only what is broken comes back: all that is in order would be half a megabyte of a page, and most of the time.
# Preloading would write the sheets into the page, which our Content-Security-Policy refuses aloud.
AXE = """
context => axe.run(context || document, {preload: false, resultTypes: ["violations"]}).then(results => results.violations)
"""

_problems: dict[Page, list[str]] = {}


def _settling(action):
    """Make an action of the browser end when the page it led to is there: the next line reads that one and not half of it.

    With its sheets, too: without scripts the browser would not wait for them, and whatever measures the page would see half.
    """

    @wraps(action)
    def act(self, *args, **options):
        result = action(self, *args, **options)
        page = self if isinstance(self, Page) else self.page
        if not page.is_closed():
            page.wait_for_load_state("load")
        return result

    return act


for _kind in (Page, Locator):
    for _name in ACTIONS:
        setattr(_kind, _name, _settling(getattr(_kind, _name)))


def _ready(action):
    """Make a key wait until the page it goes to is whole, as a person waits who looks before pressing."""

    @wraps(action)
    def act(self, *args, **options):
        self._page.wait_for_load_state("load")
        return action(self, *args, **options)

    return act


def _keyboard(page):
    keyboard = _KEYBOARD.fget(page)
    keyboard._page = page
    return keyboard


_KEYBOARD = Page.keyboard
Page.keyboard = property(_keyboard)
for _name in ("down", "press", "type"):
    setattr(Keyboard, _name, _ready(getattr(Keyboard, _name)))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser, from CHROMIUM or PATH; a visible skip where there is none."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")
    if not path:
        pytest.skip("no Chromium on PATH (apt install chromium-headless-shell, or chromium), and CHROMIUM names none")
    return path


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


@pytest.fixture
def new_page(browser, live_server):
    """Return a function that opens a page of a new visitor; options are Playwright's: `java_script_enabled=False`."""
    contexts = []

    def open_page(**options):
        context = browser.new_context(
            **{"base_url": live_server.url, "viewport": DESKTOP, "locale": "en-US", **options}
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("page", _watch)
        opened = context.new_page()
        _watch(opened)
        return opened

    yield open_page
    for context in contexts:
        for opened in context.pages:
            _problems.pop(opened, None)
        context.close()


@pytest.fixture
def page(new_page):
    return new_page()


def _watch(page):
    if page in _problems:
        return
    problems = _problems[page] = []
    page.on("console", lambda said: problems.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("request", lambda request: _note_foreign_host(page, request.url, problems))
    page.on("requestfailed", lambda request: _note_failure(request, problems))


def _note_failure(request, problems):
    # A page that is left while its icon still loads aborts that load: the browser's business, and no failure of ours.
    if request.failure != "net::ERR_ABORTED":
        problems.append(f"failed: {request.url} {request.failure}")


def _note_foreign_host(page, url, problems):
    asked = urlsplit(url)
    if asked.scheme in ("http", "https") and asked.hostname not in ("localhost", "127.0.0.1"):
        problems.append(f"foreign host: {url}")


def assert_clean(page: Page, *, besides: str = "") -> None:
    """Fail on console errors, uncaught errors, failed requests and other hosts since the page was opened.

    `besides` is a part of a text that is expected, such as "404" on the page that tests the 404 page.
    """
    page.title()  # a round trip, after which everything said before it has arrived
    unexpected = [problem for problem in _problems[page] if not besides or besides not in problem]
    assert not unexpected, "\n".join(unexpected)


def axe(page: Page, context: str | None = None) -> list[str]:
    """Return the accessibility rules the page breaks, one line each with the first places; none is `[]`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate(AXE, context)
    return [f"{rule['id']} ({rule['impact']}): {_places(rule)}" for rule in violations]


def _places(rule):
    return ", ".join(str(node["target"][0]) for node in rule["nodes"][:5])


def scrolls_sideways(page: Page) -> bool:
    """True when the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
