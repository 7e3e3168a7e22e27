"""The starter set: seven treatments, the parts of the body, and what rooms and devices can be, written by us.

Their texts are those of the demo: general, kind, and to be read by a clinician of the clinic before anybody else reads them.
"""

from functools import cache
from typing import Any

from clinic.demo import content

# What a clinic has to say for itself.
ITS_OWN = {"price_from", "price_to", "plans_text", "referral_text"}


@cache
def treatments() -> dict[str, tuple[dict[str, Any], str]]:
    """Return by short name what a treatment is, and the text about it."""
    rows = sorted(content.pages("treatments"), key=lambda page: page[0]["position"])
    return {row["slug"]: ({key: row[key] for key in row if key not in ITS_OWN}, body) for row, body in rows}


@cache
def capabilities() -> dict[str, str]:
    """Return by short name what a person, room or device can be to a treatment."""
    return {row["slug"]: row["name"] for row in content.house()["capabilities"]}


def kinds() -> dict[str, str]:
    """Return by short name what has a capability: a room, a device or support staff."""
    things = content.house()["resources"]
    return {slug: thing["kind"] for thing in things for slug in thing["capabilities"].split()}


def regions() -> list[dict[str, Any]]:
    """Return the parts of the body, from head to foot."""
    return content.house()["regions"]
