"""Waking the worker must never cost a person their booking, nor much of their time."""

import time

import pytest
import redis
from celery import current_app
from django.db import transaction

from bookings.outbox.nudge import bell, nudge_on_commit
from tests.bookings.visits import book
from tests.engines import free_port


@pytest.fixture
def broker(redis_server):
    """Celery's broker is a real Redis for the length of the test."""
    kept = current_app.conf.broker_url, current_app.conf.broker_transport_options
    current_app.conf.broker_url, current_app.conf.broker_transport_options = redis_server.url, {}
    bell.forget()
    yield redis_server
    bell.forget()
    current_app.conf.broker_url, current_app.conf.broker_transport_options = kept


def waiting(server):
    with redis.Redis.from_url(server.url) as client:
        return client.llen("mail")


def seconds(action):
    began = time.monotonic()
    action()
    return time.monotonic() - began


def test_a_ring_leaves_one_job_without_anything_about_people(broker):
    bell.ring()
    assert waiting(broker) == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_woken_when_the_booking_is_committed_and_not_before(broker):
    with transaction.atomic():
        nudge_on_commit()
        assert waiting(broker) == 0
    assert waiting(broker) == 1


@pytest.mark.django_db(transaction=True)
def test_a_booking_that_is_rolled_back_wakes_nobody(broker):
    with transaction.atomic():
        nudge_on_commit()
        transaction.set_rollback(True)
    assert waiting(broker) == 0


def test_a_broker_that_refuses_is_only_noted(broker, caplog):
    broker.stop()
    bell.ring()
    assert [record.getMessage() for record in caplog.records] == [
        "The worker could not be woken (OperationalError); the next tick sends."
    ]


def test_a_hung_broker_costs_less_than_a_second_once_and_then_nothing(broker):
    bell.ring()
    broker.pause()
    assert seconds(bell.ring) < 1
    assert seconds(bell.ring) < 0.05
    broker.resume()


def test_a_broker_that_is_back_is_rung_again(broker):
    broker.stop()
    bell.ring()
    broker.start()
    bell.forget()
    bell.ring()
    assert waiting(broker) == 1


@pytest.mark.django_db(transaction=True)
def test_a_visit_is_booked_with_the_broker_gone(clinic, broker):
    current_app.conf.broker_url = f"redis://127.0.0.1:{free_port()}/0"
    assert book(clinic).messages.count() == 2
