"""The command line: run a kiosk, speak to a running one, look into a store."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kiosk import (
    __version__,
    accounting,
    addresses,
    control,
    custody,
    diagnosis,
    doctor,
    receipt_page,
    set_up,
    till,
    training,
    trial,
)
from kiosk.core import config, venue_file
from kiosk.core.clock import system_now
from kiosk.core.config import Config
from kiosk.core.errors import (
    EXIT_CONFIG,
    EXIT_STORAGE,
    ConfigError,
    LedgerCorrupt,
    Refused,
    StorageFailed,
)
from kiosk.core.settings import VenueDocuments
from kiosk.core.venue import Venue
from kiosk.log_ring import LogRing
from kiosk.machine import Helper, StartAgain, begin_anew
from kiosk.report import card_report, client_report, entry_report, lines
from kiosk.verbs import STAFF, answer_closed

WRITING = ("screenshot", "receipts")
"""Verbs whose word is a path."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code (75: the store failed, 78: the configuration is wrong)."""
    given = _parser().parse_args(argv)
    try:
        code = int(given.run(given))
        sys.stdout.flush()
        return code
    except ConfigError as error:
        for mistake in error.mistakes:
            print(mistake, file=sys.stderr)
        return EXIT_CONFIG
    except (StorageFailed, LedgerCorrupt) as error:
        print(error, file=sys.stderr)
        return EXIT_STORAGE
    except Refused as refused:
        print(control.told(refused), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read our lines (head, less) has seen enough; nothing is left to be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, ConnectionError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        # A folder or a file that this user must not look into, or a medium that went meanwhile.
        print(error, file=sys.stderr)
        return EXIT_STORAGE


def _parser() -> argparse.ArgumentParser:
    machine = argparse.ArgumentParser(add_help=False)
    machine.add_argument("--config", type=Path, metavar="FILE", help="the kiosk's own settings")
    machine.add_argument(
        "--simulated", action="store_true", help="every device is simulated; a store of its own"
    )
    machine.add_argument(
        "--training", action="store_true", help="over the books of a training, which mean nothing"
    )
    parser = argparse.ArgumentParser(prog="kiosk", description="The Foyer kiosk.")
    parser.add_argument("--version", action="version", version=f"Foyer {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", parents=[machine], help="run the kiosk")
    run.add_argument("--verbose", action="store_true", help="say more in the log")
    run.set_defaults(run=_run)

    bench = commands.add_parser("bench", parents=[machine], help="drive simulated devices")
    bench.add_argument(
        "verb", help="tap, untap, swipe, note, jam, terminal, order, paper, cover, …"
    )
    bench.add_argument("words", nargs=argparse.REMAINDER)
    bench.set_defaults(run=_bench)

    for name, told in (("state", "what the screen shows, as JSON"), ("screenshot", "as a PNG")):
        verb = commands.add_parser(name, parents=[machine], help=told)
        if name == "screenshot":
            verb.add_argument("words", nargs=1, metavar="FILE")
        verb.set_defaults(run=_verb, verb=name)

    note = commands.add_parser("note", parents=[machine], help="decide a note that waits")
    note.add_argument("words", nargs="+", metavar="list | settle|void ID | credit ID CLIENT")
    note.add_argument("--reason", default="")
    note.set_defaults(run=_verb, verb="note")

    claim = commands.add_parser("claim", parents=[machine], help="money that is nobody's")
    claim.add_argument("words", nargs="+", metavar="list | check|redeem TEXT | issue NOTE")
    claim.add_argument("--reason", default="")
    claim.set_defaults(run=_verb, verb="claim")

    printed = commands.add_parser(
        "fiscal", parents=[machine], help="documents of the fiscal device that wait for somebody"
    )
    printed.add_argument("words", nargs="+", metavar="list | printed NUMBER | not-printed | shifts")
    printed.add_argument("--reason", default="")
    printed.set_defaults(run=_verb, verb="fiscal")

    counted = commands.add_parser(
        "fiscal-x", parents=[machine], help="print the X of the fiscal device"
    )
    counted.set_defaults(run=_verb, verb="fiscal-x", words=[])

    payment = commands.add_parser(
        "payment", parents=[machine], help="payments at the terminal that nobody knows the end of"
    )
    payment.add_argument("words", nargs="+", metavar="list | charged|not-charged ID")
    payment.add_argument("--reason", default="")
    payment.set_defaults(run=_verb, verb="payment")

    client = commands.add_parser("client", parents=[machine], help="erase who a client is")
    client.add_argument("words", nargs="+", metavar="erase ID")
    client.add_argument("--reason", default="")
    client.set_defaults(run=_verb, verb="client")

    card = commands.add_parser("card", parents=[machine], help="block a card, test the rules")
    card.add_argument("words", nargs="+", metavar="block|unblock ID | test SIGNAL READER TEXT")
    card.add_argument("--reason", default="")
    card.set_defaults(run=_verb, verb="card")

    people = commands.add_parser("staff", parents=[machine], help="who works here, their PINs")
    people.add_argument("words", nargs="+", metavar="list | pin|unlock NUMBER | recovery-code")
    people.set_defaults(run=_staff, verb="staff")

    calls = commands.add_parser("help", parents=[machine], help="guests who call for help")
    calls.add_argument("words", nargs="+", metavar="list | answer NUMBER")
    calls.set_defaults(run=_verb, verb="help")

    token = commands.add_parser("token", parents=[machine], help="tills at the HTTP door")
    token.add_argument("words", nargs="+", metavar="list | new TILL SCOPE… | revoke ID")
    token.set_defaults(run=_verb, verb="token")

    slip = commands.add_parser("slip", parents=[machine], help="print a slip again, marked COPY")
    slip.add_argument("words", nargs="+", metavar="print NUMBER")
    slip.set_defaults(run=_verb, verb="slip")

    till.add_parser(commands)
    set_up.add_parser(commands)

    seed = commands.add_parser("import", parents=[machine], help="set the venue from a file")
    seed.add_argument("file", type=Path, metavar="venue.toml")
    seed.set_defaults(run=_import)

    verify = commands.add_parser("verify", parents=[machine], help="prove the books, or a copy")
    verify.add_argument("--backup", type=Path, metavar="FILE", help="a backup, not the store")
    verify.add_argument("--mirror", type=Path, metavar="DIR", help="a mirror, not the store")
    verify.add_argument("--receipt", metavar="CODE", help="what the books say of a receipt")
    verify.set_defaults(run=lambda given: custody.verify(given, _config(given)))

    backup = commands.add_parser("backup", parents=[machine], help="copy the store, proven")
    backup.add_argument(
        "folder", type=Path, nargs="?", metavar="DIR", help="else where [backup] to says"
    )
    backup.add_argument("--nightly", action="store_true", help="only if the night's is not made")
    backup.set_defaults(run=lambda given: custody.back_up(given, _config(given)))

    restore = commands.add_parser(
        "restore", parents=[machine], help="make the store anew from copies (1: some is missing)"
    )
    restore.add_argument(
        "--from",
        dest="copies",
        type=Path,
        action="append",
        required=True,
        metavar="PATH",
        help="a backup, a mirror, or a folder of them; may be given more than once",
    )
    restore.add_argument("--key", type=Path, metavar="FILE", help="the private recovery key")
    restore.add_argument("--replace", action="store_true", help="put the store that is here aside")
    restore.set_defaults(run=lambda given: custody.make_anew(given, _config(given)))

    keys = commands.add_parser("keys", parents=[machine], help="keys of the copies and of cards")
    keys.add_argument("words", nargs="+", metavar="new FILE | forget DIR | cards [new]")
    keys.set_defaults(run=lambda given: custody.keys(given, lambda: _config(given)))

    how = commands.add_parser(
        "health", parents=[machine], help="how the kiosk is (1: something needs a person)"
    )
    how.add_argument("--json", action="store_true")
    how.set_defaults(run=lambda given: diagnosis.health(_config(given), as_json=given.json))

    look = commands.add_parser(
        "doctor", parents=[machine], help="which devices are plugged in, and which are not"
    )
    look.add_argument("--json", action="store_true")
    look.set_defaults(run=lambda given: doctor.run(_config(given), as_json=given.json))

    diagnose = commands.add_parser(
        "diagnose", parents=[machine], help="all that a technician asks for, without people"
    )
    diagnose.add_argument("file", type=Path, metavar="FILE.zip")
    diagnose.set_defaults(run=lambda given: diagnosis.write(_config(given), given.file))

    show = commands.add_parser("show", parents=[machine], help="a card or a client")
    show.add_argument("what", choices=("card", "client"))
    show.add_argument("id")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)

    report = commands.add_parser("report", parents=[machine], help="a report over the ledger")
    report.add_argument("name", metavar="NAME|list", help="which; list names them")
    report.add_argument("--day", metavar="YYYY-MM-DD", help="one day of the venue")
    report.add_argument("--from", dest="since", metavar="MOMENT", help="the first day or moment")
    report.add_argument("--until", metavar="MOMENT", help="the last day or moment, included")
    report.add_argument("--shift", type=int, default=0, metavar="N", help="one shift, by number")
    report.add_argument("--as-of", dest="as_of", metavar="MOMENT", help="all up to it, included")
    form = report.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for a program, in minor units")
    form.add_argument("--csv", action="store_true", help="for a spreadsheet, in major units")
    report.set_defaults(run=lambda given: accounting.report(given, _config(given)))

    explain = commands.add_parser("explain", parents=[machine], help="what made a balance")
    explain.add_argument(
        "account", help="card, client, account, visit/N, till, liabilities, z/N/LINE, x/LINE, …"
    )
    explain.add_argument("--of", dest="balance", choices=accounting.BALANCES, default="game")
    explain.add_argument("--as-of", dest="as_of", metavar="MOMENT", help="as it was then")
    explain.add_argument("--before", type=int, default=0, metavar="N", help="the page before it")
    explain.add_argument("--json", action="store_true")
    explain.set_defaults(run=lambda given: accounting.explain(given, _config(given)))

    reached = commands.add_parser(
        "addresses", parents=[machine], help="with whom the settings want the kiosk to speak"
    )
    addresses.add_words(reached)
    reached.set_defaults(run=_addresses)

    entries = commands.add_parser("entries", parents=[machine], help="the ledger, entry by entry")
    entries.add_argument("--json", action="store_true", help="one JSON object a line")
    entries.set_defaults(run=_entries)

    export = commands.add_parser(
        "export", parents=[machine], help="write settings, store or receipt page to a file"
    )
    what = export.add_mutually_exclusive_group(required=True)
    what.add_argument("file", type=Path, nargs="?", metavar="venue.toml", help="for `import`")
    what.add_argument("--tinydb", type=Path, metavar="FILE", help="all of the store, as JSON")
    what.add_argument(
        "--receipt-page",
        dest="page",
        type=Path,
        metavar="FILE.html",
        help="the page that checks receipts, with this kiosk's keys",
    )
    export.set_defaults(run=_export)
    return parser


