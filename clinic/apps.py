from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from clinic import clock


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = _("The clinic")

    def ready(self):
        # Models exist only now, and what these modules say rests on models.
        import_module("clinic.checks")
        import_module("clinic.rehearsal.checks")
        roles = import_module("clinic.roles")
        post_migrate.connect(roles.apply_after_migrate, dispatch_uid="clinic.roles")
        if settings.CLINIC_CLOCK_FILE:
            clock.install(settings.CLINIC_CLOCK_FILE)


class ClinicAdminConfig(AdminConfig):
    default_site = "clinic.admin_site.ClinicAdminSite"
