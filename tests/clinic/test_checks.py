import pytest

from clinic import checks
from clinic.demo.accounts import DEMO_EMAILS
from tests.factories import UserFactory


def ids(messages):
    return [message.id for message in messages]


def test_on_this_machine_alone_nothing_is_wrong(settings):
    settings.ALLOWED_HOSTS, settings.DEBUG = ["localhost", "127.0.0.1"], True

    assert ids(checks.settings_are_safe(None)) == []


def test_for_other_hosts_every_unsafe_setting_is_named(settings):
    settings.ALLOWED_HOSTS, settings.CLINIC_HTTPS, settings.EMAIL_URL = ["clinic.example.com"], False, ""
    settings.DEBUG, settings.CLINIC_CLOCK_FILE = True, "/tmp/clock"
    settings.CLINIC_SMS_URL, settings.CLINIC_PING_URL = (
        "twilio+http://sid:token@127.0.0.1:9/",
        "http://alive.example.com",
    )

    named = ["clinic.W001", "clinic.W002", "clinic.E002", "clinic.E004", "clinic.E005", "clinic.W003", "clinic.W004"]
    assert ids(checks.settings_are_safe(None)) == named


def test_safe_settings_for_other_hosts_are_quiet(settings):
    settings.ALLOWED_HOSTS, settings.CLINIC_HTTPS = ["clinic.example.com"], True
    settings.EMAIL_URL = "smtp+tls://user:password@mail.example.com:587"
    settings.CLINIC_SECOND_FACTOR = True

    assert ids(checks.settings_are_safe(None)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hosts", "debug", "active", "found"),
    [
        (["clinic.example.com"], False, True, ["clinic.E001"]),
        (["clinic.example.com"], False, False, []),
        (["clinic.example.com"], True, True, []),
        (["localhost"], False, True, []),
    ],
)
def test_demo_accounts_are_refused_where_others_can_sign_in(settings, hosts, debug, active, found):
    settings.ALLOWED_HOSTS, settings.DEBUG = hosts, debug
    UserFactory(email=DEMO_EMAILS[0], is_active=active)

    assert ids(checks.no_demo_accounts(None, databases=["default"])) == found


@pytest.mark.django_db
def test_both_engines_can_guard():
    assert ids(checks.database_can_guard(None, databases=["default"])) == []
