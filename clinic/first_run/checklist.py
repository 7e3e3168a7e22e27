"""What is still to do before the clinic opens: one function a line, a fact that can be looked up, and where it is mended."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import checks
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from bookings import health
from bookings.models import Resource, TimeOff, WorkingHours
from clinic import checks as settings_checks
from clinic import keeping
from clinic.demo.accounts import DEMO_EMAILS
from clinic.first_run import trial
from clinic.models import SetupMark, User
from treatments.models import Clinician, Location, Need, Treatment

BACKUP_AGE = dt.timedelta(hours=36)


class Line(NamedTuple):
    """One line: what must be so, what is missing (nothing when it is green), where to mend it, and what can be pressed here."""

    what: str
    missing: list[str]
    address: str = ""
    deed: str = ""  # the name of a deed of this page
    note: str = ""

    @property
    def is_done(self) -> bool:
        return not self.missing


def lines(*, now: dt.datetime) -> list[Line]:
    """Return every line, in the order one does them. The number of statements does not grow with the clinic."""
    marks = dict(SetupMark.objects.values_list("name", "at"))
    facts = (_named, _settings, _no_demo, _places, _holidays, _treatments, _people, _things, _staff, _running, _backup)
    found = [fact(now) for fact in facts]
    found[6:6] = [_texts(marks)]
    return [*found, *_free_times(now), _mail(marks), _booking(marks)]


def is_ready(*, now: dt.datetime) -> bool:
    """Whether all is green."""
    return all(line.is_done for line in lines(now=now))


def _admin(model: str) -> str:
    return reverse(f"admin:{model}_changelist")


# --- The machine -----------------------------------------------------------------------------------------------------


def _named(now: dt.datetime) -> Line:
    names = [("CLINIC_NAME", settings.CLINIC_NAME), ("CLINIC_NEUTRAL_NAME", settings.CLINIC_NEUTRAL_NAME)]
    missing = [_("%(name)s is not set in .env.") % {"name": name} for name, value in names if not value]
    note = " · ".join(value for _name, value in names if value)
    return Line(_("The clinic has a name, and a neutral one for messages"), missing, note=note)


def _settings(now: dt.datetime) -> Line:
    found = settings_checks.settings_are_safe(None) + checks.run_checks(
        tags=["security"], include_deployment_checks=True
    )
    unsafe = {each.id: f"{each.id}: {each.msg}" for each in found if each.level >= checks.WARNING}
    if settings_checks.is_local():
        unsafe = {"local": _("ALLOWED_HOSTS names this machine alone: nobody else can reach the site yet.")}
    return Line(_("The settings are safe for others to reach"), [str(unsafe[key]) for key in sorted(unsafe)])


def _no_demo(now: dt.datetime) -> Line:
    there = User.objects.filter(email__in=DEMO_EMAILS, is_active=True).count()
    missing = [_("%(number)s demo accounts are in this database.") % {"number": there}] if there else []
    return Line(_("No account of the demo can sign in"), missing, _admin("clinic_user"))


def _running(now: dt.datetime) -> Line:
    report = health.report(now=now)
    return Line(_("Worker and clock are running, and nothing is late"), report["reasons"], reverse("admin:messenger"))


def _backup(now: dt.datetime) -> Line:
    last = keeping.last_backup()
    is_fresh = last is not None and now - last < BACKUP_AGE
    missing = (
        [] if is_fresh else [_("No backup of the last day and a half. Run ./run backup, and see docs/backups.md.")]
    )
    return Line(_("A backup was made and read back"), missing, note=_local(last) if last else "")


# --- The offer -------------------------------------------------------------------------------------------------------


def _places(now: dt.datetime) -> Line:
    places = Location.objects.active().prefetch_related("opening_hours")
    missing = [
        _("%(place)s has no opening hours.") % {"place": each} for each in places if not each.opening_hours.all()
    ]
    if not places:
        missing = [_("There is no location.")]
    return Line(_("Each location has its address, phone and hours"), missing, _admin("treatments_location"))


def _holidays(now: dt.datetime) -> Line:
    closed = TimeOff.objects.filter(kind=TimeOff.Kind.HOLIDAY, location=OuterRef("pk"), start__gt=now)
    open_on_all = Location.objects.active().exclude(holiday_region="").exclude(Exists(closed))
    missing = [_("%(place)s is open on all public holidays ahead.") % {"place": each} for each in open_on_all]
    return Line(_("Public holidays are in the diary"), missing, reverse("admin:public-holidays"))


def _treatments(now: dt.datetime) -> Line:
    number = Treatment.objects.active().count()
    missing = [] if number else [_("No treatment is offered.")]
    return Line(_("Treatments are offered"), missing, _admin("treatments_treatment"), note=str(number))


def _texts(marks: dict[str, dt.datetime]) -> Line:
    missing = [_("The texts of the starter set are general. A clinician of yours must read and correct them.")]
    return _marked(_("A clinician has read the texts of all treatments"), marks, SetupMark.Name.TEXTS, missing)


def _people(now: dt.datetime) -> Line:
    hours = WorkingHours.objects.filter(resource__clinician=OuterRef("pk"))
    idle = Clinician.objects.active().exclude(Exists(hours))
    missing = [_("%(clinician)s has no hours.") % {"clinician": each} for each in idle]
    nobody = Treatment.objects.active().exclude(clinicians__active=True).distinct()
    missing += [_("Nobody gives %(treatment)s.") % {"treatment": each} for each in nobody]
    return Line(_("Each treatment has a clinician with hours"), missing, _admin("treatments_clinician"))


def _things(now: dt.datetime) -> Line:
    able = Resource.objects.filter(active=True, capabilities=OuterRef("capability"))
    needs = Need.objects.filter(treatment__active=True).exclude(Exists(able)).select_related("treatment", "capability")
    missing = [
        _("%(treatment)s needs %(thing)s, and there is none.") % {"treatment": need.treatment, "thing": need.capability}
        for need in needs
    ]
    return Line(_("Rooms and devices are there for what needs them"), missing, _admin("bookings_resource"))


def _free_times(now: dt.datetime) -> Iterator[Line]:
    free = trial.next_free(now=now)
    missing = [_("%(treatment)s has no free time.") % {"treatment": each} for each, time in free if time is None]
    note = next((f"{each}: {_said(time.local_start)}, {time.clinician.name}" for each, time in free if time), "")
    yield Line(_("Each treatment has a free time"), missing, reverse("book"), note=note)


# --- People ----------------------------------------------------------------------------------------------------------


def _staff(now: dt.datetime) -> Line:
    apps = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    without = User.objects.filter(is_active=True).exclude(Exists(apps)).order_by("name")
    missing = [_("%(name)s signs in without a second factor.") % {"name": user.name} for user in without]
    return Line(_("Everybody who signs in has a second factor"), missing, _admin("clinic_user"))


# --- What only people can say ----------------------------------------------------------------------------------------


def _mail(marks: dict[str, dt.datetime]) -> Line:
    missing = [_("No test letter was taken by a mail server yet.")]
    return _marked(_("The mail server takes our letters"), marks, SetupMark.Name.MAIL, missing)


def _booking(marks: dict[str, dt.datetime]) -> Line:
    missing = [_("No test booking was made yet. It is taken back at once and leaves nothing behind.")]
    return _marked(_("A visit can be booked"), marks, SetupMark.Name.BOOKING, missing)


def _marked(what: str, marks: dict[str, dt.datetime], name: str, missing: list[str]) -> Line:
    at = marks.get(name)
    return Line(what, [] if at else missing, deed=str(name), note=_local(at) if at else "")


def _local(moment: dt.datetime) -> str:
    return _said(moment.astimezone(ZoneInfo(settings.TIME_ZONE)))


def _said(local: dt.datetime) -> str:
    return formats.date_format(local, "DATETIME_FORMAT")


Deed = Callable[[User, dt.datetime], str]


def _read(user: User, now: dt.datetime) -> str:
    trial.mark(SetupMark.Name.TEXTS, by=user, now=now)
    return _("Noted: the texts were read.")


def _write(user: User, now: dt.datetime) -> str:
    trial.write_to(user, now=now)
    return _("The mail server took the letter for %(email)s. Look whether it arrives.") % {"email": user.email}


def _book(user: User, now: dt.datetime) -> str:
    tried = trial.book_one(by=user, now=now)
    said = {
        "treatment": tried.treatment,
        "when": _said(tried.start),
        "place": tried.location,
        "with": ", ".join([tried.clinician, *tried.things]),
    }
    return _("Booked and taken back: %(treatment)s, %(when)s, %(place)s, %(with)s. Nothing of it is left.") % said


# What can be pressed on the page, by the name of what it marks. Each raises trial.NotPossible with the reason.
DEEDS: dict[str, Deed] = {SetupMark.Name.TEXTS: _read, SetupMark.Name.MAIL: _write, SetupMark.Name.BOOKING: _book}
