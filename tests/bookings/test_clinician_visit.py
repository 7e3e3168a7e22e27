"""A visit's own page: all about it for its clinician, and what one press writes down there."""

import datetime as dt

import pytest

from bookings import readiness, scheduling
from bookings.models import AccessEntry, Appointment, PreparationDone, ReadinessAnswer
from clinic import roles
from tests import cast, factories
from tests.bookings.busy import before
from tests.bookings.clinicians import BY, START, address, booked, course, fresh, post, said
from tests.cast import at
from tests.desk import member
from treatments.models import PreparationStep

pytestmark = pytest.mark.django_db
NOW = START + dt.timedelta(minutes=2)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def ortiz(clinic, client):
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    return client


@pytest.fixture
def neck():
    return factories.BodyRegionFactory(slug="neck", name="Neck")


def question_of(visit, *, with_words=False):
    return next(each for each in readiness.questions_of(visit) if each.takes_words or not with_words)


# --- What it shows --------------------------------------------------------------------------------------------------


def test_the_page_says_who_what_where_and_why(clinic, ortiz, neck):
    clinic.ada.phone, clinic.ada.alert = "+12125550123", "Faints at needles."
    clinic.ada.save()
    visit = booked(clinic, treatment=clinic.injection, region=neck, side="left", reason="It burns & <b>stings</b>.")
    page = ortiz.get(address(visit)).text
    facts = [
        "10:30 am to 11 am · Harbor Street",
        "<h1>Ada Vale</h1>",
        "born May 17, 1980",
        'href="tel:+1-212-555-0123">(212) 555-0123</a>',
        "Faints at needles.",
        "Trigger point injection, <b>Neck, left</b>",
        "“It burns &amp; &lt;b&gt;stings&lt;/b&gt;.”",
        "<title>Schedule | Riverbend Pain Clinic</title>",
    ]
    assert [fact for fact in facts if fact not in page] == []


def test_whoever_reads_it_is_written_down(clinic, ortiz):
    visit = booked(clinic)
    for deed in ("", "note", "start"):
        ortiz.get(address(visit, deed))
    views = [
        ("schedule-visit", [clinic.ada.pk]),
        ("schedule-note", [clinic.ada.pk]),
        ("schedule-start", [clinic.ada.pk]),
    ]
    assert list(AccessEntry.objects.order_by("pk").values_list("view", "patients")) == views


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, ("arrive", True, False, True)),
        ("requested", ("", False, False, True)),
        ("arrived", ("start", False, False, True)),
        ("in_room", ("start", False, False, True)),
        ("with_clinician", ("finish", False, True, True)),
        ("done", ("", False, True, False)),
    ],
)
def test_what_can_be_done_follows_the_course_of_the_visit(status, expected, clinic, ortiz):
    assert ortiz.get(address(booked(clinic, status=status))).context["acts"] == expected


def test_a_visit_of_another_day_has_no_deed_but_a_message(clinic, ortiz):
    page = ortiz.get(address(booked(clinic, start=at("2026-03-03", "10:30"))))
    assert (page.context["acts"].main, "Tell the desk" in page.text) == ("", True)


@pytest.mark.parametrize("verb", ["cancel", "miss"])
def test_a_visit_that_was_given_up_is_there_to_be_read(verb, clinic, ortiz, clock):
    visit = booked(clinic, treatment=clinic.injection)
    why = {"reason": "unwell"} if verb == "cancel" else {}
    getattr(scheduling, verb)(visit, by=BY, now=NOW, **why)
    clock.move_to(NOW + dt.timedelta(days=2), tick=False)
    ortiz.force_login(clinic.ortiz.user)
    page = ortiz.get(address(visit)).text
    assert (page.count("<form"), "Ada Vale" in page) == (1, True)  # signing out


@pytest.mark.parametrize("deed", ["answer", "where", "prepared"])
def test_nothing_more_is_written_about_it(deed, clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection)
    question = question_of(visit)
    scheduling.cancel(visit, by=BY, now=NOW, reason="unwell")
    post(ortiz, fresh(visit), deed, question=question.name, choice=question.choices[0][0], side="left", step="1")
    assert (ReadinessAnswer.objects.count(), fresh(visit).side) == (0, "")
    assert said(ortiz) == ["This visit was canceled or missed."]


def test_the_course_of_the_visit_says_who_did_what(clinic, ortiz):
    visit = booked(clinic)
    desk = scheduling.By.staff(member(roles.FRONT_DESK, name="Pat Desk"))
    scheduling.check_in(visit, by=desk, now=NOW)
    page = ortiz.get(address(visit))
    assert [(str(deed.what), deed.who) for deed in page.context["deeds"]] == [
        ("booked", "system"),
        ("arrived", "Pat Desk"),
    ]


def test_the_last_visits_and_their_outcomes_stand_below(clinic, ortiz):
    earlier = before(clinic, clinic.ada, factories.BodyRegionFactory(), 0)
    earlier.outcome = "Better since <then>."
    earlier.save()
    page = ortiz.get(address(booked(clinic))).text
    assert "Better since &lt;then&gt;." in page


# --- Readiness ------------------------------------------------------------------------------------------------------


