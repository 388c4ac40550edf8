"""What a part of `make prove` is: a function from a plan to its figures and what it found wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """How much is proven, with which seed, and where files may be made (emptied by the caller)."""

    long: bool
    seed: int
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """`figures` go into the last line ("200 kills"); `violations` are sentences, each a failure."""

    figures: str
    violations: tuple[str, ...] = ()


Say = Callable[[str], None]
"""Told a line of progress now and then."""

Part = Callable[[Plan, Say], Outcome]
