"""The access log: append-only, and found by patient and day."""

import datetime as dt

import pytest
from django.core.exceptions import FieldError
from django.urls import reverse

from bookings.models import AccessEntry
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

LIST = reverse("admin:bookings_accessentry_changelist")


@pytest.fixture
def row():
    return AccessEntry.objects.create(user=factories.UserFactory(), at=NOW, view="schedule", patients=[5, 12])


@pytest.mark.engine
@pytest.mark.parametrize(
    "deed",
    [
        lambda row: AccessEntry.objects.update(view="x"),
        lambda row: AccessEntry.objects.filter(pk=row.pk).update(patients=[]),
        lambda row: AccessEntry.objects.bulk_update([row], ["view"]),
        lambda row: AccessEntry.objects.all().delete(),
        lambda row: AccessEntry.objects.update_or_create(pk=row.pk, defaults={"view": "x"}),
        lambda row: row.save(),
        lambda row: row.delete(),
    ],
)
def test_a_row_is_never_changed_or_removed(deed, row):
    with pytest.raises(FieldError, match=r"The access log is append-only\."):
        deed(row)
    assert list(AccessEntry.objects.values_list("view", "patients")) == [("schedule", [5, 12])]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("number", "found"), [("5", 1), ("12", 1), ("1", 0), ("2", 0), (" 12 ", 1), ("x", 0), ("", 1), ("5,", 0), ("٥", 0)]
)
def test_the_log_is_searched_by_a_patients_number(number, found, row, client):
    client.force_login(member(roles.MANAGER))
    response = client.get(LIST, {"q": number})
    assert response.context["cl"].result_count == found


def test_the_log_is_narrowed_to_a_day(row, client, time_machine):
    time_machine.move_to(at("2026-03-09", "08:00"), tick=False)
    client.force_login(member(roles.MANAGER))
    counts = [
        client.get(LIST, {"at__year": 2026, "at__month": 3, "at__day": day}).context["cl"].result_count
        for day in (1, 2, 3)
    ]
    assert counts == [0, 1, 0]


def test_a_page_that_asks_again_every_half_minute_is_written_down_once_in_a_while(client, time_machine):
    clinic = cast.open_clinic()
    book(clinic, at("2026-03-02", "10:30"))
    client.force_login(member(roles.FRONT_DESK))
    for minute in (0, 1, 14, 16):
        time_machine.move_to(NOW + dt.timedelta(minutes=minute), tick=False)
        client.get("/admin/day/?part=board", headers={"X-Polling": "1"})
    assert [entry.at for entry in AccessEntry.objects.order_by("pk")] == [NOW, NOW + dt.timedelta(minutes=16)]


def test_a_poll_that_shows_somebody_new_is_written_down_at_once(client, time_machine):
    clinic = cast.open_clinic()
    book(clinic, at("2026-03-02", "10:30"))
    client.force_login(member(roles.FRONT_DESK))
    time_machine.move_to(NOW, tick=False)
    client.get("/admin/day/?part=board", headers={"X-Polling": "1"})
    book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    client.get("/admin/day/?part=board", headers={"X-Polling": "1"})
    assert [entry.patients for entry in AccessEntry.objects.order_by("pk")] == [
        [clinic.ada.pk],
        [clinic.ada.pk, clinic.ben.pk],
    ]
