"""How articles are kept: the one way one is saved, the check list before it is published, and whose review is due.

Every door saves an article with `keep`, then its relations, then calls `after_relations`.
"""

from treatments.editorial.checking import Check, check_list, open_musts, problems_of
from treatments.editorial.keeping import RELATIONS, after_relations, keep
from treatments.editorial.reviews import Reviews, review_report

__all__ = [
    "RELATIONS",
    "Check",
    "Reviews",
    "after_relations",
    "check_list",
    "keep",
    "open_musts",
    "problems_of",
    "review_report",
]
