"""A colleague's day: only with the permission and a reason, to read only, and every look is written down for good."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import FieldError
from django.urls import reverse

from bookings import access, scheduling
from bookings.models import AccessEntry, ColleagueLook
from clinic import roles
from tests import cast, factories
from tests.bookings.busy import busy_day
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
ASK = "/schedule/colleagues/"
HERS, HIS = f"{ASK}amara-ortiz/", f"{ASK}ben-sato/"
WHY = "Covers for Dr. Ortiz, who is ill."
MIDNIGHT = at("2026-03-03", "00:00")
LIST = reverse("admin:bookings_colleaguelook_changelist")


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def sato(clinic, client):
    """Dr. Sato covers for colleagues."""
    user = member(roles.CLINICIAN, clinician=clinic.sato, name="Ben Sato")
    user.groups.add(Group.objects.get(name=roles.COVERING))
    client.force_login(user)
    return client


@pytest.fixture
def ortiz_visit(clinic):
    return book(clinic, at("2026-03-02", "10:30"), reason="It burns.")


def say_why(client, whose="amara-ortiz", reason=WHY):
    return client.post(ASK, {"whose": whose, "reason": reason})


def looks():
    return list(ColleagueLook.objects.values_list("clinician__slug", "reason", "at", "until"))


# --- Permission, and a reason ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [roles.CLINICIAN, roles.FRONT_DESK, roles.EDITOR])
def test_without_the_permission_nobody_asks_looks_or_learns_who_works_here(role, clinic, ortiz_visit, client):
    client.force_login(member(role, clinician=clinic.sato if role == roles.CLINICIAN else None))
    addresses = [ASK, f"{ASK}?whose=amara-ortiz", HERS, f"{HERS}2026-03-02/", f"{ASK}nobody/"]
    assert [client.get(address).status_code for address in addresses] == [403] * 5
    assert (say_why(client).status_code, looks()) == (403, [])


def test_nobody_reads_it_without_signing_in(clinic, client):
    addresses = [ASK, HERS, f"{HERS}2026-03-02/"]
    assert [client.get(address).url for address in addresses] == [f"/sign-in/?next={address}" for address in addresses]


def test_a_clinician_who_has_left_covers_for_nobody(clinic, sato):
    say_why(sato)
    clinic.sato.active = False
    clinic.sato.save()
    assert [sato.get(address).status_code for address in (ASK, HERS)] == [403, 403]


def test_without_a_reason_of_today_the_day_asks_for_one(clinic, sato, ortiz_visit):
    for address in (HERS, f"{HERS}2026-03-02/"):
        response = sato.get(address)
        assert (response.status_code, response.url) == (302, f"{ASK}?whose=amara-ortiz")
    page = sato.get(f"{ASK}?whose=amara-ortiz")
    assert '<option value="amara-ortiz" selected>' in page.text
    assert AccessEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("whose", "reason", "said"),
    [
        ("amara-ortiz", "", "Write why you must see this day."),
        ("amara-ortiz", "ill", "Write the reason in a few words."),
        ("amara-ortiz", "     x     ", "Write the reason in a few words."),
        ("amara-ortiz", "ill\u202e today", "Please use letters, numbers and ordinary signs only."),
        ("", WHY, "Choose whose day it is."),
        ("nobody", WHY, "Choose one of these."),
        ("ben-sato", WHY, "Choose one of these."),  # their own day has its own page
    ],
)
def test_what_is_no_reason_or_no_colleague_opens_nothing(whose, reason, said, clinic, sato):
    response = say_why(sato, whose, reason)
    assert (response.status_code, said in response.text, looks()) == (200, True, [])


def test_a_reason_opens_the_day_and_stays_written_down(clinic, sato, ortiz_visit):
    response = say_why(sato)
    assert (response.status_code, response.url) == (302, HERS)
    assert looks() == [("amara-ortiz", WHY, NOW, MIDNIGHT)]
    page = sato.get(HERS)
    facts = ["Amara Ortiz’s day, not yours", WHY, "Ada Vale", "born May 17, 1980", "It burns."]
    assert [fact for fact in facts if fact not in page.text.replace("&#x27;", "’")] == []
    assert list(AccessEntry.objects.values_list("view", "patients")) == [("schedule-colleague", [clinic.ada.pk])]


def test_a_reason_is_about_one_colleague_and_whoever_gave_it(clinic, sato, client, ortiz_visit):
    say_why(sato, "tess-lindqvist")
    assert sato.get(HERS).status_code == 302
    say_why(sato)
    client.force_login(member(roles.MANAGER))
    assert client.get(HERS).status_code == 302


def test_a_reason_holds_until_midnight(clinic, sato, clock):
    say_why(sato)
    statuses = []
    for moment in (MIDNIGHT - dt.timedelta(seconds=1), MIDNIGHT):
        clock.move_to(moment, tick=False)
        sato.logout()
        sato.force_login(clinic.sato.user)
        statuses.append(sato.get(f"{HERS}2026-03-02/").status_code)
    assert statuses == [200, 302]


@pytest.mark.parametrize("address", [HERS, f"{HERS}2026-03-02/"])
def test_there_is_nothing_to_press_and_nothing_to_follow(address, clinic, sato, ortiz_visit):
    scheduling.check_in(ortiz_visit, by=scheduling.By.system(), now=NOW)
    say_why(sato)
    page = sato.get(address).text
    assert [part for part in ("<form", "<button", "/schedule/visit/", "/sheet/", "data-live") if part in page] == []


@pytest.mark.parametrize("deed", ["", "start/", "finish/", "miss/", "undo/", "answer/", "where/", "prepared/", "note/"])
def test_whoever_looks_may_neither_open_nor_change_a_visit(deed, clinic, sato, ortiz_visit):
    say_why(sato)
    address = f"/schedule/visit/{ortiz_visit.reference}/{deed}"
    answers = [sato.get(address).status_code, sato.post(address, {"version": ortiz_visit.version}).status_code]
    assert answers == ([404, 404] if deed else [404, 405])
    assert list(ortiz_visit.events.values_list("verb", flat=True)) == ["book"]


def test_the_title_names_nobody_and_the_address_holds_no_reason(clinic, sato, ortiz_visit):
    assert WHY not in say_why(sato).url
    titles = [sato.get(address).text.partition("<title>")[2].partition("</title>")[0] for address in (ASK, HERS)]
    assert titles == ["Schedule | Riverbend Pain Clinic"] * 2


def test_a_colleague_who_has_left_is_not_found(clinic, sato):
    say_why(sato)
    clinic.ortiz.active = False
    clinic.ortiz.save()
    assert [sato.get(address).status_code for address in (HERS, f"{ASK}nobody/")] == [404, 404]


def test_the_way_there_is_shown_to_those_who_may(clinic, sato, client):
    link = f'href="{ASK}"'
    assert link in sato.get("/schedule/").text
    client.force_login(member(roles.CLINICIAN, clinician=clinic.ortiz))
    assert link not in client.get("/schedule/").text


def test_the_form_ends_with_an_idle_session(clinic, sato, clock):
    sato.get(ASK)
    clock.move_to(NOW + dt.timedelta(minutes=16), tick=False)
    assert say_why(sato).url == f"/sign-in/?next={ASK}"
    assert looks() == []


@pytest.mark.parametrize("past", [1, 300])
def test_a_colleagues_day_costs_the_same_however_much_was_before(past, clinic, sato, django_assert_num_queries):
    busy_day(clinic, past=past)
    say_why(sato)
    sato.get(HERS)
    with django_assert_num_queries(12):
        sato.get(HERS)


# --- What is kept ---------------------------------------------------------------------------------------------------


@pytest.fixture
def look(clinic):
    return access.look_at(factories.UserFactory(name="Ben Sato"), clinic.ortiz, reason=WHY, now=NOW)


@pytest.mark.engine
@pytest.mark.parametrize(
    "deed",
    [
        lambda look: ColleagueLook.objects.update(reason="x"),
        lambda look: ColleagueLook.objects.filter(pk=look.pk).update(until=NOW),
        lambda look: ColleagueLook.objects.bulk_update([look], ["reason"]),
        lambda look: ColleagueLook.objects.all().delete(),
        lambda look: look.save(),
        lambda look: look.delete(),
    ],
)
def test_a_look_is_never_changed_or_removed(deed, look):
    with pytest.raises(FieldError, match=r"The access log is append-only\."):
        deed(look)
    assert looks() == [("amara-ortiz", WHY, NOW, MIDNIGHT)]


def test_the_manager_reads_who_looked_and_why_and_changes_nothing(look, client):
    client.force_login(member(roles.MANAGER))
    page = client.get(LIST)
    assert (page.context["cl"].result_count, WHY in page.text, "Ben Sato" in page.text) == (1, True, True)
    change = reverse("admin:bookings_colleaguelook_change", args=[look.pk])
    assert WHY in client.get(change).text
    assert [client.post(change, {"reason": "x"}).status_code, client.post(f"{LIST}add/").status_code] == [403, 403]
    assert client.post(reverse("admin:bookings_colleaguelook_delete", args=[look.pk])).status_code == 403


@pytest.mark.parametrize("role", [roles.FRONT_DESK, roles.EDITOR])
def test_nobody_else_reads_the_looks(role, look, client):
    client.force_login(member(role))
    assert client.get(LIST).status_code == 403
