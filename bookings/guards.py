"""The guard: the database itself refuses two occupancies of one resource that overlap, on both engines.

PostgreSQL has exclusion constraints. SQLite gets two triggers, appended to the schema editor's deferred SQL as `Statement`
objects: a table rebuild calls `constraint_sql` again and renames the table inside Statements, so the triggers survive it.
A trigger made by RunSQL would vanish at the next rebuild.
"""

from django.db import models
from django.db.backends.ddl_references import Statement, Table

LONGEST_MINUTES = 1440
REFUSAL = "occupancy_overlap"

_POSTGRES = "CONSTRAINT {name} EXCLUDE USING gist ({resource} WITH =, int4range({start}, {end}) WITH &&) WHERE (NOT {overbooked})"
# `start > NEW.start - 1440` is implied by the longest occupancy allowed; without it the trigger reads all the past.
_TRIGGER = (
    "CREATE TRIGGER {trigger} BEFORE {event} ON %(table)s "
    "WHEN NOT NEW.{overbooked} AND EXISTS (SELECT 1 FROM %(table)s AS other "
    "WHERE other.{resource} = NEW.{resource} AND other.{start} < NEW.{end} "
    "AND other.{start} > NEW.{start} - {longest} AND other.{end} > NEW.{start} "
    "AND NOT other.{overbooked}{not_itself}) "
    "BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
)


class NoOverlap(models.BaseConstraint):
    """No two rows of one `resource` may overlap in [start, end), unless one of them is `overbooked`.

    The table needs the columns `resource_id`, `start`, `end` (whole minutes) and `overbooked`, and a CHECK that no row is
    longer than `LONGEST_MINUTES`.
    """

    def __init__(self, *, name, violation_error_message=None):
        super().__init__(name=name, violation_error_message=violation_error_message)

    def constraint_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            return _POSTGRES.format(name=schema_editor.quote_name(self.name), **self._columns(model, schema_editor))
        schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
        return None

    def create_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            table = Table(model._meta.db_table, schema_editor.quote_name)
            return Statement(
                "ALTER TABLE %(table)s ADD %(constraint)s",
                table=table,
                constraint=self.constraint_sql(model, schema_editor),
            )
        return None  # SQLite rebuilds the table, which calls constraint_sql

    def remove_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            return schema_editor._delete_constraint_sql(schema_editor.sql_delete_check, model, self.name)  # noqa: SLF001
        return None

    def validate(self, model, instance, exclude=None, using=None):
        """Leave the last word to the database: a check here would be a check before an insert."""

    def _columns(self, model, schema_editor):
        names = {"resource": "resource", "start": "start", "end": "end", "overbooked": "overbooked"}
        return {key: schema_editor.quote_name(model._meta.get_field(name).column) for key, name in names.items()}

    def _triggers(self, model, schema_editor):
        columns = self._columns(model, schema_editor)
        table = Table(model._meta.db_table, schema_editor.quote_name)
        for event, not_itself in (("INSERT", ""), ("UPDATE", ' AND other."id" <> NEW."id"')):
            sql = _TRIGGER.format(
                trigger=schema_editor.quote_name(f"{self.name}_{event.lower()}"),
                event=event,
                not_itself=not_itself,
                longest=LONGEST_MINUTES,
                refusal=REFUSAL,
                **columns,
            )
            yield Statement(sql, table=table)

    def __eq__(self, other):
        return isinstance(other, NoOverlap) and self.name == other.name

    __hash__ = models.BaseConstraint.__hash__


def missing_guards(connection, model) -> list[str]:
    """Return the names of the parts of this model's guard that the database itself does not know (any more)."""
    if connection.vendor == "postgresql":
        known = "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype = 'x' AND convalidated"
    else:
        known = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    with connection.cursor() as cursor:
        cursor.execute(known, [model._meta.db_table])
        names = {name for (name,) in cursor.fetchall()}
    guards = [constraint.name for constraint in model._meta.constraints if isinstance(constraint, NoOverlap)]
    parts = (
        guards
        if connection.vendor == "postgresql"
        else [f"{name}_{event}" for name in guards for event in ("insert", "update")]
    )
    return [part for part in parts if part not in names]
