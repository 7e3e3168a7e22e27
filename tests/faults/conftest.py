"""A clinic with its messenger, on bad days. The cast is imported late: pytest reads this file before Django is set up."""

import pytest

from tests.faults.machines import Clock, Messenger, Sink


@pytest.fixture
def clinic(transactional_db):
    from tests import cast

    return cast.open_clinic()


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def shared(redis_server, sink, clock, tmp_path):
    """What all programs of the clinic have in common: settings for their environment."""
    return {"REDIS_URL": redis_server.url, "EMAIL_URL": sink.url, "CLINIC_CLOCK_FILE": str(clock.file)}


@pytest.fixture
def messenger(shared, tmp_path):
    folder = tmp_path / "var"
    folder.mkdir()
    return Messenger(folder, **shared)
