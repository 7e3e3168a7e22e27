"""Files that would stop an import, fill the database or never end: each is refused, and its neighbors come in."""

import datetime as dt
import os

import pytest

from tests import factories
from tests.cast import NOW
from treatments.imports import find_files, import_articles
from treatments.models import Article, Muscle

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


def article(slug="a", front=""):
    return f"---\ntitle: {slug.upper()}\nslug: {slug}\n{front}---\nText.\n"


def bring(folder, **texts):
    """Import a file for each text, by name; return (line, reason) of the files that were refused, by name."""
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text)
    outcomes = import_articles(list(find_files([folder])), now=NOW)
    return {each.path.stem: (each.line, each.reason) for each in outcomes if each.state == "failed"}


@pytest.mark.parametrize("spelled", [r"\0", r"\ud800"])
def test_a_character_no_database_takes_stops_only_its_own_file(tmp_path, spelled):
    failed = bring(tmp_path, bad=article("bad", f'subtitle: "x {spelled}"\n'), good=article("good"))
    assert failed == {"bad": (4, "YAML: a text with a NUL or half a character")}
    assert list(Article.objects.values_list("slug", flat=True)) == ["good"]


def test_a_pipe_in_the_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    assert bring(tmp_path, good=article("good")) == {"pipe": (None, "is no plain file")}


def test_a_list_without_end_makes_no_muscles(tmp_path):
    names = ", ".join(f"m{number}" for number in range(50_000))
    failed = bring(tmp_path, long=article(front=f"muscles: [{names}]\n"))
    assert failed == {"long": (4, "YAML: more than 2000 values")}
    assert not Muscle.objects.exists()


def test_a_key_that_stands_twice_is_found_further_down_too(tmp_path):
    failed = bring(tmp_path, twice=article(front="author: {name: A, name: B}\n"))
    assert failed == {"twice": (4, "name stands there twice")}


@pytest.mark.parametrize("empty", ["~", "null", ""])
def test_an_empty_value_is_no_word(tmp_path, empty):
    assert bring(tmp_path, a=article(front=f"muscles: {empty}\nsubtitle: {empty}\n")) == {}
    assert not Muscle.objects.exists()
    assert Article.objects.get().subtitle == ""


@pytest.mark.parametrize(("key", "value"), [("published", "9999-12-31T23:00-05:00"), ("updated", "0001-01-01")])
def test_dates_at_the_ends_of_the_calendar_are_refused(tmp_path, key, value):
    failed = bring(tmp_path, a=article(front=f"{key}: {value}\n"))
    assert failed == {"a": (4, f"{key}: the year {int(value[:4])} is none for an article")}


def test_a_time_without_an_offset_is_that_of_the_clinic(tmp_path):
    factories.LocationFactory(time_zone="America/New_York")
    assert bring(tmp_path, a=article(front="published: 2026-01-12 14:30\n")) == {}
    assert Article.objects.get().published_at == dt.datetime(2026, 1, 12, 19, 30, tzinfo=dt.UTC)


def test_two_articles_cannot_be_one_part_of_a_series(tmp_path):
    part = "series: {title: S, part: 1}\n"
    failed = bring(tmp_path, a=article("a", part), b=article("b", part))
    assert failed == {"b": (4, "series: another article is that part already")}


def test_a_scheduled_file_may_be_imported_again_when_its_day_has_come(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(article(front="published: 2031-01-01\nstatus: scheduled\n"))
    states = [
        str(outcome.state)
        for now in (NOW, dt.datetime(2031, 6, 1, tzinfo=dt.UTC))
        for outcome in import_articles([path], now=now)
    ]
    assert states == ["created", "unchanged"]


def test_an_article_named_as_related_and_excluded_is_settled_once(tmp_path):
    texts = {"a": article("a", "related: [b]\nrelated_exclude: [b]\n"), "b": article("b")}
    assert bring(tmp_path, **texts) == {}
    outcomes = import_articles(list(find_files([tmp_path])), now=NOW)
    assert [str(outcome.state) for outcome in outcomes] == ["unchanged", "unchanged"]
