import datetime as dt

import pytest


@pytest.fixture(autouse=True)
def _monday(time_machine):
    """`tests.cast.NOW`, which cannot be imported before Django is set up."""
    time_machine.move_to(dt.datetime(2026, 3, 2, 13, 0, tzinfo=dt.UTC))


@pytest.fixture
def strict(settings):
    """The clinic as others reach it: a code is asked for."""
    settings.CLINIC_SECOND_FACTOR = True
