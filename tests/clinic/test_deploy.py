"""What the clinic is run with for real: the files of deploy/, the image and the compose file, held against what is there."""

import json
import re
import shlex
import shutil
import subprocess
from fnmatch import fnmatch
from importlib import resources

import jsonschema
import pytest
import yaml
from django.core.management import get_commands, load_command_class

from clinic.management.commands.settings_reference import variables
from tests.processes import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "static", "web", "worker", "beat"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
HOME = "/opt/clinic"
KNOWN = set(variables((ROOT / "clinic" / "settings.py").read_text()))
# Of the compose file alone: docs/running.md explains them.
OF_COMPOSE = {"POSTGRES_PASSWORD", "CLINIC_DOMAIN", "CLINIC_UPSTREAM", "CLINIC_BACKUPS_FOLDER"}


def blocks(text: str) -> list:
    """Read the common grammar of nginx and Caddy: words, then `;` or a line's end, or a block in braces."""
    tokens = re.findall(r"\{\$[^}]*\}|[{};\n]|[^\s{};]+(?:\{\$[^}]*\})?", re.sub(r"#.*", "", text))
    return _block(iter(tokens))


def _block(tokens) -> list:
    found, words = [], []
    for token in tokens:
        if token == "{":
            found.append((*words, _block(tokens)))
            words = []
        elif token in (";", "\n", "}"):
            found += [tuple(words)] if words else []
            words = []
        else:
            words.append(token)
        if token == "}":
            break
    return found


def named(block: list, name: str) -> list:
    return [each for each in block if each[0] == name]


# --- Compose --------------------------------------------------------------------------------------------------------


def compose_schema():
    folder = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "compose-spec.json").read_text())
    return jsonschema.validators.validator_for(schema)(schema)


def test_the_compose_file_fits_the_schema_of_compose_files():
    schema = compose_schema()

    assert [error.message for error in schema.iter_errors(COMPOSE)] == []
    assert not schema.is_valid({"services": {"web": {"image": "clinic", "comand": "gunicorn"}}})


def test_services_lean_only_on_what_the_file_has():
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        for other, how in service.get("depends_on", {}).items():
            waited_for = {"service_healthy": "healthcheck" in SERVICES[other], "service_completed_successfully": True}
            assert waited_for[how["condition"]], (name, other)


def test_volumes_and_mounted_files_exist():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = re.sub(r"\$\{\w+:-(.+?)\}", r"\1", volume).split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_our_services_may_do_little_and_every_log_ends_somewhere():
    for name in OURS:
        service = SERVICES[name]
        assert (service["read_only"], service["init"], service["cap_drop"]) == (True, True, ["ALL"]), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for service in SERVICES.values():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert all("ports" not in service for name, service in SERVICES.items() if name != "proxy")
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert [SERVICES["db"]["networks"], SERVICES["queue"]["networks"]] == [["data"], ["data"]]


def test_every_variable_that_is_named_exists():
    of_ours = {name for service in OURS for name in SERVICES[service]["environment"]}
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    running = (ROOT / "docs" / "running.md").read_text()

    assert of_ours <= KNOWN
    assert wanted <= OF_COMPOSE
    assert set(re.findall(r"\{\$(\w+)", (ROOT / "deploy" / "Caddyfile").read_text())) <= OF_COMPOSE
    assert set(re.findall(r"\bCLINIC_[A-Z_]+\b", running)) <= KNOWN | OF_COMPOSE
    assert [name for name in OF_COMPOSE - {"CLINIC_UPSTREAM"} if name not in running] == []


def test_stopping_waits_longer_than_the_work_may_take():
    from django.conf import settings

    grace = {name: int(SERVICES[name]["stop_grace_period"].removesuffix("s")) for name in ("web", "worker")}

    assert grace["worker"] > settings.CELERY_TASK_TIME_LIMIT
    assert grace["web"] > 30
    assert "--graceful-timeout=30" in SERVICES["web"]["command"]


# --- The image ------------------------------------------------------------------------------------------------------


def copied() -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()]


def test_the_image_has_all_that_runs_and_its_sources_are_there():
    sources = copied()

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert {"clinic", "bookings", "treatments", "templates", "manage.py", "requirements.txt"} <= set(sources)


def test_what_is_copied_is_not_ignored_and_secrets_are():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    let_in = [line[1:].rstrip("/") for line in lines if line.startswith("!")]

    assert lines[0] == "*"
    assert sorted(let_in) == sorted(copied())
    assert not any(fnmatch(secret, pattern) for secret in (".env", "var", ".git") for pattern in let_in)


