"""Who may open what: every address of the site, from the URL resolver, against a declared rule.

A new address without a rule fails. The rules are about GET; what changes something takes a POST and is tested with its verb.
"""

import dataclasses
import re
from pathlib import PurePosixPath

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import URLPattern, get_resolver

from bookings import scheduling
from bookings.models import (
    CallbackRequest,
    ExtraHours,
    ImportMapping,
    Message,
    PossibleMatch,
    ReminderStep,
    TextReply,
    TimeOff,
    TimeRequest,
)
from bookings.models.access import AccessEntry, ColleagueLook
from bookings.models.limits import RateCount, UrgentStop
from bookings.models.messages import ManageLink, Tick
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import asks_leave
from treatments.models import ArticleChange, Picture

pytestmark = pytest.mark.django_db

OPENS, MOVES_ON, SIGN_IN, REFUSED, MISSING, POST_ONLY, WRONG = (
    "opens", "moves on", "sign in", "refused", "missing", "POST only", "wrong request"
)  # fmt: skip
ROLES = ["anonymous", "desk", "clinician", "other clinician", "covering clinician", "editor", "manager"]
CLINICIANS = ["clinician", "other clinician", "covering clinician"]
ADMIN_ROLES = {"desk", "editor", "manager"}


# --- The rules ------------------------------------------------------------------------------------------------------


def everyone(outcome):
    return dict.fromkeys(ROLES, outcome)


def signed_in(outcome, *, anonymous=SIGN_IN, **others):
    """`others`: roles with an outcome of their own."""
    return everyone(outcome) | {"anonymous": anonymous} | others


def own_visit(outcome):
    """The clinician's own: for any other clinician it is missing, just as a made-up one is."""
    return signed_in(MISSING, clinician=outcome, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED)


def only(*allowed, outcome=OPENS):
    """An address of the admin: nobody else gets in, and those who are not signed in are asked to."""
    return {role: outcome if role in allowed else REFUSED for role in ROLES} | {"anonymous": SIGN_IN}


@dataclasses.dataclass(frozen=True)
class Model:
    """Who may see, add and delete rows of one model in the admin."""

    view: tuple = ()
    add: tuple = ()
    delete: tuple = ()

    def rule(self, page):
        return only(*{"changelist": self.view, "change": self.view, "history": self.view, "simple_history": self.view,
                      "add": self.add, "delete": self.delete}[page])  # fmt: skip


DESK = ("desk", "manager")
OWNER = ("manager",)
WRITERS = ("editor", "manager")
ALL = ("desk", "editor", "manager")

MODELS = {
    "auth_group": Model(),
    "clinic_user": Model(view=OWNER, add=OWNER),
    "bookings_appointment": Model(view=DESK, add=DESK),
    "bookings_appointmentevent": Model(view=DESK),
    "bookings_hold": Model(view=DESK),
    "bookings_occupancy": Model(view=DESK),
    "bookings_message": Model(view=DESK),
    "bookings_textreply": Model(view=DESK),
    "bookings_reminderstep": Model(view=DESK, add=OWNER, delete=OWNER),
    "bookings_managelink": Model(),
    "bookings_tick": Model(),
    "bookings_ratecount": Model(),
    "bookings_accessentry": Model(view=OWNER),
    "bookings_colleaguelook": Model(view=OWNER),
    "bookings_timerequest": Model(view=OWNER),
    "bookings_urgentstop": Model(view=OWNER),
    "bookings_patient": Model(view=DESK, add=DESK),
    "bookings_possiblematch": Model(view=DESK),
    "bookings_callbackrequest": Model(view=DESK, add=DESK),
    "bookings_importmapping": Model(view=OWNER, add=OWNER, delete=OWNER),
    "bookings_resource": Model(view=DESK, add=OWNER, delete=OWNER),
    "bookings_workinghours": Model(view=DESK, add=OWNER, delete=OWNER),
    "bookings_extrahours": Model(view=DESK, add=DESK, delete=OWNER),
    "bookings_timeoff": Model(view=DESK, add=DESK, delete=OWNER),
    "treatments_treatment": Model(view=ALL, add=OWNER, delete=OWNER),
    "treatments_capability": Model(view=ALL, add=OWNER, delete=OWNER),
    "treatments_clinician": Model(view=ALL, add=OWNER, delete=OWNER),
    "treatments_location": Model(view=ALL, add=OWNER, delete=OWNER),
    "treatments_article": Model(view=WRITERS, add=WRITERS, delete=WRITERS),
    "treatments_bodyregion": Model(view=WRITERS, add=WRITERS, delete=WRITERS),
    "treatments_muscle": Model(view=WRITERS, add=WRITERS, delete=WRITERS),
    **dict.fromkeys(
        [f"treatments_{name}" for name in ("spot", "series", "picture", "author")],
        Model(view=WRITERS, add=WRITERS, delete=WRITERS),
    ),
}

