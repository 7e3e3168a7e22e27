"""What can be read of each kind of list, and the headings people really have for it."""

import re
import unicodedata
from typing import NamedTuple

from bookings.models import ImportKind


class Field(NamedTuple):
    """A field: what it is for people (docs/moving-in.md), and the headings that mean it, the best one first."""

    words: str
    headings: str = ""


_PERSON = {
    "first_name": Field("first name", "first name|first|firstname|given name|forename|patient first name|fname"),
    "last_name": Field("last name", "last name|last|lastname|surname|family name|patient last name|lname"),
    "name": Field(
        "the whole name, “Last, First” or “First Last”", "patient name|full name|name|patient|client|client name"
    ),
    "date_of_birth": Field(
        "date of birth", "date of birth|dob|birth date|birthdate|birthday|patient dob|born|patient date of birth"
    ),
    "email": Field("email", "email|e mail|email address|patient email|mail"),
    "phone": Field(
        "phone; of several, the first that is filled",
        "mobile|mobile phone|cell|cell phone|mobile number|cell number|phone|phone number|patient phone|telephone|tel"
        "|contact number|home phone|home|phone home|phone mobile|phone cell|primary phone|work phone",
    ),
}

PATIENTS = {
    "id": Field(
        "the source's number of the patient",
        "patient id|patient number|mrn|chart number|chart|chart no|account number|acct number|id|patient no|medical record number"
        "|client id",
    ),
    **_PERSON,
    "language": Field("language: en or es", "language|preferred language|spoken language"),
    "message_channel": Field(
        "messages by: email, sms or both", "message channel|contact preference|contact by|preferred contact"
    ),
    "access_needs": Field("what they need to come in", "access needs|accessibility|special needs"),
    "alert": Field("alert for staff, shown wherever they are", "alert|patient alert|warning"),
    "coverage": Field("coverage: medicare, plan, self or unsure", "coverage|insurance type|payer type"),
    "sms_consent_at": Field(
        "agreed to text messages: a date, or yes", "sms consent at|text consent|sms consent|ok to text|texts ok"
    ),
    "sms_stopped_at": Field(
        "said STOP to text messages: a date, or yes", "sms stopped at|text opt out|sms opt out|do not text"
    ),
    "reminders_off_at": Field("wants no reminders: a date, or yes", "reminders off at|no reminders|reminder opt out"),
    "email_refused_at": Field("email does not work: a date, or yes", "email refused at|bad email|email bounced"),
    "privacy_notice_at": Field(
        "accepted the privacy notice: a date, or yes", "privacy notice at|hipaa signed|privacy signed"
    ),
    "merged_into": Field("number of the entry this one was merged into; it is then left out", "merged into"),
}

APPOINTMENTS = {
    "id": Field(
        "the source's number of the visit",
        "appointment id|appt id|visit id|appointment number|appt number|booking id|confirmation number|id|appt no",
    ),
    "patient_id": Field(
        "the source's number of the patient", "patient id|patient number|mrn|chart number|chart|chart no|account number"
    ),
    **_PERSON,
    "start": Field(
        "start, date and time in one",
        "start|appointment date time|appt date time|date time|datetime|start date time|start time utc",
    ),
    "date": Field("date", "appointment date|appt date|date|visit date|start date|appointment day|date of service|dos"),
    "time": Field("time", "appointment time|appt time|time|start time|visit time|begin|from"),
    "end": Field("end, date and time in one or the time alone", "end|end time|end date time|until|to|finish"),
    "minutes": Field("length in minutes", "minutes|duration|length|length minutes|duration minutes|duration min|mins"),
    "clinician": Field(
        "clinician",
        "provider|clinician|doctor|physician|practitioner|provider name|resource|staff|therapist|with|rendering provider",
    ),
    "treatment": Field(
        "treatment",
        "treatment|appointment type|appt type|visit type|type|service|procedure|event type|visit reason code",
    ),
    "location": Field("location", "location|facility|office|site|clinic|place|office name|facility name"),
    "status": Field(
        "booked, confirmed, requested; canceled, missed and done are left out",
        "status|appointment status|appt status|visit status",
    ),
    "confirmed_at": Field("confirmed: a date, or yes", "confirmed at|confirmed"),
    "region": Field("body region", "region|body region|body part"),
    "side": Field("left, right, both or middle", "side|laterality"),
    "reason": Field("reason, in the patient's words", "reason|reason for visit|chief complaint|visit reason"),
    "reference": Field("our own reference, from an export", "reference"),
    "rooms": Field("rooms and devices it had, from an export", "rooms"),
    "overbooked": Field("why it stands beside another visit, from an export", "overbooked"),
}

