"""`.env`, from the answers: only what is not there yet is added, what is there stays."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from clinic.first_run.answers import Answers

LOCAL = ("localhost", "127.0.0.1")


def wanted(answers: Answers) -> dict[str, str]:
    """Return the variables of these answers; empty ones are left to their defaults."""
    clinic, server = answers.clinic, answers.server
    address = urlsplit(clinic["address"])
    values = {
        "CLINIC_NAME": clinic["name"],
        "CLINIC_NEUTRAL_NAME": clinic["neutral_name"],
        "CLINIC_TIME_ZONE": clinic["time_zone"],
        "CLINIC_PHONE_REGION": clinic["phone_region"],
        "CLINIC_BASE_URL": clinic["address"].rstrip("/"),
        "CLINIC_FROM_EMAIL": f"{clinic['neutral_name']} <{clinic['from_email']}>",
        "CLINIC_VAR": server.get("data", ""),
        "DATABASE_URL": server.get("database", ""),
        "REDIS_URL": server.get("redis", ""),
        "EMAIL_URL": server.get("email", ""),
        "CLINIC_SECOND_FACTOR": "true",  # the demo alone opens by a password
    }
    if address.hostname not in LOCAL:
        values |= {
            "ALLOWED_HOSTS": address.hostname or "",
            "CLINIC_HTTPS": "true",
            "CLINIC_BEHIND_PROXY": "true",
            "CLINIC_PROXY_COUNT": "1",
            "CLINIC_FORM_SECONDS": "2",
        }
    if values["DATABASE_URL"].startswith("postgres"):
        values["SECRET_KEY"] = secrets.token_urlsafe(50)  # one machine keeps its own in a file; several share this one
    return {name: value for name, value in values.items() if value}


def add_to(path: Path, values: dict[str, str]) -> tuple[list[str], list[str]]:
    """Add to the file what it does not set; return the names that were added and those that stand there otherwise.

    The file is readable by its owner only and replaced in one step.
    """
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    there = dict(line.split("=", 1) for line in before.splitlines() if "=" in line and not line.startswith("#"))
    added = {name: value for name, value in values.items() if name not in there}
    otherwise = [name for name in values if name in there and _plain(there[name]) != values[name]]
    if added:
        _replace(path, before + "".join(f"{name}={_quoted(value)}\n" for name, value in added.items()))
    return list(added), [name for name in otherwise if name != "SECRET_KEY"]


def _plain(value: str) -> str:
    return value.strip().strip("\"'")


def _quoted(value: str) -> str:
    return value if value.replace("_", "").replace("-", "").isalnum() else f"'{value}'"


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
