"""The clinician's part of a visit: it begins with the side that was said, and ends with what comes next."""

import datetime as dt

from django.utils.translation import gettext as _

from bookings.models import Appointment, Message
from bookings.scheduling.next_steps import Next, write_next
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import NotAllowed, diary_transaction
from bookings.scheduling.visits import step, write_step
from bookings.scheduling.writing import change, lock_appointment, record
from treatments.models import BodyRegion, Treatment

MOST_OUTCOME = 300


class SideMissing(NotAllowed):
    """A procedure that has a region and a side cannot begin before both are written down."""


def lacks_side(appointment: Appointment) -> bool:
    """Whether a procedure with a side cannot begin yet, because nobody has written down where it is."""
    treatment = appointment.treatment
    has_side = treatment.asks_side and treatment.role == Treatment.Role.PROCEDURE
    return has_side and not (appointment.region_id and appointment.side)


def start(
    appointment: Appointment,
    *,
    by: By,
    now: dt.datetime,
    version: int | None = None,
    region: BodyRegion | None = None,
    side: str = "",
) -> Appointment:
    """The clinician begins. `region` and `side`: what the patient has just said, written down in the same step.

    Raises SideMissing for a procedure that has a side, as long as region or side is missing.
    """
    said = {name: value for name, value in {"region": region, "side": side}.items() if value}
    with diary_transaction():
        current = lock_appointment(appointment, version=version)
        new = {name: value for name, value in said.items() if getattr(current, name) != value}
        if new:
            current = change(current, new_revision=False, **new)
            record(current, "amend", by=by, now=now, before=current.status, fields=sorted(new))
        if lacks_side(current):
            raise SideMissing(_("Ask which part of the body and which side it is, and write it down. Then start."))
        return write_step("start", current, by=by, now=now)


def finish(
    appointment: Appointment,
    *,
    by: By,
    now: dt.datetime,
    version: int | None = None,
    outcome: str = "",
    then: Next | None = None,
) -> Appointment:
    """The visit is over. After a procedure the patient hears from us on the next day; `then` is what comes next.

    Raises NotAllowed when `then` does not say what and when.
    """
    procedure = appointment.treatment.role == Treatment.Role.PROCEDURE
    kind = Message.Kind.AFTERCARE if procedure else None
    with diary_transaction():
        current = step("finish", appointment, by=by, now=now, version=version, kind=kind, outcome=outcome)
        if then is not None:
            write_next(current, then, by=by, now=now)
    return current
