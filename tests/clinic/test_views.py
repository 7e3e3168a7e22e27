"""Sign-in, health, the pages for when something is wrong, and the headers every answer carries."""

import logging
import re

import pytest
from django.contrib.staticfiles.finders import find
from django.db import OperationalError, connection
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from bookings.models.messages import Tick
from clinic import roles, views
from tests import cast, factories
from tests.desk import member

pytestmark = pytest.mark.django_db
PASSWORD = "a-plain-test-password"


def title(response):
    return re.search(r"<h1>([^<]*)</h1>", response.content.decode())[1]


# --- Sign-in --------------------------------------------------------------------------------------------------------


def sign_in(client, email, password=PASSWORD, **more):
    return client.post("/sign-in/", {"username": email, "password": password, **more})


def test_one_signs_in_by_email_in_any_case_and_goes_on(client):
    user = factories.UserFactory(email="robin@example.com")
    response = sign_in(client, "Robin@Example.com")
    assert (response.status_code, response.url) == (302, "/after-sign-in/")
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("email", "password", "active"),
    [
        ("robin@example.com", "wrong", True),
        ("nobody@example.com", PASSWORD, True),
        ("robin@example.com", PASSWORD, False),
    ],
)
def test_a_wrong_sign_in_says_the_same_whatever_is_wrong(email, password, active, client):
    factories.UserFactory(email="robin@example.com", is_active=active)
    response = sign_in(client, email, password)
    page = response.content.decode()
    assert (response.status_code, page.count('role="alert"')) == (200, 1)
    assert "Please enter a correct email and password." in page
    assert "<title>Error: Staff sign-in" in " ".join(page.split())
    assert "_auth_user_id" not in client.session


def test_after_signing_in_one_is_where_one_wanted_to_go(client):
    factories.UserFactory(email="robin@example.com")
    assert sign_in(client, "robin@example.com", next="/admin/day/").url == "/admin/day/"


def test_nobody_is_sent_to_another_site(client):
    factories.UserFactory(email="robin@example.com")
    assert sign_in(client, "robin@example.com", next="https://evil.example.com/").url == "/after-sign-in/"


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (roles.FRONT_DESK, "/admin/day/"),
        (roles.MANAGER, "/admin/day/"),
        (roles.EDITOR, "/admin/"),
    ],
)
def test_each_role_lands_on_the_page_it_works_on(role, page, client):
    client.force_login(member(role))
    assert client.get("/after-sign-in/").url == page


def test_a_clinician_lands_on_their_own_day(client):
    client.force_login(member(roles.CLINICIAN, clinician=factories.ClinicianFactory()))
    assert client.get("/after-sign-in/").url == "/schedule/"


def test_somebody_without_any_role_lands_on_the_home_page(client):
    client.force_login(factories.UserFactory(is_staff=False))
    assert client.get("/after-sign-in/").url == "/"


def test_who_is_signed_in_already_is_sent_on(client):
    client.force_login(factories.UserFactory())
    assert client.get("/sign-in/").url == "/after-sign-in/"


def test_one_signs_out_by_a_button_never_by_a_link(client):
    client.force_login(factories.UserFactory())
    assert client.get("/sign-out/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/sign-out/").url == "/"
    assert "_auth_user_id" not in client.session


# --- Health ---------------------------------------------------------------------------------------------------------


def test_livez_answers_while_the_database_does(client):
    response = client.get("/livez")
    assert (response.status_code, response.content, response["Content-Type"]) == (200, b"ok\n", "text/plain")


@pytest.fixture
def database_is_gone():
    """Every statement fails, with a detail nobody should read."""

    def fail(execute, sql, params, many, context):
        raise OperationalError("could not connect: Ada Vale, ada@example.com")

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.usefixtures("database_is_gone")
def test_without_its_database_livez_is_503(client):
    response = client.get("/livez")
    assert (response.status_code, response.content) == (503, b"database\n")


