"""The hazards: id, cause, next step.

One is an Error only where running on would do harm at once: Errors stop `migrate` as well, and nobody shall fear an update.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.core.checks import CheckMessage, Error, Warning
from phonenumbers import SUPPORTED_REGIONS

from clinic.hazards import questions


class Hazard(NamedTuple):
    """What `manage.py check` says, and whether it is so by these settings."""

    message: CheckMessage
    is_so: Callable


class Bound(NamedTuple):
    """A number that hurts below `lowest` or above `highest`."""

    setting: str
    lowest: int
    highest: int
    id: str
    why: str

    def message(self, value: int) -> Warning:
        cause = f"{self.setting} is {value}: {self.why}"
        return Warning(cause, hint=f"Set it between {self.lowest} and {self.highest}.", id=self.id)


def _warning(number: str, is_so: Callable, cause: str, hint: str) -> Hazard:
    return Hazard(Warning(cause, hint=hint, id=f"clinic.W{number}"), is_so)


def _error(number: str, is_so: Callable, cause: str, hint: str) -> Hazard:
    return Hazard(Error(cause, hint=hint, id=f"clinic.E{number}"), is_so)


HAZARDS = [
    _error(
        "002",
        lambda settings: settings.DEBUG,
        "DEBUG is on for other hosts: error pages would show patients' data.",
        "Unset DEBUG.",
    ),
    _error(
        "004",
        lambda settings: settings.CLINIC_CLOCK_FILE,
        "The clock is shifted for tests.",
        "Unset CLINIC_CLOCK_FILE: patients need the true time.",
    ),
    _error(
        "005",
        lambda settings: settings.CLINIC_SMS_URL.startswith("twilio+http:"),
        "Text messages go to a gateway for rehearsals, without encryption.",
        "Set CLINIC_SMS_URL to twilio://SID:TOKEN@api.twilio.com/?from=%2B12125550100, or leave it empty.",
    ),
    _error(
        "006",
        questions.key_looks_like_an_example,
        "SECRET_KEY looks like an example that others can read: whoever knows it signs in as anybody.",
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))". Everybody signs in anew.',
    ),
    _error(
        "007",
        lambda settings: questions.is_sqlite(settings) and questions.is_elsewhere(questions.broker_host(settings)),
        "The diary is a file of this machine (SQLite), and the queue is on another: workers there would have a diary of their own.",
        "Set DATABASE_URL to a PostgreSQL that all machines reach, or unset REDIS_URL and run everything here.",
    ),
    _error(
        "008",
        questions.papers_are_served,
        "Day sheets or backups lie among the static files: anybody can fetch them.",
        "Set CLINIC_DAY_SHEETS and CLINIC_BACKUPS to folders outside of `static` in CLINIC_VAR.",
    ),
    _error(
        "009",
        questions.zone_is_unknown,
        "CLINIC_TIME_ZONE is no time zone: every hour in a message could be wrong.",
        "Set it to a name like America/Chicago.",
    ),
    _warning(
        "001",
        lambda settings: not settings.CLINIC_HTTPS,
        "The site answers to other hosts without HTTPS.",
        "Set CLINIC_HTTPS=true behind TLS: cookies become secure and HSTS is sent.",
    ),
    _warning(
        "002",
        lambda settings: questions.reaches_nobody(settings) and not settings.CLINIC_REHEARSAL,
        "Mail is written to files, or nowhere: no patient gets a confirmation.",
        "Set EMAIL_URL, for example smtp+tls://user:password@mail.example.com:587",
    ),
    _warning(
        "003",
        lambda settings: settings.CLINIC_PING_URL.startswith("http:"),
        "The dead-man address is asked without encryption.",
        "Set CLINIC_PING_URL to an address that begins with https://",
    ),
    _warning(
        "004",
        lambda settings: not settings.CLINIC_SECOND_FACTOR,
        "A password alone opens the patients' data: no second factor is asked for.",
        "Unset CLINIC_SECOND_FACTOR, or set it to true.",
    ),
    _warning(
        "005",
        questions.key_is_of_this_machine_alone,
        "SECRET_KEY is a file of this machine, and other machines take part: each would make a key of its own.",
        "Set SECRET_KEY everywhere to the same; what secret_key in CLINIC_VAR holds keeps people signed in.",
    ),
    _warning(
        "006",
        lambda settings: "*" in settings.ALLOWED_HOSTS,
        "ALLOWED_HOSTS takes every name: a page can be made to speak in the name of another site.",
        "Set ALLOWED_HOSTS to the names of the clinic's site, with commas.",
    ),
    _warning(
        "007",
        questions.links_lead_elsewhere,
        "Links in messages lead to a site that is not this one.",
        "Set CLINIC_BASE_URL to https:// and one of the names in ALLOWED_HOSTS.",
    ),
    _warning(
        "008",
        questions.links_are_open,
        "Links in messages open without encryption, and each carries a secret.",
        "Let CLINIC_BASE_URL begin with https://",
    ),
    _warning(
        "009",
        lambda settings: not questions.is_sqlite(settings) and not settings.REDIS_URL,
        "The database serves several machines, and the queue is a folder of this one.",
        "Set REDIS_URL, for example redis://127.0.0.1:6379/0",
    ),
    _warning(
        "010",
        lambda settings: questions.trusts_a_proxy(settings) and not settings.CLINIC_PROXY_COUNT,
        "A proxy stands in front, and everybody behind it counts as one visitor: the limits of one turn all away.",
        "Set CLINIC_PROXY_COUNT to how many proxies of yours a request passes, mostly 1.",
    ),
    _warning(
        "011",
        lambda settings: settings.CLINIC_PROXY_COUNT and not questions.trusts_a_proxy(settings),
        "Visitors may write their own address (X-Forwarded-For is believed), and no proxy stands in front.",
        "Set CLINIC_BEHIND_PROXY=true where one does, else unset CLINIC_PROXY_COUNT.",
    ),
    _warning(
        "012",
        questions.trusts_open_origins,
        "Forms of other sites are taken: CLINIC_TRUSTED_ORIGINS has an origin without encryption, or any.",
        "Name whole origins with https://, or unset it: it is needed only where the proxy changes the Host header.",
    ),
    _warning(
        "013",
        questions.mail_is_open,
        "Mail goes to the server on another host without encryption: names and links can be read on the way.",
        "Let EMAIL_URL begin with smtp+tls:// (port 587) or smtp+ssl:// (port 465).",
    ),
    _warning(
        "014",
        questions.sender_is_nobody,
        "Messages come from an address that is nobody's: they end up in spam, and answers nowhere.",
        'Set CLINIC_FROM_EMAIL, for example "Your Clinic <appointments@your-domain>".',
    ),
    _warning(
        "015",
        questions.sender_tells,
        "The sender's name tells everybody who sees the inbox what the patient comes for.",
        "Take a neutral name for CLINIC_FROM_EMAIL.",
    ),
    _warning(
        "016",
        lambda settings: questions.TELLING.search(settings.CLINIC_NEUTRAL_NAME),
        "CLINIC_NEUTRAL_NAME tells what the patient comes for, on every locked screen.",
        "Take a name that says no more than the street would.",
    ),
    _warning(
        "017",
        questions.has_the_demos_name,
        "The clinic has the demo's name: patients do not know who writes to them.",
        "Set CLINIC_NAME and CLINIC_NEUTRAL_NAME.",
    ),
    _warning(
        "018",
        questions.diary_travels_open,
        "The database is on another host, and nothing requires encryption on the way there.",
        "Add ?sslmode=verify-full (or require) to DATABASE_URL.",
    ),
    _warning(
        "019",
        questions.queue_travels_open,
        "The queue is on another host, without encryption on the way there.",
        "Let REDIS_URL begin with rediss:// and end with ?ssl_cert_reqs=required",
    ),
    _warning(
        "020",
        lambda settings: not settings.CLINIC_BACKUP_RECIPIENT.startswith("age1"),
        "No backup can be made: there is no public key to encrypt it to.",
        "Set CLINIC_BACKUP_RECIPIENT; ./run backup --new-key makes a pair. The secret half stays away from this machine.",
    ),
    _warning(
        "021",
        lambda settings: settings.CLINIC_REHEARSAL and not settings.CLINIC_SILENCED,
        "This is a rehearsal: no message reaches anybody.",
        "Unset CLINIC_REHEARSAL where real patients book.",
    ),
    _warning(
        "022",
        lambda settings: settings.PHONENUMBER_DEFAULT_REGION not in SUPPORTED_REGIONS,
        "CLINIC_PHONE_REGION is no country: phone numbers are refused as patients write them.",
        "Set it to two letters, for example US.",
    ),
    _warning(
        "023",
        lambda settings: settings.CLINIC_BOUNCE_KEY and len(settings.CLINIC_BOUNCE_KEY) < 32,
        "CLINIC_BOUNCE_KEY is short enough to be guessed: somebody could stop your mail.",
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
    ),
    _warning(
        "024",
        lambda settings: settings.LOGGING["root"]["level"] == "DEBUG",
        "CLINIC_LOG_LEVEL=DEBUG lets libraries log what people typed.",
        "Set it to INFO.",
    ),
    _warning(
        "025",
        questions.others_may_look,
        "Other users of this machine may look into CLINIC_VAR, where the diary and the key lie.",
        "Run: chmod 700 on that folder.",
    ),
    _warning(
        "026",
        lambda settings: questions.backups_lie_beside_the_diary(settings) and not questions.papers_are_served(settings),
        "Backups lie in CLINIC_VAR, beside the diary: one broken disk takes both.",
        "Set CLINIC_BACKUPS to a folder on another disk or a share.",
    ),
    _warning(
        "027",
        lambda settings: settings.CLINIC_SILENCED,
        "This is a rehearsal, and it was given the clinic's own ways to reach patients. They are not used.",
        "Leave EMAIL_URL, CLINIC_SMS_URL, CLINIC_PING_URL and CLINIC_BOUNCE_KEY out of the copy's environment.",
    ),
]

BOUNDS = [
    Bound(
        "CLINIC_STAFF_IDLE_SECONDS",
        60,
        3600,
        "clinic.W030",
        "a screen nobody sits at stays open too long, or closes under the fingers.",
    ),
    Bound(
        "CLINIC_STAFF_SESSION_SECONDS",
        3600,
        24 * 3600,
        "clinic.W031",
        "a stolen session serves longer than a working day, or none lasts through a morning.",
    ),
    Bound("CLINIC_INVITATION_HOURS", 1, 168, "clinic.W032", "an invitation that lies around opens the patients' data."),
    Bound(
        "CLINIC_FORM_SECONDS",
        1,
        30,
        "clinic.W033",
        "at 0 programs may fill the diary in no time, and many seconds turn quick people away.",
    ),
    Bound("CLINIC_HOLD_MINUTES", 5, 60, "clinic.W034", "few minutes hurry people, and many take times from others."),
    Bound(
        "CLINIC_HOLDS_PER_ADDRESS", 1, 1000, "clinic.W035", "one address could keep the whole diary, or none a time."
    ),
    Bound(
        "CLINIC_BOOKINGS_PER_ADDRESS_HOUR", 1, 2000, "clinic.W036", "one address could fill the diary, or none book."
    ),
    Bound("CLINIC_BOOKINGS_PER_SESSION_HOUR", 1, 60, "clinic.W037", "one browser could fill the diary, or none book."),
    Bound(
        "CLINIC_CALLBACKS_PER_ADDRESS_HOUR",
        1,
        200,
        "clinic.W038",
        "one address could bury the desk, or nobody is called.",
    ),
    Bound("CLINIC_UPCOMING_PER_CONTACT", 1, 60, "clinic.W039", "one person could take the diary, or nobody book."),
    Bound("CLINIC_TICK_SECONDS", 1, 120, "clinic.W040", "messages come late, and /healthz calls the sender dead."),
    Bound("CLINIC_NOTICE_DELAY_SECONDS", 0, 1800, "clinic.W041", "patients hear of a changed visit too late."),
    Bound(
        "CLINIC_MESSAGES_PER_MINUTE",
        1,
        6000,
        "clinic.W042",
        "after an outage all messages go at once, and providers block us.",
    ),
]
