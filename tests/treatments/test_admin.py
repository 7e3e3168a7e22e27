"""What editors and managers keep: lists that stay cheap, forms that open and save."""

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import roles
from tests import cast, factories
from tests.browsing import assert_clean, axe
from tests.cast import at
from tests.desk import book, member
from treatments.models import Article, ClinicianTreatment, OpeningHours, Treatment

pytestmark = pytest.mark.django_db

OFFER = ["treatment", "clinician", "location", "capability"]
WRITING = ["article", "bodyregion", "muscle"]


def address(model, page=""):
    return f"/admin/treatments/{model}/{page}"


def fill(number):
    """Make `number` rows of every model, tied together."""
    for _each in range(number):
        offer = factories.ClinicianTreatmentFactory()
        factories.NeedFactory(treatment=offer.treatment)
        OpeningHours.objects.create(location=factories.LocationFactory(), weekday=0, opens="09:00", closes="17:00")
        article = factories.ArticleFactory(
            author=factories.AuthorFactory(clinician=offer.clinician, name=""), reviewer=factories.AuthorFactory()
        )
        article.regions.add(factories.BodyRegionFactory())
        article.muscles.add(factories.MuscleFactory())


# Session, user, two for permissions; then two counts and the rows.
COSTS = {"treatment": 6, "clinician": 6, "location": 6, "capability": 6, "article": 6, "bodyregion": 6, "muscle": 6}


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_costs_the_same_statements_with_1_and_3_rows(number, client):
    fill(number)
    client.force_login(member(roles.MANAGER))
    assert {model: cost(client, address(model)) for model in OFFER + WRITING} == COSTS


def cost(client, page):
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


@pytest.mark.parametrize(("role", "models"), [(roles.EDITOR, WRITING), (roles.MANAGER, OFFER + WRITING)])
def test_the_forms_for_new_rows_open_for_those_who_keep_them(role, models, client):
    client.force_login(member(role))
    assert {model: client.get(address(model, "add/")).status_code for model in models} == dict.fromkeys(models, 200)


def test_an_editor_sees_what_we_offer_and_changes_none_of_it(client):
    client.force_login(member(roles.EDITOR))
    fill(1)
    assert {model: client.get(address(model, "add/")).status_code for model in OFFER} == dict.fromkeys(OFFER, 403)
    assert {model: client.get(address(model)).status_code for model in OFFER} == dict.fromkeys(OFFER, 200)


NO_CHANGES = {
    f"{name}-{count}_FORMS": "0" for name in ("changes", "aliases", "relations") for count in ("TOTAL", "INITIAL")
}
WORDS = {"title": "A stiff neck", "slug": "stiff-neck", "summary": "What to do.", "body": "Rest."}


def test_an_editor_writes_an_article_with_what_is_new(client):
    client.force_login(member(roles.EDITOR))
    change = {
        **NO_CHANGES,
        "changes-TOTAL_FORMS": "1",
        "changes-0-date": "2026-03",
        "changes-0-note": "First version.",
    }
    ready = {
        "body": "::: emergency Call 911\nFor a sudden worst headache.\n:::",
        "reviewer": factories.AuthorFactory().pk,
        "regions": [factories.BodyRegionFactory().pk],
    }
    out = {"status": "published", "published_at": "2026-03-02T08:00", **ready}
    client.post(address("article", "add/"), {**WORDS, **out, **change})
    article = Article.objects.get()
    assert (article.title, str(article.changes.get())) == ("A stiff neck", "2026-03: First version.")
    assert article.published_at == at("2026-03-02", "08:00")  # the clinic's clock


def test_an_article_is_not_published_without_a_date(client):
    client.force_login(member(roles.EDITOR))
    response = client.post(address("article", "add/"), {**WORDS, **NO_CHANGES, "status": "published"})
    assert (response.status_code, Article.objects.count()) == (200, 0)


NO_STEPS = {f"{kind}_steps-{name}_FORMS": "0" for kind in ("preparation", "reminder") for name in ("TOTAL", "INITIAL")}


