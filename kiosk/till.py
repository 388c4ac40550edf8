"""``kiosk till``: a till of the command line. It asks the door, and knows no rule of its own.

What it prints is for people; ``--json`` is what the door said. The token comes from a file, never
from the command line, where every user of the machine could read it.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk import till_work
from kiosk.core.errors import ConfigError
from kiosk.core.texts import LANGUAGES
from kiosk.till_work import DUE, TENDERS, Done, Till

URL = "http://127.0.0.1:8480"
URL_NAME, TOKEN_NAME = "FOYER_TILL_URL", "FOYER_TILL_TOKEN_FILE"
EXIT_REFUSED = 1
EXIT_NOBODY = 69
EXIT_NOT_KNOWN = 75

_TOKEN = re.compile(r"foyer-till-[a-z2-7]+")


def add_parser(commands: Any) -> None:
    """Add ``till`` to the commands of ``kiosk``."""
    till = commands.add_parser("till", help="a till: what it asks of a running kiosk, over HTTP")
    till.set_defaults(run=run)
    add = till.add_argument
    add("--url", default=os.environ.get(URL_NAME, URL), help=f"the door ({URL_NAME}; {URL})")
    add(
        "--token-file",
        type=Path,
        default=os.environ.get(TOKEN_NAME),
        metavar="FILE",
        help=f"what `kiosk token new` told, in a file of one's own ({TOKEN_NAME})",
    )
    add("--ca", default="", metavar="FILE", help="the certificate that signed the door's")
    add("--as", dest="staff", default="", metavar="NUMBER", help="who asks; types the PIN")
    add("--key", default="", metavar="KEY", help="of a write that was not answered")
    add("--language", choices=sorted(LANGUAGES), default="en", help="of what the kiosk says")
    add("--json", action="store_true", help="what the door said, for a program")
    verbs = till.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, do: Callable[[Till, argparse.Namespace], Done], told: str) -> Any:
        made = verbs.add_parser(name, help=told)
        made.set_defaults(do=do)
        return made

    verb("health", till_work.health, "whether the kiosk works")

    shift = verb("shift", till_work.shift, "open the shift with a float, close it with a count")
    shift.add_argument("what", choices=("open", "close"))
    shift.add_argument("amount", nargs="?", default="0", help="the float, or the cash counted")
    shift.add_argument("--reason", default="", help="the money reason of a float")
    shift.add_argument("--confirm", action="append", default=[], help="a warning that was read")

    card = verb("card", till_work.card, "what a card is, and what to do with it")
    card.add_argument("card", metavar="NUMBER|READ", help="a UID, tracks, or a number typed")
    _signal(card)

    opened = verb("open", till_work.open_visit, "open a visit")
    opened.add_argument("card", metavar="CARD|READ", help="a card's id, or what was read of it")
    opened.add_argument("--guests", type=int, default=0)
    opened.add_argument("--comment", default="")
    opened.add_argument("--tender", choices=TENDERS, default="cash", help="of a prepayment")
    _signal(opened)

    order = verb("order", till_work.order, "save an order, or change it")
    order.add_argument("visit", type=int, metavar="VISIT")
    order.add_argument("order", metavar="ORDER", help="the till's own name of it")
    order.add_argument(
        "lines", nargs="+", metavar="TEXT QUANTITY AMOUNT", help="the line's amount; - by the menu"
    )
    order.add_argument("--place", default="Till", help="where it was served")
    order.add_argument("--guests", type=int, default=0)

    bill = verb("bill", till_work.bill, "what a visit comes to")
    bill.add_argument("visit", type=int, metavar="VISIT")

    deposit = verb("deposit", till_work.deposit, "put money on a visit")
    deposit.add_argument("visit", type=int, metavar="VISIT")
    deposit.add_argument("amount", metavar="AMOUNT")
    deposit.add_argument("--tender", choices=TENDERS[:3], default="cash")
    deposit.add_argument("--reason", default="deposit", help="a money reason of the venue")
    deposit.add_argument("--comment", default="")

    pay = verb("pay", till_work.pay, "pay a visit, and close it")
    pay.add_argument("visit", type=int, metavar="VISIT")
    for tender in TENDERS:
        pay.add_argument(f"--{tender.replace('_', '-')}", metavar="AMOUNT", help=f"or {DUE!r}")
    pay.add_argument("--card", default="", help="whose balance pays, by the card's id")
    pay.add_argument("--change", choices=("cash", "claim"), default="cash")
    pay.add_argument("--unpaid", default="", metavar="AMOUNT", help="what is left owing")
    pay.add_argument("--reason", default="")

    void = verb("void", till_work.void, "make an order or a visit void")
    void.add_argument("what", choices=("order", "visit"))
    void.add_argument("id", metavar="ORDER|VISIT")
    void.add_argument("--reason", required=True)
    void.add_argument("--change", choices=("cash", "claim"), default="cash")

    package = verb("package", till_work.package, "packages of minutes").add_subparsers(
        dest="what", required=True, metavar="WHAT"
    )
    package.add_parser("list", help="what is offered")
    sell = package.add_parser("sell", help="sell one to a client")
    sell.add_argument("client", metavar="CLIENT")
    sell.add_argument("package", metavar="PACKAGE")
    sell.add_argument("--tender", choices=TENDERS, default="cash")
    sell.add_argument("--card", default="", help="the id of the card that was shown")
    undo = package.add_parser("undo", help="take a sale back")
    undo.add_argument("sale", metavar="SALE")
    undo.add_argument("--pro-rata", action="store_true", help="only what was not spent")
    undo.add_argument("--reason", default="")

    session = verb("session", till_work.session, "play at a station").add_subparsers(
        dest="what", required=True, metavar="WHAT"
    )
    session.add_parser("list", help="who plays where")
    start = session.add_parser("start", help="begin")
    start.add_argument("client", metavar="CLIENT")
    start.add_argument("station", metavar="STATION")
    start.add_argument("--kind", choices=("game", "internet"), default="game")
    start.add_argument("--mode", choices=("timer", "balance_timer", "balance_min"), default="timer")
    start.add_argument("--minutes", type=int, default=0, help="of balance_min")
    start.add_argument("--card", default="", help="the id of the card that was shown")
    stop = session.add_parser("stop", help="end it")
    stop.add_argument("session", metavar="SESSION")
    stop.add_argument("--rest", choices=TENDERS[:3], default="", help="for what the balance lacks")

    client = verb("client", till_work.client, "find a client by the digits of the phone")
    client.add_argument("digits", metavar="DIGITS")

    slip = verb("slip", till_work.slip, "a slip that the till prints itself, line by line")
    slip.add_argument("job", metavar="JOB")
    slip.add_argument("--columns", type=int, default=48)
    slip.add_argument(
        "--printed", action="store_true", help="it came out: it is a copy from now on"
    )

    watch = verb("watch", till_work.watch, "tell what changes, until it is stopped")
    watch.add_argument("--last", default="", metavar="ID", help="the last event that was seen")
    watch.add_argument("--count", type=int, default=0, metavar="N", help="end after so many")


def _signal(verb: argparse.ArgumentParser) -> None:
    told = "how it was read (keyboard: typed); else it is guessed by its form"
    verb.add_argument(
        "--signal",
        choices=("contactless", "magnetic", "barcode", "dallas", "keyboard"),
        default="",
        help=told,
    )


def run(given: argparse.Namespace) -> int:
    """Run one verb; its exit code: 0 done, 1 refused, 69 nobody answers, 75 not known.

    Raises:
        ConfigError: there is no token.
        ValueError: what was typed is no amount, or no number.
    """
    # Imported here: no other command waits for it.
    from kiosk.till_door import NobodyThere, NotKnown, TillDoor, TurnedDown

    door = TillDoor(
        given.url, token_of(given.token_file), ca=given.ca, language=given.language, key=given.key
    )
    try:
        if given.staff:
            door.signed_in(given.staff, typed_pin(given.staff))
        try:
            told, lines = given.do(Till(door, given.language), given)
        finally:
            door.sign_out()
        if told is not None:
            print(json.dumps(told, ensure_ascii=False) if given.json else "\n".join(lines))
        return 0
    except TurnedDown as down:
        print(down.sentence, file=sys.stderr)
        return EXIT_REFUSED
    except NobodyThere:
        print(f"Nobody answers at {given.url}: nothing was done.", file=sys.stderr)
        return EXIT_NOBODY
    except NotKnown as lost:
        repeat = f" Repeat the command with --key {lost.key}: nothing is done twice."
        told = "No answer came: it is not known whether it was done."
        print(told + (repeat if lost.key else ""), file=sys.stderr)
        return EXIT_NOT_KNOWN
    except KeyboardInterrupt:
        return 130
    finally:
        door.close()


def token_of(file: Path | str | None) -> str:
    """The token in a file, wherever it stands in what `kiosk token new` told.

    Raises:
        ConfigError: there is none.
    """
    if not file:
        raise ConfigError([f"--token-file: is missing; name the file, or set {TOKEN_NAME}"])
    try:
        with Path(file).open(encoding="utf-8") as opened:
            found = _TOKEN.search(opened.read(10_000))
    except (OSError, UnicodeDecodeError) as error:
        told = f"--token-file {file}: cannot be read ({error})"
        raise ConfigError([f"{told}; name the file of the till's token"]) from None
    if not found:
        raise ConfigError([f"--token-file {file}: no token in it; `kiosk token new` makes one"])
    return found[0]


def typed_pin(staff: str) -> str:
    """A PIN: typed unseen at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"PIN of {staff}: ")
    return sys.stdin.readline().strip()
