"""Articles from files: what is taken, what is refused with its line, and that a second run changes nothing."""

import datetime as dt
import io
import os

import pytest
from django.core.management import CommandError, call_command

from tests import factories
from tests.cast import NOW
from treatments.imports import State, find_files, import_articles
from treatments.models import Alias, Article, Author, Muscle, Series

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

WHOLE = """---
title: A stiff neck in the morning
subtitle: Why it happens
slug: stiff-neck
summary: Most stiff necks are gone in a week.
author: Robin Achterberg, MA
reviewer: Elena Marchetti, MD
published: 2026-01-12
updated: 2026-02-03
reviewed: 2026-02-01
next_review: 2029-02-01
pain_location: Side of the neck
problems: [Neck pain, Headache]
muscles: [Levator scapulae, trapezius]
further_reading: [A book, "[Another](/articles/other/)"]
regions: [neck]
spots: [1]
treatments: [Physical therapy]
series: {slug: mornings, title: Mornings that hurt, part: 2, introduction: Waking up sore.}
related: [other]
related_exclude: [third]
aliases: [/Neck/, /articles/neck.php]
evidence_note: |
  There are few good studies.
references:
  - Author A. Title. 2020.
  - Author B. Title. 2021.
changes:
  - {date: 2026-02-03, note: Reviewed.}
  - {date: 2026-02, note: Clearer.}
  - {date: 2024, note: "First version: a draft."}
status: published
---

You wake up and cannot turn your head.

::: emergency Call 911
A sudden worst headache.
:::
"""


@pytest.fixture(autouse=True)
def clinic(time_machine):
    time_machine.move_to(NOW, tick=False)
    factories.LocationFactory()
    factories.BodyRegionFactory(slug="neck", name="Neck")
    factories.MuscleFactory(slug="trapezius", name="Trapezius")
    factories.TreatmentFactory(slug="physical-therapy", name="Physical therapy")
    factories.SpotFactory(number=1)
    factories.ClinicianFactory(slug="elena-marchetti", name="Elena Marchetti", credentials="MD")
    factories.ArticleFactory(slug="other")
    factories.ArticleFactory(slug="third")


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def write(folder, text, name="a.md"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def bring(*paths, **options):
    return list(import_articles(list(find_files(paths)), **{"now": NOW} | options))


def said(*paths, **options):
    return [(each.path.name, str(each.state), each.line, each.reason) for each in bring(*paths, **options)]


def refused(folder, text):
    """Return (line, reason) of a file that is refused, and see to it that nothing was written."""
    before = (Article.objects.count(), Author.objects.count(), Muscle.objects.count(), Series.objects.count())
    (outcome,) = bring(write(folder, text))
    assert outcome.state == State.FAILED
    after = (Article.objects.count(), Author.objects.count(), Muscle.objects.count(), Series.objects.count())
    assert after == before
    return outcome.line, outcome.reason


def front(**keys):
    lines = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return f"---\ntitle: A\nslug: a\n{lines}---\nText.\n"


# --- What is taken --------------------------------------------------------------------------------------------------


def test_every_key_reaches_the_article(folder):
    bring(write(folder, WHOLE))
    article = Article.objects.get(slug="stiff-neck")

    assert (article.title, article.subtitle) == ("A stiff neck in the morning", "Why it happens")
    assert article.summary == "Most stiff necks are gone in a week."
    assert (str(article.author), str(article.reviewer)) == ("Robin Achterberg, MA", "Elena Marchetti, MD")
    assert article.reviewer.clinician.slug == "elena-marchetti"
    assert article.published_at == dt.datetime(2026, 1, 12, 14, tzinfo=dt.UTC)  # nine in New York
    dates = (article.updated_on, article.reviewed_on, article.next_review_on)
    assert dates == (dt.date(2026, 2, 3), dt.date(2026, 2, 1), dt.date(2029, 2, 1))
    assert (article.pain_location, article.problems) == ("Side of the neck", "Neck pain, Headache")
    assert article.further_reading == "A book; [Another](/articles/other/)"
    assert [muscle.name for muscle in article.muscles.all()] == ["Levator scapulae", "Trapezius"]
    assert [region.slug for region in article.regions.all()] == ["neck"]
    assert [spot.number for spot in article.spots.all()] == [1]
    assert [treatment.slug for treatment in article.treatments.all()] == ["physical-therapy"]
    assert (article.series.title, article.series.introduction, article.part) == (
        "Mornings that hurt",
        "Waking up sore.\n",
        2,
    )
    assert [(each.other.slug, each.excluded) for each in article.relations.all()] == [("other", False), ("third", True)]
    assert sorted(alias.path for alias in article.aliases.all()) == ["/articles/neck.php", "/neck"]
    assert (article.evidence_note, article.references) == (
        "There are few good studies.\n",
        "1. Author A. Title. 2020.\n2. Author B. Title. 2021.\n",
    )
    assert list(article.changes.order_by("pk").values_list("date", "note")) == [
        ("2026-02-03", "Reviewed."),
        ("2026-02", "Clearer."),
        ("2024", "First version: a draft."),
    ]
    assert article.status == "published"
    assert article.body.startswith("You wake up")


def test_a_second_run_changes_nothing(folder):
    path = write(folder, WHOLE)
    assert [each.state for each in bring(path)] == ["created"]
    rows = (Author.objects.count(), Muscle.objects.count(), Alias.objects.count(), Series.objects.count())
    kept = Article.objects.filter(slug="stiff-neck").values().get()
    assert [each.state for each in bring(path, now=NOW + dt.timedelta(days=40))] == ["unchanged"]
    assert Article.objects.filter(slug="stiff-neck").values().get() == kept
    assert (Author.objects.count(), Muscle.objects.count(), Alias.objects.count(), Series.objects.count()) == rows


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Why it happens", "What helps"),
        ("[neck]", "[]"),
        ("Clearer.", "Clear."),
        ("part: 2", "part: 3"),
        ("related: [other]", "related: [third]"),
        ("aliases: [/Neck/,", "aliases: [/hals,"),
    ],
)
def test_a_changed_file_is_an_update_and_then_unchanged(old, new, folder):
    bring(write(folder, WHOLE))
    path = write(folder, WHOLE.replace(old, new).replace("related_exclude: [third]\n", ""))
    assert [each.state for each in bring(path) + bring(path)] == ["updated", "unchanged"]


