"""What the pages of the booking flow share: their order, their frame, and the time that is kept between them."""

import datetime as dt
from functools import wraps
from http import HTTPStatus

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from bookings import availability, limits, scheduling
from bookings.forms import ChosenTime
from bookings.forms.slots import read_start
from bookings.views.draft import STEPS, Draft

STEP_NAMES = {
    "book-signs": gettext_lazy("urgent signs"),
    "book-treatment": gettext_lazy("what for"),
    "book-time": gettext_lazy("place and time"),
    "book-details": gettext_lazy("about you"),
    "book-check": gettext_lazy("check"),
}


def step(name):
    """A page of the flow: it gets the draft, and whoever comes too early is brought to the first open question."""

    def decorate(view):
        @wraps(view)
        def page(request):
            draft = Draft(request, now=timezone.now())
            if draft.finished:
                return redirect("book-done")
            if not draft.may_visit(name):
                messages.info(request, _("Please answer this page first. What you told us is kept."))
                return redirect(draft.open_step)
            return view(request, draft)

        return require_http_methods(["GET", "HEAD", "POST"])(page)

    return decorate


def posted(request):
    """Return what was sent to a form, or None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def show(request, draft, template, *, at, status=HTTPStatus.OK, **context):
    """Render a page of the flow at a step, with what every one of them says."""
    place = STEPS.index(at)
    form = context.get("form")
    context |= {
        "wrong": bool(context.get("error") or (form and form.errors)),
        "draft": draft,
        "step": at,
        "step_number": place + 1,
        "step_name": STEP_NAMES[at],
        "steps": STEPS,
        "back": STEPS[place - 1] if place else "",
    }
    return render(request, f"bookings/book/{template}.html", context, status=status)


def carry_on(request, draft):
    """After an answer: keep the time that a link brought along, if there is one, and go to the first open page."""
    start = read_start(draft.answers.get("start", ""), now=draft.now)
    if start is None or draft.treatment is None or draft.chosen:
        return redirect(draft.open_step)
    draft.keep(start=None)
    time = ChosenTime(start, draft.answers.get("clinician", ""), draft.answers.get("location", ""))
    if not time.location:
        time = _anywhere(draft.treatment, time, now=draft.now)
    try:
        return keep_time(request, draft, time)
    except scheduling.NotOffered as refusal:
        return lose_time(draft, time.start, refusal)


def keep_time(request, draft, time):
    """Hold the chosen time and go on; if somebody was quicker, back to the times with those nearest to it.

    Raises NotOffered for a time that was never ours to give.
    """
    try:
        held = scheduling.hold(
            time.slot(draft.treatment),
            session_key=draft.holder,
            now=draft.now,
            address_hash=limits.address_hash(request),
        )
    except scheduling.TooMany:
        return too_many(request, draft)
    except scheduling.Taken as refusal:
        return lose_time(draft, time.start, refusal)
    draft.keep(slot=str(ChosenTime(held.start, held.clinician.slug, held.location.slug)), lost=None)
    return redirect(draft.open_step)


def lose_time(draft, start, refusal):
    """Nothing but the time is lost: the page of times says why, and shows what is near."""
    draft.keep(slot=None, lost={"start": start.isoformat(), "words": str(refusal.message)})
    return redirect("book-time")


def _anywhere(treatment, time, *, now):
    """Find a place for a link that names a time only: the first one that is free then."""
    day_before = time.start.date() - dt.timedelta(days=1)
    for day in availability.free_times(treatment, first=day_before, days=3, now=now):
        for free in day.times:
            if free.start == time.start and time.clinician in ("", free.clinician.slug):
                return time._replace(location=free.location.slug)
    return time


def too_many(request, draft):
    """Enough for now: no riddles, but a phone number and a person."""
    return render(request, "bookings/book/too_many.html", {"draft": draft}, status=HTTPStatus.TOO_MANY_REQUESTS)
