"""Markdown to safe HTML.

Two locks: markdown-it with HTML off, then nh3 with a list of what may pass. Editors are not trusted either.

Beside CommonMark: tables, footnotes, and four containers, closed by `:::` —
`::: emergency Title`, `::: urgent Title`, `::: self-care Title` (care cards) and `::: pull Attribution` (a pull quote).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import render_footnote_anchor

WORDS_A_MINUTE = 220
MAX_CHARACTERS = 100_000  # some 16 000 words; whatever is longer is no article and would only burn time

# Ids the pages themselves use; a heading “References” in a text must not take theirs.
RESERVED_IDS = ("main", "top", "evidence", "references", "call-me")

# What a card is, for those who do not see its color (after the NHS service manual's care cards).
CARDS = {
    "emergency": ("emergency", gettext_noop("Emergency:")),
    "urgent": ("urgent", gettext_noop("Urgent:")),
    "self-care": ("self", gettext_noop("Self-care:")),
}
TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "div", "section", "span", "figure", "figcaption", "blockquote"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"),
    *("a", "em", "strong", "s", "del", "sub", "sup", "code", "pre"),
}
ATTRIBUTES = {
    "a": {"href", "id", "title", "aria-label"},
    "li": {"id"},
    "ol": {"start"},
    "section": {"aria-labelledby"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
CLASSES = {
    "section": {"care-card", "care-card--emergency", "care-card--urgent", "care-card--self", "footnotes"},
    "div": {"care-card__body", "table-scroll"},
    "span": {"visually-hidden"},
    "figure": {"pull-quote"},
    "sup": {"footnote-ref"},
    "a": {"footnote-backref"},
    "th": {"text-end", "text-center"},
    "td": {"text-end", "text-center"},
    **{f"h{level}": {"care-card__title"} for level in range(2, 7)},
}


@dataclass(frozen=True)
class Heading:
    """A heading of the text, with those below it."""

    id: str
    title: str
    children: tuple["Heading", ...] = ()


@dataclass(frozen=True)
class Prose:
    """A text made ready for a page: safe HTML, its contents list, its length in words and in minutes of reading."""

    html: SafeString
    contents: tuple[Heading, ...]
    words: int
    minutes: int


def render(text: str, *, prefix: str = "") -> Prose:
    """Return the page-ready form of a Markdown text. `prefix` keeps ids apart when a page shows several texts."""
    return _render(text[:MAX_CHARACTERS], prefix, get_language() or "")


@lru_cache(maxsize=128)
def _render(text: str, prefix: str, _language: str) -> Prose:
    env = {"docId": prefix} if prefix else {}
    tokens = _markdown.parse(text, env)
    contents = _mark_headings(tokens, prefix)
    _class_alignment(tokens)
    words = sum(len(token.content.split()) for token in tokens if token.type in {"inline", "fence", "code_block"})
    html = _clean(_markdown.renderer.render(tokens, _markdown.options, env))
    return Prose(html, contents, words, max(1, round(words / WORDS_A_MINUTE)) if words else 0)


def _clean(html: str) -> SafeString:
    safe = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(safe)


def _mark_headings(tokens: list[Token], prefix: str) -> tuple[Heading, ...]:
    """Give every heading an id of its own, no heading the page's own level 1, and cards the level below their section."""
    found: list[tuple[int, str, str]] = []
    taken = dict.fromkeys(RESERVED_IDS, 1)
    level = 1
    for index, token in enumerate(tokens):
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{max(2, int(token.tag[1]))}"
        if token.type == "heading_open":
            level = int(token.tag[1])
            title = _plain(tokens[index + 1])
            token.attrs = {"id": _unique(slugify(f"{prefix} {title}") or "section", taken)}
            found.append((level, str(token.attrs["id"]), title))
        elif token.type.startswith("container_"):
            token.meta = {
                "level": min(level + 1, 6),
                "id": _unique(slugify(f"{prefix} {_title(token)}") or "card", taken),
            }
    return _tree(found)


