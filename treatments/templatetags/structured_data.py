"""What search engines read: schema.org as JSON-LD. Data, not script, so the Content-Security-Policy lets it be.

Each page says here exactly what it shows to people, nothing more.
"""

import json
from html import unescape

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html, strip_tags
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from treatments.models import Author, Treatment
from treatments.rendering import render

register = template.Library()

# Inside a script element only these could end it or begin a comment; JSON may write any character as \uXXXX.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
DOCTORS = {"MD", "DO", "MBBS"}


def json_ld(data: dict):
    """Return a JSON-LD element that no value can break out of. Empty values are left out."""
    text = json.dumps({"@context": "https://schema.org", **_filled(data)}, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


def _filled(data: dict) -> dict:
    return {key: value for key, value in data.items() if value}


# --- Articles -------------------------------------------------------------------------------------------------------


@register.simple_tag
def article_data(article, prose, clinic, facts=None, *, treatments=(), pictures=()):
    """Describe an article as a schema.org MedicalWebPage, with the way to it and the questions it answers."""
    page = _about_article(article, prose, clinic) | {
        "aspect": "treatment" if treatments else "",
        "isPartOf": _series(article, facts, clinic),
        "position": facts.here if facts else 0,
        "image": [_picture(each, clinic) for each in pictures],
        "potentialAction": _reserve(clinic, article=article.slug),
    }
    questions = _questions(prose)
    parts = [json_ld(page), json_ld(_way_to(article, clinic)), json_ld(questions) if questions else ""]
    return mark_safe("".join(parts))


def _about_article(article, prose, clinic) -> dict:
    reviewer = article.shown_reviewer
    published = timezone.localdate(article.published_at).isoformat() if article.published_at else ""
    return {
        "@type": "MedicalWebPage",
        "name": article.title,
        "headline": article.title,
        "alternativeHeadline": article.subtitle,
        "description": article.summary,
        "url": clinic.base_url + article.get_absolute_url(),
        "inLanguage": get_language(),
        "datePublished": published,
        "dateModified": _day(article.updated_on) or published,
        "lastReviewed": _day(article.reviewed_on) if reviewer else "",
        "wordCount": prose.words,
        "about": [{"@type": "MedicalCondition", "name": name} for name in _listed(article.problems)],
        "medicalAudience": {"@type": "MedicalAudience", "audienceType": "Patient"},
        "author": person(article.author, clinic),
        "reviewedBy": person(reviewer, clinic),
        "publisher": {"@type": "MedicalClinic", "name": clinic.name, "url": clinic.base_url},
    }


def _series(article, facts, clinic) -> dict | None:
    if not (facts and facts.here):
        return None
    url = clinic.base_url + article.series.get_absolute_url()
    return {"@type": "CreativeWorkSeries", "name": article.series.title, "url": url}


def _picture(picture, clinic) -> dict:
    return {
        "@type": "ImageObject",
        "url": clinic.base_url + picture.file.url,
        "caption": picture.alt,
        "width": picture.width,
        "height": picture.height,
    }


def _way_to(article, clinic) -> dict:
    steps = [
        (_("Home"), reverse("home")),
        (_("Articles"), reverse("articles")),
        (article.title, article.get_absolute_url()),
    ]
    items = [
        {"@type": "ListItem", "position": position, "name": str(name), "item": clinic.base_url + path}
        for position, (name, path) in enumerate(steps, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _questions(prose) -> dict | None:
    asked = [
        {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
        for question, answer in prose.questions
    ]
    return {"@type": "FAQPage", "mainEntity": asked} if asked else None


# --- The clinic, its people, what it does ---------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def clinic_data(context, clinic):
    """Describe the clinic and its places as a schema.org MedicalClinic, with the treatments the page names."""
    front = _place(clinic.front) if clinic.front else {}
    return json_ld(
        {
            "@type": "MedicalClinic",
            "name": clinic.name,
            "url": clinic.base_url,
            **{key: front.get(key) for key in ("telephone", "address", "openingHoursSpecification")},
            "department": [_place(location) for location in clinic.locations],
            "availableService": [_service(each, clinic) for each in context.get("treatments", ())],
            "potentialAction": _reserve(clinic),
        }
    )


@register.simple_tag
def clinician_data(clinician, clinic, offers=()):
    """Describe a clinician as their page does: a Physician who is one by their credentials, else a Person."""
    is_doctor = bool(DOCTORS & set(_listed(clinician.credentials)))
    return json_ld(
        person(clinician, clinic)
        | {
            "@type": ["Physician", "Person"] if is_doctor else "Person",
            "medicalSpecialty": clinician.job if is_doctor else "",
            "knowsLanguage": _listed(clinician.languages),
            "image": _picture(clinician.portrait, clinic) if clinician.portrait else None,
            "worksFor": {"@type": "MedicalClinic", "name": clinic.name, "url": clinic.base_url},
            "availableService": [_service(offer.treatment, clinic) for offer in offers] if is_doctor else None,
            "potentialAction": _reserve(clinic, clinician=clinician.slug),
        }
    )


@register.simple_tag
def author_data(author, clinic):
    """Describe somebody who writes or reviews and is not on staff."""
    portrait = author.person.portrait
    return json_ld(person(author, clinic) | {"image": _picture(portrait, clinic) if portrait else None})


@register.simple_tag
def spot_data(spot, clinic):
    """Describe a spot of the atlas as a schema.org MedicalWebPage about what it may matter for."""
    page = {
        "@type": "MedicalWebPage",
        "name": spot.name,
        "url": clinic.base_url + spot.get_absolute_url(),
        "about": [{"@type": "MedicalCondition", "name": name} for name in _listed(spot.problems)],
        "mainEntity": {"@type": "AnatomicalStructure", "name": spot.name, "bodyLocation": plain(spot.location)},
        "potentialAction": _reserve(clinic),
    }
    return json_ld(page)


@register.simple_tag
def treatment_data(treatment, clinic):
    """Describe a treatment as a schema.org MedicalProcedure, or PhysicalTherapy."""
    return json_ld(
        _service(treatment, clinic)
        | {
            "description": treatment.summary,
            "bodyLocation": [region.name for region in treatment.regions.all()],
            "preparation": plain(treatment.preparation),
            "followup": plain(treatment.aftercare),
            "potentialAction": _reserve(clinic, treatment=treatment.slug),
        }
    )


def person(who, clinic) -> dict | None:
    """Describe an author or a clinician as bylines name them."""
    if who is None:
        return None
    shown = who.person if isinstance(who, Author) else who
    return _filled(
        {
            "@type": "Person",
            "name": shown.name,
            "honorificSuffix": shown.credentials,
            "jobTitle": shown.job,
            "url": clinic.base_url + who.get_absolute_url(),
        }
    )


def plain(text: str) -> str:
    """Return the words of a Markdown text."""
    return " ".join(unescape(strip_tags(render(text).html)).split())


def _service(treatment, clinic) -> dict:
    kind = "PhysicalTherapy" if treatment.role == Treatment.Role.THERAPY else "MedicalProcedure"
    return {"@type": kind, "name": treatment.name, "url": clinic.base_url + treatment.get_absolute_url()}


def _reserve(clinic, **came_from) -> dict:
    """The way into the booking flow, as the page's own button goes."""
    asked = "".join(f"?{name}={slug}" for name, slug in came_from.items())
    return {
        "@type": "ReserveAction",
        "target": {
            "@type": "EntryPoint",
            "urlTemplate": f"{clinic.base_url}{reverse('book')}{asked}",
            "inLanguage": get_language(),
            "actionPlatform": ["https://schema.org/DesktopWebPlatform", "https://schema.org/MobileWebPlatform"],
        },
        "result": {"@type": "Reservation", "name": _("Book an appointment")},
    }


def _day(value) -> str:
    return value.isoformat() if value else ""


def _listed(text: str) -> list[str]:
    """Split “back pain, headache” at its commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


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
