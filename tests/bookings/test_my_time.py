"""A clinician's own time: what they see of it, and asking for more."""

import datetime as dt

import pytest
from django.test import Client

from bookings import scheduling
from bookings.models import AccessEntry, ExtraHours, TimeOff, TimeRequest, WorkingHours
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
PAGE = "/schedule/time/"
LEAVE = {"first": "2026-03-04", "last": "2026-03-04", "note": "Wedding", "form_token": "a-token"}
HOURS = {"location": "harbor-street", "date": "2026-03-04", "opens": "18:00", "closes": "20:00", "form_token": "hours"}


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def ortiz(clinic, client):
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    return client


@pytest.fixture
def client_of():
    """Return a function that signs a clinician in, in a browser of their own."""

    def opened(clinician):
        client = Client()
        client.force_login(member(roles.CLINICIAN, clinician=clinician))
        return client

    return opened


def hours(clinic):
    return HOURS | {"location": clinic.house.slug}


def send(client, page, data):
    """Look whom it hits, then send it."""
    shown = client.post(f"{PAGE}{page}/", data)
    return client.post(f"{PAGE}{page}/", data | {"mark": shown.context["mark"]})


def errors(response):
    return {name: list(said) for name, said in response.context["form"].errors.items()}


def session_of(clinician, weekday=2):
    return WorkingHours.objects.get(resource=clinician.resource, weekday=weekday)


def change(clinic, **data):
    page = f"session/{session_of(clinic.ortiz).pk}"
    return page, {"what": "change", "date": "2026-03-04", "opens": "09:00", "closes": "12:00", "form_token": "s"} | data


# --- The page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_for_any_number(number, clinic, ortiz, django_assert_num_queries):
    resource = clinic.ortiz.resource
    for n in range(number):
        TimeOff.objects.create(resource=resource, start=at(f"2026-04-0{n + 1}", "09:00"), end=at("2026-04-09", "09:00"))
        ExtraHours.objects.create(
            resource=resource, location=clinic.house, date=dt.date(2026, 4, n + 1), start="18:00", end="19:00"
        )
        send(ortiz, "leave", LEAVE | {"first": f"2026-05-0{n + 1}", "last": "", "form_token": f"token-{n}"})
        send(ortiz, *change(clinic, form_token=f"session-{n}"))
    ortiz.get(PAGE)
    with django_assert_num_queries(9):
        text = ortiz.get(PAGE).text
    assert text.count("waiting for an answer") == number + 1


def test_it_says_hours_leave_and_what_became_of_wishes(clinic, ortiz):
    TimeOff.objects.create(
        resource=clinic.ortiz.resource, start=at("2026-04-01", "00:00"), end=at("2026-04-03", "00:00")
    )
    TimeOff.objects.create(
        resource=clinic.sato.resource, start=at("2026-04-06", "00:00"), end=at("2026-04-07", "00:00")
    )
    send(ortiz, "leave", LEAVE)
    text = ortiz.get(PAGE).text
    assert "<b>Wednesday</b> 9 am to 5 pm, Harbor Street" in text
    assert "Wed, Apr 1, midnight to Fri, Apr 3, midnight <small>leave</small>" in text
    assert "Apr 6" not in text
    assert "<b>Leave, Wed, Mar 4</b>" in text


def test_the_title_is_neutral(ortiz):
    for page in ["", "leave/", "hours/"]:
        assert "<title>Schedule | " in ortiz.get(PAGE + page).text


def test_a_clinician_without_hours_of_their_own_has_no_page(client, clinic):
    clinician = factories.ClinicianFactory()
    client.force_login(member(roles.CLINICIAN, clinician=clinician))
    assert [client.get(PAGE + page).status_code for page in ["", "leave/", "hours/"]] == [404] * 3


# --- Whom it hits, before it is sent --------------------------------------------------------------------------------


