"""What public pages show of the diary: free times that lead into the booking flow, and the form to be called."""

from urllib.parse import urlencode

from django import template
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from bookings import availability
from bookings.forms import CallbackForm
from treatments.models import Treatment

register = template.Library()

TIMES_IN_PANEL = 3
PANEL_SECONDS = 60


@register.inclusion_tag("bookings/panel.html", takes_context=True)
def booking_panel(context, treatments, article=None, clinician=None, title=True):
    """Show the treatments with the next three real times of each; with a `clinician`, only times with them.

    `article` and `clinician` travel along in the links.

    One look at the diary for all treatments, kept for a minute.
    """
    now = timezone.now()
    treatments = list(treatments)
    consultation = _consultation_for(treatments)
    bookable = {each.pk: _instead(each, consultation) for each in treatments}
    times = _next_times(list(dict.fromkeys(bookable.values())), now=now, clinician=clinician)
    came = {"article": getattr(article, "slug", ""), "clinician": getattr(clinician, "slug", "")}
    offers = [_offer(each, bookable[each.pk], times.get(bookable[each.pk].pk, []), came, now) for each in treatments]
    return {"offers": offers, "title": title, "book_url": _address(**came), "clinic": context.get("clinic")}


@register.inclusion_tag("bookings/panel_times.html")
def next_times(treatments, count=6):
    """Show the next free times of all these treatments in one list, soonest first."""
    now = timezone.now()
    offered = [each for each in treatments if each.policy != Treatment.Policy.CONSULTATION]
    found = _next_times(offered, now=now)
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


def _next_times(treatments, *, now, clinician=None) -> dict:
    whose = clinician.pk if clinician else "any"
    key = f"next-times:{whose}:" + ",".join(str(pk) for pk in sorted(each.pk for each in treatments))

    def look():
        return availability.next_times(treatments, count=TIMES_IN_PANEL, now=now, clinician=clinician)

    return cache.get_or_set(key, look, timeout=PANEL_SECONDS)


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