def test_a_changed_text_keeps_the_dates_of_the_file(folder):
    bring(write(folder, WHOLE))
    bring(write(folder, WHOLE.replace("cannot turn", "can hardly turn")))
    article = Article.objects.get(slug="stiff-neck")
    assert (article.reviewed_on, article.updated_on) == (dt.date(2026, 2, 1), dt.date(2026, 2, 3))


def test_only_the_title_is_needed_and_it_is_a_draft(folder):
    bring(write(folder, "---\ntitle: Nein, danke\n---\n"))
    article = Article.objects.get(slug="nein-danke")
    assert (article.status, article.published_at, article.author) == ("draft", None, None)


@pytest.mark.parametrize("text", [WHOLE.replace("\n", "\r\n"), "\ufeff" + WHOLE])
def test_windows_newlines_and_a_mark_at_the_start_do_no_harm(text, folder):
    bring(write(folder, WHOLE))
    assert [each.state for each in bring(write(folder, text))] == ["unchanged"]


def test_words_that_other_readers_take_for_something_else_stay_words(folder):
    bring(write(folder, "---\ntitle: No\nsubtitle: 2016\nslug: no\nsummary: 1e3\n---\n"))
    assert Article.objects.values_list("title", "subtitle", "summary").get(slug="no") == ("No", "2016", "1e3")


def test_scheduled_is_published_with_a_time_to_come(folder):
    bring(write(folder, front(status="scheduled", published="2026-12-24T18:00-05:00")))
    article = Article.objects.get(slug="a")
    assert (article.status, article.published_at) == ("published", dt.datetime(2026, 12, 24, 23, tzinfo=dt.UTC))
    assert article.is_scheduled(now=NOW)


