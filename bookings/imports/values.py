"""Dates, times, phones and the like, as people really write them. What can be read in two ways is not guessed."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from phonenumber_field.phonenumber import PhoneNumber

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(_MONTHS, start=1)}
WEEKDAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
NOTHING = {"", "n/a", "na", "none", "null", "nil", "-", "--", "?", "unknown", "tbd"}
# There are people called Null, None and Na.
NO_NAME = {"", "n/a", "-", "--", "?"}
WORDS_FOR_TIMES = {"noon": "12:00", "12 noon": "12:00", "midnight": "0:00", "24:00": "0:00", "24:00:00": "0:00"}
YES = {"y", "yes", "true", "1", "x", "on", "✓", "checked"}
NO = {"n", "no", "false", "0", "off", "unchecked"}
EXCEL_DAY_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001  wall time, as the spreadsheet has it
OLDEST_AGE = 105
FIRST_YEAR, LAST_YEAR = 1880, 2199

_NUMBERS = re.compile(r"(\d{1,4})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{1,4})")
_DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s\-./,]+([a-z]{3,9})\.?[\s\-./,]+(\d{4}|\d{2})", re.IGNORECASE)
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?[\s\-./,]+(\d{1,2})(?:st|nd|rd|th)?[\s\-./,]+(\d{4}|\d{2})", re.IGNORECASE)
_LEADING_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2})(?:\.\d+)?)?\s*([ap])?\.?\s*(?:m\.?)?", re.IGNORECASE)
_TRAILING_TIME = re.compile(
    r"^(.*?[^\s,])[\sT,]+(?:at\s+)?(\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s*(?:[ap]\.?\s*m?\.?)?|\d{1,2}\s*[ap]\.?\s*m?\.?)$",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")
_EXTENSION = re.compile(r"\s*(?:,|;|\bx|\bext\.?|\bextension)\s*(\d{1,7})\s*$", re.IGNORECASE)


class Unreadable(ValueError):
    """A value that cannot be read; the text says which and why, for people."""


def text(value: Any, most: int, what: str) -> str:
    """Return the value as one line of text. Raises Unreadable when it is too long."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    plain = " ".join(str(value).split())
    if len(plain) > most:
        raise Unreadable(f"the {what} has {len(plain)} characters; the most is {most}")
    return plain


def paragraphs(value: Any, most: int, what: str) -> str:
    """As `text`, with its lines as they are."""
    text(value, most, what)
    return str(value).replace("\r\n", "\n")[:most]


def is_yes(value: Any, what: str) -> bool:
    said = str(value).strip().casefold()
    if said in NO or said in NOTHING:
        return False
    if said in YES:
        return True
    raise Unreadable(f"{what}: “{_short(value)}” is neither yes nor no")


# --- Dates and times ---------------------------------------------------------------------------------------------------


def date(value: Any, order: str, *, born: bool = False, today: dt.date) -> dt.date:
    """Return a date. `order` says what 3/7 means: "month" or "day" first, "" is not told, and then it is refused.

    `born`: a birth date, so that two digits are a year that has been.
    """
    if isinstance(value, dt.date):
        return _sane(value.date() if isinstance(value, dt.datetime) else value, value)
    if isinstance(value, (int, float)) or _SERIAL.fullmatch(str(value).strip()):
        return _sane(_from_serial(value).date(), value)
    plain = _LEADING_WEEKDAY.sub("", " ".join(str(value).split()))
    year, month, day = _parts(plain, order, value)
    try:
        return _sane(dt.date(_full_year(year, born=born, today=today, value=value), month, day), value)
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"“{_short(value)}” is no date") from error


def _sane(found: dt.date, value: Any) -> dt.date:
    """Refuse what no list of a clinic means, and what would not fit on a clock of another zone."""
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unreadable(f"“{_short(value)}” is no date that a clinic has")
    return found


def _from_serial(value: Any) -> dt.datetime:
    """A day number of Excel: whole days since 30 December 1899, the time as a fraction."""
    days = float(value)
    if not 1 <= days < 110_000:
        raise Unreadable(f"“{_short(value)}” is no date")
    return EXCEL_DAY_ZERO + dt.timedelta(minutes=round(days * 1440))


def _parts(plain: str, order: str, value: Any) -> tuple[str, int, int]:
    if re.fullmatch(r"(19|20)\d{6}", plain):
        return plain[:4], int(plain[4:6]), int(plain[6:])
    if found := _NUMBERS.fullmatch(plain):
        return _by_order(*found.groups(), order, value)
    if found := _DAY_NAME.fullmatch(plain):
        return found[3], _month(found[2], value), int(found[1])
    if found := _NAME_DAY.fullmatch(plain):
        return found[3], _month(found[1], value), int(found[2])
    if found := re.fullmatch(r"(\d{4}-\d{2}-\d{2})[T ].*", plain):
        return found[1][:4], int(found[1][5:7]), int(found[1][8:])
    raise Unreadable(f"“{_short(value)}” is no date")


def _by_order(first: str, second: str, third: str, order: str, value: Any) -> tuple[str, int, int]:
    if len(first) == 4:
        return first, int(second), int(third)
    if len(first) > 2 or len(third) not in (2, 4):
        raise Unreadable(f"“{_short(value)}” is no date")
    one, other = int(first), int(second)
    if not order and one != other and one <= 12 and other <= 12:
        raise Unreadable(f"“{_short(value)}” can be read in two ways: say --month-first or --day-first")
    day_first = order == "day" or (not order and one > 12)
    month, day = (other, one) if day_first else (one, other)
    if month > 12 >= day:
        said = "day" if day_first else "month"
        raise Unreadable(f"“{_short(value)}” has no month {month}, and the dates of this list are {said} first")
    return third, month, day


