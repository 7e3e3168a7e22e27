"""One search on both databases: what it finds, in which order, what it marks, and what it never shows."""

import datetime as dt
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.cast import NOW
from treatments import search
from treatments.apps import fill_search_after_migrate
from treatments.models import Article, ClinicianTreatment, SearchEntry

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


def keep(thing):
    search.index(thing, now=NOW)
    return thing


def article(title="An article", **fields):
    return keep(factories.ArticleFactory(title=title, **fields))


def titles(text, **options):
    return [hit.title for hit in search.search(text, now=NOW, **options)]


def rows():
    """How many rows the database's own index has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM treatments_search")
        return cursor.fetchone()[0]


# --- Words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "sténose",
        "stenose",
        "STÉNOSE",
        "ste\u0301nose",
        "sténos",
        "“sténose”",
        "sténose*",
        '"stenose',
        "stenose\0",
        "stenose 😀",
    ],
)
def test_accents_capitals_and_marks_do_not_matter(asked):
    article("Die Sténose")
    article("Another")
    assert titles(asked) == ["Die Sténose"]


@pytest.mark.parametrize("asked", ["straße", "STRASSE", "strasse"])
def test_a_sharp_s_is_two(asked):
    article("Straße")
    assert titles(asked) == ["Straße"]


@pytest.mark.parametrize("asked", ["patient's", "patient’s", "patients", "patient"])
def test_an_apostrophe_of_any_kind_does_not_matter(asked):
    article("The patient’s day")
    assert titles(asked) == ["The patient’s day"]


def test_all_words_are_wanted_and_small_words_are_not():
    article("Neck and shoulder")
    article("Neck and head")
    assert titles("the neck of a head") == ["Neck and head"]


def test_when_nothing_has_all_words_what_has_some_is_found_and_said():
    article("Neck and shoulder")
    article("Knee")
    found = search.find("shoulder zebra", now=NOW)
    assert (len(found.pks), found.loosened) == (1, True)
    assert search.find("shoulder", now=NOW).loosened is False


def test_words_that_read_like_operators_are_words():
    article("Trigger points NEAR the spine")
    article("Spine")
    assert titles("near AND spine") == ["Trigger points NEAR the spine"]


@pytest.mark.parametrize(
    "asked", ["", " ", '"', "*", "the", "NOT", "()", "😀", "\0", "\ud800", "-", "title:", ":*", "' OR 1=1 --"]
)
def test_what_holds_no_word_finds_nothing(asked):
    article("Neck")
    assert titles(asked) == []


def test_the_last_word_may_be_the_beginning_of_one_but_a_number_may_not():
    keep(factories.SpotFactory(number=1, name="Neck"))
    keep(factories.SpotFactory(number=11, name="Erector spinae"))
    assert titles("spot erec") == ["Spot 11: Erector spinae"]
    assert titles("spot 1") == ["Spot 1: Neck"]
    assert titles("spot 11") == ["Spot 11: Erector spinae"]


def test_one_form_of_a_word_finds_another():
    article("Two injections")
    assert titles("injection") == titles("injected today zebra") == ["Two injections"]


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("cortisone shot", "Epidural steroid injection"),
        ("slipped disc", "Sciatica"),
        ("backache", "Low back pain"),
        ("physio", "Physical therapy"),
    ],
)
def test_what_people_say_finds_what_we_say(asked, title):
    for each in ("Epidural steroid injection", "Sciatica", "Low back pain", "Physical therapy", "Neck"):
        article(each)
    assert titles(asked) == [title]


@pytest.mark.parametrize("asked", ["pain " * 1000, "x" * 100_000, " ".join(f"word{n}" for n in range(1000)), "(" * 500])
def test_a_question_of_any_length_is_answered(asked):
    article("Pain")
    assert titles(asked) in (["Pain"], [])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.text(max_size=60) | st.text(alphabet="\"'*():&|!<->\\ab\0 ^+-{}", max_size=40))
@example(asked="½ ² ﷺ ǆ 1e5 5l a_b ① ʼn")
@example(asked="\U000102a7 \u0e01\u0e33 ก็")
@example(asked="AND OR NOT NEAR(a b)")
def test_no_text_is_refused(asked):
    assert isinstance(search.search(asked, now=NOW), list)
    assert str(search.show([], search.find(asked, now=NOW).asked)) == "[]"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=80)
)
def test_any_title_can_be_kept_and_its_page_holds_no_markup_of_it(text):
    kept = article(text)
    entry = SearchEntry.objects.get(kind="article", object_pk=kept.pk)
    [shown] = search.show([entry.pk], search.find(text, now=NOW).asked)
    assert re.sub(r"</?mark>", "", shown.title_html).count("<") == 0
    kept.delete()


# --- Order ----------------------------------------------------------------------------------------------------------


def test_the_title_counts_more_than_the_summary_and_the_summary_more_than_the_text():
    text = "Sciatica " * 30
    article("In the text", body=text)
    article("In the summary", summary="About sciatica.", body="Much else. " * 300)
    article("Sciatica", body="Much else. " * 300)
    article("Nowhere")
    assert titles("sciatica") == ["Sciatica", "In the summary", "In the text"]


def test_equals_come_in_the_order_of_their_titles_every_time():
    for name in ("Alike C", "Alike A", "Alike B"):
        article(name)
    assert titles("alike") == titles("alike", limit=3) == ["Alike A", "Alike B", "Alike C"]
    assert titles("alike", limit=2) == ["Alike A", "Alike B"]


# --- What is marked -------------------------------------------------------------------------------------------------


def only_hit(asked):
    [hit] = search.search(asked, now=NOW)
    return hit


def test_the_words_asked_for_are_marked_as_they_are_written():
    article("Sténose & <b>injections</b>", summary="A narrow canal.")
    assert only_hit("stenose injection").title_html == (
        "<mark>Sténose</mark> &amp; &lt;b&gt;<mark>injections</mark>&lt;/b&gt;"
    )
    assert only_hit("stenose injection").snippet_html == "A narrow canal."


def test_the_words_around_the_first_match_are_shown_when_the_summary_has_none():
    article("Neck", body="Before. " * 60 + "The **trapezius** is a <b>muscle</b>. " + "After. " * 60, summary="Short.")
    snippet = only_hit("trapezius").snippet_html
    assert re.fullmatch(
        r"… (?:Before\. )+The <mark>trapezius</mark> is a &lt;b&gt;muscle&lt;/b&gt;\. (?:After\. ?)+ …", snippet
    )
    assert len(snippet) < 280


def test_a_match_in_one_endless_word_shows_a_part_of_it():
    article("Neck", body="x" * 5000 + " trapezius " + "y" * 5000)
    assert "<mark>trapezius</mark>" in only_hit("trapezius").snippet_html
    assert len(only_hit("trapezius").snippet_html) < 300


# --- What can be found ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "title",
        "subtitle",
        "summary",
        "stiffness",
        "shoulderblade",
        "levator",
        "thorax",
        "bodytext",
        "spotname",
        "therapy",
    ],
)
def test_an_article_is_found_by_all_it_says(asked):
    row = factories.ArticleFactory(
        title="Title",
        subtitle="Subtitle",
        summary="Summary",
        problems="Stiffness",
        pain_location="Shoulderblade",
        body="Bodytext",
    )
    row.muscles.add(factories.MuscleFactory(name="Levator"))
    row.regions.add(factories.BodyRegionFactory(name="Thorax"))
    row.spots.add(factories.SpotFactory(name="Spotname"))
    row.treatments.add(factories.TreatmentFactory(name="Therapy"))
    article("Another")
    keep(row)
    assert titles(asked) == ["Title"]


@pytest.mark.parametrize("asked", ["Ortiz", "DPT", "physiatrist", "Spanish", "swims", "nerve block"])
def test_a_clinician_is_found_by_name_credentials_job_languages_and_what_they_treat(asked):
    person = factories.ClinicianFactory(
        name="Amara Ortiz", credentials="DPT", job="Physiatrist", languages="English, Spanish", bio="She *swims*."
    )
    ClinicianTreatment.objects.create(clinician=person, treatment=factories.TreatmentFactory(name="Nerve block"))
    keep(factories.ClinicianFactory(job="Surgeon"))
    keep(person)
    assert titles(asked) == ["Amara Ortiz, DPT"]


@pytest.mark.parametrize(
    "asked", ["vertigo", "jaw", "skull", "feel", "gently", "sore", "worst", "moving", "splenius", "neckregion"]
)
def test_a_spot_is_found_by_every_field(asked):
    row = factories.SpotFactory(number=3, name="Place", problems="Vertigo", pain_felt_in="Jaw")
    row.muscles.add(factories.MuscleFactory(name="Splenius"))
    row.felt_in.add(factories.BodyRegionFactory(name="Neckregion"))
    keep(row)
    assert titles(asked) == ["Spot 3: Place"]


def test_a_hit_says_its_kind_and_leads_to_its_page():
    keep(factories.TreatmentFactory(name="Nerve block", slug="nerve-block"))
    hit = only_hit("nerve block")
    assert (hit.kind, hit.label, hit.path) == ("treatment", "treatment", "/treatments/nerve-block/")


def test_a_text_of_a_megabyte_and_one_of_odd_letters_are_kept():
    article("Long", body="word " * 200_000 + "x" * 1_000_000)
    article("Odd", body="ﷺ" * 50_000 + " " + " ".join(chr(0x4E00 + n) for n in range(20_000)))
    assert titles("long") == ["Long"]
    assert titles("odd") == ["Odd"]


# --- Who sees it, and when ------------------------------------------------------------------------------------------


def test_a_scheduled_article_appears_by_itself_at_its_minute():
    article("Tomorrow’s neck", published_at=NOW + MINUTE)
    assert titles("neck") == []
    assert [hit.title for hit in search.search("neck", now=NOW + MINUTE)] == ["Tomorrow’s neck"]


@pytest.mark.parametrize("status", [Article.Status.DRAFT, Article.Status.RETIRED])
def test_an_article_taken_back_is_found_no_more(status):
    row = article("Neck")
    row.status = status
    row.save()
    keep(row)
    assert (titles("neck"), rows(), SearchEntry.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize("factory", [factories.TreatmentFactory, factories.ClinicianFactory])
def test_what_is_no_longer_offered_is_found_no_more(factory):
    row = keep(factory(name="Neck"))
    row.active = False
    row.save()
    keep(row)
    assert (titles("neck"), rows()) == ([], 0)


def test_a_thing_that_is_deleted_is_forgotten():
    row = article("Neck")
    search.forget(row)
    row.delete()
    assert (titles("neck"), rows()) == ([], 0)


def test_saving_again_replaces_what_was_kept():
    row = article("Neck")
    row.title = "Knee"
    row.save()
    keep(row)
    keep(row)
    assert (titles("neck"), titles("knee"), rows()) == ([], ["Knee"], 1)


# --- The whole index ------------------------------------------------------------------------------------------------


def fill(number):
    """That many of each kind, none of them indexed."""
    muscles = factories.MuscleFactory.create_batch(2)
    for row in factories.ArticleFactory.create_batch(number, title="Shingles"):
        row.muscles.set(muscles)
    factories.SpotFactory.create_batch(number)
    factories.TreatmentFactory.create_batch(number)
    factories.ClinicianFactory.create_batch(number)


def test_a_rebuild_writes_what_is_there_and_drops_what_is_gone():
    gone = article("Gone neck")
    Article.objects.filter(pk=gone.pk).delete()
    fill(3)
    lines = []
    assert search.rebuild(now=NOW, say=lines.append) == 12
    assert lines == ["articles: 3", "spots: 3", "treatments: 3", "clinicians: 3"]
    assert (rows(), SearchEntry.objects.count(), titles("shingles")) == (12, 12, ["Shingles"] * 3)
    assert search.rebuild(now=NOW, say=lines.append) == 12
    assert rows() == 12


def test_a_rebuild_takes_the_same_statements_for_1_and_for_40_of_each():
    counts = []
    for more in (1, 39):
        fill(more)
        with CaptureQueriesContext(connection) as captured:
            search.rebuild(now=NOW, say=lambda line: None)
        counts.append(len([query for query in captured if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1]


def test_the_command_says_how_many_pages_can_be_found():
    fill(1)
    out = StringIO()
    call_command("index_search", stdout=out)
    assert out.getvalue().splitlines()[-1] == "4 pages can be found."


def migrated(**plan):
    fill_search_after_migrate(sender=None, using="default", **plan)


def test_after_a_migration_an_empty_index_is_filled_and_a_full_one_left_alone():
    fill(1)
    migrated(plan=[])
    assert rows() == 4
    SearchEntry.objects.filter(kind="spot").delete()
    migrated(plan=[])
    assert SearchEntry.objects.count() == 3


def test_a_flush_fills_nothing():
    fill(1)
    migrated()
    assert rows() == 0


# --- The page -------------------------------------------------------------------------------------------------------


def ask(asked, **more):
    response = Client().get("/search/", {"q": asked, **more})
    assert response.status_code == 200
    return response


def words_of(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def status(response):
    return words_of(re.search(r'role="status">(.*?)</p>', response.content.decode(), re.DOTALL)[1])


def test_the_page_says_how_many_and_tags_each_with_its_kind():
    article("Neck pain")
    keep(factories.SpotFactory(number=1, name="Neck"))
    response = ask("neck")
    assert status(response) == "2 results for “neck”."
    found = re.findall(r'<h2[^>]*><a href="([^"]+)">(.*?)</a></h2>\s*<p[^>]*>(\w+)</p>', response.content.decode())
    assert sorted(found) == [
        ("/articles/" + Article.objects.get().slug + "/", "<mark>Neck</mark> pain", "Article"),
        ("/atlas/spot-1/", "Spot 1: <mark>Neck</mark>", "Spot"),
    ]


def test_the_page_is_kept_by_nobody_and_tells_nobody():
    response = ask("neck")
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_without_a_question_the_page_offers_topics_a_phone_and_a_booking():
    factories.BodyRegionFactory(slug="neck", name="Neck")
    factories.LocationFactory()
    page = Client().get("/search/").content.decode()
    for link in ('href="/topics/neck/"', 'href="tel:+1-212-555-0100"', 'class="btn btn-primary" href="/book/"'):
        assert link in page
    assert "Nothing found" not in page


def test_when_nothing_is_found_the_page_says_so_and_offers_the_same():
    factories.BodyRegionFactory(slug="neck", name="Neck")
    response = ask("zebra <script>")
    assert status(response) == "Nothing found for “zebra &lt;script&gt;”."
    assert 'href="/topics/neck/"' in response.content.decode()
    assert "<script>" not in response.content.decode()


def test_twenty_to_a_page_and_the_question_goes_along():
    for number in range(23):
        article(f"Neck & {number:02}")
    first, second = ask("neck & 'x", page="1"), ask("neck & 'x", page="2")
    assert status(first).startswith("23 results")
    assert (first.content.count(b"<mark>Neck</mark>"), second.content.count(b"<mark>Neck</mark>")) == (20, 3)
    assert "?q=neck%20%26%20%27x&amp;page=2" in first.content.decode()
    assert status(second).endswith("This is page 2.")


@pytest.mark.parametrize("page", ["0", "-1", "999", "x", "\0", "9" * 400])
def test_a_page_that_is_not_there_leads_to_one_that_is(page):
    article("Neck")
    assert status(ask("neck", page=page)) == "1 result for “neck”."


@pytest.mark.parametrize(
    "query", ["q=%00", "q=" + "x" * 10_000, "q=%ED%A0%80", "q=%ff%fe", "q=%22", "q", "q=a&q=b", "q=%0a%0d", "q[]=1"]
)
def test_no_address_fails(query):
    assert Client().get(f"/search/?{query}").status_code == 200


def test_the_field_keeps_at_most_200_characters_of_the_question():
    page = ask("x" * 300).content.decode()
    assert f'value="{"x" * 200}"' in page
    assert "x" * 201 not in page


@pytest.mark.parametrize(
    "asked", ["chest pain", "pain in my chest", "I can't breathe", "can’t breathe", "STROKE", "cannot urinate"]
)
def test_words_of_an_emergency_show_whom_to_call_before_any_result(asked):
    factories.LocationFactory(emergency_number="911")
    article("Chest pain, breathing, stroke, urinating")
    page = ask(asked).content.decode()
    assert 'href="tel:911"' in page
    assert page.index('id="do-not-wait"') < page.index("<h1>")


@pytest.mark.parametrize("asked", ["suicide", "I want to die", "kill myself", "ending my life", "suicidal thoughts"])
def test_words_of_despair_show_who_listens(asked):
    page = ask(asked).content.decode()
    assert 'href="tel:988"' in page


@pytest.mark.parametrize(
    "asked", ["neck pain", "back pain", "headache", "can't sleep", "", "breathing exercises", "walking"]
)
def test_other_words_raise_no_alarm(asked):
    assert search.urgency(asked) is None


@pytest.mark.parametrize("number", [5, 500])
def test_the_page_takes_the_same_statements_at_5_and_at_500_articles(number):
    factories.ArticleFactory.create_batch(number, title="Neck pain")
    search.rebuild(now=NOW, say=lambda line: None)
    with CaptureQueriesContext(connection) as captured:
        response = ask("neck pain")
    # the numbers, the entries; the places of the footer (none, so no hours)
    assert len(captured) == 3
    assert status(response).startswith(f"{min(number, 100)} results")


def test_what_was_asked_is_in_no_log(caplog):
    with caplog.at_level("DEBUG", logger="clinic"):
        ask("very private words")
    assert "private" not in caplog.text