HOURS = {
    "clinician": Field(
        "clinician", "provider|clinician|doctor|physician|practitioner|provider name|resource|name|staff|therapist"
    ),
    "location": Field("location", "location|facility|office|site|clinic|place"),
    "weekday": Field("day of the week", "weekday|day|day of week|week day"),
    "date": Field("one date only, instead of a weekday", "date|on date"),
    "start": Field("from", "start|start time|from|opens|begin|begins|in"),
    "end": Field("until; 00:00 is midnight", "end|end time|until|to|closes|finish|out"),
    "valid_from": Field("first date", "valid from|effective from|effective|starting|effective date"),
    "valid_until": Field("last date", "valid until|effective until|ending|expires"),
    "treatments": Field("only these treatments, with semicolons between", "treatments|only treatments"),
    "limits": Field("at most so many a session: slug=2; slug=3", "limits"),
}

LEAVE = {
    "clinician": Field(
        "clinician", "provider|clinician|doctor|physician|practitioner|provider name|name|staff|employee|therapist"
    ),
    "room": Field("a room or device instead", "room|device|equipment"),
    "location": Field("a whole location instead", "location|facility|office|site|clinic|closed location"),
    "start": Field(
        "from: a date, or date and time", "from|start|start date|first day|leave from|begins|off from|date|leave start"
    ),
    "start_time": Field("from: the time", "start time|from time|time from"),
    "end": Field(
        "until: the last date, included; or date and time",
        "until|to|end|end date|last day|leave until|off until|through|leave end",
    ),
    "end_time": Field("until: the time", "end time|until time|to time|time until"),
    "kind": Field("leave, sick, block, closure, holiday, maintenance", "kind|type|leave type|absence type"),
    "note": Field("note for staff", "note|notes|comment|comments|reason|description"),
}

FIELDS: dict[str, dict[str, Field]] = {
    ImportKind.APPOINTMENTS: APPOINTMENTS,
    ImportKind.HOURS: HOURS,
    ImportKind.LEAVE: LEAVE,
    ImportKind.PATIENTS: PATIENTS,
}

# What a list must have to be of a kind: one of each group. The order is that of trying.
_A_PATIENT = ("patient_id", "name", "last_name", "first_name")
NEEDED: dict[str, list[tuple[str, ...]]] = {
    ImportKind.APPOINTMENTS: [("start", "date"), ("start", "time"), ("clinician",), _A_PATIENT],
    ImportKind.HOURS: [("clinician",), ("weekday", "date"), ("start",), ("end",)],
    ImportKind.LEAVE: [("clinician", "room", "location"), ("start",), ("end",)],
    ImportKind.PATIENTS: [("name", "first_name")],
}
# Several columns may be the phone; everything else stands in one.
MAY_REPEAT = {"phone"}


def plain_heading(text: str) -> str:
    """Return a heading as it is looked up: small letters, no marks; “D.O.B.” and “Chart #” as people mean them."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace(".", "").replace("#", " number ")
    return " ".join(re.sub(r"[^\w]+|_", " ", plain).split())


HEADINGS: dict[str, dict[str, tuple[str, int]]] = {
    kind: {
        heading: (name, rank)
        for name, field in reversed(fields.items())
        for rank, heading in enumerate([*field.headings.split("|"), plain_heading(name)])
    }
    for kind, fields in FIELDS.items()
}
