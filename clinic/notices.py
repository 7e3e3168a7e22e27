"""Where a word to somebody waits until their next page is shown."""

from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage

from clinic.middleware import is_staff_session


def storage(request):
    """Return the store of a request's messages. Those of staff name patients: they stay on the server, in no browser's cookies."""
    return SessionStorage(request) if is_staff_session(request) else FallbackStorage(request)
