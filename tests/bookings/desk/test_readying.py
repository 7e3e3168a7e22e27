"""Readiness at the desk: chips and one-press answers in a visit's panel, and the side of a procedure before it begins."""

import pytest

from bookings import scheduling
from bookings.models import AccessEntry, Appointment, ReadinessAnswer
from clinic import roles
from tests import cast, factories
from tests.cast import at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()
START = at("2026-03-02", "10:30")


@pytest.fixture(autouse=True)
def _half_past_ten(time_machine):
    time_machine.move_to(START, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def neck(db):
    return factories.BodyRegionFactory(slug="neck", name="Neck")


@pytest.fixture
def desk(client):
    client.user = member(roles.FRONT_DESK, name="Maria Lopez")
    client.force_login(client.user)
    return client


@pytest.fixture
def visit(clinic):
    return book(clinic, START, treatment=clinic.injection, status="arrived")


def panel(client, visit):
    return client.get(f"/admin/desk/visit/{visit.pk}/")


def ready(client, visit):
    return {each.chip.name: each.chip.state for each in panel(client, visit).context["ready"]}


def press(client, visit, question, choice, **data):
    address = f"/admin/desk/visit/{visit.pk}/answer/"
    return client.post(address, {"question": question, "choice": choice, "version": visit.version, **data})


# --- Answers --------------------------------------------------------------------------------------------------------


def test_the_panel_asks_what_nobody_has_asked(visit, desk):
    assert ready(desk, visit) == {
        "where": "missing",
        "blood-thinner": "missing",
        "allergies": "missing",
        "consent": "missing",
        "driver": "missing",
        "first-visit": "said",
        "interpreter": "missing",
        "access-needs": "missing",
    }
    text = panel(desk, visit).text
    assert text.count("<details") == text.count(" open>") == 6
    assert "Do you take a blood thinner?" in text


def test_an_answer_is_one_press(visit, desk):
    answer = press(desk, visit, "blood-thinner", "warfarin", words="stopped on Friday")
    assert answer.url == f"/admin/desk/visit/{visit.pk}/"
    row = ReadinessAnswer.objects.get()
    assert (row.appointment, row.question, row.answer, row.words, row.user, row.at) == (
        visit,
        "blood-thinner",
        "warfarin",
        "stopped on Friday",
        desk.user,
        START,
    )
    assert "Blood thinner: warfarin, stopped on Friday" in panel(desk, visit).text


def test_it_leads_back_to_where_the_button_stood_and_nowhere_else(visit, desk):
    assert press(desk, visit, "driver", "comes", next="/admin/day/?part=board").url == "/admin/day/?part=board"
    assert press(desk, visit, "driver", "nobody", next="https://evil.example/").url == f"/admin/desk/visit/{visit.pk}/"


def test_an_answer_changes_nothing_else_about_the_visit(visit, desk):
    press(desk, visit, "driver", "comes")
    assert Appointment.objects.get().version == visit.version


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"question": "shoe-size", "choice": "none"}, "not a question of this visit"),
        ({"question": "driver", "choice": "melt"}, "Choose one of these"),
        ({"question": "", "choice": ""}, "Choose one of these"),
        ({"question": "driver", "choice": "comes", "words": "x" * 121}, "at most 120 characters"),
        ({"question": "driver", "choice": "comes", "words": "\u202eevil"}, "ordinary signs only"),
    ],
)
def test_what_cannot_be_is_answered_in_words(posted, words, visit, desk):
    answer = desk.post(f"/admin/desk/visit/{visit.pk}/answer/", posted, follow=True)
    assert words in " ".join(str(message) for message in answer.context["messages"])
    assert not ReadinessAnswer.objects.exists()


def test_refused_words_stay_on_the_visits_page_and_travel_nowhere_else(visit, desk):
    long = "x" * 130
    page = press(desk, visit, "driver", "comes", words=long)
    assert page.status_code == 200
    assert {each.chip.name: each.typed for each in page.context["ready"] if each.typed} == {"driver": long}
    assert (page.text.count(f'value="{long}"'), page.text.count('aria-invalid="true"')) == (1, 1)
    assert [str(message) for message in page.context["messages"]] == [
        "Ensure this value has at most 120 characters (it has 130)."
    ]


def test_refused_words_about_an_answer_that_stands_are_unfolded(visit, desk):
    press(desk, visit, "driver", "comes")
    page = press(desk, visit, "driver", "flies", words="a neighbor")
    [driver] = [each for each in page.context["ready"] if each.chip.name == "driver"]
    assert (driver.chip.state, driver.is_open, driver.typed) == ("said", True, "a neighbor")


def test_refused_words_stay_where_the_script_keeps_them_and_in_no_message(visit, desk):
    answer = press(desk, visit, "driver", "flies", words="a neighbor", next="/admin/day/?part=board")
    assert answer.url == "/admin/day/?part=board"
    assert "a neighbor" not in desk.get(answer.url).text


