"""The desk's pages of one appointment: another time offered, details corrected, and two people at once."""

import pytest

from bookings import scheduling
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK, name="Maria Lopez"))
    return client


@pytest.fixture
def visit(clinic):
    return book(clinic, at("2026-03-04", "10:30"))


@pytest.fixture
def asked(clinic):
    return book(clinic, at("2026-03-04", "10:30"), status="requested")


def page(visit, verb):
    return f"/admin/bookings/appointment/{visit.pk}/{verb}/"


def said(response):
    return [str(message) for message in response.context["messages"]]


def as_typed(clinic, visit, **changed):
    return {
        "location": clinic.house.pk, "clinician": clinic.ortiz.pk, "when": "2026-03-04T14:00", "version": visit.version,
    } | changed  # fmt: skip


def test_another_time_is_offered_and_the_desk_is_told_until_when_it_can_be_taken_back(clinic, desk, asked):
    response = desk.post(page(asked, "offer"), as_typed(clinic, asked), follow=True)
    asked.refresh_from_db()

    assert (asked.status, asked.local_start, asked.offered_at) == ("requested", at("2026-03-04", "14:00"), NOW)
    assert said(response) == [
        "Offered: Ada Vale, Wednesday, March 4, 2026, 2 pm. They hear of it at 8:02 am; until then “Undo” takes it back unheard."
    ]


def test_a_taken_time_is_not_offered_and_others_near_it_are(clinic, desk, asked):
    book(clinic, at("2026-03-04", "14:00"), patient=clinic.ben)
    response = desk.post(page(asked, "offer"), as_typed(clinic, asked))

    assert response.context["form"].errors == {"when": ["Somebody has just taken that time."]}
    assert len(response.context["near"]) == 4


def test_the_desk_says_yes_for_a_patient_who_phones(clinic, desk, asked):
    desk.post(page(asked, "offer"), as_typed(clinic, asked))
    asked.refresh_from_db()
    desk.post(page(asked, "accept"), {"version": asked.version})
    asked.refresh_from_db()

    assert asked.status == "booked"


def test_details_are_corrected(desk, visit):
    neck = factories.BodyRegionFactory(slug="neck")
    typed = {"region": neck.pk, "side": "left", "reason": "Since the fall.", "version": visit.version}
    response = desk.post(page(visit, "amend"), typed, follow=True)
    visit.refresh_from_db()

    assert (visit.region, visit.side, visit.reason) == (neck, "left", "Since the fall.")
    assert said(response) == ["Saved: Ada Vale, Wednesday, March 4, 2026, 10:30 am."]


def test_the_second_of_two_is_told_who_and_when_keeps_what_was_typed_and_may_press_again(desk, visit):
    quicker = scheduling.By.staff(factories.UserFactory(name="Ben Quick"))
    scheduling.amend(visit, by=quicker, now=NOW, side="right")
    typed = {"side": "left", "reason": "Since the fall.", "version": 0}
    refused = desk.post(page(visit, "amend"), typed)
    form = refused.context["form"]

    assert form.non_field_errors() == [
        (
            "Ben Quick has changed this appointment (details changed, Mon, Mar 2, 8 am). "
            "Please look again; nothing you typed is lost."
        )
    ]
    assert (form["side"].value(), form["reason"].value(), form["version"].value()) == ("left", "Since the fall.", "1")
    desk.post(page(visit, "amend"), typed | {"version": form["version"].value()})
    visit.refresh_from_db()
    assert (visit.side, visit.reason) == ("left", "Since the fall.")


@pytest.mark.parametrize(
    ("verb", "typed"),
    [("move", {"when": "2026-03-04T14:00"}), ("cancel", {"reason": "travel"}), ("decline", {"reason": "duplicate"})],
)
def test_every_page_tells_the_second_of_two_and_loses_nothing(clinic, desk, visit, asked_too, verb, typed):
    one = asked_too if verb == "decline" else visit
    scheduling.amend(one, by=scheduling.By.staff(factories.UserFactory(name="Ben Quick")), now=NOW, side="right")
    response = desk.post(page(one, verb), as_typed(clinic, one, version=0) | typed)
    form = response.context["form"]

    assert [error.split(" (")[0] for error in form.non_field_errors()] == ["Ben Quick has changed this appointment"]
    assert {name: form[name].value() for name in typed} == typed


@pytest.fixture
def asked_too(clinic):
    return book(clinic, at("2026-03-05", "10:30"), patient=clinic.ben, status="requested")


def test_one_press_on_a_stale_row_changes_nothing_and_says_who_was_quicker(desk, clinic):
    visit = book(clinic, at("2026-03-02", "10:30"))
    scheduling.check_in(visit, by=scheduling.By.staff(factories.UserFactory(name="Ben Quick")), now=NOW)
    response = desk.post(page(visit, "check-in"), {"version": visit.version}, follow=True)

    assert said(response) == [
        (
            "Ada Vale: Ben Quick has changed this appointment (arrived, Mon, Mar 2, 8 am). "
            "Please look again; nothing you typed is lost."
        )
    ]


def test_undo_of_a_move_is_one_press(clinic, desk, visit):
    desk.post(page(visit, "move"), as_typed(clinic, visit, notify="on"))
    visit.refresh_from_db()
    desk.post(page(visit, "undo"), {"version": visit.version})
    visit.refresh_from_db()

    assert visit.local_start == at("2026-03-04", "10:30")
    told = [f"{row.kind} {row.state}" for row in visit.messages.order_by("pk")]
    assert told[2:] == ["moved void", "reminder void", "moved due", "reminder due"]  # they had heard nothing yet
