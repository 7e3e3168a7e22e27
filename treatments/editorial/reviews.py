"""Whose medical review is due."""

import datetime as dt
from dataclasses import dataclass

from treatments.models import Article

SOON_DAYS = 60


@dataclass(frozen=True)
class Reviews:
    """Published and scheduled articles by what their review lacks; one article may stand in several lists."""

    overdue: list[Article]
    never: list[Article]
    soon: list[Article]
    unconfirmed: list[Article]


def review_report(*, today: dt.date) -> Reviews:
    """Say which reviews are overdue, missing, due within 60 days, or signed by somebody not yet confirmed. One query."""
    out = Article.objects.filter(status=Article.Status.PUBLISHED).order_by("next_review_on", "title", "pk")
    articles = list(out.select_related("author__clinician", "reviewer__clinician"))
    horizon = today + dt.timedelta(days=SOON_DAYS)
    reviewed = [article for article in articles if article.reviewed_on is not None]
    due = [article for article in reviewed if article.next_review_on is not None]
    return Reviews(
        overdue=[article for article in reviewed if article.review_is_overdue(today=today)],
        never=[article for article in articles if article.reviewed_on is None],
        soon=[article for article in due if today <= article.next_review_on <= horizon],
        unconfirmed=[article for article in articles if article.reviewer and not article.reviewer.is_confirmed],
    )
