"""Details of a visit are corrected without a word to the patient; whoever was slower is told who was quicker."""

import pytest

from bookings import scheduling
from bookings.scheduling import Changed
from tests import factories
from tests.bookings.scheduling.asking import book, desk, messages_of, refused, verbs_of
from tests.cast import NOW, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture
def visit():
    return book(open_clinic())


def test_details_change_and_nobody_is_told(visit):
    neck = factories.BodyRegionFactory(slug="neck")
    amended = scheduling.amend(visit, by=desk(), now=NOW, region=neck, side="left", reason="It is the left side.")

    assert (amended.region, amended.side, amended.reason) == (neck, "left", "It is the left side.")
    assert (amended.revision, amended.version) == (0, 1)
    assert messages_of(amended) == ["confirmation due", "reminder due"]


def test_the_event_names_the_fields_and_not_the_words(visit):
    amended = scheduling.amend(visit, by=desk(), now=NOW, side="left", reason="Something private")

    assert amended.events.last().detail == {"fields": ["reason", "side"]}


def test_the_same_details_are_no_change(visit):
    amended = scheduling.amend(visit, by=desk(), now=NOW, side="", reason="")

    assert (amended.version, verbs_of(amended)) == (0, ["book"])


def test_the_second_of_two_is_told_who_and_when(visit):
    scheduling.amend(visit, by=desk(name="Maria Lopez"), now=NOW, version=0, side="left")

    with refused(Changed) as caught:
        scheduling.amend(visit, by=desk(), now=NOW, version=0, side="right")
    assert str(caught.value.message) == (
        "Maria Lopez has changed this appointment (details changed, Mon, Mar 2, 8 am). Please look again; "
        "nothing you typed is lost."
    )


def test_time_and_status_are_not_details(visit):
    with pytest.raises(TypeError, match="status"):
        scheduling.amend(visit, by=desk(), now=NOW, status="done")
