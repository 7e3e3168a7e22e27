"""From an invitation to sharing a computer, in a real browser without JavaScript."""

import pytest

from clinic.staff import factors, seats
from tests import cast
from tests.browsing import DESKTOP, PHONE, assert_clean, axe, scrolls_sideways
from tests.cast import NOW
from tests.clinic.staff.people import PASSWORD, code_for_key, codes_on, enter_fully, invited, key_on, with_app
from tests.journeys.test_staff import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1280", "390"])


@pytest.fixture(autouse=True)
def _strict(settings, time_machine):
    settings.CLINIC_SECOND_FACTOR = True
    time_machine.move_to(NOW)


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def fill(page, **fields):
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)


def good(page, *, java_script):
    """Nothing broken, nothing wider than the window; axe needs JavaScript."""
    assert_clean(page)
    if java_script:
        assert axe(page) == []
        assert not scrolls_sideways(page)


@SIZES
@pytest.mark.parametrize("java_script", [True, False], ids=["script", "no script"])
def test_from_the_invitation_to_taking_over_by_pin(java_script, size, new_page):
    page = new_page(java_script_enabled=java_script, viewport=size)
    cast.open_clinic()  # the desk's day is where a sign-in leads
    _nia, token = invited(name="Nia Newcomer")
    # Given Nia, who accepted her invitation and has set a PIN
    accept(page, token, java_script=java_script)
    set_pin(page, java_script=java_script)
    # When she locks the screen, and a colleague signs in with a password and a recovery code
    page.goto("/switch/")
    press(page, "Lock this screen")
    sign_in_beside(page, java_script=java_script)
    assert "Rosa Desk" in page.content()
    # Then Nia takes over by PIN, at the second try
    page.goto("/switch/")
    good(page, java_script=java_script)
    take_over(page, "1111")
    good(page, java_script=java_script)
    take_over(page, "8305")
    page.goto("/account/")
    assert "Nia Newcomer" in page.content()


def test_a_sheet_that_comes_late_lets_bootstrap_ask_for_nothing_our_policy_refuses(new_page, live_server, client):
    nia = with_app(name="Nia Newcomer")
    seats.set_pin(nia, "8305")
    enter_fully(client, nia)
    client.post("/switch/lock/")
    page, late = new_page(), []
    page.context.add_cookies(
        [{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()]
    )
    page.goto("/switch/")
    page.route("**/clinic/bootstrap.css", lambda route: late.append(route))
    page.get_by_label("Nia Newcomer").check()
    fill(page, pin="1111")
    with page.expect_response("**/bootstrap.min.css"), page.expect_navigation(wait_until="commit"):
        page.get_by_role("button", name="Continue").click(no_wait_after=True)
    # Whatever is measured before the last sheet is there makes the browser draw with those it has.
    page.get_by_label("PIN").bounding_box()
    late[0].continue_()
    page.wait_for_load_state("load")
    good(page, java_script=True)


def accept(page, token, *, java_script):
    page.goto(f"/invitation/{token}/")
    good(page, java_script=java_script)
    fill(page, new_password1=PASSWORD, new_password2=PASSWORD)
    press(page, "Continue")
    good(page, java_script=java_script)
    fill(page, code=code_for_key(key_on(page.content())))
    press(page, "Continue")
    assert len(codes_on(page.content())) == 10
    good(page, java_script=java_script)


def set_pin(page, *, java_script):
    page.goto("/account/")
    good(page, java_script=java_script)
    with page.expect_navigation():
        page.get_by_role("link", name="Set a PIN for shared computers").click()
    good(page, java_script=java_script)
    fill(page, pin="8305", pin_again="8305", password=PASSWORD)
    press(page, "Save")
    assert "Your PIN is set." in page.content()


def sign_in_beside(page, *, java_script):
    rosa = with_app(name="Rosa Desk")
    code = factors.new_recovery_codes(rosa)[0]
    with page.expect_navigation():
        page.get_by_role("link", name="Sign in with a password").click()
    fill(page, username=rosa.email, password=PASSWORD)
    press(page, "Sign in")
    good(page, java_script=java_script)
    fill(page, code=code)
    press(page, "Continue")
    page.goto("/account/")


def take_over(page, pin):
    page.get_by_label("Nia Newcomer").check()
    fill(page, pin=pin)
    press(page, "Continue")


@SIZES
def test_the_pages_managers_press_are_clean(size, new_page, live_server, settings):
    settings.CLINIC_SECOND_FACTOR = False
    manager, user = with_app("Manager"), with_app(name="Rosa Desk")
    page = new_page(viewport=size)
    page.context.add_cookies([{"name": "session", "value": session_of(manager), "url": live_server.url}])
    for verb in ("invite", "sign-out", "leave"):
        page.goto(f"/admin/clinic/user/{user.pk}/{verb}/")
        good(page, java_script=True)
    page.goto(f"/admin/clinic/user/{user.pk}/invite/")
    press(page, "Invite again")
    assert "/invitation/" in page.content()
    good(page, java_script=True)


@SIZES
@pytest.mark.parametrize("address", ["/account/password/", "/account/recovery-codes/", "/invitation/no-such-token/"])
def test_the_other_pages_are_clean(address, size, new_page, live_server, settings):
    settings.CLINIC_SECOND_FACTOR = False
    page = new_page(viewport=size)
    page.context.add_cookies([{"name": "session", "value": session_of(with_app()), "url": live_server.url}])
    page.goto(address)
    assert axe(page) == []
    assert not scrolls_sideways(page)
