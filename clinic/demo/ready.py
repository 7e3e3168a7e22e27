"""What the desk has asked before the visits of the next days: most of it, so that chips of every kind can be seen."""

import datetime as dt
from collections.abc import Iterable
from random import Random

from bookings import readiness
from bookings.models import Appointment, ReadinessAnswer
from bookings.models.appointments import FREES_THE_TIME, Status

# The desk asks a day or two ahead, when it reminds by phone.
ASKED_AHEAD = dt.timedelta(days=2)
LATELY = dt.timedelta(hours=2)
WORDS = {
    "blood-thinner": {"another": "fish oil, high dose"},
    "allergies": {"another": "adhesive tape"},
    "driver": {"comes": "a neighbor"},
    "interpreter": {"another": "Portuguese"},
    "access-needs": {"another": "needs a chair with arms"},
}


def ask(visits: Iterable[Appointment], *, rng: Random, user, now: dt.datetime) -> None:
    """Write answers for the visits of today and the next two days that stand; every fifth question is still open."""
    soon = [visit for visit in visits if visit.start < now + ASKED_AHEAD]
    fresh = Appointment.objects.filter(pk__in=[visit.pk for visit in soon]).exclude(status__in=FREES_THE_TIME)
    rows = fresh.exclude(status=Status.REQUESTED).select_related("treatment").order_by("start", "pk")
    ReadinessAnswer.objects.bulk_create(
        answer for visit in rows for answer in _answers(visit, rng, user=user, at=min(now, visit.start) - LATELY)
    )


def _answers(visit: Appointment, rng: Random, *, user, at: dt.datetime) -> Iterable[ReadinessAnswer]:
    for question in readiness.questions_of(visit):
        if rng.random() < 0.2:
            continue
        slugs = [slug for slug, _label, _matters in question.choices]
        # Mostly the plain answer, which stands first.
        slug = rng.choices(slugs, [6, *[1] * (len(slugs) - 1)])[0]
        words = WORDS.get(question.name, {}).get(slug, "")
        yield ReadinessAnswer(appointment=visit, question=question.name, answer=slug, words=words, at=at, user=user)
