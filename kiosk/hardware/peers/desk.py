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
from kiosk.hardware.peers.zvt import MODES as ZVT_MODES
from kiosk.hardware.peers.zvt import PASSWORD
from kiosk.hardware.peers.zvt import Mode as ZvtMode
from kiosk.hardware.peers.zvt import Terminal as ZvtTerminal


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


def terminal_of_zvt(options: Options) -> OnLine:
    """A payment terminal that speaks ZVT, on a TCP port of loopback.

    Args:
        options: those of the driver; `peer_currency` the number of the terminal's currency, such as
            978 (by default the one it is registered with), `peer_password` its password, by default
            that of the driver.

    Raises:
        ValueError: a password that has not six digits.
    """
    password = str(options.get("peer_password", "") or options.get("password", "") or PASSWORD)
    if not (len(password) == 6 and password.isascii() and password.isdigit()):
        raise ValueError("password: six digits")
    device = ZvtTerminal(int(options.get("peer_currency", 0)), password)
    line = TcpLine(device)

    def cut() -> None:
        line.unplug()
        line.plug()

    device.cut = cut
    line.start()

    def mode(word: str) -> str:
        line.ask(lambda peer, now_s: setattr(peer, "mode", cast(ZvtMode, word)))
        return f"the terminal: {word}"

    def charged() -> str:
        made, back = line.ask(lambda peer, now_s: (list(peer.charged), list(peer.reversed)))
        told = [f"receipt {receipt}  {minor}" for receipt, minor in made]
        told += [f"receipt {receipt}  taken back" for receipt in back]
        return "\n".join(told) or "nothing is charged"

    verbs = {word: partial(mode, word) for word in ZVT_MODES}
    return OnLine(line, {"terminal": _verb("terminal", {**verbs, "list": charged, **_power(line)})})


def _power(
    line: TcpLine[FiscalServer] | TcpLine[Terminal] | TcpLine[ZvtTerminal],
) -> Mapping[str, Callable[[], str]]:
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
