"""How the simulated ccTalk devices are started, and the words by which the bench drives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from kiosk.hardware.peers import Options
from kiosk.hardware.peers.bench import OnLine, number, one_of, only
from kiosk.hardware.peers.cctalk_coins import (
    EURO_COINS,
    RETURN_LEVER,
    RUSSIAN_COINS,
    STRING,
    CoinAcceptor,
)
from kiosk.hardware.peers.cctalk_hopper import Hopper
from kiosk.hardware.peers.cctalk_line import Peripheral
from kiosk.hardware.peers.cctalk_notes import RUSSIAN_NOTES, BillValidator
from kiosk.hardware.peers.line import Line, PtyLine
from kiosk.hardware.peers.notes import NoteAcceptor, faces_of, on_line

Words = Mapping[str, Callable[[], str]]


def _country(options: Options) -> str:
    told = str(options.get("peer_country", "") or options.get("countries", "") or "RU")
    return told.split(",")[0].strip()


def _with_crc(options: Options, usual: str) -> bool:
    check = str(options.get("check", usual))
    if check not in ("sum", "crc"):
        raise ValueError(f"check: {check!r} is neither sum nor crc")
    return check == "crc"


def minor(verb: str, word: str) -> int:
    """Hundredths of what a word such as 5 or 0.50 says.

    Raises:
        ValueError: it is no such word.
    """
    found = re.fullmatch(r"([0-9]{1,6})(?:\.([0-9]{2}))?", word)
    if not found:
        raise ValueError(f"{verb}: {word!r} is not what a coin is worth; 5 or 0.50")
    return int(found[1]) * 100 + int(found[2] or 0)


def _power(line: Line[Peripheral], name: str) -> dict[str, Callable[[], str]]:
    return {
        "off": lambda: line.ask(lambda p, t: p.power_cut(t)) or f"the {name} is dark",
        "on": lambda: line.ask(lambda p, t: p.power_up(t)) or f"the {name} starts",
    }


def coins(options: Options) -> OnLine:
    """A coin acceptor on a pseudo-terminal.

    Args:
        options: those of the driver; `peer_coins` gives what its coins are worth in the order of
            types, with commas (by default the Russian ones, or the euro's where the first of
            `countries` is EU), `peer_country` other letters than the first of `countries`,
            `peer_serial` its serial number, `peer_echo` false an adapter without echo.

    Raises:
        ValueError: wrong letters, coins, address, check or serial number.
    """
    country = _country(options)
    kinds = EURO_COINS if country == "EU" else RUSSIAN_COINS
    if listed := str(options.get("peer_coins", "")):
        words = enumerate(listed.split(","), start=1)
        kinds = {kind: minor("peer_coins", word.strip()) for kind, word in words}
    acceptor = CoinAcceptor(
        coins=kinds,
        country=country,
        address=int(options.get("address", 2)),
        with_crc=_with_crc(options, "sum"),
        serial=int(options.get("peer_serial", 12345678)),
    )
    acceptor.line.echo = bool(options.get("peer_echo", True))
    line: Line[Peripheral] = PtyLine(acceptor)
    line.start()

    def coin(words: list[str]) -> str:
        only("coin", words, 1, "coin VALUE")
        value = minor("coin", words[0])
        return line.ask(lambda _, now_s: acceptor.insert(value, now_s))

    def told() -> str:
        places = {
            "box": acceptor.box,
            "emptied": acceptor.emptied,
            "fell through": acceptor.fell_through,
        }
        return "; ".join(f"{at}: {' '.join(map(str, what)) or '-'}" for at, what in places.items())

    acts: dict[str, tuple[Callable[[], None], str]] = {
        "block": (acceptor.block, "a coin sticks; `coins clear` ends it"),
        "clear": (acceptor.unblock, "cleared"),
        "empty": (acceptor.empty, "the box is empty"),
        "lever": (lambda: acceptor.event(RETURN_LEVER), "somebody presses the lever"),
        "string": (lambda: acceptor.event(STRING), "a coin on a string"),
        "drop": (lambda: acceptor.drop_replies(3), "3 answers will be lost"),
        "corrupt": (lambda: acceptor.corrupt_replies(3), "3 answers will be damaged"),
    }

    def act(do: Callable[[], None], said: str) -> str:
        line.ask(lambda _, now_s: do())
        return said

    def all_of_them(words: list[str]) -> str:
        if not words:
            return line.ask(lambda _, now_s: told())
        known = {name: partial(act, *how) for name, how in acts.items()}
        return one_of("coins", words, {**known, **_power(line, "coin acceptor")})

    return OnLine(line, {"coin": coin, "coins": all_of_them})


def notes(options: Options) -> OnLine:
    """A ccTalk bill validator on a pseudo-terminal.

    Args:
        options: those of the driver; `peer_country` puts other letters than the first of
            `countries` on its notes, `peer_faces`: see `notes.faces_of`, `peer_keeps` true: its
            counter outlives a power cut, `peer_echo` false an adapter without echo.

    Raises:
        ValueError: wrong letters, faces, address or check.
    """
    faces = faces_of(options, RUSSIAN_NOTES, first=1)
    validator = BillValidator(
        faces=faces,
        country=_country(options),
        address=int(options.get("address", 40)),
        with_crc=_with_crc(options, "crc"),
        keeps_counter=bool(options.get("peer_keeps", False)),
    )
    validator.line.echo = bool(options.get("peer_echo", True))
    line: Line[NoteAcceptor] = PtyLine(validator)
    return on_line(line, faces.values())


def hopper(options: Options) -> OnLine:
    """A hopper on a pseudo-terminal.

    Args:
        options: those of the driver; `peer_inside` coins are in it, `peer_code` true: it wants a
            code in place of its serial number, `peer_echo` false an adapter without echo.

    Raises:
        ValueError: a wrong address or check.
    """
    machine = Hopper(
        coins=int(options.get("peer_inside", 100)),
        address=int(options.get("address", 3)),
        with_crc=_with_crc(options, "sum"),
        by_code=bool(options.get("peer_code", False)),
        tells_counter=not options.get("peer_code", False),
    )
    machine.line.echo = bool(options.get("peer_echo", True))
    line: Line[Peripheral] = PtyLine(machine)
    line.start()

    def all_of_them(words: list[str]) -> str:
        if not words:
            return line.ask(
                lambda _, now_s: f"inside: {machine.inside}; paid out: {machine.paid_out}"
            )
        if words[0] == "fill":
            only("hopper", words, 2, "hopper fill COINS")
            count = number("hopper fill", words[1], "such as 100")
            line.ask(lambda _, now_s: machine.fill(count))
            return f"{machine.inside} coins are in it"
        known: Words = {
            "empty": lambda: line.ask(lambda _, t: machine.empty()) or "it is empty",
            "jam": lambda: line.ask(lambda _, t: machine.jam(t)) or "jammed; `clear` ends it",
            "block": lambda: line.ask(lambda _, t: machine.block_exit()) or "the exit is blocked",
            "clear": lambda: line.ask(lambda _, t: machine.clear(t)) or "cleared",
            "slip": lambda: line.ask(lambda _, t: machine.slip()) or "a coin will slip out",
            **_power(line, "hopper"),
        }
        return one_of("hopper", words, known)

    return OnLine(line, {"hopper": all_of_them})
