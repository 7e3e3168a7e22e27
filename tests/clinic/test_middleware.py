"""A staff session ends by itself, private pages are kept by nobody, a log line has no addresses."""

import datetime as dt
import logging

import pytest

from clinic import roles
from tests import cast
from tests.cast import NOW
from tests.desk import member

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def ortiz(client):
    clinic = cast.open_clinic()
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    return client


def walk(client, time_machine, minutes, **headers):
    """Open the schedule at each of these minutes after NOW; return the statuses."""
    statuses = []
    for minute in minutes:
        time_machine.move_to(NOW + minute * MINUTE, tick=False)
        statuses.append(client.get("/schedule/", headers=headers).status_code)
    return statuses


def test_a_session_ends_after_15_idle_minutes(ortiz, time_machine):
    assert walk(ortiz, time_machine, [0, 14, 29, 45]) == [200, 200, 200, 302]
    assert ortiz.get("/schedule/").url == "/sign-in/?next=/schedule/"


def test_a_page_that_polls_does_not_keep_a_session_alive(ortiz, time_machine):
    assert walk(ortiz, time_machine, [0]) == [200]
    assert walk(ortiz, time_machine, [5, 10, 15, 16], **{"X-Polling": "1"}) == [200, 200, 200, 302]


def test_a_session_ends_after_a_working_day_however_busy(ortiz, time_machine):
    statuses = walk(ortiz, time_machine, range(0, 12 * 60 + 11, 10))
    assert statuses == [200] * 73 + [302]


def test_the_end_of_a_session_leads_back_to_the_page_after_signing_in(ortiz, time_machine):
    walk(ortiz, time_machine, [0])
    time_machine.move_to(NOW + 16 * MINUTE, tick=False)
    assert ortiz.get("/schedule/2026-03-05/").url == "/sign-in/?next=/schedule/2026-03-05/"


def test_an_account_that_is_switched_off_is_out_at_once(ortiz, time_machine):
    walk(ortiz, time_machine, [0])
    user = member(roles.EDITOR)
    ortiz.force_login(user)
    user.is_active = False
    user.save()
    assert ortiz.get("/admin/").status_code == 302


@pytest.mark.parametrize("address", ["/schedule/", "/book/", "/appointments/", "/admin/", "/sign-in/"])
def test_private_pages_are_stored_by_nobody_and_found_by_no_search_engine(address, client):
    response = client.get(address)
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("no-store, private", "noindex")


def test_staff_pages_say_where_one_came_from_to_ourselves_only(ortiz):
    assert ortiz.get("/schedule/")["Referrer-Policy"] == "same-origin"


def test_a_log_line_names_the_view_never_the_address(ortiz, caplog):
    with caplog.at_level(logging.INFO, logger="clinic.request"):
        ortiz.get("/schedule/2026-03-05/?q=Ada")
    [line] = [record.getMessage() for record in caplog.records if record.name == "clinic.request"]
    assert line.rsplit(" ", 1)[0] == "GET schedule-day 200"


def test_a_body_that_is_not_utf_8_is_a_bad_request(client, db):
    body = b'--B\r\nContent-Disposition: form-data; name="name"\r\n\r\n+2AA-\r\n--B--\r\n'
    kinds = ("base64", "utf-7", "unicode_escape", "utf-8")
    answers = [
        client.generic("POST", "/call-me/", body, f"multipart/form-data; boundary=B; charset={kind}") for kind in kinds
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 200]
