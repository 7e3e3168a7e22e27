"""A line from a clinician to the desk, about one of their visits or about their day."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bookings.models import Appointment, DeskNote
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import FormReused, NotAllowed, diary_transaction
from treatments.models import Clinician

MOST_WORDS = 300


def tell_desk(
    clinician: Clinician,
    words: str,
    *,
    by: By,
    now: dt.datetime,
    form_token: str,
    appointment: Appointment | None = None,
) -> DeskNote:
    """Leave a message in the desk's worklist. The same form sent twice says it once, and gets the first one back.

    Raises NotAllowed for no words, too many or somebody else's visit; FormReused when `form_token` has said something else.
    """
    words = words.strip()
    if not words or len(words) > MOST_WORDS:
        raise NotAllowed(_("Write a message of at most %(most)s characters.") % {"most": MOST_WORDS})
    if appointment is not None and appointment.clinician_id != clinician.pk:
        raise NotAllowed
    said = {"clinician": clinician, "appointment": appointment, "words": words, "user": by.user}
    with diary_transaction():
        return _said_before(form_token, said) or _say(form_token, said, now=now)


def _say(form_token: str, said: dict, *, now: dt.datetime) -> DeskNote:
    """Write it down. The token is unique: of two at the same instant the second finds what the first has written."""
    try:
        with transaction.atomic():
            return DeskNote.objects.create(form_token=form_token, created_at=now, **said)
    except IntegrityError:
        made = _said_before(form_token, said)
        if made is None:
            raise
        return made


def _said_before(form_token: str, said: dict) -> DeskNote | None:
    made = DeskNote.objects.filter(form_token=form_token).first()
    if made is not None and any(getattr(made, name) != value for name, value in said.items()):
        raise FormReused
    return made
