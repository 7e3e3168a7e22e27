"""An upgrade keeps the diary: what was booked before the front desk had its day is there afterwards, and after going back."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bookings.guards import missing_guards
from bookings.models import Occupancy
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
BEFORE = [("bookings", "0001_initial")]


def migrate(targets):
    """Migrate and return the models as they are then."""
    MigrationExecutor(connection).migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def newest():
    graph = MigrationExecutor(connection).loader.graph
    yield graph.leaf_nodes("bookings")
    migrate(graph.leaf_nodes())


def test_a_diary_and_its_guard_are_the_same_after_going_back_and_forth(newest):
    clinic = cast.open_clinic()
    visit = book(clinic, at("2026-03-04", "10:30"))
    known = factories.PatientFactory(alert="Latex", merged_into=clinic.ada)

    old = migrate(BEFORE)
    assert old.get_model("bookings", "Appointment").objects.get().reference == visit.reference
    stranger = old.get_model("bookings", "Patient").objects.create(first_name="Old", created_at=NOW)

    new = migrate(newest)
    rows = new.get_model("bookings", "Patient").objects.filter(pk__in=[known.pk, stranger.pk]).order_by("pk")
    assert list(rows.values_list("first_name", "alert", "merged_into")) == [
        (known.first_name, "", None),
        ("Old", "", None),
    ]
    row = new.get_model("bookings", "Appointment").objects.get()
    assert (row.start, row.status, row.undo_until, row.offered_at) == (visit.start, "booked", None, None)
    assert new.get_model("bookings", "Occupancy").objects.count() == 2
    assert list(missing_guards(connection, Occupancy)) == []
