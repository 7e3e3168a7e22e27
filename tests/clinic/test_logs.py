import logging

from django.test import Client, RequestFactory
from django.urls import resolve

from clinic.logs import WithoutPath

PATH = "/appointments/a-secret-token/"


def test_a_log_line_names_the_view_and_not_the_path_that_may_hold_a_token():
    request = RequestFactory().post(PATH)
    request.resolver_match = resolve(PATH)
    record = logging.makeLogRecord({"msg": "Forbidden (%s): %s", "args": ("no cookie", PATH), "request": request})
    assert WithoutPath().filter(record)
    assert record.getMessage() == "Forbidden (no cookie): appointments-open"


def test_a_form_without_its_token_leaves_no_path_in_the_log(db):
    stream = next(handler for handler in logging.getLogger().handlers if handler.name == "console")
    seen = []
    stream.addFilter(watch := lambda record: seen.append(record.getMessage()) or True)
    try:
        Client(enforce_csrf_checks=True).post(PATH)
    finally:
        stream.removeFilter(watch)
    assert "Forbidden (CSRF cookie not set.): appointments-open" in seen
    assert not any("a-secret-token" in line for line in seen)
