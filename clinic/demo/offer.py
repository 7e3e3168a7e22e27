"""Write what the demo clinic offers: regions, places, treatments, people, articles."""

import datetime as dt

from clinic.demo import content
from treatments import pictures, search
from treatments.imports import State, find_files, import_articles
from treatments.models import (
    Alias,
    Author,
    BodyRegion,
    Capability,
    Clinician,
    ClinicianTreatment,
    Location,
    Muscle,
    Need,
    OpeningHours,
    PreparationStep,
    Spot,
    Treatment,
)

NOT_COLUMNS = {
    *("needs", "regions", "felt_in", "muscles", "treatments", "hours", "opening_hours", "aliases", "preparation_steps")
}


def make_offer(*, now: dt.datetime) -> None:
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
    _make_authors(house["authors"], now=now)
    _make_portraits(now=now)
    marks = content.spot_marks()
    for row in content.spots():
        _make_spot(row, marks[row["number"]])
    _bring_articles(now=now)
    search.rebuild(now=now, say=lambda line: None)


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
    steps = row.get("preparation_steps", [])
    PreparationStep.objects.bulk_create(PreparationStep(treatment=treatment, **step) for step in steps)


def _make_clinician(row: dict, position: int) -> None:
    clinician = Clinician.objects.create(position=position, **_columns(row))
    for slug, minutes in row["treatments"].items():
        ClinicianTreatment.objects.create(
            clinician=clinician, treatment=Treatment.objects.get(slug=slug), minutes=minutes
        )


def _make_portraits(*, now: dt.datetime) -> None:
    """Keep the drawn portraits the way an upload is kept, and hang them on their clinicians and authors."""
    for slug, alt in content.portraits():
        with (content.FOLDER / "portraits" / f"{slug}.webp").open("rb") as file:
            picture = pictures.keep_upload(file, slug=f"portrait-{slug}", alt=alt, now=now)
        Clinician.objects.filter(slug=slug).update(portrait=picture)
        Author.objects.filter(slug=slug, clinician=None).update(portrait=picture)


def _make_authors(rows: list[dict], *, now: dt.datetime) -> None:
    """Those who write and are no clinicians of the house."""
    Author.objects.bulk_create(Author(confirmed_at=now, **row) for row in rows)


def _make_spot(row: dict, mark: dict) -> None:
    spot = Spot.objects.create(
        chart_view=mark["view"],
        chart_x=mark["x"],
        chart_y=mark["y"],
        both_sides=mark["both_sides"],
        **_columns(row),
    )
    spot.regions.set(BodyRegion.objects.filter(slug__in=row["regions"]))
    spot.felt_in.set(BodyRegion.objects.filter(slug__in=row["felt_in"]))
    spot.muscles.set(Muscle.objects.filter(slug__in=row["muscles"]))
    spot.treatments.set(Treatment.objects.filter(slug__in=row["treatments"]))
    Alias.objects.bulk_create(Alias(path=path, spot=spot) for path in row["aliases"])


def _bring_articles(*, now: dt.datetime) -> None:
    """The demo's articles come by the importer, as a clinic's own would; its people are known to be invented."""
    for outcome in import_articles(list(find_files([content.FOLDER / "articles"])), now=now, trust_people=True):
        if outcome.state == State.FAILED:
            raise RuntimeError(f"{outcome.path.name}:{outcome.line}: {outcome.reason}")
