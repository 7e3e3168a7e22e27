"""The links of messages: no pattern in ten thousand, nothing to open with in a copy of the database, one purpose each."""

import base64
import datetime as dt
import json
import math
from collections import Counter
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import call_command

from bookings import links
from bookings.models import ManageLink
from tests import cast
from tests.bookings.visits import book
from tests.cast import NOW

pytestmark = pytest.mark.django_db

MANAGE, UNSUBSCRIBE = ManageLink.Purpose.MANAGE, ManageLink.Purpose.UNSUBSCRIBE
TOKENS = 10_000


@pytest.fixture
def visit():
    return book(cast.open_clinic())


# --- No pattern -----------------------------------------------------------------------------------------------------


def test_ten_thousand_tokens_show_no_pattern(visit):
    """Minted one after the other at one moment, as a morning's reminders are."""
    raw = [base64.urlsafe_b64decode(links.mint(visit, now=NOW) + "=") for _each in range(TOKENS)]

    # Any eight bytes of a token name it: there is no counter, no clock and no number of a row in them.
    assert [len({token[at : at + 8] for token in raw}) for at in range(0, 32, 8)] == [TOKENS] * 4
    assert uneven_bits(raw) == []
    # 255 degrees of freedom: mean 255, standard deviation 22.6; six of them.
    assert chi_square_of_bytes(raw) < 255 + 6 * 22.6
    # Neighbors differ in half of their bits, as strangers do.
    assert abs(share_of_differing_bits(raw) - 0.5) < 0.002


def uneven_bits(raw):
    """Return the bits that are not set in half of the tokens: six standard deviations of a fair coin."""
    ones = [sum(int.from_bytes(token) >> bit & 1 for token in raw) for bit in range(256)]
    return [bit for bit, count in enumerate(ones) if abs(count - len(raw) / 2) > 6 * math.sqrt(len(raw)) / 2]


def chi_square_of_bytes(raw):
    counts, expected = Counter(b"".join(raw)), len(raw) * 32 / 256
    return sum((counts[value] - expected) ** 2 / expected for value in range(256))


def share_of_differing_bits(raw):
    differing = sum((int.from_bytes(one) ^ int.from_bytes(other)).bit_count() for one, other in pairwise(raw))
    return differing / ((len(raw) - 1) * 256)


def test_a_minted_token_is_43_characters_of_32_random_bytes(visit):
    minted = [links.mint(visit, now=NOW) for _each in range(50)]

    assert {len(token) for token in minted} == {43}
    assert {len(base64.urlsafe_b64decode(token + "=")) for token in minted} == {32}


# --- Nothing to open with -------------------------------------------------------------------------------------------


def test_a_copy_of_the_database_opens_nothing(client, visit, time_machine):
    time_machine.move_to(NOW, tick=False)
    token = links.mint(visit, now=NOW)
    dump = StringIO()
    call_command("dumpdata", "bookings", stdout=dump)
    values = {str(value) for row in json.loads(dump.getvalue()) for value in row["fields"].values() if value}
    short = {
        value for value in values if len(value) <= 100 and "/" not in value and "?" not in value and "#" not in value
    }
    hashes = {row.token_hash for row in ManageLink.objects.all()}

    assert token not in dump.getvalue()
    assert hashes <= short
    assert {value: links.find(value, now=NOW) for value in short if links.find(value, now=NOW)} == {}
    assert [client.get(f"/appointments/{stolen}/").status_code for stolen in sorted(hashes)] == [404]
    assert client.get(f"/appointments/{token}/").status_code == 302


def test_the_hash_is_of_the_token_and_of_nothing_else(visit):
    token = links.mint(visit, now=NOW)

    assert ManageLink.objects.get().token_hash == links.hash_of(token) != token


# --- One purpose, one visit, one time -------------------------------------------------------------------------------


@pytest.mark.parametrize(("made_for", "other"), [(MANAGE, UNSUBSCRIBE), (UNSUBSCRIBE, MANAGE)])
def test_a_link_for_one_purpose_opens_no_other(visit, made_for, other):
    token = links.mint(visit, now=NOW, purpose=made_for)
    found = links.find(token, now=NOW, purpose=made_for)

    assert (found.purpose, found.appointment) == (made_for, visit)
    assert links.find(token, now=NOW, purpose=other) is None
    assert links.find_again(found.pk, now=NOW, purpose=other) is None


def test_a_link_is_for_the_page_unless_it_says_otherwise(visit):
    token = links.mint(visit, now=NOW)

    assert links.find(token, now=NOW, purpose=MANAGE) == links.find(token, now=NOW)


def test_a_link_works_until_thirty_days_after_the_visit(visit):
    token = links.mint(visit, now=NOW)
    end = visit.end + dt.timedelta(days=30)

    assert links.find(token, now=end - dt.timedelta(seconds=1)) is not None
    assert links.find(token, now=end) is None


def test_a_revoked_link_is_gone_for_the_session_that_opened_it_too(visit):
    link = links.find(links.mint(visit, now=NOW), now=NOW)
    ManageLink.objects.update(revoked_at=NOW)

    assert links.find_again(link.pk, now=NOW) is None


@pytest.mark.parametrize("pk", [None, 0, -1, 10**9])
def test_a_session_without_a_link_finds_none(visit, pk):
    links.mint(visit, now=NOW)

    assert links.find_again(pk, now=NOW) is None


def test_links_that_are_over_are_forgotten(visit):
    links.mint(visit, now=NOW)

    assert (links.forget_expired(now=NOW), links.forget_expired(now=visit.end + dt.timedelta(days=30))) == (0, 1)


@pytest.mark.parametrize("state", ["unknown", "expired", "revoked", "other purpose"])
def test_every_wrong_token_costs_the_same_one_statement(visit, django_assert_num_queries, state):
    purpose = UNSUBSCRIBE if state == "other purpose" else MANAGE
    token = "x" * 43 if state == "unknown" else links.mint(visit, now=NOW, purpose=purpose)
    if state == "revoked":
        ManageLink.objects.update(revoked_at=NOW)
    now = visit.end + dt.timedelta(days=31) if state == "expired" else NOW
    with django_assert_num_queries(1):
        assert links.find(token, now=now) is None
