"""A browser on the pages behind a link: with the link alone, or with the date of birth given, too."""

import time_machine
from django.test import Client

from bookings import links
from bookings.models import ManageLink
from tests import cast

BIRTH = "/appointments/date-of-birth/"


def link_of(visit, *, now=cast.NOW, purpose=ManageLink.Purpose.MANAGE):
    """Return a new link of a visit and its token."""
    token = links.mint(visit, now=now, purpose=purpose)
    return ManageLink.objects.get(token_hash=links.hash_of(token)), token


def open_link(visit, *, now=cast.NOW, **options):
    """Follow a link of a message, at `now`."""
    browser = Client(**options)
    with time_machine.travel(now, tick=False):
        browser.get(f"/appointments/{link_of(visit, now=now)[1]}/")
    return browser


def open_verified(visit, *, now=cast.NOW, **options):
    """As `open_link`, and the patient gives the date of birth."""
    browser = open_link(visit, now=now, **options)
    born = visit.patient.date_of_birth
    form = {"date_of_birth_0": born.month, "date_of_birth_1": born.day, "date_of_birth_2": born.year}
    with time_machine.travel(now, tick=False):
        if browser.handler.enforce_csrf_checks:
            browser.get(BIRTH)
            form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"].value
        assert browser.post(BIRTH, form).status_code == 302
    return browser


def words(answer):
    return answer.content.decode()
