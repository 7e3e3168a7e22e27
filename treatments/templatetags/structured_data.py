"""What search engines read: schema.org as JSON-LD. Data, not script, so the Content-Security-Policy lets it be."""

import json

from django import template
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import override

register = template.Library()

# Inside a script element only these could end it or begin a comment; JSON may write any character as \uXXXX.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_ld(data: dict):
    """Return a JSON-LD element that no value can break out of. Empty values are left out."""
    filled = {"@context": "https://schema.org", **{key: value for key, value in data.items() if value}}
    text = json.dumps(filled, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


@register.simple_tag
def article_data(article, prose, clinic):
    """Describe an article as a schema.org MedicalWebPage."""
    return json_ld(
        {
            "@type": "MedicalWebPage",
            "name": article.title,
            "headline": article.title,
            "description": article.summary,
            "url": clinic.base_url + article.get_absolute_url(),
            "datePublished": timezone.localdate(article.published_at).isoformat(),
            "dateModified": _day(article.updated_on),
            "lastReviewed": _day(article.reviewed_on) if article.reviewer else "",
            "wordCount": prose.words,
            "author": _person(article.author, clinic),
            "reviewedBy": _person(article.reviewer, clinic) if article.reviewed_on else None,
            "publisher": {"@type": "MedicalClinic", "name": clinic.name, "url": clinic.base_url},
        }
    )


@register.simple_tag
def clinic_data(clinic):
    """Describe the clinic and its places as a schema.org MedicalClinic."""
    return json_ld(
        {
            "@type": "MedicalClinic",
            "name": clinic.name,
            "url": clinic.base_url,
            "telephone": clinic.front.phone.as_international if clinic.front else "",
            "department": [_place(location) for location in clinic.locations],
        }
    )


def _day(value) -> str:
    return value.isoformat() if value else ""


def _person(clinician, clinic) -> dict | None:
    if clinician is None:
        return None
    person = {
        "@type": "Person",
        "name": clinician.name,
        "honorificSuffix": clinician.credentials,
        "jobTitle": clinician.job,
    }
    return person | ({"url": clinic.base_url + clinician.get_absolute_url()} if clinician.active else {})


def _place(location) -> dict:
    with override("en"):
        days = {number: str(name) for number, name in WEEKDAYS.items()}
    return {
        "@type": "MedicalClinic",
        "name": location.name,
        "telephone": location.phone.as_international,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": location.street,
            "addressLocality": location.city,
            "addressRegion": location.state,
            "postalCode": location.postal_code,
        },
        "openingHoursSpecification": [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": days[opening.weekday],
                "opens": f"{opening.opens:%H:%M}",
                "closes": f"{opening.closes:%H:%M}",
            }
            for opening in location.opening_hours.all()
        ],
    }
