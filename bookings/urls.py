from django.urls import path

from bookings.forms.walltime import ISO_DATE
from bookings.views import booking, callbacks, confirmation, manage, schedule, slots, times

urlpatterns = [
    path("book/", booking.entry, name="book"),
    path("book/urgent-signs/", booking.signs, name="book-signs"),
    path("book/get-help-now/", booking.urgent, name="book-urgent"),
    path("book/what-for/", booking.what_for, name="book-treatment"),
    path("book/place-and-time/", times.place_and_time, name="book-time"),
    path("book/about-you/", booking.about_you, name="book-details"),
    path("book/keep-it-longer/", booking.keep_longer, name="book-keep"),
    path("book/clear/", booking.clear, name="book-clear"),
    path("book/check/", confirmation.check, name="book-check"),
    path("book/done/", confirmation.done, name="book-done"),
    path("book/done/appointment.ics", confirmation.calendar, name="book-calendar"),
    path("call-me/", callbacks.callback, name="callback"),
    path("call-me/thanks/", callbacks.thanks, name="callback-thanks"),
    path("appointments/", manage.appointment, name="appointments"),
    path("appointments/cancel/", manage.cancel, name="appointments-cancel"),
    path("appointments/accept/", manage.accept, name="appointments-accept"),
    path("appointments/calendar.ics", manage.calendar, name="appointments-calendar"),
    path("appointments/<str:token>/", manage.open_link, name="appointments-open"),
    path("schedule/", schedule.day, name="schedule"),
    path(f"schedule/<{ISO_DATE}:date>/", schedule.day, name="schedule-day"),
    path("api/slots", slots.slots, name="api-slots"),
]
