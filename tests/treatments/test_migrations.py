"""An upgrade keeps what a clinic has: clinicians who wrote before there were authors are authors afterwards, and back."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.cast import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
BEFORE = [("treatments", "0001_initial")]


def migrate(targets):
    """Migrate and return the models as they are then."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def newest():
    graph = MigrationExecutor(connection).loader.graph
    yield graph.leaf_nodes("treatments")
    migrate(graph.leaf_nodes())  # what other apps built on it came down with it


def test_clinicians_who_wrote_become_confirmed_authors_and_can_go_back(newest):
    old = migrate(BEFORE)
    clinicians = old.get_model("treatments", "Clinician").objects
    ortiz, sato = (clinicians.create(slug=slug, name=slug, credentials="MD", job="x") for slug in ("ortiz", "sato"))
    articles = old.get_model("treatments", "Article").objects
    articles.create(slug="a", title="A", summary="x", body="x", author=ortiz, reviewer=sato, published_at=NOW)
    articles.create(slug="b", title="B", summary="x", body="x", author=ortiz)
    articles.create(slug="c", title="C", summary="x", body="x")

    new = migrate(newest)
    rows = new.get_model("treatments", "Article").objects.order_by("slug")
    assert list(rows.values_list("author__clinician__slug", "reviewer__clinician__slug")) == [
        ("ortiz", "sato"),
        ("ortiz", None),
        (None, None),
    ]
    authors = new.get_model("treatments", "Author").objects
    assert authors.filter(confirmed_at__isnull=False).count() == authors.count() == 2

    back = migrate(BEFORE).get_model("treatments", "Article").objects.order_by("slug")
    assert list(back.values_list("author__slug", "reviewer__slug")) == [
        ("ortiz", "sato"),
        ("ortiz", None),
        (None, None),
    ]
    back.all().delete()
