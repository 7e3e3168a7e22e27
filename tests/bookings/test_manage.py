"""The page behind the link of a message: what it shows, what it changes, and what it never tells."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from bookings import links, scheduling
from bookings.models import AppointmentEvent, ManageLink, Occupancy
from tests import cast, factories
from tests.bookings.visits import book

pytestmark = pytest.mark.django_db

STAFF = scheduling.By.system()
LATER = cast.NOW + dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


@pytest.fixture
def opened(visit):
    """A browser that has opened the visit's link."""
    return open_link(visit)


def open_link(visit, *, at=LATER, **options):
    """Follow the link of a message at some time: a session lasts for hours, a link for weeks."""
    browser = Client(**options)
    with time_machine.travel(at, tick=False):
        browser.get(f"/appointments/{links.mint(visit, now=LATER)}/")
    return browser


def words(answer):
    return answer.content.decode()


def press_cancel(browser, visit, **changed):
    form = {"reason": "better", "version": visit.version} | changed
    return browser.post("/appointments/cancel/", form, follow=True)


# --- Opening --------------------------------------------------------------------------------------------------------


def test_the_token_leaves_the_address_at_once(client, visit):
    answer = client.get(f"/appointments/{links.mint(visit, now=LATER)}/")
    assert (answer.status_code, answer["Location"]) == (302, "/appointments/")


def test_the_page_shows_arrival_time_place_and_phone(opened):
    page = words(opened.get("/appointments/"))
    facts = [
        "Wednesday, March 4, 2026",
        "Please arrive at <b>9:50 am</b>",
        "1 Harbor Street",
        "(212) 555-0100",
        "booked",
    ]
    assert [fact for fact in facts if fact not in page] == []


def test_the_page_tells_a_finder_of_the_mail_nothing_about_the_person(opened, visit):
    page = words(opened.get("/appointments/")) + words(opened.get("/appointments/cancel/"))
    page = page.replace("Riverbend Pain Clinic", "")
    private = ["Ada", "Vale", "ada@example.com", "Consultation", visit.clinician.name, visit.reference, f"/{visit.pk}"]
    assert [secret for secret in private if secret in page] == []


@pytest.mark.parametrize("method", ["get", "head"])
def test_following_every_link_a_hundred_times_changes_nothing(client, visit, method):
    address = f"/appointments/{links.mint(visit, now=LATER)}/"
    for _scan in range(25):
        for path in (address, "/appointments/", "/appointments/cancel/", "/appointments/calendar.ics"):
            assert getattr(client, method)(path).status_code in (200, 302)
    before = visit.version
    visit.refresh_from_db()
    assert (visit.status, visit.version, AppointmentEvent.objects.count()) == ("booked", before, 1)


def test_opening_a_link_gives_the_session_a_new_key(client, visit):
    client.get("/book/")
    planted = client.cookies.get("session")
    client.get(f"/appointments/{links.mint(visit, now=LATER)}/")
    assert planted is None or client.cookies["session"].value != planted.value


def test_a_page_about_a_visit_is_kept_by_no_cache(opened):
    answer = opened.get("/appointments/")
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store, private", "same-origin")


# --- Links that open nothing ----------------------------------------------------------------------------------------