def _month(name: str, value: Any) -> int:
    month = MONTHS.get(name[:3].casefold())
    if month is None:
        raise Unreadable(f"“{_short(value)}” is no date: there is no month “{name}”")
    return month


def _full_year(year: str, *, born: bool, today: dt.date, value: Any) -> int:
    if len(year) == 4:
        return int(year)
    this_century = 2000 + int(year)
    if not born:
        return this_century
    if this_century > today.year:
        return this_century - 100
    if today.year - (this_century - 100) <= OLDEST_AGE:
        raise Unreadable(
            f"“{_short(value)}” may be {this_century} or {this_century - 100}: write the year with four digits"
        )
    return this_century


def time(value: Any) -> dt.time:
    """Return a time of day; without am or pm it is read as of 24 hours."""
    if isinstance(value, dt.datetime):
        return value.time().replace(second=0, microsecond=0)
    if isinstance(value, dt.time):
        return value.replace(second=0, microsecond=0)
    if isinstance(value, dt.timedelta):
        return _minutes_time(round(value.total_seconds() / 60))
    plain = str(value).strip().casefold()
    if re.fullmatch(r"0?\.\d+", plain):
        return _minutes_time(round(float(plain) * 1440))
    if re.fullmatch(r"\d{3,4}", plain):
        plain = f"{plain[:-2]}:{plain[-2:]}"
    found = _TIME.fullmatch(WORDS_FOR_TIMES.get(plain, plain))
    if found is None:
        raise Unreadable(f"“{_short(value)}” is no time")
    return _clock(found, value)


def _minutes_time(minutes: int) -> dt.time:
    return dt.time(minutes // 60 % 24, minutes % 60)


def _clock(found: re.Match, value: Any) -> dt.time:
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[4] or "").casefold()
    if not half and found[2] is None:
        raise Unreadable(f"“{_short(value)}” is no time: write 2 pm or 14:00")
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise Unreadable(f"“{_short(value)}” is no time")
    return dt.time(hour, minute)


def moment(value: Any, order: str, *, zone: ZoneInfo, today: dt.date) -> tuple[dt.datetime, bool]:
    """Return an aware instant, and whether a time was said at all (else it is midnight at the place)."""
    if isinstance(value, dt.datetime):
        return at(value.date(), value.time(), zone), True
    plain = " ".join(str(value).split())
    if _ISO.fullmatch(plain):
        return _from_iso(plain, zone, value), True
    if isinstance(value, float) or _SERIAL.fullmatch(plain):
        found = _from_serial(value)
        return at(found.date(), found.time(), zone), found.time() != dt.time(0)
    if parts := _TRAILING_TIME.fullmatch(plain):
        return at(date(parts[1], order, today=today), time(parts[2]), zone), True
    return at(date(value, order, today=today), dt.time(0), zone), False


def _from_iso(plain: str, zone: ZoneInfo, value: Any) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(plain)
    except ValueError as error:
        if parts := _TRAILING_TIME.fullmatch(plain):  # 2026-03-07 2:30 PM
            return at(dt.date.fromisoformat(plain[:10]), time(parts[2]), zone)
        raise Unreadable(f"“{_short(value)}” is no date and time") from error
    _sane(found.date(), value)
    return found.astimezone(dt.UTC) if found.tzinfo else at(found.date(), found.time(), zone)


def at(day: dt.date, clock: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Return the instant at which the clock at the place shows this, in UTC. One that the spring change skips is refused."""
    local = dt.datetime.combine(_sane(day, day), clock.replace(second=0, microsecond=0), tzinfo=zone)
    instant = local.astimezone(dt.UTC)
    if instant.astimezone(zone).time() != local.time():
        raise Unreadable(f"the clocks skip {clock:%H:%M} on {day}")
    return instant


def weekday(value: Any) -> int:
    """Return the day of the week, Monday is 0. Numbers are refused: half of the world begins with Sunday."""
    found = WEEKDAYS.get(str(value).strip().casefold()[:3])
    if found is None:
        raise Unreadable(f"“{_short(value)}” is no day of the week: write Monday or Mon")
    return found


# --- Contact ---------------------------------------------------------------------------------------------------------


def phone(value: Any) -> tuple[str, str]:
    """Return the number in E.164 and its extension. Raises Unreadable when nobody could dial it."""
    plain = text(value, 60, "phone")
    if not plain:
        return "", ""
    found = _EXTENSION.search(plain)
    extension = found[1] if found else ""
    number = PhoneNumber.from_string(
        plain[: found.start()] if found else plain, region=settings.PHONENUMBER_DEFAULT_REGION
    )
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise Unreadable(f"“{_short(value)}” is no phone number")
    return number.as_e164, extension


def read_phone(value: Any) -> tuple[str, str]:
    """As `phone`; what the library cannot make a number of at all is Unreadable, too."""
    try:
        return phone(value)
    except phonenumbers.NumberParseException as error:
        raise Unreadable(f"“{_short(value)}” is no phone number") from error


def email(value: Any) -> str:
    plain = text(value, 254, "email")
    try:
        if plain:
            validate_email(plain)
    except ValidationError as error:
        raise Unreadable(f"“{_short(value)}” is no email address") from error
    return plain


def full_name(value: str) -> tuple[str, str]:
    """Return (first, last) of “Last, First” or “First Last”."""
    if "," in value:
        last, _comma, first = value.partition(",")
        return first.strip(), last.strip()
    first, _space, last = value.rpartition(" ")
    return (first, last) if first else (last, "")


def _short(value: Any) -> str:
    shown = str(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"
