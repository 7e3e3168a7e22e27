"""What `tests/test_processes.py` runs in processes of their own. Importable by name."""

import os
import time

from django.contrib.auth.models import Group
from django.db import IntegrityError, connection


def take_name(name):
    """Try to be the only one with this name; True for the winner."""
    try:
        Group.objects.create(name=name)
    except IntegrityError:
        return False
    return True


def moment_and_process():
    return [time.monotonic(), os.getpid()]


def database_name():
    return str(connection.settings_dict["NAME"])


def fail(number):
    raise ValueError(f"number {number}")