def _title(container: Token) -> str:
    """What stands behind the kind of a container: `emergency Call 911` is titled “Call 911”."""
    return container.info.strip().partition(" ")[2].strip()


def _plain(inline: Token) -> str:
    """The words of a heading without its marks."""
    return "".join(child.content for child in inline.children or [] if child.type in {"text", "code_inline"}).strip()


def _unique(wanted: str, taken: dict[str, int]) -> str:
    """Number what repeats. The count is kept, so that a thousand equal headings cost a thousand steps, not a million."""
    name = wanted
    while name in taken:
        taken[wanted] += 1
        name = f"{wanted}-{taken[wanted]}"
    taken[name] = 1
    return name


def _tree(found: Iterable[tuple[int, str, str]]) -> tuple[Heading, ...]:
    """Two levels are enough for a contents list: sections, and the steps within them."""
    sections: list[tuple[str, str, list[Heading]]] = []
    for level, identifier, title in found:
        if level == 2 or not sections:
            sections.append((identifier, title, []))
        elif level == 3:
            sections[-1][2].append(Heading(identifier, title))
    return tuple(Heading(identifier, title, tuple(children)) for identifier, title, children in sections)


def _class_alignment(tokens: list[Token]) -> None:
    """Column alignment comes as a style attribute, which our Content-Security-Policy refuses: make it a class."""
    for token in tokens:
        if token.type in {"td_open", "th_open"} and token.attrs:
            side = str(token.attrs.get("style", "")).removeprefix("text-align:")
            token.attrs = {"class": f"text-{'end' if side == 'right' else side}"} if side in {"right", "center"} else {}


def _card(kind: str):
    shade, spoken = CARDS[kind]

    def render_card(_renderer, tokens, index, _options, _env):
        token = tokens[index]
        if token.nesting == -1:
            return "</div></section>\n"
        level, identifier = token.meta["level"], token.meta["id"]
        title, kind_of_card = escape(_title(token)), escape(_(spoken))
        words = f'<span class="visually-hidden">{kind_of_card}</span> {title}' if title else kind_of_card.rstrip(":")
        return (
            f'<section class="care-card care-card--{shade}" aria-labelledby="{identifier}">'
            f'<h{level} class="care-card__title" id="{identifier}">{words}</h{level}>'
            '<div class="care-card__body">\n'
        )

    return render_card


def _pull(_renderer, tokens, index, _options, _env):
    if tokens[index].nesting == 1:
        return '<figure class="pull-quote"><blockquote>\n'
    opening = next(token for token in reversed(tokens[:index]) if token.type == "container_pull_open")
    who = _title(opening)
    return f"</blockquote>{f'<figcaption>{escape(who)}</figcaption>' if who else ''}</figure>\n"


def _table_open(_renderer, _tokens, _index, _options, _env):
    return '<div class="table-scroll"><table>\n'


def _table_close(_renderer, _tokens, _index, _options, _env):
    return "</table></div>\n"


def _back_to_text(renderer, tokens, index, options, env):
    """The plugin's arrow, with words for those who do not see it."""
    link = render_footnote_anchor(renderer, tokens, index, options, env)
    return link.replace("<a ", f'<a aria-label="{escape(_("Back to the text"))}" ', 1)


def _build() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": True})
    # Pictures would come from other hosts or as data: addresses; both are refused by our Content-Security-Policy.
    markdown.enable(["table", "replacements", "smartquotes"]).disable("image")
    markdown.use(footnote_plugin)
    markdown.add_render_rule("footnote_anchor", _back_to_text)
    for kind in CARDS:
        markdown.use(container_plugin, name=kind, render=_card(kind))
    markdown.use(container_plugin, name="pull", render=_pull)
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", _table_close)
    return markdown


_markdown = _build()
