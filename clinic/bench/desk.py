"""What the desk's pages cost on a full day, beside a bare page of the same admin, signed in and with all its middleware."""

import datetime as dt
from collections.abc import Callable

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, reverse

from bookings.models import Appointment
from clinic import roles
from clinic.bench import diary, timing
from clinic.bench.free_times import statements_of
from clinic.bench.requests import Site
from clinic.bench.sizes import Sizes
from clinic.models import User

VISITS_A_CLINICIAN = 20  # of ten: 200 visits on the day
BOARD_DAY = 70  # days after the first Monday: a Monday on which nothing else is taken
STATEMENTS_AIM, MEDIAN_AIM_MS = 15, 500
WHAT = "the admin's page to change a password, same session and middleware"


def measure(sizes: Sizes) -> dict:
    """Fill one day and compare on the current database. A page that does not answer is told, and the others go on."""
    date = diary.first_monday() + dt.timedelta(days=BOARD_DAY)
    diary.fill_day(date, VISITS_A_CLINICIAN)
    site, cookies = Site(), signed_in()
    pages, missing = _pages(site, date, cookies)
    bare = site.asking(reverse("admin:password_change_done"), cookies=cookies)
    taken = timing.in_turns({"bare": bare, **pages}, turns=sizes.turns, warm_ups=sizes.warm_ups)
    figures = {name: _figure(taken[name], taken["bare"], ask) for name, ask in pages.items()}
    return {"visits": _visits(date), "bare_statements": len(statements_of(bare)), **figures, **missing}


def signed_in() -> str:
    """Return the cookies of somebody who works at the front desk."""
    roles.apply_roles()
    user = User.objects.create_user(email="bench-desk@example.com", password=None, name="Bench Desk", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.FRONT_DESK))
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client.cookies.output(header="", sep=";").strip()


def _pages(site: Site, date: dt.date, cookies: str) -> tuple[dict[str, Callable], dict[str, dict]]:
    pages, missing = {}, {}
    for name, view in {"board": "admin:day", "sheet": "admin:day-sheet", "week": "admin:week"}.items():
        try:
            ask = site.asking(f"{reverse(view, args=[date])}?location={diary.PLACE}", cookies=cookies)
            ask()
            pages[name] = ask
        except (NoReverseMatch, RuntimeError) as reason:
            missing[name] = {"skipped": str(reason)}
    return pages, missing


def _figure(taken: list[float], bare: list[float], ask: Callable[[], bytes]) -> dict:
    figure = timing.comparison(taken, bare, what=WHAT)
    # SQLite says BEGIN IMMEDIATE aloud; PostgreSQL's driver does it unheard. It asks for nothing.
    statements = len([said for said, *_parameters in statements_of(ask) if not said.startswith("BEGIN")])
    return figure | {
        "aim_median_ms": MEDIAN_AIM_MS,
        "reached": figure["ms"]["median"] <= MEDIAN_AIM_MS,
        "statements": statements,
        "statements_aim": STATEMENTS_AIM,
        "statements_reached": statements <= STATEMENTS_AIM,
        "bytes": len(ask()),
    }


def _visits(date: dt.date) -> int:
    start = dt.datetime.combine(date, dt.time(0), tzinfo=diary.ZONE)
    return Appointment.objects.starting_in(start, start + dt.timedelta(days=1)).count()