def test_the_visits_it_hits_are_shown_before_it_is_sent(clinic, ortiz):
    visit = book(clinic, at("2026-03-04", "10:00"))
    shown = ortiz.post(f"{PAGE}leave/", LEAVE)
    assert [each.pk for each in shown.context["hit"]] == [visit.pk]
    assert not TimeRequest.objects.exists()
    assert "Ada Vale" in shown.text
    assert AccessEntry.objects.filter(patients=[clinic.ada.pk], view="my-time-leave").exists()
    sent = ortiz.post(f"{PAGE}leave/", LEAVE | {"mark": shown.context["mark"]})
    assert sent.url == PAGE
    made = TimeRequest.objects.get()
    assert (made.start, made.end) == (at("2026-03-04", "00:00"), at("2026-03-05", "00:00"))
    assert (made.note, made.state) == ("Wedding", "asked")


def test_each_has_two_identifiers_or_says_that_one_is_missing(clinic, ortiz):
    book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-04", "11:00"), patient=factories.PatientFactory(first_name="Dot", date_of_birth=None))
    shown = ortiz.post(f"{PAGE}leave/", LEAVE).text
    assert [part in shown for part in ("born May 17, 1980", "no date of birth")] == [True, True]


def test_somebody_booked_meanwhile_is_shown_and_nothing_typed_is_lost(clinic, ortiz):
    mark = ortiz.post(f"{PAGE}leave/", LEAVE).context["mark"]
    book(clinic, at("2026-03-04", "10:00"))
    again = ortiz.post(f"{PAGE}leave/", LEAVE | {"mark": mark})
    assert again.context["form"]["note"].value() == "Wedding"
    assert len(again.context["hit"]) == 1
    assert "have changed since the page was made" in again.text
    assert ortiz.post(f"{PAGE}leave/", LEAVE | {"mark": again.context["mark"]}).url == PAGE


def test_a_part_of_a_day(clinic, ortiz):
    send(ortiz, "leave", LEAVE | {"opens": "13:00", "closes": "15:30"})
    made = TimeRequest.objects.get()
    assert (made.start, made.end) == (at("2026-03-04", "13:00"), at("2026-03-04", "15:30"))


def test_hours_on_one_day(clinic, ortiz):
    assert send(ortiz, "hours", hours(clinic) | {"closes": "00:00"}).url == PAGE
    made = TimeRequest.objects.get()
    assert (made.kind, made.location, made.date, made.closes) == (
        "extra",
        clinic.house,
        dt.date(2026, 3, 4),
        dt.time(0),
    )


def test_a_session_changes_or_ends(clinic, ortiz):
    assert send(ortiz, *change(clinic)).url == PAGE
    made = TimeRequest.objects.get()
    assert (made.opens, made.closes, made.session) == (dt.time(9), dt.time(12), session_of(clinic.ortiz))
    ortiz.post(f"{PAGE}{made.pk}/withdraw/")
    assert send(ortiz, *change(clinic, what="end", form_token="an-end")).url == PAGE
    assert TimeRequest.objects.get(state="asked").opens is None


def test_sent_twice_it_asks_once(clinic, ortiz):
    assert [send(ortiz, "leave", LEAVE).url for _press in range(2)] == [PAGE] * 2
    assert TimeRequest.objects.count() == 1


def test_where_nobody_must_approve_it_is_written_at_once(clinic, ortiz, settings):
    settings.CLINIC_TIME_NEEDS_APPROVAL = False
    send(ortiz, "leave", LEAVE)
    assert TimeOff.objects.get().resource == clinic.ortiz.resource
    assert "It is written." in ortiz.get(PAGE).text