def test_all_that_is_wrong_gets_one_answer(visit):
    dead, revoked = links.mint(visit, now=LATER), links.mint(visit, now=LATER)
    ManageLink.objects.filter(token_hash=links.hash_of(dead)).update(expires_at=LATER)
    ManageLink.objects.filter(token_hash=links.hash_of(revoked)).update(revoked_at=LATER)
    paths = ["/appointments/", "/appointments/cancel/", "/appointments/calendar.ics"]
    paths += [f"/appointments/{token}/" for token in (dead, revoked, "x" * 43, "1", visit.reference, str(visit.pk))]
    answers = [Client().get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [404] * len(paths)
    assert len({words(answer) for answer in answers}) == 1


def test_a_link_revoked_later_closes_the_page(opened):
    ManageLink.objects.update(revoked_at=LATER)
    assert opened.get("/appointments/").status_code == 404


def test_a_link_opens_its_own_visit_only(clinic, client, visit):
    other = book(clinic, clinic.ben, time="11:00")
    client.get(f"/appointments/{links.mint(other, now=LATER)}/")
    press_cancel(client, other)
    visit.refresh_from_db()
    other.refresh_from_db()
    assert (visit.status, other.status) == ("booked", "cancelled")


def test_guessing_is_slowed_down_even_for_the_lucky_guess(client, visit):
    token = links.mint(visit, now=LATER)
    for guess in range(30):
        client.get(f"/appointments/{guess}/")
    assert client.get(f"/appointments/{token}/").status_code == 404
    with time_machine.travel(LATER + dt.timedelta(hours=1), tick=False):
        assert client.get(f"/appointments/{token}/").status_code == 302


# --- Cancelling -----------------------------------------------------------------------------------------------------


def test_a_cancelled_visit_frees_its_time_and_says_so(opened, visit):
    answer = press_cancel(opened, visit)
    visit.refresh_from_db()
    assert answer.redirect_chain == [("/appointments/", 302)]
    assert "This appointment is canceled" in words(answer)
    assert (visit.status, visit.cancel_reason, Occupancy.objects.count()) == ("cancelled", "better", 0)
    assert visit.events.last().actor == "patient"


def test_a_second_press_changes_nothing_and_tells_nobody(opened, visit):
    press_cancel(opened, visit)
    answer = press_cancel(opened, visit)
    assert (answer.status_code, "This appointment is canceled" in words(answer)) == (200, True)
    assert (visit.events.filter(verb="cancel").count(), visit.messages.filter(kind="cancelled").count()) == (1, 1)


def test_without_a_reason_nothing_is_cancelled(opened, visit):
    answer = press_cancel(opened, visit, reason="")
    visit.refresh_from_db()
    assert ("Choose a reason." in words(answer), "<title>Error:" in words(answer)) == (True, True)
    assert visit.status == "booked"


@pytest.mark.parametrize("reason", ["clinician_away", "declined", "because"])
def test_reasons_of_the_staff_are_not_the_patients(opened, visit, reason):
    press_cancel(opened, visit, reason=reason)
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_visit_that_was_moved_meanwhile_is_shown_again_first(clinic, opened, visit):
    slot = scheduling.Slot(clinic.consultation, cast.at("2026-03-06", "14:00"), clinic.house)
    scheduling.move(visit, slot, by=STAFF, now=LATER)
    answer = press_cancel(opened, visit)
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert ("Friday, March 6, 2026" in words(answer), "Your appointment has changed" in words(answer)) == (True, True)


@pytest.mark.parametrize(
    ("now", "status"), [(("2026-03-03", "10:00"), "cancelled"), (("2026-03-03", "10:01"), "booked")]
)
def test_from_the_cut_off_on_people_phone(visit, now, status):
    with time_machine.travel(cast.at(*now), tick=False):
        answer = press_cancel(open_link(visit, at=cast.at(*now)), visit)
    visit.refresh_from_db()
    assert (visit.status, "please call us" in words(answer)) == (status, status == "booked")


def test_another_site_cannot_press_the_button(visit):
    browser = open_link(visit, enforce_csrf_checks=True)
    assert browser.post("/appointments/cancel/", {"reason": "better", "version": visit.version}).status_code == 403


# --- Honest states --------------------------------------------------------------------------------------------------


def test_a_request_is_not_called_booked(clinic, client):
    clinic.consultation.policy = "request"
    clinic.consultation.save()
    visit = book(clinic)
    client.get(f"/appointments/{links.mint(visit, now=LATER)}/")
    page = words(client.get("/appointments/"))
    assert ("requested, not booked yet" in page, "Add to your calendar" in page) == (True, False)


def test_a_visit_of_yesterday_is_over(visit):
    day_after = cast.at("2026-03-05", "09:00")
    with time_machine.travel(day_after, tick=False):
        browser = open_link(visit, at=day_after)
        page = words(browser.get("/appointments/"))
        assert browser.get("/appointments/cancel/").status_code == 302
    assert ("This appointment is over" in page, "Book another time" in page) == (True, True)


def test_a_patient_who_has_arrived_is_welcome(visit):
    arrived = cast.at("2026-03-04", "09:45")
    scheduling.check_in(visit, by=STAFF, now=arrived)
    with time_machine.travel(arrived, tick=False):
        assert "You are here" in words(open_link(visit, at=arrived).get("/appointments/"))


def test_the_calendar_file_has_a_neutral_name(opened):
    answer = opened.get("/appointments/calendar.ics")
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "text/calendar; charset=utf-8",
        'attachment; filename="appointment.ics"',
    )


