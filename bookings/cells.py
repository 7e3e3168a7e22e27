"""Cells of a CSV file that a spreadsheet will open: none of them may be taken for a formula."""

import re

# What makes a spreadsheet calculate; in East Asia also as wide characters. The last four break a cell apart. Spaces in
# front do not hide a formula, and quotes in front are counted, so that each can be taken off again.
FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠\t\r\n\x00]")


def harmless(cell: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula: one that could be gets a quote in front.

    As the OWASP page on CSV injection has it.
    """
    return f"'{cell}" if FORMULA.match(cell) else cell


def as_meant(cell: str) -> str:
    """Return what `harmless` was given: one quote less in front of what could be a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
