"""A clinic with one visit booked. Imported late: pytest reads this file before Django is set up."""

import pytest


@pytest.fixture
def clinic(db):
    from tests import cast

    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    from tests.bookings.visits import book

    return book(clinic)
