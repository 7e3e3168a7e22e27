"""The sheet on real paper and the week on real screens: Chromium prints and shows them."""

import datetime as dt
import re

import pytest

from bookings.desk import paper
from bookings.models import TimeOff
from clinic import roles
from tests import cast
from tests.bookings.desk.test_sheets import ADDRESS, put
from tests.browsing import PHONE, assert_clean, axe
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TODAY = dt.date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def signed_in(client, live_server):
    """Return a function that makes a page one of the front desk's."""

    def sign_in(page):
        client.force_login(member(roles.FRONT_DESK))
        page.context.add_cookies(
            [{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}]
        )

    return sign_in


@pytest.fixture
def crowded(clinic):
    """A day whose every field is as long as it may be, in the widest letters."""
    clinic.ada.first_name, clinic.ada.last_name, clinic.ada.alert = "W" * 80, "M" * 80, "W" * 300
    clinic.ada.phone = "+12125550142"
    clinic.ada.save()
    clinic.consultation.name = "Very long " * 8
    clinic.consultation.save()
    night = at("2026-03-02", "00:00"), at("2026-03-03", "00:00")
    TimeOff.objects.create(location=clinic.house, kind="closure", note="W" * 120, start=night[0], end=night[1])
    put(clinic, 7)
    put(clinic, 8, status="cancelled")
    ben = clinic.ben
    ben.alert = "Uses a wheelchair. " * 4
    ben.save()
    put(clinic, 20, patient=ben, phone_to_confirm=True)
    return clinic


@pytest.mark.parametrize("paper_size", ["Letter", "A4"])
@pytest.mark.parametrize("minimal", [False, True])
def test_the_printer_makes_as_many_pages_as_the_sheet_says(paper_size, minimal, crowded, new_page, tmp_path):
    sheet = paper.compose(crowded.house, TODAY, minimal=minimal)
    file = tmp_path / "sheet.html"
    file.write_text(paper.as_file(sheet, now=NOW), encoding="utf-8")
    page = new_page()
    page.goto(file.as_uri())
    printed = page.pdf(format=paper_size)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == len(sheet.pages)
    assert_clean(page)


def test_nothing_on_a_sheet_is_taller_than_its_place(crowded, new_page, tmp_path):
    """The height of every line is what `paper` counts with, and the last of a full sheet stays above the foot."""
    file = tmp_path / "sheet.html"
    file.write_text(paper.as_file(paper.compose(crowded.house, TODAY), now=NOW), encoding="utf-8")
    page = new_page()
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll(".sheet")].filter((sheet) => {
            const foot = sheet.querySelector(".sheet-foot");
            return foot.previousElementSibling.getBoundingClientRect().bottom > foot.getBoundingClientRect().top + 0.5;
        }).length"""
    )
    alerts = page.evaluate(
        "() => [...document.querySelectorAll('.sheet-alert')].map((each) => each.scrollHeight - each.clientHeight)"
    )
    assert (overlaps, max(alerts)) == (0, 0)


def test_the_page_is_clean_and_has_a_button_to_print(crowded, new_page, signed_in):
    page = new_page()
    signed_in(page)
    page.goto(ADDRESS)
    assert page.get_by_role("button", name="Print").is_visible()
    assert axe(page) == []
    assert_clean(page)


def test_without_javascript_the_page_says_which_keys_print(clinic, new_page, signed_in):
    page = new_page(java_script_enabled=False)
    signed_in(page)
    page.goto(ADDRESS)
    assert page.get_by_text("Press Ctrl+P").is_visible()
    assert not page.get_by_role("button", name="Print").is_visible()


# --- The week ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, {"width": 1920, "height": 1080}, PHONE])
def test_the_week_is_clean_and_no_wider_than_the_window(size, clinic, new_page, signed_in):
    book(clinic, at("2026-03-03", "10:00"))
    TimeOff.objects.create(
        location=clinic.house, kind="holiday", start=at("2026-03-04", "00:00"), end=at("2026-03-05", "00:00")
    )
    page = new_page(viewport=size)
    signed_in(page)
    page.goto("/admin/week/")
    assert page.locator(".week").evaluate("(week) => week.getBoundingClientRect().right <= window.innerWidth")
    assert axe(page, ".week") == []
    assert_clean(page)


def test_keys_lead_to_the_weeks_beside_this_one(clinic, new_page, signed_in):
    page = new_page()
    signed_in(page)
    page.goto("/admin/week/")
    for key, address in [("Period", "2026-03-09/"), ("Period", "2026-03-16/"), ("Comma", "2026-03-09/"), ("KeyT", "")]:
        page.keyboard.press(f"Alt+{key}")
        page.wait_for_url(f"**/admin/week/{address}?location=harbor-street")
    assert_clean(page)
