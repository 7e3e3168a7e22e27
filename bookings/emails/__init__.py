"""What an email says: one function and three templates for each kind.

Neutral on purpose: first name, day, arrival time, place, phone and a link. Treatment, body region, reason and the
clinician stay behind the link; what patients wrote is never sent. Bodies are made as they are sent and not kept.
"""

from bookings.emails.kinds import KINDS, compose
from bookings.emails.words import CAN_BE_STOPPED, Rendered, render

__all__ = ["CAN_BE_STOPPED", "KINDS", "Rendered", "compose", "render"]
