"""What keeps the copies up behind a running kiosk: the mirror, and the sealed secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kiosk.core import keyring
from kiosk.core.clients import SECRET_TABLES
from kiosk.core.clock import Now
from kiosk.core.copies import beside_the_writer
from kiosk.core.errors import LedgerCorrupt, StorageFailed
from kiosk.core.mirror import POLL_S, Mirror
from kiosk.core.store import Store
from kiosk.core.venue import TABLES

AGAIN_S: Final = 60.0
"""So long until a medium that was not there is looked for again."""


class SecondCopy:
    """Used by one thread, which calls `step` in a loop; it fails nobody and keeps nobody waiting.

    `problems` are sentences for the log, as long as they hold.
    """

    def __init__(self, path: Path, secrets: Path, mirror: Path | None, recovery_key: str) -> None:
        self._path, self._secrets_path, self._public = path, secrets, recovery_key
        self._mirror = Mirror(path, mirror) if mirror is not None else None
        self._store: Store | None = None
        self._secrets: Store | None = None
        self._mirror_due_s = 0.0
        self._seen_seq = -1
        self._again_s = 0.0
        self._failed: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong now."""
        mirror = self._mirror.problem if self._mirror is not None else ""
        return (mirror, *self._failed) if mirror else self._failed

    @property
    def mirrored(self) -> int | None:
        """The last entry that is surely on the mirror; None: there is none. For any thread."""
        return self._mirror.seq if self._mirror is not None else None

    def step(self, now: Now) -> float:
        """Do a portion of what is due; seconds until the next call is wanted."""
        wait_s = POLL_S
        if self._mirror is not None:
            if now.mono_s >= self._mirror_due_s:
                self._mirror_due_s = now.mono_s + self._mirror.step(now)
            # An erasure does not wait for a mirror that is away.
            wait_s = min(self._mirror_due_s - now.mono_s, POLL_S)
        try:
            self._renew(now)
        except (OSError, StorageFailed, LedgerCorrupt) as error:
            self._failed = (f"whether the secrets must be sealed anew is not known: {error}",)
            self._again_s = now.mono_s + AGAIN_S
        return wait_s

    def close(self) -> None:
        """Let the stores go."""
        if self._mirror is not None:
            self._mirror.close()
        for store in (self._store, self._secrets):
            if store is not None:
                store.close()
        self._store = self._secrets = None

    def _renew(self, now: Now) -> None:
        """Seal the secrets anew where they were sealed before somebody was erased."""
        if self._store is None or self._secrets is None:
            self._store = beside_the_writer(self._path, TABLES)
            self._secrets = beside_the_writer(self._secrets_path, SECRET_TABLES)
        last = self._store.latest("entries")
        seq = int(last[0]["seq"]) if last else 0
        if seq == self._seen_seq and (not self._failed or now.mono_s < self._again_s):
            return
        failed = keyring.renew(self._store, self._secrets, self._public, now)
        self._failed = tuple(
            f"{folder} still holds the keys of erased clients: {why}"
            for folder, why in failed.items()
        )
        self._seen_seq, self._again_s = seq, now.mono_s + AGAIN_S
