"""The simulated scanner against docs/devices.md (Scanners)."""

from __future__ import annotations

import pytest

from kiosk.hardware.peers.scanner import CODE_MAX_CHARS, Scanner


def sent(scanner: Scanner, *codes: str) -> bytes:
    for code in codes:
        scanner.scan(code)
    told = scanner.tick(0.0)
    assert scanner.tick(1.0) == b""
    return told


@pytest.mark.parametrize(
    ("scanner", "told"),
    [
        (Scanner(), b"77\r"),
        (Scanner(end="\r\n"), b"77\r\n"),
        (Scanner(end=""), b"77"),
        (Scanner(identifies=True), b"]Q177\r"),
        (Scanner(prefix="<", suffix=">", identifies=True, end="\t"), b"<]Q177>\t"),
        (Scanner(prefix="\x02", end="\x03"), b"\x0277\x03"),
    ],
)
def test_a_code_goes_out_as_the_scanner_is_set(scanner: Scanner, told: bytes) -> None:
    assert sent(scanner, "77") == told


def test_codes_go_out_in_their_order_and_in_utf_8() -> None:
    assert sent(Scanner(), "1", "\u0416") == b"1\r\xd0\x96\r"


def test_it_takes_no_commands() -> None:
    assert Scanner().feed(b"\x16T\r", 0.0) == b""


@pytest.mark.parametrize("code", ["", "7" * (CODE_MAX_CHARS + 1), "\u0416" * 1477])
def test_what_no_code_holds_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        Scanner().scan(code)
