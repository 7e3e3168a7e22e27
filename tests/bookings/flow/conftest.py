"""A visitor at each point of the booking flow, on a clock that stands still: the cast's `NOW`.

The cast is imported late: pytest reads this file before Django is set up.
"""

import pytest
import time_machine


@pytest.fixture(autouse=True)
def clock(settings):
    from tests import cast

    settings.CLINIC_FORM_SECONDS = 0
    with time_machine.travel(cast.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def house():
    from tests import cast

    return cast.open_clinic()


@pytest.fixture
def visitor(house):
    from tests.bookings.visitor import Visitor

    return Visitor()


@pytest.fixture
def at_times(visitor):
    visitor.arrive(treatment="physical-therapy-session")
    visitor.answer_signs()
    return visitor


@pytest.fixture
def at_details(visitor):
    visitor.arrive(treatment="consultation")
    visitor.answer_signs()
    visitor.choose()
    return visitor


@pytest.fixture
def at_check(at_details):
    """A visitor who has answered everything and looks at the last page."""
    at_details.tell()
    return at_details
