"""security.txt: whom to tell of a hole, by RFC 9116."""

import datetime as dt

import pytest

from clinic import security_txt
from tests.cast import NOW

HOUR = dt.timedelta(hours=1)


def fields(text):
    return [tuple(line.split(": ", 1)) for line in text.splitlines()]


def test_it_says_whom_to_tell_until_when_in_which_language_and_where_it_stands(client, settings, time_machine):
    time_machine.move_to(NOW, tick=False)
    settings.CLINIC_BASE_URL = "https://clinic.example.com/"
    settings.CLINIC_SECURITY_CONTACT = "security@clinic.example.com"

    response = client.get("/.well-known/security.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert fields(response.content.decode()) == [
        ("Contact", "mailto:security@clinic.example.com"),
        ("Expires", "2026-08-29T00:00:00Z"),
        ("Preferred-Languages", "en"),
        ("Canonical", "https://clinic.example.com/.well-known/security.txt"),
    ]


def test_it_expires_within_a_year_and_is_the_same_all_day():
    morning, night = NOW, NOW + 10 * HOUR

    assert security_txt.text(now=morning) == security_txt.text(now=night)
    assert security_txt.text(now=morning) != security_txt.text(now=night + 14 * HOUR)
    expires = dt.datetime.fromisoformat(dict(fields(security_txt.text(now=NOW)))["Expires"])
    assert NOW + dt.timedelta(days=150) < expires < NOW + dt.timedelta(days=365)


@pytest.mark.parametrize(
    ("said", "contact"),
    [
        ("", "mailto:hello@clinic.example.com"),
        ("security@clinic.example.com", "mailto:security@clinic.example.com"),
        ("mailto:security@clinic.example.com", "mailto:security@clinic.example.com"),
        ("https://clinic.example.com/security", "https://clinic.example.com/security"),
    ],
)
def test_the_contact_is_a_uri_and_somebody_reads_it(said, contact, settings):
    settings.DEFAULT_FROM_EMAIL = "The Clinic <hello@clinic.example.com>"
    settings.CLINIC_SECURITY_CONTACT = said

    assert security_txt.contact() == contact


def test_the_old_address_leads_there(client):
    response = client.get("/security.txt")

    assert (response.status_code, response.url) == (302, "/.well-known/security.txt")
