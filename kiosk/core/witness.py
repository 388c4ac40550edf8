"""Copies and receipts as witnesses: do the books still say what they said?

A copy is checked by itself and, where there is a store, against it. What a restore gave up is no
contradiction: an entry of a former epoch that the books of a later one do not have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.core import backup, mirror, receipt_proof, sources, tickets
from kiosk.core.backup import Backup, Progress
from kiosk.core.copies import opened_copy
from kiosk.core.errors import LedgerCorrupt, NotAStore, StorageFailed
from kiosk.core.ledger import GENESIS, RESTORED, Entry, Finding, Ledger, digest
from kiosk.core.mirror import Damage
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.proof import Proof, parse
from kiosk.core.receipt_proof import Receipt
from kiosk.core.venue import TABLES


def check_backup(
    file: Path, books: Ledger | None, progress: Progress
) -> tuple[list[str], list[Finding]]:
    """Prove a backup, and compare it with the books.

    Returns:
        What it is, in sentences, and what is wrong.
    """
    where = str(file)
    try:
        found = []
        if told := backup.changed(Backup(file, "", 0, 0)):
            found.append(Finding(where, told))
        _, findings = backup.prove(file, progress)
        found += [Finding(f"{where}, {f.where}", f.what) for f in findings]
        with opened_copy(file, TABLES) as store:
            copy = Ledger(store)
            if books is not None:
                found += _against(where, copy, books)
            return [f"{where}: {copy.seq} entries, to epoch {_epoch(copy)}"], found
    except (NotAStore, StorageFailed, LedgerCorrupt) as error:
        return [], [Finding(where, str(error))]


def _epoch(ledger: Ledger) -> int:
    last = ledger.entry(ledger.seq)
    return last.epoch if last else ledger.epoch


def _against(where: str, copy: Ledger, books: Ledger) -> list[Finding]:
    if (
        copy.kiosk != books.kiosk
        or copy.store.facts["created_at"] != books.store.facts["created_at"]
    ):
        return [Finding(where, "is the copy of another store")]
    # Hashes name what was before them, so the books and a copy agree up to some entry.
    same, other = 0, copy.seq + 1
    while other - same > 1:
        middle = (same + other) // 2
        if _hash(copy, middle) == _hash(books, middle):
            same = middle
        else:
            other = middle
    first = copy.entry(other)
    return [] if first is None else _contradiction(f"{where}, entry {other}", first, books)


def _hash(ledger: Ledger, seq: int) -> str:
    entry = ledger.entry(seq)
    return entry.hash if entry else ""


def _contradiction(where: str, entry: Entry, books: Ledger) -> list[Finding]:
    """What it means that the books do not have this entry of a copy."""
    ours = books.entry(entry.seq)
    if entry.epoch < (ours.epoch if ours else books.epoch):
        return []
    if ours is None:
        return [Finding(where, f"the store ends before it, at entry {books.seq}: it was set back")]
    return [Finding(where, "the store has another entry there: its history was rewritten")]


def check_mirror(
    folder: Path, kiosk: str, books: Ledger | None, progress: Progress
) -> tuple[list[str], list[Finding]]:
    """Check every line of a mirror, and compare it with the books.

    Returns:
        What it is, in sentences, and what is wrong.
    """
    files = mirror.files(folder, kiosk) if folder.is_dir() else []
    if not files:
        return [], [Finding(str(folder), f"holds no mirror of kiosk {kiosk}")]
    if books is None:
        found = sources.find([*files], kiosk, progress)
        history, missing = sources.choose(found, progress)
        told = (
            [f"{folder}: {history.tip.seq} entries, to epoch {history.tip.epoch}"]
            if history
            else []
        )
        return told, [Finding(str(folder), text) for text in [*found.wrong, *missing]]
    wrong: list[Finding] = []
    there, lost = bytearray(books.seq + 1), Counter[int]()
    for file in files:
        try:
            for place, line in mirror.read(file):
                where = f"{file}, line {place.line}"
                if isinstance(line, Damage):
                    wrong.append(Finding(where, line.what))
                elif isinstance(line, Entry):
                    if _hash(books, line.seq) == line.hash:
                        there[line.seq] = 1
                        continue
                    contradicted = _contradiction(f"{where}, entry {line.seq}", line, books)
                    wrong += contradicted
                    lost[line.epoch] += not contradicted
                if place.line % 1000 == 0:
                    progress(f"read of {file.name}", place.offset, file.stat().st_size)
        except OSError as error:
            wrong.append(Finding(str(file), f"cannot be read: {error}"))
    last = max((seq for seq in range(len(there)) if there[seq]), default=0)
    wrong += [Finding(str(folder), f"has no {gap}") for gap in _gaps(there[: last + 1])]
    told = [f"{folder}: to entry {last}, {books.seq - last} behind the store"]
    told += [f"{folder}: {n} entries of epoch {e}, lost in a restore" for e, n in lost.items()]
    return told, wrong


def _gaps(there: bytearray) -> list[str]:
    found, seq = [], 1
    while (first := there.find(0, seq)) > 0:
        after = there.find(1, first)
        found.append(f"entry {first}" if after == first + 1 else f"entries {first} to {after - 1}")
        seq = after
    return found


def check_receipt(told: str, books: Ledger, progress: Progress) -> tuple[list[str], list[Finding]]:
    """What the books say of a receipt: of the text of its QR code, or of the typed code below it.

    Returns:
        What the receipt is, and what is wrong with the books, or with the receipt.

    Raises:
        ValueError: it is no code of a receipt of this kiosk.
        Refused: ``err.receipt_false``: this kiosk never signed this text.
    """
    paper, scanned = None, told.strip()
    if receipt_proof.is_one(scanned):
        paper = receipt_proof.read(tickets.keys_of(books.store), scanned)
    proofs = parse(paper.proof if paper else told, books.kiosk)
    for proof in proofs:
        try:
            entry = books.entry(proof.seq)
        except (LedgerCorrupt, AttributeError, KeyError, TypeError, ValueError):
            return [], [Finding(f"entry {proof.seq}", "is no entry any more: kiosk verify")]
        if entry is not None and proof.fits(entry):
            wrong = _unchanged(books, proof.seq, progress)
            if paper:
                wrong += _otherwise(paper, books)
            sound = [] if wrong else ["everything up to it is as it was when it was printed"]
            return [f"{_slip(books, entry)}: entry {entry.seq}, {entry.at}", *sound], wrong
    return [], [Finding(paper.proof if paper else told, _denied(proofs[0], books))]


def _otherwise(paper: Receipt, books: Ledger) -> list[Finding]:
    """What a signed receipt says and the books do not."""
    name = f"{paper.kind}:{paper.number}"
    slip = books.store.get("slips", name)
    if slip is None:
        return [Finding(name, "is not in the books: kiosk verify")]
    different = receipt_proof.differs(paper, receipt_proof.of_slip(books, slip))
    if not different:
        return []
    return [Finding(name, f"the books say something else of its {', '.join(different)}")]


def _unchanged(books: Ledger, seq: int, progress: Progress) -> list[Finding]:
    prev = GENESIS
    for number, document in enumerate(books.store.table("entries"), 1):
        body = {name: value for name, value in document.items() if name != "hash"}
        follows = (number, prev) == (body.get("seq"), body.get("prev"))
        if not follows or digest(body) != document.get("hash"):
            return [Finding(f"entry {number}", "was changed after it was written: kiosk verify")]
        prev = document["hash"]
        if number == seq:
            break
        if number % 1000 == 0:
            progress("proven", number, seq)
    return []


def _slip(books: Ledger, entry: Entry) -> str:
    slip: Mapping[str, Any] = books.store.get("slips", str(entry.refs.get("slip", ""))) or {}
    if not slip:
        return entry.kind
    facts = slip["facts"]
    minor = facts.get("total", facts.get("amount"))
    worth = "" if minor is None else f", {Money(minor, CURRENCIES[books.currency])}"
    return f"{slip['kind']} {slip['number']:06}{worth}"


def _denied(proof: Proof, books: Ledger) -> str:
    ours = books.entry(proof.seq)
    epoch = ours.epoch if ours else books.epoch
    if proof.epoch < epoch:
        later = (e for e in books.entries() if e.kind == RESTORED and e.epoch > proof.epoch)
        since = next(later, None)
        when = f" on {since.at[:10]} (entry {since.seq})" if since else ""
        return (
            f"entry {proof.seq} of epoch {proof.epoch} was lost when the store was restored{when}: "
            "the receipt may be good, the books cannot say"
        )
    if proof.epoch > epoch:
        return f"the books know no epoch {proof.epoch}: they were set back, or the code is mistyped"
    if ours is None:
        return (
            f"the ledger ends at entry {books.seq}, and the receipt is entry {proof.seq}: its end "
            "was cut off, or the code is mistyped"
        )
    return (
        f"entry {proof.seq} is another one than the receipt's: the history up to it was rewritten, "
        "or the code is mistyped (compare it letter by letter)"
    )
