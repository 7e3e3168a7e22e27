"""A clinician is off sick today: whom it hits, where each can go, and one press that moves, cancels and tells them."""

import datetime as dt

import pytest
from django.urls import reverse

from bookings import scheduling
from bookings.models import AccessEntry, Appointment, Message, TimeOff
from bookings.models.appointments import Status
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
HALF_HOURS = [f"{9 + n // 2:02}:{30 * (n % 2):02}" for n in range(16)]


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK))
    return client


def people(number):
    return [
        factories.PatientFactory(first_name=f"Pat {n}", email=f"pat{n}@example.com", phone=f"+1212555{100 + n:04}")
        for n in range(number)
    ]


def sick(clinic, start="00:00", end="23:59", date=MONDAY, **whose):
    whose = whose or {"resource": clinic.ortiz.resource}
    times = {"start": at(date, start), "end": at(date, end), "kind": "sick"}
    return scheduling.block(**whose, **times, by=scheduling.By.system(), now=NOW)[0]


def full_morning(clinic, number, **options):
    """So many visits of Dr. Ortiz today, one after another from 10 o'clock."""
    booked = [
        book(clinic, at(MONDAY, time), patient=who, **options)
        for who, time in zip(people(number), HALF_HOURS[2:], strict=False)
    ]
    assert len(booked) == number
    return booked


def page(off):
    return reverse("admin:away-resolve", args=[off.pk])


def lines(desk, off):
    return desk.get(page(off)).context["lines"]


def said(time):
    return time and (f"{time.local_start:%a %H:%M}", time.clinician.slug)


def proposed(desk, off):
    return [(said(line.proposal.same), said(line.proposal.other), line.chosen) for line in lines(desk, off)]


def choices(shown, **other):
    """What the page's form posts as it stands; `other`: fields to post besides or instead."""
    posted = {"notify": "1"}
    for line in shown:
        values = {"same": line.same_value, "other": line.other_value}
        posted[f"do-{line.visit.pk}"] = values.get(line.chosen, line.chosen)
        posted[f"version-{line.visit.pk}"] = line.visit.version
    return posted | other


def diary():
    rows = Appointment.objects.order_by("pk").select_related("clinician", "location")
    return [(f"{visit.local_start:%a %H:%M}", visit.clinician.slug, visit.status) for visit in rows]


# --- Writing it down ------------------------------------------------------------------------------------------------


@pytest.mark.engine
def test_one_press_writes_the_day_off_and_leads_to_whom_it_hits(clinic, desk):
    visit = book(clinic, at(MONDAY, "10:30"))
    first = desk.get("/admin/away/?clinician=amara-ortiz")
    assert [first.context["form"][name].value() for name in ("who", "when", "kind")] == [
        "clinician=amara-ortiz",
        "today",
        "sick",
    ]
    typed = {"who": "clinician=amara-ortiz", "when": "today", "kind": "sick", "note": "flu"}
    response = desk.post("/admin/away/", typed, follow=True)
    off = TimeOff.objects.get()
    assert response.redirect_chain == [(page(off), 302)]
    assert response.context["hit"] == [visit]
    assert (off.resource, off.start, off.end, off.kind, off.note) == (
        clinic.ortiz.resource,
        at(MONDAY, "00:00"),
        at(TUESDAY, "00:00"),
        "sick",
        "flu",
    )


@pytest.mark.parametrize(
    ("who", "typed", "start", "end", "kind"),
    [
        ("location=harbor-street", {"when": "rest"}, (MONDAY, "08:00"), (TUESDAY, "00:00"), "closure"),
        ("gym", {"when": "dates", "first": "2026-03-05"}, ("2026-03-05", "00:00"), ("2026-03-06", "00:00"), "maintenance"),
        (
            "clinician=ben-sato",
            {"when": "dates", "first": "2026-03-06", "last": "2026-03-08", "kind": "leave"},
            ("2026-03-06", "00:00"),
            ("2026-03-09", "00:00"),
            "leave",
        ),
    ],
)  # fmt: skip
def test_the_span_and_the_kind_fit_who_or_what_is_away(who, typed, start, end, kind, clinic, desk):
    who = f"resource={clinic.gym.pk}" if who == "gym" else who
    desk.post("/admin/away/", {"who": who, "kind": "sick", **typed})
    off = TimeOff.objects.get()
    assert (off.start, off.end, off.kind) == (at(*start), at(*end), kind)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"who": ""}, "who"),
        ({"who": "clinician=nobody"}, "who"),
        ({"when": "dates"}, "first"),
        ({"when": "dates", "first": "2026-03-05", "last": "2026-03-04"}, "last"),
        ({"when": "dates", "first": "2026-03-05", "last": "2028-03-05"}, "last"),
        ({"when": "dates", "first": "9999-12-31"}, "last"),
        ({"kind": "party"}, "kind"),
    ],
)
def test_what_cannot_be_is_words_on_the_form(typed, field, clinic, desk):
    response = desk.post("/admin/away/", {"who": "clinician=amara-ortiz", "when": "today", "kind": "sick", **typed})
    assert (list(response.context["form"].errors), TimeOff.objects.count()) == ([field], 0)


