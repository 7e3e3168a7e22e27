"""What the papers point to is there: files, headings, commands."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import resolve

from tests.processes import ROOT

PAPERS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
CARDS = [paper for paper in PAPERS if paper.parent.name == "cards"]
LINES_OF_A_PAGE = 48


def prose(paper: Path) -> str:
    return CODE.sub("", FENCE.sub("", paper.read_text()))


def anchors(paper: Path) -> set[str]:
    """Return the anchors of its headings as GitHub makes them."""
    found: dict[str, int] = {}
    names = set()
    for heading in HEADING.findall(FENCE.sub("", paper.read_text())):
        plain = LINK.sub(lambda link: link[0][link[0].index("[") + 1 : link[0].index("]")], heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        names.add(name if name not in found else f"{name}-{found[name]}")
        found[name] = found.get(name, 0) + 1
    return names


def broken(paper: Path) -> list[str]:
    wrong = []
    for link in LINK.findall(prose(paper)):
        if re.match(r"[a-z]+:", link) or link.startswith("/"):
            continue
        path, _, anchor = link.partition("#")
        target = (paper.parent / path).resolve() if path else paper
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_every_link_and_anchor_leads_somewhere(paper):
    assert broken(paper) == []


def test_a_link_that_leads_nowhere_would_be_found(tmp_path):
    paper = tmp_path / "paper.md"
    paper.write_text(
        "# One & two\n[a](#one--two) [b](#three) [c](no.md) `[d](no.md)` [e](https://example.com) [f](paper.md#x)\n"
    )

    assert broken(paper) == ["#three", "no.md", "paper.md#x"]


def named(pattern: str) -> set[str]:
    return {name for paper in PAPERS for name in re.findall(pattern, paper.read_text())}


def test_every_command_of_run_is_one():
    usage = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    there = set(re.findall(r"^  ([a-z]+)\b", usage, re.MULTILINE))

    assert named(r"\./run ([a-z][a-z_-]*)") - there == set()


def test_every_management_command_is_one():
    assert named(r"manage\.py ([a-z][a-z_]*)") - set(get_commands()) == set()


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_a_card_is_one_page(card):
    assert len(card.read_text().splitlines()) <= LINES_OF_A_PAGE


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_every_address_on_a_card_is_one_of_ours(card):
    addresses = re.findall(r"`(/[^`<]*/)`", card.read_text())

    assert addresses
    assert [resolve(address).view_name for address in addresses if "catch" in resolve(address).func.__name__] == []


def test_the_keys_on_the_card_of_the_desk_are_those_of_its_guide():
    keys = {
        paper: set(re.findall(r"Alt\+[A-Z,.]", (ROOT / "docs" / paper).read_text()))
        for paper in ("front-desk.md", "cards/desk.md")
    }

    assert keys["cards/desk.md"] == keys["front-desk.md"]