# --- Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"first": ""}, {"first": ["Choose the first day."]}),
        ({"first": "soon"}, {"first": ["Enter a valid date."]}),
        ({"first": "0001-01-01", "last": ""}, {"first": ["Choose a date in the next years."]}),
        ({"last": "9999-12-31"}, {"last": ["Choose a date in the next years."]}),
        ({"last": "2026-03-03"}, {"last": ["The last day must not be before the first."]}),
        ({"last": "2027-03-30"}, {"last": ["Leave is a year long at most."]}),
        ({"opens": "15:00", "closes": "14:00"}, {"closes": ["The end must be after the start."]}),
        ({"opens": "25:00"}, {"opens": ["Enter a valid time."]}),
        ({"note": "x" * 121}, {"note": ["Ensure this value has at most 120 characters (it has 121)."]}),
        ({"note": "a\x00b"}, {"note": ["Please use letters, numbers and ordinary signs only."]}),
        (
            {"first": "2026-03-08", "last": "", "opens": "02:30"},
            {"opens": ["The clocks go forward and skip that time on that day. Choose another time."]},
        ),
    ],
)
def test_leave_that_cannot_be_is_answered_at_its_field(typed, wrong, ortiz):
    answer = ortiz.post(f"{PAGE}leave/", LEAVE | typed)
    assert errors(answer) == wrong
    assert "<title>Error: " in answer.text
    assert not TimeRequest.objects.exists()


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"location": ""}, {"location": ["Choose where."]}),
        ({"location": "elsewhere"}, {"location": ["Choose one of these."]}),
        ({"date": ""}, {"date": ["Choose the date."]}),
        ({"opens": "", "closes": ""}, {"opens": ["Enter the time."], "closes": ["Enter the time."]}),
        ({"opens": "20:00"}, {"closes": ["The end must be after the start."]}),
    ],
)
def test_hours_that_cannot_be_are_answered_at_their_field(typed, wrong, clinic, ortiz):
    assert errors(ortiz.post(f"{PAGE}hours/", hours(clinic) | typed)) == wrong


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"what": "melt"}, {"what": ["Select a valid choice. melt is not one of the available choices."]}),
        ({"opens": ""}, {"opens": ["Enter the time."]}),
        ({"opens": "09:00", "closes": "17:00"}, {"opens": ["These are the times it has now."]}),
        ({"closes": "08:00"}, {"closes": ["The end must be after the start."]}),
    ],
)
def test_a_session_that_cannot_be_is_answered_at_its_field(typed, wrong, clinic, ortiz):
    page, data = change(clinic, **typed)
    assert errors(ortiz.post(f"{PAGE}{page}/", data)) == wrong


def test_the_past_is_refused_in_words(clinic, ortiz):
    answer = send(ortiz, "leave", LEAVE | {"first": "2026-02-02", "last": ""})
    assert errors(answer) == {"__all__": ["That lies in the past."]}


def test_a_form_without_its_token_is_no_error_of_ours(ortiz):
    answer = ortiz.post(f"{PAGE}leave/", LEAVE | {"form_token": ""})
    assert answer.status_code == 200
    assert not TimeRequest.objects.exists()


# --- Own time only --------------------------------------------------------------------------------------------------


def test_sessions_of_others_are_not_there(clinic, ortiz):
    for pk in (session_of(clinic.sato).pk, 987654):
        assert ortiz.get(f"{PAGE}session/{pk}/").status_code == 404
        assert ortiz.post(f"{PAGE}session/{pk}/", change(clinic)[1]).status_code == 404


def test_wishes_of_others_are_not_there(clinic, ortiz, client_of):
    send(client_of(clinic.sato), "leave", LEAVE)
    made = TimeRequest.objects.get()
    assert ortiz.post(f"{PAGE}{made.pk}/withdraw/").status_code == 404
    assert ortiz.post(f"{PAGE}987654/withdraw/").status_code == 404
    assert "Mar 4" not in ortiz.get(PAGE).text
    assert TimeRequest.objects.get().state == "asked"


def test_what_is_decided_is_not_taken_back(clinic, ortiz):
    send(ortiz, "leave", LEAVE)
    made = TimeRequest.objects.get()
    by = scheduling.By.staff(member(roles.MANAGER, name="Theo Marsh"))
    scheduling.decline_time(made, by=by, now=NOW, answer="Two are away")
    answer = ortiz.post(f"{PAGE}{made.pk}/withdraw/", follow=True)
    assert "Theo Marsh decided this already" in answer.text
    assert "<q>Two are away</q>" in answer.text
