"""The one list of what must be known before a visit, a small function for each chip.

What is asked, and why, follows the rules of regional pain procedures: blood thinners (ASRA, 2018 and later), pregnancy before
X-ray, allergies, consent, and who drives home. The desk and the clinician ask; no rule here refuses anybody.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Appointment, Patient, ReadinessAnswer
from bookings.models.appointments import Status
from bookings.readiness.words import where_words
from treatments.models import Treatment
from treatments.templatetags.hours import plain_date

MISSING, NONE, SAID, ALERT = "missing", "none", "said", "alert"
# What was said of allergies holds for a year; everything else is asked anew before each visit.
A_YEAR = dt.timedelta(days=365)
ANOTHER = "another"


class Chip(NamedTuple):
    """What a clinician reads at a glance. `state` is one of "missing" (not asked), "none" (asked: none), "said" and "alert".

    `question` names the question that changes it; empty where it follows from something else.
    """

    name: str
    label: Any
    state: str
    words: str
    question: str = ""


class Known(NamedTuple):
    """What is known of one visit: its own answers and the person's newest ones by question, and whether it is their first visit."""

    own: dict[str, ReadinessAnswer]
    newest: dict[str, ReadinessAnswer]
    is_first: bool


def always(visit: Appointment) -> bool:
    return True


def before_procedures(visit: Appointment) -> bool:
    return visit.treatment.role == Treatment.Role.PROCEDURE


def under_xray(visit: Appointment) -> bool:
    return visit.treatment.uses_xray


class Question(NamedTuple):
    """Something to ask. `choices` are (slug, label, whether it matters); “none” is the answer that there is nothing.

    `holds_for`: how long an answer given before another visit counts; without it the question is asked for every visit.
    `is_of_person`: what was heard since, before another visit, is true of this one, too.
    """

    name: str
    label: Any
    asks: Any
    choices: list[tuple[str, Any, bool]]
    takes_words: bool = False
    applies: Callable[[Appointment], bool] = always
    holds_for: dt.timedelta | None = None
    is_of_person: bool = False

    def choice(self, slug: str) -> tuple[str, Any, bool] | None:
        """Return the choice of this name; None where the list has none."""
        return next((each for each in self.choices if each[0] == slug), None)


QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        Question(
            "blood-thinner",
            gettext_lazy("Blood thinner"),
            gettext_lazy("Do you take a blood thinner?"),
            [
                ("none", gettext_lazy("none"), False),
                ("aspirin", gettext_lazy("aspirin"), True),
                ("clopidogrel", gettext_lazy("clopidogrel"), True),
                ("warfarin", gettext_lazy("warfarin"), True),
                ("doac", gettext_lazy("apixaban or rivaroxaban"), True),
                (ANOTHER, gettext_lazy("another"), True),
            ],
            takes_words=True,
            is_of_person=True,
        ),
        Question(
            "allergies",
            gettext_lazy("Allergies"),
            gettext_lazy("Are you allergic to anything, such as contrast dye, latex or a medicine?"),
            [
                ("none", gettext_lazy("none"), False),
                ("contrast", gettext_lazy("contrast dye"), True),
                ("latex", gettext_lazy("latex"), True),
                ("anesthetic", gettext_lazy("local anesthetic"), True),
                ("steroid", gettext_lazy("steroid"), True),
                (ANOTHER, gettext_lazy("another"), True),
            ],
            takes_words=True,
            holds_for=A_YEAR,
            is_of_person=True,
        ),
        Question(
            "pregnancy",
            gettext_lazy("Pregnancy"),
            gettext_lazy("We use X-ray. Could you be pregnant?"),
            [
                ("none", gettext_lazy("no"), False),
                ("possible", gettext_lazy("possible"), True),
                ("does-not-apply", gettext_lazy("does not apply"), False),
            ],
            applies=under_xray,
            is_of_person=True,
        ),
        Question(
            "consent",
            gettext_lazy("Consent"),
            gettext_lazy("Is the consent form read and signed?"),
            [
                ("signed", gettext_lazy("signed"), False),
                ("questions", gettext_lazy("has questions"), True),
                ("declined", gettext_lazy("declined"), True),
            ],
            applies=before_procedures,
        ),
        Question(
            "driver",
            gettext_lazy("Driver"),
            gettext_lazy("Who drives you home?"),
            [
                ("comes", gettext_lazy("somebody comes"), False),
                ("nobody", gettext_lazy("nobody yet"), True),
                ("not-driving", gettext_lazy("does not drive"), False),
            ],
            takes_words=True,
            applies=before_procedures,
        ),
        Question(
            "interpreter",
            gettext_lazy("Interpreter"),
            gettext_lazy("Would you like an interpreter?"),
            [
                ("none", gettext_lazy("not needed"), False),
                ("spanish", gettext_lazy("Spanish"), True),
                ("sign", gettext_lazy("sign language"), True),
                (ANOTHER, gettext_lazy("another language"), True),
            ],
            takes_words=True,
            holds_for=A_YEAR,
            is_of_person=True,
        ),
        Question(
            "access-needs",
            gettext_lazy("Access"),
            gettext_lazy("What helps you to get in, and onto the table?"),
            [
                ("none", gettext_lazy("nothing needed"), False),
                ("wheelchair", gettext_lazy("comes in a wheelchair"), True),
                ("transfer", gettext_lazy("help onto the table"), True),
                ("hearing", gettext_lazy("hard of hearing"), True),
                (ANOTHER, gettext_lazy("another"), True),
            ],
            takes_words=True,
            holds_for=A_YEAR,
            is_of_person=True,
        ),
    )
}


