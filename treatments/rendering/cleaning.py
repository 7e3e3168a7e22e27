"""The second lock: what may pass into a page, whatever the first one let through."""

import nh3
from django.utils.safestring import SafeString, mark_safe

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "div", "section", "span", "figure", "figcaption", "blockquote"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"),
    *("a", "em", "strong", "s", "del", "sub", "sup", "code", "pre", "img"),
}
ATTRIBUTES = {
    "a": {"href", "id", "title", "aria-label"},
    "img": {"src", "alt", "width", "height", "loading"},
    "li": {"id"},
    "ol": {"start"},
    "section": {"aria-labelledby"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
CLASSES = {
    "section": {"care-card", "care-card--emergency", "care-card--urgent", "care-card--self", "footnotes"},
    "div": {"care-card__body", "table-scroll", "steps", "callout", "callout--note", "callout--tip"},
    "p": {"callout__title"},
    "span": {"visually-hidden"},
    "figure": {"pull-quote", "quote", "picture"},
    "sup": {"footnote-ref"},
    "a": {"footnote-backref"},
    "th": {"text-end", "text-center"},
    "td": {"text-end", "text-center"},
    **{f"h{level}": {"care-card__title"} for level in range(2, 7)},
}
SCHEMES = {"http", "https", "mailto", "tel"}


def clean(html: str) -> SafeString:
    safe = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_own_pictures_only,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel=None,
    )
    return mark_safe(safe)


def _own_pictures_only(tag: str, attribute: str, value: str) -> str | None:
    """A picture comes from this site; `//host` would be another."""
    foreign = (tag, attribute) == ("img", "src") and (not value.startswith("/") or value.startswith("//"))
    return None if foreign else value
