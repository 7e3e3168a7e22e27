"""Counts for those who run the clinic. Numbers only: no row here names a patient."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from bookings.models import Appointment
from bookings.models.appointments import Status
from treatments.models import Article

AHEAD = Q(status__in=[Status.REQUESTED, Status.BOOKED])
LOST = Q(status__in=[Status.CANCELLED, Status.MISSED])


@dataclass(frozen=True)
class ArticleCount:
    """What one article brought: appointments made, and what became of them so far."""

    article: Article
    made: int
    ahead: int
    kept: int
    lost: int


def bookings_by_article(*, since: dt.datetime) -> list[ArticleCount]:
    """Return every article, whatever its status, with the appointments made from it since then; the busiest come first.

    Counted when the appointment was made, not when it takes place. Two statements, however many articles there are.
    """
    made = Appointment.objects.filter(article__isnull=False, created_at__gte=since).order_by().values("article")
    counts = {
        row.pop("article"): row
        for row in made.annotate(
            made=Count("pk"),
            ahead=Count("pk", filter=AHEAD),
            lost=Count("pk", filter=LOST),
            kept=Count("pk", filter=~AHEAD & ~LOST),
        )
    }
    nothing = {"made": 0, "ahead": 0, "lost": 0, "kept": 0}
    articles = Article.objects.only("title", "slug", "status").order_by("title", "pk")
    found = [ArticleCount(article, **counts.get(article.pk, nothing)) for article in articles]
    return sorted(found, key=lambda each: -each.made)
