"""The Celery application. Beat's schedule is static: it asks "what is due?", it never says "it is nine o'clock"."""

import os
from importlib import import_module

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_the_wrong_database(**kwargs):
    """A worker whose settings and database do not belong together ends at once. Celery swallows whatever is no SystemExit."""
    checks = import_module("clinic.rehearsal.checks")  # models exist only now
    try:
        checks.refuse_the_wrong_database()
    except checks.WrongDatabase as error:
        raise SystemExit(str(error)) from error
