"""Time off that is changed: shorter is always possible, longer says whom it hits now."""

import pytest
from django.urls import reverse

from bookings import scheduling
from bookings.models import TimeOff
from bookings.scheduling import closures
from clinic import roles
from tests import cast
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

DAY = "2026-03-04"
SYSTEM = scheduling.By.system()


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client, time_machine):
    time_machine.move_to(NOW, tick=False)
    client.force_login(member(roles.FRONT_DESK))
    return client


def off(clinic, start="08:00", end="10:00"):
    times = {"start": at(DAY, start), "end": at(DAY, end)}
    return scheduling.block(resource=clinic.ortiz.resource, kind="leave", by=SYSTEM, now=NOW, **times)[0]


def typed(start, end):
    return {"kind": "leave", "start": f"{DAY}T{start}", "end": f"{DAY}T{end}", "note": ""}


@pytest.mark.engine
def test_a_longer_time_off_names_the_visits_it_hits_now(clinic):
    visit, row = book(clinic, at(DAY, "11:00")), off(clinic)
    row.end = at(DAY, "12:00")
    assert closures.reblock(row, by=SYSTEM, now=NOW) == (row, [visit])
    assert TimeOff.objects.get().end == at(DAY, "12:00")


def test_a_time_off_that_ends_before_it_starts_is_refused(clinic):
    row = off(clinic)
    row.end = row.start
    with pytest.raises(scheduling.NotAllowed):
        closures.reblock(row, by=SYSTEM, now=NOW)
    assert TimeOff.objects.get().end == at(DAY, "10:00")


@pytest.mark.engine
def test_in_the_admin_a_longer_one_leads_to_whom_it_hits(clinic, desk):
    book(clinic, at(DAY, "11:00"))
    row = off(clinic)
    page = reverse("admin:bookings_timeoff_change", args=[row.pk])
    assert desk.post(page, typed("08:00", "12:00")).url == reverse("admin:away-resolve", args=[row.pk])
    assert desk.post(page, typed("08:00", "10:30")).url == reverse("admin:bookings_timeoff_changelist")
    users = [entry.history_user.is_staff for entry in row.history.all() if entry.history_user]
    assert users == [True, True]


def test_the_old_address_of_the_hit_list_leads_on(clinic, desk):
    row = off(clinic)
    answer = desk.get(reverse("admin:bookings_timeoff_hit", args=[row.pk]))
    assert answer.url == reverse("admin:away-resolve", args=[row.pk])


def test_what_is_over_or_under_treatment_is_not_settled(clinic):
    book(clinic, at("2026-03-02", "10:30"))
    row = off(clinic, "09:00", "17:00")
    visit = book(clinic, at(DAY, "11:00"), patient=clinic.ben, clinician=clinic.sato)
    TimeOff.objects.filter(pk=row.pk).update(start=at("2026-03-02", "09:00"), resource=clinic.sato.resource)
    row.refresh_from_db()
    assert closures.to_settle(row, now=NOW) == [visit]
    assert closures.to_settle(row, now=at(DAY, "23:00")) == [visit]
    assert closures.to_settle(row, now=at("2026-03-05", "08:00")) == []
    for verb in (scheduling.check_in, scheduling.start):
        visit = verb(visit, by=SYSTEM, now=at(DAY, "11:00"))
    assert closures.to_settle(row, now=at(DAY, "11:00")) == []


def test_the_pages_of_time_off_lead_to_the_desks_own(clinic, desk):
    row = off(clinic)
    lists = desk.get(reverse("admin:bookings_timeoff_changelist")).text
    assert [f'href="{reverse(f"admin:{name}")}"' in lists for name in ("away", "public-holidays")] == [True, True]
    change = desk.get(reverse("admin:bookings_timeoff_change", args=[row.pk])).text
    assert f'href="{reverse("admin:away-resolve", args=[row.pk])}"' in change
