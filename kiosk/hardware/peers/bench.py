"""How each simulated device is started, and the words by which the bench drives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.hardware.peers import Options, Verb
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


def one_of(verb: str, words: list[str], known: Mapping[str, Callable[[], str]]) -> str:
    """Do what the one word says; ValueError if there is none, or not this one."""
    if len(words) != 1 or words[0] not in known:
        raise ValueError(f"{verb} {'|'.join(known)}: got {' '.join(words) or 'nothing'}")
    return known[words[0]]()


def number(verb: str, word: str, usual: str) -> int:
    """The whole number that a word is; ValueError, with what is usual, if it is none."""
    if not (word.isascii() and word.isdigit()):
        raise ValueError(f"{verb}: {word!r} is not a whole number; {usual}")
    return int(word)


def only(verb: str, words: list[str], count: int, usage: str) -> None:
    """ValueError unless there are so many words."""
    if len(words) != count:
        raise ValueError(f"{verb}: {usage}; got {len(words)} words")


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
            only("paper", words, 2, usage)
            lines = number("paper", words[1], usage)
            line.ask(lambda peer, now_s: peer.paper_out_after(lines))
            return f"the paper ends after {lines} lines"
        return one_of(
            "paper",
            words,
            {
                "out": lambda: line.ask(lambda p, t: p.paper("out")) or "the paper is out",
                "low": lambda: line.ask(lambda p, t: p.paper("low")) or "the paper is nearly out",
                "ok": lambda: line.ask(lambda p, t: p.paper("ok")) or "a full roll is in",
            },
        )

    def cover(words: list[str]) -> str:
        return one_of(
            "cover",
            words,
            {
                "open": lambda: line.ask(lambda p, t: p.cover(True)) or "the cover is open",
                "close": lambda: line.ask(lambda p, t: p.cover(False)) or "the cover is closed",
            },
        )

    def error(words: list[str]) -> str:
        return one_of(
            "error",
            words,
            {
                "cutter": lambda: line.ask(lambda p, t: p.jam_cutter()) or "the cutter will stick",
                "offline": lambda: line.ask(lambda p, t: p.offline(True)) or "offline",
                "fatal": lambda: line.ask(lambda p, t: p.break_down()) or "broken for good",
                "hot": lambda: line.ask(lambda p, t: p.overheat()) or "its head is too hot",
                "stiff": lambda: line.ask(lambda p, t: p.stick()) or "something in it is stiff",
                "none": lambda: line.ask(lambda p, t: p.mend()) or "mended",
            },
        )

    def receipts(words: list[str]) -> str:
        only("receipts", words, 1, "receipts DIR")
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
