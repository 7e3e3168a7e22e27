"""Mail backends that fail in ways no server can play. Importable by name."""

import os

from celery.exceptions import SoftTimeLimitExceeded
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.db import OperationalError


class DatabaseIsGone(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise OperationalError("the database went away in the middle")


class TimeIsUp(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise SoftTimeLimitExceeded


class SendAndDie(EmailBackend):
    """The process is killed between the server's answer and our writing it down."""

    def send_messages(self, email_messages):
        super().send_messages(email_messages)
        os._exit(9)
