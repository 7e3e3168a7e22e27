"""A patient's own data, to take along: one file that a person can read and a program, too.

All we hold about them is in it, the staff's alert as well: 45 CFR 164.524 gives patients all that decisions about them rest on.
Left out is what is about others: who of the staff did what, and entries that may be somebody else.
"""

import datetime as dt
from typing import Any

from django.db.models import Prefetch, Q
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from bookings import access, preparation, readiness
from bookings.models import Appointment, Message, NextStep, Patient, ReadinessAnswer, TextReply
from bookings.views.own_visit import verified_only, with_appointment

FILE_NAME = "my-data.json"


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
@verified_only
def data(request, appointment, *, now):
    """A page with a button; the press gives the file."""
    if request.method != "POST":
        return render(request, "bookings/manage/data.html", {"location": appointment.location})
    entries = entries_of(appointment.patient)
    access.taken_by_patient([entry.pk for entry in entries], view="appointments-data", now=now)
    answer = JsonResponse(
        all_about(entries, zone=appointment.location.zone, now=now),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def entries_of(patient: Patient) -> list[Patient]:
    """Return the entry of a person, then those merged into it; one statement."""
    mine = Patient.objects.filter(Q(pk=patient.pk) | Q(merged_into=patient))
    return sorted(mine, key=lambda entry: (entry.pk != patient.pk, entry.pk))


def all_about(entries: list[Patient], *, zone: dt.tzinfo, now: dt.datetime) -> dict[str, Any]:
    """Return everything as plain JSON. Nine statements, however much there is. Moments are ISO 8601 with their offset.

    Moments of a visit are on the clock of its place, all others on that of `zone`.
    """
    visits = Appointment.objects.filter(patient__in=entries).order_by("start", "pk")
    beside = ("treatment", "treatment_wanted", "clinician", "location", "region")
    lists = ("treatment__preparation_steps", "preparation_done__user", "readiness_answers", "desk_notes")
    next_steps = Prefetch("next_steps", NextStep.objects.select_related("treatment"))
    fetched = visits.select_related(*beside).prefetch_related(*lists, next_steps)
    letters = Message.objects.filter(Q(patient__in=entries) | Q(appointment__patient__in=entries))
    replies = TextReply.objects.filter(patient__in=entries)
    return {
        "made_at": _moment(now, zone),
        "patient": _person(entries[0], zone),
        "second_entries": [_person(entry, zone) for entry in entries[1:]],
        "visits": [_visit(visit) for visit in fetched],
        "messages": [
            _letter(letter, zone) for letter in letters.select_related("appointment").order_by("due_at", "pk")
        ],
        "text_replies": [_reply(reply, zone) for reply in replies.order_by("at", "pk")],
    }


def _person(entry: Patient, zone: dt.tzinfo) -> dict[str, Any]:
    return {
        "first_name": entry.first_name,
        "last_name": entry.last_name,
        "birth_date": entry.date_of_birth.isoformat() if entry.date_of_birth else None,
        "email": entry.email,
        "phone": entry.phone.as_e164 if entry.phone else "",
        "language": entry.language,
        "access_needs": entry.access_needs,
        "coverage": entry.get_coverage_display(),
        "alert_for_staff": entry.alert,
        "known_since": _moment(entry.created_at, zone),
        "messages_by": entry.message_channel,
        "consents": {
            "text_messages_agreed_at": _moment(entry.sms_consent_at, zone),
            "text_messages_stopped_at": _moment(entry.sms_stopped_at, zone),
            "reminders_by_email_off_at": _moment(entry.reminders_off_at, zone),
            "privacy_notice_accepted_at": _moment(entry.privacy_notice_at, zone),
        },
        "email_refused_at": _moment(entry.email_refused_at, zone),
    }


def _visit(visit: Appointment) -> dict[str, Any]:
    zone = visit.location.zone
    return {
        "reference": visit.reference,
        "status": visit.status,
        "start": _moment(visit.start, zone),
        "end": _moment(visit.end, zone),
        "arrive_at": _moment(visit.arrive_at, zone),
        "treatment": visit.treatment.name,
        "treatment_wanted": visit.treatment_wanted.name if visit.treatment_wanted else None,
        "clinician": str(visit.clinician),
        "place": {
            "name": visit.location.name,
            "address": str(visit.location.address),
            "phone": visit.location.phone.as_e164,
        },
        "region": visit.region.name if visit.region else None,
        "side": visit.side,
        "reason": visit.reason,
        "booked_at": _moment(visit.created_at, zone),
        "booked_by": visit.source,
        "confirmed_at": _moment(visit.confirmed_at, zone),
        "cancel_reason": visit.cancel_reason,
        "outcome": visit.outcome,
        "preparation": [_step(step, zone) for step in preparation.steps_of(visit)],
        "answers": [_answer(answer, zone) for answer in visit.readiness_answers.all()],
        "what_next": [_next(step, zone) for step in visit.next_steps.all()],
        "lines_to_the_desk": [
            {"said_at": _moment(note.created_at, zone), "words": note.words} for note in visit.desk_notes.all()
        ],
    }


def _answer(answer: ReadinessAnswer, zone: dt.tzinfo) -> dict[str, Any]:
    question = readiness.QUESTIONS.get(answer.question)
    choice = question.choice(answer.answer) if question else None
    return {
        "asked": str(question.asks) if question else answer.question,
        "answer": str(choice[1]) if choice else answer.answer,
        "words": answer.words,
        "at": _moment(answer.at, zone),
    }


def _next(step: NextStep, zone: dt.tzinfo) -> dict[str, Any]:
    return {
        "what": step.kind,
        "treatment": step.treatment.name if step.treatment else None,
        "around": step.due_on.isoformat() if step.due_on else None,
        "said_at": _moment(step.created_at, zone),
        "taken_back_at": _moment(step.withdrawn_at, zone),
    }


def _step(step: preparation.Step, zone: dt.tzinfo) -> dict[str, Any]:
    who = "clinic" if step.done_by else "patient"
    return {
        "what": step.step.text,
        "due": step.due.isoformat(),
        "done_at": _moment(step.done_at, zone),
        "done_by": who if step.is_done else None,
    }


def _letter(letter: Message, zone: dt.tzinfo) -> dict[str, Any]:
    return {
        "kind": letter.kind,
        "channel": letter.channel,
        "state": letter.state,
        "due_at": _moment(letter.due_at, zone),
        "sent_at": _moment(letter.sent_at, zone),
        "delivered_at": _moment(letter.delivered_at, zone),
        "visit": letter.appointment.reference if letter.appointment else None,
    }


def _reply(reply: TextReply, zone: dt.tzinfo) -> dict[str, Any]:
    return {"at": _moment(reply.at, zone), "meaning": reply.meaning, "words": reply.words}


def _moment(instant: dt.datetime | None, zone: dt.tzinfo) -> str | None:
    return instant.astimezone(zone).isoformat(timespec="seconds") if instant else None