STEPS = ["approve", "accept", "confirm", "check_in", "room", "start", "finish", "miss", "undo"]

RULES = {
    # The public site, the flow and the manage link are the same for everybody.
    **dict.fromkeys(
        ["home", "articles", "article", "treatments", "treatment", "clinicians", "clinician", "atlas", "contact", "privacy"],
        everyone(OPENS),
    ),
    **dict.fromkeys(["series", "author", "spot", "topic", "search", "feed", "sitemap", "robots", "picture"], everyone(OPENS)),
    "article-preview": signed_in(REFUSED, editor=OPENS, manager=OPENS),
    **dict.fromkeys(["accessibility", "api-slots", "livez", "book-signs", "book-urgent"], everyone(OPENS)),
    "security-txt": everyone(OPENS),
    "security-txt-old": everyone(MOVES_ON),
    "callback": everyone(OPENS),
    "healthz": everyone(OPENS),  # the rows of this test have a tick of just now
    # A step of the flow without the steps before it leads back to the first one that is missing.
    **dict.fromkeys(["book", "book-treatment", "book-time", "book-details", "book-check", "book-done"], everyone(MOVES_ON)),
    **dict.fromkeys(["book-calendar", "callback-thanks"], everyone(MOVES_ON)),
    **dict.fromkeys(["book-keep", "book-clear", "appointments-accept"], everyone(POST_ONLY)),
    # Without a good link there is no appointment, for staff neither.
    **dict.fromkeys(["appointments", "appointments-open", "appointments-calendar", "appointments-cancel"], everyone(MISSING)),
    **dict.fromkeys(["appointments-move", "appointments-next", "appointments-birth"], everyone(MISSING)),
    **dict.fromkeys([f"appointments-{press}" for press in ("confirm", "undo", "choose", "close")], everyone(POST_ONLY)),
    **dict.fromkeys(["appointments-prepare", "appointments-details", "appointments-details-change"], everyone(MISSING)),
    **dict.fromkeys(["appointments-data", "appointments-stop", "unsubscribe"], everyone(MISSING)),
    **dict.fromkeys(["appointments-link", "appointments-link-sent"], everyone(OPENS)),
    # Signed by the gateway or the mail service, and by nobody else.
    **dict.fromkeys(["text-receipt", "text-reply", "message-bounce"], everyone(POST_ONLY)),
    "clinician-calendar": everyone(MISSING),  # opened by its secret alone, whoever is signed in
    # Staff.
    "sign-in": everyone(MOVES_ON) | {"anonymous": OPENS},
    "sign-out": everyone(POST_ONLY),
    "after-sign-in": signed_in(MOVES_ON),
    "schedule": signed_in(OPENS, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED),
    "schedule-day": signed_in(OPENS, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED),
    **dict.fromkeys(["schedule-desk-note", "schedule-late"], signed_in(OPENS, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED)),
    **dict.fromkeys(
        ["my-time", "my-time-leave", "my-time-hours"], signed_in(OPENS, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED)
    ),
    # The session of the sample is the clinician's own; a request of theirs is taken back by a POST.
    "my-time-session": own_visit(OPENS),
    "my-time-withdraw": signed_in(POST_ONLY, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED),
    "admin:time-request": only("manager"),
    "admin:desk-start": only(*DESK),
    "schedule-note": own_visit(OPENS),
    # Of a visit that is not today there is nothing to start, end or miss; and what takes a POST shows the visit to a GET.
    **dict.fromkeys([f"schedule-{deed}" for deed in ("start", "finish", "miss", "undo")], own_visit(MOVES_ON)),
    "schedule-visit": own_visit(OPENS),
    **dict.fromkeys([f"schedule-{deed}" for deed in ("answer", "where", "prepared")], own_visit(MOVES_ON)),
    "schedule-live": signed_in(OPENS, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED),
    "schedule-sheet": signed_in(OPENS, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED),
    "schedule-colleagues": signed_in(REFUSED, manager=OPENS, **{"covering clinician": OPENS}),
    # A reason first; without the permission nobody learns who works here.
    **dict.fromkeys(
        ["schedule-colleague", "schedule-colleague-day"],
        signed_in(REFUSED, manager=MOVES_ON, **{"covering clinician": MOVES_ON}),
    ),
    "schedule-calendar": signed_in(OPENS, desk=MOVES_ON, manager=MOVES_ON, editor=REFUSED),
    **dict.fromkeys(["admin:day", "admin:week", "admin:day-sheet", "admin:since", "admin:worklist"], only(*DESK)),
    **dict.fromkeys(["admin:desk-book", "admin:desk-walk-in", "admin:desk-visit", "admin:running-late"], only(*DESK)),
    **dict.fromkeys(["admin:desk-patients", "admin:desk-times", "admin:desk-park"], only(*DESK, outcome=POST_ONLY)),
    "admin:desk-resume": only(*DESK, outcome=MOVES_ON),
    "admin:desk-parked": only(*DESK, outcome=MISSING),  # somebody else's
    "admin:work-done": only(*DESK, outcome=POST_ONLY),
    **dict.fromkeys(["admin:away", "admin:away-resolve", "admin:public-holidays"], only(*DESK)),
    **dict.fromkeys(["admin:find", "admin:patient", "admin:merge"], only(*DESK)),
    **dict.fromkeys(["admin:message-again", "admin:messenger"], only(*DESK)),
    "admin:previews": only(*DESK),
    **dict.fromkeys(["admin:messenger-pause", "admin:messenger-release", "admin:messenger-name"], only(*ALL, outcome=POST_ONLY)),
    **dict.fromkeys(["admin:visit-answer", "admin:visit-prepared", "admin:visit-not-prepared"], only(*ALL, outcome=POST_ONLY)),
    "admin:export-appointments": only(*OWNER),
    "admin:setup": only(*OWNER),
    "admin:setup-deed": only(*ALL, outcome=POST_ONLY),
    "admin:article-report": only(*WRITERS),
    "admin:treatments_article_reviews": only(*WRITERS),
    "admin:treatments_article_preview": only(*WRITERS, outcome=POST_ONLY),
    "admin:index": only(*ALL),
    # Those who may not use the admin land on its refusal by way of the sign-in page, which knows them already.
    "admin:login": signed_in(MOVES_ON, **dict.fromkeys(CLINICIANS, SIGN_IN)),
    "admin:logout": only(*ALL, outcome=POST_ONLY) | {"anonymous": MOVES_ON},
    "admin:password_change": only(*ALL, outcome=MOVES_ON),
    "admin:password_change_done": only(*ALL),
    "admin:jsi18n": only(*ALL),
    "admin:autocomplete": only(),  # no page of ours asks it anything
    "admin:view_on_site": only(*ALL, outcome=MOVES_ON),
    "admin:app_list": only(*DESK) | {"editor": MISSING},  # asked for the diary, of which editors see nothing
    "admin:catch-all": only(*ALL, outcome=MISSING),
    **{f"admin:bookings_appointment_{verb}": only(*DESK, outcome=MOVES_ON) for verb in STEPS},
    **{f"admin:bookings_appointment_{verb}": only(*DESK) for verb in ("move", "cancel", "decline", "offer", "amend", "overbook")},
    "admin:bookings_possiblematch_different": only(*DESK, outcome=MOVES_ON),
    "admin:bookings_callbackrequest_called": only(*DESK, outcome=MOVES_ON),
    "admin:bookings_timeoff_hit": only(*DESK, outcome=MOVES_ON),
    **{f"admin:clinic_user_{verb}": only(*OWNER) for verb in ("invite", "sign_out", "leave")},
    # Staff accounts.
    "invitation": everyone(MISSING),
    "invitation-app": everyone(MISSING),
    **dict.fromkeys(["second-factor", "second-factor-set-up", "account-codes"], signed_in(MOVES_ON)),
    **dict.fromkeys(["account", "account-password", "account-pin"], signed_in(OPENS)),
    "account-sign-out": signed_in(POST_ONLY),
    "switch": everyone(MOVES_ON) | {"anonymous": SIGN_IN},
    "switch-lock": everyone(POST_ONLY),
}  # fmt: skip


