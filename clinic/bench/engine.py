"""All that is measured on one engine, in a process whose default database is an empty one of that engine."""

import logging
import os
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection

from clinic.bench import crowds, databases, diary, free_times, letters, moving, pages, ticks
from clinic.bench import desk as desk_pages
from clinic.bench.sizes import Sizes

Say = Callable[[str], None]


def measure(sizes: Sizes, *, say: Say) -> dict:
    _log_to_nowhere()
    say("making the scratch databases")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    desk = databases.Desk()
    try:
        return _measure(desk, sizes, say=say)
    finally:
        desk.close()


def _measure(desk: databases.Desk, sizes: Sizes, *, say: Say) -> dict:
    demo = databases.copy("demo") if sizes.demo else None
    diary.build(sizes.clinicians)
    quiet = ticks.prepare(sizes)
    houses = moving.prepare()
    diaries = _fill(desk, sizes, say=say)
    say("asking for free times")
    figures = {"database": _version(), "free_times": free_times.measure(desk, diaries, sizes)}
    say("reading pages")
    figures["pages"] = desk.at(demo, lambda: _demo_pages(sizes))() if demo else pages.measure(sizes)
    say("opening the desk's day")
    figures["desk"] = desk_pages.measure(sizes)
    say("sending mail")
    figures["letters"] = letters.measure(sizes)
    figures["ticks"] = ticks.measure(desk, quiet, sizes, say=say)
    figures["moving_in"] = moving.measure(desk, houses, sizes, say=say)
    say("booking with many processes at once")
    return figures | {"booking": crowds.measure(sizes)}


def _fill(desk: databases.Desk, sizes: Sizes, *, say: Say) -> dict[int, str]:
    """Fill the default database with the young diary and a copy of it with the old one; return their names by rows."""
    young, old = sizes.rows
    diary.fill_month(sizes.days)
    say(f"writing {young} rows of occupancy")
    diary.fill_past(young)
    copy = databases.copy("old")
    say(f"writing {old} rows of occupancy")
    desk.at(copy, lambda: diary.fill_past(old))()
    names = {young: str(connection.settings_dict["NAME"]), old: copy}
    for name in names.values():
        desk.at(name, databases.learn_the_rows)()
    return names


def _demo_pages(sizes: Sizes) -> dict:
    with open(os.devnull, "w") as nowhere:
        call_command("seed_demo", stdout=nowhere, stderr=nowhere)
    databases.learn_the_rows()
    return pages.measure(sizes)


def _version() -> str:
    return f"{connection.vendor} {'.'.join(str(part) for part in connection.get_database_version())}"


def _log_to_nowhere() -> None:
    """Requests write their log lines as always, at the same cost, where they do not mix with the progress."""
    nowhere = open(os.devnull, "w")  # noqa: SIM115  (for the rest of the process)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(nowhere)