def test_pressed_twice_it_is_written_once(clinic, desk):
    typed = {"who": "clinician=amara-ortiz", "when": "today", "kind": "sick"}
    pressed = [desk.post("/admin/away/", typed).url for _press in range(2)]
    assert pressed == [page(TimeOff.objects.get())] * 2


@pytest.mark.parametrize("role", [roles.CLINICIAN, roles.EDITOR])
def test_others_are_refused(role, clinic, client):
    off = sick(clinic)
    client.force_login(member(role))
    asked = [client.get("/admin/away/"), client.post("/admin/away/", {}), client.get(page(off)), client.post(page(off))]
    assert {response.status_code for response in asked} <= {302, 403}
    assert not any(getattr(response, "url", "/admin/login/").startswith("/admin/away") for response in asked)


# --- Where they can go ----------------------------------------------------------------------------------------------


def test_the_same_hour_with_another_clinician_comes_before_another_day_with_their_own(clinic, desk):
    book(clinic, at(MONDAY, "10:30"))
    assert proposed(desk, sick(clinic)) == [(("Tue 09:00", "amara-ortiz"), ("Mon 10:30", "ben-sato"), "other")]


def test_without_another_clinician_it_is_their_own_on_another_day(clinic, desk):
    book(clinic, at(MONDAY, "11:00"), clinician=clinic.lindqvist, treatment=clinic.therapy)
    off = sick(clinic, resource=clinic.lindqvist.resource)
    assert proposed(desk, off) == [(("Tue 09:00", "tess-lindqvist"), None, "same")]


def test_a_room_out_of_order_leaves_time_and_clinician(clinic, desk):
    visit = book(clinic, at(MONDAY, "10:30"))
    assert list(visit.occupancy.values_list("resource__name", flat=True).order_by("resource")) == [
        "Amara Ortiz",
        "Room 1",
    ]
    off = sick(clinic, resource=clinic.room_one)
    assert proposed(desk, off) == [(("Mon 10:30", "amara-ortiz"), ("Mon 11:00", "ben-sato"), "same")]


def test_a_closed_location_offers_its_next_open_day(clinic, desk):
    book(clinic, at(MONDAY, "10:30"))
    off = sick(clinic, location=clinic.house)
    assert proposed(desk, off) == [(("Tue 09:00", "amara-ortiz"), ("Tue 09:00", "ben-sato"), "same")]


def test_no_two_proposals_are_in_each_others_way(clinic, desk):
    full_morning(clinic, 14)
    shown = lines(desk, sick(clinic))
    times = [time for line in shown for time in (line.proposal.same, line.proposal.other)]
    assert None not in times
    assert len({(time.start_minute, time.clinician.pk) for time in times}) == 28
    assert [said(line.proposal.other) for line in shown] == [(f"Mon {time}", "ben-sato") for time in HALF_HOURS[2:]]


def test_one_time_that_is_taken_does_not_push_everybody_along(clinic, desk):
    full_morning(clinic, 3)
    book(clinic, at(MONDAY, "10:30"), clinician=clinic.sato)
    shown = lines(desk, sick(clinic))
    assert [said(line.proposal.other) for line in shown] == [
        ("Mon 10:00", "ben-sato"),
        ("Mon 11:30", "ben-sato"),
        ("Mon 11:00", "ben-sato"),
    ]