def test_times_are_those_of_the_place(clinic, client):
    clinic.house.time_zone = "America/Los_Angeles"
    clinic.house.save()
    visit = book(clinic, factories.PatientFactory(), time="13:00")
    client.get(f"/appointments/{links.mint(visit, now=LATER)}/")
    assert "Please arrive at <b>9:50 am</b>" in words(client.get("/appointments/"))


# --- Another time offered --------------------------------------------------------------------------------------------


@pytest.fixture
def offered(clinic):
    slot = scheduling.Slot(clinic.consultation, cast.at("2026-03-04", "10:00"), clinic.house)
    asked = scheduling.request(slot, patient=clinic.ada, by=STAFF, now=cast.NOW, source="web")
    other = scheduling.Slot(clinic.consultation, cast.at("2026-03-04", "14:00"), clinic.house)
    return scheduling.offer(asked, other, by=STAFF, now=cast.NOW)


def press_yes(browser, visit, **changed):
    return browser.post("/appointments/accept/", {"version": visit.version} | changed, follow=True)


def test_an_offered_time_is_shown_with_until_when_it_is_kept(offered):
    page = words(open_link(offered).get("/appointments/"))

    assert "We can offer you this time" in page
    assert "We keep this one for you until 8 am on Tuesday, March 3, 2026." in page


def test_yes_books_the_offered_time(offered):
    page = words(press_yes(open_link(offered), offered))
    offered.refresh_from_db()

    assert (offered.status, "You are booked" in page or "Your appointment" in page) == ("booked", True)


def test_yes_to_a_time_that_has_changed_since_books_nothing(clinic, offered):
    browser = open_link(offered)
    other = scheduling.Slot(clinic.consultation, cast.at("2026-03-04", "15:00"), clinic.house)
    scheduling.offer(offered, other, by=STAFF, now=LATER)
    press_yes(browser, offered)
    offered.refresh_from_db()

    assert offered.status == "requested"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
def test_yes_with_a_version_made_by_hand_books_nothing(offered, version):
    answer = press_yes(open_link(offered), offered, version=version)
    offered.refresh_from_db()

    assert (answer.status_code, offered.status) == (200, "requested")


def test_opening_the_address_of_yes_books_nothing(offered):
    assert open_link(offered).get("/appointments/accept/").status_code == 405


def test_yes_to_a_plain_request_is_refused(clinic):
    slot = scheduling.Slot(clinic.consultation, cast.at("2026-03-04", "10:00"), clinic.house)
    asked = scheduling.request(slot, patient=clinic.ada, by=STAFF, now=cast.NOW, source="web")
    press_yes(open_link(asked), asked)
    asked.refresh_from_db()

    assert asked.status == "requested"


def test_an_offer_can_be_taken_back_by_the_patient(offered):
    press_cancel(open_link(offered), offered)
    offered.refresh_from_db()

    assert offered.status == "cancelled"
