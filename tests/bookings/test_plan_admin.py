"""The reminder plan in the admin: who edits it, what the page says, and what becomes of reminders that wait."""

import pytest
from django.urls import reverse

from bookings import outbox
from bookings.models import Message, ReminderStep
from clinic import roles
from tests import cast
from tests.cast import NOW, at
from tests.desk import book, member
from treatments.models import PreparationStep

pytestmark = pytest.mark.django_db
LIST = "/admin/bookings/reminderstep/"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def manager(client):
    client.force_login(member(roles.MANAGER))
    return client


@pytest.fixture
def visit(clinic):
    """A visit in nine days: reminders two days and one day before."""
    return book(clinic, at("2026-03-11", "10:00"))


def reminders(visit):
    """Return by step how its reminder stands."""
    rows = Message.objects.filter(appointment=visit, kind="reminder").values_list("intent", "state")
    return {intent.split("/")[2]: state for intent, state in rows}


def typed(**fields):
    return {"treatment": "", "days_before": "3", "way": "any", "active": "on", **fields}


def test_the_list_says_the_default_and_what_a_change_does(clinic, manager):
    for address in (LIST, f"{LIST}add/", reverse("admin:treatments_treatment_change", args=[clinic.injection.pk])):
        text = manager.get(address).text
        assert "reminded 7, 2 and 1 days before a procedure, and 2 and 1 days before every other visit" in text
        assert "withdrawn at once, and new ones are written within the hour" in text


def test_a_step_for_all_withdraws_what_the_default_had_and_the_hourly_round_writes_it(visit, manager):
    assert reminders(visit) == {"2d": "due", "1d": "due"}
    manager.post(f"{LIST}add/", typed())
    assert reminders(visit) == {"2d": "void", "1d": "void"}
    outbox.reconcile(now=NOW)
    assert reminders(visit) == {"2d": "void", "1d": "void", "3d": "due"}


def test_a_deleted_step_takes_its_reminders_with_it(visit, manager):
    two, _one = (ReminderStep.objects.create(days_before=days) for days in (2, 1))
    manager.post(f"{LIST}{two.pk}/delete/", {"post": "yes"})
    assert reminders(visit) == {"2d": "void", "1d": "due"}


def test_a_step_out_of_use_counts_as_none(visit, manager):
    two, _one = (ReminderStep.objects.create(days_before=days) for days in (2, 1))
    manager.post(f"{LIST}{two.pk}/change/", typed(days_before="2", active=""))
    assert reminders(visit) == {"2d": "void", "1d": "due"}


def test_several_are_deleted_at_once(visit, manager):
    rows = [ReminderStep.objects.create(days_before=days) for days in (2, 4)]
    ReminderStep.objects.create(days_before=1)
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
    manager.post(LIST, chosen)
    assert reminders(visit) == {"2d": "void", "1d": "due"}


def test_two_steps_of_one_day_are_refused(clinic, manager):
    ReminderStep.objects.create(days_before=3)
    response = manager.post(f"{LIST}add/", typed())
    assert (response.status_code, ReminderStep.objects.count()) == (200, 1)


@pytest.mark.parametrize("days", ["0", "61", "", "x"])
def test_days_are_between_one_and_sixty(days, clinic, manager):
    response = manager.post(f"{LIST}add/", typed(days_before=days))
    assert list(response.context["adminform"].form.errors) == ["days_before"]


# --- On the treatment's page ----------------------------------------------------------------------------------------


def page_of(client, treatment):
    """Return the address of a treatment's page and what its form sends as it stands."""
    address = reverse("admin:treatments_treatment_change", args=[treatment.pk])
    context = client.get(address).context
    forms = [context["adminform"].form]
    for each in context["inline_admin_formsets"]:
        forms += [each.formset.management_form, *each.formset.forms]
    sent = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                sent[field.html_name] = "on" if value is True else value
    return address, sent


def test_steps_of_one_treatment_are_written_on_its_page(visit, clinic, manager):
    address, sent = page_of(manager, clinic.consultation)
    new = {"reminder_steps-TOTAL_FORMS": "1", "reminder_steps-0-days_before": "1", "reminder_steps-0-way": "email",
           "reminder_steps-0-active": "on"}  # fmt: skip
    assert manager.post(address, sent | new).status_code == 302
    assert list(ReminderStep.objects.values_list("treatment", "days_before", "way")) == [
        (clinic.consultation.pk, 1, "email")
    ]
    assert reminders(visit) == {"2d": "void", "1d": "due"}


def test_saving_a_treatment_without_touching_its_plan_withdraws_nothing(visit, clinic, manager):
    row = Message.objects.filter(appointment=visit, kind="reminder").first()
    Message.objects.filter(pk=row.pk).update(intent="1/reminder/9d/email/r0")  # of no plan
    address, sent = page_of(manager, clinic.consultation)
    assert manager.post(address, sent).status_code == 302
    assert reminders(visit)["9d"] == "due"


def test_preparation_is_written_on_the_treatments_page(clinic, manager):
    address, sent = page_of(manager, clinic.injection)
    new = {"preparation_steps-TOTAL_FORMS": "1", "preparation_steps-0-days_before": "1",
           "preparation_steps-0-text": "Arrange a ride home."}  # fmt: skip
    assert manager.post(address, sent | new).status_code == 302
    assert list(PreparationStep.objects.values_list("treatment", "days_before", "text")) == [
        (clinic.injection.pk, 1, "Arrange a ride home.")
    ]


# --- Who may --------------------------------------------------------------------------------------------------------


def test_the_desk_reads_the_plan_and_changes_nothing(clinic, client):
    step = ReminderStep.objects.create(days_before=3)
    client.force_login(member(roles.FRONT_DESK))
    assert client.get(LIST).status_code == 200
    answers = [
        client.post(address, typed()).status_code
        for address in (f"{LIST}add/", f"{LIST}{step.pk}/change/", f"{LIST}{step.pk}/delete/")
    ]
    assert (answers, ReminderStep.objects.count()) == ([403] * 3, 1)


def test_editors_have_nothing_to_do_with_it(clinic, client):
    client.force_login(member(roles.EDITOR))
    assert client.get(LIST).status_code == 403
    assert (
        "Reminders of this treatment"
        not in client.get(reverse("admin:treatments_treatment_change", args=[clinic.injection.pk])).text
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_step_and_three(rows, clinic, manager, django_assert_num_queries):
    for days in range(rows):
        ReminderStep.objects.create(treatment=clinic.injection, days_before=days + 1)
    manager.get(LIST)
    with django_assert_num_queries(6):
        manager.get(LIST)
