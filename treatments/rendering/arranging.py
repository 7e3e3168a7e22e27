"""What becomes of the tokens of a text before they are written: anchors, classes, numbers, quotes and pictures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.text import slugify
from markdown_it.token import Token

from treatments.models import Picture
from treatments.rendering.markup import title_of

# Ids the pages themselves use; a heading “References” in a text must not take theirs.
RESERVED_IDS = ("main", "top", "evidence", "references", "call-me")
DASHES = ("—", "–", "--")


@dataclass(frozen=True)
class Heading:
    """A heading of the text, with those below it."""

    id: str
    title: str
    children: tuple["Heading", ...] = ()


@dataclass(frozen=True)
class Shown:
    """What a page needs of a picture. Apart from the row, so that a text with its pictures can be remembered."""

    slug: str
    src: str
    alt: str
    width: int
    height: int
    credit: str


def shown(picture: Picture) -> Shown:
    return Shown(picture.slug, picture.file.url, picture.alt, picture.width, picture.height, picture.credit)


def arrange(
    tokens: list[Token], *, prefix: str, pictures: Mapping[str, Shown]
) -> tuple[list[Token], tuple[Heading, ...]]:
    """Return the tokens as they are to be written, and the contents list."""
    contents = _mark_headings(tokens, prefix)
    _class_alignment(tokens)
    _count_on(tokens)
    _name_pulled(tokens)
    return _place_pictures(_attribute_quotes(tokens), pictures), contents


# --- Headings -------------------------------------------------------------------------------------------------------


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
            title = plain(tokens[index + 1])
            token.attrs = {"id": _unique(slugify(f"{prefix} {title}") or "section", taken)}
            found.append((level, str(token.attrs["id"]), title))
        elif token.type.startswith("container_") and token.nesting == 1:
            token.meta = {
                "level": min(level + 1, 6),
                "id": _unique(slugify(f"{prefix} {title_of(token)}") or "card", taken),
            }
    return _tree(found)


def plain(inline: Token) -> str:
    """The words of a heading or a caption without their marks."""
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


# --- Tables, lists, pull quotes -------------------------------------------------------------------------------------


def _class_alignment(tokens: list[Token]) -> None:
    """Column alignment comes as a style attribute, which our Content-Security-Policy refuses: make it a class."""
    for token in tokens:
        if token.type in {"td_open", "th_open"} and token.attrs:
            side = str(token.attrs.get("style", "")).removeprefix("text-align:")
            token.attrs = {"class": f"text-{'end' if side == 'right' else side}"} if side in {"right", "center"} else {}


def _count_on(tokens: list[Token]) -> None:
    """Within `::: steps` a numbered list goes on where the last one ended, whatever stands between.

    A list in a list begins anew.
    """
    last: list[int] = []  # the last number given, for each open container of steps
    depth: list[int] = []  # how many lists are open in it
    for token in tokens:
        if token.type == "container_steps_open":
            last.append(0)
            depth.append(0)
        elif token.type == "container_steps_close":
            last.pop()
            depth.pop()
        elif depth and token.type in {"ordered_list_open", "bullet_list_open"}:
            depth[-1] += 1
            if depth[-1] == 1 and token.tag == "ol" and last[-1]:
                token.attrs = {"start": last[-1] + 1}
        elif depth and token.type in {"ordered_list_close", "bullet_list_close"}:
            depth[-1] -= 1
        elif depth and depth[-1] == 1 and token.type == "list_item_open" and token.info:
            last[-1] += 1  # only an item of a numbered list has its number in `info`


def _name_pulled(tokens: list[Token]) -> None:
    """Tell the end of a pull quote whose it is: it is written there."""
    who: list[str] = []
    for token in tokens:
        if token.type == "container_pull_open":
            who.append(title_of(token))
        elif token.type == "container_pull_close":
            token.meta = {"who": who.pop()}


# --- Quotes and pictures --------------------------------------------------------------------------------------------


def _attribute_quotes(tokens: list[Token]) -> list[Token]:
    """Set a quote whose last line is `-- Name` as a figure with that name under it."""
    arranged: list[Token] = []
    opened: list[int] = []
    for token in tokens:
        if token.type == "blockquote_open":
            opened.append(len(arranged))
        arranged.append(token)
        if token.type == "blockquote_close":
            begin = opened.pop()
            if who := _take_name(arranged):
                arranged[begin].meta = {"named": True}
                arranged += [_block("figcaption", 1), who, _block("figcaption", -1), _block("figure", -1)]
    return [each for token in arranged for each in _opened(token)]


def _opened(token: Token) -> list[Token]:
    return [_block("figure", 1, "quote"), token] if token.meta.get("named") else [token]


def _block(tag: str, nesting, kind: str = "") -> Token:
    name = f"{tag}_{'open' if nesting == 1 else 'close'}"
    return Token(name, tag, nesting, block=True, attrs={"class": kind} if kind else {})


def _take_name(tokens: list[Token]) -> Token | None:
    """Take the last line off the quote that ends these tokens, if it is a name; return it without its dash."""
    if [token.type for token in tokens[-4:]] != ["paragraph_open", "inline", "paragraph_close", "blockquote_close"]:
        return None
    inline = tokens[-3]
    children = inline.children or []
    breaks = [index for index, child in enumerate(children) if child.type in {"softbreak", "hardbreak"}]
    begin = breaks[-1] + 1 if breaks else 0
    name = _without_dash(children[begin:])
    if name is None:
        return None
    inline.children = children[: max(begin - 1, 0)]
    if not inline.children:
        del tokens[-4:-1]
    return Token("inline", "", 0, children=name, content="".join(child.content for child in name), map=inline.map)


def _without_dash(line: list[Token]) -> list[Token] | None:
    first = line[0].content if line and line[0].type == "text" else ""
    dash = next((dash for dash in DASHES if first.startswith(dash)), None)
    rest = first[len(dash) :].lstrip() if dash else ""
    if dash is None or (not rest and len(line) == 1):
        return None
    return [Token("text", "", 0, content=rest), *line[1:]]


def _place_pictures(tokens: list[Token], pictures: Mapping[str, Shown]) -> list[Token]:
    """Set a picture of ours that stands alone in its paragraph as a figure with its caption."""
    arranged: list[Token] = []
    for token in tokens:
        arranged.append(token)
        picture = _lone_picture(arranged, pictures) if token.type == "paragraph_close" else None
        if picture is not None:
            arranged[-3:] = [picture]
    return arranged


def _lone_picture(tokens: list[Token], pictures: Mapping[str, Shown]) -> Token | None:
    inline = tokens[-2]
    (image, *others) = (inline.children if inline.type == "inline" else None) or [None]
    if others or image is None or image.type != "image":
        return None
    kind, _colon, slug = str(image.attrs.get("src", "")).partition(":")
    if kind != "picture" or slug not in pictures:
        return None
    return Token("picture", "", 0, block=True, content=plain(image), meta={"picture": pictures[slug]}, map=inline.map)
