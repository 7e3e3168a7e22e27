"""Hours of the clock and days of the calendar, in the words of a receptionist."""

import datetime as dt

from django import template
from django.utils import formats, timezone, translation
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from treatments.models.articles import parse_partial_date

register = template.Library()


@register.filter(expects_localtime=True)
def clock(value: dt.time | dt.datetime | None) -> str:
    """Return “2:30 pm”, “8 am”, “noon” or “midnight”; other languages keep their own format.

    An aware datetime is said in the time zone that is active in the template.
    """
    if value is None:
        return ""
    if not (translation.get_language() or "en").startswith("en"):
        return formats.time_format(value)
    return _english_clock(value.hour, value.minute)


def _english_clock(hour: int, minute: int) -> str:
    if minute == 0 and hour % 12 == 0:
        return _("noon") if hour else _("midnight")
    half = "am" if hour < 12 else "pm"
    minutes = f":{minute:02}" if minute else ""
    return f"{hour % 12 or 12}{minutes} {half}"


@register.filter(expects_localtime=True)
def long_day(value: dt.date | None) -> str:
    """Return “Thursday, August 6, 2026”."""
    return formats.date_format(value, "l, F j, Y" if _is_english() else "DATE_FORMAT") if value else ""


@register.filter(expects_localtime=True)
def short_day(value: dt.date | None) -> str:
    """Return “Thu, Aug 6”: for lists, where the year is plain."""
    return formats.date_format(value, "D, M j" if _is_english() else "SHORT_DATE_FORMAT") if value else ""


@register.filter(expects_localtime=True)
def short_moment(value: dt.datetime | None) -> str:
    """Return “Thu, Aug 6, 2:30 pm”."""
    return f"{short_day(value)}, {clock(value)}" if value else ""


@register.filter(expects_localtime=True)
def plain_date(value: dt.date | None) -> str:
    """Return “August 6, 2026”: for the dates of a text, where the day of the week says nothing."""
    return formats.date_format(value, "F j, Y" if _is_english() else "DATE_FORMAT") if value else ""


def _is_english() -> bool:
    return (translation.get_language() or "en").startswith("en")


@register.filter
def partial_date(value: str) -> str:
    """Say a date known by year, month or day: `2016`, `2016-05` or `2016-05-17`. Anything else stays as it is."""
    try:
        day = parse_partial_date(value)
    except ValueError:
        return value
    return formats.date_format(day, {4: "Y", 7: "F Y"}.get(len(value), "F j, Y"))


@register.simple_tag
def hours_today(location) -> str:
    """Return “Open today 8 am to 5 pm” or “Closed today”, by the calendar of the place itself."""
    today = timezone.localdate(timezone.now(), location.zone)
    openings = [each for each in location.opening_hours.all() if each.weekday == today.weekday()]
    if not openings:
        return _("Closed today")
    return _("Open today %(hours)s") % {"hours": spans(openings)}


@register.simple_tag
def week_of(location) -> list[tuple[str, str]]:
    """Return the seven days with their hours, Monday first: [("Monday", "8 am to 5 pm"), …]."""
    by_day = {weekday: [] for weekday in range(7)}
    for opening in location.opening_hours.all():
        by_day[opening.weekday].append(opening)
    return [(str(WEEKDAYS[day]), spans(by_day[day]) or _("closed")) for day in range(7)]


def spans(openings) -> str:
    """Join the openings of one day: “8 am to noon, 1 pm to 5 pm”."""
    said = (
        _("%(opens)s to %(closes)s") % {"opens": clock(each.opens), "closes": clock(each.closes)} for each in openings
    )
    return ", ".join(said)