@pytest.mark.usefixtures("database_is_gone")
def test_without_its_database_healthz_says_so(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (
        503,
        {"healthy": False, "reasons": ["database"], "database": False},
    )


def test_healthz_is_503_with_the_reason_while_nothing_ticks(client):
    response = client.get("/healthz")
    assert (response.status_code, response["Cache-Control"]) == (503, "no-store")
    assert response.json() == {
        "healthy": False,
        "reasons": ["no tick"],
        "database": True,
        "broker": True,
        "oldest_due_seconds": None,
        "last_tick_seconds": None,
    }


def test_healthz_is_200_while_the_messenger_ticks(client):
    Tick.objects.create(name="tick", at=timezone.now())
    response = client.get("/healthz")
    report = response.json()
    assert (response.status_code, report["healthy"], report["reasons"], report["last_tick_seconds"]) == (
        200,
        True,
        [],
        0,
    )


@pytest.mark.parametrize("address", ["/", "/livez", "/healthz"])
def test_what_only_reads_takes_no_post(address, client):
    assert client.post(address).status_code == 405


# --- When something is wrong ----------------------------------------------------------------------------------------


@pytest.fixture
def house():
    return factories.LocationFactory(name="Harbor Street")


def assert_helpful(response, status, words):
    page = response.content.decode()
    assert (response.status_code, title(response)) == (status, words)
    assert 'href="tel:+1-212-555-0100"' in page
    assert '<meta name="robots" content="noindex">' in page


def test_an_address_that_is_nowhere(client, house):
    assert_helpful(client.get("/nowhere/"), 404, "We cannot find this page")


def test_another_host_name_is_refused_without_a_trace_of_it(client, house):
    response = client.get("/", headers={"host": "evil.example.com"})
    assert_helpful(response, 400, "That request made no sense to us")
    assert b"evil" not in response.content


def test_a_page_of_somebody_else(client, house):
    client.force_login(member(roles.CLINICIAN))
    assert_helpful(client.get("/admin/"), 403, "This page is not open to you")


def test_a_form_without_its_token(house):
    response = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "x", "password": "y"})
    assert_helpful(response, 403, "This form has expired")


@pytest.mark.parametrize("template", ["429.html", "maintenance.html"])
def test_too_many_tries_and_maintenance_give_the_phone(template, rf, house):
    page = render_to_string(template, request=rf.get("/"))
    assert 'href="tel:+1-212-555-0100"' in page
    assert page.count("<h1>") == 1


@pytest.mark.usefixtures("database_is_gone")
@pytest.mark.parametrize("address", ["/", "/articles/", "/nowhere/"])
def test_without_its_database_a_page_says_sorry_and_nothing_else(address):
    response = Client(raise_request_exception=False).get(address)
    assert (response.status_code, title(response)) == (503, "Something went wrong on our side")
    page = response.content.decode()
    assert "In an emergency, call 911." in page
    assert "Ada Vale" not in page
    assert re.findall("Traceback|OperationalError", page) == []


def test_the_page_of_an_error_asks_the_database_nothing(django_assert_num_queries, rf):
    with django_assert_num_queries(0):
        response = views.server_error(rf.get("/"))
    assert response.status_code == 500
    for path in re.findall(r'href="/static/([^"]+)"', response.content.decode()):
        assert find(path)


# --- Headers of every answer ----------------------------------------------------------------------------------------

CSP = "base-uri 'self'; default-src 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


@pytest.mark.parametrize("address", ["/articles/", "/contact/", "/book/urgent-signs/", "/sign-in/", "/nowhere/"])
def test_every_page_says_what_may_be_loaded_and_who_may_frame_it(address, client):
    headers = client.get(address).headers
    assert "; ".join(sorted(headers["Content-Security-Policy"].split("; "))) == CSP
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("address", ["/articles/", "/nowhere/", "/livez", "/admin/", "/book/"])
def test_every_answer_has_a_number_of_its_own(address, client):
    numbers = [client.get(address)["X-Request-ID"] for _each in range(2)]
    assert [bool(re.fullmatch("[0-9a-f]{12}", number)) for number in numbers] == [True, True]
    assert numbers[0] != numbers[1]


def test_the_log_line_of_a_request_has_its_number_and_view_and_nothing_of_its_address(client, caplog):
    factories.ArticleFactory(slug="pelvic-pain")
    with caplog.at_level(logging.INFO, logger="clinic.request"):
        client.get("/articles/pelvic-pain/?q=Ada+Vale")
        client.get("/nowhere/secret-token/")
    lines = [record.getMessage() for record in caplog.records if record.name == "clinic.request"]
    assert [line.rsplit(" ", 1)[0] for line in lines] == ["GET article 200", "GET - 404"]
    assert re.fullmatch(r"\d+ms", lines[0].rsplit(" ", 1)[1])


@pytest.mark.parametrize("address", ["/sign-in/", "/book/urgent-signs/", "/appointments/"])
def test_the_address_of_a_private_page_is_told_to_ourselves_only(address, client):
    assert client.get(address)["Referrer-Policy"] == "same-origin"


def test_a_visitor_who_only_reads_gets_no_cookie(client):
    cast.open_clinic()
    for address in ["/", "/articles/", "/treatments/consultation/", "/clinicians/ben-sato/", "/livez"]:
        assert dict(client.get(address).cookies) == {}


def test_staff_see_public_pages_that_nobody_keeps(client):
    client.force_login(member(roles.EDITOR))
    assert client.get("/articles/")["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(("error", "status", "again"), [(OperationalError, 503, "30"), (ValueError, 500, None)])
def test_a_database_that_is_away_asks_to_come_back_soon(rf, error, status, again):
    try:
        raise error
    except error:
        response = views.server_error(rf.get("/"))
    assert (response.status_code, response.headers.get("Retry-After")) == (status, again)
