from importlib import import_module

from django.apps import AppConfig
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = _("What we offer")

    def ready(self):
        post_migrate.connect(fill_search_after_migrate, sender=self, dispatch_uid="treatments.search")


def fill_search_after_migrate(sender, using, plan=None, **kwargs):
    """A clinic that had articles before it had a search gets its index with the migration that brings the table."""
    if plan is None or not _is_migrated(using):
        return  # a flush, or a migration to an older state, whose tables are not those of the models
    search = import_module("treatments.search")  # rests on models, which exist only now
    if search.is_empty():
        search.rebuild(now=timezone.now(), say=lambda line: None)


def _is_migrated(using: str) -> bool:
    executor = MigrationExecutor(connections[using])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes("treatments"))
