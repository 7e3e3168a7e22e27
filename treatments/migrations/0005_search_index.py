"""The full-text index of each database, under one name: rows are found by the pk of their `SearchEntry`.

SQLite has FTS5; PostgreSQL a tsvector of weighted words with a GIN index. What goes in is folded (no accents) by `treatments.search`.
"""

from django.db import migrations

MAKE = {
    "sqlite": [
        "CREATE VIRTUAL TABLE treatments_search USING fts5(title, summary, words, tokenize = 'porter unicode61 remove_diacritics 2')",
    ],
    "postgresql": [
        "CREATE TABLE treatments_search (rowid bigint PRIMARY KEY, document tsvector NOT NULL)",
        "CREATE INDEX treatments_search_document ON treatments_search USING gin (document)",
    ],
}


def make(apps, schema_editor):
    for statement in MAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE treatments_search")


class Migration(migrations.Migration):

    dependencies = [("treatments", "0004_authors_take_over")]

    operations = [migrations.RunPython(make, drop)]
