"""What must be known before a visit: chips, questions, answers."""

import datetime as dt

import pytest
from django.core.exceptions import FieldError

from bookings import readiness, scheduling
from bookings.models import Appointment, ReadinessAnswer
from tests import cast, factories
from tests.bookings.busy import before
from tests.cast import NOW, at
from tests.desk import book
from tests.processes import run_together

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
BY = scheduling.By.system()
LATER = at("2026-03-02", "10:30")


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    clinic.injection.uses_xray = True
    clinic.injection.save()
    return clinic


@pytest.fixture
def nurse(db):
    return factories.UserFactory(name="Maria Lopez")


def procedure(clinic, start=LATER, **options):
    return fresh(book(clinic, start, treatment=clinic.injection, **options))


def fresh(visit):
    about = ("patient", "treatment", "location", "region")
    return Appointment.objects.select_related(*about).get(pk=visit.pk)


def chips(visit, *, now=NOW):
    [found] = readiness.chips_of([fresh(visit)], now=now).values()
    return {chip.name: (chip.state, str(chip.words)) for chip in found}


def chip(visit, name, *, now=NOW):
    return chips(visit, now=now).get(name)


def said(visit, name, choice, user, *, words="", now=NOW):
    return readiness.answer(visit, name, choice, words=words, user=user, now=now)


# --- Which chips there are ------------------------------------------------------------------------------------------


def test_a_procedure_under_xray_has_them_all_and_nobody_has_asked_anything(clinic):
    assert chips(procedure(clinic)) == {
        "where": ("missing", "not asked"),
        "blood-thinner": ("missing", "not asked"),
        "allergies": ("missing", "not asked"),
        "pregnancy": ("missing", "not asked"),
        "consent": ("missing", "not asked"),
        "driver": ("missing", "not asked"),
        "first-visit": ("said", "yes"),
        "interpreter": ("missing", "not asked"),
        "access-needs": ("missing", "not asked"),
    }


def test_a_consultation_asks_for_what_concerns_it(clinic):
    visit = fresh(book(clinic, LATER))
    assert list(chips(visit)) == ["blood-thinner", "allergies", "first-visit", "interpreter", "access-needs"]
    names = ["blood-thinner", "allergies", "interpreter", "access-needs"]
    assert [question.name for question in readiness.questions_of(visit)] == names


def test_pregnancy_is_asked_where_xray_is_used(clinic):
    clinic.injection.uses_xray = False
    clinic.injection.save()
    assert chip(procedure(clinic), "pregnancy") is None


@pytest.mark.parametrize(
    ("side", "words"), [("left", "left"), ("right", "right"), ("both", "both sides"), ("middle", "middle")]
)
def test_region_and_side_are_said_as_staff_say_them(side, words, clinic):
    visit = procedure(clinic, region=factories.BodyRegionFactory(name="Neck"), side=side)
    assert chip(visit, "where") == ("said", f"Neck, {words}")


@pytest.mark.parametrize("known", [{"side": "left"}, {"region": True}])
def test_a_half_known_place_is_not_asked(known, clinic):
    if "region" in known:
        known = {"region": factories.BodyRegionFactory()}
    assert chip(procedure(clinic, **known), "where") == ("missing", "not asked")


def test_a_first_visit_is_one_before_which_none_took_place(clinic):
    region = factories.BodyRegionFactory()
    visit = procedure(clinic)
    missed = before(clinic, clinic.ada, region, 1)
    missed.status = "missed"
    missed.save()
    assert chip(visit, "first-visit") == ("said", "yes")
    before(clinic, clinic.ada, region, 0).save()
    assert chip(visit, "first-visit") is None


def test_language_and_needs_stand_in_the_entry_until_somebody_asks(clinic, nurse):
    clinic.ada.language, clinic.ada.access_needs = "es", "Chair with arms"
    clinic.ada.save()
    visit = procedure(clinic)
    assert chip(visit, "interpreter") == ("alert", "Spanish")
    assert chip(visit, "access-needs") == ("alert", "Chair with arms")
    said(visit, "interpreter", "none", nurse)
    said(visit, "access-needs", "wheelchair", nurse)
    assert chip(visit, "interpreter") == ("none", "not needed")
    assert chip(visit, "access-needs") == ("alert", "comes in a wheelchair")


