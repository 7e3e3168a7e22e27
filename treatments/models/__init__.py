"""What we offer: public, without personal data."""

from treatments.models.articles import Alias, Article, ArticleChange, RelatedArticle, Series
from treatments.models.body import BodyRegion, Muscle
from treatments.models.offer import Capability, Need, PreparationStep, Treatment
from treatments.models.people import Author, Clinician, ClinicianTreatment
from treatments.models.pictures import Picture
from treatments.models.places import Location, OpeningHours
from treatments.models.searching import SearchEntry
from treatments.models.spots import Spot

__all__ = [
    "Alias",
    "Article",
    "ArticleChange",
    "Author",
    "BodyRegion",
    "Capability",
    "Clinician",
    "ClinicianTreatment",
    "Location",
    "Muscle",
    "Need",
    "OpeningHours",
    "Picture",
    "PreparationStep",
    "RelatedArticle",
    "SearchEntry",
    "Series",
    "Spot",
    "Treatment",
]
