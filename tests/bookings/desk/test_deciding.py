"""The manager's list of leave and hours to decide, and the page that decides."""

import pytest
from django.test import Client

from bookings import scheduling
from bookings.models import AccessEntry, TimeOff, TimeRequest
from clinic import roles
from tests import cast
from tests.cast import NOW, at
from tests.desk import asks_leave, book, member

pytestmark = pytest.mark.django_db
LIST = "/admin/work/time/"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def manager(client, clinic):
    client.force_login(member(roles.MANAGER))
    return client


@pytest.fixture
def asked(clinic):
    return ask(clinic)


def ask(clinic, *, user=None):
    user = user or member(roles.CLINICIAN, clinician=clinic.ortiz, name="Amara Ortiz")
    return asks_leave(clinic.ortiz, at("2026-03-04", "00:00"), user=user)


def page_of(asked):
    return f"/admin/time-requests/{asked.pk}/"


def press(client, asked, what, **data):
    mark = client.get(page_of(asked)).context["mark"]
    return client.post(page_of(asked), {"press": what, "mark": mark, **data})


def test_it_stands_on_the_managers_list_and_nobody_elses(asked, manager):
    assert page_of(asked) in manager.get(LIST).text
    for role in (roles.FRONT_DESK, roles.EDITOR):
        other = Client()
        other.force_login(member(role))
        assert [other.get(LIST).status_code, other.get(page_of(asked)).status_code] == [403, 403]
        assert other.post(page_of(asked), {"press": "approve"}).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_for_any_number_of_visits(number, clinic, manager, django_assert_num_queries):
    for hour in range(number):
        book(clinic, at("2026-03-04", f"{10 + hour}:00"))
    asked = ask(clinic)
    manager.get(page_of(asked))
    with django_assert_num_queries(6):
        page = manager.get(page_of(asked))
    assert len(page.context["hit"]) == number


def test_the_visits_it_hits_are_shown_and_noted(clinic, manager):
    book(clinic, at("2026-03-04", "10:00"))
    page = manager.get(page_of(ask(clinic)))
    assert "Ada Vale" in page.text
    assert "1 visit would be without its clinician" in page.text
    assert AccessEntry.objects.filter(view="admin:time-request", patients=[clinic.ada.pk]).exists()


def test_approved_with_visits_it_leads_to_where_they_can_go(clinic, manager):
    book(clinic, at("2026-03-04", "10:00"))
    answer = press(manager, ask(clinic), "approve", answer="Have fun")
    assert answer.url == f"/admin/away/{TimeOff.objects.get().pk}/"
    assert TimeRequest.objects.get().answer == "Have fun"


def test_approved_with_nobody_booked_it_leads_back_to_the_list(asked, manager):
    assert press(manager, asked, "approve").url == LIST
    assert TimeOff.objects.get().kind == "leave"
    assert "No clinician waits" in manager.get(LIST).text


def test_a_no_needs_a_word(asked, manager):
    answer = press(manager, asked, "decline")
    assert answer.context["form"].errors == {"answer": ["Say why in a few words: the clinician reads it."]}
    assert press(manager, asked, "decline", answer="Two are away").url == LIST
    assert (TimeRequest.objects.get().state, TimeOff.objects.count()) == ("declined", 0)


def test_a_visit_booked_meanwhile_is_shown_and_the_answer_stays(clinic, asked, manager):
    mark = manager.get(page_of(asked)).context["mark"]
    book(clinic, at("2026-03-04", "10:00"))
    again = manager.post(page_of(asked), {"press": "approve", "mark": mark, "answer": "Have fun"})
    assert "have changed since the page was made" in again.text
    assert 'value="Have fun"' in again.text
    assert len(again.context["hit"]) == 1
    assert not TimeOff.objects.exists()


def test_decided_twice_it_says_who_was_quicker(asked, manager):
    mark = manager.get(page_of(asked)).context["mark"]
    by = scheduling.By.staff(member(roles.MANAGER, name="Theo Marsh"))
    scheduling.decline_time(asked, by=by, now=NOW, answer="Two are away")
    again = manager.post(page_of(asked), {"press": "approve", "mark": mark})
    assert "Theo Marsh decided this already" in again.text
    assert not TimeOff.objects.exists()


def test_nobody_decides_about_their_own_time(clinic, client):
    user = member(roles.MANAGER, clinician=clinic.ortiz)
    client.force_login(user)
    asked = ask(clinic, user=user)
    page = client.get(page_of(asked))
    assert "Please ask another manager" in page.text
    assert "Approve" not in page.text
    answer = client.post(page_of(asked), {"press": "approve", "mark": page.context["mark"]})
    assert "Please ask another manager" in answer.text
    assert TimeRequest.objects.get().state == "asked"


@pytest.mark.parametrize("posted", [{}, {"press": "melt"}, {"press": "approve", "mark": "x" * 99}])
def test_nonsense_is_refused_and_changes_nothing(posted, asked, manager):
    assert manager.post(page_of(asked), posted).status_code == 200
    assert TimeRequest.objects.get().state == "asked"


def test_what_was_decided_is_kept_and_nobody_edits_it(asked, manager):
    press(manager, asked, "decline", answer="Two are away")
    row = f"/admin/bookings/timerequest/{asked.pk}"
    assert "Two are away" in manager.get(f"{row}/change/").text
    assert manager.post(f"{row}/change/", {"answer": "Fine"}).status_code == 403
    assert manager.post(f"{row}/delete/", {"post": "yes"}).status_code == 403
    assert TimeRequest.objects.get().answer == "Two are away"


def test_a_request_that_is_none_is_missing(manager):
    assert manager.get("/admin/time-requests/987654/").status_code == 404
