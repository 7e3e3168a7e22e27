"""Settings: one file, read from the environment, working after clone with nothing set.

Every variable is listed in `.env.example`. What is unsafe in production is found by `manage.py check` (`clinic/checks.py`).
"""

import contextlib
import os
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels
from django.utils.translation import gettext_lazy as _
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env.str("CLINIC_VAR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key_from_file(path: Path) -> str:
    """Return the key kept beside the data: written once, whole, and readable by its owner only."""
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(handle, "w") as new:
            new.write(secrets.token_urlsafe(50))
        # A link appears whole or not at all, so that two processes started together agree on one key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text().strip()


# --- Ground ---------------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _secret_key_from_file(VAR_DIR / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CLINIC_TRUSTED_ORIGINS", default=[])

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["clinic.accounts.StaffBackend"]

INSTALLED_APPS = [
    "django_otp",
    "django_otp.plugins.otp_totp",  # before ours, which takes its page out of the admin
    "clinic.apps.ClinicConfig",
    "bookings.apps.BookingsConfig",
    "treatments.apps.TreatmentsConfig",
    "clinic.apps.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.humanize",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "heroicons",
    "js_lib_bootstrap5",
    "phonenumber_field",
    "simple_history",
]

MIDDLEWARE = [
    "clinic.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "clinic.middleware.utf8_only",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.middleware.staff_session",
    "clinic.middleware.private_pages",
    "clinic.staff.middleware.second_factor",
    "clinic.middleware.moved_pages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "clinic.middleware.access_record",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "treatments.context.clinic",
                "clinic.standing.standing",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
MESSAGE_TAGS = {message_levels.ERROR: "error danger"}  # the admin's word, and the site's own

# --- Databases ------------------------------------------------------------------------------------------------------

if os.environ.get("DATABASE_URL") == "":  # empty is as good as not there, as for the others
    del os.environ["DATABASE_URL"]
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN, so that `timeout` is honored; the default fails concurrent writers at once.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CLINIC_DB_CONNECTION_SECONDS", default=600)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Time and language ----------------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = env.str("CLINIC_TIME_ZONE", default="America/New_York")
LANGUAGE_CODE = "en-us"
# A language is offered when all of it is translated; half of one would mix two on a page.
LANGUAGES = [("en-us", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
PHONENUMBER_DEFAULT_REGION = env.str("CLINIC_PHONE_REGION", default="US")
PHONENUMBER_DEFAULT_FORMAT = "NATIONAL"

# --- Static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "clinic" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Pictures: made by `treatments.pictures`, served by its own view, so that no other file can be asked for.
MEDIA_URL = "media/"
MEDIA_ROOT = VAR_DIR / "media"

# --- Sign-in and sessions -------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "after-sign-in"
LOGOUT_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = (
    20 * 3600
)  # a form may rest for 20 hours (NHS); staff sessions end much sooner, see clinic.middleware
CLINIC_STAFF_IDLE_SECONDS = env.int("CLINIC_STAFF_IDLE_SECONDS", default=15 * 60)
CLINIC_STAFF_SESSION_SECONDS = env.int("CLINIC_STAFF_SESSION_SECONDS", default=12 * 3600)
# The password alone opens the clinic on the computer it runs on, for the demo; where others reach it, a code is asked for too.
CLINIC_SECOND_FACTOR = env.bool(
    "CLINIC_SECOND_FACTOR", default=not {*ALLOWED_HOSTS} <= {"localhost", "127.0.0.1", "[::1]", "::1"}
)
CLINIC_INVITATION_HOURS = env.int("CLINIC_INVITATION_HOURS", default=72)

# Wrong passwords: five for one account from one network address, then a quarter of an hour of rest.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # whoever waits is not kept waiting by somebody else's tries
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "clinic.staff.throttle.account_key"
AXES_CLIENT_IP_CALLABLE = "clinic.staff.throttle.network_address"
AXES_LOCKOUT_CALLABLE = "clinic.staff.throttle.locked_out"
# What was typed is kept nowhere: people type a password where an address belongs.
AXES_SENSITIVE_PARAMETERS = [
    "username",
    "ip_address",
    "password",
    "new_password1",
    "new_password2",
    "pin",
    "pin_again",
    "code",
]
AXES_DISABLE_ACCESS_LOG = True  # `clinic.models.SignIn` is ours
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

MESSAGE_STORAGE = "clinic.notices.storage"

# --- Security -------------------------------------------------------------------------------------------------------

CLINIC_HTTPS = env.bool("CLINIC_HTTPS", default=False)
SECURE_SSL_REDIRECT = CLINIC_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$"]
SECURE_HSTS_SECONDS = 365 * 86400 if CLINIC_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CLINIC_HTTPS
SECURE_HSTS_PRELOAD = CLINIC_HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CLINIC_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if CLINIC_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if CLINIC_HTTPS else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "clinic.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# Never `no-referrer`: browsers would post `Origin: null` and Django would answer 403 to every real person.
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("CLINIC_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of ours stand in front: the visitor's address is that many from the right of X-Forwarded-For.
CLINIC_PROXY_COUNT = env.int("CLINIC_PROXY_COUNT", default=0)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Mail -----------------------------------------------------------------------------------------------------------

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_TIMEOUT = 15  # seconds; None would let a silent server hold the worker forever
DEFAULT_FROM_EMAIL = env.str("CLINIC_FROM_EMAIL", default="Riverbend <appointments@riverbend.example.com>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Celery ---------------------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A slow carrier or a long clean-up holds nobody's mail up. A worker without `-Q` takes from all three.
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TASK_QUEUES = [Queue(name) for name in ("mail", "sms", "housekeeping")]
CELERY_TASK_ROUTES = {
    "bookings.tick": {"queue": "mail"},
    "bookings.send_due": {"queue": "mail"},
    "bookings.send_texts": {"queue": "sms"},
}
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "global_keyprefix": "clinic:",
        "visibility_timeout": 600,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
    }
else:
    _queue = VAR_DIR / "queue"
    for _folder in (_queue / "messages", _queue / "control"):
        _folder.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
    }
CLINIC_TICK_SECONDS = env.int("CLINIC_TICK_SECONDS", default=30)
CELERY_BEAT_SCHEDULE = {
    # A tick nobody took within its own period is useless: the next one asks the same question.
    "tick": {"task": "bookings.tick", "schedule": CLINIC_TICK_SECONDS, "options": {"expires": CLINIC_TICK_SECONDS}},
    "texts": {
        "task": "bookings.send_texts",
        "schedule": CLINIC_TICK_SECONDS,
        "options": {"expires": CLINIC_TICK_SECONDS},
    },
    "housekeeping": {"task": "bookings.housekeeping", "schedule": 3600, "options": {"expires": 3600}},
    # No hour of the evening: a worker that was down at that hour would leave the desk without paper.
    "day-sheets": {"task": "bookings.day_sheets", "schedule": 600, "options": {"expires": 600}},
}
# Who watches over us from outside: an address that raises the alarm when it is not asked for a while.
CLINIC_PING_URL = env.str("CLINIC_PING_URL", default="")
if CLINIC_PING_URL:
    CELERY_BEAT_SCHEDULE["alive"] = {"task": "bookings.say_alive", "schedule": 60, "options": {"expires": 60}}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- Cache: per process; nothing in a web request needs Redis -------------------------------------------------------

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- The clinic -----------------------------------------------------------------------------------------------------

CLINIC_NAME = env.str("CLINIC_NAME", default="Riverbend Pain Clinic")
# What messages call us: a name that says "pain" would disclose by itself.
CLINIC_NEUTRAL_NAME = OTP_TOTP_ISSUER = env.str("CLINIC_NEUTRAL_NAME", default="Riverbend")
CLINIC_BASE_URL = env.str("CLINIC_BASE_URL", default="http://127.0.0.1:8000")
CLINIC_HOLD_MINUTES = env.int("CLINIC_HOLD_MINUTES", default=10)
CLINIC_HOLDS_PER_ADDRESS = env.int("CLINIC_HOLDS_PER_ADDRESS", default=40)
CLINIC_BOOKINGS_PER_ADDRESS_HOUR = env.int("CLINIC_BOOKINGS_PER_ADDRESS_HOUR", default=200)
CLINIC_BOOKINGS_PER_SESSION_HOUR = env.int("CLINIC_BOOKINGS_PER_SESSION_HOUR", default=6)
CLINIC_CALLBACKS_PER_ADDRESS_HOUR = env.int("CLINIC_CALLBACKS_PER_ADDRESS_HOUR", default=10)
CLINIC_UPCOMING_PER_CONTACT = env.int("CLINIC_UPCOMING_PER_CONTACT", default=6)
CLINIC_FORM_SECONDS = env.int("CLINIC_FORM_SECONDS", default=0)
CLINIC_SMS_URL = env.str("CLINIC_SMS_URL", default="")
# After an outage the oldest go first, and not all at once: a provider that gets thousands in a minute blocks us. 0: no limit.
CLINIC_MESSAGES_PER_MINUTE = env.int("CLINIC_MESSAGES_PER_MINUTE", default=600)
CLINIC_BOUNCE_KEY = env.str("CLINIC_BOUNCE_KEY", default="")
CLINIC_NOTICE_DELAY_SECONDS = env.int("CLINIC_NOTICE_DELAY_SECONDS", default=120)
CLINIC_TIME_NEEDS_APPROVAL = env.bool("CLINIC_TIME_NEEDS_APPROVAL", default=True)
CLINIC_WAITS_TOO_LONG_MINUTES = env.int("CLINIC_WAITS_TOO_LONG_MINUTES", default=20)
CLINIC_DAY_SHEETS = Path(env.str("CLINIC_DAY_SHEETS", default=str(VAR_DIR / "day-sheets")))
# Backups are encrypted to this public key; the secret one that reads them is kept elsewhere.
CLINIC_BACKUP_RECIPIENT = env.str("CLINIC_BACKUP_RECIPIENT", default="")
CLINIC_BACKUPS = Path(env.str("CLINIC_BACKUPS", default=str(VAR_DIR / "backups")))
CLINIC_BACKUP_DAYS = env.int("CLINIC_BACKUP_DAYS", default=7)
CLINIC_BACKUP_WEEKS = env.int("CLINIC_BACKUP_WEEKS", default=5)
CLINIC_BACKUP_MONTHS = env.int("CLINIC_BACKUP_MONTHS", default=12)
# Where somebody who found a hole writes to (/.well-known/security.txt): an address of mail or a page.
CLINIC_SECURITY_CONTACT = env.str("CLINIC_SECURITY_CONTACT", default="")
# Test only: a file that holds seconds to add to the clock of every process that shares it.
CLINIC_CLOCK_FILE = env.str("CLINIC_CLOCK_FILE", default="")

# --- Rehearsal: staff practise on a copy, and nothing leaves it, whatever else is set -------------------------------

CLINIC_REHEARSAL = env.bool("CLINIC_REHEARSAL", default=False)
CLINIC_DEMO = env.bool("CLINIC_DEMO", default=False)
CLINIC_SILENCED: list[str] = []  # what was set all the same, for `manage.py check`
if CLINIC_REHEARSAL:
    _doors = ("EMAIL_URL", "CLINIC_SMS_URL", "CLINIC_PING_URL", "CLINIC_BOUNCE_KEY")
    CLINIC_SILENCED = [_name for _name in _doors if globals()[_name]]
    EMAIL_URL = CLINIC_SMS_URL = CLINIC_PING_URL = CLINIC_BOUNCE_KEY = ""
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    CELERY_BEAT_SCHEDULE.pop("alive", None)
    MIDDLEWARE.insert(0, "clinic.rehearsal.middleware.not_for_robots")
    # Browsers keep cookies by host and not by port: with the same names the copy would sign people out of the clinic.
    SESSION_COOKIE_NAME = SESSION_COOKIE_NAME.replace("session", "rehearsal-session")
    CSRF_COOKIE_NAME = CSRF_COOKIE_NAME.replace("csrf", "rehearsal-csrf")

# --- Logs: one line a request, an id, never a query string or a database detail (they repeat people's values) --------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "clinic.logs.WithoutValues"}, "pathless": {"()": "clinic.logs.WithoutPath"}},
    "formatters": {"line": {"()": "clinic.logs.LineFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["pathless", "private"]}
    },
    "root": {"handlers": ["console"], "level": env.str("CLINIC_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "propagate": False},
        "axes": {"handlers": [], "propagate": False},  # it names who tried to sign in
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
