"""What a file names that must be there already: regions, spots, treatments. Muscles may be new."""

from collections.abc import Iterable
from difflib import get_close_matches

from django.db.models import Model
from django.utils.text import slugify
from django.utils.translation import gettext as _

from treatments.models import BodyRegion, Muscle, Spot, Treatment

MOST_NAMED = 12  # known names in a message


class Catalog:
    """Everything an article may point to, by every name a file may use. Read once for an import: lists are short."""

    def __init__(self):
        spots = list(Spot.objects.all())
        self.known: dict[str, dict[str, Model]] = {
            "regions": _by_names(BodyRegion.objects.all()),
            "treatments": _by_names(Treatment.objects.all()),
            "spots": _by_names(spots) | {str(spot.number): spot for spot in spots},
            "muscles": _by_names(Muscle.objects.all()),
        }

    def find(self, kind: str, names: Iterable[str]) -> list:
        """Return the rows. Raises ValueError naming the first that is not known."""
        return list(dict.fromkeys(self._one(kind, name) for name in names))

    def _one(self, kind: str, name: str):
        row = self.known[kind].get(name.casefold())
        if row is not None:
            return row
        if kind == "muscles":
            return self._new_muscle(name)
        raise ValueError(_unknown(kind, name, self.known[kind]))

    def _new_muscle(self, name: str) -> Muscle:
        slug = slugify(name)[:90] or "muscle"
        taken = {row.slug for row in self.known["muscles"].values()}
        numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
        muscle = Muscle(name=name, slug=next(each for each in (slug, *numbered) if each not in taken))
        muscle.full_clean()
        muscle.save()
        self.known["muscles"] |= {muscle.slug: muscle, name.casefold(): muscle}
        return muscle

    def forget_unsaved(self) -> None:
        """A file was rolled back: the muscles it made are gone again."""
        saved = set(Muscle.objects.values_list("pk", flat=True))
        self.known["muscles"] = {name: row for name, row in self.known["muscles"].items() if row.pk in saved}


def _by_names(rows) -> dict[str, Model]:
    rows = list(rows)
    return {row.name.casefold(): row for row in rows} | {row.slug: row for row in rows}


def _unknown(kind: str, name: str, known: dict[str, Model]) -> str:
    slugs = sorted({row.slug for row in known.values()})
    near = get_close_matches(name.casefold(), slugs, n=1)
    if near:
        return _("we have no “%(name)s”; did you mean %(near)s?") % {"name": name[:60], "near": near[0]}
    named = ", ".join(slugs[:MOST_NAMED]) + (" …" if len(slugs) > MOST_NAMED else "")
    return _("we have no “%(name)s”; we have %(known)s") % {"name": name[:60], "known": named or _("none yet")}
