"""Every unsafe setting has a name: a safe clinic is quiet, and each of these alone is called by its id."""

import re
import subprocess
import sys

import pytest

from clinic import checks, hazards
from clinic.demo.accounts import DEMO_EMAILS
from clinic.hazards.table import BOUNDS, HAZARDS
from tests.clinic import production
from tests.factories import UserFactory
from tests.processes import ROOT

POSTGRESQL, REDIS = "postgres://clinic:secret@db/clinic", "redis://queue:6379/0"
POSTGRESQL_FAR = "postgres://clinic:secret@db.riverside.test/clinic"
UNSAFE = [
    ("E002", {"DEBUG": "true"}),
    ("E004", {"CLINIC_CLOCK_FILE": "/tmp/clock"}),
    ("E005", {"CLINIC_SMS_URL": "twilio+http://sid:token@127.0.0.1:9/"}),
    ("E006", {"SECRET_KEY": f"changeme-{production.KEY}"}),
    ("E006", {"SECRET_KEY": f"your-secret-key-{production.KEY}"}),
    ("E007", {"REDIS_URL": REDIS}),
    ("E008", {"CLINIC_DAY_SHEETS": "{var}/static/sheets"}),
    ("E008", {"CLINIC_BACKUPS": "{var}/static"}),
    ("E009", {"CLINIC_TIME_ZONE": "America/Riverside"}),
    ("W001", {"CLINIC_HTTPS": "false"}),
    ("W002", {"EMAIL_URL": ""}),
    ("W002", {"EMAIL_URL": "consolemail://"}),
    ("W003", {"CLINIC_PING_URL": "http://alive.riverside.test"}),
    ("W004", {"CLINIC_SECOND_FACTOR": "false"}),
    ("W005", {"SECRET_KEY": "", "DATABASE_URL": POSTGRESQL, "REDIS_URL": REDIS}),
    ("W006", {"ALLOWED_HOSTS": "*"}),
    ("W007", {"CLINIC_BASE_URL": ""}),
    ("W007", {"CLINIC_BASE_URL": "http://127.0.0.1:8000"}),
    ("W007", {"CLINIC_BASE_URL": "https://clinic.elsewhere.test"}),
    ("W008", {"CLINIC_BASE_URL": "http://clinic.riverside.test"}),
    ("W009", {"DATABASE_URL": POSTGRESQL}),
    ("W010", {"CLINIC_PROXY_COUNT": "0"}),
    ("W011", {"CLINIC_BEHIND_PROXY": "false"}),
    ("W012", {"CLINIC_TRUSTED_ORIGINS": "http://clinic.riverside.test"}),
    ("W012", {"CLINIC_TRUSTED_ORIGINS": "https://*.riverside.test"}),
    ("W013", {"EMAIL_URL": "smtp://user:secret@mail.riverside.test:25"}),
    ("W014", {"CLINIC_FROM_EMAIL": "Riverside <appointments@riverside.example.com>"}),
    ("W014", {"CLINIC_FROM_EMAIL": "Riverside"}),
    ("W015", {"CLINIC_FROM_EMAIL": "Riverside Pain Clinic <appointments@riverside.test>"}),
    ("W016", {"CLINIC_NEUTRAL_NAME": "Riverside PainCare"}),
    ("W017", {"CLINIC_NAME": "Riverbend Pain Clinic"}),
    ("W017", {"CLINIC_NEUTRAL_NAME": "Riverbend"}),
    ("W018", {"DATABASE_URL": POSTGRESQL_FAR, "REDIS_URL": REDIS}),
    ("W018", {"DATABASE_URL": f"{POSTGRESQL_FAR}?sslmode=prefer", "REDIS_URL": REDIS}),
    ("W019", {"DATABASE_URL": POSTGRESQL, "REDIS_URL": "redis://queue.riverside.test:6379/0"}),
    ("W020", {"CLINIC_BACKUP_RECIPIENT": ""}),
    ("W020", {"CLINIC_BACKUP_RECIPIENT": "AGE-SECRET-KEY-1QQQQ"}),
    ("W021", {"CLINIC_REHEARSAL": "true", "EMAIL_URL": ""}),
    ("W022", {"CLINIC_PHONE_REGION": "XX"}),
    ("W023", {"CLINIC_BOUNCE_KEY": "guess-me"}),
    ("W024", {"CLINIC_LOG_LEVEL": "DEBUG"}),
    ("W027", {"CLINIC_REHEARSAL": "true"}),
    ("W026", {"CLINIC_BACKUPS": "{var}/backups"}),
    *((bound.id.removeprefix("clinic."), {bound.setting: str(bound.highest + 1)}) for bound in BOUNDS),
    *((bound.id.removeprefix("clinic."), {bound.setting: str(bound.lowest - 1)}) for bound in BOUNDS),
]
SAFE_AS_WELL = [
    {"DATABASE_URL": POSTGRESQL, "REDIS_URL": REDIS},
    {
        "DATABASE_URL": f"{POSTGRESQL_FAR}?sslmode=verify-full",
        "REDIS_URL": "rediss://:secret@queue.riverside.test:6380/0",
    },
    {
        "DATABASE_URL": "postgres:///clinic?host=/run/postgresql",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "SECRET_KEY": "",
    },
    {"EMAIL_URL": "smtp://localhost:25"},
    {"CLINIC_NEUTRAL_NAME": "Spain Street"},
    {"CLINIC_BOUNCE_KEY": production.KEY},
]


