"""Text messages that come back: a yes, a STOP, or words that a person must read.

A phone may be a family's, so that a yes counts only when it can mean one visit and no other.
"""

import datetime as dt
import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bookings import contacts, scheduling
from bookings.models import Appointment, Message, Messenger, Patient, TextReply
from bookings.models.appointments import Status
from bookings.scheduling import By

Meaning = TextReply.Meaning
MOST_WORDS = 320
# What carriers take as STOP is STOP for us. "Cancel" is one of theirs; the patient may mean the visit, so that a person looks.
WORDS = {
    Meaning.CONFIRM: {"c", "confirm", "confirmed", "yes", "y", "si", "sí", "ok"},
    Meaning.STOP: {"stop", "stopall", "unsubscribe", "end", "quit", "cancel", "optout", "revoke", "alto", "parar"},
    Meaning.START: {"start", "unstop"},
    Meaning.HELP: {"help", "info", "ayuda"},
}
MAY_MEAN_THE_VISIT = {"cancel", "end"}


def take(provider_id: str, phone: str, words: str, *, now: dt.datetime) -> str:
    """Act on one text that came in; returns what to answer, "" for nothing. The same text a second time changes nothing.

    `provider_id`: the gateway's number for it; `phone`: E.164, of whoever wrote; "" when it is none.
    """
    said = words.replace("\0", "").strip()[:MOST_WORDS] or str(_("(no words)"))
    meaning = meaning_of(said)
    try:
        with transaction.atomic():
            reply = TextReply.objects.create(provider_id=provider_id[:64], at=now, meaning=meaning, phone=phone[:20])
            return _act(reply, phone, said, now=now)
    except IntegrityError:
        if TextReply.objects.filter(provider_id=provider_id[:64]).exists():
            return ""
        raise


def meaning_of(words: str) -> str:
    """Return what one word means; whatever is longer means something else."""
    word = re.sub(r"[^\w]", "", words.casefold())
    return next((meaning for meaning, known in WORDS.items() if word in known), Meaning.OTHER)


def _act(reply: TextReply, phone: str, said: str, *, now: dt.datetime) -> str:
    people = list(Patient.objects.current().filter(phone=phone).order_by("pk")) if phone else []
    if len(people) == 1:
        reply.patient = people[0]
    if reply.meaning == Meaning.CONFIRM:
        return _confirm(reply, people, said, now=now)
    if reply.meaning in (Meaning.STOP, Meaning.START):
        _text_or_not(people, wanted=reply.meaning == Meaning.START, now=now)
        asks = reply.meaning == Meaning.STOP and said.casefold().strip(" .!") in MAY_MEAN_THE_VISIT
        return _keep(reply, said if asks else "")
    if reply.meaning == Meaning.HELP:
        _keep(reply, "")
        return _help(phone)
    return _keep(reply, said)


def _confirm(reply: TextReply, people: list[Patient], said: str, *, now: dt.datetime) -> str:
    """Confirm the visit this phone was last texted about, when that is one visit; else a person reads it."""
    visits = Appointment.objects.filter(patient__in=people, status=Status.BOOKED, start__gt=now)
    told = visits.filter(messages__channel=Message.Channel.SMS, messages__state=Message.State.SENT).distinct()
    soonest = list(told.select_related("location", "patient").order_by("start", "pk")[:2])
    if not soonest or _is_doubtful(*soonest):
        return _keep(reply, said, meaning=Meaning.OTHER)
    visit = soonest[0]
    try:
        scheduling.confirm(visit, by=By.patient(), now=now)
    except scheduling.Refused:
        return _keep(reply, said, meaning=Meaning.OTHER)
    reply.patient, reply.appointment = visit.patient, visit
    _keep(reply, "")
    return str(_("%(clinic)s: thank you, see you then.") % {"clinic": Messenger.current().name})


def _is_doubtful(first: Appointment, second: Appointment | None = None) -> bool:
    """Whether a yes may mean either of two visits: another person's, or one of the same day."""
    if second is None:
        return False
    return first.patient_id != second.patient_id or first.local_start.date() == second.local_start.date()


def _text_or_not(people: list[Patient], *, wanted: bool, now: dt.datetime) -> None:
    """Honor a STOP or a START for everybody who has this phone. A START gives back only a consent that was given before."""
    for patient in people:
        if wanted and patient.sms_consent_at is None:
            continue
        contacts.stop_texts(patient, None if wanted else now, now=now)


def _help(phone: str) -> str:
    place = _place_of(phone)
    name = Messenger.current().name
    if place is None:
        return str(_("%(clinic)s: reply STOP to end texts.") % {"clinic": name})
    facts = {"clinic": name, "phone": place.phone.as_national}
    return str(_("%(clinic)s: call us at %(phone)s. Reply STOP to end texts.") % facts)


def _place_of(phone: str):
    visits = (
        Appointment.objects.filter(patient__phone=phone)
        .exclude(patient__phone="")
        .select_related("location")
        .order_by("-start")
    )
    visit = visits.first()
    return visit.location if visit else None


def _keep(reply: TextReply, words: str, *, meaning: str = "") -> str:
    """Keep the words where a person must read them, with the phone to call back; nothing where all is done."""
    reply.words, reply.meaning = words, meaning or reply.meaning
    reply.phone = reply.phone if words else ""
    reply.save(update_fields=["words", "phone", "meaning", "patient", "appointment"])
    return ""