# --- The chips, one small function each -----------------------------------------------------------------------------


def side_and_region(visit: Appointment, known: Known) -> Chip | None:
    if not visit.treatment.asks_side:
        return None
    is_whole = bool(visit.region_id and visit.side)
    words = where_words(visit) if is_whole else _("not asked")
    return Chip("where", _("Region and side"), SAID if is_whole else MISSING, words)


def asked(question: Question) -> Callable[[Appointment, Known], Chip | None]:
    """Return the function of a question's chip."""

    def chip(visit: Appointment, known: Known) -> Chip | None:
        if not question.applies(visit):
            return None
        state, words = _state(question, visit, known)
        return Chip(question.name, question.label, state, words, question.name)

    return chip


def first_visit(visit: Appointment, known: Known) -> Chip | None:
    return Chip("first-visit", _("First visit"), SAID, _("yes")) if known.is_first else None


def or_else(question: Question, says: Callable[[Patient], Any]) -> Callable[[Appointment, Known], Chip | None]:
    """Return the function of a chip that the patient's entry answers as long as nobody was asked."""

    def chip(visit: Appointment, known: Known) -> Chip | None:
        found = asked(question)(visit, known)
        words = says(visit.patient) if found and found.state == MISSING else ""
        return Chip(question.name, question.label, ALERT, str(words), question.name) if words else found

    return chip


def _language(patient: Patient) -> Any:
    return "" if patient.language == Patient.Language.ENGLISH else patient.get_language_display()


def _access_needs(patient: Patient) -> str:
    return patient.access_needs


FROM_THEIR_ENTRY = {"interpreter": _language, "access-needs": _access_needs}

CHIPS: list[Callable[[Appointment, Known], Chip | None]] = [
    side_and_region,
    *(asked(question) for name, question in QUESTIONS.items() if name not in FROM_THEIR_ENTRY),
    first_visit,
    *(or_else(QUESTIONS[name], says) for name, says in FROM_THEIR_ENTRY.items()),
]


def questions_of(visit: Appointment) -> list[Question]:
    """Return what is asked before this visit."""
    return [question for question in QUESTIONS.values() if question.applies(visit)]


def _state(question: Question, visit: Appointment, known: Known) -> tuple[str, str]:
    own, since = known.own.get(question.name), _heard_since(question, visit, known)
    counts = own if own and not since else _still_holding(question, visit, known) or own
    if counts is None:
        return MISSING, _not_asked(question, known)
    state, words = _said(question, counts)
    if since and counts == own and _said(question, since)[0] == ALERT:
        return ALERT, _with_hint(words, question, since)
    return state, words


def _still_holding(question: Question, visit: Appointment, known: Known) -> ReadinessAnswer | None:
    """Return an answer given before another visit, where it holds long enough for this one."""
    earlier = known.newest.get(question.name)
    holds = earlier is not None and question.holds_for is not None and visit.start - earlier.at <= question.holds_for
    return earlier if holds else None


def _heard_since(question: Question, visit: Appointment, known: Known) -> ReadinessAnswer | None:
    """Return what the person said elsewhere after this visit was asked, as long as it can still matter for it."""
    own, newest = known.own.get(question.name), known.newest.get(question.name)
    if own is None or newest is None or not question.is_of_person or visit.status == Status.DONE:
        return None
    is_news = newest.pk > own.pk and (newest.answer, newest.words) != (own.answer, own.words)
    return newest if is_news else None


def _said(question: Question, answer: ReadinessAnswer) -> tuple[str, str]:
    choice = question.choice(answer.answer)
    if choice is None:  # a choice that the list has no more
        return ALERT, answer.words or answer.answer
    slug, label, matters = choice
    words = answer.words if slug == ANOTHER and answer.words else ", ".join(filter(None, [str(label), answer.words]))
    return (ALERT if matters else NONE if slug == "none" else SAID), words


def _not_asked(question: Question, known: Known) -> str:
    """Say that nobody asked; with what was said before an earlier visit, as a hint."""
    earlier = known.newest.get(question.name)
    if earlier is None:
        return _("not asked")
    return _with_hint(_("not asked"), question, earlier)


def _with_hint(words: str, question: Question, other: ReadinessAnswer) -> str:
    """Return the words, and in parentheses what was said before another visit, and when."""
    date = plain_date(other.at.astimezone(other.appointment.location.zone).date())
    hint = {"words": words, "date": date, "said": _said(question, other)[1]}
    return _("%(words)s (%(date)s: %(said)s)") % hint
