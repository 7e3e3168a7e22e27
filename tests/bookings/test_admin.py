"""The diary in the admin: read-only rows, finding people, and the desk's own views."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from bookings import scheduling
from bookings.models import (
    AccessEntry,
    Appointment,
    CallbackRequest,
    ManageLink,
    Message,
    Occupancy,
    Patient,
    PossibleMatch,
    TimeOff,
)
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.user = member(roles.FRONT_DESK)
    client.force_login(client.user)
    return client


def url(name, *args):
    return reverse(f"admin:bookings_{name}", args=args)


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- Rows nobody edits by hand --------------------------------------------------------------------------------------

READ_ONLY = ["appointment", "appointmentevent", "hold", "occupancy", "message", "managelink", "accessentry", "tick"]


@pytest.mark.parametrize("model", READ_ONLY)
def test_even_an_owner_neither_changes_nor_deletes_rows_of_the_diary(model, clinic, client):
    visit = book(clinic, at("2026-03-04", "10:00"))
    rows = {"appointment": visit, "message": visit.messages.first(), "appointmentevent": visit.events.first(),
            "occupancy": visit.occupancy.first()}  # fmt: skip
    pk = rows[model].pk if model in rows else 1
    client.force_login(factories.UserFactory(is_superuser=True))
    answers = [client.post(url(f"{model}_{page}", pk), {"post": "yes"}).status_code for page in ("change", "delete")]
    assert answers == [403, 403]


def test_an_owner_adds_appointments_only_by_the_desks_own_view(clinic, client):
    client.force_login(factories.UserFactory(is_superuser=True))
    assert client.get(url("appointment_add")).templates[0].name == "admin/bookings/appointment/book.html"
    assert [client.get(url(f"{model}_add")).status_code for model in READ_ONLY[1:]] == [403] * 7


def test_a_message_shows_its_text_and_a_link_never_its_token(clinic, client):
    visit = book(clinic, at("2026-03-04", "10:00"))
    message = Message.objects.get(appointment=visit, kind="confirmation")
    link = ManageLink.objects.create(token_hash="secret-hash", appointment=visit, created_at=NOW, expires_at=NOW)
    client.force_login(factories.UserFactory(is_superuser=True))
    assert "Ada" in client.get(url("message_change", message.pk)).text
    assert "secret-hash" not in client.get(url("managelink_change", link.pk)).text


# --- Finding --------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_visits(clinic):
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550107")
    Patient.objects.filter(pk=clinic.ben.pk).update(date_of_birth="1975-02-01")
    ada = book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-05", "10:00"), patient=clinic.ben, clinician=clinic.sato)
    return ada


def found(response):
    return [visit.patient.first_name for visit in response.context["cl"].result_list]


@pytest.mark.parametrize("model", ["appointment", "patient", "message"])
def test_no_list_of_people_is_searched_by_its_address(model, two_visits, desk):
    """A name in an address stays in histories and logs; the box of these lists posts."""
    everybody, asked = (desk.get(url(f"{model}_changelist"), query) for query in ({}, {"q": "vale"}))
    assert list(asked.context["cl"].result_list) == list(everybody.context["cl"].result_list)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"day": "today"}, []),
        ({"day": "tomorrow"}, []),
        ({"day": "week"}, ["Ben", "Ada"]),
        ({"day": "past"}, []),
        ({"status__exact": "booked"}, ["Ben", "Ada"]),
        ({"status__exact": "cancelled"}, []),
    ],
)
def test_the_list_is_filtered_by_day_and_status(query, names, two_visits, desk):
    assert found(desk.get(url("appointment_changelist"), query)) == names


def test_the_list_is_filtered_by_clinician(clinic, two_visits, desk):
    assert found(desk.get(url("appointment_changelist"), {"clinician__id__exact": clinic.sato.pk})) == ["Ben"]


def test_today_is_today_on_the_clock_of_each_location(clinic, desk):
    """At 8:00 in New York a late evening in Honolulu is still yesterday there."""
    clinic.house.time_zone = "Pacific/Honolulu"
    clinic.house.save()
    book(clinic, at("2026-03-02", "09:00", clinic.house.zone))
    assert found(desk.get(url("appointment_changelist"), {"day": "today"})) == ["Ada"]
    assert found(desk.get(url("appointment_changelist"), {"day": "tomorrow"})) == []


LIST_QUERIES = {"appointment": 11, "patient": 9, "message": 9}


@pytest.mark.parametrize("model", LIST_QUERIES)
@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_costs_the_same_for_one_row_and_three(model, rows, clinic, desk, django_assert_num_queries):
    for hour in range(rows):
        book(clinic, at("2026-03-04", f"1{hour}:00"), patient=factories.PatientFactory())
    with django_assert_num_queries(LIST_QUERIES[model]):
        desk.get(url(f"{model}_changelist"))


def test_whoever_reads_a_list_or_a_visit_is_written_down(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    desk.get(url("appointment_changelist"))
    desk.get(url("appointment_change", visit.pk))
    desk.get(url("patient_change", clinic.ben.pk))
    assert list(AccessEntry.objects.order_by("pk").values_list("view", "patients")) == [
        ("admin:bookings_appointment_changelist", [clinic.ada.pk]),
        ("admin:bookings_appointment_change", [clinic.ada.pk]),
        ("admin:bookings_patient_change", [clinic.ben.pk]),
    ]


# --- Booking --------------------------------------------------------------------------------------------------------


def booking(clinic, **typed):
    """What the form sends: Ada, a consultation with whoever is free, Wednesday at 10."""
    return {
        "find": "Ada", "patient": clinic.ada.pk, "treatment": clinic.consultation.pk, "location": clinic.house.pk,
        "when": "2026-03-04T10:00", "source": "phone", "notify": "on", "form_token": "a-token", **typed,
    }  # fmt: skip


def in_diary():
    return list(
        Appointment.objects.order_by("start", "pk").values_list("patient__first_name", "clinician__slug", "status")
    )


def test_the_desk_books_for_somebody_we_know(clinic, desk):
    response = desk.post(url("appointment_add"), booking(clinic))
    assert response.url == "/admin/day/2026-03-04/?location=harbor-street"
    assert said(response) == ["Booked: Ada Vale, Wednesday, March 4, 2026, 10 am."]
    visit = Appointment.objects.get()
    assert (visit.patient, visit.start, visit.source) == (clinic.ada, at("2026-03-04", "10:00"), "phone")
    assert visit.events.get().user == desk.user


def test_the_desk_books_for_somebody_new(clinic, desk):
    new = {"find": "", "patient": "", "first_name": "Cleo", "last_name": "Ruiz", "date_of_birth": "1990-01-31",
           "phone": "(212) 555-0142", "sms_consent": "on"}  # fmt: skip
    desk.post(url("appointment_add"), booking(clinic, **new))
    cleo = Appointment.objects.get().patient
    assert (str(cleo), str(cleo.phone), cleo.sms_consent_at, cleo.created_at) == (
        "Cleo Ruiz",
        "(212) 555-0142",
        NOW,
        NOW,
    )


def test_a_walk_in_needs_no_more_than_a_first_name(clinic, desk):
    walk_in = {
        "find": "",
        "patient": "",
        "first_name": "Dot",
        "when": "2026-03-02T09:00",
        "source": "desk",
        "notify": "",
    }
    desk.post(url("appointment_add"), booking(clinic, **walk_in))
    assert in_diary() == [("Dot", "amara-ortiz", "booked")]
    assert Message.objects.exclude(kind="reminder").count() == 0


@pytest.mark.engine
def test_the_form_sent_twice_books_once(clinic, desk):
    for _again in range(2):
        desk.post(url("appointment_add"), booking(clinic))
    assert in_diary() == [("Ada", "amara-ortiz", "booked")]


def test_enter_after_typing_a_name_finds_the_patient_with_two_identifiers(clinic, desk):
    response = desk.post(url("appointment_add"), booking(clinic, patient=""))
    assert response.context["form"].errors == {"patient": ["Choose the patient, or write down a new one."]}
    assert (response.context["form"].people, response.context["form"].chosen) == ([clinic.ada], str(clinic.ada.pk))
    assert "<b>Ada Vale</b>, born May 17, 1980, ada@example.com" in response.text
    assert in_diary() == []


def test_finding_keeps_all_that_was_typed_and_complains_of_nothing(clinic, desk):
    response = desk.post(url("appointment_add"), {"look": "patient", "find": "vale", "when": "2026-03-04T10:00"})
    form = response.context["form"]
    assert (form.errors, form["when"].value(), form.chosen) == ({}, "2026-03-04T10:00", str(clinic.ada.pk))


@pytest.mark.engine
def test_a_time_that_is_taken_is_said_in_words_and_the_nearest_are_offered(clinic, desk):
    for clinician, patient in ((clinic.ortiz, clinic.ben), (clinic.sato, factories.PatientFactory())):
        book(clinic, at("2026-03-04", "10:00"), patient=patient, clinician=clinician)
    response = desk.post(url("appointment_add"), booking(clinic))
    assert response.status_code == 200
    assert response.context["form"].errors == {"when": ["Somebody has just taken that time."]}
    assert [f"{time.local_start:%H:%M}" for time in response.context["near"]] == ["09:15", "09:30", "10:30", "10:45"]


def test_one_press_takes_a_time_that_was_offered(clinic, desk):
    pick = f"2026-03-04T10:30|{clinic.house.pk}|{clinic.sato.pk}"
    desk.post(url("appointment_add"), booking(clinic, pick=pick))
    assert list(Appointment.objects.values_list("start", "clinician")) == [(at("2026-03-04", "10:30"), clinic.sato.pk)]


def test_free_times_are_shown_before_a_patient_is_known(clinic, desk):
    asked = booking(clinic, find="", patient="", when="", look="times")
    response = desk.post(url("appointment_add"), asked)
    assert response.context["form"].errors == {}
    days = response.context["offer"].days
    spread = ["09:00", "10:30", "12:00", "13:30", "15:00", "16:30"]
    assert {day.date.day: [f"{time.local_start:%H:%M}" for time, _value in day.choices] for day in days} == {
        2: spread,
        3: spread,
        4: spread,
    }


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"when": "2026-03-04T03:00"}, "when", "We do not offer that time."),
        ({"when": "2026-03-01T10:00"}, "when", "That day is over."),
        ({"when": "2026-02-30T10:00"}, "when", "Enter a date and a time, like 2026-03-02 14:30."),
        ({"when": "2026-03-04T10:00+01:00"}, "when", "Enter a date and a time, like 2026-03-02 14:30."),
        (
            {"when": "2026-03-08T02:30"},
            "when",
            "The clocks go forward and skip that time on that day. Choose another time.",
        ),
        (
            {"when": "2026-11-01T01:30"},
            "when",
            "The clocks go back and show that time twice on that day. Choose a time outside that hour.",
        ),
        ({"first_name": "Cleo"}, "first_name", "Choose somebody found, or write down somebody new: not both."),
        ({"find": "", "patient": ""}, "find", "Find the patient, or write down a new one."),
        ({"find": "Zed Nobody", "patient": ""}, "find", "Nobody found. Write them down as a new patient."),
        (
            {"find": "", "patient": "", "first_name": "Cleo", "date_of_birth": "2027-01-01"},
            "date_of_birth",
            "The date of birth must be in the past.",
        ),
    ],
)
def test_what_cannot_be_booked_is_words_on_the_form(typed, field, words, clinic, desk):
    response = desk.post(url("appointment_add"), booking(clinic, **typed))
    assert (response.status_code, response.context["form"].errors) == (200, {field: [words]})
    assert in_diary() == []


@pytest.mark.parametrize(
    "typed", [{"treatment": "999"}, {"location": "x"}, {"patient": "9" * 40}, {"pick": "1|2"}, {"look": "?"}]
)
def test_hand_made_posts_make_no_error_page(typed, clinic, desk):
    response = desk.post(url("appointment_add"), booking(clinic, **typed))
    assert response.status_code in (200, 302)


def test_a_patient_is_never_in_two_places(clinic, desk):
    book(clinic, at("2026-03-04", "10:00"))
    response = desk.post(url("appointment_add"), booking(clinic))
    assert response.context["form"].non_field_errors() == ["This patient already has an appointment at that time."]


def test_a_page_that_lists_patients_found_writes_them_down(clinic, desk):
    desk.post(url("appointment_add"), {"look": "patient", "find": "vale"})
    assert AccessEntry.objects.get().patients == [clinic.ada.pk]


# --- Overbooking ----------------------------------------------------------------------------------------------------


def test_overbooking_takes_a_name_and_a_reason(clinic, desk):
    book(clinic, at("2026-03-04", "10:00"), patient=clinic.ben)
    response = desk.post(url("appointment_overbook"), booking(clinic))
    assert set(response.context["form"].errors) == {"clinician", "overbook_reason"}
    desk.post(url("appointment_overbook"), booking(clinic, clinician=clinic.ortiz.pk, overbook_reason="Pain flare"))
    assert in_diary() == [("Ben", "amara-ortiz", "booked"), ("Ada", "amara-ortiz", "booked")]
    assert Occupancy.objects.filter(overbooked=True).count() == 1


def test_overbooking_needs_its_permission(clinic, desk):
    group = desk.user.groups.get()
    group.permissions.remove(group.permissions.get(codename="overbook_appointment"))
    assert desk.post(url("appointment_overbook"), booking(clinic)).status_code == 403


# --- Moving and ending ----------------------------------------------------------------------------------------------


def test_the_desk_moves_a_visit(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    to = {
        "location": clinic.house.pk,
        "clinician": clinic.sato.pk,
        "when": "2026-03-05T14:00",
        "version": visit.version,
    }
    response = desk.post(url("appointment_move", visit.pk), to | {"notify": "on"})
    visit.refresh_from_db()
    assert response.url == "/admin/day/2026-03-05/?location=harbor-street"
    assert (visit.start, visit.clinician, visit.status) == (at("2026-03-05", "14:00"), clinic.sato, "booked")
    assert list(visit.messages.exclude(kind="reminder").exclude(state="void").values_list("kind", flat=True)) == [
        "moved"
    ]


def test_a_move_to_a_taken_time_keeps_the_old_one_and_offers_others(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-04", "14:00"), patient=clinic.ben)
    to = {
        "location": clinic.house.pk,
        "clinician": clinic.ortiz.pk,
        "when": "2026-03-04T14:00",
        "version": visit.version,
    }
    response = desk.post(url("appointment_move", visit.pk), to)
    assert response.context["form"].errors == {"when": ["Somebody has just taken that time."]}
    assert [f"{time.local_start:%H:%M}" for time in response.context["near"]] == ["13:15", "13:30", "14:30", "14:45"]
    visit.refresh_from_db()
    assert visit.start == at("2026-03-04", "10:00")


def test_a_stale_page_changes_nothing_and_says_so(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    to = {"location": clinic.house.pk, "clinician": "", "when": "2026-03-05T14:00", "version": visit.version}
    scheduling.amend(visit, by=scheduling.By.staff(factories.UserFactory(name="Ben Quick")), now=NOW, side="left")
    response = desk.post(url("appointment_move", visit.pk), to)
    words = (
        "Ben Quick has changed this appointment (details changed, Mon, Mar 2, 8 am). "
        "Please look again; nothing you typed is lost."
    )
    assert response.context["form"].non_field_errors() == [words]
    response = desk.post(url("appointment_confirm", visit.pk), {"version": "7"})
    assert said(response) == [f"Ada Vale: {words}"]
    assert said(desk.post(url("appointment_confirm", visit.pk), {"version": "x"})) == [f"Ada Vale: {words}"] * 2
    visit.refresh_from_db()
    assert (visit.status, visit.version, visit.events.count()) == ("booked", 1, 2)


def test_cancelling_takes_a_reason(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    response = desk.post(url("appointment_cancel", visit.pk), {"version": visit.version})
    assert response.context["form"].errors == {"reason": ["This field is required."]}
    response = desk.post(
        url("appointment_cancel", visit.pk), {"version": visit.version, "reason": "clinician_away", "notify": "on"}
    )
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason, visit.occupancy.count()) == ("cancelled", "clinician_away", 0)


def test_a_request_is_approved_or_declined(clinic, desk):
    yes = book(clinic, at("2026-03-04", "10:00"), status="requested")
    no = book(clinic, at("2026-03-05", "10:00"), status="requested")
    desk.post(url("appointment_approve", yes.pk), {"version": yes.version})
    desk.post(url("appointment_decline", no.pk), {"version": no.version, "reason": "no_contact"})
    assert in_diary() == [("Ada", "amara-ortiz", "booked"), ("Ada", "amara-ortiz", "cancelled")]


def test_a_visit_goes_its_course_by_single_presses_and_one_can_be_taken_back(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    course = []
    for verb in ("check_in", "room", "undo", "start", "finish"):
        visit.refresh_from_db()
        desk.post(url(f"appointment_{verb}", visit.pk), {"version": visit.version})
        visit.refresh_from_db()
        course.append(visit.status)
    assert course == ["arrived", "in_room", "arrived", "with_clinician", "done"]


def test_a_press_that_is_not_possible_is_said_in_words(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    response = desk.post(url("appointment_check_in", visit.pk), {"version": visit.version})
    assert said(response) == ["Ada Vale: This appointment is on another day."]


def test_a_press_leads_back_to_the_page_it_stood_on_and_to_no_other_site(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    there = desk.post(url("appointment_check_in", visit.pk), {"version": visit.version, "next": "/admin/day/#visit-1"})
    elsewhere = desk.post(url("appointment_undo", visit.pk), {"version": "1", "next": "https://example.com/"})
    assert (there.url, elsewhere.url) == ("/admin/day/#visit-1", url("appointment_change", visit.pk))


def test_a_get_changes_nothing(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    for verb in ("check_in", "confirm", "miss", "undo", "cancel", "move"):
        desk.get(url(f"appointment_{verb}", visit.pk))
    visit.refresh_from_db()
    assert (visit.status, visit.version, visit.events.count()) == ("booked", 0, 1)


def test_an_editor_presses_no_button_of_the_desk(clinic, client):
    visit = book(clinic, at("2026-03-02", "10:30"))
    client.force_login(member(roles.EDITOR))
    answers = [
        client.post(url(f"appointment_{verb}", visit.pk), {"version": 0}).status_code
        for verb in ("check_in", "cancel", "move")
    ]
    assert answers == [403, 403, 403]


def test_the_page_of_a_visit_offers_what_its_status_allows(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    response = desk.get(url("appointment_change", visit.pk))
    assert [move.verb for move in response.context["moves"]] == [
        "confirm",
        "check_in",
        "miss",
        "cancel",
        "move",
        "amend",
    ]


# --- Hours and time off ---------------------------------------------------------------------------------------------


def off(clinic, **typed):
    return {
        "resource": clinic.ortiz.resource.pk,
        "kind": "leave",
        "start": "2026-03-04T09:00",
        "end": "2026-03-04T17:00",
        **typed,
    }


@pytest.mark.engine
def test_time_off_names_the_visits_it_hits_and_moves_nobody(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    response = desk.post(url("timeoff_add"), off(clinic), follow=True)
    assert response.context["hit"] == [visit]
    assert list(TimeOff.objects.values_list("start", "end")) == [(at("2026-03-04", "09:00"), at("2026-03-04", "17:00"))]
    assert in_diary() == [("Ada", "amara-ortiz", "booked")]
    assert AccessEntry.objects.get().patients == [clinic.ada.pk]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"end": "2026-03-04T09:00"}, "end"),
        ({"resource": ""}, "resource"),
        ({"start": "2026-03-08T02:30"}, "start"),
        ({"end": ""}, "end"),
    ],
)
def test_impossible_time_off_is_words_on_the_form(typed, field, clinic, desk):
    response = desk.post(url("timeoff_add"), off(clinic, **typed))
    assert (list(response.context["form"].errors), TimeOff.objects.count()) == ([field], 0)


def test_time_off_is_changed_on_the_clock_of_the_place(clinic, desk):
    closed = TimeOff.objects.create(
        location=clinic.house, start=at("2026-03-09", "09:00"), end=at("2026-03-09", "12:00")
    )
    desk.post(
        url("timeoff_change", closed.pk), {"kind": "closure", "start": "2026-03-09T10:00", "end": "2026-03-09T11:00"}
    )
    closed.refresh_from_db()
    assert (closed.kind, closed.start, closed.end) == ("closure", at("2026-03-09", "10:00"), at("2026-03-09", "11:00"))


# --- People ---------------------------------------------------------------------------------------------------------


def patient_form(patient, **typed):
    inlines = {f"appointments-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    return {"first_name": patient.first_name, "last_name": patient.last_name, "email": patient.email, "language": "en",
            "message_channel": "both", "date_of_birth": patient.date_of_birth, **inlines, **typed}  # fmt: skip


def test_consent_is_stamped_when_given_and_a_new_address_is_not_a_refused_one(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(email_refused_at=NOW)
    desk.post(
        url("patient_change", clinic.ada.pk),
        patient_form(clinic.ada, email="new@example.com", phone="+12125550107", sms_consent="on"),
    )
    clinic.ada.refresh_from_db()
    assert (clinic.ada.email, clinic.ada.email_refused_at, clinic.ada.sms_consent_at) == ("new@example.com", None, NOW)
    assert clinic.ada.history.first().history_user == desk.user


def test_a_patient_with_appointments_cannot_be_deleted_by_anybody(clinic, client):
    book(clinic, at("2026-03-04", "10:00"))
    client.force_login(factories.UserFactory(is_superuser=True))
    answers = [
        client.post(url("patient_delete", each.pk), {"post": "yes"}).status_code for each in (clinic.ada, clinic.ben)
    ]
    assert answers == [403, 302]
    assert list(Patient.objects.values_list("first_name", flat=True)) == ["Ada"]


def test_what_a_patients_row_said_before_is_read_and_never_put_back(clinic, desk):
    address = f"{url('patient_history', clinic.ada.pk)}{clinic.ada.history.first().pk}/"
    assert (desk.get(address).status_code, desk.post(address, patient_form(clinic.ada)).status_code) == (200, 403)
    assert list(AccessEntry.objects.order_by("pk").values_list("patients", "allowed")) == [
        ([clinic.ada.pk], True),
        ([], False),
    ]


def test_the_page_of_a_patient_lists_their_appointments(clinic, desk):
    book(clinic, at("2026-03-04", "10:00"))
    assert "March 4, 2026, 10 am" in desk.get(url("patient_change", clinic.ada.pk)).text


def test_the_desk_decides_whether_two_entries_are_one_person(clinic, desk):
    match = PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    desk.post(url("possiblematch_change", match.pk), {"decision": "different"})
    match.refresh_from_db()
    assert (match.decision, match.decided_at, match.decided_by) == ("different", NOW, desk.user)


def test_a_call_is_marked_as_made_once_and_only_by_a_press(clinic, desk):
    call = CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW)
    desk.get(url("callbackrequest_called", call.pk))
    call.refresh_from_db()
    assert call.done_at is None
    assert said(desk.post(url("callbackrequest_called", call.pk))) == ["Called: Cleo."]
    call.refresh_from_db()
    assert (call.done_at, call.done_by) == (NOW, desk.user)
    desk.get(url("callbackrequest_changelist"))  # shows the message away
    assert said(desk.post(url("callbackrequest_called", call.pk))) == []


def test_the_desk_writes_down_a_call_to_make(clinic, desk):
    desk.post(url("callbackrequest_add"), {"name": "Cleo", "phone": "(212) 555-0111", "best_time": "any"})
    assert list(CallbackRequest.objects.values_list("name", "created_at", "done_at")) == [("Cleo", NOW, None)]


# --- Every verb has its button --------------------------------------------------------------------------------------


def test_every_verb_of_the_table_of_moves_has_an_address(clinic):
    assert [reverse(f"admin:bookings_appointment_{verb}", args=[1]).endswith("/") for verb in scheduling.MOVES] == [
        True
    ] * len(scheduling.MOVES)


# --- Addresses and searches made by hand -----------------------------------------------------------------------------


def test_the_history_of_a_row_that_cannot_be_is_no_page(clinic, client):
    client.force_login(member(roles.MANAGER, is_superuser=True))
    models = ("bookings/patient", "bookings/timeoff", "treatments/treatment")
    assert [client.get(f"/admin/{model}/abc/history/").status_code for model in models] == [404, 404, 404]


def test_a_search_of_a_thousand_words_asks_for_fewer(clinic, desk):
    response = desk.get(url("appointment_changelist"), {"q": "a " * 1500})
    assert (response.status_code, response["Location"]) == (302, url("appointment_changelist"))


def test_a_thousand_words_find_no_patient(clinic, desk):
    response = desk.post(url("appointment_add"), {"find": "abc " * 1500, "look": "patients"})
    assert (response.status_code, list(response.context["form"].matches)) == (200, [])


def test_a_press_with_a_next_that_is_a_bare_word_is_no_error(two_visits, desk):
    response = desk.post(url("appointment_check_in", two_visits.pk), {"version": "x", "next": "nowhere"})
    assert (response.status_code, response["Location"]) == (302, "nowhere")


def test_the_first_and_the_last_day_of_all_are_no_page(clinic, desk):
    dates = ("2000-01-01", "2000-01-02", "2199-12-30", "2199-12-31")
    assert [desk.get(f"/admin/day/{date}/").status_code for date in dates] == [404, 200, 200, 404]


@pytest.mark.engine
def test_a_nul_in_an_address_or_a_search_finds_nothing(clinic, desk):
    page = desk.get(url("appointment_add"), {"location": "\x00", "clinician": "\x00", "treatment": "\x00"})
    found = desk.post(url("appointment_add"), {"find": "a\x00bc", "look": "patients"})
    assert (page.status_code, found.status_code, list(found.context["form"].matches)) == (200, 200, [])
