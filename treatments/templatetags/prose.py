"""Texts of editors, made safe for a page."""

from django import template

from treatments.pictures import wanted_by
from treatments.rendering import render

register = template.Library()


@register.filter
def prose(text: str, prefix: str = ""):
    """Return Markdown as safe HTML. `prefix` keeps ids apart when a page shows several texts."""
    return render(text, prefix=prefix, pictures=wanted_by(text)).html