# --- Answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "choice", "words", "chip_says"),
    [
        ("blood-thinner", "none", "", ("none", "none")),
        ("blood-thinner", "warfarin", "stopped on Friday", ("alert", "warfarin, stopped on Friday")),
        ("blood-thinner", "another", "fish oil", ("alert", "fish oil")),
        ("blood-thinner", "another", "", ("alert", "another")),
        ("allergies", "latex", "", ("alert", "latex")),
        ("pregnancy", "none", "", ("none", "no")),
        ("pregnancy", "possible", "", ("alert", "possible")),
        ("pregnancy", "does-not-apply", "", ("said", "does not apply")),
        ("consent", "signed", "", ("said", "signed")),
        ("consent", "signed", "words that nobody asked for", ("said", "signed")),
        ("consent", "declined", "", ("alert", "declined")),
        ("driver", "comes", "a neighbor", ("said", "somebody comes, a neighbor")),
        ("driver", "nobody", "", ("alert", "nobody yet")),
        ("blood-thinner", "another", "two\n\n lines", ("alert", "two lines")),
    ],
)
def test_an_answer_is_what_the_chip_says(question, choice, words, chip_says, clinic, nurse):
    visit = procedure(clinic)
    row = said(visit, question, choice, nurse, words=words)
    assert (row.appointment, row.user, row.at) == (visit, nurse, NOW)
    assert chip(visit, question) == chip_says


@pytest.mark.parametrize("name", readiness.QUESTIONS)
def test_every_choice_is_said_in_its_words_and_bold_where_it_matters(name, clinic, nurse):
    visit, question = procedure(clinic), readiness.QUESTIONS[name]
    for slug, label, matters in question.choices:
        said(visit, name, slug, nurse)
        state = "alert" if matters else "none" if slug == "none" else "said"
        assert chip(visit, name) == (state, str(label))


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "'; DROP TABLE x; --", "{{ 7 }}{% now 'Y' %}", "x" * 120]
)
def test_hostile_words_are_kept_as_they_were_said(words, clinic, nurse):
    visit = procedure(clinic)
    said(visit, "allergies", "another", nurse, words=words)
    assert chip(visit, "allergies") == ("alert", words)


@pytest.mark.parametrize("choice", ["", "none ", "NONE", "another\n", "0", "%s"])
def test_a_choice_is_taken_by_its_name_alone(choice, clinic, nurse):
    with pytest.raises(readiness.NotOfVisit):
        said(procedure(clinic), "blood-thinner", choice, nurse)
    assert not ReadinessAnswer.objects.exists()


def test_the_newest_answer_counts_and_the_older_ones_stay(clinic, nurse):
    visit = procedure(clinic)
    for choice in ("none", "aspirin", "none"):
        said(visit, "blood-thinner", choice, nurse)
    assert chip(visit, "blood-thinner") == ("none", "none")
    assert list(ReadinessAnswer.objects.values_list("answer", flat=True)) == ["none", "aspirin", "none"]


def test_what_stands_already_is_not_written_again(clinic, nurse):
    visit = procedure(clinic)
    first = said(visit, "driver", "comes", nurse, words="a neighbor")
    assert said(visit, "driver", "comes", factories.UserFactory(), words="a  neighbor ") == first
    assert ReadinessAnswer.objects.count() == 1


@pytest.mark.parametrize(
    ("question", "choice"),
    [("shoe-size", "none"), ("pregnancy", "none"), ("consent", "signed"), ("blood-thinner", "x")],
)
def test_what_the_visit_does_not_ask_is_refused(question, choice, clinic, nurse):
    with pytest.raises(readiness.NotOfVisit):
        said(book(clinic, LATER), question, choice, nurse)
    assert not ReadinessAnswer.objects.exists()


def test_too_many_words_are_refused(clinic, nurse):
    with pytest.raises(readiness.NotOfVisit, match="at most 120"):
        said(book(clinic, LATER), "blood-thinner", "another", nurse, words="x" * 121)


@pytest.mark.parametrize(("verb", "words"), [("cancel", "canceled or missed"), ("miss", "canceled or missed")])
def test_nothing_is_written_about_a_visit_that_does_not_take_place(verb, words, clinic, nurse):
    visit = book(clinic, LATER)
    reason = {"reason": "time"} if verb == "cancel" else {}
    getattr(scheduling, verb)(visit, by=BY, now=LATER, **reason)
    with pytest.raises(readiness.NotOfVisit, match=words):
        said(visit, "blood-thinner", "none", nurse)


