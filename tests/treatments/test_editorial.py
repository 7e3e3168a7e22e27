"""How articles are kept: old addresses lead on, clinical edits wait for a review, and nothing unready is published."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.cast import NOW
from treatments import editorial
from treatments.models import Alias, Article
from treatments.search import search

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
REVIEWED = dt.date(2026, 1, 10)
CARD = "::: emergency Call 911\nFor a sudden worst headache.\n:::\n\n"


@pytest.fixture
def article():
    return factories.ArticleFactory(
        slug="old", body=CARD + "Rest. " * 320, reviewer=factories.AuthorFactory(), reviewed_on=REVIEWED
    )


def change(article, *, now=NOW, **fields):
    """Change fields of a fresh copy, keep it with the options among them, and return it as it is now."""
    options = {name: fields.pop(name) for name in ("wording_only", "reviewed", "relations_changed") if name in fields}
    copy = Article.objects.get(pk=article.pk)
    for name, value in fields.items():
        setattr(copy, name, value)
    editorial.keep(copy, now=now, **options)
    return Article.objects.get(pk=article.pk)


# --- The review -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["title", "summary", "body", "evidence_note", "problems"])
def test_a_clinical_edit_waits_for_a_new_review_and_is_dated(field, article):
    kept = change(article, **{field: "Something else."})
    assert (kept.reviewed_on, kept.updated_on, kept.shown_reviewer) == (None, NOW.date(), None)


def test_a_change_of_what_it_is_about_is_a_clinical_edit(article):
    assert change(article, relations_changed=True).reviewed_on is None


@pytest.mark.parametrize(
    "fields", [{"slug": "new"}, {"status": "retired"}, {"author": None}, {"next_review_on": REVIEWED}]
)
def test_what_says_nothing_about_health_keeps_the_review(fields, article):
    assert change(article, **fields).reviewed_on == REVIEWED


def test_an_edit_of_wording_keeps_the_review(article):
    kept = change(article, body=article.body + "!", wording_only=True)
    assert (kept.reviewed_on, kept.updated_on) == (REVIEWED, NOW.date())


def test_an_edit_that_was_reviewed_carries_its_new_date(article):
    assert change(article, body="New.", reviewed_on=NOW.date()).reviewed_on == NOW.date()


def test_an_unconfirmed_reviewer_is_not_shown(article):
    article.reviewer.confirmed_at = None
    article.reviewer.save()
    assert Article.objects.get(pk=article.pk).shown_reviewer is None


# --- Addresses --------------------------------------------------------------------------------------------------------


def test_an_old_address_leads_to_the_new_one_for_good(article, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    change(article, slug="new")
    response = client.get("/articles/old/")
    assert (response.status_code, response["Location"]) == (301, "/articles/new/")


def test_a_chain_of_addresses_leads_in_one_step_and_back_again(article, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    change(article, slug="second")
    change(article, slug="third")
    assert [client.get(f"/articles/{slug}/")["Location"] for slug in ("old", "second")] == ["/articles/third/"] * 2
    change(article, slug="old")
    assert client.get("/articles/old/").status_code == 200
    assert client.get("/articles/third/")["Location"] == "/articles/old/"


def test_a_draft_that_never_came_out_leaves_no_address():
    change(factories.ArticleFactory(slug="a", status="draft", published_at=None), slug="b")
    assert not Alias.objects.exists()


# --- The check list ---------------------------------------------------------------------------------------------------


def open_points(article):
    return {check.key: check.must for check in editorial.check_list(article, now=NOW) if not check.ok}


def test_an_article_with_nothing_lacks_everything():
    article = factories.ArticleFactory(summary="", body="Short.")
    assert open_points(article) == {
        "summary": True,
        "reviewer": True,
        "reviewed": False,
        "region": True,
        "treatment": False,
        "red-flags": True,
        "length": False,
    }


def test_a_whole_article_lacks_nothing(article):
    article.regions.add(factories.BodyRegionFactory())
    article.treatments.add(factories.TreatmentFactory())
    assert open_points(article) == {}


@pytest.mark.parametrize(
    ("link", "is_broken"),
    [
        ("/articles/nowhere/", True),
        ("/articles/old/", False),
        ("/articles/draft/", True),
        ("/atlas/spot-1/", False),
        ("/atlas/no-spot/", True),
        ("/short", False),
        ("/admin/", True),
        ("#nowhere", True),
        ("#when", False),
        ("https://www.example.org/anything", False),
        ("mailto:a@example.com", False),
    ],
)
def test_a_link_inside_our_own_site_that_leads_nowhere_is_broken(link, is_broken, article):
    spot = factories.SpotFactory(number=1)
    Alias.objects.create(path="/short", spot=spot)
    factories.ArticleFactory(slug="draft", status="draft")
    article.body += f"\n\n## When\n\n[there]({link})"
    assert ("links" in open_points(article)) == is_broken


def test_a_picture_nobody_has_is_a_broken_link(article):
    article.body += "\n\n![A spine](picture:spine)"
    assert "links" in open_points(article)
    factories.PictureFactory(slug="spine")
    assert "links" not in open_points(article)


def test_long_words_in_long_sentences_are_hard_to_read(article):
    article.body = (
        CARD + "Interdisciplinary multimodal rehabilitation necessitates individualized considerations, " * 60
    )
    assert open_points(article)["reading-level"] is False


def test_an_editor_is_told_what_was_taken_out():
    text = "Fine.\n\n[press](javascript:alert(1))\n\n![x](https://example.org/x.png)"
    assert [problem.partition(":")[0] for problem in editorial.problems_of(text)] == ["line 3", "line 5"]


# --- What is due -------------------------------------------------------------------------------------------------------


def test_reviews_are_due_by_date_by_lack_and_by_an_unconfirmed_reviewer():
    today, day = NOW.date(), dt.timedelta(days=1)
    known, unknown = factories.AuthorFactory(), factories.AuthorFactory(confirmed_at=None)
    about = {"reviewer": known, "reviewed_on": REVIEWED}
    factories.ArticleFactory(slug="late", next_review_on=today - day, **about)
    factories.ArticleFactory(slug="today", next_review_on=today, **about)
    factories.ArticleFactory(slug="soon", next_review_on=today + 60 * day, **about)
    factories.ArticleFactory(slug="later", next_review_on=today + 61 * day, **about)
    factories.ArticleFactory(slug="never")
    factories.ArticleFactory(slug="unknown", reviewer=unknown, reviewed_on=REVIEWED)
    factories.ArticleFactory(slug="draft", status="draft")
    with CaptureQueriesContext(connection) as captured:
        report = editorial.review_report(today=today)
    found = {
        name: [each.slug for each in getattr(report, name)] for name in ("overdue", "never", "soon", "unconfirmed")
    }
    assert found == {"overdue": ["late"], "never": ["never"], "soon": ["today", "soon"], "unconfirmed": ["unknown"]}
    assert len(captured) == 1


def test_what_is_kept_is_found(article):
    article.title = "Occipital neuralgia"
    editorial.keep(article, now=NOW)
    editorial.after_relations(article, now=NOW)
    assert [hit.title for hit in search("occipital", now=NOW)] == ["Occipital neuralgia"]
