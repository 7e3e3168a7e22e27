"""The servers that tests start are real ones, and can be made to fail."""

import pytest
import redis
from django.db import connection

from tests.engines import redis_database


@pytest.mark.engine
def test_the_database_of_the_run_is_the_one_asked_for(db, pytestconfig):
    assert connection.vendor == pytestconfig.getoption("engine")


def test_sqlite_is_a_file_with_the_settings_of_production(db):
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.transaction_mode == "IMMEDIATE"


def test_redis_answers_refuses_and_comes_back_empty(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("kept", "no")
        redis_server.stop()
        with pytest.raises(redis.ConnectionError):
            client.get("kept")
        redis_server.start()
        assert client.get("kept") is None


def test_a_paused_redis_takes_connections_and_never_answers(redis_server):
    redis_server.pause()
    with redis.Redis.from_url(redis_server.url, socket_timeout=0.3, retry=None) as client:
        with pytest.raises(redis.TimeoutError):
            client.ping()
        redis_server.resume()
        assert client.ping() is True


def test_a_redis_that_is_not_ours_is_used_in_its_last_database():
    assert redis_database("redis://cache.example.com:6380/2", 15) == "redis://cache.example.com:6380/15"
    assert redis_database("redis://cache.example.com", 15) == "redis://cache.example.com/15"
