"""What was built, for the tests that boot it; and what they measured, for the record."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.appliance.data import ROOT, empty

IMAGES = Path(os.environ.get("FOYER_IMAGES", ROOT / "build/image"))
"""Where `image/build` puts what it makes; another folder for an image that somebody else made."""
KEPT = ROOT / "build/appliance"
"""Pictures, logs and figures of the last run."""


@pytest.fixture(scope="session")
def figures() -> Callable[..., None]:
    """Keep figures of this run: ``figures(boot_s=61.2)``; the command puts them into the record."""

    def keep(**found: float | str) -> None:
        KEPT.mkdir(parents=True, exist_ok=True)
        file = KEPT / "figures.json"
        before = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps({**before, **found}))

    return keep


@pytest.fixture(scope="module")
def kept(request: pytest.FixtureRequest) -> Path:
    """A folder of the module's own for pictures and logs, empty; it stays after the run."""
    return empty(KEPT / request.path.stem.removeprefix("test_"))


@pytest.fixture(scope="session")
def amd64() -> Iterator[Path]:
    """What `image/build amd64` made."""
    with _made("amd64") as folder:
        yield folder


@pytest.fixture(scope="session")
def arm64() -> Iterator[Path]:
    """What `image/build arm64` made."""
    with _made("arm64") as folder:
        yield folder


@contextlib.contextmanager
def _made(arch: str) -> Iterator[Path]:
    folder = IMAGES / arch
    assert folder.is_dir(), f"{folder} is not there: image/build {arch}, or make appliance-test"
    # Held while it is booted: a build in the middle of it would put another disk under a machine.
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield folder