def _config(given: argparse.Namespace) -> Config:
    chosen = config.load(given.config, simulated=given.simulated)
    return training.of(chosen) if given.training else chosen


def _reading(given: argparse.Namespace) -> Venue:
    """The store, for reading; a kiosk may be writing it."""
    store = _config(given).store
    store.must_exist()
    return Venue.open(store.path, store.secrets_path, write=False)


def _run(given: argparse.Namespace) -> int:
    told, ring = logging.StreamHandler(), LogRing()
    told.setLevel(logging.INFO if given.verbose else logging.WARNING)
    for handler in (told, ring):
        # Kivy tells of its own affairs at length, sets its own level, and calls an error what a
        # kiosk does without.
        handler.addFilter(
            lambda record: not record.name.startswith("kivy") or record.levelno > logging.ERROR
        )
    form = "%(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=[told, ring])
    if given.config is not None and set_up.wanted(given.config):
        try:
            return set_up.first_start(given.config)
        except StartAgain as again:
            if "NOTIFY_SOCKET" in os.environ:
                # The service manager begins anew: with whom the kiosk may speak is known by now.
                return 0
            begin_anew(again.what)
    # A training begins from the settings of the real kiosk.
    try:
        chosen = config.load(given.config, simulated=given.simulated)
    except ConfigError:
        trial.settings_refused(Helper.of())
        raise
    # Imported here: the window's libraries take a second that no other command needs.
    from kiosk import app

    try:
        return app.run(chosen, demo=given.simulated, ring=ring, training=given.training)
    except StartAgain as again:
        begin_anew(again.what)


