"""Every POST of the desk, by every role: who may not is refused and changes nothing, and nobody posts without the token."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from bookings import scheduling
from bookings.admin.visits import STEPS
from bookings.desk.entries import newest
from bookings.desk.urls import PAGES
from bookings.models import CallbackRequest, Delay, LastLook, ParkedBooking, PossibleMatch, WorkDone
from bookings.worklists import WORKLISTS
from bookings.worklists.moves import PAGES as FORMS
from clinic import roles
from tests import cast, factories
from tests.bookings.scheduling.asking import everything
from tests.cast import NOW, at
from tests.desk import book

pytestmark = pytest.mark.django_db

AFTERNOON = at("2026-03-02", "13:00")
TODAY, TOMORROW = "2026-03-02", "2026-03-03"
ROLES = {"desk": roles.FRONT_DESK, "manager": roles.MANAGER, "editor": roles.EDITOR, "clinician": roles.CLINICIAN}
SIGN_IN, REFUSED, POST_NOT_ALLOWED = "sign in", 403, 405
# What only some of those who keep the diary may do.
OWNERS_ALONE = {"export-appointments"}
# Pages that are read: they take no POST, or one that changes nothing.
READ = {"day", "day-sheet", "week", "desk-resume", "desk-visit", "worklist"}
ASKS = {"desk-patients", "desk-times", "find", "export-appointments"}


@pytest.fixture(autouse=True)
def _monday_afternoon(time_machine):
    time_machine.move_to(AFTERNOON, tick=False)


@pytest.fixture
def clinic():
    roles.apply_roles()
    clinic = cast.open_clinic()
    clinic.consultation.notice_hours = 0
    clinic.consultation.save()
    return clinic


@pytest.fixture
def people(clinic):
    """Return a user of each role by its short name."""
    found = {}
    for name, role in ROLES.items():
        found[name] = factories.UserFactory(is_staff=name != "clinician")
        found[name].groups.add(Group.objects.get(name=role))
    return found


@pytest.fixture
def posts(clinic, people):
    """Return every POST there is: (name, address, what is sent), such that somebody who may changes something."""
    return [*_page_posts(clinic, people["manager"]), *_visit_posts(clinic), *_row_posts(clinic)]


# --- The posts --------------------------------------------------------------------------------------------------------


def _page_posts(clinic, owner):
    second = factories.PatientFactory(first_name="Adah")
    match = PossibleMatch.objects.create(patient=second, known=clinic.ada, reason="name", created_at=NOW)
    parked = ParkedBooking.objects.create(user=owner, typed={"find": "cleo"}, parked_at=NOW)
    today = {"start": at(TODAY, "16:00"), "end": at(TODAY, "17:00"), "kind": "sick"}
    hit = _visit(clinic, "16:30", clinician=clinic.ortiz)
    off = scheduling.block(resource=clinic.ortiz.resource, **today, by=scheduling.By.system(), now=NOW)[0]
    missed = scheduling.miss(_visit(clinic, "09:30"), by=scheduling.By.system(), now=AFTERNOON)
    new = {"patient": "new", "first_name": "Cleo", "last_name": "Ruiz", "source": "phone"}
    what = {"treatment": clinic.consultation.pk, "location": clinic.house.pk}
    late = {"clinician": "ben-sato", "location": "harbor-street", "minutes": "20"}
    sent = {
        "desk-book": new | what | {"clinician": clinic.sato.pk, "when": f"{TOMORROW}T15:00"},
        "desk-walk-in": what | {"find": "Dan Brook", "patient": "new"},
        "desk-park": new | what,
        "running-late": late | {"notify": "on"},
        "since": {"until": "2026-03-02T12:00:00-05:00"},
        "away": {"who": "clinician=ben-sato", "when": "today", "kind": "sick"},
        "away-resolve": {f"do-{hit.pk}": "cancel", f"version-{hit.pk}": hit.version},
        "public-holidays": {f"close-{clinic.house.pk}": "2026-12-25"},
        "find": {"find": "Vale"},
        "patient": {"phone": "", "email": "other@example.com", "language": "en", "alert": "Deaf", "seen": newest(second)},
        "merge": {"keep": "known"},
        "export-appointments": {"first": TODAY, "last": TODAY},
    }
    rows = {"desk-parked": parked, "desk-visit": hit, "work-done": missed, "away-resolve": off, "patient": second,
            "merge": match}  # fmt: skip
    for route, _view, name in PAGES:
        args = {"date": NOW.date()} if "date>" in route else {}
        args |= {"name": "missed"} if "name>" in route else {}
        args |= {"pk": rows[name].pk} if "pk>" in route else {}
        yield f"{name} {route}", reverse(f"admin:{name}", kwargs=args), sent.get(name, {})


def _visit(clinic, time, *, date=TODAY, **options):
    return book(clinic, at(date, time), patient=factories.PatientFactory(), **options)


def _visit_posts(clinic):
    """Each verb on a visit it is possible for."""
    for number, verb in enumerate([*STEPS, *FORMS]):
        visit = _ready_for(verb, clinic, number)
        sent = {"version": visit.version} | _answers(verb, clinic, number)
        yield f"verb {verb}", reverse(f"admin:bookings_appointment_{verb}", args=[visit.pk]), sent
    new = {"patient": "new", "first_name": "Eve", "source": "phone", "overbook_reason": "pain"}
    new |= {"treatment": clinic.consultation.pk, "location": clinic.house.pk, "clinician": clinic.sato.pk}
    yield "add", reverse("admin:bookings_appointment_add"), new | {"when": f"{TOMORROW}T16:00"}
    yield "overbook", reverse("admin:bookings_appointment_overbook"), new | {"when": f"{TOMORROW}T16:30"}


def _ready_for(verb, clinic, number):
    by, hour = scheduling.By.system(), 9 + number // 2
    time, who = f"{hour:02}:{30 * (number % 2):02}", {"clinician": clinic.sato, "patient": factories.PatientFactory()}
    if verb in ("approve", "decline", "offer", "accept"):
        visit = book(clinic, at("2026-03-04", time), status="requested", **who)
        slot = scheduling.Slot(clinic.consultation, at("2026-03-05", time), clinic.house, clinic.sato)
        return scheduling.offer(visit, slot, by=by, now=NOW) if verb == "accept" else visit
    if verb in ("confirm", "move", "cancel", "amend"):
        return book(clinic, at("2026-03-04", time), **who)
    visit = book(clinic, at(TODAY, time), **who)
    done = {"room": 1, "start": 2, "finish": 3, "undo": 1}.get(verb, 0)
    for step in ("check_in", "room", "start")[:done]:
        visit = getattr(scheduling, step)(visit, by=by, now=AFTERNOON)
    return visit


def _answers(verb, clinic, number):
    there = {"location": clinic.house.pk, "clinician": clinic.ortiz.pk, "when": f"2026-03-06T{9 + number // 2:02}:00"}
    return {"move": there, "offer": there, "cancel": {"reason": "other"}, "decline": {"reason": "declined"},
            "amend": {"reason": "Worse at night"}}.get(verb, {})  # fmt: skip


def _row_posts(clinic):
    call = CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW)
    others = factories.PatientFactory(), factories.PatientFactory()
    match = PossibleMatch.objects.create(patient=others[0], known=others[1], reason="name", created_at=NOW)
    several = [_visit(clinic, "13:30", date="2026-03-06"), _visit(clinic, "14:30", date="2026-03-06")]
    chosen = {"action": "confirm_all", "_selected_action": [visit.pk for visit in several]}
    yield "called", reverse("admin:bookings_callbackrequest_called", args=[call.pk]), {}
    yield "different", reverse("admin:bookings_possiblematch_different", args=[match.pk]), {}
    yield "bulk", reverse("admin:bookings_appointment_changelist"), chosen


# --- What came of them ------------------------------------------------------------------------------------------------


def outcome(response):
    if response.status_code == 302 and response.url.startswith(("/sign-in/", "/admin/login/")):
        return SIGN_IN
    return response.status_code


def all_rows():
    """Return every row that a page of the desk can write, but for the session and the access log."""
    more = (CallbackRequest, Delay, LastLook, ParkedBooking, PossibleMatch, WorkDone)
    return everything() | {model.__name__: list(model.objects.order_by("pk").values()) for model in more}


def signed_in(user=None, **options):
    client = Client(**options)
    if user is not None:
        client.force_login(user)
    return client


def what_each_does(client, posts):
    """Return by name the outcome of each POST, and whether it wrote anything."""
    found = {}
    for name, address, sent in posts:
        before = all_rows()
        found[name] = outcome(client.post(address, sent)), all_rows() != before
    return found


def test_every_verb_with_a_page_of_its_own_is_among_the_posts(posts):
    names = {name.split()[0] for name, _address, _sent in posts}
    assert {name for _route, _view, name in PAGES} - names == set()
    assert len(posts) == len(PAGES) + len(STEPS) + len(FORMS) + 5


def test_the_lists_that_are_ticked_are_those_that_are_posted_to():
    assert {name for name, each in WORKLISTS.items() if each.is_ticked} >= {"missed"}


@pytest.mark.parametrize(("role", "expected"), [("anonymous", SIGN_IN), ("clinician", REFUSED), ("editor", REFUSED)])
def test_who_keeps_no_diary_is_refused_everywhere_and_changes_nothing(role, expected, people, posts):
    client = signed_in(people.get(role))
    found = what_each_does(client, posts)
    # A page that takes no POST says so before it asks who posts.
    only_read = {name for name in found if role == "editor" and name.split()[0] in READ}
    assert {name: (405 if name in only_read else expected, False) for name in found} == found


@pytest.mark.parametrize("role", ["desk", "manager"])
def test_who_keeps_the_diary_changes_it_with_every_post_but_those_that_only_ask(role, people, posts):
    ParkedBooking.objects.update(user=people[role])
    found = what_each_does(signed_in(people[role]), posts)
    pages = {name: name.split()[0] for name in found}
    refused = OWNERS_ALONE if role == "desk" else set()
    assert {pages[name] for name, (said, _wrote) in found.items() if said == REFUSED} == refused
    assert {pages[name] for name, (said, _wrote) in found.items() if said == POST_NOT_ALLOWED} == READ
    assert {pages[name] for name, (_said, wrote) in found.items() if not wrote} == READ | ASKS


def test_a_parked_booking_of_somebody_else_is_no_page_and_stays(people, posts):
    [address] = [address for name, address, _sent in posts if name.startswith("desk-parked")]
    before = all_rows()
    assert (signed_in(people["desk"]).post(address).status_code, all_rows() == before) == (404, True)


@pytest.mark.parametrize("role", ["anonymous", "editor", "desk", "manager"])
def test_without_the_token_against_forgery_nobody_posts_anything(role, people, posts):
    client = signed_in(people.get(role), enforce_csrf_checks=True)
    assert set(what_each_does(client, posts).values()) == {(403, False)}


@pytest.mark.parametrize("role", ["desk", "manager"])
def test_no_get_of_the_same_addresses_changes_anything(role, people, posts):
    client = signed_in(people[role])
    before = all_rows()
    for _name, address, sent in posts:
        client.get(address, {name: value for name, value in sent.items() if name != "action"})
    assert all_rows() == before
