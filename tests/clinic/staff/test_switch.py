"""A shared computer: those who fully signed in on it today take it over by PIN."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from clinic.models import DeskSeat, SignIn
from clinic.staff import seats, signing
from tests.cast import NOW
from tests.clinic.staff.people import code_of, enter, enter_fully, with_app, with_password
from tests.processes import run_together

MINUTE = dt.timedelta(minutes=1)
PIN = "8305"


@pytest.fixture(autouse=True)
def _strict(strict):
    pass


def with_pin(pin=PIN, **fields):
    user = with_app(**fields)
    seats.set_pin(user, pin)
    return user


@pytest.fixture
def two(db, client):
    """Rosa and then Sam fully signed in on this browser; Sam is at it."""
    rosa, sam = with_pin(name="Rosa Desk"), with_pin("7216", name="Sam Desk")
    enter_fully(client, rosa)
    client.post("/switch/lock/")
    enter_fully(client, sam)
    return rosa, sam


def seat_of(user):
    return DeskSeat.objects.get(user=user)


def take(client, user, pin=PIN, **more):
    return client.post("/switch/", {"seat": seat_of(user).pk, "pin": pin, **more})


def who(client):
    response = client.get("/account/")
    return response.context["user"].name if response.status_code == 200 else None


def test_a_colleague_takes_over_by_pin_under_a_new_session(client, two):
    before = client.cookies["session"].value
    assert take(client, two[0]).url == "/after-sign-in/"
    assert who(client) == "Rosa Desk"
    old = Client()
    old.cookies["session"] = before
    assert old.get("/account/").status_code == 302
    assert SignIn.objects.order_by("pk").last().how == "pin"


def test_only_those_who_signed_in_on_this_browser_are_named(client, two):
    with_pin(name="Una Elsewhere")
    client.post("/switch/lock/")
    enter(client, with_pin(name="Val Halfway"))
    client.post("/sign-out/")
    page = client.get("/switch/").content.decode()
    assert [name for name in ("Rosa Desk", "Sam Desk", "Una Elsewhere", "Val Halfway") if name in page] == [
        "Rosa Desk",
        "Sam Desk",
    ]


def test_another_browser_has_no_seats(two):
    assert Client().get("/switch/").url == "/sign-in/"
    assert take(Client(), two[0]).status_code == 200
    forged = Client()
    forged.cookies["desk"] = "guessed"
    take(forged, two[0])
    assert who(forged) is None


def test_without_a_pin_there_is_no_seat_and_no_cookie(client, db):
    enter_fully(client, with_app())
    assert (DeskSeat.objects.count(), "desk" in client.cookies) == (0, False)
    assert client.get("/switch/").url == "/account/"


def test_five_wrong_pins_end_the_seat_and_the_password_begins_it_again(client, two):
    rosa, _sam = two
    for _guess in range(5):
        assert take(client, rosa, "1111").status_code == 200
    assert take(client, rosa).status_code == 200
    assert who(client) == "Sam Desk"
    assert "Rosa Desk" not in client.get("/switch/").content.decode()
    client.post("/switch/lock/")
    enter(client, rosa)
    assert client.post("/second-factor/", {"code": code_of(rosa, ahead=1)}).status_code == 302
    assert seat_of(rosa).failures == 0


def test_a_right_pin_forgets_the_wrong_ones_of_that_seat_only(client, two):
    rosa, sam = two
    take(client, rosa, "1111")
    take(client, sam, "1111")
    take(client, rosa)
    assert (seat_of(rosa).failures, seat_of(sam).failures) == (0, 1)


def test_signing_out_gives_up_the_seat_and_locking_keeps_it(client, two):
    _rosa, sam = two
    assert client.post("/switch/lock/").url == "/switch/"
    assert who(client) is None
    take(client, sam, "7216")
    client.post("/sign-out/")
    assert list(DeskSeat.objects.values_list("user__name", flat=True)) == ["Rosa Desk"]


def test_the_admin_s_own_sign_out_gives_up_the_seat_too(client, two):
    client.post("/admin/logout/")
    assert list(DeskSeat.objects.values_list("user__name", flat=True)) == ["Rosa Desk"]


def test_an_idle_end_leads_to_the_pin_and_back_to_the_page(client, two, time_machine):
    time_machine.move_to(NOW + 16 * MINUTE)
    assert client.get("/admin/week/").url == "/switch/?next=/admin/week/"
    assert take(client, two[1], "7216", next="/admin/week/").url == "/admin/week/"


def test_a_session_begun_by_pin_ends_when_idle(client, two, time_machine):
    take(client, two[0])
    time_machine.move_to(NOW + 16 * MINUTE)
    assert who(client) is None


def test_by_pin_nobody_works_past_a_working_day_since_the_password(client, two, time_machine):
    time_machine.move_to(NOW + 11 * 60 * MINUTE)
    take(client, two[0])
    time_machine.move_to(NOW + 11 * 60 * MINUTE + 10 * MINUTE)
    assert who(client) == "Rosa Desk"
    seats_end = NOW + 12 * 60 * MINUTE + MINUTE
    time_machine.move_to(seats_end)
    assert client.get("/account/").url == "/sign-in/?next=/account/"
    assert take(client, two[0]).status_code == 200


def test_a_seat_is_over_at_midnight(client, two, time_machine, settings):
    settings.CLINIC_STAFF_SESSION_SECONDS = 24 * 3600
    time_machine.move_to(NOW.replace(hour=23, minute=59))
    assert client.get("/switch/").status_code == 200
    time_machine.move_to(NOW.replace(hour=0, minute=1) + dt.timedelta(days=1))
    assert client.get("/switch/").status_code == 302


@pytest.mark.parametrize("change", ["pin", "leaves", "everywhere"])
def test_a_seat_ends_with_the_pin_the_account_or_signing_out_everywhere(change, client, two):
    rosa, _sam = two
    pk = seat_of(rosa).pk
    if change == "pin":
        seats.set_pin(rosa, "9507")
    elif change == "leaves":
        type(rosa).objects.filter(pk=rosa.pk).update(is_active=False)
    else:
        signing.end_everywhere(rosa)
    assert client.post("/switch/", {"seat": pk, "pin": PIN}).status_code == 200
    assert who(client) == "Sam Desk"


def test_no_next_leads_to_another_site(client, two):
    assert take(client, two[0], next="//evil.example.com/").url == "/after-sign-in/"


def test_the_cookie_is_out_of_reach_of_scripts(client, two):
    cookie = client.cookies["desk"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 12 * 3600)
    assert cookie.value not in str(list(DeskSeat.objects.values()))


@pytest.mark.parametrize(
    "pin", ["", "123", "123456789", "1234", "4321", "0000", "7777777", "1212", "12a4", "१२३५", "-123"]
)
def test_a_pin_everybody_tries_first_is_refused(pin):
    with pytest.raises(ValidationError):
        seats.check_pin(pin)


@pytest.mark.parametrize("pin", ["8305", "1357", "20260317", "11223"])
def test_other_pins_are_taken(pin):
    assert seats.check_pin(pin) is None


def test_in_the_demo_a_pin_works_after_the_password_alone(client, db, settings):
    settings.CLINIC_SECOND_FACTOR = False
    user = with_password()
    seats.set_pin(user, PIN)
    enter(client, user)
    client.post("/switch/lock/")
    take(client, user)
    assert who(client) == user.name


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_of_guesses_at_the_same_instant_no_more_than_five_are_read():
    user = with_app()
    seats.set_pin(user, PIN)
    seat = DeskSeat.objects.create(browser_hash="x", user=user, at=NOW, failures=0)
    wrong = run_together("tests.clinic.staff.racers:guess_pin", [{"pk": seat.pk, "pin": "1111"}] * 8)
    seat.refresh_from_db()
    assert (wrong, seat.failures) == ([False] * 8, 5)
    assert seats.try_pin(seat, PIN) is False
