"""A practice copy: nobody in it can be reached, nothing opens anything, and it says what it is."""

import io
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import override_settings

from bookings import outbox
from bookings.models import CalendarFeed, CallbackRequest, ManageLink, Message, Messenger, Patient
from bookings.models.appointments import Appointment
from clinic.keeping import engines
from clinic.models import Invitation, User
from clinic.rehearsal import checks, place, words
from tests import cast, factories
from tests.bookings.visits import book
from tests.cast import NOW
from tests.clinic.keeping import databases, machines

SECRET = "ada.real@patients.example.net"
REASON = "It began after the divorce"


@pytest.fixture(scope="module")
def clinic(django_db_setup, django_db_blocker, tmp_path_factory):
    """A clinic with visits and a copy of it, made once: yields the name of its database."""
    folder = tmp_path_factory.mktemp("rehearsal")
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        override_settings(VAR_DIR=folder, MEDIA_ROOT=folder / "media"),
    ):
        machines.find_programs(patch)
        name = databases.name_beside(folder, "practiced")
        test_database = str(connection.settings_dict["NAME"])
        connection.close()
        databases.copy(test_database, name)
        with databases.used(name):
            _fill()
            call_command("make_rehearsal_copy", stdout=io.StringIO())
            try:
                yield name
            finally:
                databases.drop(place.database())


def _fill():
    clinic = cast.open_clinic()
    Patient.objects.filter(pk=clinic.ada.pk).update(email=SECRET, phone="+12125550100", alert="Knows the mayor")
    clinic.ada.refresh_from_db()
    visit = book(clinic)
    models.QuerySet(Appointment).update(reason=REASON)
    desk = factories.UserFactory(email="desk@clinic.example.net")
    desk.set_password("a password of theirs")
    desk.save()
    ManageLink.objects.create(token_hash="x", appointment=visit, created_at=NOW, expires_at=NOW)
    CalendarFeed.objects.create(clinician=clinic.ortiz, token_hash="x", created_at=NOW)
    Invitation.objects.create(user=desk, token_hash="x", created_at=NOW, expires_at=NOW)
    CallbackRequest.objects.create(name="Cleo", phone="+12125550111", note=REASON, created_at=NOW)


@pytest.fixture
def copy(clinic):
    """Look at the copy."""
    with engines.looking_at(place.database()):
        yield


@pytest.mark.engine
@pytest.mark.django_db  # one test must say so, or there is no test database to begin from
def test_a_clinic_nobody_copied_fits_its_settings():
    assert checks.mismatch() == []


@pytest.mark.engine
def test_nobody_can_be_reached_and_visits_are_as_they_were(copy):
    ada = Patient.objects.get(first_name="Ada")
    visit = ada.appointments.get()

    assert ada.email == f"patient{ada.pk}@example.com"
    assert re.fullmatch(r"\+1[2-9]\d\d55501\d\d", ada.phone.as_e164)
    assert (ada.alert, visit.reason) == ("Invented for the rehearsal.",) * 2
    assert (visit.start, visit.status) == (cast.at("2026-03-04", "10:00"), "booked")
    assert (ada.access_needs, ada.history.count()) == ("", 0)


@pytest.mark.engine
def test_nothing_of_before_opens_anything_but_staff_sign_in_as_always(copy):
    left = {label: apps.get_model(label)._default_manager.count() for label in words.DELETED}

    assert {label: count for label, count in left.items() if count} == {}
    assert User.objects.get(email="desk@clinic.example.net").check_password("a password of theirs")


@pytest.mark.engine
def test_the_copy_is_marked_and_silent_under_any_settings(copy):
    messenger = Messenger.current()

    assert (messenger.is_copy, messenger.is_rehearsing, settings.CLINIC_REHEARSAL) == (True, True, False)
    assert messenger.paused_at is not None
    assert not Message.objects.unsent().exists()
    with pytest.raises(outbox.Rehearsing, match="nothing is sent"):
        outbox.release(now=NOW)
    with pytest.raises(outbox.NotSendable, match="nothing is sent"):
        outbox.send_again(Message.objects.first(), reason="They ask", user=None, now=NOW)
    with pytest.raises(CommandError, match="nothing is sent"):
        call_command("messages", "release")


