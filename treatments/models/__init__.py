"""What we offer: public, without personal data."""

from treatments.models.articles import Article, ArticleChange
from treatments.models.body import BodyRegion, Muscle
from treatments.models.offer import Capability, Need, Treatment
from treatments.models.people import Clinician, ClinicianTreatment
from treatments.models.places import Location, OpeningHours

__all__ = [
    "Article",
    "ArticleChange",
    "BodyRegion",
    "Capability",
    "Clinician",
    "ClinicianTreatment",
    "Location",
    "Muscle",
    "Need",
    "OpeningHours",
    "Treatment",
]