def test_a_manager_keeps_a_treatment_with_its_needs_and_the_change_is_recorded(client):
    treatment = factories.TreatmentFactory(name="Nerve block")
    capability = factories.CapabilityFactory()
    client.force_login(manager := member(roles.MANAGER))
    form = client.get(address("treatment", f"{treatment.pk}/change/")).context["adminform"].form
    values = {name: "" if value is None else value for name, value in form.initial.items() if value is not False}
    need = {
        **NO_STEPS,
        "needs-TOTAL_FORMS": "1",
        "needs-INITIAL_FORMS": "0",
        "needs-0-treatment": treatment.pk,
        "needs-0-capability": capability.pk,
        "needs-0-minutes_before": "5",
        "needs-0-minutes_after": "10",
    }
    client.post(address("treatment", f"{treatment.pk}/change/"), {**values, **need, "minutes": "40"})
    treatment.refresh_from_db()
    assert (treatment.minutes, treatment.needs.get().minutes_after) == (40, 10)
    assert treatment.history.first().history_user == manager


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"price_from": 200, "price_to": 100}, "__all__"), ({"minutes": 0}, "minutes"), ({"minutes": 500}, "minutes")],
)
def test_a_treatment_that_cannot_be_is_refused_in_words(fields, wrong, client):
    client.force_login(member(roles.MANAGER))
    blank = client.get(address("treatment", "add/")).context["adminform"].form
    defaults = {name: field.initial for name, field in blank.fields.items()}
    values = {name: value for name, value in defaults.items() if value is not None and value is not False}
    row = {
        "name": "Nerve block",
        "slug": "nerve-block",
        "role": "procedure",
        "summary": "S.",
        "body": "B.",
        "minutes": 30,
    }
    formset = {**NO_STEPS, "needs-TOTAL_FORMS": "0", "needs-INITIAL_FORMS": "0"}
    response = client.post(address("treatment", "add/"), {**values, **row, **formset, **fields})
    assert list(response.context["adminform"].form.errors) == [wrong]
    assert client.post(address("treatment", "add/"), {**values, **row, **formset}).status_code == 302
    assert Treatment.objects.get().minutes == 30


def test_a_clinician_offers_a_treatment_once(client):
    offer = factories.ClinicianTreatmentFactory()
    client.force_login(member(roles.MANAGER))
    clinician = offer.clinician
    offers = {"offers-TOTAL_FORMS": "2", "offers-INITIAL_FORMS": "1", "offers-0-id": offer.pk}
    for number in range(2):
        offers |= {f"offers-{number}-clinician": clinician.pk, f"offers-{number}-treatment": offer.treatment_id}
    row = {"name": clinician.name, "slug": clinician.slug, "credentials": "MD", "job": "Physician", "position": "0"}
    response = client.post(address("clinician", f"{clinician.pk}/change/"), {**row, **offers})
    assert (response.status_code, ClinicianTreatment.objects.count()) == (200, 1)


NO_ROWS = {f"{kind}-{what}_FORMS": "0" for kind in ("changes", "aliases", "relations") for what in ("TOTAL", "INITIAL")}
DRAFT = {"title": "A stiff neck", "slug": "stiff-neck", "status": "draft"} | NO_ROWS


def one_row(kind, **fields):
    return {f"{kind}-TOTAL_FORMS": "1"} | {f"{kind}-0-{name}": value for name, value in fields.items()}


@pytest.mark.parametrize("date", ["2016", "2016-05", "2016-05-17"])
def test_a_change_is_dated_by_year_month_or_day(date, client):
    client.force_login(member(roles.EDITOR))
    client.post(address("article", "add/"), DRAFT | one_row("changes", date=date, note="New."))
    assert Article.objects.get().changes.get().date == date


@pytest.mark.parametrize("date", ["16", "2016-13", "2016-02-30", "May 2016", "２０１６", "2016-5-1", "' OR 1=1"])
def test_what_is_no_date_is_refused_and_what_was_typed_stays(date, client):
    client.force_login(member(roles.EDITOR))
    response = client.post(address("article", "add/"), DRAFT | one_row("changes", date=date, note="New."))
    assert (response.status_code, Article.objects.count()) == (200, 0)
    assert response.context["adminform"].form["title"].value() == "A stiff neck"


