"""That the benchmark of the store compares what can be compared; that its bars can be missed."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks import books, disk, race, store, store_page
from benchmarks.contenders import Plain

ENTRIES = 120


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with closing(books.create(folder)) as venue:
        assert list(books.fill(venue, (50, ENTRIES)))[-1] >= ENTRIES
    return folder


def pair(filled: Path, folder: Path) -> tuple[Path, Path]:
    made = folder / "ours", folder / "plain"
    for each in made:
        shutil.copytree(filled, each)
    return made


def test_the_filled_store_is_sound_and_lies_in_a_year(filled: Path) -> None:
    with closing(books.open_in(filled, write=False)) as venue:
        assert venue.ledger.verify() == []
        moments = [entry.at for entry in venue.ledger.entries()]
        clients = {entry.refs.get("client") for entry in venue.ledger.entries()} - {None}
    assert moments == sorted(moments) and len(set(moments)) > ENTRIES // 5
    assert len(clients) == len(books.cards_in(filled)) >= ENTRIES // books.ENTRIES_A_CLIENT


def test_plain_sqlite_writes_the_same_rows(filled: Path, tmp_path: Path) -> None:
    ours, plain = pair(filled, tmp_path)
    found = race.commits(ours, plain, tmp_path, block=3, stock_block=1)
    assert {name: times["of"] for name, times in found["settle_ms"].items()} == {
        "ours": 3 * race.BLOCKS,
        "plain": 3 * race.BLOCKS,
        "raw": 3 * race.BLOCKS,
        "stock": race.BLOCKS,
    }
    with closing(books.open_in(plain, write=False)) as venue:
        assert venue.ledger.verify() == [], "what plain SQLite wrote is a ledger, too"
    assert len(race.software([(ours, plain)], block=2)) == 1


def test_other_rows_are_no_race(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, plain = pair(filled, tmp_path)
    monkeypatch.setattr(Plain, "_add", lambda self, account, unit, amount: None)
    with pytest.raises(AssertionError, match="balances: the plain program wrote something else"):
        race.commits(ours, plain, tmp_path, block=1, stock_block=0)


def test_syncs_between_the_marks_are_counted(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)\n"
        "os.fsync(file); os.access('/the-mark', 0)\n"
        "os.write(file, b'12345'); os.fdatasync(file); os.fsync(file)\n"
        "os.access('/the-mark', 0); os.fdatasync(file)\n"
    )
    command: list[str | Path] = [sys.executable, "-c", script, tmp_path / "file"]
    counted = disk.traced(command, "/the-mark", tmp_path / "log", tmp_path)
    assert counted == {"syncs": 2, "bytes": 5}
    with pytest.raises(AssertionError, match="0 marks"):
        disk.traced([sys.executable, "-c", ""], "/the-mark", tmp_path / "log", tmp_path)


GOOD = {
    "commit_vs_sqlite_p50": 2.0,
    "cpu_1m_vs_10k": 1.3,
    "syncs_per_commit": 1.0,
    "bytes_per_commit": 20_000,
    "start_ms": 50.0,
    "rss_mb": 30.0,
    "history_ms": 2.0,
    "by_digits_ms": 2.0,
}


def missed(found: dict[str, Any], *, quick: bool = False) -> list[str]:
    return [row["key"] for row in store.judged(found, quick=quick) if row["passed"] is False]


def test_every_bar_can_be_missed() -> None:
    assert missed(GOOD) == []
    assert set(GOOD) == {gate.key for gate in store.GATES}
    for key, value in GOOD.items():
        assert missed(GOOD | {key: value * 1.01}) == [key]
        assert missed(GOOD | {key: None}) == [key], "what was not measured has not passed"
    assert missed(GOOD | {"syncs_per_commit": 0.99}) == ["syncs_per_commit"], "a lie, not a feat"
    assert missed(GOOD | {"cpu_1m_vs_10k": 9.0}, quick=True) == []


def test_the_page_shows_the_last_figures() -> None:
    kept = store.WRITTEN / "store.json"
    found = json.loads(kept.read_text())
    assert store_page.page(found) == (store.WRITTEN / "store.md").read_text()
    assert store_page.picture(found["sizes"]) == (store.WRITTEN / "store.svg").read_text()
