"""The page of the devices in the emulator is made of its record, and names every case."""

from __future__ import annotations

import re
from pathlib import Path

from tests.appliance.record import Run
from tests.devices_vm import record
from tests.devices_vm.__main__ import TESTS


def test_the_page_in_the_project_is_made_of_the_record() -> None:
    assert record.PAGE.read_text() == record.page(record.read())


def test_each_case_stands_in_the_page_and_no_other() -> None:
    text = "".join((record.ROOT / file).read_text() for file in TESTS)
    assert set(re.findall(r"^def (test_\w+)", text, re.MULTILINE)) == set(record.CASES)


def test_a_run_is_kept_and_shown(tmp_path: Path) -> None:
    case = next(iter(record.CASES))
    ran = Run("2026-11-24 05:00", "failed", 81.4, "tree", {"seen": 7})
    file = tmp_path / "devices_vm.json"
    record.write({case: ran}, file)
    assert record.read(file) == {case: ran}
    page = file.with_suffix(".md").read_text()
    assert "| 2026-11-24 05:00 | failed | 7 | 81 |" in page
    assert page.count("| never | - | - | - |") == len(record.CASES) - 1
