"""How each simulated device is started, and the words by which the bench drives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.hardware.peers import Options, Verb
from kiosk.hardware.peers.ccnet import RUSSIAN_FACES, BillValidator
from kiosk.hardware.peers.ccnet_frames import ADDRESS
from kiosk.hardware.peers.line import Line, PtyLine, TcpLine
from kiosk.hardware.peers.magstripe import FAULTS, StripeReader
from kiosk.hardware.peers.printer import ReceiptPrinter
from kiosk.hardware.peers.scanner import Scanner


@dataclass(frozen=True)
class OnLine:
    """A peer on its line, with the verbs of the bench; see `peers.RunningPeer`."""

    line: Line[Any]
    verbs: Mapping[str, Verb]

    @property
    def port(self) -> str:
        """What the driver's `port` setting has to be."""
        return self.line.port

    def unplug(self) -> None:
        """Pull the cable."""
        self.line.unplug()

    def plug(self) -> None:
        """Put the cable back."""
        self.line.plug()

    def stop(self) -> None:
        """End the line and its thread."""
        self.line.stop()


def _account(peer: BillValidator) -> str:
    places = {
        "cassette": peer.cassette,
        "emptied": peer.emptied,
        "returned": peer.returned,
        "taken out": peer.taken_out,
        "inside": peer.inside,
    }
    return "; ".join(f"{place}: {' '.join(map(str, at)) or '-'}" for place, at in places.items())


def _one_of(verb: str, words: list[str], known: Mapping[str, Callable[[], str]]) -> str:
    if len(words) != 1 or words[0] not in known:
        raise ValueError(f"{verb} {'|'.join(known)}: got {' '.join(words) or 'nothing'}")
    return known[words[0]]()


