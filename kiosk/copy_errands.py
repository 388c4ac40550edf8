"""The errands about copies of the books: how far they are, and a backup onto a stick.

What they are and come back with stands in `kiosk.core.errands`; they run in a child process.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kiosk import sticks
from kiosk.core import backup, keyring, mirror
from kiosk.core.clock import system_now
from kiosk.core.errands import BackedUp, BackUp, Copies, LastBackup, LookAtCopies, Stick
from kiosk.core.errors import ConfigError, LedgerCorrupt, Refused, StorageFailed
from kiosk.core.training import is_training
from kiosk.errands import Way
from kiosk.sticks import FOLDER

if TYPE_CHECKING:
    from kiosk.book_errands import Beside

log = logging.getLogger(__name__)


def look(place: Beside, errand: LookAtCopies, way: Way) -> Copies:
    """Look at the mirror, and for the newest backup in each folder that is known."""
    del errand, way
    with place.venue() as venue:
        entries, kiosk = venue.ledger.seq, venue.ledger.kiosk
    state, seq = _mirror(place.mirror, kiosk)
    known = [*keyring.places(place.secrets), *(Path(s.id) / FOLDER for s in _there(place))]
    found = (_newest(folder, kiosk) for folder in dict.fromkeys(known) if folder != place.mirror)
    newest = tuple(one for one in found if one is not None)
    return Copies(entries, state, seq, bool(place.recovery_key), newest)


def _there(place: Beside) -> tuple[Stick, ...]:
    return sticks.there(place.sticks)


def _mirror(folder: Path | None, kiosk: str) -> tuple[Literal["off", "away", "there"], int]:
    if folder is None:
        return "off", 0
    try:
        last = mirror.last_entry(folder, kiosk) if folder.is_dir() else None
    except OSError as error:
        log.warning("the mirror %s cannot be read: %s", folder, error)
        last = None
    return ("there", last.seq) if last is not None else ("away", 0)


def _newest(folder: Path, kiosk: str) -> LastBackup | None:
    try:
        found = backup.backups(folder, kiosk)
        if not found:
            return None
        made = datetime.fromtimestamp(found[0].file.stat().st_mtime, UTC)
    except OSError:
        # The medium is away, as it should be between two backups.
        return None
    return LastBackup(str(folder), found[0].seq, made.isoformat())


def back_up(place: Beside, errand: BackUp, way: Way) -> BackedUp:
    """Put a copy onto a stick, and prove it there.

    Raises:
        Refused: ``err.backup_training``; ``err.stick_gone``; ``err.backup_failed``: the stick
            refused, or is too small; ``err.backup_unsound``: the books, or the copy, are not what
            they were.
    """
    with place.venue() as venue:
        if is_training(venue.books(system_now())):
            # Its files would be taken for backups of the real books, and push those out.
            raise Refused("err.backup_training")
    if errand.stick not in {stick.id for stick in _there(place)}:
        raise Refused("err.stick_gone")
    folder = Path(errand.stick) / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        made, _ = backup.back_up(
            place.store, folder, place.backups_max, lambda what, done, of: way.told(done, of)
        )
        if place.recovery_key:
            backup.back_up_secrets(
                place.store, place.secrets, folder, place.recovery_key, system_now()
            )
    except LedgerCorrupt as error:
        log.critical("a backup failed: %s", error)
        raise Refused("err.backup_unsound") from error
    except (ConfigError, OSError, StorageFailed) as error:
        log.error("a backup failed: %s", error)
        raise Refused("err.backup_failed") from error
    return BackedUp(made.file.name, made.seq, bool(place.recovery_key))
