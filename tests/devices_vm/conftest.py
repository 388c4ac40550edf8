"""What came of the cases, for the record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.appliance.record import ROOT

KEPT = ROOT / "build/devices_vm"
"""Logs of the last run."""
Seen = Callable[[str], None]


@pytest.fixture
def seen(record_property: Callable[[str, object], None]) -> Seen:
    """Keep for the record how much the guest saw."""
    return lambda out: record_property("seen", out.count("\nok: ") + out.startswith("ok: "))
