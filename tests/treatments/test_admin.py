"""What editors and managers keep: lists that stay cheap, forms that open and save."""

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import roles
from tests import factories
from tests.browsing import assert_clean, axe
from tests.cast import at
from tests.desk import member
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
COSTS = {"treatment": 7, "clinician": 7, "location": 7, "capability": 7, "article": 7, "bodyregion": 7, "muscle": 7}


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


def test_a_manager_keeps_a_treatment_with_its_needs_and_the_change_is_recorded(client):
    treatment = factories.TreatmentFactory(name="Nerve block")
    capability = factories.CapabilityFactory()
    client.force_login(manager := member(roles.MANAGER))
    form = client.get(address("treatment", f"{treatment.pk}/change/")).context["adminform"].form
    values = {name: "" if value is None else value for name, value in form.initial.items() if value is not False}
    need = {
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
    formset = {"needs-TOTAL_FORMS": "0", "needs-INITIAL_FORMS": "0"}
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


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_list_and_a_form_are_usable_by_everybody(page, live_server):
    fill(2)
    user = member(roles.EDITOR)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    page.context.add_cookies([{"name": "session", "value": session.session_key, "url": live_server.url}])
    for where in ("", "add/", f"{Article.objects.first().pk}/change/"):
        page.goto(address("article", where))
        assert axe(page) == []
        assert_clean(page)
