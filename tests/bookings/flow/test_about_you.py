"""About you: any name there is, one way to reach somebody, and two traps for programs."""

import datetime as dt

import pytest

from tests import cast
from tests.bookings.visitor import ABOUT, only_appointment, path

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["O'Brien-Núñez", "Null", "X", "Ng", "李", "Mária-José de la O", "Nu\u0301n\u0303ez"])
def test_names_are_what_people_are_called(at_details, name):
    at_details.tell(first_name=name, last_name=name)
    assert at_details.path == path("book-check")


@pytest.mark.parametrize("name", ["", "   ", "Ma\x00ya", "Ma\u202eya", "Ma\nya", "x" * 10_000, "Ma\x1b[31mya"])
def test_invisible_signs_and_endless_names_are_refused_in_words(at_details, name):
    at_details.tell(first_name=name)
    assert at_details.path == path("book-details")
    assert list(at_details.page.context["form"].errors) == ["first_name"]


def test_names_are_kept_in_composed_form(at_details):
    at_details.tell(first_name="Nu\u0301n\u0303ez")
    at_details.confirm()
    assert only_appointment().patient.first_name == "N\u00fa\u00f1ez"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("", "", ""), "Enter your date of birth."),
        (("2", "30", "1980"), "Enter a real date of birth, such as 8 27 1961."),
        (("13", "1", "1980"), "Enter a real date of birth, such as 8 27 1961."),
        (("8", "27", "61"), "Enter all four digits of the year you were born."),
        (("8", "27", "2030"), "The date of birth must be in the past."),
        (("8", "27", "1821"), "Enter a real date of birth, such as 8 27 1961."),
        (("½", "27", "1961"), "Enter a real date of birth, such as 8 27 1961."),
        (("8", "", "1961"), "Enter a real date of birth, such as 8 27 1961."),
    ],
)
def test_a_date_of_birth_is_a_real_one(at_details, parts, words):
    at_details.tell(date_of_birth_0=parts[0], date_of_birth_1=parts[1], date_of_birth_2=parts[2])
    assert at_details.page.context["form"].errors == {"date_of_birth": [words]}


def test_a_date_of_birth_may_come_as_one_iso_date(at_details):
    at_details.tell(date_of_birth="1961-08-27", date_of_birth_0=None, date_of_birth_1=None, date_of_birth_2=None)
    at_details.confirm()
    assert only_appointment().patient.date_of_birth == dt.date(1961, 8, 27)


def test_one_way_to_reach_somebody_is_enough_and_none_is_not(at_details):
    at_details.tell(email="", phone="")
    words = "Enter an email address or a phone number: one of them is enough."
    assert at_details.page.context["form"].errors == {"email": [words]}
    at_details.tell(email="")
    assert at_details.path == path("book-check")


def test_a_phone_without_texts_means_write_this_down_and_the_desk_phones(at_details):
    at_details.tell(email="")
    at_details.confirm()
    assert "Please write this down" in at_details.text
    assert only_appointment().phone_to_confirm


def test_consent_to_text_messages_is_its_own_unticked_question(at_details):
    assert 'name="sms_consent"' in at_details.page.content.decode()
    assert not at_details.page.context["form"]["sms_consent"].value()
    at_details.tell(sms_consent="on")
    at_details.confirm()
    assert only_appointment().patient.sms_consent_at == cast.NOW


def test_the_privacy_notice_must_be_read(at_details):
    at_details.tell(privacy=None)
    assert list(at_details.page.context["form"].errors) == ["privacy"]


def test_an_error_names_the_field_in_title_summary_and_place(at_details):
    at_details.tell(email="nobody@", first_name="Maya")
    page = at_details.page.content.decode()
    assert "<title>Error: About you" in page.replace("\n", "")
    assert '<a href="#id_email">Enter an email address like name@example.com.</a>' in page
    assert 'id="id_email_error"' in page
    assert 'value="Maya"' in page


@pytest.mark.parametrize("trap", [{"website": "https://spam.example.com"}, {"website": "x", "asked": "forged"}])
def test_a_trap_asks_to_send_once_more_and_loses_nothing(at_details, trap):
    at_details.tell(**trap)
    assert "please send it once more" in at_details.text
    again = at_details.page.context["form"]
    told = ABOUT | {"asked": again["asked"].value(), "website": again["website"].value()}
    at_details._post("book-details", **told)
    assert at_details.path == path("book-check")


def test_a_form_sent_faster_than_people_type_is_asked_for_once_more(at_details, settings, clock):
    settings.CLINIC_FORM_SECONDS = 2
    at_details.tell()
    assert "please send it once more" in at_details.text
    stamp = at_details.page.context["form"]["asked"].value()
    clock.shift(dt.timedelta(seconds=2))
    at_details._post("book-details", **ABOUT | {"asked": stamp})
    assert at_details.path == path("book-check")


@pytest.mark.parametrize("stamp", [None, "", "forged"])
def test_a_lost_hidden_field_costs_nothing_when_the_session_knows(at_details, settings, clock, stamp):
    settings.CLINIC_FORM_SECONDS = 2
    at_details.look("book-details")
    clock.shift(dt.timedelta(seconds=2))
    at_details._post("book-details", **ABOUT | ({} if stamp is None else {"asked": stamp}))
    assert at_details.path == path("book-check")


def test_what_is_typed_is_escaped_wherever_it_is_shown(at_details):
    at_details.tell(first_name='"><svg onload=alert(1)>', reason="<script>alert(1)</script>")
    at_details.confirm()
    assert "<svg onload" not in at_details.page.content.decode()
    assert "<script>alert" not in at_details.page.content.decode()
