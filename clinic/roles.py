"""Roles: one table of who may do what. Applied after every migrate; running it again changes nothing.

Permissions do not exist yet inside a migration, so this is not one.
"""

from django.apps import apps as global_apps
from django.contrib.auth.management import create_permissions

FRONT_DESK = "Front desk"
CLINICIAN = "Clinician"
# Given in addition to Clinician, for as long as somebody covers for colleagues.
COVERING = "Covering clinician"
EDITOR = "Editor"
MANAGER = "Manager"

_DIARY = ["appointment", "appointmentevent", "occupancy", "hold", "message", "textreply"]
_HOURS = ["resource", "workinghours", "sessionlimit", "extrahours", "timeoff"]
_PLAN = ["reminderstep"]
_OFFER = [
    "treatment",
    "preparationstep",
    "need",
    "capability",
    "clinician",
    "cliniciantreatment",
    "location",
    "openinghours",
]
_WRITING = [
    *("article", "articlechange", "relatedarticle", "alias", "series", "spot", "picture", "author"),
    *("bodyregion", "muscle"),
]


def _permissions(app: str, verbs: str, models: list[str]) -> set[str]:
    return {f"{app}.{verb}_{model}" for verb in verbs.split() for model in models}


_DESK = (
    _permissions("bookings", "view", _DIARY + _HOURS + _PLAN)
    | _permissions("bookings", "add change", ["appointment"])
    | _permissions("bookings", "view add change", ["patient", "callbackrequest", "timeoff", "extrahours"])
    | _permissions("bookings", "view change", ["possiblematch"])
    | {"bookings.merge_patient"}
    | _permissions("treatments", "view", _OFFER)
)

ROLES: dict[str, set[str]] = {
    FRONT_DESK: _DESK | {"bookings.overbook_appointment"},
    CLINICIAN: set(),  # their own day only, at /schedule/; the admin is not theirs
    COVERING: {"bookings.view_any_schedule"},  # a colleague's day, read only, each time with a reason that is kept
    EDITOR: _permissions("treatments", "view add change delete", _WRITING) | _permissions("treatments", "view", _OFFER),
    MANAGER: _DESK
    | {
        "bookings.overbook_appointment",
        "bookings.export_appointment",
        "bookings.view_any_schedule",
        "bookings.decide_timerequest",
        "bookings.view_accessentry",
        "bookings.view_colleaguelook",
        "bookings.view_timerequest",
        "bookings.view_urgentstop",
    }
    | _permissions("bookings", "view add change delete", _HOURS + _PLAN)
    | _permissions("bookings", "view change", ["messenger"])
    | _permissions("bookings", "view add change delete", ["importmapping"])
    | _permissions("treatments", "view add change delete", _OFFER + _WRITING)
    | {"treatments.confirm_author"}
    | _permissions("clinic", "view add change", ["user"]),
}


def apply_roles(apps=global_apps) -> None:
    """Make the groups and their permissions exactly what the table says."""
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    rows = permission_model.objects.values_list("content_type__app_label", "codename", "pk")
    known = {f"{app}.{codename}": pk for app, codename, pk in rows}
    for name, wanted in ROLES.items():
        group, _created = group_model.objects.get_or_create(name=name)
        group.permissions.set(known[permission] for permission in wanted)


def apply_after_migrate(sender, using, **kwargs):
    """Run once, when the last of our apps has been migrated."""
    for label in ("treatments", "bookings", "clinic"):
        create_permissions(global_apps.get_app_config(label), verbosity=0, using=using)
    apply_roles()
