"""A hand on the keyboard, for tests that count."""


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

    def until(self, name, *, key="Tab"):
        """Press until a field of that name has the focus."""
        for _step in range(8):
            self.press(key)
            if self.page.evaluate("document.activeElement.name") == name:
                return
        raise AssertionError(f"no way to {name}")
