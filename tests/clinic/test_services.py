"""The services of compose.yaml run as they are written there, beside each other, and stop when they are asked to."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from tests.clinic import production
from tests.engines import free_port, wait_until
from tests.processes import ROOT, database_url

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
NAME = production.SAFE["ALLOWED_HOSTS"]


class Containers:
    """Commands of the compose file in an environment like theirs: other servers, another port, the same words."""

    def __init__(self, redis_url: str, log):
        self.port, self._log, self._running = free_port(), log, {}
        self._environment = {
            **production.environment(settings.VAR_DIR),
            **{name: str(value) for name, value in SERVICES["web"]["environment"].items()},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONWARNINGS": "ignore",
            "HOSTNAME": socket.gethostname(),
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
            "CLINIC_VAR": str(settings.VAR_DIR),
            "CLINIC_TICK_SECONDS": "1",
        }

    def start(self, name: str) -> None:
        self._running[name] = subprocess.Popen(**self._how(SERVICES[name]["command"]))

    def is_healthy(self, name: str) -> bool:
        """Ask as the compose file asks; a program that has ended will never be."""
        assert self._running[name].poll() is None, f"{name} ended: {self._running[name].returncode}"
        kind, *words = SERVICES[name]["healthcheck"]["test"]
        words = ["sh", "-c", words[0].replace("$$", "$")] if kind == "CMD-SHELL" else words
        return subprocess.run(**self._how(words), check=False, timeout=60).returncode == 0

    def end_of(self, name: str) -> int:
        """Wait for a service that ends by itself."""
        return self._running[name].wait(120)

    def stop(self, name: str) -> int:
        self._running[name].send_signal(signal.SIGTERM)
        return self._running[name].wait(30)

    def kill(self) -> None:
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def ask(self, path: str, *, host: str = NAME) -> tuple[int, str]:
        """Ask as a balancer does that has ended TLS; return status and text."""
        headers = {"Host": host, "X-Forwarded-Proto": "https"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def _how(self, words: list[str]) -> dict:
        here = [word.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}") for word in words]
        here = [str(self.port) if word == "8000" else word for word in here]
        streams = {"stdin": subprocess.DEVNULL, "stdout": self._log, "stderr": self._log}
        return {"args": here, "env": self._environment, "cwd": ROOT, "start_new_session": True, **streams}


@pytest.fixture
def containers(transactional_db, redis_server, tmp_path):
    with (tmp_path / "log").open("wb") as log:
        containers = Containers(redis_server.url, log)
        yield containers
        containers.kill()


def test_the_services_run_as_written_and_stop_when_asked(containers):
    for name in ("migrate", "static"):
        containers.start(name)
    assert [containers.end_of(name) for name in ("migrate", "static")] == [0, 0]
    for name in ("web", "worker", "beat"):
        containers.start(name)
    wait_until(lambda: containers.is_healthy("web"), seconds=60, what="the web")
    # Asked under an address of its own it answers no balancer: docs/running.md says so.
    assert [containers.ask("/livez", host=host)[0] for host in (NAME, "10.0.0.12")] == [200, 400]
    wait_until(lambda: containers.is_healthy("worker"), seconds=60, what="the worker")
    # Ticks come from the beat by the queue to the worker, and are seen in the database by the web.
    wait_until(lambda: containers.ask("/healthz")[0] == 200, seconds=60, what="a tick")

    assert [containers.stop(name) for name in ("beat", "worker", "web")] == [0, 0, 0]