def rule_for(name):
    """Return the declared rule of an address, or None."""
    if name in RULES:
        return RULES[name]
    found = re.fullmatch(r"admin:([a-z]+_[a-z]+)_(changelist|add|change|delete|history|simple_history)", name)
    return MODELS[found[1]].rule(found[2]) if found and found[1] in MODELS else None


# --- The addresses --------------------------------------------------------------------------------------------------


def every_address():
    """Return (name, route) of all patterns there are; the admin's catch-all and short cut have names of ours."""
    return sorted(set(_walk(get_resolver().url_patterns, "", "")))


def _walk(patterns, route, space):
    for pattern in patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield space + (pattern.name or ("catch-all" if "(?P<url>" in whole else "short-cut")), whole
        else:
            yield from _walk(
                pattern.url_patterns, whole, space + (f"{pattern.namespace}:" if pattern.namespace else "")
            )


# Django redirects an old form of its addresses (`…/patient/5/`) to the change page: not an address of its own.
ADDRESSES = [(name, route) for name, route in every_address() if not name.endswith("short-cut")]


def test_every_address_has_a_declared_rule():
    assert sorted({name for name, _route in ADDRESSES if rule_for(name) is None}) == []


def test_every_rule_is_about_an_address_that_exists_or_a_model_that_is_shown():
    names = {name for name, _route in ADDRESSES}
    assert sorted(set(RULES) - names) == []


