"""How articles are kept: the one way one is saved, the check list before it is published, and whose review is due.

Every door saves an article with `keep`, then its relations, then calls `after_relations`.
"""

from treatments.editorial.checking import Check, check_list, open_musts, problems_of, reading_grade
from treatments.editorial.keeping import RELATIONS, after_relations, keep
from treatments.editorial.reviews import SOON_DAYS, Reviews, review_report

__all__ = [
    "RELATIONS",
    "SOON_DAYS",
    "Check",
    "Reviews",
    "after_relations",
    "check_list",
    "keep",
    "open_musts",
    "problems_of",
    "reading_grade",
    "review_report",
]
