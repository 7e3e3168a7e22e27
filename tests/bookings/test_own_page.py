"""The patient's page: honest words for every state, saying yes, undoing, and what never happens by looking."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from bookings import links, scheduling
from bookings.models import ManageLink
from bookings.models.limits import RateCount
from bookings.views.own_deeds import CHANGES_PER_HOUR
from tests import cast, factories
from tests.bookings.own_pages import open_link, open_verified, words
from tests.bookings.scheduling.asking import everything, messages_of, verbs_of
from tests.bookings.visits import book
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db

PATIENT, SYSTEM = scheduling.By.patient(), scheduling.By.system()
LATER = NOW + dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
AFTER = at("2026-03-05", "09:00")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


def slot(clinic, time="14:00", date="2026-03-04"):
    return scheduling.Slot(clinic.consultation, at(date, time), clinic.house)


def request_of(clinic):
    return scheduling.request(slot(clinic, "10:00"), patient=clinic.ada, by=PATIENT, now=NOW, source="web")


def page_of(visit, *, now=LATER, verified=False):
    """What the link shows at some time, its words without tags and line ends."""
    with time_machine.travel(now, tick=False):
        browser = (open_verified if verified else open_link)(visit, now=now)
        return " ".join(words(browser.get("/appointments/")).split())


def press(browser, what, visit, **changed):
    return browser.post(f"/appointments/{what}/", {"version": visit.version} | changed, follow=True)


def said(answer):
    """The words that were said after a press."""
    return [str(message) for message in answer.context["messages"]]


# --- Honest words ---------------------------------------------------------------------------------------------------


def test_a_request_says_until_when_it_is_decided(clinic):
    page = page_of(request_of(clinic))

    assert "We are keeping this time for you. You do not need to do anything." in page
    assert "We tell you by 8 am on Tuesday, March 3, 2026 whether it fits." in page


def test_a_request_that_is_decided_late_says_so(clinic):
    page = page_of(request_of(clinic), now=at("2026-03-03", "08:00"))

    assert "Our answer is late. Please call us if you want to know now." in page


def test_an_offer_whose_day_has_passed_is_still_there_to_be_taken(clinic):
    offered = scheduling.offer(request_of(clinic), slot(clinic), by=SYSTEM, now=NOW)
    page = page_of(offered, now=at("2026-03-03", "08:00"))

    assert "We wanted your answer by 8 am on Tuesday, March 3, 2026." in page
    assert "Yes, book this time" in page


def test_a_declined_request_is_not_called_canceled(clinic):
    page = page_of(scheduling.decline(request_of(clinic), by=SYSTEM, now=NOW))

    assert ("We could not say yes to this time" in page, "not booked" in page) == (True, True)
    assert ("is canceled" in page, "Book another time" in page, "Where" in page) == (False, True, False)


@pytest.mark.parametrize(("by", "words"), [(PATIENT, "You canceled it on Monday, March 2, 2026, at 8 am."),
                                           (SYSTEM, "We had to cancel it, and we are sorry.")])  # fmt: skip
def test_a_canceled_visit_says_who_canceled_it(visit, by, words):
    page = page_of(scheduling.cancel(visit, by=by, now=NOW, reason="other"))

    assert ("This appointment is canceled" in page, words in page, "You do not need to come." in page) == (True,) * 3


def test_a_missed_visit_is_forgiven_and_can_be_booked_again(visit):
    missed = scheduling.miss(visit, by=SYSTEM, now=visit.end)
    page = page_of(missed, now=AFTER)

    assert ("We missed you" in page, "that happens" in page, 'href="/book/">Book again' in page) == (True, True, True)


@pytest.mark.parametrize("end", ["missed", "over", "cancelled"])
def test_the_way_to_book_again_names_the_treatment_to_its_person_alone(visit, end):
    if end == "missed":
        scheduling.miss(visit, by=SYSTEM, now=visit.end)
    if end == "cancelled":
        scheduling.cancel(visit, by=SYSTEM, now=NOW, reason="other")
    visit.refresh_from_db()
    before, after = (page_of(visit, now=AFTER, verified=verified) for verified in (False, True))

    assert ('href="/book/"' in before, "treatment=" in before) == (True, False)
    assert 'href="/book/?treatment=consultation"' in after


def test_a_visit_that_should_have_begun_asks_to_call(visit):
    page = page_of(visit, now=visit.start)

    assert "It was to start at 10 am. Are you late, or not sure? Please call us." in page
    assert [
        word for word in ("Yes, I will come", "Choose another time", "Cancel", "Book another") if word in page
    ] == []


@pytest.mark.parametrize("status", ["arrived", "in room", "with clinician"])
def test_who_is_in_the_house_is_welcome(visit, status):
    now = at("2026-03-04", "09:50")
    for verb in {"arrived": [], "in room": ["room"], "with clinician": ["start"]}[status]:
        visit = scheduling.check_in(visit, by=SYSTEM, now=now) if visit.status == "booked" else visit
        visit = getattr(scheduling, verb)(visit, by=SYSTEM, now=now)
    visit = scheduling.check_in(visit, by=SYSTEM, now=now) if visit.status == "booked" else visit

    assert "You are here. Welcome" in page_of(visit, now=now)


def test_after_the_cut_off_the_page_says_why_and_gives_the_phone(visit):
    page = page_of(visit, now=visit.start - dt.timedelta(hours=24) + MINUTE)

    assert "Your visit is soon, so please call us: (212) 555-0100." in page
    assert [way for way in ("/appointments/move/", "/appointments/cancel/") if way in page] == []
    assert "Yes, I will come" in page


def test_until_the_cut_off_the_page_says_until_when(visit):
    assert "You can move or cancel here until 10 am on Tuesday, March 3, 2026." in page_of(visit)


# --- Moved since the message ----------------------------------------------------------------------------------------


def test_who_opens_an_old_message_is_told_of_the_new_time(clinic, visit):
    token = links.mint(visit, now=NOW)
    scheduling.move(visit, slot(clinic), by=SYSTEM, now=NOW + MINUTE)
    browser = Client()
    browser.get(f"/appointments/{token}/")
    page = " ".join(words(browser.get("/appointments/")).split())

    assert "This is the new time." in page
    assert "The message you opened may still say Wednesday, March 4, 2026, 10 am." in page


def test_who_opens_the_new_message_is_not(clinic, visit):
    moved = scheduling.move(visit, slot(clinic), by=SYSTEM, now=NOW)

    assert "This is the new time." not in page_of(moved)


def test_a_visit_that_was_moved_and_moved_back_is_where_the_message_says(clinic, visit):
    token = links.mint(visit, now=NOW)
    moved = scheduling.move(visit, slot(clinic), by=SYSTEM, now=NOW + MINUTE)
    scheduling.move(moved, slot(clinic, "10:00"), by=SYSTEM, now=NOW + 2 * MINUTE)
    browser = Client()
    browser.get(f"/appointments/{token}/")

    assert "This is the new time." not in words(browser.get("/appointments/"))


# --- Yes, I will come -----------------------------------------------------------------------------------------------


def test_yes_is_written_down_and_shown(visit):
    browser = open_link(visit)
    answer = press(browser, "confirm", visit)
    visit.refresh_from_db()

    assert (visit.confirmed_at, visit.status, visit.events.last().actor) == (LATER, "booked", "patient")
    assert said(answer) == ["Thank you. We look forward to seeing you."]
    assert ("You told us that you will come." in words(answer), "Yes, I will come" in words(answer)) == (True, False)


def test_yes_twice_is_yes_once(visit):
    browser = open_link(visit)
    press(browser, "confirm", visit)
    visit.refresh_from_db()
    press(browser, "confirm", visit)

    assert verbs_of(visit) == ["book", "confirm"]


def test_yes_to_a_time_that_was_moved_meanwhile_is_no_yes(clinic, visit):
    browser = open_link(visit)
    scheduling.move(visit, slot(clinic), by=SYSTEM, now=NOW)
    answer = press(browser, "confirm", visit)
    visit.refresh_from_db()

    assert visit.confirmed_at is None
    assert said(answer) == ["Your appointment has changed since you opened that page. Please look at it again."]


def test_nobody_of_the_staff_is_named_to_a_patient(clinic, visit):
    browser = open_link(visit)
    desk = factories.UserFactory(name="Maria Lopez", is_superuser=True)
    scheduling.move(visit, slot(clinic), by=scheduling.By.staff(desk), now=NOW)

    assert "Maria" not in words(press(browser, "confirm", visit))


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
@pytest.mark.parametrize("what", ["confirm", "undo", "accept", "cancel", "move"])
def test_a_version_made_by_hand_changes_nothing(visit, what, version):
    browser = open_link(visit)
    before = everything()
    answer = press(browser, what, visit, version=version, reason="better", slot="2026-03-04T19:00:00Z//harbor-street")

    assert (answer.status_code, everything()) == (200, before)


# --- Undo -----------------------------------------------------------------------------------------------------------


def cancelled_by(browser, visit):
    press(browser, "cancel", visit, reason="better")
    visit.refresh_from_db()


def test_what_was_canceled_can_be_undone(visit):
    browser = open_link(visit)
    cancelled_by(browser, visit)
    page = " ".join(words(browser.get("/appointments/")).split())
    answer = press(browser, "undo", visit)
    visit.refresh_from_db()

    assert "You can undo this until 9:30 am, if nobody else has taken the time." in page
    assert (visit.status, said(answer)) == ("booked", ["Done. Your appointment is as it was before."])
    assert "Your appointment" in words(answer)


def test_an_undo_comes_too_late_for_a_time_that_somebody_else_has(clinic, visit):
    browser = open_link(visit)
    cancelled_by(browser, visit)
    for patient in (clinic.ben, factories.PatientFactory()):
        book(clinic, patient, now=LATER)  # both of its clinicians are taken then
    answer = press(browser, "undo", visit)
    visit.refresh_from_db()

    assert (visit.status, said(answer)) == ("cancelled", ["Somebody else has taken that time since."])


def test_after_half_an_hour_there_is_no_undo(visit):
    browser = open_link(visit)
    cancelled_by(browser, visit)
    with time_machine.travel(LATER + 30 * MINUTE, tick=False):
        assert "/appointments/undo/" not in words(browser.get("/appointments/"))
        answer = press(browser, "undo", visit)
    visit.refresh_from_db()

    assert visit.status == "cancelled"
    assert said(answer) == ["It is too late to undo this. You can book another time, or call us."]


def test_what_the_clinic_canceled_is_not_the_patients_to_undo(visit):
    scheduling.cancel(visit, by=SYSTEM, now=LATER, reason="other")
    visit.refresh_from_db()
    browser = open_link(visit)
    press(browser, "undo", visit)
    visit.refresh_from_db()

    assert ("/appointments/undo/" in words(browser.get("/appointments/")), visit.status) == (False, "cancelled")


def test_an_undo_of_a_page_of_before_undoes_nothing(visit):
    browser = open_link(visit)
    cancelled_by(browser, visit)
    press(browser, "undo", visit, version=visit.version - 1)
    visit.refresh_from_db()

    assert visit.status == "cancelled"


# --- Never by looking, never from elsewhere, never too often --------------------------------------------------------

PAGES = ["", "cancel/", "move/", "move/?clinician=any&place=any", "date-of-birth/", "calendar.ics"]
PRESSES = ["confirm/", "undo/", "accept/", "others/", "close/"]  # closing needs no link


@pytest.mark.parametrize(
    ("state", "method"), [("booked", "get"), ("booked", "head"), ("cancelled", "get"), ("offered", "get")]
)
def test_a_hundred_looks_change_nothing(clinic, visit, state, method):
    if state == "cancelled":
        visit = scheduling.cancel(visit, by=PATIENT, now=LATER, reason="time")
    if state == "offered":
        asked = scheduling.request(slot(clinic, "11:00"), patient=clinic.ben, by=PATIENT, now=NOW, source="web")
        visit = scheduling.offer(asked, slot(clinic, "15:00"), by=SYSTEM, now=NOW)
    token, browser = links.mint(visit, now=NOW), Client()
    look = getattr(browser, method)
    before = everything() | {"links": list(ManageLink.objects.values())}
    for _scan in range(10):
        assert look(f"/appointments/{token}/").status_code == 302
        assert {look(f"/appointments/{page}").status_code for page in PAGES} <= {200, 302}
        assert {look(f"/appointments/{press}").status_code for press in PRESSES} == {405}

    assert everything() | {"links": list(ManageLink.objects.values())} == before
    assert not RateCount.objects.exists()


@pytest.mark.parametrize(
    "path", ["confirm/", "undo/", "accept/", "cancel/", "move/", "date-of-birth/", "others/", "close/"]
)
def test_another_site_can_press_nothing(visit, path):
    browser = open_link(visit, enforce_csrf_checks=True)
    before = everything()

    assert browser.post(f"/appointments/{path}", {"version": 0, "reason": "better"}).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("path", [*PAGES, "details/", "prepare/"])
def test_no_page_of_a_visit_is_kept_by_any_cache(visit, path):
    answer = open_verified(visit, now=LATER).get(f"/appointments/{path}")

    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store, private", "noindex")


@pytest.mark.parametrize("path", [*PAGES, *PRESSES[:-1]])
def test_without_a_good_link_every_address_gives_the_one_answer(visit, path):
    """Foreign: a link for something else. Whoever has it learns what a stranger learns."""
    neutral = words(Client().get("/appointments/"))
    foreign = Client()
    session = foreign.session
    links.mint(visit, now=NOW, purpose=ManageLink.Purpose.UNSUBSCRIBE)
    session["manage_link"] = ManageLink.objects.get().pk
    session.save()
    ask = foreign.post if path in PRESSES else foreign.get
    answer = ask(f"/appointments/{path}")

    assert (answer.status_code, words(answer)) == (404, neutral)


def test_wrong_expired_revoked_and_foreign_tokens_get_one_answer(visit):
    tokens = [links.mint(visit, now=NOW) for _each in range(2)]
    expired, revoked = (ManageLink.objects.filter(token_hash=links.hash_of(token)) for token in tokens)
    expired.update(expires_at=LATER)
    revoked.update(revoked_at=LATER)
    foreign = links.mint(visit, now=NOW, purpose=ManageLink.Purpose.UNSUBSCRIBE)
    wrong = ["x" * 43, "0", visit.reference, str(visit.pk), "é" * 43, "x" * 500]
    answers = [Client().get(f"/appointments/{token}/") for token in [*tokens, foreign, *wrong]]

    assert {(answer.status_code, words(answer)) for answer in answers} == {(404, words(Client().get("/appointments/")))}
    assert {tuple(sorted(answer.headers)) for answer in answers} == {tuple(sorted(answers[0].headers))}


def test_wrong_and_expired_tokens_cost_the_same_statements(visit, django_assert_num_queries):
    expired = links.mint(visit, now=NOW)
    ManageLink.objects.update(expires_at=LATER)
    for token in (expired, "x" * 43):
        RateCount.objects.all().delete()
        with django_assert_num_queries(9):
            Client().get(f"/appointments/{token}/")


def test_a_link_is_not_for_filling_somebodys_mailbox(visit):
    browser = open_link(visit)
    for _pair in range(CHANGES_PER_HOUR // 2):
        press(browser, "cancel", visit, reason="better")
        visit.refresh_from_db()
        press(browser, "undo", visit)
        visit.refresh_from_db()
    answer = press(browser, "cancel", visit, reason="better")
    visit.refresh_from_db()

    assert (answer.status_code, visit.status, "(212) 555-0100" in words(answer)) == (429, "booked", True)
    assert messages_of(visit).count("cancelled void") == CHANGES_PER_HOUR // 2
