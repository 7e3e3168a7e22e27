"""The picture files. Each address names one content, so a browser may keep it for good."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from treatments.models import Picture

A_YEAR = 365 * 86400


@require_safe
def picture(request, name):
    """The file of a picture, by the name it was kept under, which carries a hash of its content."""
    row = get_object_or_404(Picture, file=f"pictures/{name}.webp")
    try:
        response = FileResponse(row.file.open("rb"), content_type="image/webp", filename=f"{row.slug}.webp")
    except FileNotFoundError:
        raise Http404 from None
    patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    response["X-Content-Type-Options"] = "nosniff"
    return response
