"""What the machine tells of its slots; see systemd/kiosk-update."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from kiosk.core.updates import UpdateState


@dataclass(frozen=True)
class Slots:
    """The slots of this machine.

    Attributes:
        told: where the machine tells of them; None: it has no helper.
    """

    told: Path | None

    def state(self) -> UpdateState | None:
        """How updates stand; None: this machine has no slots."""
        if self.told is None:
            return None
        try:
            told = json.loads(self.told.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        found = UpdateState.of(told) if isinstance(told, dict) else None
        return found if found is not None and found.slot else None


def beside(answer: Path | None) -> Slots:
    """Where the helper answers, the machine tells of its slots."""
    return Slots(answer.with_name("update") if answer is not None else None)
