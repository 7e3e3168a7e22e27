"""Questions about the settings that one look answers: is the mail encrypted, do links lead here?"""

import re
import stat
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http.request import validate_host

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}
EXAMPLE_WORDS = (
    "changeme",
    "change-me",
    "change_me",
    "replace",
    "example",
    "your-",
    "your_",
    "secret-key",
    "secret_key",
    "password",
)
NOBODYS_DOMAIN = re.compile(r"(^|\.)(example\.(com|net|org)|example|invalid|localhost|localdomain)$")
# Spain and paint are no pain.
TELLING = re.compile(r"(?<!s)pain(?!t)|dolor|opioid|addiction|migraine|spine", re.IGNORECASE)
NO_SERVER = ("filebased", "console", "locmem", "dummy")
SAFE_SSL = {"require", "verify-ca", "verify-full"}


def is_elsewhere(host: str | None) -> bool:
    """Whether that is another machine, or a container that is like one. A path is a socket of this one."""
    return bool(host) and host not in LOCAL_HOSTS and not host.startswith("/")


def crosses_a_network(host: str | None) -> bool:
    """A name without a dot is a neighbor in the same private network of containers."""
    return is_elsewhere(host) and "." in host


def database_host(settings) -> str:
    database = settings.DATABASES["default"]
    return database.get("HOST") or database.get("OPTIONS", {}).get("host", "")


def broker_host(settings) -> str | None:
    return urlsplit(settings.REDIS_URL).hostname


def is_sqlite(settings) -> bool:
    return settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"


def key_looks_like_an_example(settings) -> bool:
    return any(word in settings.SECRET_KEY.lower() for word in EXAMPLE_WORDS)


def key_is_of_this_machine_alone(settings) -> bool:
    file = settings.VAR_DIR / "secret_key"
    several = is_elsewhere(database_host(settings)) or is_elsewhere(broker_host(settings))
    return several and file.exists() and file.read_text().strip() == settings.SECRET_KEY


def links_lead_elsewhere(settings) -> bool:
    host = urlsplit(settings.CLINIC_BASE_URL).hostname or ""
    return host in {"", *LOCAL_HOSTS} or not validate_host(host, settings.ALLOWED_HOSTS)


def links_are_open(settings) -> bool:
    return urlsplit(settings.CLINIC_BASE_URL).scheme != "https" and not links_lead_elsewhere(settings)


def trusts_a_proxy(settings) -> bool:
    return settings.SECURE_PROXY_SSL_HEADER is not None


def trusts_open_origins(settings) -> bool:
    return any(origin.startswith("http:") or "*" in origin for origin in settings.CSRF_TRUSTED_ORIGINS)


def reaches_nobody(settings) -> bool:
    return settings.EMAIL_BACKEND.split(".")[-2] in NO_SERVER


def mail_is_open(settings) -> bool:
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    return not reaches_nobody(settings) and is_elsewhere(settings.EMAIL_HOST) and not encrypted


def sender_is_nobody(settings) -> bool:
    _person, at, domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")
    return not at or bool(NOBODYS_DOMAIN.search(domain.lower()))


def sender_tells(settings) -> bool:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return bool(TELLING.search(f"{name} {address.partition('@')[0]}"))


def has_the_demos_name(settings) -> bool:
    demo = settings.CLINIC_NEUTRAL_NAME == "Riverbend" and "Riverbend" not in settings.CLINIC_NAME
    return demo or settings.CLINIC_NAME == "Riverbend Pain Clinic"


def diary_travels_open(settings) -> bool:
    mode = settings.DATABASES["default"].get("OPTIONS", {}).get("sslmode")
    return crosses_a_network(database_host(settings)) and mode not in SAFE_SSL


def queue_travels_open(settings) -> bool:
    return crosses_a_network(broker_host(settings)) and urlsplit(settings.REDIS_URL).scheme != "rediss"


def papers_are_served(settings) -> bool:
    return any(
        _lies_in(folder, settings.STATIC_ROOT) for folder in (settings.CLINIC_DAY_SHEETS, settings.CLINIC_BACKUPS)
    )


def backups_lie_beside_the_diary(settings) -> bool:
    return _lies_in(settings.CLINIC_BACKUPS, settings.VAR_DIR)


def _lies_in(folder: Path, other: Path) -> bool:
    path = folder.resolve()
    return other.resolve() in [path, *path.parents]


def zone_is_unknown(settings) -> bool:
    try:
        ZoneInfo(settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return True
    return False


def others_may_look(settings) -> bool:
    return bool(settings.VAR_DIR.stat().st_mode & stat.S_IRWXO)