def _addresses(given: argparse.Namespace) -> int:
    if given.config is not None and not given.config.exists():
        return addresses.show_first(given)
    return addresses.show(given, _config(given))


def _bench(given: argparse.Namespace) -> int:
    given.simulated = given.simulated or given.config is None
    request = {"bench": True, "verb": given.verb, "words": _words(given)}
    print(control.ask(_config(given).store.control_socket, request))
    return 0


def _verb(given: argparse.Namespace) -> int:
    chosen = _config(given)
    request = {
        "verb": given.verb,
        "words": _words(given),
        "reason": getattr(given, "reason", ""),
        "language": chosen.kiosk.language,
    }
    print(_asked(chosen, request))
    return 0


def _staff(given: argparse.Namespace) -> int:
    chosen = _config(given)
    words = _words(given)
    secret = _typed_pin(words[1]) if words[:1] == ["pin"] and len(words) == 2 else ""
    print(_asked(chosen, {"verb": "staff", "words": words, "secret": secret}))
    return 0


def _typed_pin(number: str) -> str:
    """A new PIN: typed twice unseen at a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    pin = getpass.getpass(f"New PIN of {number}: ")
    if getpass.getpass("The same once more: ") != pin:
        raise ValueError("the two PINs are not the same; nothing was changed")
    return pin


def _asked(chosen: Config, request: Mapping[str, Any]) -> str:
    """The answer of the kiosk that runs; of its books where none does."""
    try:
        return control.ask(chosen.store.control_socket, request)
    except control.NotRunning:
        if request["verb"] not in STAFF:
            raise
    chosen.store.must_exist()
    venue = Venue.open(chosen.store.path, chosen.store.secrets_path)
    try:
        told = answer_closed(venue, request)
        return "\n".join([told, *custody.forget_in_copies(venue, chosen)])
    finally:
        venue.close()


def _words(given: argparse.Namespace) -> list[str]:
    """A verb's words; where a path is meant, it is meant from here, not from the kiosk's folder."""
    words: list[str] = list(getattr(given, "words", []))
    return [str(Path(w).absolute()) for w in words] if given.verb in WRITING else words


def _import(given: argparse.Namespace) -> int:
    chosen = _config(given)
    file = venue_file.read(given.file)
    if not chosen.store.path.exists():
        kinds = {device.simulated for device in chosen.devices}
        if len(kinds) > 1:
            raise ConfigError(["[devices]: some are simulated, some real; a store is one or other"])
        Venue.create(
            chosen.store.path,
            chosen.store.secrets_path,
            kiosk=chosen.kiosk.id,
            currency=file.currency.code,
            simulated=kinds == {True},
            now=system_now(),
        ).close()
    text = given.file.read_text("utf-8")
    print(_asked(chosen, {"verb": "import", "words": [str(given.file)], "text": text}))
    return 0


def _show(given: argparse.Namespace) -> int:
    venue = _reading(given)
    try:
        report = card_report if given.what == "card" else client_report
        told = report(venue, given.id, system_now())
    finally:
        venue.close()
    if given.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print("\n".join(lines(told)))
    return 0


def _entries(given: argparse.Namespace) -> int:
    venue = _reading(given)
    try:
        for entry in venue.ledger.entries():
            if given.json:
                print(json.dumps(entry_report(entry), ensure_ascii=False))
            else:
                moved = ", ".join(f"{p.account} {p.amount:+} {p.unit}" for p in entry.postings)
                print(f"{entry.seq}  {entry.at}  {entry.kind}  {entry.actor}  {moved}")
    finally:
        venue.close()
    return 0


def _export(given: argparse.Namespace) -> int:
    venue = _reading(given)
    try:
        if given.tinydb is not None:
            venue.store.export(given.tinydb)
        else:
            if given.page is not None:
                written = receipt_page.page(venue.books(system_now()))
            else:
                written = venue_file.write(venue.ask(VenueDocuments(), system_now()))
            with (given.file or given.page).open("x", encoding="utf-8") as file:
                file.write(written)
    except FileExistsError:
        there = given.file or given.page or given.tinydb
        raise ConfigError([f"{there}: is there already; name another file"]) from None
    except OSError as error:
        told = f"{error.filename}: cannot be written ({error.strerror}); name another file"
        raise ConfigError([told]) from None
    finally:
        venue.close()
    print(given.file or given.page or given.tinydb)
    return 0


if __name__ == "__main__":
    sys.exit(main())