def test_nothing_is_written_about_a_visit_that_is_over(clinic, nurse):
    visit = book(clinic, LATER, status="arrived")
    for verb in (scheduling.start, scheduling.finish):
        visit = verb(visit, by=BY, now=LATER)
    with pytest.raises(readiness.NotOfVisit, match="over"):
        said(visit, "blood-thinner", "none", nurse)


def test_answers_are_never_changed(clinic, nurse):
    row = said(book(clinic, LATER), "blood-thinner", "none", nurse)
    for change in (
        row.save,
        row.delete,
        ReadinessAnswer.objects.all().delete,
        lambda: ReadinessAnswer.objects.update(answer="aspirin"),
        lambda: ReadinessAnswer.objects.bulk_update([row], ["answer"]),
    ):
        with pytest.raises(FieldError, match="append-only"):
            change()


# --- Answers of other visits ----------------------------------------------------------------------------------------


def test_allergies_hold_for_a_year_and_blood_thinners_are_asked_anew(clinic, nurse):
    earlier, visit = procedure(clinic, at("2026-03-04", "10:00")), procedure(clinic, at("2026-03-11", "10:00"))
    said(earlier, "allergies", "latex", nurse)
    said(earlier, "blood-thinner", "warfarin", nurse)
    assert chip(visit, "allergies") == ("alert", "latex")
    assert chip(visit, "blood-thinner") == ("missing", "not asked (March 2, 2026: warfarin)")


def test_after_a_year_allergies_are_asked_anew(clinic, nurse):
    visit = procedure(clinic, at("2026-03-11", "10:00"))
    old = before(clinic, clinic.ada, factories.BodyRegionFactory(), 60)
    old.save()
    year_before = visit.start - dt.timedelta(days=365)
    ReadinessAnswer.objects.create(
        appointment=old, question="allergies", answer="latex", at=year_before - dt.timedelta(minutes=1), user=nurse
    )
    assert chip(visit, "allergies")[0] == "missing"
    ReadinessAnswer.objects.create(appointment=old, question="allergies", answer="latex", at=year_before, user=nurse)
    assert chip(visit, "allergies") == ("alert", "latex")


def test_an_allergy_heard_of_later_counts_for_a_visit_that_was_asked_before(clinic, nurse):
    first, second = procedure(clinic, at("2026-03-04", "10:00")), procedure(clinic, at("2026-03-11", "10:00"))
    said(second, "allergies", "none", nurse)
    said(first, "allergies", "latex", nurse)
    assert chip(second, "allergies") == ("alert", "latex")
    said(second, "allergies", "none", nurse)
    assert (chip(first, "allergies"), chip(second, "allergies")) == (("none", "none"), ("none", "none"))


def test_a_blood_thinner_heard_of_later_stands_beside_what_was_said(clinic, nurse):
    first, second = procedure(clinic, at("2026-03-04", "10:00")), procedure(clinic, at("2026-03-11", "10:00"))
    said(second, "blood-thinner", "none", nurse)
    said(first, "blood-thinner", "warfarin", nurse)
    assert chip(second, "blood-thinner") == ("alert", "none (March 2, 2026: warfarin)")
    said(second, "blood-thinner", "none", nurse)
    assert chip(second, "blood-thinner") == ("none", "none")
    assert chip(first, "blood-thinner") == ("alert", "warfarin")


def test_who_drives_and_who_signed_is_each_visits_own(clinic, nurse):
    first, second = procedure(clinic, at("2026-03-04", "10:00")), procedure(clinic, at("2026-03-11", "10:00"))
    for name, own, other in (("driver", "comes", "nobody"), ("consent", "signed", "declined")):
        said(second, name, own, nurse)
        said(first, name, other, nurse)
    assert (chip(second, "driver")[0], chip(second, "consent")[0]) == ("said", "said")


