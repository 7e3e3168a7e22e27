"""Why something was not done."""


class Refused(Exception):
    """The text names the cause and the next step, for whoever runs the clinic's machine. Nothing was changed."""
