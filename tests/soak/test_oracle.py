"""The oracle finds what it is there to find: each test spoils a good post in one way and hears of it."""

import datetime as dt
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from tests.mailbox import Delivery
from tests.soak.ledger import Change, Visit
from tests.soak.letters import Letter, clock_time, read
from tests.soak.oracle import Post, judge
from tests.soak.rules import Scene, days_before
from tests.soak.texts import Text
from tests.soak.texts import read as read_text

NEW_YORK = ZoneInfo("America/New_York")
MINUTE = dt.timedelta(minutes=1)
SCENE = Scene(
    end=dt.datetime(2026, 11, 9, tzinfo=dt.UTC), patience=dt.timedelta(hours=1), notice_delay=dt.timedelta(minutes=2)
)


def at(day: str, time: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=NEW_YORK).astimezone(dt.UTC)


def seconds(instant: dt.datetime) -> float:
    """The machine's clock, as if it had run beside the clinic's."""
    return (instant - at("2026-10-30", "09:00")).total_seconds()


BOOKED = at("2026-10-30", "09:00")
START = at("2026-11-02", "10:00")  # after the clocks went back


def change(verb="book", when=BOOKED, *, status="booked", start=START, by="patient"):
    committed = when + dt.timedelta(seconds=1)
    return Change(verb, by, when, committed, status, start, NEW_YORK, real=seconds(committed))


def visit(*changes, procedure=False):
    return Visit(7, "consultation", procedure, "ada@example.com", changes=list(changes or [change()]))


def letter(message_id, when, *, told=START, calendar=None, address="ada@example.com"):
    wall = told.astimezone(NEW_YORK).replace(tzinfo=None)
    return Letter(when, seconds(when), address, message_id, wall, calendar, "Your appointment")


KINDS = {"a": "confirmation", "b": "reminder", "c": "reminder", "d": "cancelled", "e": "moved"}
KINDS |= {"f": "reminder", "x": "confirmation"}
GOOD = [
    letter("a", BOOKED + MINUTE),
    letter("b", at("2026-10-31", "10:00")),
    letter("c", at("2026-11-01", "10:00")),
]


def verdict(letters=GOOD, one=None, *, kills=()):
    return judge([one or visit()], Post(letters, KINDS, list(kills)), SCENE)


def first_words(findings):
    return [finding.partition(": ")[2] for finding in findings]


def test_a_good_post_is_good():
    found = verdict()
    assert (found.due, found.sent, found.duplicates) == (3, 3, 0)
    assert (found.wrong, found.lost, found.late) == ([], [], [])


@pytest.mark.parametrize("missing", range(3))
def test_a_lost_letter_is_missed(missing):
    found = verdict([each for number, each in enumerate(GOOD) if number != missing])
    assert (len(found.lost), found.wrong) == (1, [])


def test_a_lost_letter_after_the_clock_change_is_named_with_its_time():
    assert first_words(verdict(GOOD[:2]).lost) == ["reminder by email of 2026-11-02 10:00:00, due 11-01 15:00:00"]


def test_an_hour_off_is_wrong_and_the_true_letter_is_lost():
    spoiled = GOOD[2]._replace(told=dt.datetime(2026, 11, 2, 11, 0))  # noqa: DTZ001
    found = verdict([*GOOD[:2], spoiled])
    assert first_words(found.wrong) == [
        "reminder at 11-01 15:00:00Z: tells 2026-11-02 11:00:00, and the diary said ['2026-11-02 10:00:00']"
    ]
    assert len(found.lost) == 1


def test_a_calendar_that_says_another_hour_than_the_letter_is_wrong():
    spoiled = GOOD[0]._replace(calendar=dt.datetime(2026, 11, 2, 9, 0))  # noqa: DTZ001
    assert len(verdict([spoiled, *GOOD[1:]]).wrong) == 1


def test_a_second_message_about_the_same_is_wrong():
    found = verdict([*GOOD, letter("x", BOOKED + 2 * MINUTE)])
    assert first_words(found.wrong) == ["confirmation at 10-30 13:02:00Z: nothing asked for it, or it was said before"]


def test_a_copy_is_counted_when_its_sender_was_killed():
    found = verdict([*GOOD, letter("a", BOOKED + 10 * MINUTE)], kills=[60.5])
    assert (found.duplicates, found.wrong) == (1, [])


