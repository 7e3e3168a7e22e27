"""How fast mail leaves: from rows that are due to rows that are marked, beside a bare loop of smtplib to the same server.

One worker sends, with as many processes as deploy/ gives it; beside it, for who wants to know, one process alone. Half of the
letters are confirmations with their calendar part, half are reminders with their two links.
"""

import datetime as dt
import json
import logging
import multiprocessing
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core import mail
from django.db import connection
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
PROCESSES = 2  # of one worker, as in deploy/ and compose.yaml
ENOUGH_SECONDS = 3600
MILLISECONDS = 1000
PATIENCE = 120  # seconds
MINUTE = dt.timedelta(minutes=1)


def measure(sizes: Sizes) -> dict:
    """Compare on the current database. Without a mail server to measure with, say so."""
    try:
        with sink.running() as port:
            alone, worker = (_in_a_fresh_python(sizes, port, processes) for processes in (1, PROCESSES))
    except sink.MissingSink as reason:
        return {"skipped": str(reason)}
    aims = {"aim_share": AIM_SHARE, "stretch_share": STRETCH_SHARE, "reached": worker["share"] >= AIM_SHARE}
    return worker | aims | {"one_process": alone}


def _in_a_fresh_python(sizes: Sizes, port: int, processes: int) -> dict:
    """Run the comparison in a Python that has not connected yet, so that its processes open connections of their own."""
    job = {"letters": sizes.letters, "turns": sizes.letter_turns, "warm_ups": sizes.warm_ups}
    told = json.dumps({"letters": job | {"port": port, "processes": processes}})
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "bench", "--job", told]
    connection.close()
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ.copy())
    return json.loads(finished.stdout)


# --- In the fresh Python ----------------------------------------------------------------------------------------------


def run(job: dict) -> dict:
    """Let the processes of a worker send, then one of them send bare, in turns; return the figures of all turns."""
    logging.disable(logging.INFO)  # standard error is for progress
    with _mail_goes_to(job["port"]):
        equal = _prepare(job)
        connection.close()
        spans = _spans(job, equal)
    ours, bare = zip(*spans[job["warm_ups"] :], strict=True)
    return _figures(ours, bare, job)


def _prepare(job: dict) -> list[tuple[str, list[str], bytes]]:
    """Write the rows of all turns, each due a minute after those before, and return equal letters, ready to send."""
    now = _a_morning()
    visits = list(Appointment.objects.filter(start__gt=now).select_related("patient").order_by("pk")[: job["letters"]])
    if len(visits) < job["letters"]:
        raise RuntimeError(f"the diary has {len(visits)} visits and not {job['letters']}")
    run = f"{job['processes']}-{job['port']}"
    equal = _equal_letters(visits, run, now=now)
    for turn in range(job["warm_ups"] + job["turns"]):
        Message.objects.bulk_create(_rows(visits, f"{run}/{turn}", now=now + (turn + 1) * MINUTE))
    return equal


def _spans(job: dict, equal: list) -> list[tuple[float, float]]:
    """Fork the processes; return by turn the seconds all took together, and those of the bare loop."""
    context = multiprocessing.get_context("fork")
    start = context.Barrier(job["processes"])
    lanes = []
    for number in range(job["processes"]):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_lane, args=(number, job, equal, start, there))
        process.start()
        there.close()
        lanes.append((process, here))
    answers = [here.recv() for _process, here in lanes]
    for process, _here in lanes:
        process.join()
    return [_together(turn, job["letters"]) for turn in zip(*answers, strict=True)]


def _together(turn: tuple, letters: int) -> tuple[float, float]:
    sent = sum(count for count, *_rest in turn)
    if sent != letters:
        raise RuntimeError(f"the senders sent {sent} of {letters} letters")
    whole = max(end for _count, _begin, end, _bare in turn) - min(begin for _count, begin, _end, _bare in turn)
    return whole * MILLISECONDS, turn[0][-1] * MILLISECONDS


def _lane(number: int, job: dict, equal: list, start, answers) -> None:
    """One process of the worker. The first one also runs the bare loop, while the others wait."""
    connection.ensure_connection()
    answers.send([_turn(number, turn, job, equal, start) for turn in range(job["warm_ups"] + job["turns"])])
    connection.close()


def _turn(number: int, turn: int, job: dict, equal: list, start) -> tuple[int, float, float, float]:
    now = _a_morning() + (turn + 1) * MINUTE
    start.wait(PATIENCE)
    begin = time.monotonic()
    counts = outbox.send_due(now=now, channel=Message.Channel.EMAIL, seconds=ENOUGH_SECONDS)
    end = time.monotonic()
    if set(counts) - {"sent"}:
        raise RuntimeError(f"the sender did something else than send: {dict(counts)}")
    start.wait(PATIENCE)
    bare = _send_bare(equal, job["port"]) if number == 0 else 0.0
    return counts["sent"], begin, end, bare


def _mail_goes_to(port: int) -> override_settings:
    login = dict.fromkeys(["EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"], "")
    plain = dict.fromkeys(["EMAIL_USE_TLS", "EMAIL_USE_SSL"], False)
    backend = "django.core.mail.backends.smtp.EmailBackend"
    server = {"EMAIL_BACKEND": backend, "EMAIL_HOST": sink.HOST, "EMAIL_PORT": port}
    return override_settings(**server, **login, **plain, CLINIC_MESSAGES_PER_MINUTE=0)


def _a_morning() -> dt.datetime:
    """Return ten in the morning before the diary begins: reminders go by day only."""
    return from_minute(wall_minute(first_monday() - dt.timedelta(days=1), 10 * 60, ZONE))


def _rows(visits: list[Appointment], name: str, *, now: dt.datetime) -> list[Message]:
    return [
        Message(
            intent=f"bench/{name}/{visit.pk}",
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


def _equal_letters(visits: list[Appointment], name: str, *, now: dt.datetime) -> list[tuple[str, list[str], bytes]]:
    """Return envelopes and messages as the sender makes them."""
    Message.objects.bulk_create(_rows(visits, f"{name}/equal", now=now))
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        outbox.send_due(now=now, channel=Message.Channel.EMAIL, seconds=ENOUGH_SECONDS)
    return [(each.from_email, each.to, each.message().as_bytes(linesep="\r\n")) for each in mail.outbox]


def _send_bare(mails: list[tuple[str, list[str], bytes]], port: int) -> float:
    """Return how many seconds a bare loop takes."""
    begin = time.monotonic()
    with smtplib.SMTP(sink.HOST, port, timeout=15) as server:
        for sender, recipients, message in mails:
            server.sendmail(sender, recipients, message)
    return time.monotonic() - begin


def _figures(ours: Iterable[float], bare: Iterable[float], job: dict) -> dict:
    figures = timing.comparison(ours, bare, what=WHAT)
    a_second, bare_a_second = (job["letters"] * MILLISECONDS / figures[key]["median"] for key in ("ms", "baseline_ms"))
    return figures | {
        "processes": job["processes"],
        "letters": job["letters"],
        "a_second": round(a_second, 1),
        "baseline_a_second": round(bare_a_second, 1),
        "share": round(a_second / bare_a_second, 3),
    }