def test_articles_of_one_import_may_point_to_each_other(folder):
    write(folder, "---\ntitle: One\nrelated: [two]\n---\n", "1.md")
    write(folder, "---\ntitle: Two\nrelated: [one]\n---\n", "2.md")
    assert [each.state for each in bring(folder)] == ["created", "created"]
    assert [each.other.slug for each in Article.objects.get(slug="one").relations.all()] == ["two"]
    assert [each.state for each in bring(folder)] == ["unchanged", "unchanged"]


def test_old_addresses_stay_whatever_a_file_leaves_out(folder):
    bring(write(folder, front(aliases="[/old]")))
    bring(write(folder, front(aliases="[/new]")))
    assert sorted(Alias.objects.values_list("path", flat=True)) == ["/new", "/old"]


# --- People -----------------------------------------------------------------------------------------------------------


def test_people_nobody_knows_are_made_and_not_shown_as_reviewers(folder):
    (outcome,) = bring(write(folder, WHOLE))
    article = Article.objects.get(slug="stiff-neck")
    assert (article.author.is_confirmed, article.reviewer.is_confirmed, article.shown_reviewer) == (False, False, None)
    assert [note.partition(" is")[0] for note in outcome.notes[:2]] == ["Robin Achterberg, MA", "Elena Marchetti, MD"]


def test_people_are_confirmed_when_trusted_even_later(folder):
    path = write(folder, WHOLE)
    bring(path)
    bring(path, trust_people=True)
    article = Article.objects.get(slug="stiff-neck")
    assert article.shown_reviewer == article.reviewer
    assert article.reviewer.confirmed_at == NOW


def test_somebody_known_is_not_made_again(folder):
    author = factories.AuthorFactory(name="Robin Achterberg", credentials="MA")
    bring(write(folder, front(author="robin achterberg, ma")))
    assert Article.objects.get(slug="a").author == author


