"""Seed the demo clinic: what it offers, four weeks behind in bulk, today and four weeks ahead by the diary's verbs."""

import datetime as dt
from collections.abc import Callable, Iterator
from random import Random

from django.db import connection, transaction

from bookings import outbox, scheduling
from bookings.intervals import MINUTES_PER_DAY, from_minute, wall_minute
from bookings.models import Appointment, CallbackRequest, Message, Patient
from bookings.models.appointments import REFERENCE_ALPHABET, Status
from bookings.scheduling import By
from clinic.demo import content, offer, people, ready, rooms
from clinic.demo.accounts import DEMO_EMAILS, make_accounts
from clinic.demo.diary import Diary
from clinic.demo.history import write_history
from clinic.demo.rota import Rota, Visit, read_rota
from clinic.demo.stories import Story, Storyteller
from clinic.models import User
from treatments.models import Article, Clinician, Location, Treatment

Say = Callable[[str], None]
WEEKS = 4
PEOPLE = 420
PEOPLE_OF_LOAD = 12  # visits for each person of the load data
KNOWN_FOR = dt.timedelta(days=500)
# How full a day is, by weeks ahead: people book late.
FILL_AHEAD = [0.72, 0.55, 0.4, 0.25]
FILL_PAST, FILL_TODAY, FILL_TOMORROW, FILL_LOAD = 0.62, 0.8, 0.92, 0.8


def holds_a_clinic() -> bool:
    """Whether anything of a clinic is in this database."""
    return any(
        model.objects.exists() for model in (Location, Treatment, Clinician, Article, Patient, Appointment, User)
    )


def is_the_demo() -> bool:
    return User.objects.filter(email__in=DEMO_EMAILS).count() == len(DEMO_EMAILS)


def seed(*, today: dt.date, now: dt.datetime, weeks: int = WEEKS, load: int = 0, say: Say = lambda line: None) -> None:
    """Fill an empty database with the demo clinic as it stands at `now` on its local date `today`.

    `weeks`: how many behind, and how many ahead. `load`: so many visits more, older than those, for load tests. The
    same arguments make the same clinic. Nothing is sent: what was due before `now` is void or already sent.
    """
    with transaction.atomic():
        waiting = list(connection.run_on_commit)
        _seed(today=today, now=now, weeks=weeks, load=load, say=say)
        # Each verb rings for the sender on commit: here that would be a thousand rings for nothing.
        connection.run_on_commit = waiting


def _seed(*, today: dt.date, now: dt.datetime, weeks: int, load: int, say: Say) -> None:
    say("Writing treatments, people, places and articles ...")
    offer.make_offer(now=now)
    rooms.make_rooms()
    rooms.make_plan()
    users = {user.email: user for user in make_accounts(now=now)}
    rooms.make_time_off(today=today)
    Seeder(today=today, now=now, weeks=weeks, users=users, say=say).run(load)