@pytest.mark.engine
def test_the_clinic_itself_is_as_it_was(clinic):
    assert Patient.objects.get(first_name="Ada").email == SECRET
    assert Message.objects.unsent().exists()
    assert not Messenger.current().is_rehearsing


def test_what_was_replaced_lies_in_no_byte_of_the_file(clinic):
    files = [file for file in place.folder().rglob("*") if file.is_file()]

    assert Path(place.database()) in files
    assert [file.name for file in files if any(word.encode() in file.read_bytes() for word in (SECRET, REASON))] == []
    assert place.folder().stat().st_mode & 0o077 == 0


@pytest.mark.engine
def test_settings_and_database_must_fit(clinic):
    found = {}
    for name in (clinic, place.database()):
        for rehearsal in (False, True):
            with engines.looking_at(name), override_settings(CLINIC_REHEARSAL=rehearsal):
                found[name == clinic, rehearsal] = [error.id for error in checks.mismatch()]
                if found[name == clinic, rehearsal]:
                    with pytest.raises(checks.WrongDatabase):
                        checks.refuse_the_wrong_database()

    assert found == {
        (True, False): [],
        (True, True): ["clinic.E011"],
        (False, False): ["clinic.E010"],
        (False, True): [],
    }


def test_a_copy_is_not_copied(copy):
    with pytest.raises(CommandError, match="practice copy already"):
        call_command("make_rehearsal_copy", stdout=io.StringIO())


@pytest.mark.engine
def test_names_are_invented_where_asked_for(clinic):
    born = set(Patient.objects.values_list("date_of_birth", flat=True)) - {None}
    call_command("make_rehearsal_copy", invent_names=True, stdout=io.StringIO())
    with engines.looking_at(place.database()):
        people = list(Patient.objects.all())
    call_command("make_rehearsal_copy", stdout=io.StringIO())  # as the other tests know it

    assert not {"Ada", "Ben"} & {person.first_name for person in people}
    assert not born & {person.date_of_birth for person in people}
    assert all(person.first_name and person.last_name for person in people)


def test_what_is_set_all_the_same_is_named(settings):
    settings.CLINIC_SILENCED = ["EMAIL_URL", "CLINIC_SMS_URL"]

    (error,) = checks.a_rehearsal_has_no_way_out(None)

    assert error.id == "clinic.E012"
    assert "EMAIL_URL, CLINIC_SMS_URL" in error.msg


def test_every_field_of_text_is_kept_replaced_or_deleted():
    """A new field must be decided about before it can slip into a copy."""
    undecided = []
    for model in apps.get_models():
        label = model._meta.label
        if model._meta.app_label in ("treatments", "auth", "contenttypes") or label in words.DELETED:
            continue
        known = set(words.REPLACED.get(label, {})) | words.KEPT.get(label, set())
        undecided += [f"{label}.{name}" for name in _texts(model) if name not in known]
    assert undecided == []


def _texts(model):
    kinds = models.CharField | models.TextField | models.JSONField | models.GenericIPAddressField | models.FileField
    return [field.name for field in model._meta.concrete_fields if isinstance(field, kinds) and not field.choices]


def test_rows_that_a_copy_keeps_nothing_of_are_rows_there_are():
    fields = {label: _texts(apps.get_model(label)) for label in {**words.REPLACED, **words.KEPT}}
    told = {label: {*words.REPLACED.get(label, ()), *words.KEPT.get(label, ())} for label in fields}

    assert {label: sorted(told[label] - set(fields[label])) for label in told if told[label] - set(fields[label])} == {}
