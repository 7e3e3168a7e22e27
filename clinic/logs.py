"""Log lines: one a request, with an id, without query strings; database errors without their values."""

import contextvars
import logging

from django.db import Error as DatabaseError

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


class WithoutValues(logging.Filter):
    """Drop the text of database errors: it repeats the values of the row, which are people's."""

    def filter(self, record):
        if record.exc_info and isinstance(record.exc_info[1], DatabaseError):
            kind = type(record.exc_info[1])
            record.exc_info = None
            record.exc_text = None
            record.msg, record.args = "%s: %s (details withheld: they repeat values)", (record.msg, kind.__name__)
        return True


class WithoutPath(logging.Filter):
    """Name the view where Django would repeat the path, such as of a form without its token: a path may hold a token."""

    def filter(self, record):
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        if path and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            name = match.view_name if match else "-"
            record.args = tuple(name if value == path else value for value in record.args)
        return True


class LineFormatter(logging.Formatter):
    """One line: time, level, logger, request id, message. Line breaks in a message cannot forge a second line."""

    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record):
        record.request_id = request_id.get()
        return super().format(record)

    def formatMessage(self, record):  # noqa: N802 (logging's name)
        return super().formatMessage(record).replace("\n", "\\n").replace("\r", "\\r")
