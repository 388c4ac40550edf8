"""Whether the system's clock may be trusted."""

import ctypes
from pathlib import Path
from types import SimpleNamespace

import pytest

import kiosk
from kiosk.core.clock import system_now


@pytest.mark.parametrize(
    ("told", "synced"),
    [
        (0, True),
        (4, True),  # a leap second has just been
        (5, False),  # never synchronised
        (-1, False),  # the call is forbidden, as in a sandbox
    ],
)
def test_a_clock_is_synchronised_only_if_the_kernel_says_so(
    told: int, synced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = SimpleNamespace(adjtimex=lambda timex: told)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: kernel)
    assert system_now().synced is synced


def test_both_clocks_run_forward() -> None:
    one, two = system_now(), system_now()
    assert one.wall.tzinfo is not None
    assert two.mono_s >= one.mono_s


def test_the_service_may_ask_the_kernel_for_it() -> None:
    """ProtectClock= forbids adjtimex(2), which only reads here."""
    unit = (Path(kiosk.__file__).parents[1] / "systemd" / "kiosk.service").read_text("utf-8")
    settings = [line for line in unit.splitlines() if not line.startswith("#")]
    assert not [line for line in settings if line.startswith("ProtectClock=")]
    assert "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64" in settings
    assert "CapabilityBoundingSet=" in settings
