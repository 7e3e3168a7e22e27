"""Messages in the words of the desk: what was said, when, how it ended, and whether it can be said once more."""

import datetime as dt
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import outbox
from bookings.models import Appointment, Message
from treatments.templatetags.hours import clock, plain_date, short_moment

State = Message.State
# How a row ended. What is missing here needs more than a word.
ENDED = {
    State.SENDING: gettext_lazy("being sent"),
    State.FAILED: gettext_lazy("could not be delivered"),
    State.DEAD: gettext_lazy("given up"),
    State.VOID: gettext_lazy("not sent, no longer needed"),
}
AWAY = gettext_lazy("The server did not answer.")
# Why, by the first word or all of `last_error`.
PROBLEMS = {
    "SMTPRecipientsRefused": gettext_lazy("Its mail server refused the address."),
    "SMTPSenderRefused": gettext_lazy("The mail server refuses mail from us."),
    "SMTPDataError": gettext_lazy("The mail server refused the message."),
    "SMTPAuthenticationError": gettext_lazy("The mail server does not know our password."),
    "SmsRefused": gettext_lazy("The text message service refused it."),
    "bounced": gettext_lazy("It came back: the mailbox does not take it."),
    "failed": gettext_lazy("The phone company could not deliver it."),
    "undelivered": gettext_lazy("The phone company could not deliver it."),
    "SmsStopped": gettext_lazy("They have told the text message service STOP."),
    "SmsUnknown": gettext_lazy("Nobody knows whether the text message went: there is no second try by itself."),
    "out of date": gettext_lazy("The appointment has changed since."),
    "no step of the plan any more": gettext_lazy("The reminder plan has changed since."),
    "said by email instead": gettext_lazy("It goes by email instead."),
    "too late to be of use": gettext_lazy("It would have come too late to be of use."),
    "no way to reach the patient": gettext_lazy("Nothing reaches this patient: please phone."),
    "the patient wants none of these": gettext_lazy("The patient wants none of these."),
    "another way was chosen": gettext_lazy("The patient chose another way."),
    "enough text messages": gettext_lazy("They had enough text messages: it goes by email."),
    "before the diary began": gettext_lazy("It belongs to the time before this diary."),
    "the sender stopped; whether it arrived is unknown": gettext_lazy(
        "The sender stopped in the middle: nobody knows whether it went."
    ),
    **dict.fromkeys(["SMTPServerDisconnected", "SMTPConnectError", "SMTPHeloError", "SMTPResponseException"], AWAY),
    **dict.fromkeys(["ConnectionRefusedError", "ConnectionResetError", "BrokenPipeError", "TimeoutError"], AWAY),
    **dict.fromkeys(["gaierror", "OSError", "SSLError", "URLError", "SmsAway"], AWAY),
}
MOST_TOLD = 4  # in one line
SPOKEN_OF = (State.DUE, State.SENDING, State.SENT, State.FAILED, State.DEAD)


class Letter(NamedTuple):
    """A message, and the clock on which its times are said; None is the clinic's own."""

    message: Message
    zone: dt.tzinfo | None

    @property
    def at(self) -> dt.datetime:
        """When it went, or is to go."""
        return self.message.sent_at or self.message.due_at

    @property
    def ended(self) -> str:
        """How it went, as a person would say it."""
        message = self.message
        if message.state == State.DUE:
            return self._waits()
        if message.state == State.SENT:
            return _("arrived") if message.delivered_at else _("sent")
        if message.state in (State.FAILED, State.DEAD) and message.sent_at:
            return _("sent, then came back")
        return str(ENDED[State(message.state)])

    @property
    def tries(self) -> int:
        """How often it was tried, where once was not enough."""
        return self.message.attempts if self.message.attempts > 1 else 0

    @property
    def problem(self) -> str:
        return problem_of(self.message.last_error)

    @property
    def may_go_again(self) -> bool:
        """Whether a button is worth it; whether it is sent, the outbox says when it is pressed."""
        message = self.message
        ended = message.state not in (State.DUE, State.SENDING)
        return ended and message.appointment is not None and outbox.is_true(message)

    def _waits(self) -> str:
        message = self.message
        if message.attempts and message.lease_until:
            return _("tried, next try %(when)s") % {"when": self._moment(message.lease_until)}
        return _("to be sent")

    def _moment(self, instant: dt.datetime) -> str:
        local = timezone.localtime(instant, self.zone)
        return f"{plain_date(local)}, {clock(local)}"


def letter_of(message: Message) -> Letter:
    """Return a message with the clock of its place. Select `appointment__location` with it."""
    return Letter(message, message.appointment.location.zone if message.appointment else None)


def problem_of(error: str) -> str:
    """Say what went wrong. What has no words here stays as it is: a class of error, never an address."""
    known = PROBLEMS.get(error) or PROBLEMS.get(error.partition(" ")[0])
    return str(known) if known else error


def told(visit: Appointment) -> list[str]:
    """Return in a few words what the patient was told, the newest last: “reminder due Tue, Mar 3, 8 am”. One statement."""
    rows = Message.objects.filter(appointment=visit, state__in=SPOKEN_OF).order_by("due_at", "pk")
    words = dict.fromkeys(_told(row, visit.location.zone) for row in rows)  # email and text alike are one
    past = [line for line, is_ahead in words if not is_ahead]
    ahead = [line for line, is_ahead in words if is_ahead]
    return past[-(MOST_TOLD - min(len(ahead), 2)) :] + ahead[:2]


def _told(message: Message, zone: dt.tzinfo) -> tuple[str, bool]:
    """Return the words, and whether it is still to come."""
    is_ahead = message.state == State.DUE
    said: dict[str, Any] = {
        "what": message.get_kind_display(),
        "when": short_moment(timezone.localtime(message.sent_at or message.due_at, zone)),
    }
    if is_ahead:
        return _("%(what)s due %(when)s") % said, is_ahead
    if message.state == State.SENT:
        return _("%(what)s, sent %(when)s") % said, is_ahead
    if message.state == State.SENDING:
        return _("%(what)s, being sent") % said, is_ahead
    return _("%(what)s, not delivered") % said, is_ahead


def letters_about(visit: Appointment) -> list[Letter]:
    """Return everything that was written about an appointment, the newest first. One statement."""
    rows = Message.objects.filter(appointment=visit).select_related("appointment__location", "asked_by")
    return [letter_of(message) for message in rows.order_by("-due_at", "-pk")]