def test_words_typed_while_a_colleague_canceled_the_visit_are_shown_again(visit, desk):
    scheduling.cancel(visit, by=BY, now=START, reason="time")
    page = press(desk, visit, "driver", "comes", words="a <b>neighbor</b>")
    assert (page.context["ready"], page.context["homeless"]) == ([], ["a <b>neighbor</b>"])
    assert "Not written down: “a &lt;b&gt;neighbor&lt;/b&gt;”" in page.text


def test_of_a_visit_that_is_over_the_answers_stay_to_be_read(clinic, desk):
    visit = book(clinic, START, status="arrived")
    press(desk, visit, "allergies", "latex")
    for verb in (scheduling.start, scheduling.finish):
        visit = verb(visit, by=BY, now=START)
    text = panel(desk, visit).text
    assert "Allergies: latex" in text
    assert '<details id="ready' not in text
    press(desk, visit, "allergies", "none")
    assert ReadinessAnswer.objects.count() == 1


def test_of_a_canceled_visit_there_is_nothing_to_ask(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:30"))
    scheduling.cancel(visit, by=BY, now=START, reason="time")
    assert panel(desk, visit).context["ready"] == []


def test_answers_take_a_post_and_whoever_reads_is_written_down(visit, desk):
    assert desk.get(f"/admin/desk/visit/{visit.pk}/answer/").status_code == 405
    press(desk, visit, "driver", "comes")
    assert AccessEntry.objects.filter(view="admin:visit-answer").get().patients == [visit.patient_id]


def test_what_was_typed_is_text(visit, desk):
    press(desk, visit, "blood-thinner", "another", words="<script>alert(1)</script>")
    text = panel(desk, visit).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text


@pytest.mark.parametrize("number", [1, 3])
def test_the_panel_costs_the_same_for_any_number_of_answers(number, visit, desk, django_assert_num_queries):
    for choice in ("none", "aspirin", "warfarin")[:number]:
        press(desk, visit, "blood-thinner", choice)
    panel(desk, visit)
    with django_assert_num_queries(11):
        panel(desk, visit)


# --- Region and side ------------------------------------------------------------------------------------------------


def start_address(visit):
    return f"/admin/bookings/appointment/{visit.pk}/start/"


def test_a_procedure_without_a_side_asks_for_it_and_begins_in_the_same_press(visit, desk, neck):
    asked = desk.post(start_address(visit), {"version": visit.version, "next": "/admin/day/?location=harbor"})
    assert asked.url == f"/admin/desk/visit/{visit.pk}/start/?next=%2Fadmin%2Fday%2F%3Flocation%3Dharbor"
    page = desk.get(asked.url)
    assert "Ada Vale" in page.text
    said = {"region": "neck", "side": "left", "version": visit.version, "next": page.context["next"]}
    answer = desk.post(f"/admin/desk/visit/{visit.pk}/start/", said)
    assert answer.url == "/admin/day/?location=harbor"
    visit.refresh_from_db()
    assert (visit.status, visit.region, visit.side) == ("with_clinician", neck, "left")


def test_a_press_on_the_board_leads_to_the_whole_day_afterwards(visit, desk, neck):
    asked = desk.post(start_address(visit), {"version": visit.version, "next": "/admin/day/?part=board"})
    assert asked.url == f"/admin/desk/visit/{visit.pk}/start/"
    answer = desk.post(asked.url, {"region": "neck", "side": "left", "version": visit.version})
    assert answer.url.startswith("/admin/day/2026-03-02/?location=")


def test_what_is_missing_is_named_and_what_was_chosen_stays(visit, desk, neck):
    page = desk.post(f"/admin/desk/visit/{visit.pk}/start/", {"side": "left", "version": visit.version})
    assert page.context["form"].errors == {"region": ["Choose where it is."]}
    assert 'value="left" checked' in page.text
    assert "<title>Error: " in page.text
    visit.refresh_from_db()
    assert (visit.status, visit.side) == ("arrived", "")


def test_whoever_was_slower_is_told_and_loses_nothing(visit, desk, neck):
    version = visit.version
    scheduling.amend(visit, by=BY, now=START, reason="It burns.")
    said = {"region": "neck", "side": "left", "version": version}
    page = desk.post(f"/admin/desk/visit/{visit.pk}/start/", said)
    assert "Please look again" in page.text or "changed" in page.text
    assert 'value="left" checked' in page.text
    assert f'name="version" value="{version + 1}"' in page.text


def test_a_side_that_is_known_is_not_asked_for(clinic, desk, neck):
    visit = book(clinic, START, treatment=clinic.injection, status="arrived", region=neck, side="left")
    desk.post(start_address(visit), {"version": visit.version})
    visit.refresh_from_db()
    assert visit.status == "with_clinician"


def test_a_link_to_elsewhere_is_not_followed(visit, desk, neck):
    page = desk.get(f"/admin/desk/visit/{visit.pk}/start/?next=https://evil.example/")
    assert page.context["next"] == ""


@pytest.mark.parametrize("role", [roles.EDITOR])
def test_others_are_refused(role, visit, client):
    client.force_login(member(role))
    for deed in ("answer", "start"):
        assert client.post(f"/admin/desk/visit/{visit.pk}/{deed}/", {"side": "left"}).status_code == 403
