"""Whole requests in process: from the WSGI environment to the last byte, connection handling included, no network."""

from collections.abc import Callable

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django.test.client import RequestFactory


class Site:
    """A WSGI application with this middleware, asked as a server asks it."""

    def __init__(self, middleware: list[str] | None = None):
        with override_settings(MIDDLEWARE=middleware or settings.MIDDLEWARE):
            self._application = WSGIHandler()

    def asking(self, address: str, cookies: str = "") -> Callable[[], bytes]:
        """Return a call that asks for the address once and returns the body. Anything but 200 is an error."""
        environ = RequestFactory(SERVER_NAME="localhost", HTTP_COOKIE=cookies).get(address).environ

        def ask() -> bytes:
            said: list[str] = []
            response = self._application(dict(environ), lambda status, headers: said.append(status))
            content = b"".join(response)
            response.close()
            if not said[0].startswith("200"):
                raise RuntimeError(f"{environ['PATH_INFO']} answered {said[0]}")
            return content

        return ask
