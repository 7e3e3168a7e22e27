"""Whether messages go out, for the pages of the desk that say so when they do not."""

from django import template
from django.utils import timezone

from bookings.desk.messenger import troubles

register = template.Library()


@register.simple_tag
def messenger_troubles() -> list[str]:
    """Return what keeps messages from going out, in a line each. Two statements."""
    return troubles(now=timezone.now())
