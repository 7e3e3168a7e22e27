"""What the demo clinic says: easy to read, whole, and honest about urgent signs."""

import re

import pytest

from clinic.demo import content

TREATMENTS = {row["slug"]: (row, body) for row, body in content.pages("treatments")}
ARTICLES = {row["slug"]: (row, body) for row, body in content.pages("articles")}
PROSE = ("summary", "what_to_expect", "preparation", "aftercare", "plans_text", "referral_text")


def syllables(word):
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee"))
    return max(1, groups - silent)


def grade(text):
    """Flesch-Kincaid; each item of a list is a sentence."""
    plain = re.sub(r"^:::.*$", "", re.sub(r"[*#_`]", "", text), flags=re.MULTILINE)
    sentences = [
        part for part in re.split(r"[.!?:](?:\s|$)|\n\s*\n|\n\s*(?:-|\d+\.) ", plain) if re.search(r"\w", part)
    ]
    words = re.findall(r"[A-Za-z’']+", plain)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def words(text):
    return len(re.findall(r"[A-Za-z’']+", text))


@pytest.mark.parametrize("slug", TREATMENTS)
def test_a_treatment_reads_at_grade_6_or_below(slug):
    row, body = TREATMENTS[slug]
    assert grade("\n\n".join([body, *(row[part] for part in PROSE)])) <= 6


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_reads_at_grade_8_or_below_and_is_long_enough(slug):
    row, body = ARTICLES[slug]
    assert grade(body) <= 8
    assert words(body) >= 900
    assert row["reviewed"] < row["next_review"]


@pytest.mark.parametrize("slug", [slug for slug, (row, _body) in TREATMENTS.items() if row["role"] == "procedure"])
def test_an_injection_says_when_to_call_911(slug):
    aftercare = TREATMENTS[slug][0]["aftercare"]
    assert "::: emergency Call 911" in aftercare
    for sign in ("fever", "stiff neck", "weakness", "bladder or bowel"):
        assert sign in aftercare


@pytest.mark.parametrize(("row", "body"), [*TREATMENTS.values(), *ARTICLES.values()])
def test_nobody_is_told_to_stop_a_medicine(row, body):
    everything = " ".join([body, *(text for text in row.values() if isinstance(text, str))]).lower()
    assert re.findall(r"stop (?:taking|your (?:medicine|pills|blood))", everything) == []
    assert "spinal headache" not in everything


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_has_care_cards_at_three_levels(slug):
    cards = set(re.findall(r"^::: (\S+)", ARTICLES[slug][1], flags=re.MULTILINE))
    assert cards >= {"emergency", "urgent", "self-care"}


def shown(person):
    return f"{person['name']}, {person['credentials']}"


def test_everything_named_exists():
    house = content.house()
    clinicians = {shown(person) for person in house["clinicians"]}
    known = {
        part: {row["slug"] for row in house[part]} for part in ("regions", "muscles", "capabilities", "clinicians")
    }
    for row, _body in TREATMENTS.values():
        assert set(row["regions"]) <= known["regions"]
        assert {need["capability"] for need in row["needs"]} <= known["capabilities"]
    for row, _body in ARTICLES.values():
        assert set(row["regions"]) <= known["regions"]
        assert set(row.get("muscles", [])) <= {muscle["name"] for muscle in house["muscles"]}
        assert set(row["treatments"]) <= set(TREATMENTS)
        assert row["author"] in clinicians | {shown(person) for person in house["authors"]}
        assert row["reviewer"] in clinicians
    assert len(known["clinicians"]) >= 6
