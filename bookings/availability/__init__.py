"""Free times: reads only, a bounded number of statements whatever the range, and `now` is passed in.

What every oracle must agree on:

- the start grid counts from local midnight of the location;
- the visible visit lies inside the clinician's merged hours at that location, less time off; a need's extra minutes may lie
  outside the hours, but not on other occupancy;
- rooms, devices and support staff are free unless occupied or off, their extra minutes included;
- notice and horizon are inclusive, the horizon in local dates;
- one resource may serve several needs of a visit, and the lowest pk wins a tie.
"""

from bookings.availability.facts import Choice, DayOfTimes, FreeTime, Person, Place
from bookings.availability.picture import Picture, look
from bookings.availability.search import free_times, nearest, next_times

__all__ = [
    "Choice",
    "DayOfTimes",
    "FreeTime",
    "Person",
    "Picture",
    "Place",
    "free_times",
    "look",
    "nearest",
    "next_times",
]