# --- What the addresses are tried with ------------------------------------------------------------------------------


@pytest.fixture
def clinic():
    roles.apply_roles()
    clinic = cast.open_clinic()
    author = factories.AuthorFactory(slug="an-author")
    series = factories.SeriesFactory(slug="a-series")
    factories.ArticleFactory(slug="an-article", author=author, series=series, part=1)
    factories.BodyRegionFactory(slug="neck")
    factories.SpotFactory(number=1)
    file = ContentFile(b"RIFF", name="a-picture.webp")
    factories.PictureFactory(slug="a-picture", file=default_storage.save("pictures/a-picture.webp", file))
    return clinic


@pytest.fixture
def staff(clinic):
    """Return a signed-in client for each role."""
    users = {role: _user(role) for role in ROLES if role != "anonymous"}
    for role, clinician in zip(CLINICIANS, (clinic.ortiz, clinic.sato, clinic.lindqvist), strict=True):
        clinician.user = users[role]
        clinician.save()
    return {role: _client(users.get(role)) for role in ROLES}


def _user(role):
    groups = {
        "desk": roles.FRONT_DESK, "editor": roles.EDITOR, "manager": roles.MANAGER, "covering clinician": roles.COVERING
    }  # fmt: skip
    user = factories.UserFactory(is_staff=role in ADMIN_ROLES)
    user.groups.add(Group.objects.get(name=groups.get(role, roles.CLINICIAN)))
    return user


def _client(user):
    client = Client(raise_request_exception=True)
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def rows(clinic, staff):
    """Return the pk of one row of every model the admin shows."""
    by = scheduling.By.system()
    slot = scheduling.Slot(clinic.consultation, at("2026-03-04", "10:00"), clinic.house, clinic.ortiz)
    visit = scheduling.book(slot, patient=clinic.ada, by=by, now=NOW, source="desk")
    later = scheduling.Slot(clinic.consultation, at("2026-03-04", "11:00"), clinic.house)
    scheduling.hold(later, session_key="somebody", now=NOW)
    Tick.objects.create(name="tick", at=NOW)
    RateCount.objects.create(scope="book", key_hash="x", window_start=NOW)
    UrgentStop.objects.create(date=NOW.date(), count=1)
    CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW)
    PossibleMatch.objects.create(patient=clinic.ada, known=clinic.ben, reason="phone", created_at=NOW)
    ManageLink.objects.create(token_hash="x", appointment=visit, created_at=NOW, expires_at=NOW)
    AccessEntry.objects.create(user=factories.UserFactory(), at=NOW, view="schedule", patients=[1])
    ColleagueLook.objects.create(
        user=factories.UserFactory(), clinician=clinic.ortiz, reason="Covers", at=NOW, until=NOW
    )
    asks_leave(clinic.ortiz, at("2026-03-10", "00:00"))
    TimeOff.objects.create(location=clinic.house, start=at("2026-03-09", "09:00"), end=at("2026-03-09", "10:00"))
    ExtraHours.objects.create(
        resource=clinic.ortiz.resource, location=clinic.house, date=NOW.date(), start="18:00", end="19:00"
    )
    ReminderStep.objects.create(days_before=3)
    ImportMapping.objects.create(source="oldsoft", kind="patients")
    TextReply.objects.create(provider_id="SM1", at=NOW, meaning="other", words="Late")
    factories.BodyRegionFactory()
    factories.MuscleFactory()
    assert Message.objects.exists()
    return visit


