"""What a clinician does to a visit: one verb a press, own visits only, and no press that is lost or done twice."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.findings import findings
from bookings.models import DeskNote, Message, NextStep
from clinic import roles
from tests import cast, factories
from tests.bookings.clinicians import BY, START, address, booked, course, fresh, post, said
from tests.cast import at
from tests.desk import book, member
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
# Ada's time has come.
NOW = START + dt.timedelta(minutes=2)
DEEDS = ["", "start", "finish", "miss", "undo", "answer", "where", "prepared", "note"]


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


@pytest.fixture
def neck():
    return factories.BodyRegionFactory(slug="neck", name="Neck")


# --- Whose visits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])
def test_a_colleagues_visit_is_missing_just_as_a_made_up_one(deed, method, clinic, ortiz):
    theirs = booked(clinic, clinician=clinic.sato)
    found = getattr(ortiz, method)(address(theirs, deed))
    made_up = getattr(ortiz, method)(address(theirs, deed).replace(theirs.reference, "ZZZZZZZZ"))
    assert (found.status_code, found.content) == (made_up.status_code, made_up.content)
    assert found.status_code in (404, 405)
    assert course(theirs) == ["book"]


@pytest.mark.parametrize("deed", DEEDS[1:])
def test_a_press_on_a_colleagues_visit_changes_nothing(deed, clinic, ortiz):
    theirs = booked(clinic, clinician=clinic.sato, status="arrived")
    answer = post(ortiz, theirs, deed, words="x", form_token="t", question="blood_thinner", choice="none")
    assert (answer.status_code, fresh(theirs).version, DeskNote.objects.count()) == (404, theirs.version, 0)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_profile_that_is_not_active_opens_nothing(deed, clinic, ortiz):
    visit = booked(clinic)
    clinic.ortiz.active = False
    clinic.ortiz.save()
    assert [ortiz.get(address(visit, deed)).status_code, post(ortiz, visit, deed).status_code] == [403, 403]


def test_an_account_that_is_not_active_signs_in_again(clinic, ortiz):
    visit = booked(clinic)
    clinic.ortiz.user.is_active = False
    clinic.ortiz.user.save()
    assert post(ortiz, visit, "start").url == f"/sign-in/?next={address(visit, 'start')}"


@pytest.mark.parametrize("deed", ["start", "finish", "miss", "undo", "answer", "where", "prepared"])
def test_a_get_changes_nothing(deed, clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    ortiz.get(address(visit, deed), {"version": visit.version})
    assert fresh(visit).version == visit.version


# --- Start ----------------------------------------------------------------------------------------------------------


def test_start_leads_back_to_the_day(clinic, ortiz):
    visit = booked(clinic, status="arrived")
    answer = post(ortiz, visit, "start")
    assert (answer.status_code, answer.url, fresh(visit).status) == (302, "/schedule/", "with_clinician")
    assert said(ortiz) == ["The visit has begun."]


def test_a_second_press_says_so_and_changes_nothing(clinic, ortiz):
    visit = booked(clinic, status="arrived")
    post(ortiz, visit, "start")
    assert post(ortiz, visit, "start").url == "/schedule/"
    assert said(ortiz) == ["The visit has begun.", "This visit has begun already."]
    assert course(visit) == ["book", "check_in", "start"]


def test_a_patient_whom_the_desk_has_not_seen_is_here_by_one_press(clinic, ortiz):
    visit = booked(clinic)
    post(ortiz, visit, "start")
    assert (course(visit), fresh(visit).status) == (["book", "check_in", "start"], "with_clinician")


def test_undo_takes_back_all_that_one_press_did(clinic, ortiz):
    visit = booked(clinic)
    post(ortiz, visit, "start")
    post(ortiz, fresh(visit), "undo")
    assert (fresh(visit).status, said(ortiz)[-1]) == ("booked", "Taken back.")


def test_a_visit_of_another_day_does_not_start(clinic, ortiz):
    visit = booked(clinic, start=at("2026-03-03", "10:30"))
    assert post(ortiz, visit, "start").url == address(visit)
    assert (course(visit), said(ortiz)) == (["book"], ["This appointment is on another day."])


def test_a_request_does_not_start(clinic, ortiz):
    visit = booked(clinic, status="requested")
    post(ortiz, visit, "start")
    assert said(ortiz) == ["This appointment is requested now, so that is not possible."]


def test_a_visit_that_the_desk_has_cancelled_says_who_and_when(clinic, ortiz):
    visit = booked(clinic, status="arrived")
    desk = scheduling.By.staff(member(roles.FRONT_DESK, name="Pat Desk"))
    scheduling.cancel(visit, by=desk, now=NOW, reason="left")
    assert post(ortiz, visit, "start").url == address(visit)
    words = "Pat Desk has changed this appointment (canceled, Mon, Mar 2, 10:32 am). Please look again; "
    assert said(ortiz) == [words + "nothing you typed is lost."]


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999", "\x00"])
def test_a_press_without_a_good_version_changes_nothing(version, clinic, ortiz):
    visit = booked(clinic, status="arrived")
    post(ortiz, visit, "start", version=version)
    assert fresh(visit).status == "arrived"


# --- Region and side ------------------------------------------------------------------------------------------------


def test_a_procedure_asks_for_region_and_side_and_starts_in_one_step(clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection, status="arrived")
    answer = post(ortiz, visit, "start")
    assert answer.url == address(visit, "start")
    assert "Ask Ada: where is it, and which side?" in ortiz.get(answer.url).text
    post(ortiz, visit, "start", asked="1", region="neck", side="left")
    visit = fresh(visit)
    assert (visit.status, visit.region, visit.side) == ("with_clinician", neck, "left")


def test_one_press_is_enough_for_somebody_whom_the_desk_has_not_seen(clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection)
    post(ortiz, visit, "start")
    assert fresh(visit).status == "booked"
    post(ortiz, visit, "start", asked="1", region="neck", side="left")
    assert course(visit) == ["book", "check_in", "amend", "start"]
    post(ortiz, fresh(visit), "undo")
    assert fresh(visit).status == "booked"


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [
        ({"region": "neck"}, {"side": ["Choose which side."]}),
        ({"side": "left"}, {"region": ["Choose where it is."]}),
        ({}, {"region": ["Choose where it is."], "side": ["Choose which side."]}),
    ],
)
def test_half_an_answer_is_asked_for_again_and_kept(chosen, wrong, clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection, status="arrived")
    answer = post(ortiz, visit, "start", asked="1", **chosen)
    assert answer.context["form"].errors == wrong
    assert answer.text.count(" checked") == len(chosen)
    assert answer.text.count("<title>Error: Schedule | ") == 1


@pytest.mark.parametrize("chosen", [{"region": "knee"}, {"region": "neck\x00"}, {"side": "up"}, {"side": "left\x00"}])
@pytest.mark.engine
def test_a_region_or_side_that_is_none_starts_nothing(chosen, clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection, status="arrived")
    answer = post(ortiz, visit, "start", **{"asked": "1", "region": "neck", "side": "left", **chosen})
    assert (answer.status_code, fresh(visit).status) == (200, "arrived")


def test_only_the_regions_of_the_treatment_are_offered(clinic, ortiz, neck):
    factories.BodyRegionFactory(slug="knee", name="Knee")
    clinic.injection.regions.add(neck)
    visit = booked(clinic, treatment=clinic.injection, status="arrived")
    assert [str(region) for region in ortiz.get(address(visit, "start")).context["regions"]] == ["Neck"]


def test_region_and_side_are_a_press_each_on_the_visits_page(clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection)
    assert post(ortiz, visit, "where", region="neck").url == address(visit) + "#readiness"
    post(ortiz, fresh(visit), "where", side="right")
    assert (fresh(visit).region, fresh(visit).side, course(visit)) == (neck, "right", ["book", "amend", "amend"])


def test_a_press_on_a_page_that_is_out_of_date_says_who_was_quicker(clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection)
    scheduling.amend(visit, by=BY, now=NOW, side="left")
    post(ortiz, visit, "where", side="right")
    assert fresh(visit).side == "left"
    assert said(ortiz)[0].startswith("The clinic has changed this appointment (details changed")


def test_the_same_side_pressed_twice_is_no_conflict(clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection)
    post(ortiz, visit, "where", side="right")
    post(ortiz, visit, "where", side="right")
    assert (said(ortiz), course(visit)) == ([], ["book", "amend"])


# --- Finish ---------------------------------------------------------------------------------------------------------


def test_finish_without_a_word_is_enough(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    assert post(ortiz, visit, "finish").url == "/schedule/"
    assert (fresh(visit).status, fresh(visit).outcome, NextStep.objects.count()) == ("done", "", 0)


def test_two_lines_are_kept_as_two(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    post(ortiz, visit, "finish", outcome="Less pain.\r\n" + "x" * 289)
    assert fresh(visit).outcome == "Less pain.\n" + "x" * 289


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({"then": "follow_up-6"}, ("follow_up", 6, "follow-up-visit")),
        ({"then": "follow_up", "weeks": "9"}, ("follow_up", 9, "follow-up-visit")),
        (
            {"then": "treatment", "treatment": "trigger-point-injection", "treatment_weeks": "2"},
            ("treatment", 2, "trigger-point-injection"),
        ),
        (
            {"then": "therapy", "therapy": "physical-therapy-session", "therapy_weeks": "0"},
            ("therapy", 0, "physical-therapy-session"),
        ),
        ({"then": "discharge"}, ("discharge", None, None)),
        ({"then": "follow_up-6", "weeks": "lots", "therapy_weeks": "999"}, ("follow_up", 6, "follow-up-visit")),
    ],
)
def test_what_comes_next_is_written_down(chosen, wanted, clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    assert post(ortiz, visit, "finish", **chosen).status_code == 302
    assert NextStep.objects.values_list("kind", "weeks", "treatment__slug").get() == wanted


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [
        ({"then": "follow_up"}, {"weeks": ["Say in how many weeks."]}),
        ({"then": "follow_up", "weeks": "-1"}, {"weeks": ["Ensure this value is greater than or equal to 0."]}),
        ({"then": "follow_up", "weeks": "105"}, {"weeks": ["Ensure this value is less than or equal to 104."]}),
        ({"then": "treatment", "treatment_weeks": "2"}, {"treatment": ["Choose which one."]}),
        ({"then": "follow_up-5"}, {"then": ["Choose one of these."]}),
        ({"outcome": "a\x00b"}, {"outcome": ["Please use letters, numbers and ordinary signs only."]}),
        ({"outcome": "a\u202eb"}, {"outcome": ["Please use letters, numbers and ordinary signs only."]}),
        ({"outcome": "x" * 301}, {"outcome": ["Ensure this value has at most 300 characters (it has 301)."]}),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(chosen, wrong, clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    answer = post(ortiz, visit, "finish", **{"outcome": "Less pain.", **chosen})
    errors = {name: [*said] for name, said in answer.context["form"].errors.items()}
    errors.pop("outcome") if "\x00" in chosen.get("outcome", "") else None
    wrong = {} if "\x00" in chosen.get("outcome", "") else wrong
    assert (errors, fresh(visit).status) == (wrong, "with_clinician")
    assert ("Less pain." in answer.text) == ("outcome" not in chosen)


def test_lone_surrogates_never_reach_the_diary(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    body = f"version={visit.version}&outcome=%ED%A0%80x".encode()
    ortiz.post(address(visit, "finish"), body, content_type="application/x-www-form-urlencoded")
    assert fresh(visit).outcome in ("", "\ufffd\ufffd\ufffdx")


def test_a_form_sent_twice_ends_the_visit_once(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    for _press in range(2):
        post(ortiz, visit, "finish", outcome="Less pain.", then="follow_up-6")
    assert said(ortiz) == ["The visit is done.", "The visit is done already."]
    assert (NextStep.objects.count(), course(visit)[-2:]) == (1, ["start", "finish"])


def test_words_typed_while_the_desk_ended_the_visit_are_kept_and_then_written(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    desk = scheduling.By.staff(member(roles.FRONT_DESK, name="Pat Desk"))
    scheduling.finish(visit, by=desk, now=NOW)
    answer = post(ortiz, visit, "finish", outcome="Less pain.", then="follow_up-6")
    assert answer.context["form"].non_field_errors()[0].startswith("Pat Desk has changed this appointment (done,")
    assert "Less pain." in answer.text
    post(ortiz, fresh(visit), "finish", outcome="Less pain.", then="follow_up-6")
    assert (fresh(visit).status, fresh(visit).outcome) == ("done", "Less pain.")
    assert (NextStep.objects.get().weeks, course(visit)[-3:]) == (6, ["finish", "undo", "finish"])
    assert [str(finding) for finding in findings(now=NOW)] == []


def test_words_typed_while_the_desk_cancelled_the_visit_are_kept(clinic, ortiz):
    visit = booked(clinic, status="arrived")
    desk = scheduling.By.staff(member(roles.FRONT_DESK, name="Pat Desk"))
    scheduling.cancel(visit, by=desk, now=NOW, reason="left")
    for version in (visit.version, fresh(visit).version):
        answer = post(ortiz, visit, "finish", version=version, outcome="Less pain.", then="follow_up-6")
        assert (answer.status_code, "Less pain." in answer.text) == (200, True)
    assert (fresh(visit).status, NextStep.objects.count()) == ("cancelled", 0)


@pytest.mark.parametrize("weeks", ["", "-1", "105", "1e3", "9" * 40, "six", "4.5", "\x00", "\u0664\u0662\u0664"])
@pytest.mark.engine
def test_weeks_that_make_no_sense_end_nothing(weeks, clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    answer = post(ortiz, visit, "finish", outcome="Less pain.", then="follow_up", weeks=weeks)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["weeks"])
    assert ("Less pain." in answer.text, fresh(visit).status) == (True, "with_clinician")


def test_a_visit_that_is_done_shows_what_was_said_of_it(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    post(
        ortiz,
        visit,
        "finish",
        outcome="Less pain.",
        then="therapy",
        therapy="physical-therapy-session",
        therapy_weeks="3",
    )
    initial = ortiz.get(address(visit, "finish")).context["form"].initial
    told = {name: initial[name] for name in ("outcome", "then", "therapy", "therapy_weeks")}
    assert told == {
        "outcome": "Less pain.",
        "then": "therapy",
        "therapy": "physical-therapy-session",
        "therapy_weeks": 3,
    }


def test_a_visit_that_has_not_begun_keeps_the_words_and_offers_to_start(clinic, ortiz):
    visit = booked(clinic, status="arrived")
    answer = post(ortiz, visit, "finish", outcome="Less pain.")
    errors = answer.context["form"].non_field_errors()
    assert errors == ["This appointment is arrived now, so that is not possible."]
    assert ("Less pain." in answer.text, "This visit has not begun. Start it first." in answer.text) == (True, True)


def test_the_outcome_is_shown_as_text(clinic, ortiz):
    visit = booked(clinic, status="with_clinician", reason="<script>alert(1)</script>")
    post(ortiz, visit, "finish", outcome="<img src=x onerror=alert(1)>")
    page = ortiz.get(address(visit)).text
    assert ("<script>alert" in page, "<img src=x" in page, "&lt;img src=x" in page) == (False, False, True)


# --- Missed ---------------------------------------------------------------------------------------------------------


def test_missed_is_asked_first_and_written_by_one_press(clinic, ortiz):
    visit = booked(clinic)
    assert "Ada did not come?" in ortiz.get(address(visit, "miss")).text
    post(ortiz, visit, "miss")
    post(ortiz, visit, "miss")
    assert (fresh(visit).status, course(visit)) == ("missed", ["book", "miss"])
    assert said(ortiz) == ["Written down as missed.", "This visit is written down as missed already."]


def test_nobody_is_missed_before_the_visit_begins(clinic, ortiz):
    visit = booked(clinic, start=at("2026-03-02", "10:45"))
    post(ortiz, visit, "miss")
    assert (fresh(visit).status, said(ortiz)) == ("booked", ["This appointment has not begun yet."])


# --- Undo -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("deed", "status"), [("start", "arrived"), ("finish", "with_clinician"), ("miss", None)])
def test_each_deed_is_taken_back_once(deed, status, clinic, ortiz):
    visit = booked(clinic, status=status)
    post(ortiz, visit, deed)
    done = fresh(visit)
    for _press in range(2):
        assert post(ortiz, done, "undo").url == "/schedule/"
    assert (fresh(visit).status, course(visit).count("undo")) == (status or "booked", 1)
    assert said(ortiz)[-2:] == ["Taken back.", "That has been taken back already."]


def test_undo_of_the_end_takes_back_what_was_to_come(clinic, ortiz):
    visit = booked(clinic, status="with_clinician")
    post(ortiz, visit, "finish", then="follow_up-6")
    post(ortiz, fresh(visit), "undo")
    assert NextStep.objects.get().withdrawn_at == NOW
    assert not Message.objects.filter(kind=Message.Kind.INVITATION).exclude(state="void").exists()


@pytest.mark.parametrize("status", [None, "arrived", "in_room", "requested"])
def test_what_the_desk_did_is_not_the_clinicians_to_take_back(status, clinic, ortiz):
    visit = booked(clinic, status=status)
    post(ortiz, visit, "undo")
    assert (fresh(visit).version, said(ortiz)) == (visit.version, ["There is nothing to take back."])


def test_yesterday_stays_as_it_was(clinic, ortiz, clock):
    visit = booked(clinic, status="done")
    clock.move_to(NOW + dt.timedelta(days=1), tick=False)
    ortiz.force_login(clinic.ortiz.user)
    post(ortiz, visit, "undo")
    assert (fresh(visit).status, said(ortiz)) == ("done", ["There is nothing to take back."])


def test_a_time_that_somebody_has_taken_meanwhile_is_not_taken_back(clinic, ortiz):
    visit = booked(clinic)
    post(ortiz, visit, "miss")
    book(clinic, START, patient=clinic.ben)
    assert post(ortiz, fresh(visit), "undo").url == address(visit)
    assert (fresh(visit).status, said(ortiz)[-1]) == ("missed", "Somebody has just taken that time.")


# --- Flashes --------------------------------------------------------------------------------------------------------


def test_what_is_said_after_a_deed_names_nobody_and_nothing_clinical(clinic, ortiz, neck):
    visit = booked(clinic, treatment=clinic.injection, reason="my knee", status="arrived")
    post(ortiz, visit, "start", asked="1", region="neck", side="left")
    post(ortiz, fresh(visit), "finish", outcome="Numb at once.", then="follow_up-6")
    post(ortiz, fresh(visit), "undo")
    words = " ".join(said(ortiz))
    assert [word for word in ("Ada", "Vale", "Neck", "left", "knee", "Numb", "injection") if word in words] == []
