"""Markdown to safe HTML.

Two locks: markdown-it with HTML off, then nh3 with a list of what may pass. Editors are not trusted either.

Beside CommonMark: tables, footnotes, a quote whose last line `-- Name` says whose it is, a picture of ours alone in its
paragraph (`![caption](picture:slug)`), and containers, closed by `:::` —
`::: emergency Title`, `::: urgent Title`, `::: self-care Title` or `::: not-urgent Title` (care cards), `::: note Title`
and `::: tip Title` (call-outs), `::: pull Attribution` (a pull quote) and `::: steps`, in which numbered lists count on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from treatments.models import Picture
from treatments.rendering.arranging import Heading, Shown, arrange, shown
from treatments.rendering.cleaning import TAGS, clean
from treatments.rendering.looking import Problem, Reading, count_words, questions_in, read
from treatments.rendering.markup import MAX_CHARACTERS, markdown

__all__ = ["MAX_CHARACTERS", "TAGS", "Heading", "Problem", "Prose", "Reading", "read", "render"]

WORDS_A_MINUTE = 220


@dataclass(frozen=True)
class Prose:
    """A text made ready for a page: safe HTML, its contents list, its length in words and in minutes of reading.

    `questions`: what its headings of level 2 and 3 ask, each with what follows in plain text.
    """

    html: SafeString
    contents: tuple[Heading, ...]
    words: int
    minutes: int
    questions: tuple[tuple[str, str], ...] = ()


def render(text: str, *, prefix: str = "", pictures: Mapping[str, Picture] | None = None) -> Prose:
    """Return the page-ready form of a Markdown text. `prefix` keeps ids apart when a page shows several texts.

    Only `pictures` are shown, by their slugs (`treatments.pictures.wanted_by` finds what texts name).
    """
    known = tuple(shown(picture) for picture in (pictures or {}).values())
    return _render(text[:MAX_CHARACTERS], prefix, known, get_language() or "")


@lru_cache(maxsize=512)
def _render(text: str, prefix: str, known: tuple[Shown, ...], _language: str) -> Prose:
    env = {"docId": prefix} if prefix else {}
    tokens = markdown.parse(text, env)
    tokens, contents = arrange(tokens, prefix=prefix, pictures={picture.slug: picture for picture in known})
    words = count_words(tokens)
    html = clean(markdown.renderer.render(tokens, markdown.options, env))
    minutes = max(1, round(words / WORDS_A_MINUTE)) if words else 0
    return Prose(html, contents, words, minutes, questions_in(tokens))
