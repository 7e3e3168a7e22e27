"""Pictures: decoded and encoded anew, sized, and without anything the upload said about whoever took it."""

import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from clinic import roles
from tests import factories
from tests.cast import NOW
from tests.desk import member
from treatments import pictures
from treatments.models import Picture

pytestmark = pytest.mark.django_db
ORIENTATION, GPS, ARTIST = 0x0112, 0x8825, 0x013B


@pytest.fixture(autouse=True)
def media(settings, tmp_path, time_machine):
    time_machine.move_to(NOW, tick=False)
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def photo(size=(400, 300), kind="JPEG", **extra):
    file = io.BytesIO()
    Image.new("RGB", size, (11, 95, 92)).save(file, kind, **extra)
    file.seek(0)
    file.name = "IMG_2034 my kitchen.jpg"
    return file


def keep(file, slug="spine", alt="A drawn spine"):
    return pictures.keep_upload(file, slug=slug, alt=alt, now=NOW)


def test_what_a_camera_wrote_is_gone_and_its_turn_is_kept(media):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[ARTIST] = "Somebody Private"
    exif.get_ifd(GPS)[1] = "N"
    picture = keep(photo(exif=exif.tobytes(), comment=b"taken at home"))

    kept = (media / picture.file.name).read_bytes()
    image = Image.open(io.BytesIO(kept))
    assert (image.format, image.size, dict(image.getexif()), image.info.get("exif")) == ("WEBP", (300, 400), {}, None)
    assert (picture.width, picture.height) == (300, 400)
    assert [word for word in (b"Somebody", b"home", b"kitchen") if word in kept] == []
    assert "kitchen" not in picture.file.name


def test_a_large_picture_is_made_smaller():
    picture = keep(photo((4000, 1000)))
    assert (picture.width, picture.height) == (1600, 400)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_are_taken_too(kind):
    assert keep(photo(kind=kind)).width == 400


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        photo().getvalue()[:200],
        b"GIF89a" + b"\0" * 100,
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
)
def test_what_is_no_picture_is_refused_in_words(content):
    with pytest.raises(ValidationError, match="not a picture we can read"):
        keep(io.BytesIO(content))
    assert not Picture.objects.exists()


def test_a_file_of_too_many_bytes_or_pixels_is_refused():
    with pytest.raises(ValidationError, match="larger than 12 MB"):
        keep(io.BytesIO(b"\0" * (12 * 1024 * 1024 + 1)))
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    bomb.seek(0)
    with pytest.raises(ValidationError, match="pixels"):
        keep(bomb)


def test_a_picture_without_words_is_refused():
    with pytest.raises(ValidationError):
        keep(photo(), alt="  ")


def test_a_text_shows_a_picture_we_have_and_no_other(client):
    picture = keep(photo())
    body = "![A caption](picture:spine)\n\n![x](picture:nobodys)\n\n![y](https://example.org/y.png)"
    factories.ArticleFactory(slug="a", body=body)
    page = client.get("/articles/a/").content.decode()
    assert f'src="{picture.file.url}"' in page
    assert 'alt="A drawn spine"' in page
    assert "A caption" in page
    assert "example.org/y.png" not in page.replace("&quot;", "")


def test_its_address_names_its_content_and_may_be_kept_for_good(client):
    picture = keep(photo())
    response = client.get(picture.file.url)
    assert b"".join(response.streaming_content)[:4] == b"RIFF"
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert "immutable" in response["Cache-Control"]
    assert client.get("/media/pictures/other.webp").status_code == 404
    assert client.get("/media/pictures/..%2f..%2fdb.sqlite3.webp").status_code == 404


# --- In the admin -------------------------------------------------------------------------------------------------------


def test_an_editor_uploads_a_picture_with_what_it_shows(client):
    client.force_login(member(roles.EDITOR))
    form = {"slug": "spine", "alt": "A drawn spine", "credit": ""}
    missing = client.post("/admin/treatments/picture/add/", {**form, "alt": "", "upload": photo()})
    assert list(missing.context["adminform"].form.errors) == ["alt"]
    wrong = client.post("/admin/treatments/picture/add/", {**form, "upload": io.BytesIO(b"no picture")})
    assert list(wrong.context["adminform"].form.errors) == ["upload"]
    assert client.post("/admin/treatments/picture/add/", {**form, "upload": photo()}).status_code == 302
    assert Picture.objects.values_list("slug", "width", "uploaded_at").get() == ("spine", 400, NOW)


def test_a_picture_that_a_text_shows_cannot_be_deleted_and_says_where(client):
    picture = keep(photo())
    factories.ArticleFactory(title="Backs", body="![x](picture:spine)")
    client.force_login(member(roles.MANAGER))
    address = f"/admin/treatments/picture/{picture.pk}/delete/"
    assert "article: Backs" in client.get(address).content.decode()
    client.post(address, {"post": "yes"})
    assert Picture.objects.exists()
