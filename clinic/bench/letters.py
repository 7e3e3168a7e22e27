"""How fast mail leaves: from rows that are due to rows that are marked, beside a bare loop of smtplib to the same server.

Half of it are confirmations with their calendar part, half are reminders with their two links.
"""

import datetime as dt
import smtplib

from django.core import mail
from django.test import override_settings

from bookings import outbox
from bookings.intervals import from_minute, wall_minute
from bookings.models import Appointment, Message
from clinic.bench import sink, timing
from clinic.bench.diary import ZONE, first_monday
from clinic.bench.sizes import Sizes

KINDS = [Message.Kind.CONFIRMATION, Message.Kind.REMINDER]
WHAT = "one smtplib connection to the same server, equal messages made beforehand"
AIM_SHARE, STRETCH_SHARE = 0.4, 0.6
ENOUGH_SECONDS = 3600
MILLISECONDS = 1000


def measure(sizes: Sizes) -> dict:
    """Compare on the current database. Without a mail server to measure with, say so."""
    try:
        with sink.running() as port, _mail_goes_to(port):
            return _compare(sizes, port)
    except sink.MissingSink as reason:
        return {"skipped": str(reason)}


def _mail_goes_to(port: int) -> override_settings:
    login = dict.fromkeys(["EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"], "")
    plain = dict.fromkeys(["EMAIL_USE_TLS", "EMAIL_USE_SSL"], False)
    backend = "django.core.mail.backends.smtp.EmailBackend"
    server = {"EMAIL_BACKEND": backend, "EMAIL_HOST": sink.HOST, "EMAIL_PORT": port}
    return override_settings(**server, **login, **plain, CLINIC_MESSAGES_PER_MINUTE=0)


def _compare(sizes: Sizes, port: int) -> dict:
    now = _a_morning()
    visits = list(Appointment.objects.filter(start__gt=now).select_related("patient").order_by("pk")[: sizes.letters])
    equal = _equal_letters(visits, now=now)
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for turn in range(sizes.warm_ups + sizes.letter_turns):
        Message.objects.bulk_create(_rows(visits, turn, now=now))
        sides = {"ours": lambda: _send_all(len(visits), now=now), "bare": lambda: _send_bare(equal, port)}
        times = timing.in_turns(sides, turns=1, warm_ups=0)
        if turn >= sizes.warm_ups:
            taken = {name: [*before, *times[name]] for name, before in taken.items()}
    return _figures(taken["ours"], taken["bare"], letters=len(visits))


def _a_morning() -> dt.datetime:
    """Return ten in the morning before the diary begins: reminders go by day only."""
    return from_minute(wall_minute(first_monday() - dt.timedelta(days=1), 10 * 60, ZONE))


def _rows(visits: list[Appointment], turn: int, *, now: dt.datetime) -> list[Message]:
    return [
        Message(
            intent=f"bench/{turn}/{visit.pk}",
            kind=KINDS[number % len(KINDS)],
            channel=Message.Channel.EMAIL,
            appointment=visit,
            patient=visit.patient,
            revision=visit.revision,
            created_at=now,
            due_at=now,
            useful_until=visit.start,
        )
        for number, visit in enumerate(visits)
    ]


def _equal_letters(visits: list[Appointment], *, now: dt.datetime) -> list[tuple[str, list[str], bytes]]:
    """Return envelopes and messages as the sender makes them."""
    Message.objects.bulk_create(_rows(visits, -1, now=now))
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        _send_all(len(visits), now=now)
    return [(each.from_email, each.to, each.message().as_bytes(linesep="\r\n")) for each in mail.outbox]


def _send_all(letters: int, *, now: dt.datetime) -> None:
    sent = outbox.send_due(now=now, channel=Message.Channel.EMAIL, seconds=ENOUGH_SECONDS)
    if sent != {"sent": letters}:
        raise RuntimeError(f"the sender did something else than send: {dict(sent)}")


def _send_bare(mails: list[tuple[str, list[str], bytes]], port: int) -> None:
    with smtplib.SMTP(sink.HOST, port, timeout=15) as server:
        for sender, recipients, message in mails:
            server.sendmail(sender, recipients, message)


def _figures(ours: list[float], bare: list[float], *, letters: int) -> dict:
    figures = timing.comparison(ours, bare, what=WHAT)
    a_second, bare_a_second = (letters * MILLISECONDS / figures[key]["median"] for key in ("ms", "baseline_ms"))
    share = round(a_second / bare_a_second, 3)
    return figures | {
        "letters": letters,
        "a_second": round(a_second, 1),
        "baseline_a_second": round(bare_a_second, 1),
        "share": share,
        "aim_share": AIM_SHARE,
        "stretch_share": STRETCH_SHARE,
        "reached": share >= AIM_SHARE,
    }
