"""Worklists of what clinicians ask of the desk: next visits to book, and what they have to say."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import DeskNote, Message, NextStep
from bookings.models.next_steps import WORKLIST
from bookings.worklists.mechanism import Column, Person, Worklist, in_words, person
from bookings.worklists.moves import Move
from treatments.models import ClinicianTreatment
from treatments.templatetags.hours import short_day

# --- Next visits to book --------------------------------------------------------------------------------------------


def with_invitation(steps: QuerySet[NextStep]) -> QuerySet[NextStep]:
    """Add all that a row says: the visit, when its patient was invited or will be, and whether its clinician offers it."""
    letters = Message.objects.filter(appointment=OuterRef("appointment"), kind=Message.Kind.INVITATION)
    sent = letters.filter(state=Message.State.SENT).order_by("-sent_at").values("sent_at")[:1]
    due = letters.unsent().order_by("due_at").values("due_at")[:1]
    offers = ClinicianTreatment.objects.filter(
        clinician=OuterRef("appointment__clinician"), treatment=OuterRef("treatment")
    )
    about = [f"appointment__{name}" for name in ("patient", "treatment", "clinician", "location")]
    rows = steps.select_related("treatment", *about).order_by("due_on", "pk")
    return rows.annotate(invited_at=Subquery(sent), invites_at=Subquery(due), same_clinician=Exists(offers))


def wanted(step: NextStep) -> str:
    """Say what is wanted, and when."""
    if not step.weeks:
        return _("%(what)s, as soon as can be") % {"what": step.treatment}
    return _("%(what)s, around %(day)s") % {"what": step.treatment, "day": short_day(step.due_on)}


def invitation(step: NextStep) -> str:
    """Say whether the patient was invited to book it themselves, or is to be phoned."""
    place = step.appointment.location
    if step.invited_at:
        return _("invited %(when)s") % {"when": in_words(step.invited_at, place)}
    if step.invites_at:
        return _("invitation goes out %(when)s") % {"when": in_words(step.invites_at, place)}
    return _("no invitation: please phone")


def booking_of(step: NextStep) -> str:
    """Return the address of the booking panel with all that is known of a next visit."""
    visit = step.appointment
    asked: dict[str, Any] = {
        "location": visit.location.slug,
        "clinician": visit.clinician.slug if step.same_clinician else "",
        "treatment": step.treatment.slug,
        "patient": visit.patient_id,
        "day": _day_to_look_at(step),
        "next_step": step.pk,
    }
    return f"{reverse('admin:desk-book')}?{urlencode({name: value for name, value in asked.items() if value})}"


def _day_to_look_at(step: NextStep) -> dt.date | str:
    """The wanted date; the panel shows the next free times where it is as soon as can be."""
    return step.due_on if step.weeks else ""


def _who(step: NextStep) -> Person:
    return person(step.appointment.patient, reverse("admin:patient", args=[step.appointment.patient_id]))


def _after(step: NextStep) -> str:
    visit = step.appointment
    return f"{visit.treatment}, {visit.clinician.name}, {in_words(visit.start, visit.location)}"


def _late(step: NextStep, now: dt.datetime) -> list[Any]:
    today = timezone.localtime(now, step.appointment.location.zone).date()
    return [gettext_lazy("overdue")] if step.weeks and step.due_on < today else []


NEXT = Worklist(
    name=WORKLIST,
    title=gettext_lazy("Next visits to book"),
    empty=gettext_lazy("Every visit that a clinician wants has its time."),
    permission="bookings.change_appointment",
    found=lambda now: with_invitation(NextStep.objects.waiting()),
    columns=(
        Column(gettext_lazy("Patient"), _who),
        Column(gettext_lazy("Wanted"), wanted),
        Column(gettext_lazy("After"), _after),
        Column(gettext_lazy("Invitation"), invitation),
    ),
    patients=lambda step: {step.appointment.patient_id},
    moves=lambda step, now: [Move("book", gettext_lazy("Book"), booking_of(step), opens_page=True)],
    marks=_late,
    is_ticked=True,
)

# --- From the clinicians --------------------------------------------------------------------------------------------


def _about(note: DeskNote) -> Person | str:
    visit = note.appointment
    if visit is None:
        return ""
    return person(visit.patient, reverse("admin:bookings_appointment_change", args=[visit.pk]))


def _visit(note: DeskNote) -> str:
    visit = note.appointment
    return f"{visit.treatment}, {in_words(visit.start, visit.location)}" if visit else ""


NOTES = Worklist(
    name="notes",
    title=gettext_lazy("From the clinicians"),
    empty=gettext_lazy("No clinician waits for the desk."),
    permission="bookings.change_appointment",
    found=lambda now: DeskNote.objects.select_related(
        "clinician", *(f"appointment__{name}" for name in ("patient", "treatment", "location"))
    ).order_by("created_at", "pk"),
    columns=(
        Column(gettext_lazy("From"), lambda note: Person(note.clinician.name, None, "", "", "")),
        Column(gettext_lazy("It says"), lambda note: note.words),
        Column(gettext_lazy("About"), _about),
        Column(gettext_lazy("Visit"), _visit),
        Column(gettext_lazy("Said"), lambda note: in_words(note.created_at, None)),
    ),
    patients=lambda note: {note.appointment.patient_id} if note.appointment else (),
    is_ticked=True,
)
