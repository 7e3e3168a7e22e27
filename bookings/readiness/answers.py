"""Answers in the database: read for many visits at once, written by one press, never changed."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, Min, Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, ReadinessAnswer
from bookings.models.appointments import FREES_THE_TIME, Status
from bookings.readiness.questions import CHIPS, QUESTIONS, Chip, Known, Question

MOST_WORDS = 120


class NotOfVisit(Exception):
    """An answer that cannot be written for this visit. `message` may be shown to anybody; nothing was written."""

    message = _("That is not a question of this visit.")

    def __init__(self, message=None):
        if message is not None:
            self.message = message
        super().__init__(str(self.message))


class _Answers(NamedTuple):
    """Newest answers: by (visit, question), and by (patient, question)."""

    own: dict[tuple[int, str], ReadinessAnswer]
    newest: dict[tuple[int, str], ReadinessAnswer]


def chips_of(visits: Iterable[Appointment], *, now: dt.datetime) -> dict[int, list[Chip]]:
    """Return the chips of each visit by its pk, in the order of the list: two statements for any number of visits.

    What was said before an earlier visit is known until `now`. The visits bring patient, treatment, location and region.
    """
    visits = list(visits)
    answers, first_done = _answers(visits, now=now), _first_done(visits)
    return {visit.pk: _chips(visit, _known(visit, answers, first_done)) for visit in visits}


def answer(visit: Appointment, name: str, choice: str, *, words: str = "", user, now: dt.datetime) -> ReadinessAnswer:
    """Write down what was said, and return it. What stands already is not written twice, whoever presses.

    Raises NotOfVisit for a question or a choice this visit does not have, and for a visit that is over.
    """
    question = _question(visit, name)
    said = {"answer": _choice(question, choice), "words": _words(question, words)}
    with transaction.atomic():
        # The diary's own lock: two hands that answer at once come one after the other.
        current = Appointment.objects.select_for_update(no_key=True, of=("self",)).get(pk=visit.pk)
        _refuse_over(current)
        standing = _standing(current, question)
        if standing and (standing.answer, standing.words) == (said["answer"], said["words"]):
            return standing
        return ReadinessAnswer.objects.create(appointment=current, question=name, at=now, user=user, **said)


def _question(visit: Appointment, name: str) -> Question:
    question = QUESTIONS.get(name)
    if question is None or not question.applies(visit):
        raise NotOfVisit
    return question


def _standing(visit: Appointment, question: Question) -> ReadinessAnswer | None:
    """Return what stands for this visit; nothing when the same person was heard elsewhere since."""
    said = ReadinessAnswer.objects.filter(question=question.name)
    own = said.filter(appointment=visit).last()
    if own is None or not question.is_of_person:
        return own
    is_outdated = said.filter(appointment__patient=visit.patient_id, pk__gt=own.pk).exists()
    return None if is_outdated else own


def _choice(question: Question, slug: str) -> str:
    if question.choice(slug) is None:
        raise NotOfVisit(_("Choose one of these."))
    return slug


def _words(question: Question, words: str) -> str:
    """Return the words on one line; a question that takes none drops them."""
    if not question.takes_words:
        return ""
    line = " ".join(words.split())
    if len(line) > MOST_WORDS:
        raise NotOfVisit(_("Please say it in at most %(most)d characters.") % {"most": MOST_WORDS})
    return line


def _refuse_over(visit: Appointment) -> None:
    if visit.status == Status.DONE:
        raise NotOfVisit(_("This visit is over."))
    if visit.status in FREES_THE_TIME:
        raise NotOfVisit(_("This visit was canceled or missed."))


# --- Reading many at once -------------------------------------------------------------------------------------------


def _answers(visits: list[Appointment], *, now: dt.datetime) -> _Answers:
    """Return what stands, in one statement: a visit's own newest answers, and each patient's newest of all."""
    pks, patients = [visit.pk for visit in visits], {visit.patient_id for visit in visits}
    said = ReadinessAnswer.objects.filter(at__lte=now)
    own = _newest(said.filter(appointment__in=pks), "appointment")
    newest = _newest(said.filter(appointment__patient__in=patients), "appointment__patient")
    found = _Answers({}, {})
    rows = ReadinessAnswer.objects.filter(Q(pk__in=own) | Q(pk__in=newest)).select_related("appointment__location")
    for row in rows.order_by("pk"):
        found.own[row.appointment_id, row.question] = row
        found.newest[row.appointment.patient_id, row.question] = row
    return found


def _newest(answers, whose: str):
    return answers.order_by().values(whose, "question").annotate(newest=Max("pk")).values("newest")


def _first_done(visits: list[Appointment]) -> dict[int, dt.datetime]:
    """Return when each patient's first visit that took place began; who had none is left out."""
    rows = Appointment.objects.filter(patient__in={visit.patient_id for visit in visits}, status=Status.DONE)
    return dict(rows.order_by().values("patient").annotate(first=Min("start")).values_list("patient", "first"))


def _known(visit: Appointment, answers: _Answers, first_done: dict[int, dt.datetime]) -> Known:
    own = {name: row for name in QUESTIONS if (row := answers.own.get((visit.pk, name)))}
    newest = {name: row for name in QUESTIONS if (row := answers.newest.get((visit.patient_id, name)))}
    first = first_done.get(visit.patient_id)
    return Known(own, newest, is_first=first is None or first >= visit.start)


def _chips(visit: Appointment, known: Known) -> list[Chip]:
    return [chip for make in CHIPS if (chip := make(visit, known))]
