"""Who a link was sent to: all entries of one person, and their visits ahead.

A person may stand in the diary twice, because a booking never attaches itself to a known patient. Whoever got the link by
email and knows the date of birth sees the visits of every entry with that email, that name and that date.
"""

import datetime as dt

from bookings.models import Appointment, ManageLink, Patient

MOST_VISITS = 20


def entries_of(link: ManageLink) -> list[int]:
    """Return the entries (pk) of the person a link was sent to: their own, and those alike in email, birth date and name."""
    patient = link.appointment.patient
    if not (patient.email and patient.date_of_birth) or not _was_sent_there(link, patient):
        return [patient.pk]
    alike = Patient.objects.current().filter(email__iexact=patient.email, date_of_birth=patient.date_of_birth)
    same = [other.pk for other in alike.order_by("pk") if _name(other) == _name(patient)]
    return sorted({patient.pk, *same})


def others_of(link: ManageLink, *, but: Appointment, now: dt.datetime) -> list[Appointment]:
    """Return the visits ahead of a link's person, the next one first, without the one that is shown.

    The link's own visit is one of them whatever became of it, so that there is a way back to it.
    """
    ahead = Appointment.objects.expected().filter(patient__in=entries_of(link), start__gt=now).exclude(pk=but.pk)
    rows = list(ahead.select_related("location", "treatment", "clinician").order_by("start", "pk")[:MOST_VISITS])
    missing = link.appointment_id not in {but.pk, *(row.pk for row in rows)}
    return [link.appointment, *rows] if missing else rows


def _was_sent_there(link: ManageLink, patient: Patient) -> bool:
    """Whether the email was this one when the link was made.

    An address the patient has written down since proves nothing: it may be somebody else's, whose visits would be shown.
    """
    emails = list(patient.history.order_by("history_date", "history_id").values_list("history_date", "email"))
    before = [email for date, email in emails if date <= link.created_at]
    after = [email for date, email in emails if date > link.created_at]
    known = before[-1:] or after
    return all(email.casefold() == patient.email.casefold() for email in known)


def _name(patient: Patient) -> tuple[str, str]:
    return patient.first_name.strip().casefold(), patient.last_name.strip().casefold()
