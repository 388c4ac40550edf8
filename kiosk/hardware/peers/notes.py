"""How each simulated note acceptor is started, and the words by which the bench drives them all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Protocol

from kiosk.hardware.peers import Options, Verb, ccnet, id003, ssp
from kiosk.hardware.peers.bench import OnLine, number, one_of, only
from kiosk.hardware.peers.ccnet_frames import ADDRESS
from kiosk.hardware.peers.id003_frames import RUSSIA
from kiosk.hardware.peers.id003_frames import RUSSIAN_FACES as DENOMINATIONS
from kiosk.hardware.peers.line import Line, Peer, PtyLine
from kiosk.hardware.peers.ssp_mechanics import RUSSIAN_FACES as CHANNELS


class NoteAcceptor(Peer, Protocol):
    """What every simulated note acceptor can be asked to do, whatever it speaks.

    The knobs of a disturbed wire are its own: `drop_replies`, `corrupt_replies`, `lose_acks` and
    `swallow` are found where they are.
    """

    cassette: list[int]
    emptied: list[int]
    returned: list[int]
    taken_out: list[int]

    @property
    def inside(self) -> list[int]:
        """The note that has gone in and is in no list yet."""

    def insert(self, face: int, now_s: float) -> str:
        """A guest offers a note; what happened, for people."""

    def jam(self, now_s: float, *, cassette: bool = False) -> None:
        """A note sticks."""

    def clear_jam(self, now_s: float, *, stacked: bool = False) -> None:
        """What sticks is removed, into the cassette or into the hand."""

    def cheat(self, now_s: float) -> None:
        """Somebody pulls at a note."""

    def cassette_full(self, now_s: float) -> None:
        """Nothing more goes into the cassette."""

    def remove_cassette(self, now_s: float) -> None:
        """The cassette is taken out."""

    def replace_cassette(self, now_s: float, *, capacity: int = 600) -> None:
        """An empty one goes in."""

    def power_cut(self, now_s: float) -> None:
        """The power fails."""

    def power_up(self, now_s: float) -> None:
        """The power is back."""


def faces_of(options: Options, usual: Mapping[int, int], first: int) -> Mapping[int, int]:
    """The face values of a simulated acceptor, by the type of note.

    Args:
        options: `peer_faces` gives them in the order of the types, with commas.
        usual: those it has otherwise.
        first: the number of the first type.

    Raises:
        ValueError: they are no numbers.
    """
    listed = str(options.get("peer_faces", ""))
    if not listed:
        return usual
    words = enumerate(listed.split(","), start=first)
    return {kind: number("peer_faces", word.strip(), "10,50,100") for kind, word in words}


def on_line(
    line: Line[NoteAcceptor], faces: Collection[int], fail: Callable[[str], str] | None = None
) -> OnLine:
    """Start a note acceptor's line; the words by which the bench drives it.

    Args:
        line: with the acceptor at its end.
        faces: that it knows.
        fail: lets it break with one of its codes; None: it has none.
    """
    line.start()
    usual = f"the notes here are {', '.join(map(str, sorted(faces)))}"

    def note(words: list[str]) -> str:
        only("note", words, 1, "note FACE")
        face = number("note", words[0], usual)
        return line.ask(lambda peer, now_s: peer.insert(face, now_s))

    def jam(words: list[str]) -> str:
        if words not in ([], ["cassette"]):
            raise ValueError("jam [cassette]")
        line.ask(lambda peer, now_s: peer.jam(now_s, cassette=bool(words)))
        return f"jammed in the {'cassette' if words else 'validator'}; `clear` ends it"

    def clear(words: list[str]) -> str:
        if words not in ([], ["stacked"]):
            raise ValueError("clear [stacked]")
        line.ask(lambda peer, now_s: peer.clear_jam(now_s, stacked=bool(words)))
        return "cleared; the acceptor starts over"

    def cassette(words: list[str]) -> str:
        return one_of(
            "cassette",
            words,
            {
                "full": lambda: line.ask(lambda p, t: p.cassette_full(t)) or "the cassette is full",
                "out": lambda: line.ask(lambda p, t: p.remove_cassette(t)) or "taken out",
                "in": lambda: line.ask(lambda p, t: p.replace_cassette(t)) or "an empty one is in",
            },
        )

    def cheat(words: list[str]) -> str:
        only("cheat", words, 0, "takes no words")
        line.ask(lambda peer, now_s: peer.cheat(now_s))
        return "somebody pulls at a note"

    def power(words: list[str]) -> str:
        return one_of(
            "power",
            words,
            {
                "off": lambda: line.ask(lambda p, t: p.power_cut(t)) or "the acceptor is dark",
                "on": lambda: line.ask(lambda p, t: p.power_up(t)) or "the acceptor starts",
            },
        )

    def notes(words: list[str]) -> str:
        only("notes", words, 0, "takes no words")
        return line.ask(lambda peer, now_s: _account(peer))

    verbs: dict[str, Verb] = {
        "note": note,
        "jam": jam,
        "clear": clear,
        "cassette": cassette,
        "cheat": cheat,
        "acceptor-power": power,
        "spoil": _spoil(line),
        "notes": notes,
    }
    if fail is not None:
        break_down = fail

        def failing(words: list[str]) -> str:
            only("fail", words, 1, "fail CODE")
            return break_down(words[0].lower())

        verbs["fail"] = failing
    return OnLine(line, verbs)


_SPOILT = {
    "drop": ("drop_replies", "answers will be lost"),
    "corrupt": ("corrupt_replies", "answers will be damaged"),
    "acks": ("lose_acks", "acknowledgements will be lost"),
    "returns": ("swallow", "notes that shall go back will go into the cassette"),
}


def _spoil(line: Line[NoteAcceptor]) -> Verb:
    has = line.ask(lambda peer, now_s: {w: k for w, k in _SPOILT.items() if hasattr(peer, k[0])})

    def spoil(words: list[str]) -> str:
        usage = f"spoil {'|'.join(has)} COUNT"
        only("spoil", words, 2, usage)
        count = number("spoil", words[1], usage)

        def knob(name: str, told: str) -> Callable[[], str]:
            def turn() -> str:
                line.ask(lambda peer, now_s: getattr(peer, name)(count))
                return f"{count} {told}"

            return turn

        return one_of("spoil", words[:1], {word: knob(*how) for word, how in has.items()})

    return spoil


def _account(peer: NoteAcceptor) -> str:
    places = {
        "cassette": peer.cassette,
        "emptied": peer.emptied,
        "returned": peer.returned,
        "taken out": peer.taken_out,
        "inside": peer.inside,
    }
    return "; ".join(f"{place}: {' '.join(map(str, at)) or '-'}" for place, at in places.items())


def _codes(known: Collection[int], break_down: Callable[[int], None]) -> Callable[[str], str]:
    codes = " ".join(f"{code:02x}" for code in known)

    def fail(word: str) -> str:
        if word not in codes.split():
            raise ValueError(f"fail CODE, one of {codes}")
        break_down(int(word, 16))
        return f"failed with code {word}; `clear` mends it"

    return fail


def of_ccnet(options: Options) -> OnLine:
    """A bill validator that speaks CCNET, on a pseudo-terminal.

    Args:
        options: those of the driver, of which the first of `countries` is the one in the bill
            table; `peer_country` puts another one there; `peer_faces`: see `faces_of`.

    Raises:
        ValueError: a wrong country, address or faces.
    """
    if options.get("address", ADDRESS) != ADDRESS:
        raise ValueError(f"address: the simulated acceptor has {ADDRESS}, as bill validators have")
    faces = faces_of(options, ccnet.RUSSIAN_FACES, first=0)
    countries = str(options.get("peer_country", options.get("countries", "RUS")))
    country = countries.split(",")[0].strip()
    validator = ccnet.BillValidator(faces=faces, country=country)
    line: Line[NoteAcceptor] = PtyLine(validator)
    codes = (*range(0x50, 0x57), 0x5F)
    fail = _codes(codes, lambda code: line.ask(lambda _, now_s: validator.fail(code, now_s)))
    return on_line(line, faces.values(), fail)


def of_id003(options: Options) -> OnLine:
    """A bill acceptor that speaks ID-003, on a pseudo-terminal.

    Args:
        options: those of the driver, of which the first of `countries` (hexadecimal numbers) is
            the one in the table, Russia's if it is empty; `peer_country` puts another one there;
            `peer_faces`: see `faces_of`.

    Raises:
        ValueError: a wrong country or faces.
    """
    faces = faces_of(options, DENOMINATIONS, first=1)
    told = str(options.get("peer_country", options.get("countries", ""))).split(",")[0].strip()
    try:
        country = int(told, 16) if told else RUSSIA
    except ValueError:
        raise ValueError(f"{told!r} is not the hexadecimal number of a country") from None
    acceptor = id003.BillAcceptor(faces=faces, country=country)
    line: Line[NoteAcceptor] = PtyLine(acceptor)
    codes = id003.FAILURES
    fail = _codes(codes, lambda code: line.ask(lambda _, now_s: acceptor.fail(code, now_s)))
    return on_line(line, faces.values(), fail)


def of_ssp(options: Options) -> OnLine:
    """A bill validator that speaks SSP, on a pseudo-terminal.

    Args:
        options: those of the driver; with `encryption` it answers nothing before a key is agreed
            on, and has the fixed half in `key_file`. The first of `countries` is the currency of
            its notes, RUB if it is empty; `peer_country` puts another one there; `peer_faces`: see
            `faces_of`.

    Raises:
        ValueError: a wrong currency, faces, or file of the key.
    """
    faces = faces_of(options, CHANNELS, first=1)
    told = str(options.get("peer_country", options.get("countries", "")))
    kind, key = ssp.Kind(), ssp.FIXED_KEY
    if options.get("encryption", False):
        kind = ssp.Kind(poll_with_ack="encrypted", encryption="needed")
    if file := str(options.get("key_file", "")):
        try:
            key = int(Path(file).read_text("ascii").strip(), 16)
        except (OSError, ValueError) as wrong:
            raise ValueError(f"key_file: {file} holds no key: {wrong}") from wrong
    validator = ssp.BillValidator(
        faces=faces,
        country=told.split(",")[0].strip() or "RUB",
        kind=kind,
        address=int(options.get("address", 0)),
        fixed_key=key,
    )
    line: Line[NoteAcceptor] = PtyLine(validator)
    return on_line(line, faces.values())
