"""What somebody has to see to is told when it begins, and when it is over."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk import board
from kiosk.care import CLOCK_FREE_S, HOLDS_S, Care
from kiosk.core import config, nightly
from kiosk.core.messages import CareChanged
from kiosk.core.nightly import Nights
from tests.core.guest import NOW

MB = 1_000_000


@pytest.fixture
def told() -> list[tuple[str, ...]]:
    return []


@pytest.fixture
def care(tmp_path: Path, told: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> Care:
    free(monkeypatch, 10_000 * MB)
    return made(tmp_path, told, to="stick")


def made(folder: Path, told: list[tuple[str, ...]], **backup: str) -> Care:
    chosen = config.load(None, simulated=True, environ={"STATE_DIRECTORY": str(folder)})
    chosen = replace(chosen, backup=replace(chosen.backup, **backup))

    def put(event: CareChanged) -> None:
        told.append(event.words)

    return Care(chosen, NOW.wall, put, sys=folder / "sys")


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    usage: Callable[[Any], Any] = lambda folder: shutil._ntuple_diskusage(10**12, 0, size)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", usage)


def test_a_kiosk_that_is_well_says_nothing(care: Care, told: list[tuple[str, ...]]) -> None:
    care.step(NOW)
    care.step(NOW.later(3600))
    assert told == []


def test_a_backup_that_does_not_come(
    care: Care, told: list[tuple[str, ...]], tmp_path: Path
) -> None:
    late = NOW.later(31 * 3600)
    care.step(late)
    care.step(late)
    assert told == [("backup_late",)]
    kept = nightly.Made(nightly.stamp(late.wall), "/x", "K1-1-0000000009.db", 9, 1, True)
    nightly.write(tmp_path, nightly.tried(Nights(), late.wall, made=kept))
    care.step(late)
    assert told == [("backup_late",), ()]


def test_where_none_is_wanted_none_is_missed(
    told: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 10_000 * MB)
    made(tmp_path, told, to="").step(NOW.later(timedelta(days=90).total_seconds()))
    assert told == []


def test_a_clock_that_the_network_does_not_set(care: Care, told: list[tuple[str, ...]]) -> None:
    for second in (0, 1800, CLOCK_FREE_S - 1):
        care.step(replace(NOW.later(second), synced=False))
    assert told == []
    care.step(replace(NOW.later(CLOCK_FREE_S), synced=False))
    assert told == [("clock_free",)]
    care.step(NOW.later(CLOCK_FREE_S + 60))
    assert told == [("clock_free",), ()]
    # It counts from anew.
    care.step(replace(NOW.later(CLOCK_FREE_S + 120), synced=False))
    assert told == [("clock_free",), ()]


def test_a_disk_that_fills_up(
    care: Care, told: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 256 * MB)
    care.step(NOW)
    assert told == []
    free(monkeypatch, 256 * MB - 1)
    care.step(NOW)
    assert told == [("space_filling",)]

    def refused(folder: Path) -> Any:
        raise OSError("gone")

    monkeypatch.setattr(shutil, "disk_usage", refused)
    care.step(NOW)
    assert told == [("space_filling",), ()]


def shows(folder: Path, name: str, text: str) -> None:
    """The kernel shows this in one of its files."""
    file = folder / "sys" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_processor_that_is_too_hot_until_it_is_cool(
    care: Care, told: list[tuple[str, ...]], tmp_path: Path
) -> None:
    for millis, words in ((79_400, 0), (80_000, 1), (76_000, 1), (75_000, 1), (74_000, 2)):
        shows(tmp_path, "class/thermal/thermal_zone0/temp", f"{millis}\n")
        care.step(NOW)
        assert len(told) == words, millis
    assert told == [("too_hot",), ()]
    shows(tmp_path, "class/thermal/thermal_zone0/temp", "79000\n")
    care.step(NOW)
    assert len(told) == 2


def test_a_weak_power_and_a_slow_processor_are_told_for_a_while(
    care: Care, told: list[tuple[str, ...]], tmp_path: Path
) -> None:
    shows(tmp_path, board.THROTTLED, "0\n")
    care.step(NOW)
    shows(tmp_path, board.THROTTLED, "50005\n")
    care.step(NOW.later(60))
    shows(tmp_path, board.THROTTLED, "50000\n")
    care.step(NOW.later(120))
    care.step(NOW.later(60 + HOLDS_S - 1))
    assert told == [("power_weak", "slowed")]
    care.step(NOW.later(60 + HOLDS_S))
    assert told == [("power_weak", "slowed"), ()]


@pytest.mark.parametrize(
    ("name", "fresh", "worn"),
    [
        ("life_time", "0x08 0x01\n", "0x08 0x09\n"),
        ("pre_eol_info", "0x01\n", "0x02\n"),
    ],
)
def test_a_flash_near_the_end_of_its_life(
    care: Care, told: list[tuple[str, ...]], tmp_path: Path, name: str, fresh: str, worn: str
) -> None:
    shows(tmp_path, f"bus/mmc/devices/mmc0:0001/{name}", fresh)
    care.step(NOW)
    assert told == []
    shows(tmp_path, f"bus/mmc/devices/mmc0:0001/{name}", worn)
    care.step(NOW)
    assert told == [("disk_worn",)]
