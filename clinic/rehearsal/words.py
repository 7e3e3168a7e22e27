"""What a copy keeps of what people wrote or gave us, what it replaces and what it leaves out: every field of text has its line.

A test holds this table to the models, so that a new field cannot slip into a copy undecided.
"""

# Rows that a copy does without: what opens something, what is remembered about somebody, and what repeats replaced words.
DELETED = (
    "bookings.ManageLink",
    "bookings.CalendarFeed",
    "bookings.ParkedBooking",
    "bookings.ImportedRow",
    "bookings.AccessEntry",
    "bookings.ColleagueLook",
    "bookings.RateCount",
    "bookings.HistoricalPatient",
    "bookings.HistoricalTimeOff",
    "bookings.HistoricalWorkingHours",
    "bookings.HistoricalExtraHours",
    "clinic.Invitation",
    "clinic.RecoveryCode",
    "clinic.DeskSeat",
    "clinic.SignIn",
    "admin.LogEntry",
    "sessions.Session",
    "axes.AccessFailureLog",
    "axes.AccessAttempt",
    "axes.AccessLog",
)

EMAIL, PHONE, WORDS, NOTHING, NAME = "email", "phone", "words", "nothing", "name"

# What stands instead. NAME is replaced only where invented names are asked for: staff look for people they know.
REPLACED = {
    "bookings.Patient": {
        "email": EMAIL,
        "phone": PHONE,
        "access_needs": WORDS,
        "alert": WORDS,
        "first_name": NAME,
        "last_name": NAME,
    },
    "bookings.CallbackRequest": {"name": NAME, "phone": PHONE, "note": WORDS},
    "bookings.Appointment": {"reason": WORDS, "outcome": WORDS, "form_digest": NOTHING},
    "bookings.TextReply": {"phone": PHONE, "words": WORDS},
    "bookings.DeskNote": {"words": WORDS},
    "bookings.ReadinessAnswer": {"words": WORDS},
    "bookings.TimeOff": {"note": WORDS},
    "bookings.TimeRequest": {"note": WORDS, "answer": WORDS},
    "bookings.Message": {"last_error": NOTHING, "provider_id": NOTHING, "again_reason": WORDS},
}

# What says nothing about a patient, opens nothing without its other half, or is needed to practise.
KEPT = {
    "bookings.Appointment": {"reference", "cancel_reason", "form_token"},
    "bookings.AppointmentEvent": {"verb", "detail"},
    "bookings.DeskNote": {"form_token"},
    "bookings.Hold": {"session_key", "address_hash"},
    "bookings.ImportMapping": {"source", "columns", "names", "encoding"},
    "bookings.Message": {"intent"},
    "bookings.Messenger": {"neutral_name", "pause_reason", "shut_reason"},
    "bookings.PossibleMatch": {"reason"},
    "bookings.ReadinessAnswer": {"question", "answer"},
    "bookings.Resource": {"name"},
    "bookings.TextReply": {"provider_id"},
    "bookings.Tick": {"name"},
    "bookings.TimeRequest": {"form_token"},
    "bookings.WorkDone": {"worklist"},
    # Staff sign in with their own password and code: what they practise is what they will do.
    "clinic.User": {"email", "name", "password", "pin"},
    "otp_totp.TOTPDevice": {"name", "key"},
}
