"""docs/environment.md is what the settings and .env.example say, and the two say the same."""

import pytest
from django.core.management import CommandError, call_command

from clinic.management.commands.settings_reference import explanations, reference, variables
from tests.processes import ROOT

SOURCE = """
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("CLINIC_VAR", default=str(BASE_DIR / "var")))
if env.int("CLINIC_FORM_SECONDS", default=2 * 60):
    SHEETS = env.str("CLINIC_DAY_SHEETS", default=str(VAR_DIR / "day-sheets"))
HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
REDIS_URL = env.str("REDIS_URL", default="")
"""
EXAMPLE = """
# --- Ground ---
# DEBUG=false           # never where others reach it
# CLINIC_VAR=/srv       # the folder of all data
# ALLOWED_HOSTS=a.test  # names of the site

# --- More ---
# CLINIC_FORM_SECONDS=1 # how fast
# CLINIC_DAY_SHEETS=/a  # paper
# REDIS_URL=redis://q   # the queue
"""


def test_the_committed_page_is_up_to_date():
    call_command("settings_reference", "--check")


def test_the_settings_and_the_example_name_the_same_variables():
    read = variables((ROOT / "clinic" / "settings.py").read_text())
    told = explanations((ROOT / ".env.example").read_text())

    assert sorted(read) == sorted(told)
    assert [name for name, each in told.items() if not (each.words and each.section)] == []


def test_types_and_defaults_are_those_of_the_settings():
    read = variables(SOURCE)

    assert [(each.name, each.type, each.default) for each in read.values()] == [
        ("DEBUG", "`true` or `false`", "false"),
        ("CLINIC_VAR", "text", "var"),
        ("CLINIC_FORM_SECONDS", "whole number", "120"),
        ("CLINIC_DAY_SHEETS", "text", "$CLINIC_VAR/day-sheets"),
        ("ALLOWED_HOSTS", "list, with commas", "localhost,127.0.0.1"),
        ("REDIS_URL", "text", ""),
    ]


def test_the_page_has_the_sections_of_the_example():
    page = reference(SOURCE, EXAMPLE)

    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## Ground", "## More"]
    assert "| `REDIS_URL` | text |  | the queue. Example: `redis://q` |" in page
    assert "| `DEBUG` | `true` or `false` | `false` | never where others reach it |" in page


@pytest.mark.parametrize(
    ("source", "example", "cause"),
    [
        (SOURCE + 'X = env.str("CLINIC_NEW", default="")', EXAMPLE, "CLINIC_NEW is read by clinic/settings.py"),
        (SOURCE, EXAMPLE + "# CLINIC_OLD=1  # gone", "CLINIC_OLD stands in .env.example"),
        (SOURCE, EXAMPLE.replace("# how fast", ""), "CLINIC_FORM_SECONDS has no words"),
        (SOURCE + 'X = env.str("CLINIC_NEW", default=FOO)', EXAMPLE, "made of FOO"),
    ],
)
def test_what_only_one_side_knows_is_refused(source, example, cause):
    with pytest.raises(CommandError, match=cause):
        reference(source, example)
