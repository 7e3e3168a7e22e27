"""Every button of the desk, pressed by those who may not: refused, and the diary is as it was."""

import pytest
from django.test import Client
from django.urls import reverse

from bookings import scheduling
from bookings.admin.visits import STEPS
from bookings.desk.urls import PAGES
from bookings.models import CallbackRequest, PossibleMatch, TimeOff
from bookings.worklists.moves import PAGES as FORMS
from clinic import roles
from tests import cast
from tests.bookings.scheduling.asking import everything
from tests.cast import NOW, at
from tests.desk import asks_leave, book, member

pytestmark = pytest.mark.django_db
ARGUMENTS = {"date": "2026-03-02", "pk": 1, "name": "missed", "step": 1}


@pytest.fixture(autouse=True)
def visit(time_machine):
    """Ada's visit, with pk 1 like a row of everything else, so that what would be done could be done."""
    time_machine.move_to(NOW, tick=False)
    clinic = cast.open_clinic()
    visit = book(clinic, at("2026-03-02", "10:30"))
    TimeOff.objects.create(
        resource=clinic.ortiz.resource, start=at("2026-03-02", "09:00"), end=at("2026-03-02", "17:00")
    )
    asks_leave(clinic.sato, at("2026-03-05", "00:00"))
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW)
    return visit


def addresses(visit):
    """Every address of the desk, each once, and every verb of an appointment."""
    pages = {name: route for route, _view, name in PAGES}
    for name, route in pages.items():
        yield reverse(f"admin:{name}", kwargs={word: ARGUMENTS[word] for word in ARGUMENTS if f":{word}>" in route})
    for verb in (*STEPS, *FORMS):
        yield reverse(f"admin:bookings_appointment_{verb}", args=[visit.pk])
    for name, row in [("possiblematch_different", PossibleMatch), ("callbackrequest_called", CallbackRequest)]:
        yield reverse(f"admin:bookings_{name}", args=[row.objects.get().pk])


# What a form of the desk would send; each page takes what it knows.
TYPED = {
    "version": "0", "reason": "other", "find": "Ada", "first_name": "Zoe", "kind": "sick", "minutes": "20",
    "until": NOW.isoformat(), "who": "1", "notify": "on", "clinician": "amara-ortiz", "location": "harbor-street", "do-1": "cancel",
    "press": "approve", "question": "blood-thinner", "choice": "none", "side": "left",
}  # fmt: skip


@pytest.mark.parametrize("role", [roles.EDITOR, roles.CLINICIAN])
def test_whoever_does_not_work_at_the_desk_is_refused_everywhere(role, visit, client):
    client.force_login(member(role))
    before = everything()
    found = {address: client.post(address, TYPED).status_code for address in addresses(visit)}
    # Where only reading is offered, a POST is refused as such.
    assert {address: code for address, code in found.items() if code not in (403, 405)} == {}
    assert everything() == before


def test_whoever_is_not_signed_in_is_asked_to_and_nothing_happens(visit, client):
    before = everything()
    found = {address: client.post(address, TYPED) for address in addresses(visit)}
    wrong = {
        address: answer.status_code
        for address, answer in found.items()
        if answer.status_code != 302 or not answer.url.startswith("/admin/login/")
    }
    assert wrong == {}
    assert everything() == before


def test_a_press_from_another_site_is_refused(visit):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member(roles.MANAGER))
    before = everything()
    found = {address: browser.post(address, TYPED).status_code for address in addresses(visit)}
    assert {address: code for address, code in found.items() if code not in (403, 405)} == {}
    assert everything() == before


def test_opening_every_address_changes_nothing(visit, client):
    client.force_login(member(roles.MANAGER))
    before = everything()
    found = [client.get(address).status_code for address in addresses(visit)]
    assert {code for code in found if code >= 500} == set()
    assert everything() == before
    assert scheduling.may_undo(visit, now=NOW) is False
