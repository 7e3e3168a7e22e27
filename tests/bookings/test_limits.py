"""Counting without keeping people."""

import datetime as dt

import pytest
from django.test import RequestFactory

from bookings import limits
from bookings.models import RateCount, UrgentStop
from tests import cast

NOW = cast.NOW


def request(address="203.0.113.7", forwarded=None):
    extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {}
    return RequestFactory().get("/", REMOTE_ADDR=address, **extra)


@pytest.mark.engine
@pytest.mark.django_db
def test_each_count_is_one_more_in_its_window():
    assert [limits.count("book", "somebody", now=NOW) for _time in range(3)] == [1, 2, 3]
    assert limits.count("book", "somebody else", now=NOW) == 1
    assert limits.count("call", "somebody", now=NOW) == 1
    assert limits.count("book", "somebody", now=NOW + dt.timedelta(hours=1)) == 1


@pytest.mark.engine
@pytest.mark.django_db
def test_asking_counts_nothing():
    limits.count("book", "somebody", now=NOW)
    assert [limits.too_many("book", "somebody", limit=limit, now=NOW) for limit in (1, 2)] == [True, False]
    assert RateCount.objects.get().count == 1


@pytest.mark.engine
@pytest.mark.django_db
def test_an_unknown_address_is_not_counted():
    assert (limits.count("book", "", now=NOW), limits.too_many("book", "", limit=0, now=NOW)) == (0, False)
    assert not RateCount.objects.exists()


@pytest.mark.engine
@pytest.mark.django_db
def test_a_key_cannot_be_read_from_its_row():
    limits.count("book", "203.0.113.7", now=NOW)
    row = RateCount.objects.get()
    assert (len(row.key_hash), "203.0.113.7" in row.key_hash) == (64, False)


@pytest.mark.engine
@pytest.mark.django_db
def test_old_counts_are_forgotten():
    limits.count("book", "old", now=NOW - dt.timedelta(days=3))
    limits.count("book", "new", now=NOW)
    assert (limits.forget_old(now=NOW), RateCount.objects.count()) == (1, 1)


@pytest.mark.engine
@pytest.mark.django_db
def test_urgent_stops_are_a_number_by_the_clinics_date():
    late_in_the_evening = cast.at("2026-03-02", "23:30")
    for now in (NOW, late_in_the_evening, late_in_the_evening + dt.timedelta(hours=1)):
        limits.count_urgent_stop(now=now)
    assert [(str(stop.date), stop.count) for stop in UrgentStop.objects.order_by("date")] == [
        ("2026-03-02", 2),
        ("2026-03-03", 1),
    ]


def test_one_address_has_one_hash_and_another_has_another():
    assert limits.address_hash(request()) == limits.address_hash(request())
    assert limits.address_hash(request()) != limits.address_hash(request("203.0.113.8"))


def test_a_household_is_one_address_in_ipv6_too():
    assert limits.address_hash(request("2001:db8:1:2::5")) == limits.address_hash(request("2001:db8:1:2:a:b:c:d"))
    assert limits.address_hash(request("2001:db8:1:2::5")) != limits.address_hash(request("2001:db8:1:3::5"))
    assert limits.address_hash(request("::ffff:203.0.113.7")) == limits.address_hash(request())


def test_without_a_proxy_of_ours_a_header_is_not_believed():
    assert limits.address_hash(request(forwarded="198.51.100.1")) == limits.address_hash(request())


def test_behind_proxies_the_address_is_counted_from_the_right(settings):
    settings.CLINIC_PROXY_COUNT = 2
    visitor = limits.address_hash(request("198.51.100.1"))
    assert limits.address_hash(request("10.0.0.1", forwarded="6.6.6.6, 198.51.100.1, 10.0.0.2")) == visitor
    assert limits.address_hash(request("198.51.100.1", forwarded="6.6.6.6")) == visitor


def test_an_unknown_address_has_no_hash():
    assert limits.address_hash(request("")) == ""
