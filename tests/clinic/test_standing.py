"""Every page of a copy says that it is none of the clinic itself."""

import pytest
from django.conf import settings as of_the_run
from django.http import HttpResponse

from bookings.desk import paper
from clinic import roles
from clinic.rehearsal.middleware import not_for_robots
from tests import cast, desk

SAID = "Rehearsal: a copy.</b> Nothing here is real and nothing is sent."


@pytest.fixture
def pages(db, client):
    """Return the pages of the public, of the desk and of a clinician, each as its reader gets it."""
    roles.apply_roles()
    clinic = cast.open_clinic()
    readers = {
        "/": None,
        "/contact/": None,
        "/no-such-page/": None,
        "/sign-in/": None,
        "/admin/day/": desk.member(roles.FRONT_DESK),
        "/schedule/": desk.member(roles.CLINICIAN, clinician=clinic.ortiz),
        "/admin/bookings/patient/add/?_popup=1": desk.member(roles.MANAGER),
    }

    def page(path):
        client.logout()
        if readers[path]:
            client.force_login(readers[path])
        return client.get(path).content.decode()

    return {path: lambda path=path: page(path) for path in readers}


def test_every_page_of_a_rehearsal_says_so_and_no_other_does(pages, settings):
    assert {path: SAID in page() for path, page in pages.items()} == dict.fromkeys(pages, False)

    settings.CLINIC_REHEARSAL = True

    assert {path: page().count(SAID) for path, page in pages.items()} == dict.fromkeys(pages, 1)


def test_every_page_of_the_demo_says_that_its_people_are_invented(pages, settings):
    settings.CLINIC_DEMO = True

    assert {path: page().count("Demo: invented people.</b>") for path, page in pages.items()} == dict.fromkeys(pages, 1)


@pytest.mark.parametrize(("setting", "words"), [
    ("CLINIC_REHEARSAL", "<b>Rehearsal: a copy</b>, "), ("CLINIC_DEMO", "<b>Demo: invented people</b>, "),
])  # fmt: skip
def test_a_day_sheet_on_disk_says_so_on_each_page(setting, words, db, settings):
    sheet = paper.compose(cast.open_clinic().house, cast.TODAY)
    assert words not in paper.as_file(sheet, now=cast.NOW)

    setattr(settings, setting, True)

    assert paper.as_file(sheet, now=cast.NOW).count(words) == len(sheet.pages)


def test_search_engines_are_asked_to_keep_nothing_of_it(rf):
    answer = not_for_robots(lambda request: HttpResponse())(rf.get("/"))

    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "clinic.rehearsal.middleware.not_for_robots" not in of_the_run.MIDDLEWARE