def test_the_image_runs_as_nobody_special_and_starts_the_web():
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    start = json.loads(re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[-1])

    assert users == ["clinic"]
    assert start[:2] == SERVICES["web"]["command"][:2]


# --- systemd --------------------------------------------------------------------------------------------------------


def commands(unit: str) -> list[list[str]]:
    """Return what a service starts, as words, without its folder: %% is systemd's way to write %."""
    text = (ROOT / "deploy" / "systemd" / f"{unit}.service").read_text()
    found = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    return [shlex.split(line.replace("%%", "%").replace(f"{HOME}/.venv/bin/", "")) for line in found]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_understands_every_unit(tmp_path):
    # Here the programs do not lie in /opt, and systemd looks whether they can be started.
    python = tmp_path / ".venv" / "bin"
    python.mkdir(parents=True)
    for program in ("gunicorn", "celery", "python"):
        (python / program).symlink_to("/bin/true")
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace(HOME, str(tmp_path)))
    files = [str(tmp_path / unit.name) for unit in UNITS]
    outcome = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], check=False, capture_output=True, text=True
    )

    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_systemd_starts_the_same_programs_as_compose():
    web = [word for word in SERVICES["web"]["command"] if not word.startswith(("--bind", "--worker-tmp-dir"))]

    assert [[word for word in line if not word.startswith("--bind")] for line in commands("clinic-web")] == [web]
    assert commands("clinic-worker") == [SERVICES["worker"]["command"]]
    assert commands("clinic-beat") == [SERVICES["beat"]["command"]]


def test_every_management_command_is_there_and_takes_these_options():
    typed = [line for unit in UNITS if unit.suffix == ".service" for line in commands(unit.stem)]
    typed += [SERVICES[name]["command"] for name in OURS]
    managed = [line[2:] for line in typed if line[:2] == ["python", "manage.py"]]
    known = get_commands()

    assert len(managed) == 5
    for name, *options in managed:
        command = load_command_class(known[name], name)
        command.create_parser("manage.py", name).parse_args(options)


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.stem)
def test_services_run_as_the_clinic_and_write_nothing_but_its_data(unit):
    text = unit.read_text()

    for line in (
        "User=clinic",
        "StateDirectory=clinic",
        "StateDirectoryMode=0700",
        "ProtectSystem=strict",
        "UMask=0077",
    ):
        assert f"\n{line}\n" in text


def test_every_timer_has_its_service_and_catches_up():
    for unit in UNITS:
        if unit.suffix == ".timer":
            assert unit.with_suffix(".service") in UNITS
            assert "\nPersistent=true\n" in unit.read_text()


# --- In front of it -------------------------------------------------------------------------------------------------


def test_nginx_logs_no_address_of_a_patient_and_hands_on_who_asks():
    sites = [server[-1] for server in named(blocks((ROOT / "deploy" / "nginx.conf").read_text()), "server")]
    secure = sites[-1]
    location = named(secure, "location")[0][-1]

    assert [named(site, "access_log") for site in sites] == [[("access_log", "off")]] * 2
    assert named(secure, "error_log") == [("error_log", "/var/log/nginx/clinic-error.log", "crit")]
    assert named(secure, "ssl_protocols") == [("ssl_protocols", "TLSv1.2", "TLSv1.3")]
    assert {header[1:] for header in named(location, "proxy_set_header")} == {
        ("Connection", '""'),
        ("Host", "$host"),
        ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
        ("X-Forwarded-Proto", "$scheme"),
    }
    assert ("return", "301", "https://$host$request_uri") in named(sites[0], "location")[-1][-1]


def test_caddy_logs_no_address_of_a_patient_and_asks_whether_the_web_is_alive():
    options, site = blocks((ROOT / "deploy" / "Caddyfile").read_text())
    log = options[0][0]
    filters = named(log[-1], "format")[0]
    proxy = named(site[-1], "reverse_proxy")[0]

    assert log[:2] == ("log", "default")
    assert ("fields", [("request>uri", "delete"), ("request>headers", "delete")]) in filters[-1]
    assert named(site[-1], "log") == []
    assert proxy[1] == "{$CLINIC_UPSTREAM:127.0.0.1:8000}"
    assert named(proxy[-1], "health_uri") == [("health_uri", "/livez")]
    assert named(proxy[-1], "health_headers")[0][-1] == [("Host", "{$CLINIC_DOMAIN:clinic.example.com}")]
    assert named(proxy[-1], "header_up") == []  # Caddy's own are right


def test_the_guide_names_every_file():
    running = (ROOT / "docs" / "running.md").read_text()
    files = ["Dockerfile", "compose.yaml", *(path.name for path in (ROOT / "deploy").rglob("*") if path.is_file())]

    assert [name for name in files if name not in running] == []
