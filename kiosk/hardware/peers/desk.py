"""How the simulated fiscal device and payment terminal are started, and driven by the bench."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from kiosk.hardware.peers import Options
from kiosk.hardware.peers.atol import MODES as FISCAL_MODES
from kiosk.hardware.peers.atol import FiscalServer
from kiosk.hardware.peers.atol import Mode as FiscalMode
from kiosk.hardware.peers.bench import OnLine
from kiosk.hardware.peers.line import TcpLine
from kiosk.hardware.peers.nexo import MODES as TERMINAL_MODES
from kiosk.hardware.peers.nexo import Mode as TerminalMode
from kiosk.hardware.peers.nexo import Terminal


def fiscal(options: Options) -> OnLine:
    """A fiscal device behind its web server, on a TCP port of loopback."""
    del options
    line = TcpLine(FiscalServer())
    line.start()

    def mode(word: str) -> str:
        line.ask(lambda peer, now_s: setattr(peer, "mode", cast(FiscalMode, word)))
        return f"the fiscal device: {word}"

    def printed() -> str:
        made = line.ask(lambda peer, now_s: list(peer.printed))
        told = (f"{p.number}  {p.kind}  {p.minor}  {p.method}  shift {p.shift}" for p in made)
        return "\n".join(told) or "nothing is printed"

    verbs = {word: partial(mode, word) for word in FISCAL_MODES}
    return OnLine(line, {"fiscal": _verb("fiscal", {**verbs, "list": printed, **_power(line)})})


def terminal(options: Options) -> OnLine:
    """A payment terminal, on a TCP port of loopback."""
    del options
    line = TcpLine(Terminal())
    line.start()

    def mode(word: str) -> str:
        line.ask(lambda peer, now_s: setattr(peer, "mode", cast(TerminalMode, word)))
        return f"the terminal: {word}"

    def charged() -> str:
        made = line.ask(lambda peer, now_s: list(peer.charged))
        return "\n".join(f"{payment}  {minor}" for payment, minor in made) or "nothing is charged"

    verbs = {word: partial(mode, word) for word in TERMINAL_MODES}
    return OnLine(line, {"terminal": _verb("terminal", {**verbs, "list": charged, **_power(line)})})


def _power(line: TcpLine[FiscalServer] | TcpLine[Terminal]) -> Mapping[str, Callable[[], str]]:
    return {
        "off": lambda: line.ask(lambda p, t: p.power_cut()) or "it is dark",
        "on": lambda: line.ask(lambda p, t: p.power_up()) or "it has its power back",
    }


def _verb(name: str, known: Mapping[str, Callable[[], str]]) -> Callable[[list[str]], str]:
    def do(words: list[str]) -> str:
        if len(words) != 1 or words[0] not in known:
            raise ValueError(f"{name} {'|'.join(known)}: got {' '.join(words) or 'nothing'}")
        return known[words[0]]()

    return do
