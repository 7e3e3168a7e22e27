"""Names and notes that try to be markup, on every page of the desk: they are shown as text, and stand in no address or title."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from bookings import scheduling
from bookings.models import CallbackRequest, Message, ParkedBooking, Patient, PossibleMatch, TimeOff
from bookings.worklists import WORKLISTS
from clinic import roles
from tests import cast
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
EVIL = '"><svg onload=alert(1)>{{7*7}}<b>'
BORN = dt.date(1980, 5, 17)


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(at("2026-03-02", "11:00"), tick=False)


@pytest.fixture
def desk(client):
    client.user = member(roles.MANAGER)
    client.force_login(client.user)
    return client


@pytest.fixture
def rows(desk):
    """Something of everything, with the same text wherever a person can type."""
    clinic = cast.open_clinic()
    texts = {"first_name": EVIL, "last_name": EVIL, "access_needs": EVIL, "alert": EVIL, "email": "evil@example.com"}
    Patient.objects.filter(pk=clinic.ada.pk).update(**texts, date_of_birth=BORN, phone="+12125550142")
    Patient.objects.filter(pk=clinic.ben.pk).update(**texts, date_of_birth=BORN)
    clinic.ada.refresh_from_db()
    here = book(clinic, at("2026-03-02", "11:00"), reason=EVIL)
    late = book(clinic, at("2026-03-02", "10:45"), patient=clinic.ben, clinician=clinic.sato, reason=EVIL)
    asked = book(clinic, at("2026-03-04", "10:30"), status="requested", reason=EVIL)
    gone = book(clinic, at("2026-03-05", "10:30"), reason=EVIL)
    scheduling.cancel(gone, by=scheduling.By.patient(), now=NOW, reason="better")
    missed = book(clinic, at("2026-03-02", "10:15"), patient=clinic.ada, clinician=clinic.sato)
    scheduling.miss(missed, by=scheduling.By.system(), now=at("2026-03-02", "10:35"))
    scheduling.check_in(here, by=scheduling.By.staff(member(roles.FRONT_DESK, name=EVIL)), now=NOW)
    Message.objects.filter(appointment=late).update(state="failed", failed_at=NOW, last_error=EVIL)
    CallbackRequest.objects.create(name=EVIL, phone="+12125550111", note=EVIL, created_at=NOW)
    match = PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason=EVIL, created_at=NOW)
    off = TimeOff.objects.create(resource=clinic.ortiz.resource, note=EVIL, start=NOW, end=at("2026-03-06", "17:00"))
    parked = ParkedBooking.objects.create(
        user=desk.user, typed=dict.fromkeys(("find", "first_name", "reason"), EVIL), parked_at=NOW
    )
    return {"visit": here, "asked": asked, "patient": clinic.ada, "match": match, "off": off, "parked": parked}


def pages(rows):
    yield from ("/admin/day/", "/admin/day/?part=board", "/admin/day/2026-03-05/", "/admin/week/", "/admin/since/")
    yield from (f"/admin/work/{name}/" for name in WORKLISTS)
    yield "/admin/day/2026-03-02/sheet/"
    yield "/admin/day/2026-03-02/sheet/?minimal=1"
    yield "/admin/desk/late/?clinician=amara-ortiz&location=harbor-street"
    yield f"/admin/desk/book/?patient={rows['patient'].pk}"
    yield f"/admin/desk/parked/{rows['parked'].pk}/"
    yield f"/admin/desk/visit/{rows['visit'].pk}/"
    yield f"/admin/away/{rows['off'].pk}/"
    yield f"/admin/patients/{rows['patient'].pk}/"
    yield f"/admin/matches/{rows['match'].pk}/merge/"
    yield "/admin/bookings/appointment/"
    yield "/admin/bookings/patient/"
    yield f"/admin/bookings/appointment/{rows['visit'].pk}/change/"
    yield from (
        f"/admin/bookings/appointment/{rows['asked'].pk}/{verb}/"
        for verb in ("move", "offer", "decline", "amend", "cancel")
    )


def problems(text):
    """What of a page took the text for more than text, or put it where it does not belong."""
    found = []
    if "<svg onload" in text or "49<b>" in text:
        found.append("markup")
    attributes = " ".join(re.findall(r'(?:href|src|action|formaction|hx-get|hx-post)="([^"]*)"', text))
    titles = " ".join(re.findall(r"<title>(.*?)</title>", text, flags=re.DOTALL))
    for word, where in [(attributes, "address"), (titles, "title")]:
        if "onload" in word or "1980" in word or "evil@" in word:
            found.append(where)
    return found


@pytest.mark.parametrize("htmx", [False, True])
def test_no_page_takes_a_name_for_markup_or_puts_it_into_an_address(rows, desk, htmx):
    headers = {"HX-Request": "true"} if htmx else {}
    answers = {address: desk.get(address, headers=headers) for address in pages(rows)}
    assert {address: answer.status_code for address, answer in answers.items() if answer.status_code != 200} == {}
    assert {address: found for address, answer in answers.items() if (found := problems(answer.text))} == {}


@pytest.mark.parametrize("name", ["find", "desk-patients", "desk-book", "desk-walk-in"])
def test_what_is_typed_comes_back_as_text(rows, desk, name):
    typed = {"find": EVIL, "first_name": EVIL, "last_name": EVIL, "reason": EVIL, "location": "1"}
    response = desk.post(reverse(f"admin:{name}"), typed)
    assert response.status_code in (200, 302)
    assert problems(response.text) == []


@pytest.mark.parametrize("typed", ["\x00", "a" * 10_000, "\u202evale", "%_%", "'; drop table", "🙂🙂🙂", "1" * 400])
def test_nothing_typed_into_a_search_breaks_it(rows, desk, typed):
    found = [desk.post(reverse(f"admin:{name}"), {"find": typed}).status_code for name in ("find", "desk-patients")]
    assert {code for code in found if code >= 400} == set()


def test_no_header_says_who_it_is_about(rows, desk):
    responses = [desk.get(address) for address in pages(rows)]
    headers = " ".join(f"{value}" for response in responses for value in response.headers.values())
    assert ("onload" in headers, "1980" in headers) == (False, False)
