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


def data_of(page):
    (text,) = ELEMENT.findall(page)
    return json.loads(text)


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


@pytest.fixture
def article():
    return factories.ArticleFactory(
        title="A stiff </script> neck & more",
        summary="What to <do>.",
        body="One two three.",
        author=factories.ClinicianFactory(slug="amara-ortiz", name="Amara Ortiz"),
        reviewer=factories.ClinicianFactory(slug="ben-sato", name="Ben Sato", credentials="DO"),
        published_at=dt.datetime(2026, 1, 6, 2, 0, tzinfo=dt.UTC),
        updated_on=dt.date(2026, 2, 3),
        reviewed_on=dt.date(2026, 2, 1),
    )


def test_an_article_is_described_as_its_page_shows_it(article, client, settings):
    settings.CLINIC_BASE_URL = "https://riverbend.example.com/"
    page = read(client, article.get_absolute_url())
    data = data_of(page)
    assert data == {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": "A stiff </script> neck & more",
        "headline": "A stiff </script> neck & more",
        "description": "What to <do>.",
        "url": f"https://riverbend.example.com{article.get_absolute_url()}",
        "datePublished": "2026-01-05",  # in New York
        "dateModified": "2026-02-03",
        "lastReviewed": "2026-02-01",
        "wordCount": 3,
        "author": person("Amara Ortiz", "MD", "amara-ortiz"),
        "reviewedBy": person("Ben Sato", "DO", "ben-sato"),
        "publisher": {
            "@type": "MedicalClinic",
            "name": "Riverbend Pain Clinic",
            "url": "https://riverbend.example.com",
        },
    }
    for said in ("Amara Ortiz, MD", "Ben Sato, DO", "February 3, 2026", "February 1, 2026", "(3 words)"):
        assert said in page


def person(name, credentials, slug):
    return {
        "@type": "Person",
        "name": name,
        "honorificSuffix": credentials,
        "jobTitle": "Pain physician",
        "url": f"https://riverbend.example.com/clinicians/{slug}/",
    }


def test_a_reviewer_without_a_review_is_not_named(article, client):
    article.reviewed_on = None
    article.save()
    page = read(client, article.get_absolute_url())
    assert {"reviewedBy", "lastReviewed"} & data_of(page).keys() == set()
    assert "Ben Sato" not in page


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
