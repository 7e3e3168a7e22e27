"""Moving in: patients, appointments ahead, hours and leave from the files of another system.

A file is opened (`files`), its columns are recognized (`columns`, `fields`) and remembered (`ImportMapping`), and its rows
are taken in chunks (`running`): each becomes a patient, a visit through `scheduling`, hours or leave, and is remembered
(`ImportedRow`), so that the same file read again, or read on after an interruption, makes nothing twice. Nobody is written
to before the import is released (`outbox.release_visits`).
"""

from bookings.imports.files import Unusable
from bookings.imports.ledger import visits_of
from bookings.imports.running import Asked, Reading, in_order, prepare

__all__ = ["Asked", "Reading", "Unusable", "in_order", "prepare", "visits_of"]
