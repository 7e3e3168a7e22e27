"""The booking panel: phone booking, walk-in and overbooking, with htmx and without."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from bookings import scheduling
from bookings.desk.offering import offer
from bookings.forms.who import guess
from bookings.models import AccessEntry, Appointment, Message, Occupancy, Patient, TimeOff
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


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
    return reverse(f"admin:desk-{name}", args=args)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def typed(clinic, **more):
    """What the panel sends: Ada, a consultation with Dr. Ortiz, Wednesday at 10, from the list."""
    pick = f"2026-03-04T10:00|{clinic.house.pk}|{clinic.ortiz.pk}"
    return {
        "find": "ada", "patient": clinic.ada.pk, "treatment": clinic.consultation.pk, "location": clinic.house.pk,
        "clinician": "", "pick": pick, "when": "", "source": "phone", "notify": "on", "form_token": "a-token", **more,
    }  # fmt: skip


def new(clinic, **more):
    """As `typed`, for somebody nobody has heard of."""
    return typed(clinic, **{"find": "cleo ruiz", "guessed_from": "cleo ruiz", "patient": "new", "first_name": "Cleo",
                            "last_name": "Ruiz", "date_of_birth": "1990-01-31", **more})  # fmt: skip


def diary():
    rows = Appointment.objects.order_by("start", "pk")
    return [(f"{row.patient}", row.clinician.slug, f"{row.local_start:%a %H:%M}", row.status) for row in rows]


def offered(response):
    """Return the times shown, by day, and the one that is chosen."""
    days = {
        f"{day.date:%a}": [f"{time.local_start:%H:%M}" for time, _value in day.choices]
        for day in response.context["offer"].days
    }
    return days, response.context["chosen_time"]


# --- Opening it -----------------------------------------------------------------------------------------------------


def test_the_panel_is_a_fragment_beside_the_board_and_a_page_alone(clinic, desk):
    fragment, page = desk.get(url("book"), headers=HTMX), desk.get(url("book"))
    assert [template.name for template in (fragment.templates[0], page.templates[0])] == [
        "admin/bookings/panel/book.html",
        "admin/bookings/panel/page.html",
    ]
    assert ("data-panel" in fragment.text, "<html" in fragment.text, 'id="panel"' in page.text) == (True, False, True)


def test_it_begins_in_the_search(clinic, desk):
    assert desk.get(url("book"), headers=HTMX).text.count("autofocus") == 1


def test_a_free_gap_brings_its_place_its_clinician_and_its_time(clinic, desk):
    asked = {
        "location": "harbor-street",
        "clinician": "ben-sato",
        "when": "2026-03-04T10:00",
        "treatment": "consultation",
    }
    response = desk.get(url("book"), asked)
    days, chosen = offered(response)
    assert chosen == f"2026-03-04T10:00|{clinic.house.pk}|{clinic.sato.pk}"
    assert days["Wed"] == ["10:00", "11:15", "12:30", "13:45", "15:00", "16:30"]


def test_a_gap_that_is_too_short_chooses_nothing_and_says_so(clinic, desk):
    book(clinic, at("2026-03-04", "10:15"))
    asked = {"clinician": "amara-ortiz", "when": "2026-03-04T10:00", "treatment": "consultation"}
    response = desk.get(url("book"), asked)
    assert (offered(response)[0]["Wed"][0], offered(response)[1]) == ("10:45", "")
    assert "10 am on Wed, Mar 4 is not free for this." in response.text


def test_without_a_gap_no_time_is_chosen_for_anybody(clinic, desk):
    days, chosen = offered(desk.get(url("book"), {"treatment": "consultation"}))
    spread = ["09:00", "10:30", "12:00", "13:30", "15:00", "16:30"]
    assert (days, chosen) == ({"Mon": spread, "Tue": spread, "Wed": spread}, "")


def test_the_treatment_of_the_last_booking_is_there_already(clinic, desk):
    assert desk.get(url("book")).context["form"]["treatment"].value() is None
    desk.post(url("book"), typed(clinic))
    assert desk.get(url("book")).context["form"]["treatment"].value() == clinic.consultation.pk


@pytest.mark.parametrize("query", [{"when": "x"}, {"location": "\x00"}, {"patient": "9" * 40}, {"booked": "x\x00"}])
def test_hand_made_addresses_make_no_error_page(query, clinic, desk):
    assert desk.get(url("book"), query).status_code in (200, 404)


@pytest.mark.parametrize("name", ["book", "patients", "times", "walk-in", "park"])
def test_an_editor_books_nobody(name, clinic, client):
    client.force_login(member(roles.EDITOR))
    assert client.post(url(name)).status_code == 403


@pytest.mark.parametrize("name", ["patients", "times", "park"])
def test_names_are_looked_for_by_post_alone(name, clinic, desk):
    assert desk.get(url(name)).status_code == 405


# --- Finding the patient --------------------------------------------------------------------------------------------


def found(response):
    return [str(patient) for patient in response.context["form"].people], response.context["form"].chosen


@pytest.fixture
def namesakes(clinic):
    return [factories.PatientFactory(first_name=name, last_name="Valens") for name in ("Adam", "Bea")]


def test_typing_shows_who_fits_with_two_identifiers_phone_and_alert(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550107", alert="Needs an interpreter")
    response = desk.post(url("patients"), {"find": "vale"}, headers=HTMX)
    assert found(response) == (["Ada Vale"], str(clinic.ada.pk))
    ids = '<b>Ada Vale</b>, born May 17, 1980, <span class="panel-phone">(212) 555-0107</span>'
    assert ids in response.text
    assert "Alert: Needs an interpreter" in response.text
    assert AccessEntry.objects.get().patients == [clinic.ada.pk]


def test_of_several_nobody_is_chosen(namesakes, clinic, desk):
    assert found(desk.post(url("patients"), {"find": "vale"}, headers=HTMX)) == (
        ["Ada Vale", "Adam Valens", "Bea Valens"],
        "",
    )


def test_who_was_chosen_stays_chosen_while_the_search_still_fits(namesakes, clinic, desk):
    chosen = {"find": "vale", "patient": namesakes[1].pk}
    assert found(desk.post(url("patients"), chosen, headers=HTMX))[1] == str(namesakes[1].pk)


def test_one_who_was_merged_into_another_is_found_no_more(namesakes, clinic, desk):
    Patient.objects.filter(pk=namesakes[0].pk).update(merged_into=clinic.ada)
    assert found(desk.post(url("patients"), {"find": "adam"}, headers=HTMX)) == ([], "new")


def test_fewer_than_three_letters_find_nobody(clinic, desk):
    response = desk.post(url("patients"), {"find": "ad"}, headers=HTMX)
    assert (found(response)[0], "Three letters at least." in response.text) == ([], True)


@pytest.mark.parametrize("hostile", ["\x00\x00\x00", "a" * 10_000, "a " * 5_000, "%%%", "'; --"])
def test_hostile_searches_find_nobody(hostile, clinic, desk):
    assert found(desk.post(url("patients"), {"find": hostile}, headers=HTMX))[0] == []


@pytest.mark.parametrize("people", [1, 3])
def test_typing_costs_the_same_for_one_and_for_three(people, clinic, desk, django_assert_num_queries):
    for _each in range(people):
        factories.PatientFactory(last_name="Zeller")
    desk.post(url("patients"), {"find": "zel"}, headers=HTMX)
    # Session, user, permissions (two), patients, and the access log.
    with django_assert_num_queries(5):
        response = desk.post(url("patients"), {"find": "zel"}, headers=HTMX)
    assert len(found(response)[0]) == people


def test_without_javascript_the_search_is_a_page_that_keeps_everything(clinic, desk):
    response = desk.post(url("patients"), typed(clinic, patient="", reason="Sore since May"))
    assert found(response) == (["Ada Vale"], str(clinic.ada.pk))
    assert (response.context["form"]["reason"].value(), response.context["form"].errors) == ("Sore since May", {})


@pytest.mark.parametrize(
    ("text", "first", "last", "born", "phone"),
    [
        ("zoe quill", "Zoe", "Quill", "", ""),
        ("Zoe de la Quill", "Zoe de la", "Quill", "", ""),
        ("Quill, Zoe", "Zoe", "Quill", "", ""),
        ("Zoe", "Zoe", "", "", ""),
        ("McCall", "McCall", "", "", ""),
        ("zoe quill 5/17/1980", "Zoe", "Quill", "1980-05-17", ""),
        ("(212) 555-0142 Zoe", "Zoe", "", "", "(212) 555-0142"),
        ("1980-05-17", "", "", "1980-05-17", ""),
        ("", "", "", "", ""),
    ],
)
def test_what_was_typed_begins_the_entry_of_somebody_new(text, first, last, born, phone):
    assert guess(text) == {"first_name": first, "last_name": last, "date_of_birth": born, "phone": phone, "email": ""}


def test_somebody_nobody_knows_is_written_down_with_what_was_typed(clinic, desk):
    response = desk.post(url("patients"), {"find": "zoe quill"}, headers=HTMX)
    form = response.context["form"]
    assert found(response) == ([], "new")
    assert (form["first_name"].value(), form["last_name"].value()) == ("Zoe", "Quill")
    assert "Nobody found: write them down as a new patient." in response.text


def test_a_longer_search_fills_in_again_but_never_over_what_was_typed_by_hand(clinic, desk):
    so_far = {"find": "zoe quillon", "guessed_from": "zoe quil", "first_name": "Zoë", "last_name": "Quil"}
    form = desk.post(url("patients"), so_far, headers=HTMX).context["form"]
    assert (form["first_name"].value(), form["last_name"].value(), form["guessed_from"].value()) == (
        "Zoë",
        "Quillon",
        "zoe quillon",
    )


# --- Times ----------------------------------------------------------------------------------------------------------


def test_choosing_a_treatment_or_a_clinician_shows_the_times_again(clinic, desk):
    book(clinic, at("2026-03-03", "09:00"), clinician=clinic.sato)
    asked = {"treatment": clinic.consultation.pk, "location": clinic.house.pk, "clinician": clinic.sato.pk}
    response = desk.post(url("times"), asked, headers=HTMX)
    assert response.templates[0].name == "admin/bookings/panel/times.html"
    assert offered(response)[0]["Tue"][0] == "09:30"


def test_a_time_that_was_chosen_stays_chosen(clinic, desk):
    asked = typed(clinic, pick=f"2026-03-03T10:30|{clinic.house.pk}|{clinic.ortiz.pk}")
    assert offered(desk.post(url("times"), asked, headers=HTMX))[1] == asked["pick"]


def test_without_a_treatment_there_are_no_times_yet(clinic, desk):
    response = desk.post(url("times"), {"location": clinic.house.pk}, headers=HTMX)
    assert (response.context["offer"], "Choose the treatment to see free times." in response.text) == (None, True)


def test_a_day_is_shown_whole(clinic, desk):
    days, _chosen = offered(desk.post(url("times"), typed(clinic, day="2026-03-05"), headers=HTMX))
    assert (list(days), len(days["Thu"]), days["Thu"][-1]) == (["Thu"], 31, "16:30")


def test_later_times_begin_after_the_last_day_shown(clinic, desk):
    first = desk.post(url("times"), typed(clinic, pick=""), headers=HTMX)
    assert first.context["offer"].later == dt.date(2026, 3, 5)
    days, _chosen = offered(desk.post(url("times"), typed(clinic, later="2026-03-05"), headers=HTMX))
    assert list(days) == ["Thu", "Fri", "Mon"]


def test_the_desk_knows_no_notice_and_no_horizon(clinic):
    wanted = {"treatment": clinic.consultation, "location": clinic.house, "clinician": clinic.ortiz}
    at_ten = at("2026-03-02", "10:00")
    assert offer(wanted, now=at_ten).days[0].choices[0].time.start == at_ten
    assert offer(wanted | {"day": dt.date(2027, 3, 2)}, now=NOW).days[0].date == dt.date(2027, 3, 2)


def test_a_place_without_free_times_says_so(clinic, desk):
    away = {"start": at("2026-03-01", "00:00"), "end": at("2026-06-01", "00:00"), "kind": "leave"}
    TimeOff.objects.create(resource=clinic.ortiz.resource, **away)
    response = desk.post(url("times"), typed(clinic, clinician=clinic.ortiz.pk), headers=HTMX)
    assert (offered(response)[0], "No free time there." in response.text) == ({}, True)


def test_region_and_side_are_asked_where_the_treatment_has_them(clinic, desk):
    asked = [
        'name="side"' in desk.post(url("times"), typed(clinic, treatment=each.pk), headers=HTMX).text
        for each in (clinic.consultation, clinic.injection)
    ]
    assert asked == [False, True]


def test_without_javascript_times_are_a_page_that_keeps_everything(clinic, desk):
    response = desk.post(url("times"), typed(clinic, reason="Sore"))
    assert (response.templates[0].name, response.context["form"]["reason"].value()) == (
        "admin/bookings/panel/page.html",
        "Sore",
    )


# --- Booking --------------------------------------------------------------------------------------------------------


def test_booking_says_who_when_with_whom_where_and_when_they_hear(clinic, desk):
    response = desk.post(url("book"), typed(clinic), headers=HTMX)
    assert (response.status_code, response.headers["HX-Trigger"]) == (200, "board-changed")
    assert diary() == [("Ada Vale", "amara-ortiz", "Wed 10:00", "booked")]
    for words in (
        "<b>Ada Vale</b>, born May 17, 1980",
        "Wednesday, March 4, 2026, 10 am",
        "Amara Ortiz, Harbor Street",
        "The confirmation goes out at 8:02 am.",
    ):
        assert words in response.text
    assert AccessEntry.objects.get().patients == [clinic.ada.pk]


def test_without_javascript_booking_leads_to_a_page_that_can_be_loaded_again(clinic, desk):
    response = desk.post(url("book"), typed(clinic))
    visit = Appointment.objects.get()
    assert response.url == f"/admin/desk/book/?booked={visit.pk}"
    assert [desk.get(response.url).context["visit"] for _again in range(2)] == [visit, visit]


def test_nobody_is_told_where_the_box_is_not_ticked(clinic, desk):
    response = desk.post(url("book"), typed(clinic, notify=""), headers=HTMX)
    assert Message.objects.exclude(kind="reminder").count() == 0
    assert "No confirmation is sent." in response.text


def test_who_cannot_be_written_to_is_phoned(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(email="")
    assert "No message can reach them." in desk.post(url("book"), typed(clinic), headers=HTMX).text


def test_undo_takes_the_booking_back_and_nothing_was_sent(clinic, desk):
    desk.post(url("book"), typed(clinic), headers=HTMX)
    visit = Appointment.objects.get()
    undo = {"version": visit.version, "next": f"{url('book')}?changed=1"}
    response = desk.post(reverse("admin:bookings_appointment_undo", args=[visit.pk]), undo, headers=HTMX, follow=True)
    assert (response.headers["HX-Trigger"], Appointment.objects.get().status) == ("board-changed", "cancelled")
    assert set(Message.objects.values_list("state", flat=True)) == {"void"}


def test_region_and_side_are_written_down_and_only_where_they_are_asked(clinic, desk):
    shoulder = factories.BodyRegionFactory()
    desk.post(url("book"), typed(clinic, treatment=clinic.injection.pk, region=shoulder.pk, side="left"))
    more = {"pick": f"2026-03-05T10:00|{clinic.house.pk}|{clinic.ortiz.pk}", "form_token": "another"}
    desk.post(url("book"), typed(clinic, region=shoulder.pk, side="left", **more))
    assert [(visit.region, visit.side) for visit in Appointment.objects.order_by("start")] == [
        (shoulder, "left"),
        (None, ""),
    ]


@pytest.mark.engine
@pytest.mark.parametrize("make", [typed, new])
def test_the_form_sent_twice_books_once(make, clinic, desk):
    first, second = (desk.post(url("book"), make(clinic)) for _again in range(2))
    assert (Appointment.objects.count(), first.url) == (1, second.url)


def test_a_choice_older_than_the_search_books_nobody(clinic, desk):
    response = desk.post(url("book"), typed(clinic, find="okafor"), headers=HTMX)
    assert response.context["form"].errors == {
        "patient": ["The patient chosen is not the one you typed. Choose again."]
    }
    assert (found(response), diary()) == ((["Ben Okafor"], str(clinic.ben.pk)), [])


def test_enter_before_a_time_is_chosen_asks_for_one_and_keeps_the_rest(clinic, desk):
    response = desk.post(url("book"), typed(clinic, pick="", reason="Sore"), headers=HTMX)
    form = response.context["form"]
    assert (form.errors, form["reason"].value(), form.chosen) == (
        {"when": ["Choose a time."]},
        "Sore",
        str(clinic.ada.pk),
    )


@pytest.mark.parametrize("when", ["x", "2026-03-08T02:30", "2026-03-04T03:00"])
def test_a_time_of_the_list_counts_whatever_was_typed_earlier(when, clinic, desk):
    desk.post(url("book"), typed(clinic, when=when))
    assert diary() == [("Ada Vale", "amara-ortiz", "Wed 10:00", "booked")]


def test_a_chosen_time_without_a_treatment_asks_for_one(clinic, desk):
    response = desk.post(url("book"), typed(clinic, treatment="", when="x"), headers=HTMX)
    assert response.context["form"].errors == {"treatment": ["This field is required."]}


def test_an_exact_time_can_be_typed(clinic, desk):
    desk.post(url("book"), typed(clinic, pick="typed", when="2026-03-04T10:05", clinician=clinic.sato.pk))
    assert diary() == [("Ada Vale", "ben-sato", "Wed 10:05", "booked")]


@pytest.mark.engine
def test_a_time_that_was_taken_meanwhile_is_said_and_the_nearest_are_a_press_away(clinic, desk):
    book(clinic, at("2026-03-04", "10:00"), patient=clinic.ben)
    response = desk.post(url("book"), typed(clinic, reason="Sore"), headers=HTMX)
    assert response.context["form"].errors == {"when": ["Somebody has just taken that time."]}
    assert [f"{time.local_start:%H:%M}" for time in response.context["near"]] == ["09:15", "09:30", "10:30", "10:45"]
    assert (response.context["form"]["reason"].value(), found(response)[1]) == ("Sore", str(clinic.ada.pk))
    desk.post(url("book"), typed(clinic, pick=f"2026-03-04T10:30|{clinic.house.pk}|{clinic.ortiz.pk}"))
    assert ("Ada Vale", "amara-ortiz", "Wed 10:30", "booked") in diary()


@pytest.mark.parametrize(
    "pick",
    [
        "2026-03-04T10:00|999|1",
        "2026-03-04T10:00|x|y",
        "never|1|1",
        "2026-03-04T03:00|{place}|{person}",
        "\x00|\x00|\x00",
    ],
)
def test_a_tampered_choice_books_nothing(pick, clinic, desk):
    pick = pick.format(place=clinic.house.pk, person=clinic.ortiz.pk)
    response = desk.post(url("book"), typed(clinic, pick=pick), headers=HTMX)
    assert (response.status_code, bool(response.context["form"].errors), diary()) == (200, True, [])


@pytest.mark.parametrize("name", ["find", "reason", "first_name", "overbook_reason", "form_token", "guessed_from"])
@pytest.mark.parametrize("value", ["\x00", "a" * 10_000])
def test_hostile_text_is_words_on_the_form_and_no_error_page(name, value, clinic, desk):
    response = desk.post(url("book"), typed(clinic, **{name: value}), headers=HTMX)
    assert (response.status_code, diary() == [] or name in ("overbook_reason", "guessed_from")) == (200, True)


# --- Somebody new, who may be known ---------------------------------------------------------------------------------


def test_somebody_new_is_booked_with_what_was_written_down(clinic, desk):
    desk.post(url("book"), new(clinic, phone="(212) 555-0142", sms_consent="on"))
    cleo = Appointment.objects.get().patient
    assert (str(cleo), cleo.date_of_birth, str(cleo.phone), cleo.sms_consent_at) == (
        "Cleo Ruiz",
        dt.date(1990, 1, 31),
        "(212) 555-0142",
        NOW,
    )


def test_the_first_enter_after_an_unknown_name_shows_the_entry_and_the_second_books(clinic, desk):
    form = desk.post(url("book"), typed(clinic, find="cleo ruiz", patient=""), headers=HTMX).context["form"]
    assert form.errors == {"find": ["Nobody found. Write them down as a new patient."]}
    shown = {name: form[name].value() for name in ("first_name", "last_name", "guessed_from")}
    assert (shown["first_name"], shown["last_name"], form.chosen) == ("Cleo", "Ruiz", "new")
    desk.post(url("book"), typed(clinic, find="cleo ruiz", patient="new", **shown))
    assert diary() == [("Cleo Ruiz", "amara-ortiz", "Wed 10:00", "booked")]


@pytest.mark.parametrize(
    ("same", "shared"),
    [
        ({"last_name": "vale", "date_of_birth": "1980-05-17"}, "date of birth, last name"),
        ({"email": "ADA@example.com"}, "email"),
        ({"phone": "(212) 555-0107"}, "phone"),
    ],
)
def test_somebody_new_who_may_be_known_is_asked_about_before_anything_is_saved(same, shared, clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550107")
    response = desk.post(url("book"), new(clinic, **same), headers=HTMX)
    form = response.context["form"]
    assert form.errors == {"patient": ["We may know this person already."]}
    assert [(each.patient, each.shared) for each in form.alike] == [(clinic.ada, shared)]
    assert "<b>Ada Vale</b>, born May 17, 1980" in response.text
    assert (diary(), Patient.objects.count(), form["first_name"].value()) == ([], 2, "Cleo")


def test_one_press_books_for_the_known_one(clinic, desk):
    desk.post(url("book"), new(clinic, email="ada@example.com", known=clinic.ada.pk))
    assert (diary(), Patient.objects.count()) == ([("Ada Vale", "amara-ortiz", "Wed 10:00", "booked")], 2)


def test_one_press_says_that_it_is_somebody_else(clinic, desk):
    desk.post(url("book"), new(clinic, email="ada@example.com", somebody_else=str(clinic.ada.pk)))
    assert (diary(), Patient.objects.count()) == ([("Cleo Ruiz", "amara-ortiz", "Wed 10:00", "booked")], 3)


def test_that_is_not_said_of_one_who_was_not_shown(clinic, desk):
    response = desk.post(
        url("book"), new(clinic, email="ada@example.com", somebody_else=str(clinic.ben.pk)), headers=HTMX
    )
    assert [each.patient for each in response.context["form"].alike] == [clinic.ada]


def test_the_merged_entry_of_a_known_patient_warns_nobody(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(merged_into=clinic.ben)
    desk.post(url("book"), new(clinic, email="ada@example.com"))
    assert diary() == [("Cleo Ruiz", "amara-ortiz", "Wed 10:00", "booked")]


# --- Overbooking ----------------------------------------------------------------------------------------------------


def overbooking(clinic, **more):
    return typed(clinic, pick="typed", when="2026-03-04T10:00", clinician=clinic.ortiz.pk, overbook="on", **more)


def test_overbooking_in_the_panel_takes_a_reason(clinic, desk):
    book(clinic, at("2026-03-04", "10:00"), patient=clinic.ben)
    response = desk.post(url("book"), overbooking(clinic), headers=HTMX)
    assert response.context["form"].errors == {"overbook_reason": ["Say why this time is overbooked."]}
    desk.post(url("book"), overbooking(clinic, overbook_reason="Pain flare"))
    assert [row[:3] for row in diary()] == [
        ("Ben Okafor", "amara-ortiz", "Wed 10:00"),
        ("Ada Vale", "amara-ortiz", "Wed 10:00"),
    ]
    assert Occupancy.objects.filter(overbooked=True).count() == 1


def test_overbooking_in_the_panel_takes_a_permission(clinic, desk):
    group = desk.user.groups.get()
    group.permissions.remove(group.permissions.get(codename="overbook_appointment"))
    book(clinic, at("2026-03-04", "10:00"), patient=clinic.ben)
    assert 'name="overbook"' not in desk.get(url("book")).text
    response = desk.post(url("book"), overbooking(clinic, overbook_reason="Pain flare"), headers=HTMX)
    assert response.context["form"].non_field_errors() == ["You may not overbook."]
    assert Appointment.objects.count() == 1


# --- Walk-in --------------------------------------------------------------------------------------------------------


def walking_in(clinic, **more):
    house = {"treatment": clinic.consultation.pk, "location": clinic.house.pk, "clinician": ""}
    return {"find": "dot miller", "patient": "new", "form_token": "a-token", "walk_in": "1", **house, **more}


def test_a_walk_in_takes_a_name_and_enter(clinic, desk):
    form = desk.get(url("walk-in"), headers=HTMX).context["form"]
    assert [form[name].value() for name in ("treatment", "location", "clinician")] == [
        clinic.consultation.pk,
        clinic.house.pk,
        None,
    ]
    response = desk.post(url("walk-in"), walking_in(clinic), headers=HTMX)
    assert response.headers["HX-Trigger"] == "board-changed"
    assert diary() == [("Dot Miller", "amara-ortiz", "Mon 09:00", "arrived")]
    assert "Amara Ortiz, Harbor Street" in response.text
    assert (Appointment.objects.get().source, Message.objects.exclude(kind="reminder").count()) == ("walk_in", 0)


def test_a_walk_in_without_javascript_leads_to_what_was_booked(clinic, desk):
    response = desk.post(url("walk-in"), walking_in(clinic, patient=""))
    assert response.url == f"/admin/desk/book/?booked={Appointment.objects.get().pk}"


def test_known_people_are_a_choice_for_a_walk_in_and_somebody_new_is_the_usual_one(clinic, desk):
    assert found(desk.post(url("patients"), {"find": "ada vale", "walk_in": "1"}, headers=HTMX)) == (
        ["Ada Vale"],
        "new",
    )
    desk.post(url("walk-in"), walking_in(clinic, find="ada vale", patient=clinic.ada.pk))
    assert (diary(), Patient.objects.count()) == ([("Ada Vale", "amara-ortiz", "Mon 09:00", "arrived")], 2)


@pytest.mark.parametrize(
    ("text", "born", "phone"),
    [
        ("dot miller 5/17/1980 (212) 555-0142", dt.date(1980, 5, 17), "(212) 555-0142"),
        ("dot miller 5/17/2999 555 0142 99999999999", None, ""),
    ],
)
def test_whatever_else_is_typed_of_a_walk_in_is_written_down_where_it_makes_sense(text, born, phone, clinic, desk):
    desk.post(url("walk-in"), walking_in(clinic, find=text))
    dot = Appointment.objects.get().patient
    assert (str(dot), dot.date_of_birth, str(dot.phone)) == ("Dot Miller", born, phone)


@pytest.mark.engine
def test_a_walk_in_sent_twice_comes_once(clinic, desk):
    first, second = (desk.post(url("walk-in"), walking_in(clinic)) for _again in range(2))
    assert (Appointment.objects.count(), Patient.objects.count(), first.url) == (1, 3, second.url)


@pytest.mark.parametrize("name", ["", "  ", ",", "\x00", "a" * 10_000])
def test_a_walk_in_needs_a_name(name, clinic, desk):
    response = desk.post(url("walk-in"), walking_in(clinic, find=name), headers=HTMX)
    assert (list(response.context["form"].errors), diary()) == (["find"], [])


def test_when_nothing_is_free_any_more_overbooking_is_offered_with_the_same_name(clinic, desk, time_machine):
    time_machine.move_to(at("2026-03-02", "16:55"), tick=False)
    desk.force_login(desk.user)
    response = desk.post(url("walk-in"), walking_in(clinic), headers=HTMX)
    assert response.context["form"].non_field_errors() == [
        "Nothing is free any more today. You can overbook on purpose, or offer another day."
    ]
    assert (response.context["form"]["find"].value(), 'value="overbook"' in response.text) == ("dot miller", True)
    form = desk.post(url("book"), walking_in(clinic, look="overbook"), headers=HTMX).context["form"]
    shown = [form[name].value() for name in ("find", "first_name", "when", "overbook", "source", "notify")]
    assert shown == ["dot miller", "Dot", "2026-03-02T16:55", "on", "walk_in", ""]
    assert (form.chosen, diary()) == ("new", [])


def test_a_walk_in_that_is_the_last_of_the_day_is_found_again_when_it_is_sent_twice(clinic, desk, time_machine):
    time_machine.move_to(at("2026-03-02", "16:20"), tick=False)
    desk.force_login(desk.user)
    first, second = (desk.post(url("walk-in"), walking_in(clinic, clinician=clinic.ortiz.pk)) for _each in range(2))
    assert (diary(), first.url) == ([("Dot Miller", "amara-ortiz", "Mon 16:30", "arrived")], second.url)


def test_the_source_of_a_visit_is_one_of_the_desks_own(clinic, desk):
    response = desk.post(url("book"), typed(clinic, source="web"), headers=HTMX)
    assert list(response.context["form"].errors) == ["source"]


def test_a_second_identity_check_is_on_the_page_of_what_was_booked(clinic, desk):
    visit = scheduling.walk_in(
        clinic.consultation, clinic.house, patient=clinic.ben, by=scheduling.By.staff(desk.user), now=NOW
    )
    page = desk.get(url("book"), {"booked": visit.pk})
    assert "<b>Ben Okafor</b>, born May 17, 1980" in page.text
