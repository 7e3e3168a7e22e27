"""Phone booking: one form for the panel beside the board, for its own page, and for “add” in the admin."""

import datetime as dt
from typing import Any, NamedTuple

from bookings import access, scheduling
from bookings.availability import FreeTime
from bookings.desk import offering, parking
from bookings.desk.board import PLACE_KEY
from bookings.forms.desk import BookForm, WantedForm
from bookings.forms.finding import FEWEST_CHARACTERS
from bookings.forms.walltime import wall_at
from bookings.models import Appointment, Message
from treatments.models import Clinician, Location, Treatment

TREATMENT_KEY = "desk_treatment"
TYPED = "typed"  # the choice of a time that none of the offered ones is


class Filled(NamedTuple):
    """The form as it stands; `visit` when it has just been booked; `near` when its time was refused."""

    form: BookForm
    visit: Appointment | None = None
    near: list[FreeTime] | None = None
    later: dt.date | None = None


# --- What was asked -------------------------------------------------------------------------------------------------


def read(request, *, now: dt.datetime, **options) -> Filled:
    """Read the request as a form: a fresh one, one that only looks for people or times, or one that books."""
    if request.method != "POST":
        return Filled(BookForm(initial=asked_for(request), now=now, **options))
    data = pressed(request.POST)
    if "look" in data or "later" in data:
        return look(data, now=now, **options)
    form = BookForm(data, now=now, **options)
    visit = take(form, request, now=now) if form.is_valid() or _was_made(form) else None
    if visit is not None:
        return Filled(form, visit)
    slot = form.slot if form.has_error("when") else None
    form.fill_in()
    return Filled(form, near=offering.near(slot, now=now) if slot and not form.overbooks else None)


def look(data, *, now: dt.datetime, **options) -> Filled:
    """Find people or free times for what is typed so far, without a word about what is still missing."""
    later = WantedForm({"day": data.get("later", "")}).wanted().get("day")
    initial = typed_in(data) | (_walked_in(data, now=now) if data.get("look") == "overbook" else {})
    return Filled(BookForm(initial=initial, now=now, **options), later=later)


def _walked_in(data, *, now: dt.datetime) -> dict[str, str]:
    """Return what is known of a walk-in for whom nothing is free: they are here now, and need no letter."""
    place = WantedForm(data).wanted().get("location")
    here = {"pick": TYPED, "overbook": "on", "source": Appointment.Source.WALK_IN, "notify": ""}
    return here | ({"when": wall_at(now, place.zone)} if place else {})


def typed_in(data) -> dict[str, str]:
    """Return what a posted form says as the beginning of a fresh one. Nothing typed is lost, and nothing complains."""
    typed = {name: data.get(name, "") for name in BookForm.base_fields}
    return {name: value for name, value in typed.items() if value or name != "form_token"}


def pressed(data):
    """Return the posted data with the known patient of the button that was pressed, instead of the new one typed."""
    if not data.get("known"):
        return data
    data = data.copy()
    data["patient"] = data["known"]
    for name in ("find", "first_name", "last_name", "date_of_birth", "phone", "email", "sms_consent", "guessed_from"):
        data[name] = ""
    return data


def asked_for(request) -> dict[str, Any]:
    """Return what an address may fill in: place, clinician, treatment by their public names, a time or a day, a patient by number.

    The place is else the board's, the treatment the one this person booked last.
    """
    query = request.GET
    place = _named(Location, query.get("location") or request.session.get(PLACE_KEY, ""))
    treatment = _named(Treatment, query.get("treatment", ""))
    found = {
        "location": place or Location.objects.active().first(),
        "clinician": _named(Clinician, query.get("clinician", "")),
    }
    initial = {name: row.pk for name, row in found.items() if row is not None}
    last = treatment.pk if treatment else request.session.get(TREATMENT_KEY)
    initial |= {"treatment": last} if last else {}
    return initial | {name: query[name] for name in ("when", "day", "patient", "next_step") if name in query}


def _named(model, slug: str):
    """Return the active row of a slug, or None. PostgreSQL cannot even be asked for a NUL."""
    return model.objects.active().filter(slug=slug.replace("\x00", "\ufffd")).first() if slug else None


# --- Booking --------------------------------------------------------------------------------------------------------


def take(form: BookForm, request, *, now: dt.datetime) -> Appointment | None:
    """Book what a clean form asks; None, with the refusal said at its field. A parked form is parked no more."""
    verb = scheduling.overbook if form.overbooks else scheduling.book
    who = {"patient": form.get_patient(), "by": scheduling.By.staff(request.user), "now": now}
    try:
        visit = verb(form.slot, **who, **form.answers())
    except scheduling.Refused as refusal:
        form.add_error(field_of(refusal), str(refusal.message))
        return None
    request.session[TREATMENT_KEY] = visit.treatment_id
    parking.drop(parking.resumed_pk(request.POST), user=request.user)
    return visit


def _was_made(form: BookForm) -> bool:
    """Whether this form was sent before: the second sending must not be warned of the patient the first one wrote down."""
    token = form.cleaned_data.get("form_token")
    only_warned = form.alike and list(form.errors) == ["patient"]
    return bool(only_warned and token and Appointment.objects.filter(form_token=token).exists())


def field_of(refusal: scheduling.Refused) -> str | None:
    """Return the field a refusal is said at: the time, or the form as a whole."""
    return "when" if isinstance(refusal, scheduling.Taken | scheduling.NotOffered) else None


# --- What is shown --------------------------------------------------------------------------------------------------


def shown(request, filled: Filled, *, now: dt.datetime) -> dict[str, Any]:
    """Return what the form's template shows, and note which patients that are."""
    form = filled.form
    access.shows_patients(request, [patient.pk for patient in form.people] + [each.patient.pk for each in form.alike])
    return {
        **offered(filled, now=now),
        "form": form,
        "may_overbook": request.user.has_perm("bookings.overbook_appointment"),
        "near": filled.near,
        "searched": len(form.typed("find")) >= FEWEST_CHARACTERS,
        "parked": parking.parked_by(request.user),
        "resumed": parking.resumed_pk(request.POST),
        "focus": _focus(form),
        "now": now,
    }


def _focus(form) -> str:
    """Return the field to begin with: the first that is wrong, else the search."""
    first = next((name for name in form.fields if name in form.errors), "find")
    if first in form.fields:
        form.fields[first].widget.attrs["autofocus"] = True
    return "when" if first == "pick" else first


def offered(filled: Filled, *, now: dt.datetime) -> dict[str, Any]:
    """Return the free times for what is typed so far, and which one is chosen."""
    form = filled.form
    wanted = WantedForm(form.data if form.is_bound else form.initial).wanted()
    offer = offering.offer(wanted, now=now, later=filled.later)
    if offer is not None and form.typed("pick") in offer.values:
        chosen = form.typed("pick")
    elif form.always_overbooks or form.typed("pick") == TYPED or form.typed("overbook"):
        chosen = TYPED
    else:
        chosen = offer.exact.value if offer and offer.exact else ""
    return {"offer": offer, "chosen_time": chosen, "wanted": wanted}


def booked(request, visit: Appointment, *, now: dt.datetime) -> dict[str, Any]:
    """Return what is said of a visit that was just booked: who, when, with whom, where, and what they are told when."""
    access.shows_patients(request, [visit.patient_id])
    notices = visit.messages.exclude(kind=Message.Kind.REMINDER).unsent()
    return {
        "visit": visit,
        "notice": notices.order_by("due_at").first(),
        "may_undo": scheduling.may_undo(visit, now=now),
        "parked": parking.parked_by(request.user),
        "now": now,
    }
