"""What a clinician tells the desk: a line about a visit or the day, and a delay; once, however often it was pressed."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Delay, DeskNote, Message
from clinic import roles
from tests import cast, factories
from tests.bookings.clinicians import START, address, booked, post, said
from tests.cast import at
from tests.desk import member
from tests.processes import run_together
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
NOW = START + dt.timedelta(minutes=2)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    factories.TreatmentFactory(slug="follow-up-visit", role=Treatment.Role.FOLLOW_UP)
    return clinic


@pytest.fixture
def ortiz(clinic, client):
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    return client


# --- Messages to the desk -------------------------------------------------------------------------------------------


def test_a_message_about_a_visit_reaches_the_desk_once(clinic, ortiz):
    visit = booked(clinic)
    token = ortiz.get(address(visit, "note")).context["form_token"]
    for _press in range(2):
        assert post(ortiz, visit, "note", words="Please call a taxi.", form_token=token).url == "/schedule/"
    note = DeskNote.objects.get()
    assert (note.clinician, note.appointment, note.words) == (clinic.ortiz, visit, "Please call a taxi.")
    assert said(ortiz)[-1] == "The desk has your message."


def test_a_message_about_the_day_names_no_visit(clinic, ortiz):
    ortiz.post("/schedule/note/", {"words": "Room 2 is cold.", "form_token": "a"})
    assert DeskNote.objects.values_list("words", "appointment").get() == ("Room 2 is cold.", None)


@pytest.mark.parametrize("words", ["", "   ", "x" * 301, "a\x00b", "\u202eabc"])
def test_words_that_cannot_be_sent_are_kept(words, clinic, ortiz):
    answer = ortiz.post("/schedule/note/", {"words": words, "form_token": "a"})
    assert (answer.status_code, DeskNote.objects.count()) == (200, 0)
    assert answer.context["form_token"] == "a"


def test_a_form_that_has_said_something_else_is_sent_anew_with_its_words(clinic, ortiz):
    ortiz.post("/schedule/note/", {"words": "One.", "form_token": "a"})
    answer = ortiz.post("/schedule/note/", {"words": "Two.", "form_token": "a"})
    errors = answer.context["form"].non_field_errors()
    assert errors == ["This form was already sent with other answers. Please start again."]
    ortiz.post("/schedule/note/", {"words": "Two.", "form_token": answer.context["form_token"]})
    assert list(DeskNote.objects.values_list("words", flat=True)) == ["One.", "Two."]


def test_a_token_of_somebody_else_says_nothing_of_what_they_wrote(clinic, ortiz):
    user = member(roles.CLINICIAN, clinician=clinic.sato)
    how = {"by": scheduling.By.staff(user), "now": NOW, "form_token": "a"}
    scheduling.tell_desk(clinic.sato, "Private.", **how)
    answer = ortiz.post("/schedule/note/", {"words": "Mine.", "form_token": "a"})
    assert ("Private." in answer.text, DeskNote.objects.count()) == (False, 1)


def test_a_message_about_somebody_elses_visit_is_refused(clinic):
    visit, user = booked(clinic), member(roles.CLINICIAN, clinician=clinic.sato)
    with pytest.raises(scheduling.NotAllowed):
        scheduling.tell_desk(
            clinic.sato, "Hello.", by=scheduling.By.staff(user), now=NOW, form_token="a", appointment=visit
        )


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_message_sent_from_six_processes_at_once_is_there_once(clinic):
    user = member(roles.CLINICIAN, clinician=clinic.ortiz)
    asked = {"clinician": clinic.ortiz.pk, "user": user.pk, "words": "Hello.", "form_token": "a"}
    made = run_together("tests.bookings.clinician_racers:tell", [asked] * 6)
    assert (set(made), DeskNote.objects.count()) == ({DeskNote.objects.get().pk}, 1)


# --- Running late ---------------------------------------------------------------------------------------------------


def test_late_shows_whom_it_reaches_and_tells_them(clinic, ortiz):
    booked(clinic, start=at("2026-03-02", "11:30"))
    clinic.ben.email = ""
    clinic.ben.save()
    booked(clinic, start=at("2026-03-02", "12:00"), patient=clinic.ben)
    place = ortiz.get("/schedule/late/").context["places"][0]
    assert [(visit.patient.first_name, reachable) for visit, reachable in place.visits] == [
        ("Ada", True),
        ("Ben", False),
    ]
    ortiz.post("/schedule/late/", {"location": "harbor-street", "minutes": "20", "notify": "on"})
    assert said(ortiz) == [
        "1 patient hears of it at 10:34 am.",
        "1 patient cannot be written to: the desk is asked to phone.",
        "You run 20 minutes late.",
    ]
    words = "Running 20 minutes late. Please phone, because we cannot write to them: noon."
    assert DeskNote.objects.get().words == words
    assert Message.objects.filter(kind=Message.Kind.DELAYED).count() == 1


def test_late_can_be_said_without_telling_patients(clinic, ortiz):
    booked(clinic, start=at("2026-03-02", "11:30"))
    ortiz.post("/schedule/late/", {"location": "harbor-street", "minutes": "20"})
    assert (said(ortiz), DeskNote.objects.count()) == (["You run 20 minutes late."], 0)


def test_a_second_press_says_it_once_and_on_time_again_takes_it_back(clinic, ortiz):
    for minutes in ("20", "20", "0"):
        ortiz.post("/schedule/late/", {"location": "harbor-street", "minutes": minutes, "notify": "on"})
    assert list(Delay.objects.values_list("minutes", flat=True)) == [20, 0]
    assert said(ortiz)[-1] == "You are on time again."


@pytest.mark.parametrize("reachable", [True, False])
def test_the_same_minutes_without_telling_patients_are_something_else(reachable, clinic, ortiz):
    if not reachable:
        clinic.ada.email = ""
        clinic.ada.save()
    booked(clinic, start=at("2026-03-02", "11:30"))
    for more in ({"notify": "on"}, {}, {}, {"notify": "on"}, {"notify": "on"}):
        ortiz.post("/schedule/late/", {"location": "harbor-street", "minutes": "20", **more})
    waiting = Message.objects.filter(kind=Message.Kind.DELAYED).unsent()
    assert (Delay.objects.count(), waiting.count()) == (3, int(reachable))


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": "241"},
        {"minutes": "-5"},
        {"minutes": ""},
        {"location": "elsewhere"},
        {"location": "harbor-street\x00"},
    ],
)
@pytest.mark.engine
def test_a_delay_that_makes_no_sense_is_not_said(wrong, clinic, ortiz):
    factories.LocationFactory(slug="elsewhere")
    answer = ortiz.post("/schedule/late/", {"location": "harbor-street", "minutes": "20", **wrong})
    assert (answer.status_code, Delay.objects.count()) == (200, 0)


def test_somebody_with_no_hours_today_has_nothing_to_say(clinic, ortiz, clock):
    clock.move_to(NOW - dt.timedelta(days=1), tick=False)
    assert "You have no hours and no visits today." in ortiz.get("/schedule/late/").text
