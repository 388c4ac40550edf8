"""Guests one after the other before one window: nothing grows, and a touch still leads on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.soak import GROWS
from tests.e2e.machine import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_hundred_journeys_leave_nothing_behind(tmp_path: Path) -> None:
    """With real GL; `make soak` goes a thousand of them, and twenty thousand without GL."""
    words = [sys.executable, "-m", "benchmarks.soak", "100", "--folder", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, env={**os.environ}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    first, *_, last = found["marks"]
    assert last["journeys"] == 100 and first["journeys"] < last["journeys"]
    for name, most in GROWS.items():
        assert found["growth"][name] <= most, f"{name}: {first[name]}, then {last[name]}"
    assert found["touches"] > 1_000 and found["entries"] > 100
    assert found["alive"]
