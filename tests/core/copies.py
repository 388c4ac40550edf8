"""A venue's copies: what the tests of backup and restore do with them."""

from __future__ import annotations

from pathlib import Path

from kiosk.core import backup, keyring, restore, seal
from kiosk.core.cards import Card
from kiosk.core.clients import EraseClient
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Draft, Entry
from kiosk.core.mirror import POLL_S, Mirror
from kiosk.core.restore import Restore, Restored
from kiosk.core.venue import Venue
from tests.core.guest import NAME, NOW, PHONE, Guest

PRIVATE, PUBLIC = seal.new_recovery_key()
TABLES = ("balances", "clients", "cards", "notes", "claims", "slips", "series", "settings")


def quiet(what: str, done: int, of: int) -> None:
    del what
    assert 0 <= done <= of or not of


def back_up(venue: Venue, folder: Path, kept: int = 5) -> backup.Backup:
    return backup.back_up(venue.store.path, folder, kept, quiet)[0]


def seal_secrets(venue: Venue, folder: Path) -> int:
    secrets = venue.store.path.with_name("secrets.db")
    return backup.back_up_secrets(venue.store.path, secrets, folder, PUBLIC, NOW)


def mirrored(venue: Venue, folder: Path) -> None:
    copier = Mirror(venue.store.path, folder)
    while copier.step(NOW) != POLL_S:
        assert not copier.problem
    copier.close()


def wanted(to: Path, *copies: Path, key: str = "", replace: bool = False) -> Restore:
    return Restore(copies, "K1", to / "kiosk.db", to / "secrets.db", key, replace)


def restored(to: Path, *copies: Path, key: str = "", replace: bool = False) -> Restored:
    return restore.restore(wanted(to, *copies, key=key, replace=replace), NOW, quiet)


def opened(folder: Path, write: bool = False) -> Venue:
    return Venue.open(folder / "kiosk.db", folder / "secrets.db", write=write)


def documents(venue: Venue) -> dict[str, dict[str, object]]:
    return {t: {d["id"]: dict(d) for d in venue.store.table(t)} for t in TABLES}


def chain(venue: Venue) -> list[str]:
    return [entry.hash for entry in venue.ledger.entries()]


def post(venue: Venue, count: int, kind: str = "test") -> None:
    for _ in range(count):
        key = f"{kind}:{venue.ledger.seq}"
        venue.ledger.post(Draft(kind), key=key, actor="cli", command="c", now=NOW)


def busy(guest: Guest) -> Card:
    """Money, a name, a phone, a note that nobody owns, a claim."""
    guest.home()
    guest.press("leave")
    guest.register("0433445566AA77", phone=PHONE, name=NAME)
    guest.printed()
    guest.press("leave")
    return guest.top_up(500, 100)


def sealed_documents(folder: Path, key: str = PRIVATE) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, document in keyring.open_secrets(folder / "K1-secrets.sealed", key):
        found.setdefault(table, set()).add(str(document["id"]))
    return found


def erase(venue: Venue, client: str) -> None:
    done = venue.do(
        EraseClient(ClientId(client), "asked for it"), actor="cli", key=f"erase:{client}", now=NOW
    )
    assert isinstance(done, Entry)


def person(venue: Venue) -> str:
    """The client who gave a name."""
    return next(str(c["id"]) for c in venue.store.table("clients") if c["name"])