def sample(name, route, visit):
    """Return an address that fits the route, with rows that exist."""
    model = _model_of(name)
    row = model._default_manager.first() if model else visit
    values = {
        "slug": _slug_of(name), "token": "no-such-token", "date": "2026-03-04", "name": "requests", "pk": row.pk,
        "step": row.pk, "reference": visit.reference,
        "object_id": row.pk, "id": row.pk, "content_type_id": _type_of_treatment(), "app_label": "bookings", "url": "nowhere/",
    }  # fmt: skip
    if name == "picture":
        values["name"] = PurePosixPath(Picture.objects.get().file.name).stem
    if name in ("my-time-withdraw", "admin:time-request"):
        values["pk"] = TimeRequest.objects.get().pk
    if name == "my-time-session":
        values["pk"] = visit.clinician.resource.working_hours.first().pk
    if name == "admin:view_on_site":
        values["object_id"] = visit.treatment_id
    if name.endswith("_simple_history"):
        return f"/admin/{model._meta.label_lower.replace('.', '/')}/{row.pk}/history/{row.history.first().pk}/"
    if name == "admin:app_list":
        return "/admin/bookings/"
    if name.endswith("catch-all"):
        return "/admin/nowhere/"
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(values[part[1]]), route)
    address = "/" + re.sub(r"[\^$]|\\Z", "", filled)
    return address + ("?treatment=consultation&from=2026-03-04&days=2" if name == "api-slots" else "")


def _model_of(name):
    found = re.match(r"admin:(auth|clinic|bookings|treatments)_([a-z]+)_", name)
    return apps.get_model(found[1], found[2]) if found else None


def _slug_of(name):
    rows = {
        "article": "an-article",
        "article-preview": "an-article",
        "treatment": "consultation",
        "clinician": "amara-ortiz",
        "schedule-colleague": "amara-ortiz",
        "schedule-colleague-day": "amara-ortiz",
    }
    return rows.get(name) or {"spot": "spot-1", "topic": "neck", "series": "a-series", "author": "an-author"}.get(
        name, ""
    )


def _type_of_treatment():
    return apps.get_model("contenttypes", "ContentType").objects.get(app_label="treatments", model="treatment").pk


def outcome(response):
    if response.status_code == 302:
        return SIGN_IN if response.url.startswith(("/sign-in/", "/admin/login/")) else MOVES_ON
    names = {200: OPENS, 403: REFUSED, 404: MISSING, 405: POST_ONLY, 400: WRONG}
    return names.get(response.status_code, str(response.status_code))


# --- The table ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_its_rules_say_and_nothing_else(role, staff, rows, time_machine):
    time_machine.move_to(NOW, tick=False)
    found = {}
    for name, route in ADDRESSES:
        address = sample(name, route, rows)
        response = _fresh(staff[role]).get(address)
        if response.streaming:
            list(response)  # a picture is a file, closed when it has been read
        found[name, route] = outcome(response)
    expected = {(name, route): rule_for(name)[role] for name, route in ADDRESSES}
    assert {key: value for key, value in found.items() if value != expected[key]} == {}


@pytest.mark.parametrize("role", ["other clinician", "covering clinician", "editor"])
@pytest.mark.parametrize("query", [
    "",
    "clinician={whose}&whose={whose}&slug={whose}&resource={resource}&patient={patient}&visit={visit}&q={reference}",
])  # fmt: skip
def test_no_address_or_parameter_names_somebody_elses_patient(role, query, staff, rows, time_machine):
    time_machine.move_to(NOW, tick=False)
    known = {"whose": rows.clinician.slug, "resource": rows.clinician.resource.pk, "patient": rows.patient_id}
    asked = query.format(**known, visit=rows.pk, reference=rows.reference)
    naming = []
    for name, route in ADDRESSES:
        address = sample(name, route, rows)
        response = _fresh(staff[role]).get(f"{address}{'&' if '?' in address else '?'}{asked}" if asked else address)
        content = b"".join(response) if response.streaming else response.content
        if re.search(rb"\bAda\b|\bVale\b|ada@example", content):
            naming.append(name)
    assert naming == []


def _fresh(client):
    """The same sign-in with no memory of the addresses before: `sign-out` and the flow leave traces."""
    copy = Client()
    copy.cookies.update(client.cookies)
    return copy


def test_article_changes_have_no_page_of_their_own():
    """They are edited with their article; a page for them would need a rule."""
    assert ArticleChange._meta.label_lower.replace(".", "_") not in MODELS