def test_a_patient_is_never_proposed_two_places_at_once(clinic, desk):
    book(clinic, at(MONDAY, "10:30"))
    book(clinic, at(MONDAY, "11:00"))
    book(clinic, at(TUESDAY, "09:15"), treatment=clinic.therapy, clinician=clinic.lindqvist)
    shown = lines(desk, sick(clinic))
    times = [(time.start, time.end) for line in shown for time in line.proposal[:2] if time]
    apart = [a[0] >= b[1] or b[0] >= a[1] for a in times for b in times if a is not b]
    therapy = (at(TUESDAY, "09:15"), at(TUESDAY, "10:00"))
    assert all(apart)
    assert all(start >= therapy[1] or therapy[0] >= end for start, end in times)


def test_nobody_is_proposed_a_time_they_could_not_reach(clinic, desk, time_machine):
    book(clinic, at(MONDAY, "10:30"))
    book(clinic, at(MONDAY, "10:30"), patient=clinic.ben, clinician=clinic.sato)
    off = sick(clinic)
    time_machine.move_to(at(MONDAY, "10:20"), tick=False)
    assert proposed(desk, off) == [(("Tue 09:00", "amara-ortiz"), ("Mon 11:00", "ben-sato"), "other")]


def test_who_has_arrived_can_be_canceled_not_moved(clinic, desk, time_machine):
    visit = book(clinic, at(MONDAY, "10:30"), status="arrived")
    book(clinic, at(MONDAY, "11:00"), patient=clinic.ben, status="in_room")
    time_machine.move_to(at(MONDAY, "10:31"), tick=False)
    shown = lines(desk, sick(clinic))
    assert [(line.is_here, line.proposal, line.chosen) for line in shown] == [(True, (None, None, "keep"), "keep")] * 2
    assert shown[0].visit == visit


@pytest.mark.parametrize(
    ("every", "chosen"), [("same", "same"), ("cancel", "cancel"), ("keep", "keep"), ("x", "other")]
)
def test_one_press_chooses_for_all(every, chosen, clinic, desk):
    book(clinic, at(MONDAY, "10:30"))
    book(clinic, at(MONDAY, "11:00"), patient=clinic.ben)
    shown = desk.get(page(sick(clinic)), {"all": every}).context["lines"]
    assert [line.chosen for line in shown] == [chosen, chosen]


def test_each_line_names_a_patient_twice_and_says_how_they_hear_of_it(clinic, desk):
    clinic.ada.date_of_birth, clinic.ada.alert = dt.date(1961, 4, 2), "Hard of hearing"
    clinic.ada.email, clinic.ada.phone = "", "+12125550142"
    clinic.ada.save()
    book(clinic, at(MONDAY, "10:30"))
    book(clinic, at(MONDAY, "11:00"), patient=clinic.ben)
    response = desk.get(page(sick(clinic)))
    assert [line.ways for line in response.context["lines"]] == [[], ["email"]]
    for words in ("Ada Vale", "born April 2, 1961", "(212) 555-0142", "Hard of hearing", "phone only"):
        assert words in response.text


@pytest.mark.parametrize("number", [1, 3, 14])
@pytest.mark.engine
def test_the_page_costs_the_same_however_many_are_hit(number, clinic, desk, django_assert_num_queries):
    full_morning(clinic, number)
    off = sick(clinic)
    desk.get(page(off))
    with django_assert_num_queries(12):
        assert len(lines(desk, off)) == number


def test_a_long_time_off_shows_the_first_forty_and_says_how_many_follow(clinic, desk):
    days = [f"2026-03-{day:02}" for day in (2, 3, 4)]
    times = [at(date, time) for date in days for time in HALF_HOURS[2:]][:41]
    for start, who in zip(times, people(41), strict=True):
        book(clinic, start, patient=who)
    sick(clinic, location=clinic.house)
    TimeOff.objects.update(end=at("2026-03-05", "00:00"))
    response = desk.get(page(TimeOff.objects.get()))
    assert (len(response.context["lines"]), response.context["later"]) == (40, 1)
    best = [getattr(line.proposal, line.chosen) for line in response.context["lines"]]
    assert len({(time.start_minute, time.clinician.pk) for time in best}) == 40