class Seeder:
    """The diary of the demo. Each part has its own random numbers, so that one does not change the others."""

    def __init__(self, *, today: dt.date, now: dt.datetime, weeks: int, users: dict[str, User], say: Say):
        self.today, self.now, self.days, self.say = today, now, weeks * 7, say
        desk, clinician = By.staff(users["desk@example.com"]), By.staff(users["clinician@example.com"])
        self.staff = {"patient": By.patient(), "desk": desk, "clinician": clinician}
        self.rota: Rota = read_rota()
        self.articles = list(Article.objects.prefetch_related("treatments"))
        self.midnight = wall_minute(today, 0, Location.objects.active()[0].zone)
        self.people = self._make_people(PEOPLE, "people")

    def run(self, load: int) -> None:
        self._write_past()
        self._play_ahead()
        self._ask_for_calls()
        if load:
            self._write_load(load)

    def _random(self, part: str) -> Random:
        return Random(f"{self.today.isoformat()} {part}")  # believable, not secret

    def _make_people(self, count: int, part: str, *, first: int = 0) -> list[Patient]:
        since = from_minute(self.midnight) - KNOWN_FOR
        return people.make_people(count, rng=self._random(part), today=self.today, since=since, first=first)

    def _teller(self, part: str, crowd: list[Patient], *, plans: bool = False) -> Storyteller:
        words = content.names()
        rng = self._random(part)
        return Storyteller(crowd, self.articles, rng, self.today, words["reasons"], words["outcomes"], plans)

    # --- The weeks behind ---

    def _write_past(self) -> None:
        self.say(f"Writing the {self.days} days behind ...")
        teller, rng = self._teller("past stories", self.people), self._random("past")
        dates = [self.today - dt.timedelta(days=days) for days in range(self.days, 0, -1)]
        visits = [visit for date in dates for visit in self.rota.plan(date, fill=FILL_PAST, rng=rng)]
        count = write_history((teller.tell(visit) for visit in visits), until=self.midnight, staff=self.staff, rng=rng)
        self.say(f"  {count} visits.")

    # --- Today and the weeks ahead ---

    def _play_ahead(self) -> None:
        self.say(f"Booking today and the {self.days} days ahead ...")
        diary = Diary(self.staff, self.now)
        visits = list(self._visits_ahead())
        for story in map(self._teller("stories ahead", self.people, plans=True).tell, visits):
            diary.book(story)
        diary.play()
        made = [row for _story, row in diary.booked] + self._specials(diary, visits)
        ready.ask(made, rng=self._random("answers"), user=self.staff["desk"].user, now=self.now)
        self._name(made)
        self._lose_two(made)
        self._tell_desk(diary.booked)
        # What follows the visits of the days behind, and a second later, so that what is due this very minute is behind us too.
        behind = Message.objects.due(now=self.now).values_list("appointment", flat=True)
        outbox.mark_history([*behind, *(row.pk for row in made)], now=self.now + dt.timedelta(seconds=1))
        self.say(f"  {len(made)} visits.")
        for line in diary.refused:
            self.say(f"  The diary refused: {line}")

    def _visits_ahead(self) -> Iterator[Visit]:
        rng = self._random("ahead")
        full = set(rng.sample(range(2, 11), 2))
        for days in range(self.days + 1):
            fill = 1.0 if days in full else _fill(days)
            yield from self.rota.plan(self.today + dt.timedelta(days=days), fill=fill, rng=rng)

    def _specials(self, diary: Diary, visits: list[Visit]) -> list[Appointment]:
        """One overbooked visit, and three people who may be known already."""
        rng = self._random("specials")
        soon = [visit for visit in visits if visit.start > self.midnight + MINUTES_PER_DAY]
        squeezed_in = self._make_people(1, "squeezed in", first=PEOPLE)[0]
        overbooked = diary.overbook_one(soon, patient=squeezed_in)
        consultation = Treatment.objects.get(role=Treatment.Role.CONSULTATION)
        with_phone = [patient for patient in self.people if patient.phone and patient.last_name]
        again = diary.book_as_new(consultation, rng.sample(with_phone, 3), rng=rng)
        return ([overbooked] if overbooked else []) + again

    def _lose_two(self, made: list[Appointment]) -> None:
        """Two confirmations that a mail server refused for good: the desk phones."""
        lost = [row for row in made if row.status == Status.BOOKED and row.start > self.now and row.patient.email][
            20:60:20
        ]
        when = self.now - dt.timedelta(hours=3)
        for row in lost:
            outcome = {"state": Message.State.FAILED, "failed_at": when, "last_error": "SMTPRecipientsRefused 550"}
            Message.objects.filter(appointment=row, kind=Message.Kind.CONFIRMATION).update(attempts=1, **outcome)
            Patient.objects.filter(pk=row.patient_id).update(email_refused_at=when)
        outbox.hand_to_desk([row.pk for row in lost])

    def _tell_desk(self, booked: list[tuple[Story, Appointment]]) -> None:
        """A clinician asks something of the desk, about a visit that is over."""
        done = Appointment.objects.filter(pk__in=[row.pk for _story, row in booked], status=Status.DONE)
        visit = done.order_by("-start", "pk").first()
        if visit is not None:
            words = "Please ask the family doctor for the list of medicines."
            said = {"by": self.staff["clinician"], "now": self.now, "form_token": f"demo {self.today}"}
            scheduling.tell_desk(visit.clinician, words, appointment=visit, **said)

    def _name(self, made: list[Appointment]) -> None:
        """Give references that are the same for the same day; a real diary's are random."""
        rng = self._random("references")
        for row in made:
            row.reference = "".join(rng.choices(REFERENCE_ALPHABET, k=8))
        Appointment.objects.bulk_update(made, ["reference"], batch_size=200)

    def _ask_for_calls(self) -> None:
        mill, north = Location.objects.active()[:2]
        asked = [
            ("Ottilie Brandt", 901, CallbackRequest.Time.MORNING, mill, "About the ride home after an injection.", 3),
            ("Devraj Mistry", 902, CallbackRequest.Time.ANY, north, "", 18),
            ("Wulandari", 903, CallbackRequest.Time.AFTERNOON, None, "Prefers Spanish.", 26),
        ]
        for name, number, best_time, location, note, hours in asked:
            CallbackRequest.objects.create(
                name=name,
                phone=people.phone(number),
                best_time=best_time,
                location=location,
                note=note,
                created_at=self.now - dt.timedelta(hours=hours),
            )

    # --- Load ---

    def _write_load(self, count: int) -> None:
        self.say(f"Writing {count} older visits ...")
        rng = self._random("load")
        crowd = self.people + self._make_people(count // PEOPLE_OF_LOAD, "people of load", first=PEOPLE + 1)
        teller = self._teller("load stories", crowd)
        stories = (teller.tell(visit) for visit in self._older_visits(count, rng))
        write_history(
            stories, until=self.midnight, staff=self.staff, rng=rng, say=lambda done: self.say(f"  {done} of {count}")
        )

    def _older_visits(self, count: int, rng: Random) -> Iterator[Visit]:
        date, left = self.today - dt.timedelta(days=self.days), count
        while left:
            date -= dt.timedelta(days=1)
            visits = self.rota.plan(date, fill=FILL_LOAD, rng=rng)[:left]
            left -= len(visits)
            yield from visits


def _fill(days_ahead: int) -> float:
    if days_ahead <= 1:
        return FILL_TOMORROW if days_ahead else FILL_TODAY
    return FILL_AHEAD[min((days_ahead - 1) // 7, len(FILL_AHEAD) - 1)]


def morning_of(today: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """Return 10:55 on that date: some visits are done, some are under way, some are to come."""
    return from_minute(wall_minute(today, 10 * 60 + 55, zone))
