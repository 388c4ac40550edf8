"""With whom the kiosk must be able to speak, by its configuration: all else stays forbidden.

The service manager lets the kiosk's service reach this machine itself and nothing else; before each
start ``kiosk addresses`` says what is needed besides (systemd/kiosk-addresses.service).
"""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.core import config
from kiosk.core.config import Config
from kiosk.core.errors import EXIT_CONFIG, ConfigError

PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)
"""The networks of houses: RFC 1918, RFC 3927, RFC 4193, RFC 4291."""
ANY = "any"
BY_ID = "/dev/input/by-id/"
RESOLVER = Path("/etc/resolv.conf")

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], list[Address]]


@dataclass(frozen=True)
class Allowed:
    """One line for the service manager.

    Attributes:
        what: a value of systemd's ``IPAddressAllow=``: an address, a network, or ``any``.
        why: the setting that needs it, for who reads the list.
    """

    what: str
    why: str


@dataclass(frozen=True)
class Peer:
    """Somebody with whom the settings want the kiosk to speak: a host, and which setting."""

    host: str
    where: str


def resolve(name: str) -> list[Address]:
    """The addresses of a name now; none: nobody knows it, or no network is there yet."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [ip_address(str(at[0]).partition("%")[0]) for *_, at in found]


def name_servers(file: Path = RESOLVER) -> list[str]:
    """Whom this machine asks for names."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    words = (line.split() for line in lines)
    found = [
        word[1].partition("%")[0] for word in words if len(word) > 1 and word[0] == "nameserver"
    ]
    return [server for server in found if _literal(server)]


def allowed(
    chosen: Config, look_up: Resolve = resolve, servers: Callable[[], list[str]] = name_servers
) -> list[Allowed]:
    """What the kiosk's service must reach besides this machine itself.

    A name stands for an address that may be another tomorrow. One that is in the house now stands
    for the networks of houses; any other for every address.

    Args:
        chosen: the settings.
        look_up: tells the addresses of a name.
        servers: tells whom this machine asks for names.
    """
    lines: list[Allowed] = []
    named = False
    for peer in peers(chosen):
        address = _literal(peer.host)
        if address is not None:
            if not address.is_loopback:
                lines.append(Allowed(str(address), peer.where))
            continue
        found = look_up(peer.host)
        if found and all(at.is_loopback for at in found):
            continue
        named = True
        if found and all(any(at in ip_network(house) for house in PRIVATE) for at in found):
            why = f'{peer.where}: "{peer.host}" is in the house, where addresses change'
            lines += [Allowed(network, why) for network in PRIVATE]
        else:
            told = "is out there" if found else "is not known now"
            why = f'{peer.where}: "{peer.host}" {told}, and its address may change'
            lines.append(Allowed(ANY, why))
    if ports(chosen):
        lines += [Allowed(network, "[api] host: tills in the house") for network in PRIVATE]
    if named:
        local = (server for server in servers() if not ip_address(server).is_loopback)
        lines += [Allowed(server, "whom this machine asks for names") for server in local]
    first: dict[str, Allowed] = {}
    for line in lines:
        first.setdefault(line.what, line)
    return list(first.values())


def peers(chosen: Config) -> Iterator[Peer]:
    """Everybody with whom the kiosk speaks, in the order of the settings."""
    for device in chosen.devices:
        port = str(device.options.get("port", ""))
        if port.startswith("tcp://"):
            yield Peer(_host(port), f"[devices.{device.name}] port")
    if chosen.backup.to.startswith("https://"):
        yield Peer(_host(chosen.backup.to), "[backup] to")
    if chosen.alerts.webhook:
        yield Peer(_host(chosen.alerts.webhook), "[alerts] webhook")
    if chosen.alerts.mail_to:
        yield Peer(chosen.alerts.smtp_host, "[alerts] smtp_host")
    if chosen.updates.address:
        yield Peer(_host(chosen.updates.address), "[updates] address")


def ports(chosen: Config) -> tuple[int, ...]:
    """On which TCP ports others may speak to the kiosk: that of the tills, where they have one."""
    host = chosen.api.host
    address = _literal(host)
    inside = address.is_loopback if address is not None else host == "localhost"
    return () if not chosen.api.enabled or inside else (chosen.api.port,)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _host(url: str) -> str:
    """The host of ``scheme://host:port/…``, without the brackets of IPv6."""
    return urlsplit(url).hostname or ""


def show_first(given: argparse.Namespace) -> int:
    """Before there are settings: the first start asks for printers in the house, and no further."""
    lines = [f"# the first start asks for printers\n{network}\n" for network in PRIVATE]
    if given.write is not None:
        given.write.joinpath("allow").write_text("".join(lines), "utf-8")
    print("".join(lines), end="")
    return 0


def add_words(command: argparse.ArgumentParser) -> None:
    """The words of the command besides ``--config``."""
    command.add_argument("--ports", action="store_true", help="where others speak to it instead")
    command.add_argument("--write", type=Path, metavar="DIR", help="for the service manager")


def wedges(chosen: Config) -> list[str]:
    """The readers that type as a keyboard: USB numbers, or a name in /dev/input/by-id.

    What is named otherwise (``/dev/input/event5``) has another name after the next start: nobody is
    let read it.
    """
    named = (str(d.options["device"]) for d in chosen.devices if d.driver == "wedge")
    kept = (device.removeprefix(BY_ID).partition("/")[0] for device in named)
    return sorted({_numbers(device) for device in kept if device})


def _numbers(device: str) -> str:
    return device if device.startswith("usb-") else device.lower()


def show(given: argparse.Namespace, chosen: Config) -> int:
    """``kiosk addresses``: print them, or with ``--write`` lay them where the services look."""
    lines = [f"# {line.why}\n{line.what}" for line in allowed(chosen)]
    if given.write is not None:
        folder: Path = given.write
        folder.joinpath("allow").write_text("".join(f"{line}\n" for line in lines), "utf-8")
        keypad = folder / "keypad"
        if chosen.access.keypad:
            keypad.touch()
        else:
            keypad.unlink(missing_ok=True)
        folder.joinpath("wedges").write_text("".join(f"{w}\n" for w in wedges(chosen)), "utf-8")
    for line in map(str, ports(chosen)) if given.ports else lines:
        print(line)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """``python -m kiosk.addresses``: the same, without the second that all other commands take.

    The service manager waits for it beside the start of the kiosk, on two slow cores.
    """
    command = argparse.ArgumentParser(prog="kiosk addresses")
    command.add_argument("--config", type=Path, metavar="FILE")
    add_words(command)
    given = command.parse_args(argv)
    if given.config is not None and not given.config.exists():
        return show_first(given)
    try:
        return show(given, config.load(given.config))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIG


if __name__ == "__main__":
    sys.exit(main())
