"""Addresses of the desk's pages, below the admin's own. The admin site wraps each: signed in, with admin rights."""

from django.urls import path

from bookings.desk import (
    again,
    answering,
    away,
    board,
    closing,
    deciding,
    exporting,
    finding,
    late,
    lists,
    merging,
    messenger,
    panel,
    patient,
    preparing,
    previews,
    readying,
    sheets,
    since,
    visit,
    week,
)
from bookings.forms.walltime import ISO_DATE

PAGES = [
    ("day/", board.day, "day"),
    (f"day/<{ISO_DATE}:date>/", board.day, "day"),
    (f"day/<{ISO_DATE}:date>/sheet/", sheets.sheet, "day-sheet"),
    ("week/", week.week, "week"),
    (f"week/<{ISO_DATE}:date>/", week.week, "week"),
    ("desk/book/", panel.book, "desk-book"),
    ("desk/patients/", panel.patients, "desk-patients"),
    ("desk/times/", panel.times, "desk-times"),
    ("desk/walk-in/", panel.walk_in, "desk-walk-in"),
    ("desk/park/", panel.park, "desk-park"),
    ("desk/parked/", panel.resume, "desk-resume"),
    ("desk/parked/<int:pk>/", panel.parked, "desk-parked"),
    ("desk/visit/<int:pk>/", visit.visit, "desk-visit"),
    ("desk/visit/<int:pk>/prepared/<int:step>/", preparing.prepared, "visit-prepared"),
    ("desk/visit/<int:pk>/not-prepared/<int:step>/", preparing.not_prepared, "visit-not-prepared"),
    ("desk/visit/<int:pk>/answer/", answering.answer, "visit-answer"),
    ("desk/visit/<int:pk>/start/", readying.start, "desk-start"),
    ("desk/late/", late.running_late, "running-late"),
    ("since/", since.since, "since"),
    ("work/<slug:name>/", lists.worklist, "worklist"),
    ("work/<slug:name>/<int:pk>/done/", lists.done, "work-done"),
    ("away/", away.start, "away"),
    ("away/<int:pk>/", away.resolve, "away-resolve"),
    ("time-requests/<int:pk>/", deciding.decide, "time-request"),
    ("public-holidays/", closing.public_holidays, "public-holidays"),
    ("find/", finding.find, "find"),
    ("patients/<int:pk>/", patient.patient, "patient"),
    ("matches/<int:pk>/merge/", merging.merge, "merge"),
    ("messages/<int:pk>/again/", again.send_again, "message-again"),
    ("previews/", previews.previews, "previews"),
    ("messenger/", messenger.messenger, "messenger"),
    ("messenger/pause/", messenger.pause, "messenger-pause"),
    ("messenger/release/", messenger.release, "messenger-release"),
    ("messenger/name/", messenger.rename, "messenger-name"),
    ("export/appointments/", exporting.appointments, "export-appointments"),
]


def urls(admin_view):
    """Return the pages as addresses, each through the admin site's `admin_view`."""
    return [path(route, admin_view(view), name=name) for route, view, name in PAGES]
