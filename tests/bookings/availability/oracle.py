"""Free times the slow and obvious way: every minute of every date is asked. Shares no arithmetic with the product.

It follows the rules at the head of `bookings/availability/__init__.py`, reads plain rows, and keeps minutes as sets.
"""

import datetime as dt
import functools

from bookings.models import Appointment, ExtraHours, Hold, Occupancy, Resource, TimeOff, WorkingHours
from treatments.models import ClinicianTreatment, Need

DAY = dt.timedelta(days=1)


def minute_of(instant):
    return int(instant.timestamp() // 60)


def instant_of(minute):
    return dt.datetime.fromtimestamp(minute * 60, tz=dt.UTC)


class Oracle:
    """One treatment, asked at one moment by one session."""

    def __init__(self, treatment, *, now, session_key="", by_staff=False):
        self.treatment, self.now, self.by_staff = treatment, now, by_staff
        self.needs = list(Need.objects.filter(treatment=treatment).select_related("capability"))
        self.live_holds = {
            hold.pk for hold in Hold.objects.all() if hold.expires_at > now and hold.session_key != session_key
        }
        self.taken = self._minutes_taken()
        # The rows do not change while one oracle is asked.
        self.off, self.sessions_on, self.things = (functools.cache(read) for read in (off, sessions_on, things))
        self.open_minutes = functools.cache(self._open_minutes)

    def free_times(self, first, days, clinician=None, location=None):
        """Return the set of (start, end, clinician pk, location pk)."""
        dates = [first + n * DAY for n in range(days)]
        return {
            (start, start + length, person.pk, place.pk)
            for person, place, length in self.offers()
            if clinician in (None, person.pk) and location in (None, place.pk)
            for date in dates
            for start in starts_on(date, place.zone, self.treatment.start_every)
            if self.is_free(start, length, person, place)
        }

    def offers(self):
        """Who offers the treatment, at every place where they have hours."""
        rows = ClinicianTreatment.objects.filter(treatment=self.treatment).select_related("clinician__resource")
        people = [row for row in rows if row.clinician.active and row.clinician.resource.active]
        for row in sorted(people, key=lambda row: row.clinician.pk):
            hours = [
                *WorkingHours.objects.filter(resource=row.clinician.resource).select_related("location"),
                *ExtraHours.objects.filter(resource=row.clinician.resource).select_related("location"),
            ]
            places = {each.location for each in hours if each.location.active}
            for place in sorted(places, key=lambda place: place.pk):
                yield row.clinician, place, row.minutes or self.treatment.minutes

    def is_free(self, start, length, person, place):
        return (
            (self.by_staff or self._may_be_booked_now(start, place))
            and self._within_hours(start, length, person, place)
            and not self._touches(person.resource, *self._extra("clinician"), start, length)
            and self._sessions_have_room(start, person, place)
            and all(
                self.thing_for(need, start, length, place) for need in self.needs if need.capability.slug != "clinician"
            )
        )

    def thing_for(self, need, start, length, place):
        """Return the lowest thing that could serve this need, or None."""
        minutes = range(start - need.minutes_before, start + length + need.minutes_after)
        for thing in self.things(place, need.capability):
            busy = (self.taken.get(thing.pk, set()), self.off(resource=thing), self.off(location=place))
            if all(taken.isdisjoint(minutes) for taken in busy):
                return thing
        return None

    def _extra(self, slug):
        for need in self.needs:
            if need.capability.slug == slug:
                return need.minutes_before, need.minutes_after
        return 0, 0

    def _may_be_booked_now(self, start, place):
        instant = instant_of(start)
        soon_enough = instant >= self.now + dt.timedelta(hours=self.treatment.notice_hours)
        last = self.now.astimezone(place.zone).date() + dt.timedelta(days=self.treatment.horizon_days)
        return soon_enough and instant.astimezone(place.zone).date() <= last

    def _within_hours(self, start, length, person, place):
        date = instant_of(start).astimezone(place.zone).date()
        return self.open_minutes(date, person, place).issuperset(range(start, start + length))

    def _open_minutes(self, date, person, place):
        """Return the minutes of the clinician's hours for this treatment from the day before to the day after."""
        minutes = set()
        for day in (date - DAY, date, date + DAY):
            for each, session in self.sessions_on(day, person.resource, place):
                only = {t.pk for t in each.only_treatments.all()} if isinstance(each, WorkingHours) else set()
                if not only or self.treatment.pk in only:
                    minutes |= session
        return minutes - self.off(resource=person.resource) - self.off(location=place)

    def _touches(self, resource, before, after, start, length):
        return not self.taken.get(resource.pk, set()).isdisjoint(range(start - before, start + length + after))

    def _sessions_have_room(self, start, person, place):
        date = instant_of(start).astimezone(place.zone).date()
        for each, session in self.sessions_on(date, person.resource, place):
            if start in session and isinstance(each, WorkingHours):
                for limit in each.limits.filter(treatment=self.treatment):
                    if self._visits_in(session, person) >= limit.at_most:
                        return False
        return True

    def _visits_in(self, session, person):
        visits = [
            visit
            for visit in Appointment.objects.filter(clinician=person, treatment=self.treatment)
            if visit.status not in ("cancelled", "missed")
        ]
        holds = [
            hold
            for hold in Hold.objects.filter(clinician=person, treatment=self.treatment)
            if hold.pk in self.live_holds
        ]
        return sum(minute_of(each.start) in session for each in [*visits, *holds])

    def _minutes_taken(self):
        taken = {}
        for row in Occupancy.objects.all():
            if row.hold_id is None or row.hold_id in self.live_holds:
                taken.setdefault(row.resource_id, set()).update(range(row.start, row.end))
        return taken


@functools.cache
def starts_on(date, zone, every):
    """Ask every minute that could be of this date whether its wall clock is on the grid."""
    midnight = minute_of(dt.datetime.combine(date, dt.time(0), tzinfo=dt.UTC))
    walls = ((minute, instant_of(minute).astimezone(zone)) for minute in range(midnight - 1440, midnight + 2 * 1440))
    return [minute for minute, wall in walls if wall.date() == date and (wall.hour * 60 + wall.minute) % every == 0]


def sessions_on(date, resource, place):
    """Return each row of hours of that date with its minutes."""
    weekly = WorkingHours.objects.filter(resource=resource, location=place, weekday=date.weekday())
    valid = [each for each in weekly if (each.valid_from or date) <= date <= (each.valid_until or date)]
    extra = list(ExtraHours.objects.filter(resource=resource, location=place, date=date))
    return [(each, set(range(*wall_range(date, each, place.zone)))) for each in [*valid, *extra]]


def wall_range(date, hours, zone):
    until = date + DAY if hours.end == dt.time(0) else date
    return (
        minute_of(dt.datetime.combine(date, hours.start, tzinfo=zone)),
        minute_of(dt.datetime.combine(until, hours.end, tzinfo=zone)),
    )


def things(place, capability):
    return list(Resource.objects.filter(location=place, capabilities=capability, active=True).order_by("pk"))


def off(**whose):
    """Return the minutes off; a part of a minute is the whole minute."""
    minutes = set()
    for row in TimeOff.objects.filter(**whose):
        minutes.update(range(minute_of(row.start), -int(-row.end.timestamp() // 60)))
    return minutes
