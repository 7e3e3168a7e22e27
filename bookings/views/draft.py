"""A booking while it is being made: the answers so far, kept in the visitor's session and nowhere else.

The session lasts 20 hours, so that nobody loses what they typed; the hold on the time itself lasts minutes.
"""

import datetime as dt
import json
import secrets

from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from bookings import eligibility
from bookings.forms import ChosenTime
from bookings.forms.booking import NOT_SURE, as_patient
from bookings.models import Appointment, Hold
from treatments.models import Article, Clinician, Location, Treatment

DRAFT, HOLDER, BOOKED = "booking", "booking_holder", "booked"
PUBLIC_WORDS = ("article", "treatment", "clinician", "location", "start")
BOOKED_KEPT = 5
# The pages in order, by the name of their address.
STEPS = ("book-signs", "book-treatment", "book-time", "book-details", "book-check")


class Draft:
    def __init__(self, request, *, now: dt.datetime):
        self.session = request.session
        self.now = now
        self.answers: dict = dict(self.session.get(DRAFT, {}))

    def keep(self, **answers) -> None:
        """Write answers down; None takes one away."""
        self.answers |= answers
        self.answers = {name: value for name, value in self.answers.items() if value is not None}
        self.session[DRAFT] = self.answers
        for name in ("article", "wanted", "treatment", "clinician", "location", "chosen", "patient"):
            self.__dict__.pop(name, None)

    def begin(self, words: dict) -> None:
        """Start again for what a public link names. What people told of themselves stays; the signs are asked anew."""
        about = {name: self.answers[name] for name in ("about", "typed") if name in self.answers}
        self.answers = about | words
        self.keep()

    def forget(self, *, all_but=()) -> None:
        self.answers = {name: value for name, value in self.answers.items() if name in all_but}
        self.keep()

    def finish(self, appointment: Appointment) -> None:
        """Drop the answers: the appointment has them now. The page that shows it needs its reference."""
        self.session[BOOKED] = [*self.session.get(BOOKED, [])[1 - BOOKED_KEPT :], appointment.reference]
        self.answers = {"finished": True}
        self.keep()

    @property
    def finished(self) -> bool:
        return bool(self.answers.get("finished"))

    @cached_property
    def holder(self) -> str:
        """What stands for this session in the diary: not the session's own key, which staff must never see."""
        return self.session.setdefault(HOLDER, secrets.token_urlsafe(24))

    # --- What the answers name; whatever is not offered any more counts as not answered -----------------------------

    @cached_property
    def article(self) -> Article | None:
        return named(Article.objects.published(now=self.now).select_related("author"), self.answers.get("article"))

    @cached_property
    def wanted(self) -> Treatment | None:
        """What the visitor wants to come for; “not sure” is the consultation."""
        if self.answers.get("treatment") == NOT_SURE:
            return Treatment.objects.active().filter(role=Treatment.Role.CONSULTATION).first()
        return named(Treatment.objects.active(), self.answers.get("treatment"))

    @cached_property
    def treatment(self) -> Treatment | None:
        """What will be booked: a consultation where the treatment wanted begins with one."""
        bookable = eligibility.bookable_instead(self.wanted) if self.wanted else None
        return bookable if bookable and eligibility.answer(bookable, now=self.now).allowed else None

    @property
    def consultation_first(self) -> bool:
        return self.treatment != self.wanted

    @cached_property
    def clinician(self) -> Clinician | None:
        return named(Clinician.objects.active(), self.answers.get("clinician"))

    @cached_property
    def location(self) -> Location | None:
        return named(Location.objects.active(), self.answers.get("location"))

    @cached_property
    def chosen(self) -> dict | None:
        """The chosen time in words: start, clinician, location. None when nothing that can still be is chosen."""
        time = ChosenTime.parse(self.answers.get("slot", ""), now=self.now)
        if time is None or time.start <= self.now:
            return None
        location = named(Location.objects.active(), time.location)
        clinician = named(Clinician.objects.active(), time.clinician)
        if location is None or clinician is None:
            return None
        return {"time": time, "start": time.start, "clinician": clinician, "location": location}

    @cached_property
    def hold(self) -> Hold | None:
        """The live hold of this session, if it is for the chosen time."""
        held = Hold.objects.live(now=self.now).filter(session_key=self.holder).first()
        return held if held and self.chosen and held.start == self.chosen["start"] else None

    @cached_property
    def patient(self):
        return as_patient(self.answers["about"], now=self.now, language="en") if "about" in self.answers else None

    @property
    def outcome(self) -> eligibility.Answer:
        """What the last press will do: book or request, as far as the answers tell."""
        return eligibility.answer(self.treatment, patient=self.patient, now=self.now)

    # --- Order --------------------------------------------------------------------------------------------------------

    @property
    def open_step(self) -> str:
        """The first page whose question is not answered."""
        if not self.answers.get("signs"):
            return "book-signs"
        if self.treatment is None:
            return "book-treatment"
        if self.chosen is None:
            return "book-time"
        return "book-check" if "about" in self.answers else "book-details"

    def may_visit(self, step: str) -> bool:
        return STEPS.index(step) <= STEPS.index(self.open_step)

    # --- The last page's token ----------------------------------------------------------------------------------------

    @property
    def digest(self) -> str:
        """What the visitor would confirm, as a keyed hash: the same answers, the same digest."""
        told = {name: self.answers.get(name) for name in ("treatment", "slot", "about")}
        return salted_hmac("bookings.digest", json.dumps(told, sort_keys=True), algorithm="sha256").hexdigest()

    def form_token(self) -> str:
        """Return the token of the last page: one for each set of answers, the same after a reload."""
        if self.answers.get("token_for") != self.digest:
            self.keep(token=secrets.token_urlsafe(32), token_for=self.digest)
        return self.answers["token"]


def named(rows, slug):
    """Return the row of a slug, or None. PostgreSQL cannot even be asked for a NUL."""
    return rows.filter(slug=slug).first() if slug and "\x00" not in slug else None


def last_booked(request) -> Appointment | None:
    """Return the appointment this session made last."""
    references = request.session.get(BOOKED, [])
    rows = Appointment.objects.select_related("treatment", "clinician", "location", "patient", "treatment_wanted")
    return rows.filter(reference=references[-1]).first() if references else None


def booked_with(request, form_token: str) -> bool:
    """Whether this session made an appointment with that token: a page of before, sent once more."""
    references = request.session.get(BOOKED, [])
    if not form_token or "\x00" in form_token:
        return False
    return Appointment.objects.filter(reference__in=references, form_token=form_token).exists()
