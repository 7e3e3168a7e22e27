"""./run tells what it needs, and what it can do."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDINARY = ("sh", "dirname", "cat", "env", "rm", "mktemp")


@pytest.fixture
def machine(tmp_path):
    """A copy of ./run on a machine that has ordinary programs and no Python."""
    (tmp_path / "bin").mkdir()
    for name in ORDINARY:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    shutil.copy(ROOT / "run", tmp_path / "run")
    return tmp_path


def _run(machine, *arguments):
    command = [str(machine / "run"), *arguments]
    path = {"PATH": str(machine / "bin")}
    nobody = subprocess.DEVNULL
    return subprocess.run(command, env=path, stdin=nobody, capture_output=True, text=True, check=False, timeout=60)


def _put_python(machine, *, name, answers):
    """A Python that exits with the given codes: first when asked for its version, then when asked for venv."""
    version, venv = answers
    script = f'#!/bin/sh\ncase "$2" in *version_info*) exit {version};; *) exit {venv};; esac\n'
    (machine / "bin" / name).write_text(script)
    (machine / "bin" / name).chmod(0o755)


@pytest.mark.parametrize("command", ["demo", "test", "check", "bench", "soak"])
def test_without_python_every_command_says_what_to_install(machine, command):
    outcome = _run(machine, command)

    assert outcome.returncode == 1
    assert "Python 3.11 or newer is needed" in outcome.stderr
    assert "apt install python3 python3-venv" in outcome.stderr


def test_an_old_python_does_not_count(machine):
    _put_python(machine, name="python3", answers=(1, 0))

    assert "Python 3.11 or newer is needed" in _run(machine, "demo").stderr


def test_a_python_without_venv_is_told_how_to_get_it(machine):
    _put_python(machine, name="python3", answers=(0, 1))

    outcome = _run(machine, "demo")

    assert outcome.returncode == 1
    assert "python3 has no venv module." in outcome.stderr
    assert "apt install python3-venv" in outcome.stderr


def test_a_newer_python_under_another_name_is_found(machine):
    _put_python(machine, name="python3", answers=(1, 0))
    _put_python(machine, name="python3.12", answers=(0, 0))

    assert "with python3.12 ..." in _run(machine, "demo").stderr


def test_help_names_every_command(machine):
    listed = _run(machine, "help")

    assert listed.returncode == 0
    for command in ("demo", "backup", "restore", "upgrade", "test", "check", "bench", "soak", "fleet", "help"):
        assert f"\n  {command} " in listed.stdout


def test_an_unknown_command_is_refused_with_the_list(machine):
    outcome = _run(machine, "dance")

    assert outcome.returncode == 1
    assert "There is no command 'dance'." in outcome.stderr
    assert "Usage: ./run COMMAND" in outcome.stderr


def test_a_setup_without_answers_and_without_a_terminal_says_how_to_give_them(machine):
    outcome = _run(machine, "setup")
    assert (outcome.returncode, outcome.stderr.strip()) == (
        1,
        "Which answers? Copy docs/first-run.example.yaml, put your own in, and: ./run setup FILE",
    )


def test_answers_that_were_asked_for_are_not_asked_for_again(machine):
    (machine / "my-clinic.yaml").write_text("clinic: {}")
    outcome = _run(machine, "setup")
    assert (outcome.returncode, outcome.stderr.strip()) == (
        1,
        "my-clinic.yaml has your answers already. To use them: ./run setup my-clinic.yaml",
    )
