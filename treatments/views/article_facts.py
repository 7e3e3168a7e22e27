"""What hangs on an article, read in few statements: an article's page asks for much, and often."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, JSONObject

from treatments.models import Article, ArticleChange, BodyRegion, Muscle, Spot, Treatment
from treatments.public import put_read

SPOT = ["pk", "number", "slug", "name", "problems", "pain_felt_in", "chart_view", "chart_x", "chart_y", "both_sides"]
REGION = ["pk", "slug", "name", "view", "position"]


@dataclass(frozen=True)
class ArticleFacts:
    """The short facts of one article. `spots` are its own, `atlas` all there are, `parts` the public ones of its series.

    `here`: which of the parts it is, from 1; 0 for none.
    """

    changes: list[ArticleChange] = field(default_factory=list)
    muscles: list[Muscle] = field(default_factory=list)
    regions: list[BodyRegion] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    atlas: list[Spot] = field(default_factory=list)
    parts: list[Article] = field(default_factory=list)
    here: int = 0

    @property
    def before(self) -> Article | None:
        return self.parts[self.here - 2] if self.here > 1 else None

    @property
    def after(self) -> Article | None:
        return self.parts[self.here] if 0 < self.here < len(self.parts) else None


def read_facts(article: Article, *, now: dt.datetime) -> ArticleFacts:
    """Read all of it in one statement, whatever the number of rows."""
    rows = defaultdict(list)
    for kind, row in _lines(article, now=now):
        rows[kind].append(row)
    parts = [Article(**row) for row in sorted(rows["part"], key=lambda row: row["part"])]
    here = [number for number, part in enumerate(parts, start=1) if part.pk == article.pk]
    atlas, spots = _spots(rows)
    return ArticleFacts(
        changes=_newest_first(rows["change"]),
        muscles=_named(Muscle, rows["muscle"]),
        regions=_regions(rows["region"]),
        spots=spots,
        atlas=atlas,
        parts=parts,
        here=here[0] if here else 0,
    )


def offered(article: Article) -> tuple[list[Treatment], Treatment | None]:
    """Return the treatments of the article that are offered, and the consultation others begin with."""
    is_here = Exists(Article.treatments.through.objects.filter(article=article.pk, treatment=OuterRef("pk")))
    rows = Treatment.objects.active().annotate(is_here=is_here)
    rows = list(rows.filter(Q(is_here=True) | Q(role=Treatment.Role.CONSULTATION)))
    consultation = next((row for row in rows if row.role == Treatment.Role.CONSULTATION), None)
    return [row for row in rows if row.is_here], consultation


def _lines(article: Article, *, now: dt.datetime) -> QuerySet:
    """Rows of (kind, values). JSON, because a union wants the same columns of all."""
    parts = Article.objects.published(now=now).filter(series=article.series_id, series__isnull=False)
    is_here = Exists(Article.spots.through.objects.filter(article=article.pk, spot=OuterRef("pk")))
    lines = [
        _line("change", ArticleChange.objects.filter(article=article), ["pk", "date", "note"]),
        _line("muscle", Muscle.objects.filter(articles=article), ["pk", "slug", "name"]),
        _line("region", BodyRegion.objects.filter(articles=article), REGION),
        _line("part", parts, ["pk", "slug", "title", "part"]),
        _line("spot", Spot.objects.all(), SPOT, is_here=is_here),
        _line("muscle of spot", Muscle.objects.filter(spots__articles=article), ["pk", "name"], of=F("spots")),
        _line("region of spot", BodyRegion.objects.filter(spots__articles=article), REGION, of=F("spots")),
    ]
    return lines[0].union(*lines[1:], all=True)


class _Values(JSONObject):
    """A JSON object on SQLite too without asking first, under its write lock, whether it knows JSON: ours does."""

    def as_sqlite(self, compiler, connection, **extra_context):
        return Func.as_sql(self, compiler, connection, **extra_context)


def _line(kind: str, rows: QuerySet, fields: list[str], **others) -> QuerySet:
    values = _Values(**{name: F(name) for name in fields}, **others)
    kind = Cast(Value(kind), TextField())
    return rows.order_by().annotate(line_kind=kind, line_values=values).values_list("line_kind", "line_values")


def _spots(rows: dict[str, list[dict]]) -> tuple[list[Spot], list[Spot]]:
    """Return all spots, and those of the article: the latter know their muscles and regions."""
    atlas, here = [], []
    for row in sorted(rows["spot"], key=lambda row: row["number"]):
        is_here = row.pop("is_here")
        atlas.append(Spot(**row))
        if is_here:
            here.append(atlas[-1])
    for spot in here:
        put_read(spot, "muscles", _named(Muscle, _of(spot, rows["muscle of spot"])))
        put_read(spot, "regions", _regions(_of(spot, rows["region of spot"])))
    return atlas, here


def _of(spot: Spot, rows: list[dict]) -> Iterator[dict]:
    return ({key: value for key, value in row.items() if key != "of"} for row in rows if row["of"] == spot.pk)


def _named(model, rows) -> list:
    return [model(**row) for row in sorted(rows, key=lambda row: row["name"])]


def _regions(rows) -> list[BodyRegion]:
    return [BodyRegion(**row) for row in sorted(rows, key=lambda row: (row["position"], row["name"]))]


def _newest_first(rows: list[dict]) -> list[ArticleChange]:
    """By date, the newest first; of one date, in the order they were written."""
    written = sorted(rows, key=lambda row: row["pk"])
    return [ArticleChange(**row) for row in sorted(written, key=lambda row: row["date"], reverse=True)]
