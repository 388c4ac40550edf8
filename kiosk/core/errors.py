"""Errors, sorted by who must act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal


class Refused(Exception):
    """The guest or the attendant must do something else; nothing happened.

    `key` is a key of the catalogue (``err.card_blocked``), `args_by_name` fill its sentence.
    """

    def __init__(self, key: str, **args_by_name: str) -> None:
        super().__init__(key, args_by_name)
        self.key = key
        self.args_by_name = args_by_name

    def __str__(self) -> str:
        told = ", ".join(f"{k}={v}" for k, v in sorted(self.args_by_name.items()))
        return f"{self.key} ({told})" if told else self.key


Cause = Literal[
    "not_found", "unplugged", "denied", "in_use", "silent", "other", "several", "settings"
]
"""Why a device cannot be used: there is no such line or device; it was there and went; this user
may not; another program has it; it says nothing, or nothing that can be read; something else is
there; more than one fits; what is declared of it is wrong."""


class DeviceError(Exception):
    """A device does not answer or answers nonsense: its worker closes it and opens it again.

    `told` is the sentence for people, `cause` the reason for the program.
    """

    def __init__(self, told: str, cause: Cause = "silent") -> None:
        super().__init__(told)
        self.cause: Cause = cause


class StorageFailed(Exception):
    """The disk refused. Take no more money, say so, end with exit code 75."""


class StoreInUse(StorageFailed):
    """Another process writes this store."""


class LedgerCorrupt(Exception):
    """The books contradict themselves. Take no more money, say so, end with exit code 75."""


class ConfigError(Exception):
    """The installer must correct the configuration; lists every mistake. Exit code 78."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class NotAStore(ConfigError):
    """The file is empty, cut off, missing or somebody else's; one sentence says which."""


class StoreTooNew(NotAStore):
    """A newer program made this store; an older one must not touch it."""


class StoreTooOld(NotAStore):
    """An older program made this store: it is migrated when a kiosk opens it for writing."""


EXIT_STORAGE = 75
"""EX_TEMPFAIL: the store failed; a restart (with a reboot) is the recovery."""

EXIT_CONFIG = 78
"""EX_CONFIG: nothing gets better by itself; systemd does not restart."""