def test_an_answer_is_one_press_and_shows_at_once(clinic, ortiz):
    visit = booked(clinic, treatment=clinic.injection)
    question = question_of(visit)
    answer = post(ortiz, visit, "answer", question=question.name, choice=question.choices[0][0])
    assert answer.url == address(visit) + "#readiness"
    row = ReadinessAnswer.objects.values_list("question", "answer", "at", "user").get()
    assert row == (question.name, question.choices[0][0], NOW, clinic.ortiz.user_id)
    context = ortiz.get(address(visit)).context
    assert question.name in [each.name for each in context["closed"]]


def test_words_go_with_the_answer(clinic, ortiz):
    visit = booked(clinic, treatment=clinic.injection)
    question = question_of(visit, with_words=True)
    choice = next(slug for slug, _label, is_alert in question.choices if is_alert)
    post(ortiz, visit, "answer", question=question.name, choice=choice, words="<i>penicillin</i>")
    assert ReadinessAnswer.objects.get().words == "<i>penicillin</i>"
    page = ortiz.get(address(visit)).text
    assert ("<i>penicillin" in page, "&lt;i&gt;penicillin" in page) == (False, True)


def test_an_answer_from_the_day_leads_back_to_the_day(clinic, ortiz):
    visit = booked(clinic, treatment=clinic.injection)
    question = question_of(visit)
    answer = post(ortiz, visit, "answer", question=question.name, choice=question.choices[0][0], back="day")
    assert answer.url == "/schedule/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": "shoe_size"},
        {"question": ""},
        {"question": "x\x00"},
        {"choice": "perhaps"},
        {"choice": ""},
        {"choice": "x" * 31},
        {"words": "a\x00b"},
        {"words": "a\u202eb"},
        {"words": "x" * 121},
    ],
)
def test_an_answer_that_is_none_is_refused_in_words(wrong, clinic, ortiz):
    visit = booked(clinic, treatment=clinic.injection)
    question = question_of(visit, with_words=True)
    told = {"question": question.name, "choice": question.choices[0][0], **wrong}
    answer = post(ortiz, visit, "answer", **told)
    assert answer.status_code == (200 if "words" in wrong else 302)
    words = [str(message) for message in answer.context["messages"]] if "words" in wrong else said(ortiz)
    assert (ReadinessAnswer.objects.count(), len(words)) == (0, 1)


def test_words_of_an_answer_that_was_refused_stay_where_they_were_typed(clinic, ortiz):
    visit = booked(clinic, treatment=clinic.injection)
    question = question_of(visit, with_words=True)
    page = post(ortiz, visit, "answer", question=question.name, choice="perhaps", words='"penicillin" & more').text
    assert page.count('value="&quot;penicillin&quot; &amp; more" aria-invalid="true"') == 1
    assert ("Choose one of these." in page, page.count('<details class="stack" open>')) == (True, 0)


def test_words_about_an_answer_that_stands_stay_in_the_unfolded_list(clinic, ortiz):
    visit = booked(clinic, treatment=clinic.injection)
    question = question_of(visit, with_words=True)
    readiness.answer(visit, question.name, question.choices[0][0], user=clinic.ortiz.user, now=NOW)
    page = post(ortiz, visit, "answer", question=question.name, choice="perhaps", words="latex gloves").text
    assert (page.count('value="latex gloves"'), page.count('<details class="stack" open>')) == (1, 1)


def test_words_typed_while_the_desk_cancelled_the_visit_are_shown_again(clinic, ortiz):
    visit = booked(clinic, treatment=clinic.injection)
    question = question_of(visit, with_words=True)
    scheduling.cancel(visit, by=BY, now=NOW, reason="unwell")
    page = post(ortiz, fresh(visit), "answer", question=question.name, choice="none", words="<b>latex</b>").text
    assert "You typed: “&lt;b&gt;latex&lt;/b&gt;”" in page


# --- Preparation ----------------------------------------------------------------------------------------------------


def test_a_step_is_ticked_and_unticked_by_a_press(clinic, ortiz):
    step = PreparationStep.objects.create(treatment=clinic.consultation, days_before=0, text="Eat lightly.")
    visit = booked(clinic, start=at("2026-03-02", "14:00"))
    post(ortiz, visit, "prepared", step=step.pk, done="1")
    assert PreparationDone.objects.values_list("step", "user").get() == (step.pk, clinic.ortiz.user_id)
    post(ortiz, visit, "prepared", step=step.pk)
    assert not PreparationDone.objects.exists()


@pytest.mark.parametrize("step", ["", "0", "x", "999999", "99999999999999999999"])
def test_a_step_that_is_none_is_refused_in_words(step, clinic, ortiz):
    visit = booked(clinic, start=at("2026-03-02", "14:00"))
    post(ortiz, visit, "prepared", step=step, done="1")
    assert said(ortiz) == ["That is not a step of this visit."]


# --- What it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("earlier", [1, 3, 300])
def test_the_page_costs_the_same_for_any_past(earlier, clinic, ortiz, neck, django_assert_num_queries):
    Appointment.objects.bulk_create(before(clinic, clinic.ada, neck, number) for number in range(earlier))
    visit = booked(clinic, treatment=clinic.injection, region=neck, side="left")
    question = question_of(visit)
    for choice in [slug for slug, *_rest in question.choices][: min(earlier, 3)]:
        readiness.answer(visit, question.name, choice, user=clinic.ortiz.user, now=NOW)
    ortiz.get(address(visit))
    with django_assert_num_queries(14):
        page = ortiz.get(address(visit)).text
    assert page.count("Walks twenty minutes again.") == min(earlier, 3)


def test_every_deed_names_its_course(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    assert course(visit) == ["book", "check_in", "start"]