@pytest.mark.engine
def test_several_treatments_and_places_cost_no_more(clinic, desk, django_assert_num_queries):
    north = factories.LocationFactory(slug="north", name="North", position=9)
    cast.work(clinic.ortiz.resource, north, [2], "09:00", "17:00")
    book(clinic, at(MONDAY, "10:30"))
    book(clinic, at(MONDAY, "11:00"), patient=clinic.ben, treatment=clinic.injection, side="left")
    book(clinic, at(MONDAY, "12:00"), clinician=clinic.lindqvist, treatment=clinic.therapy)
    off = sick(clinic, location=clinic.house)
    desk.get(page(off))
    with django_assert_num_queries(12):
        assert [line.chosen for line in lines(desk, off)] == ["same", "same", "same"]


def test_another_place_is_shown_only_where_their_own_has_no_time_and_is_chosen_by_nobody_but_a_person(clinic, desk):
    north = factories.LocationFactory(slug="north", name="North", position=9)
    factories.ResourceFactory(
        name="North room", kind="room", location=north, capabilities=clinic.room_one.capabilities.all()
    )
    cast.work(clinic.sato.resource, north, [0], "17:00", "19:00")
    book(clinic, at(MONDAY, "10:30"))
    off = sick(clinic, location=clinic.house, end="23:59")
    [line] = lines(desk, off)
    assert [time.location.slug for time in line.proposal[:2]] == ["harbor-street", "harbor-street"]
    TimeOff.objects.update(end=at("2026-09-01", "00:00"))
    response = desk.get(page(off))
    [line] = response.context["lines"]
    assert (line.proposal.same, said(line.proposal.other), line.chosen) == (None, ("Mon 17:00", "ben-sato"), "keep")
    assert "Ben Sato, North" in response.text


def test_today_is_the_day_where_somebody_works(clinic, desk):
    clinic.house.time_zone = "America/Los_Angeles"
    clinic.house.save()
    desk.post("/admin/away/", {"who": "clinician=amara-ortiz", "when": "today", "kind": "sick", "note": ""})
    off = TimeOff.objects.get()
    assert (off.start.astimezone(clinic.house.zone).hour, off.end.astimezone(clinic.house.zone).hour) == (0, 0)


# --- Moving and canceling -------------------------------------------------------------------------------------------


@pytest.mark.engine
def test_fourteen_visits_are_moved_by_one_press_and_all_are_told(clinic, desk):
    full_morning(clinic, 14)
    off = sick(clinic)
    response = desk.post(page(off), choices(lines(desk, off)), follow=True)
    assert diary() == [(f"Mon {time}", "ben-sato", "booked") for time in HALF_HOURS[2:]]
    assert Message.objects.filter(kind="moved").count() == 14
    context = response.context
    assert [(row.what, row.ways) for row in context["settled"]] == [("moved", ["email"])] * 14
    assert (context["hit"], context["to_phone"]) == ([], [])


@pytest.mark.engine
def test_a_refusal_stops_nobody_else_and_keeps_new_proposals(clinic, desk):
    first, second, third = full_morning(clinic, 3)
    off = sick(clinic)
    posted = choices(lines(desk, off))
    book(clinic, at(MONDAY, "10:30"), clinician=clinic.sato)  # somebody is quicker
    response = desk.post(page(off), posted, follow=True)
    assert diary()[:3] == [
        ("Mon 10:00", "ben-sato", "booked"),
        ("Mon 10:30", "amara-ortiz", "booked"),
        ("Mon 11:00", "ben-sato", "booked"),
    ]
    [line] = response.context["lines"]
    assert (line.visit, line.refusal) == (second, "Somebody has just taken that time.")
    assert said(line.proposal.other) == ("Mon 11:30", "ben-sato")
    assert [row.visit for row in response.context["settled"]] == [first, third]


def test_requests_move_and_stay_requests(clinic, desk):
    book(clinic, at(MONDAY, "10:30"), status=Status.REQUESTED)
    off = sick(clinic)
    desk.post(page(off), choices(lines(desk, off)))
    assert diary() == [("Mon 10:30", "ben-sato", "requested")]


@pytest.mark.parametrize(("whose", "reason"), [("resource", "clinician_away"), ("location", "closed")])
def test_who_is_canceled_is_told_and_the_reason_is_kept(whose, reason, clinic, desk):
    visit = book(clinic, at(MONDAY, "10:30"))
    off = sick(clinic, **{whose: clinic.ortiz.resource if whose == "resource" else clinic.house})
    response = desk.post(
        page(off), {f"do-{visit.pk}": "cancel", f"version-{visit.pk}": "0", "notify": "1"}, follow=True
    )
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason) == ("cancelled", reason)
    assert [(row.what, row.ways) for row in response.context["settled"]] == [("canceled", ["email"])]


