"""From the format of an older program to this one's: once, whole, and by entries.

A migration is entries like all others: replaying them still makes exactly the documents that are
there, and the history says what was done. Formats 1, 2, … are those of `store_file.FORMAT_VERSION`;
what each brought stands in docs/ledger.md. Source: docs/adr/0015-migrations.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from kiosk.core.clock import Now
from kiosk.core.errors import LedgerCorrupt
from kiosk.core.ledger import Draft, Ledger, digest
from kiosk.core.store import Store
from kiosk.core.store_file import FORMAT_VERSION

KIND: Final = "store_migrated"
DOCUMENTS_PER_ENTRY_MAX: Final = 500
"""An entry is one row, and is read whole."""

_FINDINGS_TOLD_MAX: Final = 5

Say = Callable[[str], None]
"""Told now and then how far the work is, so that whoever waits does not give up."""

Changed = Iterator[tuple[str, Mapping[str, Any]]]
"""Tables and the documents that are set in them."""


def _to_2(ledger: Ledger) -> Changed:
    """Clients say that they are active; slips name their own entry, not the hash before it."""
    for client in ledger.store.table("clients"):
        yield "clients", client | {"state": "active"}
    issued = {e.refs["slip"]: e.seq for e in ledger.entries() if e.kind == "slip_issued"}
    for slip in ledger.store.table("slips"):
        facts = {name: fact for name, fact in slip["facts"].items() if name != "chain"}
        yield "slips", slip | {"facts": facts | {"entry": issued[slip["id"]]}}


STEPS: Mapping[int, Callable[[Ledger], Changed]] = {2: _to_2}
"""What changes in the documents of the format before to make them those of format n."""


def migrate(store: Store, secrets: Store, now: Now, say: Say | None = None) -> None:
    """Bring a store and its secrets to this program's format; nothing, where they have it.

    The books are proven first, and a copy of them as they are is laid beside them
    (``store.db.format-1-52``: format 1, 52 entries), once. Then all is one transaction: a power
    cut leaves the store of before, or the new one.

    Args:
        store: opened for writing, with ``older=True``.
        secrets: likewise; only its number changes.
        now: the moment of the entries.
        say: told how far it is; a large store takes minutes.

    Raises:
        LedgerCorrupt: the books are not sound, and nothing was changed: restore a backup.
        StorageFailed: the disk refused; nothing was changed, or the new format is there whole.
    """
    before = store.format
    if before != FORMAT_VERSION:
        tell = say or (lambda told: None)
        seq = _proven(store, tell)
        copy = store.path.with_name(f"{store.path.name}.format-{before}-{seq}")
        if not copy.exists():
            store.backup(copy, lambda done, of: tell(f"copying it: {done} of {of} pages"))
        with store.transaction():
            store.raise_format()
            for version in range(before + 1, FORMAT_VERSION + 1):
                _step(store, version, now, tell)
        # Out of the log, too: a program of before looks for the number in the file itself.
        store.empty_log()
    if secrets.format != FORMAT_VERSION:
        with secrets.transaction():
            secrets.raise_format()


def migration_key(version: int, part: int) -> str:
    """The key of the entry that brought the `part`-th documents to format `version`."""
    return f"migrate:{version}:{part}"


def _proven(store: Store, tell: Say) -> int:
    """The number of the last entry of a store that is sound."""
    ledger = Ledger(store)
    tell(f"{store.path} is of format {store.format}; proving it before it is changed")
    proof = ledger.verify(lambda done, of: tell(f"proving it: {done} of {of} entries"))
    findings = [f"{found.where}: {found.what}" for found in proof]
    if findings:
        told = "; ".join(findings[:_FINDINGS_TOLD_MAX])
        more = len(findings) - _FINDINGS_TOLD_MAX
        raise LedgerCorrupt(
            f"{store.path} is of format {store.format} and is not brought to format "
            f"{FORMAT_VERSION}, because it is not sound: {told}"
            + (f"; and {more} more" if more > 0 else "")
            + ". Nothing was changed. Restore a backup."
        )
    return ledger.seq


def _step(store: Store, version: int, now: Now, tell: Say) -> None:
    # A ledger of its own: if the transaction is rolled back, nobody has counted its entries.
    ledger = Ledger(store)
    changed = STEPS[version](ledger)
    part = 0
    while (portion := list(islice(changed, DOCUMENTS_PER_ENTRY_MAX))) or not part:
        part += 1
        draft = Draft(KIND, refs={"format": version})
        for table, document in portion:
            draft.set(table, document)
        command = digest({"command": "Migrate", "format": version, "part": part})
        key = migration_key(version, part)
        ledger.post(draft, key=key, actor="kiosk", command=command, now=now)
        tell(f"bringing it to format {version}: entry {part}")
