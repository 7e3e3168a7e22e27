"""What every test may use: the database of the run, real servers, a real browser.

`pytest --engine=postgresql` runs only what is marked `engine`, on a PostgreSQL started for the run. Without it
everything runs on SQLite, on a file and with the settings of production, so that other processes can take part.
"""

import os
import shutil
import tempfile
from importlib import import_module
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test.utils import override_settings

from tests import engines, processes
from tests.browsing import browser, chromium, new_page, page  # noqa: F401  (fixtures)
from tests.mailbox import Mailbox

FAST = {
    # Pages in tests need no `collectstatic`; `web_server` has the real storage, hashed names and all.
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
}


# --- Before Django reads its settings -------------------------------------------------------------------------------


def pytest_addoption(parser):
    parser.addoption("--engine", choices=["sqlite", "postgresql"], default="sqlite", help="the database of the run")


def pytest_configure(config):
    if settings.configured:
        raise pytest.UsageError("settings were read before the run chose its database: unset DJANGO_SETTINGS_MODULE")
    if not hasattr(config, "workerinput"):
        _prepare_run(config)
    _prepare_process()
    django.setup()
    import_module("tests.emptying").quickly()
    # Worker processes inherit the environment, and would read the settings before they have files of their own.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def _prepare_run(config):
    """Once for all worker processes: a folder, and a PostgreSQL when one is asked for."""
    folder = Path(tempfile.mkdtemp(prefix="clinic-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["CLINIC_TEST_FOLDER"] = str(folder)
    os.environ["CLINIC_TEST_REDIS"] = os.environ.pop("REDIS_URL", "")
    if config.getoption("engine") == "sqlite":
        os.environ["DATABASE_URL"] = "sqlite://"
    elif not engines.foreign_postgresql():
        server = engines.PostgreSQL(folder / "postgresql")
        config.add_cleanup(server.stop)
        os.environ["DATABASE_URL"] = server.url


def _prepare_process():
    """Once for each worker process: its own files, so that no two share a database or a queue."""
    folder = Path(os.environ["CLINIC_TEST_FOLDER"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder.mkdir()
    os.environ["CLINIC_VAR"] = str(folder)
    if os.environ["DATABASE_URL"].startswith("sqlite:"):
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'db.sqlite3'}"
    os.environ["REDIS_URL"] = os.environ["EMAIL_URL"] = ""
    os.environ["DEBUG"] = "false"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in the thread of the test
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"


def pytest_collection_modifyitems(config, items):
    soaking = "soak" in config.getoption("markexpr")
    on_postgresql = config.getoption("engine") == "postgresql"
    chosen = [item for item in items if _belongs(item, soaking=soaking, on_postgresql=on_postgresql)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def _belongs(item, *, soaking, on_postgresql):
    if item.get_closest_marker("soak") and not soaking:
        return False
    return bool(item.get_closest_marker("engine")) or not on_postgresql


# --- Settings and database ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _fast_settings(django_test_environment):
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns where there is none
    with override_settings(**FAST):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """SQLite on a file of this worker process: in memory no second process could see it."""
    default = settings.DATABASES["default"]
    if default["ENGINE"] == "django.db.backends.sqlite3":
        default.setdefault("TEST", {})["NAME"] = str(settings.VAR_DIR / "test.sqlite3")
    else:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        default.setdefault("TEST", {})["NAME"] = f"test_clinic_{os.getpid()}_{worker}"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture(autouse=True)
def _numbers_from_the_beginning():
    """Names and slugs do not depend on which tests a worker process ran before."""
    import_module("tests.factories").begin_again()


# --- Servers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def redis_server(tmp_path):
    """A real Redis: `url`, and `stop()`, `start()`, `pause()`, `resume()` for the bad days."""
    foreign = os.environ["CLINIC_TEST_REDIS"]
    server = engines.ForeignRedis(foreign) if foreign else engines.Redis(tmp_path)
    server.start()
    yield server
    if not foreign:
        server.stop()


@pytest.fixture
def smtp_sink(settings):
    """A real SMTP server that keeps what it is sent, and that Django's mail goes to during the test."""
    with Mailbox() as mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = mailbox.host, mailbox.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield mailbox


@pytest.fixture(scope="session")
def collected_static(django_test_environment):
    """The static files as production serves them, for the processes of `web_server`."""
    with override_settings(STORAGES=_storages_of_production()):
        call_command("collectstatic", interactive=False, verbosity=0)


def _storages_of_production():
    return import_module("clinic.settings").STORAGES


@pytest.fixture
def start_web(transactional_db, collected_static):
    """A context manager around a real gunicorn on the test's database: `with start_web(REDIS_URL=...) as url`."""
    return processes.serving


@pytest.fixture
def web_server(start_web):
    """The address of a real gunicorn on the test's database, such as http://127.0.0.1:43210."""
    with start_web() as url:
        yield url
