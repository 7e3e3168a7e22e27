"""The answers of `./run setup`: all reasons at once, each by its place, and nothing read that is not understood."""

import datetime as dt
from pathlib import Path

import pytest
import yaml

from clinic.first_run import answers
from clinic.first_run.answers import Hours, Wrong, hours_of

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "first-run.example.yaml"
EIGHT, NOON, FIVE = dt.time(8), dt.time(12), dt.time(17)


@pytest.fixture
def example():
    return yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))


def read(found, tmp_path):
    file = tmp_path / "answers.yaml"
    file.write_text(yaml.safe_dump(found), encoding="utf-8")
    return answers.read(file)


def reasons(found, tmp_path):
    with pytest.raises(Wrong) as caught:
        read(found, tmp_path)
    return caught.value.reasons


def test_the_example_can_be_used():
    found = answers.read(EXAMPLE)
    assert (found.clinic["neutral_name"], [row["name"] for row in found.locations]) == ("Cedar Hollow", ["Main Street"])
    assert [len(part) for part in (found.treatments, found.rooms, found.clinicians)] == [7, 8, 2]


@pytest.mark.parametrize(("line", "hours"), [
    ("mon-thu 08:00-12:00", [Hours(day, EIGHT, NOON) for day in range(4)]),
    ("Monday - Tuesday 8:00 - 17:00", None),
    ("mon, wed 8:00-17:00", [Hours(0, EIGHT, FIVE), Hours(2, EIGHT, FIVE)]),
    ("Monday-Tuesday 8:00 - 17:00", [Hours(0, EIGHT, FIVE), Hours(1, EIGHT, FIVE)]),
    ("sat-sun,mon 08:00-12:00", [Hours(0, EIGHT, NOON), Hours(5, EIGHT, NOON), Hours(6, EIGHT, NOON)]),
    ("fri-mon 08:00-12:00", [Hours(day, EIGHT, NOON) for day in (0, 4, 5, 6)]),
    ("fri 08:00-00:00", [Hours(4, EIGHT, dt.time(0))]),
    ("fri 12:00-08:00", None),
    ("fri 08:00-08:00", None),
    ("fri 8-12", None),
    ("fri 08:00-25:00", None),
    ("someday 08:00-12:00", None),
    ("mon-wed-fri 08:00-12:00", None),
    ("", None),
])  # fmt: skip
def test_hours_are_read_as_people_write_them(line, hours):
    assert hours_of(line) == hours


WRONG = {
    "clinic name: is missing": lambda found: found["clinic"].pop("name"),
    "clinic time_zone: “Mars” is no time zone; write one like America/New_York": lambda found: found["clinic"].update(
        time_zone="Mars"
    ),
    "clinic address: “here” cannot be used; write one like https://clinic.example.com": lambda found: found[
        "clinic"
    ].update(address="here"),
    "server: “port” is not known; there are data, database, redis, email": lambda found: found["server"].update(port=1),
    "manager email: “me” cannot be used; write one like you@example.com": lambda found: found["manager"].update(
        email="me"
    ),
    "locations 1 phone: “12” is no phone number; write one like (212) 555-0140": lambda found: found["locations"][
        0
    ].update(phone="12"),
    "locations 1 hours: “always” cannot be read; write it like mon-thu 08:00-17:00 or mon, wed 9:00-12:30": (
        lambda found: found["locations"][0].update(hours=["always"])
    ),
    "locations 1 holidays: nothing is known of “XX”; write one like US-NY, or nothing": lambda found: found[
        "locations"
    ][0].update(holidays="XX"),
    "rooms 1 location: there is no location “Elm” in the answers": lambda found: found["rooms"][0].update(
        location="Elm"
    ),
    "rooms 6 kind: “machine” must be one of room, device, staff": lambda found: found["rooms"][5].update(
        kind="machine"
    ),
    "clinicians 2 hours: there is no location “Elm” in the answers": lambda found: found["clinicians"][1].update(
        hours={"Elm": ["mon 08:00-12:00"]}
    ),
    "clinicians: “Sam Ikeda” is there twice": lambda found: found["clinicians"].append(found["clinicians"][1]),
    "rooms: must be a list with at least one entry, each beginning with a dash": lambda found: found.update(rooms=[]),
    "staff: is no part of the answers; the parts are clinic, server, manager, locations, rooms, clinicians, treatments": (
        lambda found: found.update(staff=[])
    ),
}


@pytest.mark.parametrize("reason", WRONG)
def test_each_wrong_answer_is_said_by_its_place(reason, example, tmp_path):
    WRONG[reason](example)
    assert reasons(example, tmp_path) == [reason]


def test_all_that_is_wrong_is_said_at_once(example, tmp_path):
    example["clinic"] |= {"name": "", "time_zone": "Mars"}
    example["manager"]["email"] = "me"
    assert [each.split(":")[0] for each in reasons(example, tmp_path)] == [
        *("clinic name", "clinic time_zone", "manager email")
    ]


@pytest.mark.parametrize("text", ["", "- a", "clinic: [", "\x00", "clinic: *nobody"])
def test_what_is_no_answer_at_all_is_said(text, tmp_path):
    file = tmp_path / "answers.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Wrong, match=r"answers\.yaml: "):
        answers.read(file)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(Wrong, match="No such file"):
        answers.read(tmp_path / "none.yaml")