def _number(verb: str, word: str, usual: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise ValueError(f"{verb}: {word!r} is not a whole number; {usual}")
    return int(word)


def _only(verb: str, words: list[str], count: int, usage: str) -> None:
    if len(words) != count:
        raise ValueError(f"{verb}: {usage}; got {len(words)} words")


# The acceptor --------------------------------------------------------------------------------


def acceptor(options: Options) -> OnLine:
    """A bill validator on a pseudo-terminal.

    Args:
        options: those of the driver, of which the first of `countries` is the one in the bill
            table; `peer_country` puts another one there, `peer_faces` gives the face values in
            the order of bill types, with commas (by default the Russian notes).

    Raises:
        ValueError: a wrong country, address or faces.
    """
    if options.get("address", ADDRESS) != ADDRESS:
        raise ValueError(f"address: the simulated acceptor has {ADDRESS}, as bill validators have")
    faces = RUSSIAN_FACES
    if listed := str(options.get("peer_faces", "")):
        words = enumerate(listed.split(","))
        faces = {kind: _number("peer_faces", word.strip(), "10,50,100") for kind, word in words}
    countries = str(options.get("peer_country", options.get("countries", "RUS")))
    country = countries.split(",")[0].strip()
    line = PtyLine(BillValidator(faces=faces, country=country))
    line.start()
    usual = f"the notes here are {', '.join(map(str, sorted(faces.values())))}"

    def note(words: list[str]) -> str:
        _only("note", words, 1, "note FACE")
        face = _number("note", words[0], usual)
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
        return _one_of(
            "cassette",
            words,
            {
                "full": lambda: line.ask(lambda p, t: p.cassette_full(t)) or "the cassette is full",
                "out": lambda: line.ask(lambda p, t: p.remove_cassette(t)) or "taken out",
                "in": lambda: line.ask(lambda p, t: p.replace_cassette(t)) or "an empty one is in",
            },
        )

    def cheat(words: list[str]) -> str:
        _only("cheat", words, 0, "takes no words")
        line.ask(lambda peer, now_s: peer.cheat(now_s))
        return "somebody pulls at a note"

    def fail(words: list[str]) -> str:
        codes = "50 51 52 53 54 55 56 5f"
        if len(words) != 1 or words[0].lower() not in codes.split():
            raise ValueError(f"fail CODE, one of {codes}")
        line.ask(lambda peer, now_s: peer.fail(int(words[0], 16), now_s))
        return f"failed with code {words[0]}; `clear` mends it"

    def power(words: list[str]) -> str:
        return _one_of(
            "power",
            words,
            {
                "off": lambda: line.ask(lambda p, t: p.power_cut(t)) or "the acceptor is dark",
                "on": lambda: line.ask(lambda p, t: p.power_up(t)) or "the acceptor starts",
            },
        )

    def spoil(words: list[str]) -> str:
        usage = "spoil drop|corrupt|acks|returns COUNT"
        _only("spoil", words, 2, usage)
        count = _number("spoil", words[1], usage)
        return _one_of(
            "spoil",
            words[:1],
            {
                "drop": lambda: (
                    line.ask(lambda p, t: p.drop_replies(count)) or f"{count} answers will be lost"
                ),
                "corrupt": lambda: (
                    line.ask(lambda p, t: p.corrupt_replies(count))
                    or f"{count} answers will be damaged"
                ),
                "acks": lambda: (
                    line.ask(lambda p, t: p.lose_acks(count))
                    or f"{count} acknowledgements will be lost"
                ),
                "returns": lambda: (
                    line.ask(lambda p, t: p.swallow(count))
                    or f"{count} notes that shall go back will go into the cassette"
                ),
            },
        )

    def notes(words: list[str]) -> str:
        _only("notes", words, 0, "takes no words")
        return line.ask(lambda peer, now_s: _account(peer))

    return OnLine(
        line,
        {
            "note": note,
            "jam": jam,
            "clear": clear,
            "cassette": cassette,
            "cheat": cheat,
            "fail": fail,
            "acceptor-power": power,
            "spoil": spoil,
            "notes": notes,
        },
    )


# The stripe reader ---------------------------------------------------------------------------


def stripe_reader(options: Options) -> OnLine:
    """A stripe reader on a pseudo-terminal.

    Args:
        options: `peer_check` true sends check characters after the tracks.
    """
    line = PtyLine(StripeReader(with_check=bool(options.get("peer_check", False))))
    line.start()

    def swipe(words: list[str]) -> str:
        if not words:
            raise ValueError("swipe TRACKS, such as ';7700001?' or 7700001")
        line.ask(lambda peer, now_s: peer.swipe(" ".join(words)))
        return "swiped"

    def spoilt(words: list[str]) -> str:
        fault = next((known for known in FAULTS if words[:1] == [known]), None)
        if fault is None or len(words) < 2:
            raise ValueError(f"swipe-badly {'|'.join(FAULTS)} TRACKS")
        line.ask(lambda peer, now_s: peer.swipe(" ".join(words[1:]), fault))
        return f"swiped, {fault}"

    return OnLine(line, {"swipe": swipe, "swipe-badly": spoilt})


# The scanner ---------------------------------------------------------------------------------


def scanner(options: Options) -> OnLine:
    """A scanner on a pseudo-terminal, which sends the `prefix` and `suffix` of the driver.

    Args:
        options: those of the driver; `peer_identifies` true sends the kind of code as well.
    """
    line = PtyLine(
        Scanner(
            prefix=str(options.get("prefix", "")),
            suffix=str(options.get("suffix", "")),
            identifies=bool(options.get("peer_identifies", False)),
        )
    )
    line.start()

    def scan(words: list[str]) -> str:
        if not words:
            raise ValueError("scan TEXT: what the code says")
        line.ask(lambda peer, now_s: peer.scan(" ".join(words)))
        return "scanned"

    return OnLine(line, {"scan": scan})


# The receipt printer -------------------------------------------------------------------------


def printer(options: Options) -> OnLine:
    """A receipt printer on a TCP port of loopback.

    Args:
        options: `paper_mm` 80 or 58.

    Raises:
        ValueError: paper of another width.
    """
    line = TcpLine(ReceiptPrinter(paper_mm=int(options.get("paper_mm", 80))))
    line.start()

    def paper(words: list[str]) -> str:
        if words[:1] == ["out-after"]:
            usage = "paper out-after LINES"
            _only("paper", words, 2, usage)
            lines = _number("paper", words[1], usage)
            line.ask(lambda peer, now_s: peer.paper_out_after(lines))
            return f"the paper ends after {lines} lines"
        return _one_of(
            "paper",
            words,
            {
                "out": lambda: line.ask(lambda p, t: p.paper("out")) or "the paper is out",
                "low": lambda: line.ask(lambda p, t: p.paper("low")) or "the paper is nearly out",
                "ok": lambda: line.ask(lambda p, t: p.paper("ok")) or "a full roll is in",
            },
        )

    def cover(words: list[str]) -> str:
        return _one_of(
            "cover",
            words,
            {
                "open": lambda: line.ask(lambda p, t: p.cover(True)) or "the cover is open",
                "close": lambda: line.ask(lambda p, t: p.cover(False)) or "the cover is closed",
            },
        )

    def error(words: list[str]) -> str:
        return _one_of(
            "error",
            words,
            {
                "cutter": lambda: line.ask(lambda p, t: p.jam_cutter()) or "the cutter will stick",
                "offline": lambda: line.ask(lambda p, t: p.offline(True)) or "offline",
                "fatal": lambda: line.ask(lambda p, t: p.break_down()) or "broken for good",
                "none": lambda: line.ask(lambda p, t: p.mend()) or "mended",
            },
        )

    def receipts(words: list[str]) -> str:
        _only("receipts", words, 1, "receipts DIR")
        slips = line.ask(lambda peer, now_s: list(peer.receipts))
        place = Path(words[0])
        try:
            place.mkdir(parents=True, exist_ok=True)
            for number, slip in enumerate(slips, 1):
                slip.image.save(place / f"slip-{number:03}.png")
                (place / f"slip-{number:03}.txt").write_text(slip.text + "\n", encoding="utf-8")
        except OSError as wrong:
            raise ValueError(f"receipts: cannot write into {place}: {wrong.strerror}") from wrong
        return f"{len(slips)} {'slip' if len(slips) == 1 else 'slips'} in {place}"

    return OnLine(line, {"paper": paper, "cover": cover, "error": error, "receipts": receipts})
