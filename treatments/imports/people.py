"""Who a file names: somebody known here, or somebody new whom nobody has confirmed yet."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils.text import slugify
from django.utils.translation import gettext as _

from treatments.imports.fields import Person
from treatments.models import Author, Clinician


@dataclass
class People:
    """Finds and makes authors for one import. `notes` says who still needs a manager's word."""

    now: dt.datetime
    trust: bool
    notes: list[str] = field(default_factory=list)

    def author(self, person: Person | None) -> Author | None:
        if person is None:
            return None
        author = _known(person) or _of_the_house(person) or _new(person)
        if author.pk is None or (self.trust and not author.is_confirmed):
            author.confirmed_at = self.now if self.trust else None
            author.full_clean()
            author.save()
        if not author.is_confirmed:
            words = _("%(who)s is not confirmed: not shown as a reviewer until a manager confirms them in the admin")
            self.notes.append(words % {"who": author})
        return author


def _known(person: Person) -> Author | None:
    wanted = {person.slug, person.name} - {""}
    named = Author.objects.select_related("clinician").filter(slug__in=wanted).first()
    return named or _by_name(person, Author.objects.select_related("clinician").filter(name__iexact=person.name))


def _by_name(person: Person, rows):
    """Of those with this name, the one with these credentials; without credentials in the file, the only one."""
    found = list(rows[:10])
    if person.credentials:
        found = [each for each in found if each.credentials.casefold() == person.credentials.casefold()]
    return found[0] if len(found) == 1 or (found and person.credentials) else None


def _of_the_house(person: Person) -> Author | None:
    clinician = Clinician.objects.filter(slug=person.name).first()
    clinician = clinician or _by_name(person, Clinician.objects.filter(name__iexact=person.name))
    if clinician is None:
        return None
    return Author.objects.filter(clinician=clinician).first() or Author(
        clinician=clinician, slug=_free_slug(clinician.slug)
    )


def _new(person: Person) -> Author:
    slug = _free_slug(slugify(person.slug or person.name)[:70] or "author")
    return Author(slug=slug, name=person.name, credentials=person.credentials, job=person.job, bio=person.bio)


def _free_slug(wanted: str) -> str:
    taken = set(Author.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (wanted, *numbered) if slug not in taken)
