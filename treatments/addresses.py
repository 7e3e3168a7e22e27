"""Old and short addresses of articles and spots: how a path is kept, which paths are refused, where one leads.

An alias never answers in place of a page: the site asks here only when it has no page at an address.
"""

import datetime as dt
import re
import unicodedata
from urllib.parse import unquote

from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext as _

from treatments.models import Alias, Article, Author, BodyRegion, Clinician, Series, Spot, Treatment

LONGEST = Alias._meta.get_field("path").max_length

# Whole parts of the site that are the program's own, whether or not a page is there today.
RESERVED = {
    *("admin", "after-sign-in", "api", "appointments", "book", "calendar", "call-me", "healthz", "livez"),
    *("media", "schedule", "sign-in", "sign-out", "static"),
}
# Addresses that end in a slug exist only where a row has that slug.
ROWS = {
    "article": Article,
    "author": Author,
    "clinician": Clinician,
    "series": Series,
    "spot": Spot,
    "topic": BodyRegion,
    "treatment": Treatment,
}


def normal_path(text: str) -> str:
    """Return the one form in which a path is kept and looked up: decoded, in lower case, without a slash at its end.

    Raises ValueError, with words for the person who wrote it, for what can be no path of this site.
    """
    path = unicodedata.normalize("NFC", _decoded(text.strip()).lower()).rstrip("/")
    if not path:
        raise ValueError(_("This is the home page. Write a path such as /spot11."))
    if not path.startswith("/"):
        raise ValueError(_("Begin with a slash and leave out the name of the site: /spot11."))
    if len(path) > LONGEST:
        raise ValueError(_("This is too long: %(number)d characters at most.") % {"number": LONGEST})
    if not path.isprintable() or re.search(r"[\\?#]|%[0-9a-f]{2}", path):
        raise ValueError(_("A path has no question mark, no number sign, no backslash and no invisible characters."))
    if {"", ".", ".."} & set(path[1:].split("/")):
        raise ValueError(_("A path has no empty parts and no dots alone between its slashes."))
    return path


def _decoded(text: str) -> str:
    """Take percent signs away: as browsers, forms and old links write the same path differently."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError(_("The percent signs of this path are no UTF-8. Write the letters themselves.")) from None


def refusal(path: str, *, thing: Article | Spot) -> str | None:
    """Say why `path` cannot be an alias of this article or spot; None when it can."""
    try:
        path = normal_path(path)
    except ValueError as error:
        return str(error)
    if path.split("/")[1] in RESERVED:
        return _("%(path)s belongs to the program itself.") % {"path": path}
    if _is_a_page(path):
        return _("%(path)s is a page of this site. It would never lead elsewhere.") % {"path": path}
    other = _target(Alias.objects.filter(path=path).select_related("article", "spot").first())
    if other is not None and other != thing:
        return _("%(path)s already leads to “%(title)s”.") % {"path": path, "title": other}
    return None


def moved_to(path: str, *, now: dt.datetime) -> str | None:
    """Return the canonical path an alias leads to, or None. One query, and none for what can be no alias.

    It is built from the row and never from what the visitor wrote, so that it stays on this site.
    """
    try:
        path = normal_path(path)
    except ValueError:
        return None
    target = _target(Alias.objects.filter(path=path).select_related("article", "spot").first())
    if target is None or (isinstance(target, Article) and not target.is_public(now=now)):
        return None
    canonical = target.get_absolute_url()
    return canonical if normal_path(canonical) != path else None


def _target(alias: Alias | None) -> Article | Spot | None:
    return alias and (alias.article or alias.spot)


def _is_a_page(path: str) -> bool:
    """Whether the site has a page there now, or will have when a draft comes out."""
    found = _resolved(path) or _resolved(f"{path}/")
    if found is None:
        return False
    rows = ROWS.get(found.view_name)
    return rows is None or rows.objects.filter(slug__iexact=found.kwargs["slug"]).exists()


def _resolved(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None
