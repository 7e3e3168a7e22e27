"""One search over articles, spots, treatments and clinicians, on SQLite and on PostgreSQL.

Words are folded in Python, for what is kept and for what is asked, so that both databases find, and mark, the same.
Whoever saves a public thing calls `index`; nothing listens to signals.
"""

from treatments.search.asking import Found, Hit, find, search, show
from treatments.search.index import forget, index, is_empty, rebuild
from treatments.search.urgent import Urgency, urgency

__all__ = [
    "Found",
    "Hit",
    "Urgency",
    "find",
    "forget",
    "index",
    "is_empty",
    "rebuild",
    "search",
    "show",
    "urgency",
]
