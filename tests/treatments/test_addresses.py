"""Old and short addresses: how they are kept, which are refused, where they lead, and what no trick makes of them."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast, factories
from tests.cast import NOW
from treatments.addresses import moved_to, normal_path, refusal
from treatments.models import Alias

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
OLD = "/articles/spot-11-erector-spinae-upper.php"


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def article():
    article = factories.ArticleFactory(slug="upper-back-spot")
    for path in ("/spot11", OLD, "/häufig/rücken"):
        Alias.objects.create(path=path, article=article)
    return article


# --- The one form of a path -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("/spot11", "/spot11"),
        (" /Spot11/ ", "/spot11"),
        ("/articles/Old-Name.PHP", "/articles/old-name.php"),
        ("/h%C3%A4ufig", "/häufig"),
        ("/ha\u0308ufig", "/häufig"),
        ("/HÄUFIG///", "/häufig"),
        ("/a%2Fb", "/a/b"),
        ("/old page", "/old page"),
        ("/50%-more", "/50%-more"),
        ("/" + "a" * 299, "/" + "a" * 299),
    ],
)
def test_a_path_is_kept_in_one_form_and_that_form_stays_itself(written, kept):
    assert (normal_path(written), normal_path(kept)) == (kept, kept)


@pytest.mark.parametrize(
    "written",
    [
        *("", "/", "///", "spot11", "https://old.example.com/spot11", "//evil.example", "/%2Fevil.example"),
        *("/a//b", "/../admin", "/a/./b", "/a\\b", "/%5Cevil.example", "/spot?x=1", "/spot#top"),
        *(
            "/a\0",
            "/a%00b",
            "/a%0D%0Ab",
            "/\u202e11",
            "/\ud800",
            "/a%FFb",
            "/a%2541",
            "/" + "a" * 300,
            "/" + "a" * 90000,
        ),
    ],
)
def test_what_can_be_no_path_is_told_in_words(written):
    with pytest.raises(ValueError, match=r"[A-Z].*\.$") as told:
        normal_path(written)
    assert not isinstance(told.value, UnicodeError)


# --- What may be an alias -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *("/admin", "/admin/anything", "/book", "/Book/Mine", "/api/v2", "/static/x.css", "/media/x.webp", "/livez"),
        *("/articles", "/atlas/", "/contact", "/privacy", "/appointments/abc"),
        *(
            "/articles/other",
            "/articles/draft",
            "/ARTICLES/Other/",
            "/atlas/a-spot",
            "/topics/neck",
            "/treatments/pills",
        ),
        *("/clinicians/ada", "/series/first", "/authors/robin", "/articles/itself", "/taken", "no-slash"),
    ],
)
def test_a_path_that_is_or_may_become_a_page_is_refused(path):
    thing = factories.ArticleFactory(slug="itself")
    other = factories.ArticleFactory(slug="other")
    factories.ArticleFactory(slug="draft", status="draft")
    factories.SpotFactory(slug="a-spot")
    factories.BodyRegionFactory(slug="neck")
    factories.TreatmentFactory(slug="pills", active=False)
    factories.ClinicianFactory(slug="ada")
    factories.SeriesFactory(slug="first")
    factories.AuthorFactory(slug="robin")
    Alias.objects.create(path="/taken", article=other)
    assert refusal(path, thing=thing)


@pytest.mark.parametrize("path", ["/spot11", OLD, "/articles/an-old-slug", "/Mine/", "/atlas-of-old", "/bookshelf"])
def test_any_other_path_may_be_an_alias_and_ones_own_again(path):
    thing = factories.ArticleFactory()
    Alias.objects.create(path="/mine", article=thing)
    assert refusal(path, thing=thing) is None


def test_a_refusal_names_what_is_in_the_way():
    spot = factories.SpotFactory(number=3, name="The shin")
    Alias.objects.create(path="/spot3", spot=spot)
    assert refusal("/Spot3", thing=factories.ArticleFactory()) == "/spot3 already leads to “3. The shin”."


def test_an_article_not_yet_saved_may_be_asked_about():
    assert refusal("/spot11", thing=factories.ArticleFactory.build()) is None


# --- Where it leads -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *("/spot11", "/Spot11/", "/SPOT11", OLD, OLD + "/", "/Articles/Spot-11-Erector-Spinae-Upper.PHP"),
        *("/articles%2Fspot-11-erector-spinae-upper.php", "/h%C3%A4ufig/r%C3%BCcken", "/ha%CC%88ufig/r%C3%BCcken/"),
    ],
)
def test_old_addresses_lead_to_the_canonical_one_for_good(path, article, client):
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (301, "/articles/upper-back-spot/")
    assert response["Cache-Control"] == "public, max-age=86400"
    assert client.get(response["Location"]).status_code == 200


def test_the_query_travels_along(article, client):
    assert client.get("/spot11?utm_source=a%20b&x=1")["Location"] == "/articles/upper-back-spot/?utm_source=a%20b&x=1"


def test_a_spot_has_aliases_too(client):
    spot = factories.SpotFactory(slug="shin")
    Alias.objects.create(path="/spot3", spot=spot)
    assert client.head("/spot3/")["Location"] == "/atlas/shin/"


@pytest.mark.parametrize(
    "path",
    [
        *("/spot12", "/spot11/more", "/%2Fevil.example", "/%2Fevil.example/spot11", "/%5Cevil.example/"),
        *("/spot11%00", "/spot11%0D%0ASet-Cookie:a", "/%FF%FE", "/%ED%A0%80", "/" + "a" * 20000, "/spot11/../spot11"),
        *("/%2e%2e/spot11", "/https://evil.example/", "/.well-known/change-password"),
    ],
)
def test_everything_else_stays_a_kind_404(path, article, client):
    response = client.get(path)
    assert response.status_code == 404
    assert "We cannot find this page" in response.content.decode()
    assert "Location" not in response


@pytest.mark.parametrize(
    "state",
    [{"status": "draft"}, {"status": "retired"}, {"published_at": NOW + DAY}],
    ids=["draft", "retired", "scheduled"],
)
def test_what_readers_may_not_see_is_led_to_by_nothing(state, article, client):
    type(article).objects.filter(pk=article.pk).update(**state)
    assert client.get("/spot11").status_code == 404


def test_a_form_sent_to_an_old_address_is_not_led_on(article, client):
    assert client.post("/spot11").status_code in (403, 404)


def test_a_real_page_is_never_covered(article, client):
    Alias.objects.create(path="/contact", article=article)
    Alias.objects.create(path="/articles/real", article=article)
    factories.ArticleFactory(slug="real")
    assert [client.get(path).status_code for path in ("/contact/", "/articles/real/")] == [200, 200]


def test_an_alias_of_the_canonical_address_itself_makes_no_loop(article):
    Alias.objects.create(path="/articles/upper-back-spot", article=article)
    assert moved_to("/articles/upper-back-spot/", now=NOW) is None


def test_two_old_slugs_lead_there_in_one_step(article, client):
    for path in ("/articles/first-name", "/articles/second-name"):
        Alias.objects.create(path=path, article=article)
    for path in ("/articles/first-name/", "/articles/first-name", "/articles/second-name/"):
        assert client.get(path)["Location"] == "/articles/upper-back-spot/"


def test_secrets_in_private_addresses_are_not_looked_up(client):
    cast.open_clinic()
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/appointments/no-such-token/more/").status_code == 404
    assert [query for query in captured if "alias" in query["sql"]] == []


@pytest.mark.parametrize(
    ("path", "asked"), [("/nothing", 1), ("/contact/", 0), ("/articles/", 0), ("/nothing%00", 0), ("/" + "a" * 400, 0)]
)
def test_it_costs_one_query_where_there_is_no_page_and_none_elsewhere(path, asked, client):
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    assert len([query for query in captured if "treatments_alias" in query["sql"]]) == asked