def test_what_was_known_at_a_visit_that_is_over_stays(clinic, nurse):
    over = book(clinic, LATER, status="arrived")
    said(over, "allergies", "none", nurse)
    for verb in (scheduling.start, scheduling.finish):
        over = verb(over, by=BY, now=LATER)
    visit = procedure(clinic, at("2026-03-11", "10:00"))
    said(visit, "allergies", "latex", nurse)
    assert (chip(over, "allergies"), chip(visit, "allergies")) == (("none", "none"), ("alert", "latex"))


def test_what_is_said_later_is_not_known_yet(clinic, nurse):
    visit = procedure(clinic)
    said(visit, "blood-thinner", "warfarin", nurse, now=NOW + dt.timedelta(minutes=1))
    assert chip(visit, "blood-thinner") == ("missing", "not asked")


def test_the_date_of_an_earlier_answer_is_the_places_own(clinic, nurse):
    west = factories.LocationFactory(time_zone="America/Los_Angeles")
    old = before(clinic, clinic.ada, factories.BodyRegionFactory(), 0)
    old.location = west
    old.save()
    evening = dt.datetime(2026, 2, 24, 5, 0, tzinfo=dt.UTC)  # nine in the evening of the 23rd there
    said_then = {"question": "driver", "answer": "comes", "at": evening, "user": nurse}
    ReadinessAnswer.objects.create(appointment=old, **said_then)
    assert chip(procedure(clinic), "driver") == ("missing", "not asked (February 23, 2026: somebody comes)")


def test_what_others_said_is_nobody_elses(clinic, nurse):
    said(procedure(clinic, at("2026-03-02", "13:30"), patient=clinic.ben), "allergies", "latex", nurse)
    assert chip(procedure(clinic), "allergies") == ("missing", "not asked")


def test_two_entries_of_one_person_bring_their_answers_together(clinic, nurse):
    other = factories.PatientFactory()
    said(procedure(clinic, at("2026-03-04", "10:00"), patient=other), "allergies", "latex", nurse)
    scheduling.merge(other, clinic.ada, by=BY, now=NOW)
    assert chip(procedure(clinic), "allergies") == ("alert", "latex")


def test_an_answer_that_the_list_has_no_more_is_still_shown(clinic, nurse):
    visit = procedure(clinic)
    ReadinessAnswer.objects.create(
        appointment=visit, question="blood-thinner", answer="ticlopidine", words="since 2004", at=NOW, user=nurse
    )
    assert chip(visit, "blood-thinner") == ("alert", "since 2004")


# --- What it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "past"), [(1, 1), (3, 1), (1, 300)])
def test_it_costs_two_statements(number, past, clinic, nurse, django_assert_num_queries):
    region = factories.BodyRegionFactory()
    people = [factories.PatientFactory() for _each in range(number)]
    visits = [procedure(clinic, at("2026-03-04", f"{10 + n}:00"), patient=each) for n, each in enumerate(people)]
    old = Appointment.objects.bulk_create(before(clinic, each, region, n) for each in people for n in range(past))
    ReadinessAnswer.objects.bulk_create(
        ReadinessAnswer(appointment=visit, question="allergies", answer="latex", at=visit.start, user=nurse)
        for visit in old
    )
    with django_assert_num_queries(2):
        found = readiness.chips_of(visits, now=NOW)
    assert [len(each) for each in found.values()] == [8] * number


def test_nobody_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert readiness.chips_of([], now=NOW) == {}


# --- Two hands ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_equal_presses_one_is_written(clinic, nurse):
    visit = procedure(clinic)
    asked = [{"visit": visit.pk, "user": nurse.pk, "question": "driver", "choice": "comes"}] * 6
    made = run_together("tests.bookings.clinician_racers:answer", asked)
    assert (len(set(made)), ReadinessAnswer.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_different_answers_at_once_all_are_kept_and_the_last_one_counts(clinic, nurse):
    visit = procedure(clinic)
    choices = ["none", "aspirin", "warfarin", "doac"]
    asked = [{"visit": visit.pk, "user": nurse.pk, "question": "blood-thinner", "choice": each} for each in choices]
    made = run_together("tests.bookings.clinician_racers:answer", asked)
    last = ReadinessAnswer.objects.get(pk=max(made))
    assert sorted(ReadinessAnswer.objects.values_list("answer", flat=True)) == sorted(choices)
    label = readiness.QUESTIONS["blood-thinner"].choice(last.answer)[1]
    assert chip(visit, "blood-thinner")[1] == str(label)