@pytest.mark.parametrize(("kill", "off"), [(57.0, "-3.0"), (67.0, "+7.0"), (700.0, "+640.0")])
def test_a_copy_without_a_kill_in_that_moment_is_wrong(kill, off):
    found = verdict([*GOOD, letter("a", BOOKED + 10 * MINUTE)], kills=[kill])
    assert first_words(found.wrong) == [
        f"confirmation at 10-30 13:10:00Z: sent again after 540.0 s, and the nearest kill was {off} s off"
    ]


@pytest.mark.parametrize(("time", "day"), [("07:59", "2026-10-31"), ("20:00", "2026-10-31"), ("00:30", "2026-11-01")])
def test_a_reminder_at_night_is_wrong(time, day):
    found = verdict([GOOD[0], GOOD[1]._replace(at=at(day, time)), GOOD[2]])
    assert first_words(found.wrong)[0].endswith(f"sent at {time}:00")


def test_a_confirmation_at_night_is_what_somebody_asked_for():
    booked = change(when=at("2026-10-30", "23:00"))
    assert verdict([letter("a", booked.committed), *GOOD[1:]], visit(booked)).wrong == []


def test_what_comes_too_late_is_named():
    found = verdict([GOOD[0]._replace(at=BOOKED + 62 * MINUTE), *GOOD[1:]])
    assert (len(found.late), found.lost) == (1, [])


def test_nothing_may_be_said_of_a_visit_that_was_cancelled():
    cancelled = change("cancel", at("2026-10-31", "12:00"), status="cancelled")
    told = letter("d", at("2026-10-31", "12:01"))
    found = verdict([*GOOD[:2], told, GOOD[2]], visit(change(), cancelled))
    assert first_words(found.wrong) == ["reminder at 11-01 15:00:00Z: the visit was not so"]
    assert (found.lost, found.due) == ([], 3)


def test_a_letter_on_its_way_while_the_visit_was_cancelled_is_forgiven_for_a_moment():
    cancelled = change("cancel", at("2026-10-31", "10:00"), status="cancelled")
    told = letter("d", at("2026-10-31", "10:01"))
    for late, count in [(2, 0), (4, 1)]:
        sent = cancelled.began + dt.timedelta(seconds=late)
        on_its_way = letter("b", sent)
        assert len(verdict([GOOD[0], on_its_way, told], visit(change(), cancelled)).wrong) == count


def test_after_a_move_the_old_time_is_wrong_and_the_new_one_is_due():
    later = at("2026-11-05", "06:30")
    moved = change("move", at("2026-10-31", "12:00"), start=later)
    post = [
        *GOOD[:2],
        letter("e", at("2026-10-31", "12:00"), told=later),
        letter("f", at("2026-11-03", "08:00"), told=later),
    ]
    found = verdict(post, visit(change(), moved))
    assert (found.wrong, len(found.lost)) == ([], 1)
    assert len(verdict([*post, GOOD[2]], visit(change(), moved)).wrong) == 1


def test_what_staff_do_is_told_after_the_pause_and_not_before():
    cancelled = change("cancel", at("2026-10-31", "12:00"), status="cancelled", by="clinic")
    soon, later = (letter("d", at("2026-10-31", f"12:0{minute}")) for minute in (1, 2))
    kinds = KINDS | {"d": "cancelled_by_clinic"}
    for told, wrong in [(soon, 1), (later, 0)]:
        found = judge([visit(change(), cancelled)], Post([*GOOD[:2], told], kinds), SCENE)
        assert (len(found.wrong), len(found.lost)) == (wrong, wrong)


def test_a_letter_to_a_stranger_is_wrong():
    assert len(verdict([*GOOD, letter("x", BOOKED, address="eve@example.com")]).wrong) == 1


def test_a_procedure_is_followed_by_a_letter_the_next_morning():
    done = change("finish", START + 30 * MINUTE, status="done", by="clinic")
    found = verdict(GOOD, visit(change(), done, procedure=True))
    assert first_words(found.lost) == ["aftercare by email of 2026-11-02 10:00:00, due 11-03 15:00:00"]


@pytest.mark.parametrize(
    ("start", "due"), [("06:15", "08:00"), ("10:00", "10:00"), ("20:00", "19:59"), ("20:45", "19:59")]
)
def test_a_reminder_is_due_at_the_visits_wall_time_within_the_hours(start, due):
    assert days_before(change(start=at("2026-11-02", start)), 2) == at("2026-10-31", due)


