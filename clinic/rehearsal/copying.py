"""Copies the diary while the clinic works: into a draft first, which becomes the practice copy only when all is erased."""

import datetime as dt
import shutil
from collections.abc import Callable

from django.conf import settings

from clinic.keeping import engines
from clinic.keeping.refusals import Refused, in_words
from clinic.rehearsal import place
from clinic.rehearsal.erasing import erase, is_copy

Say = Callable[[str], None]


def make(*, now: dt.datetime, invent_names: bool, say: Say) -> str:
    """Make the practice copy anew and return its name; the one before is replaced in one step. Raises Refused."""
    with in_words():
        _refuse_a_copy_of_a_copy()
        draft = place.folder() / "draft"
        shutil.rmtree(draft, ignore_errors=True)  # of one that was killed: real addresses lie in it
        draft.mkdir(mode=0o700)
        try:
            _copy(draft, now=now, invent_names=invent_names, say=say)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return place.database()


def _copy(draft, *, now, invent_names, say) -> None:
    source, copy = engines.of(), engines.of(place.database())
    if not copy.can_load():
        raise Refused("We may not make a database beside the clinic's. In PostgreSQL: ALTER ROLE ... CREATEDB.")
    say("Copying the database ...")
    dump = draft / "rehearsal" / "dump"
    dump.parent.mkdir()
    rows = source.dump(dump)
    with copy.loaded(dump, draft) as scratch:
        dump.unlink()
        with engines.looking_at(scratch):
            erase(now=now, invent_names=invent_names, say=say)
        copy.put_in_place(scratch)
    say(f"{sum(rows.values())} rows were copied, {rows.get('bookings_appointment', 0)} visits among them.")
    _copy_pictures()


def _copy_pictures() -> None:
    """Pictures are public; the copy has its own, so that nobody practises on the clinic's."""
    if settings.MEDIA_ROOT.exists():
        shutil.copytree(settings.MEDIA_ROOT, place.folder() / "media", dirs_exist_ok=True)


def _refuse_a_copy_of_a_copy() -> None:
    if settings.CLINIC_REHEARSAL or is_copy():
        raise Refused(
            "This is a practice copy already. Run it with the clinic's own DATABASE_URL, without CLINIC_REHEARSAL."
        )
