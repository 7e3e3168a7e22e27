"""A clinician's calendar address: the page where they make it and take it back, and the file behind it.

The address is a secret that opens by itself. It is shown once, in the answer that made it; what is wrong with a bad one is
told to nobody.
"""

import hashlib
from http import HTTPStatus

from django.http import HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_safe

from bookings import feeds, limits
from bookings.views.own_clinician import clinician_of, for_clinicians

PAGE = "bookings/schedule/calendar.html"
FILE_NAME = "schedule.ics"
# Programs of one person ask some four to twelve times an hour each; services that ask for many people share an address.
READS_PER_HOUR = 120
MISSES_PER_ADDRESS_HOUR = 60


@for_clinicians
@require_http_methods(["GET", "HEAD", "POST"])
def own_address(request):
    """Say whether there is an address, when it was made and last read; a POST makes a new one or takes it back."""
    clinician, now = clinician_of(request), timezone.now()
    if request.method != "POST":
        return render(request, PAGE, {"clinician": clinician, "feed": feeds.current(clinician)})
    if request.POST.get("press") == "end":
        feeds.take_back(clinician, now=now)
        return redirect("schedule-calendar")
    # No redirect: a secret that waits for the next page would have to be kept somewhere.
    address = feeds.address(feeds.make(clinician, now=now))
    webcal = f"webcal:{address.partition(':')[2]}"
    context = {"clinician": clinician, "feed": feeds.current(clinician), "address": address, "webcal": webcal}
    return render(request, PAGE, context)


@require_safe
def calendar(request, token: str):
    """The file for calendar programs. Whoever has the program's last ETag is told that nothing has changed."""
    now = timezone.now()
    feed = feeds.find(token)
    if feed is None:
        return _nothing_here(request, now=now)
    if limits.count("calendar", feed.token_hash, now=now) > READS_PER_HOUR:
        return _later()
    feeds.note_reading(feed, now=now)
    file = feeds.compose(feed.clinician, now=now)
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{FILE_NAME}"'
    response.headers["ETag"] = f'"{hashlib.sha256(file).hexdigest()}"'
    return get_conditional_response(request, etag=response.headers["ETag"], response=response)


def _nothing_here(request, *, now):
    """The same words for an address that never was, one that was taken back, and one of somebody who has left."""
    if limits.count("calendar-miss", limits.address_hash(request), now=now) > MISSES_PER_ADDRESS_HOUR:
        return _later()
    return HttpResponseNotFound("There is no calendar at this address.\n", content_type="text/plain; charset=utf-8")


def _later():
    answer = HttpResponse("Please ask again later.\n", content_type="text/plain; charset=utf-8")
    answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
    answer.headers["Retry-After"] = str(limits.HOUR)
    return answer
