"""What search engines read says what people read, and nothing in it can end the element it stands in."""

import datetime as dt
import json
import re

import pytest
from django.urls import reverse

from tests import factories
from treatments.models import OpeningHours
from treatments.templatetags.structured_data import json_ld

pytestmark = pytest.mark.django_db
ELEMENT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def data_of(page, kind=None):
    """Return the one description of that kind on the page; the first one without a kind."""
    found = [json.loads(text) for text in ELEMENT.findall(page)]
    (one,) = [data for data in found if kind in data["@type"]] if kind else found[:1]
    return one


def read(client, address):
    return client.get(address).content.decode()


@pytest.mark.parametrize(
    "value",
    ["</script><script>alert(1)</script>", "<!--<script>", "a & b", "]]>", "line\u2028and\u2029paragraph", '"\\'],
)
def test_no_value_can_break_out_of_its_element(value):
    element = json_ld({"name": value, "list": [{"name": value}], value: 1})
    inside = element.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert re.findall("[<>&\u2028\u2029]", inside) == []
    read_back = json.loads(inside)
    assert (read_back["name"], read_back["list"], read_back[value]) == (value, [{"name": value}], 1)


def test_what_is_not_known_is_not_claimed():
    assert data_of(json_ld({"@type": "MedicalClinic", "telephone": "", "department": []})) == {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
    }


def author(slug, name, **fields):
    return factories.AuthorFactory(clinician=factories.ClinicianFactory(slug=slug, name=name, **fields))


def reserve(query=""):
    return {
        "@type": "ReserveAction",
        "target": {
            "@type": "EntryPoint",
            "urlTemplate": f"https://riverbend.example.com/book/{query}",
            "inLanguage": "en-us",
            "actionPlatform": ["https://schema.org/DesktopWebPlatform", "https://schema.org/MobileWebPlatform"],
        },
        "result": {"@type": "Reservation", "name": "Book an appointment"},
    }


@pytest.fixture(autouse=True)
def base_url(settings):
    settings.CLINIC_BASE_URL = "https://riverbend.example.com/"


@pytest.fixture
def article():
    return factories.ArticleFactory(
        title="A stiff </script> neck & more",
        summary="What to <do>.",
        body="One two three.",
        author=author("amara-ortiz", "Amara Ortiz"),
        reviewer=author("ben-sato", "Ben Sato", credentials="DO"),
        published_at=dt.datetime(2026, 1, 6, 2, 0, tzinfo=dt.UTC),
        problems="Neck pain, headache",
        updated_on=dt.date(2026, 2, 3),
        reviewed_on=dt.date(2026, 2, 1),
    )


def test_an_article_is_described_as_its_page_shows_it(article, client):
    page = read(client, article.get_absolute_url())
    assert data_of(page, "MedicalWebPage") == {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": "A stiff </script> neck & more",
        "headline": "A stiff </script> neck & more",
        "description": "What to <do>.",
        "url": f"https://riverbend.example.com{article.get_absolute_url()}",
        "datePublished": "2026-01-05",  # in New York
        "dateModified": "2026-02-03",
        "lastReviewed": "2026-02-01",
        "inLanguage": "en-us",
        "wordCount": 3,
        "about": [
            {"@type": "MedicalCondition", "name": "Neck pain"},
            {"@type": "MedicalCondition", "name": "headache"},
        ],
        "medicalAudience": {"@type": "MedicalAudience", "audienceType": "Patient"},
        "potentialAction": reserve(f"?article={article.slug}"),
        "author": person("Amara Ortiz", "MD", "amara-ortiz"),
        "reviewedBy": person("Ben Sato", "DO", "ben-sato"),
        "publisher": {
            "@type": "MedicalClinic",
            "name": "Riverbend Pain Clinic",
            "url": "https://riverbend.example.com",
        },
    }
    for said in (
        "Neck pain, headache",
        f'href="/book/?article={article.slug}"',
        "January 5, 2026",
        "Amara Ortiz, MD",
        "Ben Sato, DO",
        "February 3, 2026",
        "February 1, 2026",
        "(3 words)",
    ):
        assert said in page


def person(name, credentials, slug):
    return {
        "@type": "Person",
        "name": name,
        "honorificSuffix": credentials,
        "jobTitle": "Pain physician",
        "url": f"https://riverbend.example.com/clinicians/{slug}/",
    }


@pytest.mark.parametrize("fields", [{"reviewed_on": None}, {"reviewer__confirmed_at": None}])
def test_a_reviewer_who_is_not_shown_is_not_named_here(fields, article, client):
    if "reviewed_on" in fields:
        article.reviewed_on = None
    else:
        article.reviewer.confirmed_at = None
        article.reviewer.save()
    article.save()
    page = read(client, article.get_absolute_url())
    assert {"reviewedBy", "lastReviewed"} & data_of(page, "MedicalWebPage").keys() == set()
    assert "Ben Sato" not in page


def test_an_article_says_what_it_is_part_of_and_that_it_names_treatments(article, client):
    series = factories.SeriesFactory(slug="backs", title="Backs")
    article.series, article.part = series, 7
    article.save()
    article.treatments.add(factories.TreatmentFactory())
    page = read(client, article.get_absolute_url())
    data = data_of(page, "MedicalWebPage")
    url = "https://riverbend.example.com/series/backs/"
    assert data["isPartOf"] == {"@type": "CreativeWorkSeries", "name": "Backs", "url": url}
    assert (data["position"], data["aspect"]) == (1, "treatment")
    assert "Part 1 of 1" in page


