"""The Markdown we read, and how its containers are written as HTML."""

from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, smartquotes
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import render_footnote_anchor

MAX_CHARACTERS = 100_000  # some 16 000 words; whatever is longer is no article and would only burn time
MOST_QUOTES = 10_000  # curling them costs the square of their number

# What a card is, for those who do not see its color (after the NHS service manual's care cards).
CARDS = {
    "emergency": ("emergency", gettext_noop("Emergency:")),
    "urgent": ("urgent", gettext_noop("Urgent:")),
    "self-care": ("self", gettext_noop("Self-care:")),
    "not-urgent": ("self", gettext_noop("Self-care:")),
}
CALLOUTS = {"note": gettext_noop("Note:"), "tip": gettext_noop("Tip:")}
CONTAINERS = (*CARDS, *CALLOUTS, "pull", "steps")


def title_of(container: Token) -> str:
    """What stands behind the kind of a container: `emergency Call 911` is titled “Call 911”."""
    return container.info.strip().partition(" ")[2].strip()


def _spoken(kind: str, title: str) -> str:
    """The title with its kind, which those who see the color need not read; the kind alone where there is no title."""
    kind = escape(_(kind))
    return f'<span class="visually-hidden">{kind}</span> {escape(title)}' if title else kind.rstrip(":")


def _card(kind: str):
    shade, spoken = CARDS[kind]

    def render_card(_renderer, tokens, index, _options, _env):
        token = tokens[index]
        if token.nesting == -1:
            return "</div></section>\n"
        level, identifier = token.meta["level"], token.meta["id"]
        return (
            f'<section class="care-card care-card--{shade}" aria-labelledby="{identifier}">'
            f'<h{level} class="care-card__title" id="{identifier}">{_spoken(spoken, title_of(token))}</h{level}>'
            '<div class="care-card__body">\n'
        )

    return render_card


def _callout(kind: str):
    def render_callout(_renderer, tokens, index, _options, _env):
        token = tokens[index]
        if token.nesting == -1:
            return "</div>\n"
        words = _spoken(CALLOUTS[kind], title_of(token))
        return f'<div class="callout callout--{kind}"><p class="callout__title">{words}</p>\n'

    return render_callout


def _steps(_renderer, tokens, index, _options, _env):
    return '<div class="steps">\n' if tokens[index].nesting == 1 else "</div>\n"


def _pull(_renderer, tokens, index, _options, _env):
    token = tokens[index]
    if token.nesting == 1:
        return '<figure class="pull-quote"><blockquote>\n'
    who = token.meta["who"]
    return f"</blockquote>{f'<figcaption>{escape(who)}</figcaption>' if who else ''}</figure>\n"


def _table_open(_renderer, _tokens, _index, _options, _env):
    return '<div class="table-scroll"><table>\n'


def _table_close(_renderer, _tokens, _index, _options, _env):
    return "</table></div>\n"


def _back_to_text(renderer, tokens, index, options, env):
    """The plugin's arrow, with words for those who do not see it."""
    link = render_footnote_anchor(renderer, tokens, index, options, env)
    return link.replace("<a ", f'<a aria-label="{escape(_("Back to the text"))}" ', 1)


def _image(_renderer, tokens, index, _options, _env):
    """A picture that is not ours, or does not stand alone in its paragraph: its caption only."""
    return escape(tokens[index].content)


def _picture(_renderer, tokens, index, _options, _env):
    picture, caption = tokens[index].meta["picture"], tokens[index].content
    words = " ".join(filter(None, [escape(caption), escape(picture.credit)]))
    return (
        f'<figure class="picture"><img src="{escape(picture.src)}" alt="{escape(picture.alt)}" loading="lazy" '
        f'width="{picture.width}" height="{picture.height}">'
        f"{f'<figcaption>{words}</figcaption>' if words else ''}</figure>\n"
    )


def _curl_quotes(state: StateCore) -> None:
    if state.src.count('"') + state.src.count("'") <= MOST_QUOTES:
        smartquotes(state)


def _build() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": True})
    markdown.enable(["table", "replacements", "smartquotes"])
    markdown.core.ruler.at("smartquotes", _curl_quotes)
    markdown.use(footnote_plugin)
    for kind in CARDS:
        markdown.use(container_plugin, name=kind, render=_card(kind))
    for kind in CALLOUTS:
        markdown.use(container_plugin, name=kind, render=_callout(kind))
    markdown.use(container_plugin, name="pull", render=_pull)
    markdown.use(container_plugin, name="steps", render=_steps)
    rules = {
        "footnote_anchor": _back_to_text,
        "table_open": _table_open,
        "table_close": _table_close,
        "image": _image,
        "picture": _picture,
    }
    for name, rule in rules.items():
        markdown.add_render_rule(name, rule)
    return markdown


markdown = _build()
