"""Pictures of articles and portraits. Whatever is uploaded is decoded and encoded anew: nothing of the file itself is kept.

So no position of a phone, no name of a camera or of a file, no comment and no hidden program gets onto the site.
"""

import datetime as dt
import hashlib
import io
import re
import warnings
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from treatments.models import Article, Author, Clinician, Picture, Series, Spot, Treatment

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600  # pixels; twice the width of a column of text
QUALITY = 82
NAMED = re.compile(r"\]\(picture:([\w-]{1,80})\)")
# The Markdown fields in which a picture can be named.
TEXTS: dict[type[models.Model], tuple[str, ...]] = {
    Article: ("body", "evidence_note", "references"),
    Series: ("introduction",),
    Spot: ("location", "how_to_find", "how_to_press", "how_it_feels", "red_flags", "self_care"),
    Treatment: ("body", "what_to_expect", "preparation", "aftercare", "plans_text", "referral_text"),
    Clinician: ("bio",),
    Author: ("bio",),
}


@dataclass(frozen=True)
class Made:
    """What became of an upload: WebP, and its size in pixels."""

    content: bytes
    width: int
    height: int


def keep_upload(file, *, slug: str, alt: str, now: dt.datetime, credit: str = "") -> Picture:
    """Make a picture of an uploaded file (binary, at its beginning). Raises ValidationError, in words for people."""
    picture = Picture(slug=slug, alt=alt.strip(), credit=credit.strip(), uploaded_at=now)
    picture.full_clean(exclude=["file", "width", "height"])
    keep(picture, make(file))
    return picture


def make(file) -> Made:
    """Decode an upload and encode it anew. Raises ValidationError, in words for people."""
    image = _sized(_in_srgb(_decoded(file)))
    return Made(_encoded(image), image.width, image.height)


def keep(picture: Picture, made: Made) -> None:
    """Save a picture with what it shows from now on. The file it showed before goes when this is certain."""
    old = picture.file.name
    # The name says what is in it, so that a browser may keep it for good.
    mark = hashlib.sha256(made.content).hexdigest()[:12]
    picture.width, picture.height = made.width, made.height
    picture.file.save(f"{picture.slug}-{mark}.webp", ContentFile(made.content), save=False)
    picture.save()
    if old and old != picture.file.name:
        _drop_file(picture, old)


def forget(picture: Picture) -> None:
    """Delete a picture and its file."""
    name = picture.file.name
    picture.delete()
    _drop_file(picture, name)


def _drop_file(picture: Picture, name: str) -> None:
    storage = picture.file.storage
    transaction.on_commit(lambda: storage.delete(name))


def _decoded(file) -> Image.Image:
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValidationError(_("This file is larger than 12 MB. Please make it smaller."), code="too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we count the pixels ourselves
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            _refuse_too_many_pixels(image)
            image.verify()
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            image.load()
            return ImageOps.exif_transpose(image)
    except ValidationError:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except Exception:  # noqa: BLE001  a decoder meets a broken file in many ways; to whoever uploaded it they are one
        raise ValidationError(
            _("This is not a picture we can read. Send a JPEG, PNG or WebP."), code="unreadable"
        ) from None


def _refuse_too_many_pixels(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _("This picture has more than 40 megapixels. Please make it smaller."), code="too_many_pixels"
    )


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colors as every screen shows them; a profile that cannot be read is left aside."""
    profile = image.info.get("icc_profile")
    mode = "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"
    if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            image = ImageCms.profileToProfile(image, source, target, outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert(mode)


def _sized(image: Image.Image) -> Image.Image:
    """At most 1600 pixels; pasted into a new image, which knows nothing of the old one's metadata."""
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def _encoded(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=QUALITY, method=4)
    return written.getvalue()


# --- Where pictures are used ----------------------------------------------------------------------------------------


def wanted_by(*texts: str) -> dict[str, Picture]:
    """Return the pictures that texts name, by slug. No query when they name none."""
    slugs = {slug for text in texts for slug in NAMED.findall(text or "")}
    return {picture.slug: picture for picture in Picture.objects.filter(slug__in=slugs)} if slugs else {}


def used_by(picture: Picture) -> list[models.Model]:
    """Return what shows a picture: people whose portrait it is, and whatever names it in a text."""
    people = [*Clinician.objects.filter(portrait=picture), *Author.objects.filter(portrait=picture)]
    return [*people, *(thing for model, fields in TEXTS.items() for thing in _naming(picture, model, fields))]


def _naming(picture: Picture, model: type[models.Model], fields: tuple[str, ...]) -> list[models.Model]:
    named = f"](picture:{picture.slug})"
    anywhere = models.Q(*((f"{field}__contains", named) for field in fields), _connector=models.Q.OR)
    return list(model._base_manager.filter(anywhere))  # noqa: SLF001  (the same door for every model)
