"""The oracle of the evening letters finds what is missing and what is too much."""

import datetime as dt

from tests.soak.digests import judge_digests
from tests.soak.letters import Letter
from tests.soak.oracle import Post, Verdict
from tests.soak.test_oracle import MINUTE, SCENE, at, change, visit

EVENING = at("2026-11-01", "18:00")


def letter(message_id="g", when=EVENING + MINUTE, day="November 2"):
    return Letter(when, 0.0, "ortiz@example.com", message_id, None, None, f"Your day on Monday, {day}")


def verdict(*letters, cancelled_at=None):
    changes = [change()._replace(clinician="ortiz")]
    if cancelled_at:
        changes.append(change("cancel", cancelled_at, status="cancelled")._replace(clinician="ortiz"))
    found = Verdict()
    judge_digests([visit(*changes)], Post(letters, {}, clinicians={"ortiz@example.com"}), SCENE, found)
    return found


def test_one_letter_in_the_evening_before_is_right():
    found = verdict(letter())
    assert (found.due, found.sent, found.wrong, found.lost) == (1, 1, [], [])


def test_a_missing_one_is_lost():
    assert verdict().lost == ["digest of ortiz for 2026-11-02"]


def test_a_second_one_is_wrong_and_a_copy_is_counted():
    assert len(verdict(letter(), letter("h")).wrong) == 1
    copied = verdict(letter(), letter(when=EVENING + 10 * MINUTE))
    assert (copied.duplicates, copied.wrong) == (1, [])


def test_too_early_or_about_another_day_is_wrong():
    assert len(verdict(letter(when=EVENING - MINUTE)).wrong) == 1
    assert len(verdict(letter(day="November 3")).wrong) == 1


def test_nobody_must_hear_of_a_day_whose_visit_was_cancelled_that_afternoon():
    assert verdict(cancelled_at=EVENING - dt.timedelta(hours=1)).lost == []