@pytest.mark.parametrize(
    "path", ["spot11", "/admin/", "/articles/", "//elsewhere.example.com", "/a?b", "/" + "a" * 400]
)
def test_an_alias_that_cannot_be_is_refused(path, client):
    client.force_login(member(roles.EDITOR))
    response = client.post(address("article", "add/"), DRAFT | one_row("aliases", path=path))
    assert (response.status_code, Article.objects.count()) == (200, 0)


def test_an_alias_is_kept_in_its_one_form(client):
    client.force_login(member(roles.EDITOR))
    client.post(address("article", "add/"), DRAFT | one_row("aliases", path="/Spot11/"))
    assert Article.objects.get().aliases.get().path == "/spot11"


def test_a_draft_is_saved_however_little_it_has(client):
    client.force_login(member(roles.EDITOR))
    assert client.post(address("article", "add/"), DRAFT).status_code == 302
    assert Article.objects.get().status == "draft"


def test_publishing_names_all_that_is_missing_at_once(client):
    client.force_login(member(roles.EDITOR))
    response = client.post(address("article", "add/"), DRAFT | {"status": "published", "slug": ""})
    errors = response.context["adminform"].form.errors
    assert set(errors) == {"slug", "summary", "reviewer", "regions", "body"}


@pytest.mark.parametrize(
    "body", ["<script>alert(1)</script>", "[x](java\tscript:alert(1))", "\x00", "::: " * 9_000, "😀"]
)
def test_a_hostile_text_is_previewed_without_harm(body, client):
    client.force_login(member(roles.EDITOR))
    response = client.post(address("article", "preview-text/"), {"body": body}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert b"<script" not in response.content


@pytest.mark.parametrize(("role", "status"), [(roles.FRONT_DESK, 403), (roles.EDITOR, 200), (roles.MANAGER, 200)])
def test_only_those_who_write_preview_and_read_the_report(role, status, client):
    client.force_login(member(role))
    assert client.post(address("article", "preview-text/"), {"body": "x"}).status_code == status
    assert client.get(address("article", "reviews/")).status_code == status


def test_only_a_manager_confirms_who_somebody_is(client):
    author = factories.AuthorFactory(confirmed_at=None)
    row = {"slug": author.slug, "name": author.name, "_confirm": "1"}
    action = {"action": "confirm", "_selected_action": author.pk}
    client.force_login(member(roles.EDITOR))
    client.post(address("author", f"{author.pk}/change/"), row)
    client.post(address("author"), action)
    author.refresh_from_db()
    assert not author.is_confirmed
    client.force_login(manager := member(roles.MANAGER))
    client.post(address("author"), action)
    author.refresh_from_db()
    assert (author.is_confirmed, author.confirmed_by) == (True, manager)


def test_whoever_changes_a_confirmed_name_takes_the_confirmation_away(client):
    author = factories.AuthorFactory()
    client.force_login(member(roles.EDITOR))
    client.post(address("author", f"{author.pk}/change/"), {"slug": author.slug, "name": "Somebody Else"})
    author.refresh_from_db()
    assert (author.name, author.is_confirmed) == ("Somebody Else", False)


def test_an_article_that_brought_a_booking_is_not_deleted_and_nobody_is_named(client):
    article = factories.ArticleFactory()
    book(cast.open_clinic(), at("2026-03-02", "10:30"), article=article)
    client.force_login(member(roles.MANAGER))
    page = client.post(address("article", f"{article.pk}/delete/"), {"post": "yes"})
    assert Article.objects.filter(pk=article.pk).exists()
    assert "1 appointment was booked from it." in page.content.decode()
    assert "Vale" not in page.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_report_of_reviews_costs_the_same_with_1_and_3_articles(number, client):
    fill(number)
    client.force_login(member(roles.EDITOR))
    assert cost(client, address("article", "reviews/")) == 4  # session, user, permissions, the articles


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_list_and_a_form_are_usable_by_everybody(page, live_server):
    fill(2)
    user = member(roles.EDITOR)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    page.context.add_cookies([{"name": "session", "value": session.session_key, "url": live_server.url}])
    for where in ("", "add/", f"{Article.objects.first().pk}/change/"):
        page.goto(address("article", where))
        assert axe(page) == []
        assert_clean(page)
