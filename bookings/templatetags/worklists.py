"""What waits for whoever looks at a page of the desk."""

from django import template
from django.utils import timezone

from bookings.worklists import waiting
from bookings.worklists.clinicians import booking_of, invitation, wanted

register = template.Library()
register.filter("wanted", wanted)
register.filter("invitation", invitation)
register.filter("booking_of", booking_of)


@register.simple_tag(takes_context=True)
def waiting_lists(context):
    """Return the user's worklists, each with how many rows wait."""
    return waiting(context["request"].user, now=timezone.now())
