"""Every variable the settings read is explained in .env.example."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEST_ONLY = {"CLINIC_CLOCK_FILE"}


def test_the_example_lists_what_the_settings_read_and_nothing_else():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "clinic" / "settings.py").read_text()))
    listed = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert listed == read - TEST_ONLY
