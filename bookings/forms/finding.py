"""What the desk types to find somebody: names, a phone, a birth date, or a reference that was read out."""

import datetime as dt
import re

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Patient

FEWEST_CHARACTERS = 3
MOST_CHARACTERS = 200
MOST_FOUND = 8
# Nobody has more names; a database refuses a condition of thousands.
MOST_WORDS = 20
NOBODY = Q(pk__in=[])
BIRTH_DATE = re.compile(r"(?P<iso>\d{4}-\d{1,2}-\d{1,2})|(?P<us>\d{1,2}[/.-]\d{1,2}[/.-]\d{4})")
PHONE = re.compile(r"\+?[\d\s().-]*\d[\d\s().-]*")


class FindForm(forms.Form):
    """The one box of the header. Posted, so that no name stands in an address."""

    find = forms.CharField(
        label=_("Find"),
        max_length=MOST_CHARACTERS,
        error_messages={"required": _("Type a name, a phone number, a date of birth or a reference.")},
    )

    def clean_find(self):
        text = self.cleaned_data["find"]
        rest, birth_date = take_birth_date(text)
        if birth_date is None and is_too_short(rest):
            raise forms.ValidationError(_("Type three letters or digits at least."))
        return text


def find_patients(text: str) -> list[Patient]:
    """Return the first few patients that fit, in order of name; of two entries of one person the one that is kept."""
    return list(Patient.objects.current().filter(patients_like(text))[:MOST_FOUND])


def is_too_short(text: str) -> bool:
    """Whether there are fewer than three letters or digits."""
    return sum(character.isalnum() for character in text) < FEWEST_CHARACTERS


def patients_like(text: str, *, path: str = "") -> Q:
    """Return the condition for patients that fit all that was typed; `path` leads to the patient, such as `patient__`.

    Fewer than three characters find nobody: a whole patient list is nothing to page through by guessing.
    """
    text, birth_date = take_birth_date(text)
    condition = Q(**{f"{path}date_of_birth": birth_date}) if birth_date else None
    if text or birth_date is None:
        rest = _phone_or_names(text, path)
        condition = rest if condition is None else condition & rest
    return condition


def take_birth_date(text: str) -> tuple[str, dt.date | None]:
    """Split a birth date, as 1980-05-17 or 5/17/1980, from the rest of the text."""
    found = BIRTH_DATE.search(text[:MOST_CHARACTERS])
    if found is None:
        return text.strip(), None
    numbers = [int(number) for number in re.split(r"\D", found.group())]
    year, month, day = numbers if found["iso"] else (numbers[2], numbers[0], numbers[1])
    try:
        date = dt.date(year, month, day)
    except ValueError:
        return text.strip(), None
    return (text[: found.start()] + text[found.end() :]).strip(" ,"), date


def _phone_or_names(text: str, path: str) -> Q:
    # PostgreSQL cannot even be asked for a NUL, and SQLite not for a pattern of any length.
    if is_too_short(text) or len(text) > MOST_CHARACTERS or "\x00" in text:
        return NOBODY
    if PHONE.fullmatch(text):
        return Q(**{f"{path}phone__contains": re.sub(r"\D", "", text)})
    words = re.split(r"[\s,]+", text)
    if len(words) > MOST_WORDS:
        return NOBODY
    names = Q()
    for word in words:
        names &= Q(**{f"{path}first_name__icontains": word}) | Q(**{f"{path}last_name__icontains": word})
    return names | Q(**{f"{path}email__iexact": text})