def ids(messages):
    return [message.id for message in messages]


def found(folder, **more):
    unsafe = {name: value.format(var=folder) for name, value in more.items()}
    return ids(hazards.found(production.settings_of(folder, **unsafe)))


# --- The settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, *SAFE_AS_WELL])
def test_safe_settings_are_quiet(tmp_path, more):
    assert found(tmp_path, **more) == []


@pytest.mark.parametrize(("id_", "more"), UNSAFE)
def test_each_unsafe_setting_alone_is_called_by_its_id(tmp_path, id_, more):
    assert found(tmp_path, **more) == [f"clinic.{id_}"]


def test_a_folder_that_others_may_look_into_is_named(tmp_path):
    tmp_path.chmod(0o755)

    assert found(tmp_path) == ["clinic.W025"]


def test_every_hazard_has_a_row_a_cause_and_a_next_step():
    shown = [hazard.message for hazard in HAZARDS] + [bound.message(0) for bound in BOUNDS]

    assert {message.id for message in shown} == {"clinic.W025", *(f"clinic.{id_}" for id_, _more in UNSAFE)}
    assert len(shown) == len({message.id for message in shown})
    assert [message.id for message in shown if not (message.msg and message.hint)] == []


def test_on_this_machine_alone_nothing_is_wrong(settings):
    settings.ALLOWED_HOSTS, settings.DEBUG = ["localhost", "127.0.0.1"], True

    assert ids(checks.settings_are_safe(None)) == []


# --- As it is typed -------------------------------------------------------------------------------------------------


def check(folder, **more):
    command = [sys.executable, "manage.py", "check", "--deploy", "--database", "default", "--fail-level", "WARNING"]
    environment = production.environment(folder, **more)
    return subprocess.run(command, check=False, env=environment, cwd=ROOT, capture_output=True, text=True)


def test_the_deploy_check_of_a_safe_clinic_says_nothing_and_ends_well(tmp_path):
    outcome = check(tmp_path)

    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout == "System check identified no issues (0 silenced).\n"


def test_what_is_unsafe_is_named_by_id_and_stops_the_deploy_check(tmp_path):
    outcome = check(tmp_path, SECRET_KEY="short-and-sweet", CLINIC_FORM_SECONDS="0", CLINIC_NEUTRAL_NAME="Spine Center")

    assert outcome.returncode == 1
    assert re.findall(r"\((\w+\.[EW]\d+)\)", outcome.stderr) == ["clinic.W016", "clinic.W033", "security.W009"]
    assert outcome.stderr.count("HINT:") == 2  # Django's own says what to do in its first sentence


# --- The database ---------------------------------------------------------------------------------------------------


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
