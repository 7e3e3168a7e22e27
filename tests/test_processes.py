"""Races in tests are real: several processes, one database, one start."""

import urllib.request

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from tests.processes import ProcessFailed, run_together, running


@pytest.mark.engine
def test_of_many_processes_one_gets_the_unique_name(transactional_db):
    results = run_together("tests.racers:take_name", [{"name": "Nine o'clock"}] * 8)

    assert sorted(results) == [False] * 7 + [True]
    assert Group.objects.filter(name="Nine o'clock").count() == 1


@pytest.mark.engine
def test_processes_work_on_the_database_of_the_test(transactional_db):
    assert run_together("tests.racers:database_name", [[], []]) == [str(connection.settings_dict["NAME"])] * 2


def test_processes_start_together_and_are_different_ones(transactional_db):
    moments, processes = zip(*run_together("tests.racers:moment_and_process", [{}] * 6), strict=True)

    assert len(set(processes)) == 6
    assert max(moments) - min(moments) < 1


def test_what_a_process_raises_is_shown(transactional_db):
    with pytest.raises(ProcessFailed, match="ValueError: number 7"):
        run_together("tests.racers:fail", [[7]])


def test_a_program_beside_the_test_is_stopped_after_the_block(transactional_db):
    with running("-c", "import time; time.sleep(600)") as process:
        assert process.poll() is None

    assert process.poll() is not None


@pytest.mark.engine
def test_the_web_server_serves_the_database_of_the_test(web_server):
    with urllib.request.urlopen(f"{web_server}/livez") as answer:
        assert answer.status == 200
