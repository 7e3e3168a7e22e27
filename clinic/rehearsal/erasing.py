"""Turns a copied diary into a practice copy: nobody in it can be reached, nothing opens anything, and it says what it is."""

import datetime as dt
from collections.abc import Callable

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Case, CharField, Expression, F, TextField, Value, When
from django.db.models.functions import Cast, Concat, LPad
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from bookings.models import Message, Messenger
from bookings.models.messenger import COPY
from clinic.rehearsal import names, words

# 555-0100 to 555-0199 are nobody's anywhere in North America: https://nanpa.com/numbering/555-line-numbers
AREAS = (
    *(201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 225, 228, 229),
    *(231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303),
)
BIRTHDAYS = 28


def erase(*, now: dt.datetime, invent_names: bool, say: Callable[[str], None]) -> None:
    """Make the database `connection` looks at a practice copy, in one transaction. Raises what the database raises."""
    with transaction.atomic():
        for label in words.DELETED:
            models.QuerySet(apps.get_model(label)).delete()
        say("Links, sessions, invitations, recovery codes and records of who looked at what are gone.")
        for label, fields in words.REPLACED.items():
            _replace(apps.get_model(label), fields, invent_names=invent_names)
        _quiet_events()
        if invent_names:
            _invent_birthdays()
        say(
            "Addresses, phone numbers and whatever people wrote are invented"
            + (", names too." if invent_names else ".")
        )
        voided = _silence(now)
    _overwrite()
    say(f"The messenger is paused for good; {voided} messages that waited are withdrawn.")


def is_copy() -> bool:
    """Whether the database `connection` looks at is a practice copy."""
    return Messenger.current().is_copy


def _replace(model: type[models.Model], fields: dict[str, str], *, invent_names: bool) -> None:
    """Replace what is there; what was empty stays empty, so that who cannot be reached still cannot."""
    for name, kind in fields.items():
        if kind == words.NAME and not invent_names:
            continue
        # Not the model's own manager: the diary's refuses every change that is not a verb.
        rows = models.QuerySet(model).exclude(**{name: ""})
        rows.update(**{name: INSTEAD[kind](model, name)})


def _email(model, name) -> Expression:
    return Concat(Value("patient"), _text(F("pk")), Value("@example.com"), output_field=CharField())


def _phone(model, name) -> Expression:
    whens = [When(_of(len(AREAS), position, per=100), then=Value(str(area))) for position, area in enumerate(AREAS)]
    last = LPad(_text(F("pk") % 100), 2, Value("0"))
    return Concat(Value("+1"), Case(*whens, output_field=CharField()), Value("55501"), last, output_field=CharField())


def _name(model, name) -> Expression:
    if name == "first_name":
        return _one_of(names.FIRST, per=1)
    if name == "last_name":
        return _one_of(names.LAST, per=len(names.FIRST))
    return Concat(_one_of(names.FIRST, per=1), Value(" "), _one_of(names.LAST, per=len(names.FIRST)))


def _words(model, name) -> Value:
    return Value(_("Invented for the rehearsal."), output_field=TextField())


def _nothing(model, name) -> Value:
    return Value("", output_field=CharField())


INSTEAD = {words.EMAIL: _email, words.PHONE: _phone, words.NAME: _name, words.WORDS: _words, words.NOTHING: _nothing}


def _one_of(choices: tuple[str, ...], *, per: int) -> Case:
    whens = [When(_of(len(choices), place, per=per), then=Value(choice)) for place, choice in enumerate(choices)]
    return Case(*whens, output_field=CharField())


def _of(count: int, place: int, *, per: int) -> Exact:
    """The rows whose number, counted in steps of `per`, is at this place of `count`."""
    return Exact((F("pk") / per) % count, place)


def _text(number) -> Cast:
    return Cast(number, CharField())


def _quiet_events() -> None:
    """Events keep what was where; why somebody was booked on top of another was typed by a person."""
    model = apps.get_model("bookings.AppointmentEvent")
    for event in models.QuerySet(model).filter(detail__has_key="overbooked").iterator():
        detail = {**event.detail, "overbooked": _("Invented for the rehearsal.")}
        models.QuerySet(model).filter(pk=event.pk).update(detail=detail)


def _invent_birthdays() -> None:
    patients = models.QuerySet(apps.get_model("bookings.Patient")).exclude(date_of_birth=None)
    for place in range(BIRTHDAYS):
        born = dt.date(1932 + 2 * place, place % 12 + 1, place + 1)
        patients.filter(_of(BIRTHDAYS, place, per=1)).update(date_of_birth=born)


def _overwrite() -> None:
    """Write the file anew: what was replaced still lies in the gaps of the old one, for whoever reads its bytes."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL" if connection.vendor == "postgresql" else "VACUUM")


def _silence(now: dt.datetime) -> int:
    """Mark the copy, pause it, and withdraw what waited; returns how many messages that was."""
    reason = _("This is a rehearsal: a copy of %(day)s. Nothing is ever sent from it.") % {"day": f"{now:%Y-%m-%d}"}
    Messenger.kept()
    values = {"identity": COPY, "paused_at": now, "pause_reason": reason, "paused_by": None}
    Messenger.objects.update(**values, shut_until=None, shut_reason="", shut_times=0)
    return Message.objects.unsent().update(state=Message.State.VOID, lease_until=None, last_error="")
