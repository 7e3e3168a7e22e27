"""Write what the demo clinic offers: regions, places, treatments, people, articles."""

import datetime as dt

from clinic.demo import content
from treatments.models import (
    Article,
    ArticleChange,
    BodyRegion,
    Capability,
    Clinician,
    ClinicianTreatment,
    Location,
    Muscle,
    Need,
    OpeningHours,
    Treatment,
)

NOT_COLUMNS = {"needs", "regions", "muscles", "treatments", "hours", "opening_hours", "changes"}
PUBLISHED_AT = dt.time(9)


def make_offer() -> None:
    """Write every public row of the demo, from the content files."""
    house = content.house()
    for position, row in enumerate(house["regions"], start=1):
        BodyRegion.objects.create(position=position, **row)
    Muscle.objects.bulk_create(Muscle(**row) for row in house["muscles"])
    Capability.objects.bulk_create(Capability(**row) for row in house["capabilities"])
    for position, row in enumerate(house["locations"], start=1):
        _make_location(row, position)
    for row, body in content.pages("treatments"):
        _make_treatment(row, body)
    for position, row in enumerate(house["clinicians"], start=1):
        _make_clinician(row, position)
    for row, body in content.pages("articles"):
        _make_article(row, body)


def _columns(row: dict) -> dict:
    return {key: value for key, value in row.items() if key not in NOT_COLUMNS}


def _make_location(row: dict, position: int) -> None:
    location = Location.objects.create(position=position, **_columns(row))
    OpeningHours.objects.bulk_create(
        OpeningHours(
            location=location,
            weekday=weekday,
            opens=content.wall_time(hours["opens"]),
            closes=content.wall_time(hours["closes"]),
        )
        for hours in row["opening_hours"]
        for weekday in content.weekdays(hours["days"])
    )


def _make_treatment(row: dict, body: str) -> None:
    treatment = Treatment.objects.create(body=body, **_columns(row))
    treatment.regions.set(BodyRegion.objects.filter(slug__in=row["regions"]))
    for need in row["needs"]:
        Need.objects.create(
            treatment=treatment,
            capability=Capability.objects.get(slug=need["capability"]),
            minutes_before=need["before"],
            minutes_after=need["after"],
        )


def _make_clinician(row: dict, position: int) -> None:
    clinician = Clinician.objects.create(position=position, **_columns(row))
    for slug, minutes in row["treatments"].items():
        ClinicianTreatment.objects.create(
            clinician=clinician, treatment=Treatment.objects.get(slug=slug), minutes=minutes
        )


def _make_article(row: dict, body: str) -> None:
    zone = Location.objects.active()[0].zone
    article = Article.objects.create(
        body=body,
        author=Clinician.objects.get(slug=row["author"]),
        reviewer=Clinician.objects.get(slug=row["reviewer"]),
        published_at=dt.datetime.combine(dt.date.fromisoformat(row["published"]), PUBLISHED_AT, tzinfo=zone),
        updated_on=dt.date.fromisoformat(row["updated"]),
        reviewed_on=dt.date.fromisoformat(row["reviewed"]),
        next_review_on=dt.date.fromisoformat(row["next_review"]),
        **_article_columns(row),
    )
    article.regions.set(BodyRegion.objects.filter(slug__in=row["regions"]))
    article.muscles.set(Muscle.objects.filter(slug__in=row["muscles"]))
    article.treatments.set(Treatment.objects.filter(slug__in=row["treatments"]))
    ArticleChange.objects.bulk_create(ArticleChange(article=article, **change) for change in row["changes"])


def _article_columns(row: dict) -> dict:
    turned = {"author", "reviewer", "published", "updated", "reviewed", "next_review"}
    return {key: value for key, value in _columns(row).items() if key not in turned}
