"""The keeping of the books, from the command line: copies, keys, restoring, proving."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk import card_secrets, nightly_backup
from kiosk.core import audit, keyring, nightly, seal, witness
from kiosk.core.clock import system_now
from kiosk.core.config import Config
from kiosk.core.errors import ConfigError, LedgerCorrupt, StorageFailed
from kiosk.core.ledger import Finding, Ledger
from kiosk.core.restore import Restore, restore
from kiosk.core.store_file import private
from kiosk.core.venue import Venue
from kiosk.machine import Helper
from kiosk.nightly_backup import NotMade
from kiosk.sticks import Mounts


class Progress:
    """One line on a terminal that tells how far a long task is; nothing where nobody looks."""

    def __init__(self) -> None:
        self._shown = 0
        self._permille = -1

    def __call__(self, what: str, done: int, of: int) -> None:
        """`done` of `of` are `what` (copied, proven, …)."""
        permille = done * 1000 // max(of, 1)
        if not sys.stderr.isatty() or permille == self._permille:
            return
        self._permille = permille
        told = f"{permille / 10:5.1f} % {what}"
        print(f"\r{told:{self._shown}}", end="", file=sys.stderr, flush=True)
        self._shown = len(told)

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            print(f"\r{'':{self._shown}}\r", end="", file=sys.stderr, flush=True)
            self._shown = 0


def back_up(given: argparse.Namespace, chosen: Config) -> int:
    """``kiosk backup [DIR]``: without a folder to where ``[backup]`` says.

    With ``--nightly`` only where one is due: 0 when it is made, is not due, or none is wanted.
    """
    if given.nightly and not chosen.backup.to:
        return 0
    if given.nightly and given.folder:
        raise ValueError("--nightly backs up to where [backup] says; name no folder")
    chosen.store.must_exist()
    if given.folder:
        return _back_up_into(given.folder.absolute(), chosen)
    helper, progress = Helper.of(), Progress()
    mounts = Mounts(helper.ask if helper.answer is not None else None)
    try:
        told = nightly_backup.run(chosen, mounts, system_now, progress, only_due=given.nightly)
    except NotMade as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        progress.end()
    for said in told.said if told else ():
        print(said)
    return 0


def _back_up_into(folder: Path, chosen: Config) -> int:
    progress = Progress()
    try:
        _, said = nightly_backup.to_folder(chosen, folder, system_now, progress)
    finally:
        progress.end()
    for sentence in said:
        print(sentence)
    return 0


def keys(given: argparse.Namespace, settings: Callable[[], Config]) -> int:
    """``kiosk keys new FILE``, ``kiosk keys forget DIR`` and ``kiosk keys cards [new]``."""
    match given.words:
        case ["new", name]:
            return _new_key(Path(name))
        case ["forget", name]:
            folder, secrets = Path(name).absolute(), settings().store.secrets_path
            if not keyring.forget_place(secrets, folder):
                known = ", ".join(map(str, keyring.places(secrets))) or "none"
                raise ValueError(f"{folder} holds no copy of the secrets that is known of: {known}")
            print(f"{folder}: forgotten; if it still exists, it still opens with the recovery key")
            return 0
        case ["cards"] | ["cards", "new"]:
            print(card_secrets.make(settings().store.secrets_folder, newer=len(given.words) > 1))
            return 0
        case _:
            raise ValueError("usage: keys new FILE | keys forget DIR | keys cards [new]")


def _new_key(file: Path) -> int:
    private_half, public_half = seal.new_recovery_key()
    try:
        with open(file, "x", encoding="ascii", opener=private) as opened:
            opened.write(
                "# The private half of a kiosk's recovery key. Keep it far from the kiosk.\n"
            )
            opened.write(private_half + "\n")
            opened.flush()
            os.fsync(opened.fileno())
    except FileExistsError:
        raise ValueError(f"{file} exists already, and may be the only key to copies") from None
    except OSError as error:
        raise ValueError(f"{file} cannot be written: {error}") from None
    print(f"# {file}: the private half. Keep it away from the kiosk, in two places: whoever has")
    print("# it and a copy reads every name; without it no copy of the secrets opens again.")
    print("# The public half, for the kiosk's own settings:")
    print(f'[store]\nrecovery_key = "{public_half}"')
    return 0


def _private_key(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        lines = file.read_text("ascii").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file} cannot be read: {error}"]) from None
    told = next((line.strip() for line in lines if line.strip() and line[0] != "#"), "")
    try:
        seal.recovery_public(told)
    except ValueError as error:
        raise ConfigError([f"{file}: {error}"]) from None
    return told


def make_anew(given: argparse.Namespace, chosen: Config) -> int:
    """``kiosk restore``: 0 when everything is back, 1 when something could not be found."""
    store, progress = chosen.store, Progress()
    wanted = Restore(
        tuple(path.absolute() for path in given.copies),
        chosen.kiosk.id,
        store.path,
        store.secrets_path,
        _private_key(given.key),
        given.replace,
    )
    try:
        done = restore(wanted, system_now(), progress)
    finally:
        progress.end()
    for told in done.did:
        print(told)
    for told in done.look:
        print(f"TO BE LOOKED AT: {told}")
    for told in done.missing:
        print(f"NOT FOUND: {told}")
    how = "and all that the copies know is there" if done.whole else "as far as the copies go"
    print(
        f"{store.path}: restored, {how}. Notes that were taken after their last entry are in the "
        "cashbox and not in the books: count it"
    )
    return 0 if done.whole else 1


def verify(given: argparse.Namespace, chosen: Config) -> int:
    """``kiosk verify``: 0 when nothing is wrong, 1 with a line for each thing that is."""
    if given.receipt is not None and (given.backup or given.mirror):
        raise ValueError("--receipt asks the books; ask for a copy in a second call")
    progress = Progress()
    venue = _books(given, chosen)
    try:
        told, wrong = _verified(given, chosen, venue, progress)
    finally:
        progress.end()
        if venue is not None:
            venue.close()
    for finding in wrong:
        print(f"{finding.where}: {finding.what}")
    for sentence in told:
        print(sentence)
    return 1 if wrong else 0


def _books(given: argparse.Namespace, chosen: Config) -> Venue | None:
    if (given.backup or given.mirror) and not chosen.store.path.exists():
        # Before a restore: a copy can be looked at where no store is left.
        return None
    chosen.store.must_exist()
    return Venue.open(chosen.store.path, chosen.store.secrets_path, write=False)


def _verified(
    given: argparse.Namespace, chosen: Config, venue: Venue | None, progress: Progress
) -> tuple[list[str], list[Finding]]:
    ledger = venue.ledger if venue is not None else None
    if given.receipt is not None:
        assert ledger is not None, "a receipt is looked up in the books"
        return witness.check_receipt(given.receipt, ledger, progress)
    told: list[str] = []
    wrong: list[Finding] = []
    if given.backup:
        more, found = witness.check_backup(given.backup, ledger, progress)
        told, wrong = told + more, wrong + found
    if given.mirror:
        folder: Path = given.mirror
        more, found = witness.check_mirror(folder, chosen.kiosk.id, ledger, progress)
        told, wrong = told + more, wrong + found
    if (given.backup or given.mirror) or venue is None:
        return told, wrong
    told, wrong = proven(venue, progress)
    remember(venue, wrong)
    return told, wrong


def remember(venue: Venue, wrong: Sequence[Finding]) -> None:
    """Keep for whoever monitors the kiosk what a proof of its books came to."""
    at = nightly.stamp(system_now().wall)
    proof = nightly.Proof(at, venue.ledger.seq, len(wrong))
    nightly.write_proof(venue.store.path.parent, proof)


def proven(
    venue: Venue, progress: Callable[[str, int, int], None]
) -> tuple[list[str], list[Finding]]:
    """The whole proof of the books: what is sound, in a sentence, and what is not."""
    with venue.store.snapshot():
        ledger = Ledger(venue.store)
        wrong = ledger.verify(lambda done, of: progress("proven", done, of))
        if wrong:
            # Whether notes, claims and secrets agree is asked when these are sound.
            return [], wrong
        wrong = audit.audit(venue.books(system_now()))
    sound = f"{ledger.seq} entries: chain, sums and projections are sound"
    return ([sound] if wrong else [f"{sound}; notes, claims and secrets agree"]), wrong


def forget_in_copies(venue: Venue, chosen: Config) -> Sequence[str]:
    """Seal the secrets anew where keys of erased clients are held; where that cannot be, told.

    What a running kiosk does behind its own back.
    """
    books = venue.books(system_now())
    try:
        failed = keyring.renew(venue.store, books.secrets, chosen.store.recovery_key, system_now())
    except (StorageFailed, LedgerCorrupt) as error:
        return [str(error)]
    return [f"{folder} still holds the keys: {why}" for folder, why in failed.items()]
