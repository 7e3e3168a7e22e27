"""Factories for rows that are not the diary's: appointments, holds and occupancy are made by `bookings.scheduling`."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from bookings.models import Patient, Resource
from clinic.models import User
from treatments.models import (
    Article,
    Author,
    BodyRegion,
    Capability,
    Clinician,
    ClinicianTreatment,
    Location,
    Muscle,
    Need,
    Picture,
    Series,
    Spot,
    Treatment,
)

LONG_AGO = dt.datetime(2026, 1, 5, 12, 0, tzinfo=dt.UTC)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"staff{n}@example.com")
    name = factory.Sequence(lambda n: f"Staff Member {n}")
    is_staff = True
    password = factory.django.Password("a-plain-test-password")


class LocationFactory(DjangoModelFactory):
    class Meta:
        model = Location

    slug = factory.Sequence(lambda n: f"house-{n}")
    name = factory.Sequence(lambda n: f"House {n}")
    street = "1 Harbor Street"
    city = "Riverbend"
    state = "NY"
    postal_code = "10001"
    phone = "+12125550100"
    time_zone = "America/New_York"


class CapabilityFactory(DjangoModelFactory):
    class Meta:
        model = Capability
        django_get_or_create = ["slug"]

    slug = factory.Sequence(lambda n: f"capability-{n}")
    name = factory.LazyAttribute(lambda capability: capability.slug.replace("-", " "))


class TreatmentFactory(DjangoModelFactory):
    class Meta:
        model = Treatment

    slug = factory.Sequence(lambda n: f"treatment-{n}")
    name = factory.LazyAttribute(lambda treatment: treatment.slug.replace("-", " ").capitalize())
    role = Treatment.Role.PROCEDURE
    summary = "A treatment for tests."
    body = "What it is."
    minutes = 30
    start_every = 15
    notice_hours = 2
    horizon_days = 90
    policy = Treatment.Policy.OPEN


class NeedFactory(DjangoModelFactory):
    class Meta:
        model = Need

    treatment = factory.SubFactory(TreatmentFactory)
    capability = factory.SubFactory(CapabilityFactory)


class ClinicianFactory(DjangoModelFactory):
    class Meta:
        model = Clinician

    slug = factory.Sequence(lambda n: f"clinician-{n}")
    name = factory.Sequence(lambda n: f"Clinician {n}")
    credentials = "MD"
    job = "Pain physician"


class ClinicianTreatmentFactory(DjangoModelFactory):
    class Meta:
        model = ClinicianTreatment

    clinician = factory.SubFactory(ClinicianFactory)
    treatment = factory.SubFactory(TreatmentFactory)


class ResourceFactory(DjangoModelFactory):
    """A clinician's resource when `clinician` is given, else a thing at `location`."""

    class Meta:
        model = Resource
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Resource {n}")
    kind = factory.LazyAttribute(lambda resource: "clinician" if resource.clinician else "room")
    clinician = None
    location = None

    @factory.post_generation
    def capabilities(self, create, extracted, **kwargs):
        if create and extracted:
            self.capabilities.set(extracted)


class PatientFactory(DjangoModelFactory):
    class Meta:
        model = Patient

    first_name = factory.Sequence(lambda n: f"Patient{n}")
    last_name = "Vale"
    date_of_birth = dt.date(1980, 5, 17)
    email = factory.Sequence(lambda n: f"patient{n}@example.com")
    phone = ""
    created_at = LONG_AGO


class BodyRegionFactory(DjangoModelFactory):
    class Meta:
        model = BodyRegion

    slug = factory.Sequence(lambda n: f"region-{n}")
    name = factory.Sequence(lambda n: f"Region {n}")


class MuscleFactory(DjangoModelFactory):
    class Meta:
        model = Muscle

    slug = factory.Sequence(lambda n: f"muscle-{n}")
    name = factory.Sequence(lambda n: f"Muscle {n}")


class PictureFactory(DjangoModelFactory):
    """A row without its file: made by `treatments.pictures` where the file matters."""

    class Meta:
        model = Picture

    slug = factory.Sequence(lambda n: f"picture-{n}")
    file = factory.LazyAttribute(lambda picture: f"pictures/{picture.slug}.webp")
    alt = "A drawn spine"
    width, height = 480, 320
    uploaded_at = LONG_AGO


class AuthorFactory(DjangoModelFactory):
    """Somebody confirmed; with `clinician`, a clinician of the house as an author."""

    class Meta:
        model = Author

    slug = factory.Sequence(lambda n: f"author-{n}")
    clinician = None
    name = factory.Sequence(lambda n: f"Author {n}")
    credentials = "MA"
    job = "Science writer"
    confirmed_at = LONG_AGO


class SpotFactory(DjangoModelFactory):
    class Meta:
        model = Spot

    number = factory.Sequence(lambda n: n + 1)
    slug = factory.LazyAttribute(lambda spot: f"spot-{spot.number}")
    name = factory.LazyAttribute(lambda spot: f"Place {spot.number}")
    problems = "Headache, neck pain"
    pain_felt_in = "Head and neck"
    location = "Under the skull."
    how_to_find = "1. Feel for it."
    how_to_press = "Press gently."
    how_it_feels = "Sore, and good."
    red_flags = "Call 911 for a sudden worst headache."
    self_care = "Keep moving."


class SeriesFactory(DjangoModelFactory):
    class Meta:
        model = Series

    slug = factory.Sequence(lambda n: f"series-{n}")
    title = factory.Sequence(lambda n: f"Series {n}")
    introduction = "What these have in common."


class ArticleFactory(DjangoModelFactory):
    class Meta:
        model = Article

    slug = factory.Sequence(lambda n: f"article-{n}")
    title = factory.Sequence(lambda n: f"Article {n}")
    summary = "An article for tests."
    body = "## Why does it hurt?\n\nA paragraph."
    status = Article.Status.PUBLISHED
    published_at = LONG_AGO


def begin_again() -> None:
    """Let every factory count from the beginning."""
    for kind in DjangoModelFactory.__subclasses__():
        kind.reset_sequence(0, force=True)
