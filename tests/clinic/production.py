"""The environment of a clinic that others reach, with nothing unsafe in it, and what the settings make of one."""

import os
import runpy
import shutil
from pathlib import Path
from unittest import mock

from django.conf import UserSettingsHolder, global_settings

from tests.processes import ROOT

KEY = "Zk3vQ9tR7wLx2NcB8mHs5GjF4pDy6TaE1uVo0iXqWnSzKrMb"
SAFE = {
    "SECRET_KEY": f"{KEY}-and-more",
    "ALLOWED_HOSTS": "clinic.riverside.test",
    "CLINIC_HTTPS": "true",
    "CLINIC_BEHIND_PROXY": "true",
    "CLINIC_PROXY_COUNT": "1",
    "CLINIC_BASE_URL": "https://clinic.riverside.test",
    "CLINIC_NAME": "Riverside Clinic",
    "CLINIC_NEUTRAL_NAME": "Riverside",
    "EMAIL_URL": "smtp+tls://user:secret@mail.riverside.test:587",
    "CLINIC_FROM_EMAIL": "Riverside <appointments@riverside.test>",
    "CLINIC_FORM_SECONDS": "2",
    "CLINIC_BACKUP_RECIPIENT": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    "CLINIC_BACKUPS": "/mnt/elsewhere/backups",
}
# What a computer needs to find its programs; everything else of the tests' own environment stays out.
NEEDED = ("PATH", "HOME", "LANG", "TMPDIR")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return a whole environment: the safe one with its data in `folder`, and `more` on top."""
    kept = {name: os.environ[name] for name in NEEDED if name in os.environ}
    return {**kept, **SAFE, "CLINIC_VAR": str(folder), **more}


def settings_of(folder: Path, **more: str) -> UserSettingsHolder:
    """Return what clinic/settings.py makes of that environment, without a look at this machine's own .env."""
    copy = folder / "clinic" / "settings.py"
    copy.parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / "clinic" / "settings.py", copy)
    with mock.patch.dict(os.environ, environment(folder, **more), clear=True):
        values = runpy.run_path(str(copy))
    holder = UserSettingsHolder(global_settings)
    for name, value in values.items():
        if name.isupper():
            setattr(holder, name, value)
    return holder
