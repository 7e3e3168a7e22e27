"""How fast `/api/slots` answers: a month of everybody and one clinician's day, in a young diary and in an old one."""

import json
from collections.abc import Callable
from functools import partial

from django.db import connection
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from bookings.intervals import to_minute, wall_minute
from bookings.models import Resource
from clinic.bench import bare, databases, timing
from clinic.bench.baselines import plain_sweep
from clinic.bench.diary import TREATMENT, ZONE, first_monday, read_house, working_dates
from clinic.bench.requests import Site
from clinic.bench.sizes import Sizes

MONTH_AIM, DAY_AIM, GROWTH_AIM, STATEMENTS_AIM = 3, 5, 1.25, 6


def measure(desk: databases.Desk, diaries: dict[int, str], sizes: Sizes) -> dict:
    """Compare on each diary (rows of occupancy: name of the database), all of them in turns."""
    by_rows = {rows: desk.at(name, partial(Questions, name, sizes.days))() for rows, name in diaries.items()}
    sides = {
        (rows, what): desk.at(diaries[rows], side)
        for rows, questions in by_rows.items()
        for what, side in questions.sides().items()
    }
    taken = timing.in_turns(sides, turns=sizes.turns, warm_ups=sizes.warm_ups)
    figures = {
        str(rows): {"month": _month(questions, taken, rows), "day": _day(questions, taken, rows)}
        for rows, questions in by_rows.items()
    }
    return figures | {"growth": _growth(taken, *diaries)}


def _month(questions: "Questions", taken: dict, rows: int) -> dict:
    what = "the same rows by bare SQL with the same predicate, and a plain sweep"
    figure = timing.comparison(taken[rows, "month"], taken[rows, "bare month"], what=what, aim=MONTH_AIM)
    return figure | {"free_times": questions.free, "rows_read": questions.rows_read} | _statements(questions.month)


def _day(questions: "Questions", taken: dict, rows: int) -> dict:
    what = "a view with one ORM query and JSON, Django's standard middleware"
    figure = timing.comparison(taken[rows, "day"], taken[rows, "one query"], what=what, aim=DAY_AIM)
    return figure | _statements(questions.day)


def _statements(said: list) -> dict:
    count = len(said)
    return {"statements": count, "statements_aim": STATEMENTS_AIM, "statements_reached": count <= STATEMENTS_AIM}


def _growth(taken: dict, young: int, old: int) -> dict:
    what = f"the same with {young} rows"
    return {
        name: timing.comparison(taken[old, name], taken[young, name], what=what, aim=GROWTH_AIM)
        for name in ("month", "day")
    }


class Questions:
    """The two questions to one diary, and what their baselines need to know."""

    def __init__(self, name: str, days: int):
        self.house, self.dates = read_house(), working_dates(first_monday(), days)
        site = Site()
        self._ask_month = site.asking(_address(days=days))
        self._ask_day = site.asking(_address(days=1, clinician="clinician-0"))
        self._one_query = Site(bare.MIDDLEWARE).asking(_one_query_address(self.house.clinicians[0]))
        self.month, self.day = statements_of(self._ask_month), statements_of(self._ask_day)
        self._sql = next(said for said in self.month if '"bookings_occupancy"' in said[0])
        # Bare SQL keeps its connection; what the request's costs is part of the request.
        self._connection = databases.connect(name)
        self.rows_read, self.free = len(self._rows()), self._agree()

    def sides(self) -> dict[str, Callable]:
        return {
            "month": self._ask_month,
            "bare month": self._bare_month,
            "day": self._ask_day,
            "one query": self._one_query,
        }

    def _bare_month(self) -> list[tuple[int, int]]:
        return plain_sweep(self._rows(), self.house, self.dates)

    def _rows(self) -> list[tuple]:
        with self._connection.cursor() as cursor:
            cursor.execute(*self._sql)
            return cursor.fetchall()

    def _agree(self) -> int:
        """Return how many times are free: the request and the baseline must say the same, or nothing is compared."""
        resources = dict(Resource.objects.exclude(clinician=None).values_list("clinician__slug", "pk"))
        answered = json.loads(self._ask_month())["slots"]
        ours = sorted((to_minute(parse_datetime(slot["start"])), resources[slot["clinician"]]) for slot in answered)
        if ours != sorted(self._bare_month()):
            raise AssertionError("the request and the plain sweep disagree about what is free")
        return len(ours)


def statements_of(ask: Callable) -> list[tuple]:
    """Return the SQL and parameters of what a call says to the database."""
    said: list[tuple] = []

    def note(execute, sql, params, many, context):
        said.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    return said


def _address(**question) -> str:
    asked = {"treatment": TREATMENT, "from": first_monday().isoformat(), **question}
    return reverse("api-slots") + "?" + "&".join(f"{name}={value}" for name, value in asked.items())


def _one_query_address(resource: int) -> str:
    opens = wall_minute(first_monday(), 0, ZONE)
    return f"/taken/{resource}/{opens}/{opens + 1440}/"
