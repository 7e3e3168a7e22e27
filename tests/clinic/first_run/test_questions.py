"""`./run setup` without a file: questions, each answer looked at when it is given, and a file that can be used."""

import io

import pytest
import yaml
from django.core.management import CommandError, call_command

from clinic.first_run import answers, questions
from clinic.management.commands import setup_clinic

SMALL = {
    "What is the clinic called?": "Alder Pain Clinic",
    "Name: ": "Mo Reyes",
    "Email: ": "mo@example.com",
    "Email for signing in": "",
    "What do patients call it?": "Main Street",
    "Street and number": "12 Main Street",
    "City": "Alder",
    "State": "ny",
    "Postal code": "00100",
    "Phone": "(212) 555-0140",
    "Which do you offer?": "1 3",
    "Name, without title": "Ada Lindqvist",
    "Letters": "MD",
    "Job": "Pain medicine physician",
    "How many at Main Street: Consulting room": "2",
}


class Owner:
    """Who answers by the beginning of a question, with Enter where nothing is known; lists are used up one by one."""

    def __init__(self):
        self.known, self.said, self.asked = {}, [], []

    def ask(self, words):
        self.asked.append(words)
        for begin in sorted(self.known, key=len, reverse=True):
            if words.startswith(begin):
                answer = self.known[begin]
                if isinstance(answer, list):
                    answer = answer.pop(0) if answer[1:] else answer[0]
                if isinstance(answer, BaseException):
                    raise answer
                return answer
        return ""


def interviewed(**more):
    owner, found = Owner(), {}
    owner.known = SMALL | more
    questions.interview(found, ask=owner.ask, say=owner.said.append)
    return owner, found


def test_enter_and_a_few_words_make_answers_that_can_be_used(tmp_path):
    _owner, found = interviewed()
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(found, sort_keys=False, allow_unicode=True))

    read = answers.read(file)

    assert read.clinic == {
        "name": "Alder Pain Clinic",
        "neutral_name": "Alder",
        "address": "http://localhost:8000",
        "from_email": "appointments@example.com",
        "time_zone": "America/New_York",
        "phone_region": "US",
    }
    assert read.treatments == ["consultation", "epidural-steroid-injection"]
    (place,) = read.locations
    assert (place["postal_code"], place["holidays"], len(place["hours"])) == ("00100", "US-NY", 5)
    (clinician,) = read.clinicians
    assert (clinician["treatments"], clinician["email"], list(clinician["hours"])) == (
        read.treatments,
        "",
        ["Main Street"],
    )
    assert [(room["name"], room["kind"], room["has"]) for room in read.rooms] == [
        ("Consulting room 1", "room", ["consulting-room"]),
        ("Consulting room 2", "room", ["consulting-room"]),
        ("Procedure room", "room", ["procedure-room"]),
        ("C-arm (X-ray)", "device", ["c-arm"]),
        ("Radiographer", "staff", ["radiographer"]),
        ("Recovery bay", "room", ["recovery-bay"]),
    ]


WRONG = {
    "What is the clinic called?": (["", "Alder"], "is missing"),
    "Where will the site be reached?": (
        ["alder", "https://alder.example.com"],
        "“alder” cannot be used; write one like https://clinic.example.com",
    ),
    "Its time zone": (["EST5", "UTC"], "“EST5” is no time zone; write one like America/New_York"),
    "Phone": (["12", "(212) 555-0140"], "“12” is no phone number; write one like (212) 555-0140"),
    "Whose public": (["Mars", "-"], "nothing is known of “Mars”; write one like US-NY, or nothing"),
    "When is it open?": (
        ["always", "mon 9:00-12:00"],
        "“always” cannot be read; write it like mon-thu 08:00-17:00 or mon, wed 9:00-12:30",
    ),
    "How many at Main Street: C-arm": (["two", "2"], "a number from 0 to 99"),
}


@pytest.mark.parametrize("question", WRONG)
def test_what_cannot_be_used_is_said_at_once_and_asked_again(question):
    replies, why = WRONG[question]
    owner, found = interviewed(**{question: list(replies)})

    assert ([line.strip() for line in owner.said].count(why), answers.reasons(found)) == (1, [])
    assert len([words for words in owner.asked if words.startswith(question)]) == 2


def test_a_treatment_that_is_not_offered_is_no_answer():
    owner, found = interviewed(**{"Which of these?": ["9", "2"]})
    assert found["clinicians"][0]["treatments"] == ["epidural-steroid-injection"]
    assert [line for line in owner.said if line.startswith("  “9” is not known")] != []


def test_two_places_and_two_people_who_share_no_name():
    owner, found = interviewed(
        **{
            "Is there another location?": ["yes", "no"],
            "What do patients call it?": ["Main Street", "Main Street", "North Hill"],
            "Is there another clinician?": ["yes", "no"],
            "Name, without title": ["Ada Lindqvist", "Sam Ikeda"],
            "At Main Street?": ["yes", "no"],
            "How many at North Hill": "0",
        }
    )
    assert [place["name"] for place in found["locations"]] == ["Main Street", "North Hill"]
    assert [list(each["hours"]) for each in found["clinicians"]] == [["Main Street", "North Hill"], ["North Hill"]]
    assert {room["location"] for room in found["rooms"]} == {"Main Street"}
    assert "  “Main Street” is there twice" in owner.said
    assert answers.reasons(found) == []


@pytest.mark.parametrize(
    ("name", "neutral"),
    [("Alder Pain Clinic", "Alder"), ("Cedar & Oak Spine Center", "Cedar & Oak"), ("Pain Clinic", "")],
)
def test_messages_are_offered_a_name_that_says_nothing_of_pain(name, neutral):
    assert questions.neutral(name) == neutral


# --- The command -----------------------------------------------------------------------------------------------------


def ask(monkeypatch, file, **more):
    owner, out = Owner(), io.StringIO()
    owner.known = SMALL | more
    monkeypatch.setattr(setup_clinic, "input", owner.ask, raising=False)
    call_command("setup_clinic", str(file), "--ask", stdout=out)
    return out.getvalue()


def test_the_file_that_is_written_passes_its_check(monkeypatch, tmp_path):
    file, out = tmp_path / "mine.yaml", io.StringIO()
    assert ask(monkeypatch, file).endswith(
        f"Your answers are in {file}: look through them, and add what was not asked.\n"
    )
    call_command("setup_clinic", str(file), "--check", stdout=out)
    assert out.getvalue() == f"{file} can be used.\n"


@pytest.mark.parametrize("end", [KeyboardInterrupt(), EOFError()])
def test_who_stops_half_way_keeps_what_was_answered(end, monkeypatch, tmp_path):
    file = tmp_path / "mine.yaml"
    with pytest.raises(CommandError, match="What you answered is in"):
        ask(monkeypatch, file, City=end)
    kept = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert (kept["clinic"]["name"], kept["locations"][0]["street"]) == ("Alder Pain Clinic", "12 Main Street")


def test_answers_that_are_there_are_never_asked_over(monkeypatch, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    with pytest.raises(CommandError, match="is there already"):
        ask(monkeypatch, file)
    assert file.read_text() == "mine"
