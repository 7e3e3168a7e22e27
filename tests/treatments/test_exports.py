"""Articles as files: export after import after export is the same bytes, whatever the texts hold."""

import datetime as dt

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories
from tests.cast import NOW
from tests.treatments.test_imports import WHOLE, write
from treatments.exports import exported
from treatments.imports import find_files, import_articles
from treatments.models import Article, Author, Muscle, Series


def bring(path):
    outcomes = list(import_articles(list(find_files([path])), now=NOW))
    assert [each.reason for each in outcomes] == [""] * len(outcomes)


def there_and_back(folder):
    """Export everything, empty the house of it, bring the files, and return both exports."""
    first = dict(exported())
    for name, text in first.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for model in (Article, Series, Author, Muscle):
        model.objects.all().delete()
    bring(folder)
    return first, dict(exported())


@pytest.fixture
def clinic():
    factories.LocationFactory()
    factories.BodyRegionFactory(slug="neck", name="Neck")
    factories.TreatmentFactory(slug="physical-therapy", name="Physical therapy")
    factories.SpotFactory(number=1)
    factories.ClinicianFactory(slug="elena-marchetti", name="Elena Marchetti", credentials="MD")
    factories.ArticleFactory(slug="other")
    factories.ArticleFactory(slug="third")


@pytest.mark.engine
@pytest.mark.django_db
def test_a_whole_article_comes_back_as_the_same_bytes(clinic, tmp_path):
    bring(write(tmp_path, WHOLE, "stiff-neck.md"))
    first, second = there_and_back(tmp_path)
    assert second == first
    assert list(first) == ["other.md", "stiff-neck.md", "third.md"]


AWKWARD = [
    "Quotes ' and \" and : colons # hashes",
    " leading and trailing blanks ",
    "Señora Łódź 🙂 — “quoted”",
    "- looks like a list",
    "2016",
    "No",
    "{a: b}",
    "x" * 160,
]


@pytest.mark.parametrize("text", AWKWARD)
@pytest.mark.django_db
def test_awkward_words_come_back(text, tmp_path):
    factories.ArticleFactory(
        slug="a", title=text, summary=text, references=f"{text}\n\n  {text}\n---\n{text}", problems=text
    )
    first, second = there_and_back(tmp_path)
    assert second == first
    assert Article.objects.values_list("title", "summary").get() == (text, text)


@pytest.mark.django_db
def test_a_text_may_hold_the_line_that_ends_front_matter(tmp_path):
    body = "One\n\n---\n\ntitle: Two\n---\nThree\n"
    factories.ArticleFactory(slug="a", body=body)
    first, second = there_and_back(tmp_path)
    assert (second, Article.objects.get().body) == (first, body)


@pytest.mark.django_db
def test_a_time_of_day_and_a_person_with_a_profile_come_back(tmp_path):
    author = factories.AuthorFactory(name="Ana, the elder", credentials="MA", job="Writer", bio="One.\n\nTwo.\n")
    published = dt.datetime(2026, 1, 5, 3, 17, tzinfo=dt.UTC)
    factories.ArticleFactory(slug="a", author=author, published_at=published)
    first, second = there_and_back(tmp_path)
    assert (second, Article.objects.get().published_at) == (first, published)
    assert Author.objects.values_list("name", "bio").get() == ("Ana, the elder", "One.\n\nTwo.\n")


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)


class AnyWords(TestCase):
    @settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(title=WORDS.filter(str.strip), body=WORDS, note=WORDS)
    def test_any_words_come_back(self, title, body, note):
        Article.objects.all().delete()
        factories.ArticleFactory(slug="a", title=title, body=body, evidence_note=note, summary=note)
        first = dict(exported())["a.md"]
        path = self.folder / "a.md"
        path.write_text(first, encoding="utf-8", newline="\n")
        Article.objects.all().delete()
        bring(path)
        assert dict(exported())["a.md"] == first

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path


@pytest.mark.django_db
def test_the_command_writes_a_file_for_each_and_leaves_others_alone(tmp_path, capsys):
    factories.ArticleFactory(slug="a")
    factories.ArticleFactory(slug="b")
    (tmp_path / "mine.txt").write_text("mine")
    call_command("export_articles", str(tmp_path), "--only", "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.md", "mine.txt"]
    assert capsys.readouterr().out == f"[1/1] {tmp_path / 'b.md'}\n"
