"""Running late: one press says it, and the page names who is told and who must be phoned."""

import pytest

from bookings import scheduling
from bookings.models import Delay, Message
from clinic import roles
from tests import cast
from tests.cast import at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
TEN = at("2026-03-02", "10:00")
ADDRESS = "/admin/desk/late/"


@pytest.fixture(autouse=True)
def _ten(time_machine):
    time_machine.move_to(TEN, tick=False)


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    book(clinic, at("2026-03-02", "10:30"))
    book(clinic, at("2026-03-02", "11:00"), patient=clinic.ben)
    return clinic


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK))
    return client


def post(desk, **typed):
    form = {"clinician": "amara-ortiz", "location": "harbor-street", "minutes": "20", "notify": "on"} | typed
    return desk.post(ADDRESS, form, follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_the_page_names_who_will_be_told_and_changes_nothing(clinic, desk):
    response = desk.get(f"{ADDRESS}?clinician=amara-ortiz&location=harbor-street")

    assert [(visit.patient.first_name, reached) for visit, reached in response.context["visits"]] == [
        ("Ada", True),
        ("Ben", True),
    ]
    assert Delay.objects.count() == 0


def test_it_says_when_they_hear_of_it(clinic, desk):
    assert said(post(desk)) == ["Amara Ortiz runs 20 minutes late.", "2 patients hear of it at 10:02 am."]
    assert Message.objects.filter(kind="delayed", state="due").count() == 2


def test_a_quick_button_counts_and_not_the_empty_box(clinic, desk):
    post(desk, minutes="", quick="30")

    assert Delay.objects.get().minutes == 30


def test_who_cannot_be_reached_is_named_with_a_phone(clinic, desk):
    clinic.ben.email, clinic.ben.phone = "", "+12125550123"
    clinic.ben.save()

    assert said(post(desk))[1:] == [
        "1 patient hears of it at 10:02 am.",
        "Not told: Ben Okafor, 11 am, (212) 555-0123.",
    ]


def test_on_time_again(clinic, desk):
    post(desk)

    assert said(post(desk, quick="0"))[-1] == "Amara Ortiz is on time again."
    assert scheduling.delays_of(clinic.house, TEN.date()) == {}


@pytest.mark.parametrize(
    "typed", [{"minutes": "241"}, {"minutes": "soon"}, {"clinician": "nobody\x00"}, {"location": ""}]
)
def test_bad_input_is_answered_and_kept(clinic, desk, typed):
    response = post(desk, **typed)

    assert (response.status_code, Delay.objects.count()) == (200, 0)
    assert response.context["form"].errors.keys() == set(typed)


def test_without_the_permission_the_page_is_refused(clinic, client):
    client.force_login(member(roles.EDITOR))

    assert (client.get(ADDRESS).status_code, client.post(ADDRESS).status_code) == (403, 403)
