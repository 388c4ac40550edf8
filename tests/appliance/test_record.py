"""What is run, what is not, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.appliance import record
from tests.appliance.__main__ import TESTS, told
from tests.appliance.record import ROOT, Run

OK = Run("2026-11-23 19:00", "ok", 812.4, "tree", {"picture_s": 88.1, "of its own": 3})


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (None, "never"),
        (OK, None),
        (replace(OK, tree="another"), "have changed since 2026-11-23 19:00"),
        (replace(OK, result="failed"), "failed on 2026-11-23"),
    ],
)
def test_the_long_part_runs_when_the_image_has_changed_or_failed(
    last: Run | None, reason: str | None
) -> None:
    due = record.due({3: last} if last else {}, "tree")
    assert set(due) == ({1, 2} if reason is None else {1, 2, 3})
    assert reason is None or reason in due[3]


def test_what_the_image_is_made_of_is_told_apart_by_every_file(tmp_path: Path) -> None:
    (tmp_path / "image/sub").mkdir(parents=True)
    (tmp_path / "image/sub/build").write_text("one")
    (tmp_path / "install.sh").write_text("two")
    names = ("image", "install.sh")
    seen = [record.tree_hash(tmp_path, names)]
    for change in (
        lambda: (tmp_path / "image/sub/build").write_text("One"),
        lambda: (tmp_path / "image/sub/build").chmod(0o755),
        lambda: (tmp_path / "image/sub/build").rename(tmp_path / "image/build"),
        lambda: (tmp_path / "image/link").symlink_to("build"),
        lambda: (tmp_path / "install.sh").write_text("three"),
    ):
        change()
        seen.append(record.tree_hash(tmp_path, names))
    assert len(set(seen)) == len(seen)
    cache = tmp_path / "image/__pycache__"
    cache.mkdir()
    (cache / "layout.pyc").write_bytes(b"compiled")
    assert record.tree_hash(tmp_path, names) == seen[-1]


def test_a_run_is_kept_and_shown(tmp_path: Path) -> None:
    file = tmp_path / "appliance.json"
    record.write({2: OK, 3: replace(OK, result="failed", figures={})}, file)
    assert record.read(file) == {2: OK, 3: replace(OK, result="failed", figures={})}
    page = file.with_suffix(".md").read_text()
    assert "| 2026-11-23 19:00 | ok | 812 |" in page and "| failed |" in page
    assert "| never | - | - |" in page
    assert "welcome screen seen on the screen, s | 88.1 |" in page and "| of its own | 3 |" in page


def test_what_was_not_run_says_when_it_last_was() -> None:
    assert "NOT RUN, and never before" in told(4, False, None, "tree")
    line = told(3, False, OK, "another")
    assert "last on 2026-11-23 19:00 UTC: ok, 812 s, of another state of it" in line
    assert told(2, True, replace(OK, result="failed"), "tree").startswith("FAILED")


def test_the_page_in_the_project_is_made_of_the_record() -> None:
    assert record.PAGE.read_text() == record.page(record.read())


def test_each_test_of_the_appliance_belongs_to_a_part() -> None:
    named = {str(file) for files in TESTS.values() for file in files}
    there = {str(file.relative_to(ROOT)) for file in (ROOT / "tests/appliance").glob("test_*.py")}
    assert there - named == set()