@pytest.mark.parametrize(
    ("words", "time"), [("2:30 pm", "14:30"), ("8 am", "08:00"), ("12:15 am", "00:15"), ("noon", "12:00")]
)
def test_a_time_is_read_as_people_write_it(words, time):
    assert clock_time(words) == dt.time.fromisoformat(time)


WORDS = """Hi Ada,

Your appointment is booked.

Wednesday, March 4, 2026
Arrive at: 9:50 am
Starts at: 10 am
"""
CALENDAR = """BEGIN:VTIMEZONE
BEGIN:STANDARD
DTSTART:20251102T020000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=America/New_York:20260304T103000
END:VEVENT
"""


def test_a_letter_is_read_with_its_calendar():
    message = EmailMessage()
    message["Subject"], message["Message-ID"] = "Your appointment", "<1234-5678@riverbend.example.com>"
    message.set_content(WORDS)
    message.add_alternative(CALENDAR, subtype="calendar")
    found = read(Delivery("clinic@example.com", ["ada@example.com"], message), at=BOOKED, real=1.0)
    assert found == Letter(
        at=BOOKED,
        real=1.0,
        address="ada@example.com",
        message_id="1234-5678",
        told=dt.datetime(2026, 3, 4, 10, 0),  # noqa: DTZ001
        calendar=dt.datetime(2026, 3, 4, 10, 30),  # noqa: DTZ001
        subject="Your appointment",
    )


def test_a_cancellation_taken_back_and_made_again_is_told_once():
    when = [at("2026-10-31", f"12:00:{second}") for second in ("00", "10", "20")]
    changes = [
        change("cancel", when[0], status="cancelled", by="clinic"),
        change("undo", when[1], by="clinic"),
        change("cancel", when[2], status="cancelled", by="clinic"),
    ]
    told = letter("d", at("2026-10-31", "12:03"))
    kinds = KINDS | {"d": "cancelled_by_clinic"}
    found = judge([visit(change(), *changes)], Post([*GOOD[:2], told], kinds), SCENE)
    assert (found.wrong, found.lost) == ([], [])


# --- Texts ----------------------------------------------------------------------------------------------------------

PHONE = "+12125550123"
BY_TEXT = [
    Text("SM1", PHONE, "Riverbend: you are booked for Mon, Nov 2. Arrive at 9:50 am. Questions? (212) 555-0100"),
    Text("SM2", PHONE, "Riverbend: see you Mon, Nov 2. Arrive at 9:50 am. Cannot come? (212) 555-0100"),
]


def texted(text, when):
    return read_text(text, at=when, real=seconds(when))


def by_phone(*changes):
    return Visit(7, "consultation", False, "", PHONE, changes=list(changes or [change()]))


GOOD_TEXTS = [
    texted(BY_TEXT[0], BOOKED),
    texted(BY_TEXT[1], at("2026-10-31", "10:00")),
    texted(BY_TEXT[1]._replace(number="SM3"), at("2026-11-01", "10:00")),
]


def test_texts_are_read_by_their_words_and_judged_as_letters_are():
    found = verdict(GOOD_TEXTS, by_phone())
    assert (found.due, found.sent, found.wrong, found.lost) == (3, 3, [], [])


def test_a_text_with_another_hour_is_wrong():
    spoiled = texted(BY_TEXT[0]._replace(words=BY_TEXT[0].words.replace("9:50", "8:50")), BOOKED)
    assert len(verdict([spoiled, *GOOD_TEXTS[1:]], by_phone()).wrong) == 1


def test_the_same_text_twice_is_wrong_even_after_a_kill():
    again = texted(BY_TEXT[0]._replace(number="SM9"), BOOKED + MINUTE)
    assert len(verdict([*GOOD_TEXTS, again], by_phone(), kills=[0.1]).wrong) == 1


def test_no_text_arrives_at_night():
    late = change(when=at("2026-10-30", "22:00"))
    found = verdict([texted(BY_TEXT[0], late.committed), *GOOD_TEXTS[1:]], by_phone(late))
    assert first_words(found.wrong) == ["confirmation at 10-31 02:00:01Z: sent at 22:00:01"]


def test_a_text_whose_sender_died_is_the_desks_to_say():
    post = Post(GOOD_TEXTS[1:], KINDS, phoned={(PHONE, "confirmation")})
    found = judge([by_phone()], post, SCENE)
    assert (found.phoned, found.lost) == (1, [])


def test_a_lost_text_is_lost():
    assert len(verdict(GOOD_TEXTS[1:], by_phone()).lost) == 1
