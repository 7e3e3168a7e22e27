"""What public pages show of the diary: free times that lead into the booking flow, and the form to be called."""

import datetime as dt
from urllib.parse import urlencode

from django import template
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from bookings import availability
from bookings.forms import CallbackForm
from treatments.models import Treatment
from treatments.public import shorten

register = template.Library()

TIMES_IN_PANEL = 3
PANEL_AGE = dt.timedelta(seconds=60)


@register.inclusion_tag("bookings/panel.html", takes_context=True)
def booking_panel(context, treatments, article=None, clinician=None, *, title=True, consultation=None):
    """Show the treatments with the next three real times of each; with a `clinician`, only times with them.

    `article` and `clinician` travel along in the links. `consultation`: the one others begin with, where the page has
    read it already.

    One look at the diary for all treatments, kept for a minute; the page is kept no longer than its times.
    """
    now = timezone.now()
    treatments = list(treatments)
    consultation = consultation or _consultation_for(treatments)
    bookable = {each.pk: _instead(each, consultation) for each in treatments}
    times = _next_times(context, list(dict.fromkeys(bookable.values())), now=now, clinician=clinician)
    came = {"article": getattr(article, "slug", ""), "clinician": getattr(clinician, "slug", "")}
    offers = [_offer(each, bookable[each.pk], times.get(bookable[each.pk].pk, []), came, now) for each in treatments]
    return {"offers": offers, "title": title, "book_url": _address(**came), "clinic": context.get("clinic")}


@register.inclusion_tag("bookings/panel_times.html", takes_context=True)
def next_times(context, treatments, count=6):
    """Show the next free times of all these treatments in one list, soonest first."""
    now = timezone.now()
    offered = [each for each in treatments if each.policy != Treatment.Policy.CONSULTATION]
    found = _next_times(context, offered, now=now)
    soonest = sorted(
        ((time, each) for each in offered for time in found[each.pk]), key=lambda pair: pair[0].start_minute
    )
    times = [
        {"time": time, "treatment": each, "url": _address(each, time)} for time, each in soonest if time.start > now
    ]
    return {"times": times[:count]}


@register.inclusion_tag("bookings/callback_form.html", takes_context=True)
def callback_form(context):
    """Show the form that asks us to call. Its answer lives at the address of `callback`."""
    return {
        "form": CallbackForm(now=timezone.now()),
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
    }


def _consultation_for(treatments) -> Treatment | None:
    if not any(each.policy == Treatment.Policy.CONSULTATION for each in treatments):
        return None
    return Treatment.objects.active().filter(role=Treatment.Role.CONSULTATION).first()


def _instead(treatment, consultation) -> Treatment:
    """The consultation for a treatment that begins with one: `eligibility.bookable_instead`, asked once for all."""
    return consultation or treatment if treatment.policy == Treatment.Policy.CONSULTATION else treatment


def _next_times(context, treatments, *, now, clinician=None) -> dict:
    """Return the times, looked at a minute ago at most. The page they stand on is good until that minute is over."""
    whose = clinician.pk if clinician else "any"
    key = f"next-times:{whose}:" + ",".join(str(pk) for pk in sorted(each.pk for each in treatments))
    looked_at, found = cache.get(key) or (None, None)
    if looked_at is None or now - looked_at >= PANEL_AGE:
        looked_at, found = now, availability.next_times(treatments, count=TIMES_IN_PANEL, now=now, clinician=clinician)
        cache.set(key, (looked_at, found), timeout=PANEL_AGE.total_seconds())
    if "request" in context:
        shorten(context["request"], looked_at + PANEL_AGE)
    return found


def _offer(treatment, bookable, times, came, now) -> dict:
    begins_with_another = treatment.policy == Treatment.Policy.CONSULTATION
    if begins_with_another and bookable is treatment:
        times = []  # no consultation is offered now, and this treatment alone cannot be booked
    links = [
        {"time": time, "url": _address(treatment, time, article=came["article"])} for time in times if time.start > now
    ]
    return {
        "treatment": treatment,
        "bookable": bookable,
        "consultation_first": begins_with_another,
        "on_request": bookable.policy == Treatment.Policy.REQUEST,
        "times": links,
        "url": _address(treatment, **came),
    }


def _address(treatment=None, time=None, *, article="", clinician="") -> str:
    """Return the address that begins a booking. Its words are public slugs, and leave the address at once."""
    words = {"article": article, "treatment": getattr(treatment, "slug", ""), "clinician": clinician}
    if time is not None:
        words |= {"start": time.start.isoformat(), "location": time.location.slug, "clinician": time.clinician.slug}
    told = urlencode({name: value for name, value in words.items() if value})
    return f"{reverse('book')}?{told}" if told else reverse("book")
