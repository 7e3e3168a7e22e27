"""A hand on the keyboard, for tests that count."""

from urllib.parse import parse_qs

from tests.browsing import wait_for_quiet


class Keys:
    """A hand on the keyboard. `pressed` counts all but the letters of what is typed."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text):
        self.page.keyboard.type(text, delay=20)

    def find(self, text):
        """Type into the search for a patient, and wait for the answer to all of it.

        A slow hand is answered in the middle of a word, too: what is shown then is soon replaced.
        """
        with self.page.expect_response(lambda response: _asked(response) == [text]):
            self.type(text)
        wait_for_quiet(self.page)

    def until(self, name, *, key="Tab"):
        """Press until a field of that name has the focus."""
        for _step in range(8):
            self.press(key)
            if self.page.evaluate("document.activeElement.name") == name:
                return
        raise AssertionError(f"no way to {name}")


def _asked(response):
    if not response.url.endswith("/desk/patients/"):
        return None
    return parse_qs(response.request.post_data).get("find")