def test_a_picture_of_the_text_is_described_with_what_it_shows(article, client):
    factories.PictureFactory(slug="spine", alt="A drawn spine")
    article.body = "![Where it is](picture:spine)"
    article.save()
    page = read(client, article.get_absolute_url())
    (image,) = data_of(page, "MedicalWebPage")["image"]
    assert (image["@type"], image["caption"], image["width"], image["height"]) == (
        "ImageObject",
        "A drawn spine",
        480,
        320,
    )
    assert f'src="{image["url"].removeprefix("https://riverbend.example.com")}"' in page


def test_the_way_to_an_article_is_the_one_its_page_shows(article, client):
    page = read(client, article.get_absolute_url())
    items = data_of(page, "BreadcrumbList")["itemListElement"]
    assert [(item["position"], item["name"], item["item"]) for item in items] == [
        (1, "Home", "https://riverbend.example.com/"),
        (2, "Articles", "https://riverbend.example.com/articles/"),
        (3, article.title, f"https://riverbend.example.com{article.get_absolute_url()}"),
    ]
    crumbs = re.search(r'<nav class="crumbs.*?</nav>', page, re.DOTALL)[0]
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', crumbs) == [("/", "Home"), ("/articles/", "Articles")]


def test_questions_are_described_with_their_answers_only_where_there_are_any(client, article):
    assert "FAQPage" not in read(client, article.get_absolute_url())
    article.body = "## Why does it hurt?\n\nBecause </script> *it does*.\n\n## A statement\n\nNo answer."
    article.save()
    data = data_of(read(client, article.get_absolute_url() + "?anew"), "FAQPage")
    answer = {"@type": "Answer", "text": "Because </script> it does."}
    assert data["mainEntity"] == [{"@type": "Question", "name": "Why does it hurt?", "acceptedAnswer": answer}]


@pytest.mark.parametrize(
    ("credentials", "kind"), [("MD", ["Physician", "Person"]), ("PhD, DO", ["Physician", "Person"]), ("DPT", "Person")]
)
def test_a_clinician_is_described_as_their_page_shows_them(credentials, kind, client):
    clinician = factories.ClinicianFactory(
        slug="ortiz", name="Amara Ortiz", credentials=credentials, languages="English, Spanish"
    )
    factories.ClinicianTreatmentFactory(clinician=clinician, treatment=factories.TreatmentFactory(slug="block"))
    page = read(client, clinician.get_absolute_url())
    data = data_of(page)
    assert (data["@type"], data["name"], data["honorificSuffix"]) == (kind, "Amara Ortiz", credentials)
    assert data["knowsLanguage"] == ["English", "Spanish"]
    assert data["worksFor"]["name"] == "Riverbend Pain Clinic"
    assert data["potentialAction"] == reserve("?clinician=ortiz")
    assert data.get("medicalSpecialty") == ("Pain physician" if "Physician" in kind else None)
    assert f"Amara Ortiz, {credentials}" in page


@pytest.mark.parametrize(("role", "kind"), [("procedure", "MedicalProcedure"), ("therapy", "PhysicalTherapy")])
def test_a_treatment_is_described_as_its_page_shows_it(role, kind, client):
    treatment = factories.TreatmentFactory(slug="a", name="A", role=role, preparation="Eat **little**.\n\nDrink.")
    treatment.regions.add(factories.BodyRegionFactory(name="Neck"))
    page = read(client, treatment.get_absolute_url())
    assert data_of(page) == {
        "@context": "https://schema.org",
        "@type": kind,
        "name": "A",
        "url": "https://riverbend.example.com/treatments/a/",
        "description": "A treatment for tests.",
        "bodyLocation": ["Neck"],
        "preparation": "Eat little. Drink.",
        "potentialAction": reserve("?treatment=a"),
    }


def test_the_home_page_names_the_clinic_its_hours_and_its_treatments(client):
    house = factories.LocationFactory(name="Harbor Street")
    OpeningHours.objects.create(location=house, weekday=2, opens="08:00", closes="17:30")
    factories.TreatmentFactory(slug="a", name="A")
    data = data_of(read(client, "/"), "MedicalClinic")
    service = {"@type": "MedicalProcedure", "name": "A", "url": "https://riverbend.example.com/treatments/a/"}
    assert data["availableService"] == [service]
    assert (data["telephone"], data["address"]["streetAddress"]) == ("+1 212-555-0100", "1 Harbor Street")
    assert data["openingHoursSpecification"] == data["department"][0]["openingHoursSpecification"] != []
    assert data["potentialAction"] == reserve()


def test_the_places_are_described_as_the_contact_page_shows_them(client):
    house = factories.LocationFactory(name="Harbor Street", state="NY")
    OpeningHours.objects.create(location=house, weekday=2, opens="08:00", closes="17:30")
    page = read(client, reverse("contact"))
    (place,) = data_of(page)["department"]
    assert place == {
        "@type": "MedicalClinic",
        "name": "Harbor Street",
        "telephone": "+1 212-555-0100",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "1 Harbor Street",
            "addressLocality": "Riverbend",
            "addressRegion": "NY",
            "postalCode": "10001",
        },
        "openingHoursSpecification": [
            {"@type": "OpeningHoursSpecification", "dayOfWeek": "Wednesday", "opens": "08:00", "closes": "17:30"}
        ],
    }
    assert '<th scope="row">Wednesday</th><td>8 am to 5:30 pm</td>' in page
    assert "(212) 555-0100" in page


def test_a_spot_says_where_it_is_and_what_it_may_matter_for(client):
    factories.SpotFactory(
        slug="skull", name="Under the skull", problems="Headache, neck pain", location="Under **it**."
    )
    page = data_of(read(client, "/atlas/skull/"))
    assert (page["name"], page["mainEntity"]["bodyLocation"]) == ("Under the skull", "Under it.")
    assert [each["name"] for each in page["about"]] == ["Headache", "neck pain"]
    assert page["potentialAction"]["target"]["urlTemplate"].endswith("/book/")
