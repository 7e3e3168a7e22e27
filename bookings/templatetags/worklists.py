"""What waits for whoever looks at a page of the desk."""

from django import template
from django.utils import timezone

from bookings.worklists import waiting

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_lists(context):
    """Return the user's worklists, each with how many rows wait."""
    return waiting(context["request"].user, now=timezone.now())
