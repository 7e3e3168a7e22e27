"""What a clinician asked for, in words."""

from django import template

from bookings.worklists.times import in_short

register = template.Library()
register.filter("time_in_short", in_short)
