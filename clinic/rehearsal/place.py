"""Where the practice copy lies, and with which environment its programs run: nothing of the clinic's own but the code."""

import os
import urllib.parse
from pathlib import Path

from django.conf import settings
from django.db import connection

DATABASE = "db.sqlite3"
LOCAL = ("127.0.0.1", "localhost", "::1")
# What leads out, or to something the clinic itself uses. Set empty and not left out: a line in .env would fill it again.
NEVER = (
    "EMAIL_URL",
    "CLINIC_SMS_URL",
    "CLINIC_PING_URL",
    "CLINIC_BOUNCE_KEY",
    "REDIS_URL",
    "SECRET_KEY",
    "CLINIC_CLOCK_FILE",
)


def folder() -> Path:
    """Return the folder of all that belongs to the copy, readable by its owner only; made if it was not there."""
    path = settings.VAR_DIR / "rehearsal"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def database() -> str:
    """Return the name of the copy, as in Django's settings."""
    name = str(connection.settings_dict["NAME"])
    return str(folder() / DATABASE) if connection.vendor == "sqlite" else f"{name[:50]}_rehearsal"


def database_url() -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{database()}"
    return urllib.parse.urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database()}").geturl()


def environment(base_url: str) -> dict[str, str]:
    """Return the environment for web, worker and clock of the copy, which visitors reach at `base_url`."""
    host = urllib.parse.urlsplit(base_url).hostname or ""
    ours = {
        "CLINIC_REHEARSAL": "true",
        "CLINIC_VAR": str(folder()),
        "DATABASE_URL": database_url(),
        "CLINIC_BASE_URL": base_url,
        "ALLOWED_HOSTS": ",".join([*LOCAL[:2], "[::1]"] + ([] if host in LOCAL else [host])),
        "CLINIC_HTTPS": str(base_url.startswith("https:")).lower(),
        "CLINIC_DAY_SHEETS": str(folder() / "day-sheets"),
        "CLINIC_BACKUPS": str(folder() / "backups"),
        # As in the clinic itself, whatever this machine would choose for a site nobody else reaches.
        "CLINIC_SECOND_FACTOR": str(settings.CLINIC_SECOND_FACTOR).lower(),
        "CLINIC_TRUSTED_ORIGINS": "",
        "CLINIC_BACKUP_RECIPIENT": "",
    }
    return {**os.environ, **ours, **dict.fromkeys(NEVER, "")}
