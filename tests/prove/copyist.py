"""The process that is killed while it makes a backup of a teller's store, and restores one from it.

    python -m tests.prove.copyist FOLDER

Tells its steps as the teller does. The copies are made in ``FOLDER/copies``, the store that is made
from them in ``FOLDER/again``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.core.backup import back_up, backups, changed, prove
from kiosk.core.clock import system_now
from kiosk.core.errors import ConfigError, LedgerCorrupt, StorageFailed
from kiosk.core.ledger import RESTORED
from kiosk.core.restore import Restore, restore
from kiosk.core.venue import Venue
from tests.prove.teller import BOOKS, KIOSK, SECRETS, tell

COPIES, AGAIN = "copies", "again"
KEPT = 2


def silent(what: str, done: int, of: int) -> None:
    """Progress that nobody reads."""


def main(words: list[str]) -> None:
    folder = Path(words[0])
    copies = folder / COPIES
    copies.mkdir(exist_ok=True)
    tell("backup")
    back_up(folder / BOOKS, copies, KEPT, silent)
    tell("copied")
    tell("restore")
    place = folder / AGAIN
    wanted = Restore([copies], KIOSK, place / BOOKS, place / SECRETS, replace=True)
    restore(wanted, system_now(), silent)
    tell("restored")


def judge(folder: Path, acknowledged: bool) -> str:
    """What is wrong with the copies that a killed process left, or nothing.

    `acknowledged`: a backup was told to be made, by this process or one before it.
    """
    try:
        return _backups(folder, acknowledged) or _restored(folder)
    except (ConfigError, LedgerCorrupt, StorageFailed) as error:
        return f"a copy does not open: {error}"


def _backups(folder: Path, acknowledged: bool) -> str:
    made = backups(folder / COPIES, KIOSK) if (folder / COPIES).exists() else []
    if acknowledged and not made:
        return "a backup was made, and is gone"
    for backup in made:
        (_, last), findings = prove(backup.file, silent)
        if findings or last != backup.seq or changed(backup):
            return f"{backup.file.name} ends at {last}, {changed(backup)}, {findings[:1]}"
    return ""


def _restored(folder: Path) -> str:
    place = folder / AGAIN
    if not (place / BOOKS).exists():
        return ""
    first = Venue.open(folder / BOOKS, folder / SECRETS, write=False)
    again = Venue.open(place / BOOKS, place / SECRETS, write=False)
    try:
        findings = again.ledger.verify()
        if findings:
            return f"what was restored is not sound: {findings[0]}"
        mine, theirs = ([e.hash for e in v.ledger.entries()] for v in (first, again))
        last = again.ledger.entry(again.ledger.seq)
        if theirs[:-1] != mine or last is None or last.kind != RESTORED:
            return f"restored are {len(theirs)} entries of {len(mine)}, the last of them {last}"
        return ""
    finally:
        first.close()
        again.close()


if __name__ == "__main__":
    main(sys.argv[1:])