def test_who_gets_no_message_is_on_the_list_to_phone(clinic, desk):
    clinic.ada.email, clinic.ada.phone = "", "+12125550142"
    clinic.ada.save()
    book(clinic, at(MONDAY, "10:30"))
    book(clinic, at(MONDAY, "11:00"), patient=clinic.ben)
    off = sick(clinic)
    response = desk.post(page(off), choices(lines(desk, off)), follow=True)
    assert [row.visit.patient for row in response.context["to_phone"]] == [clinic.ada]
    assert "tel:+1-212-555-0142" in response.text
    assert [row.visit.patient for row in desk.get(page(off)).context["to_phone"]] == [clinic.ada]


def test_without_the_tick_nobody_is_told_and_all_are_to_phone(clinic, desk):
    full_morning(clinic, 3)
    off = sick(clinic)
    posted = choices(lines(desk, off))
    del posted["notify"]
    response = desk.post(page(off), posted, follow=True)
    assert Message.objects.filter(kind="moved").count() == 0
    assert len(response.context["to_phone"]) == 3


@pytest.mark.engine
def test_posted_again_it_changes_nothing(clinic, desk):
    full_morning(clinic, 3)
    off = sick(clinic)
    posted = choices(lines(desk, off))
    desk.post(page(off), posted)
    before = (diary(), Message.objects.count())
    response = desk.post(page(off), posted, follow=True)
    assert (diary(), Message.objects.count()) == before
    assert len(response.context["settled"]) == 3


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("move:1:999:999", "Choose one of the times offered."),
        ("move:999999999:{place}:{sato}", "We do not offer that time."),
        ("move:29540250:{place}:{sato}", "That day is over."),
        ("move:29541090:{place}:{lindqvist}", "We do not offer that time."),
        ("move:29541090:{place}:999", "Choose one of the times offered."),
        ("move:٢٩:1:1", "Choose one of the times offered."),
        ("drop table", "Choose one of the times offered."),
    ],
)
def test_a_tampered_choice_is_refused_in_words(choice, words, clinic, desk):
    visit = book(clinic, at(MONDAY, "10:30"))
    off = sick(clinic)
    choice = choice.format(place=clinic.house.pk, sato=clinic.sato.pk, lindqvist=clinic.lindqvist.pk)
    response = desk.post(page(off), {f"do-{visit.pk}": choice, f"version-{visit.pk}": "0"}, follow=True)
    assert [line.refusal for line in response.context["lines"]] == [words]
    assert diary() == [("Mon 10:30", "amara-ortiz", "booked")]


@pytest.mark.parametrize("version", ["7", "", "x", "9999999999999", "٠"])
@pytest.mark.parametrize("choice", ["cancel", "move"])
def test_a_stale_version_is_refused_and_nothing_is_lost(version, choice, clinic, desk):
    visit = book(clinic, at(MONDAY, "10:30"))
    off = sick(clinic)
    posted = choices(lines(desk, off)) | {f"version-{visit.pk}": version}
    if choice == "cancel":
        posted[f"do-{visit.pk}"] = "cancel"
    response = desk.post(page(off), posted, follow=True)
    assert diary() == [("Mon 10:30", "amara-ortiz", "booked")]
    [line] = response.context["lines"]
    assert (line.refusal != "", said(line.proposal.other)) == (True, ("Mon 10:30", "ben-sato"))


def test_a_visit_of_another_day_or_person_is_not_touched_nor_shown(clinic, desk):
    other = book(clinic, at(TUESDAY, "10:30"), patient=clinic.ben)
    off = sick(clinic)
    response = desk.post(page(off), {f"do-{other.pk}": "cancel", f"version-{other.pk}": "0"}, follow=True)
    assert diary() == [("Tue 10:30", "amara-ortiz", "booked")]
    assert "Okafor" not in response.text


def test_all_who_are_shown_are_in_the_access_log(clinic, desk):
    book(clinic, at(MONDAY, "10:30"))
    off = sick(clinic)
    desk.post(page(off), choices(lines(desk, off)), follow=True)
    assert [entry.patients for entry in AccessEntry.objects.order_by("pk")] == [[clinic.ada.pk]] * 2
