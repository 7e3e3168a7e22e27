"""An editor writes in the admin: the preview follows the text, and what is not ready is not published."""

import pytest

from clinic import roles
from tests import cast, factories
from tests.browsing import DESKTOP, PHONE, assert_clean, axe, scrolls_sideways
from tests.desk import member
from treatments.models import Article

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-plain-test-password"


@pytest.fixture(autouse=True)
def editor():
    cast.open_clinic()
    factories.BodyRegionFactory(slug="neck", name="Neck")
    factories.AuthorFactory(name="Elena Marchetti", credentials="MD")
    return member(roles.EDITOR)


def sign_in(page, editor):
    page.goto("/sign-in/")
    page.fill("[name=username]", editor.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/admin/**")


def test_the_preview_follows_the_text_and_what_is_not_ready_is_refused(editor, new_page):
    page = new_page(viewport=DESKTOP)
    sign_in(page, editor)
    page.goto("/admin/treatments/article/add/")
    page.locator("#id_title").fill("A stiff neck")
    page.locator("#id_body").fill("## Why?\n\nIt is **stiff**. [x](javascript:alert(1))")
    page.locator("#preview strong", has_text="stiff").wait_for()
    assert page.locator("#preview").get_by_text("a javascript: link was taken out").is_visible()
    assert page.locator("#preview a[href^='javascript']").count() == 0

    page.select_option("#id_status", "published")
    page.click("[name=_save]")
    page.locator(".errornote").wait_for()
    assert page.locator(".errorlist", has_text="Before it is published").count() == 4
    assert page.locator("#id_body").input_value().startswith("## Why?")

    page.fill("#id_summary", "What helps a stiff neck.")
    page.locator("#id_body").fill("::: emergency Call 911\nFor a sudden worst headache.\n:::")
    page.select_option("#id_reviewer", label="Elena Marchetti, MD")
    page.get_by_label("Neck").check()
    page.click("[name=_save]")
    page.wait_for_url("**/admin/treatments/article/")
    assert Article.objects.get().status == "published"
    assert_clean(page)


def test_without_javascript_the_text_is_previewed_on_a_page_of_its_own(editor, new_page):
    page = new_page(viewport=DESKTOP, java_script_enabled=False)
    sign_in(page, editor)
    page.goto("/admin/treatments/article/add/")
    page.fill("#id_body", "It is **stiff**.")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview the text").click()
    assert opened.value.locator("strong", has_text="stiff").is_visible()


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_of_writing_is_open_to_everybody(window, editor, new_page):
    article = factories.ArticleFactory(body="::: emergency Call 911\nNow.\n:::")
    spot, series, picture = factories.SpotFactory(), factories.SeriesFactory(), factories.PictureFactory()
    page = new_page(viewport=window)
    sign_in(page, editor)
    start = "/admin/treatments"
    addresses = [
        *(f"{start}/{kind}/" for kind in ("article", "spot", "series", "author")),
        *(f"{start}/{row._meta.model_name}/{row.pk}/change/" for row in (article, spot, series)),
        *(f"{start}/picture/add/", f"{start}/article/reviews/", "/admin/reports/articles/"),
    ]
    found = {}
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[address] = (axe(page), scrolls_sideways(page))
    assert found == dict.fromkeys(addresses, ([], False))
    assert_clean(page)
    assert picture.pk