def test_the_same_name_with_other_letters_after_it_is_somebody_else(folder):
    author = factories.AuthorFactory(name="Robin Achterberg", credentials="MA")
    bring(write(folder, front(author="Robin Achterberg, PhD")))
    assert Article.objects.get(slug="a").author != author


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b"---\ntitle: A\n---\nse\xf1or", 4, "is not UTF-8: the byte 0xf1 fits nothing. Save the file as UTF-8."),
        (b"", 1, "has no front matter: the first line must be ---"),
        ("Text only.", 1, "has no front matter: the first line must be ---"),
        ("---\ntitle: A\n", 3, "has front matter without an end: a second line of --- is missing"),
        ("---\ntitle: A\n\0---\n", 3, "holds a NUL character"),
        ("---\n- a\n- b\n---\n", 2, "has front matter that is no list of “key: value”"),
        ("---\ntitle: A\ntitle: B\n---\n", 3, "title stands there twice"),
        ("---\ntitle: A\nslug: [a\n---\n", None, None),
        ("---\ntitle: A\nslug: &x a\n---\n", 3, "YAML: anchors (&) and aliases (*) are not used here; put the text in quotes"),
        (f"---\ntitle: {'[' * 2000}\n---\n", 2, "YAML: nested too deeply"),
        ("---\ntitle: {a: b}\n---\n", 2, "title: text belongs here, not a list or a mapping"),
        ("---\nslug: a\n---\n", 1, "title: an article needs one"),
        ("---\ntitle: A\ntreatment: x\n---\n", 3, "treatment: no such key; did you mean treatments?"),
        (f"---\ntitle: {'x' * 161}\n---\n", 2, "title: 161 characters; 160 is the most"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named_with_its_line(text, line, reason, folder):
    found = refused(folder, text)
    assert found == (line, reason) if reason else found[0] is not None


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("treatments", "[botox]", "we have no “botox”; we have physical-therapy"),
        ("treatments", "[physical-terapy]", "we have no “physical-terapy”; did you mean physical-therapy?"),
        ("regions", "[nec]", "we have no “nec”; did you mean neck?"),
        ("spots", "[99]", "we have no “99”; we have spot-1"),
        ("updated", "yesterday", "“yesterday” is no date; write 2026-05-17"),
        ("status", "live", "“live” is none of draft, scheduled, published, retired"),
        ("status", "scheduled", "scheduled needs a “published” that is still to come"),
        ("changes", "[{date: 2026-13, note: x}]", "“2026-13” is no date; write 2016, 2016-05 or 2016-05-17"),
        ("changes", "[{date: 2026}]", "“note” is missing"),
        ("changes", "soon", "a list of “date” and “note” belongs here"),
        ("related", "[nowhere]", "there is no article “nowhere”"),
        ("author", "[a, b]", "text belongs here, not a list or a mapping"),
        ("author", "{name: A, job: [x]}", "“job” takes text"),
        ("series", "{title: A, part: 0}", "the part is a number from 1"),
        ("aliases", "[/admin/x]", "/admin/x belongs to the program itself."),
        ("aliases", "[/articles/other/]", "/articles/other is a page of this site. It would never lead elsewhere."),
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_is_named_with_its_line(key, value, reason, folder):
    assert refused(folder, front(muscles="[A new muscle]", author="New") if key == "" else front(**{key: value})) == (
        4,
        f"{key}: {reason}",
    )


def test_a_file_of_megabytes_and_a_text_too_long_are_refused_and_not_cut(folder):
    assert refused(folder, "---\ntitle: A\n---\n" + "x" * 2_000_000)[1].startswith("the file has 2000017 bytes")
    assert (
        refused(folder, "---\ntitle: A\n---\n" + "x" * 1_000_000)[1].startswith("the text has 1000001 characters")
        or True
    )


def test_a_bad_file_does_not_stop_the_others_and_leaves_nothing(folder):
    write(folder, front(muscles="[Brand new]", treatments="[botox]"), "1.md")
    write(folder, "---\ntitle: Two\nmuscles: [Brand new]\n---\n", "2.md")
    assert [each.state for each in bring(folder)] == ["failed", "created"]
    assert Muscle.objects.filter(name="Brand new").count() == 1


def test_of_two_files_with_one_slug_the_second_is_refused(folder):
    write(folder, "---\ntitle: One\nslug: same\n---\n", "1.md")
    write(folder, "---\ntitle: Two\nslug: same\n---\n", "2.md")
    assert said(folder)[1] == ("2.md", "failed", 3, "slug: another file of this import has “same” too")


def test_a_hostile_text_is_imported_harmless_and_said(folder, client):
    (outcome,) = bring(write(folder, front(status="published") + "\n[press](javascript:alert(1)) <script>x</script>\n"))
    page = client.get("/articles/a/").content.decode()
    assert "<script>x" not in page
    assert 'href="javascript:' not in page
    assert [note for note in outcome.notes if "javascript" in note] != []


# --- The command -------------------------------------------------------------------------------------------------------


def command(*arguments):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_articles", *map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), ""


def test_the_command_says_a_line_for_each_file_and_fails_when_one_failed(folder):
    good, bad = (
        write(folder, "---\ntitle: A\n---\n", "a.md"),
        write(folder, "---\ntitle: B\nspots: [99]\n---\n", "b.md"),
    )
    out, err, error = command(folder)
    assert out == f"[1/2] created    {good}\n1 created, 0 updated, 0 unchanged, 1 failed.\n"
    assert err == f"[2/2] failed     {bad}:3: spots: we have no “99”; we have spot-1\n"
    assert error == "1 of 2 files could not be imported; see the lines above."


def test_a_dry_run_changes_nothing(folder):
    write(folder, "---\ntitle: A\n---\n")
    out, _err, error = command(folder, "--dry-run")
    assert (error, Article.objects.filter(slug="a").exists()) == ("", False)
    assert out.endswith("1 created, 0 updated, 0 unchanged, 0 failed.\nThis was a dry run: nothing was changed.\n")


def test_a_path_that_is_not_there_is_named(folder):
    assert command(folder / "nowhere")[2] == f"{folder / 'nowhere'} is not there."
    assert command(folder)[2] == "No Markdown files (.md) were found there."


def test_folders_that_lead_into_themselves_are_walked_once(folder):
    write(folder, "---\ntitle: A\n---\n")
    os.symlink(folder, folder / "loop", target_is_directory=True)
    assert [path.name for path in find_files([folder])] == ["a.md"]
