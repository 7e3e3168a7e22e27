"""What we offer and what we write, as editors and managers keep it.

Lists are short here, so that plain fields do: the admin's own pickers, split boxes and tables of fields have no labels,
and some write inline styles, which our Content-Security-Policy refuses.
"""

from treatments.admin.articles import ArticleAdmin
from treatments.admin.offer import CapabilityAdmin, ClinicianAdmin, LocationAdmin, TreatmentAdmin
from treatments.admin.people import AuthorAdmin
from treatments.admin.pictures import PictureAdmin
from treatments.admin.writing import BodyRegionAdmin, MuscleAdmin, SeriesAdmin, SpotAdmin

__all__ = [
    "ArticleAdmin",
    "AuthorAdmin",
    "BodyRegionAdmin",
    "CapabilityAdmin",
    "ClinicianAdmin",
    "LocationAdmin",
    "MuscleAdmin",
    "PictureAdmin",
    "SeriesAdmin",
    "SpotAdmin",
    "TreatmentAdmin",
]
