"""The encryption of SSP: packets against those that OpenSSL makes of the documented layout."""

from __future__ import annotations

import contextlib
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware import essp
from kiosk.hardware.essp import Cipher, Exchange
from kiosk.hardware.peers.ssp_frames import Secret
from kiosk.hardware.ssp_frames import BadFrame, crc

FIXED, AGREED = 0x0123456701234567, 0x0102030405060708
# printf PACKET | openssl enc -aes-128-ecb -nopad -K 67452301674523010807060504030201
# of length, count, data, zeros, check: POLL with count 0; "OK, credit 4" and a long one with 1.
POLL = bytes.fromhex("7E AB 8C 63 C1 0A DB D4 86 EA 25 F8 A4 CB D3 32 56")
CREDIT = bytes.fromhex("7E 14 DF 26 83 96 0A F6 8F 07 E1 12 73 F3 83 8E 9B")
LONG = bytes.fromhex(
    "7E 7F 47 D2 49 65 B8 24 1C 54 1C E5 80 45 BA DF 2E"
    "34 D5 F5 B4 A2 43 CE F1 33 E3 A1 DD ED 08 3D B2"
)


def after_one() -> Cipher:
    """A cipher that waits for the answer to its first packet."""
    cipher = Cipher(FIXED, AGREED)
    cipher.seal(b"\x07")
    return cipher


def test_packets_are_those_of_the_documented_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_bytes", bytes)
    assert Cipher(FIXED, AGREED).seal(b"\x07") == POLL
    assert after_one().open(CREDIT) == b"\xf0\xee\x04"
    assert after_one().open(LONG) == b"\xf0" + bytes(range(20))


def test_the_packing_is_never_the_same() -> None:
    assert len({Cipher(FIXED, AGREED).seal(b"\x07") for _ in range(20)}) == 20


def test_packets_are_counted_and_none_is_believed_twice() -> None:
    cipher = after_one()
    assert cipher.open(CREDIT) == cipher.open(CREDIT)  # the same answer, repeated
    cipher.seal(b"\x07")
    with pytest.raises(BadFrame, match="count"):
        cipher.open(CREDIT)
    with pytest.raises(BadFrame, match="count"):
        Cipher(FIXED, AGREED).open(CREDIT)


@pytest.mark.parametrize("data", [b"", b"\xf0", b"\xf0\xee\x04", b"\x7e", POLL[:-1], POLL + b"\0"])
def test_what_is_not_encrypted_is_refused(data: bytes) -> None:
    with pytest.raises(BadFrame, match="not encrypted"):
        after_one().open(data)


@pytest.mark.parametrize("bit", range(8, 17 * 8))
def test_a_flipped_bit_is_never_believed(bit: int) -> None:
    packet = bytearray(CREDIT)
    packet[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadFrame):
        after_one().open(bytes(packet))


@pytest.mark.parametrize("fixed", [0, FIXED + 1, 1 << 63])
def test_another_key_is_told_from_ours(fixed: int) -> None:
    cipher = Cipher(fixed, AGREED)
    cipher.seal(b"\x07")
    with pytest.raises(BadFrame, match="another key"):
        cipher.open(CREDIT)


@pytest.mark.parametrize("length", [0, 10, 255])
def test_a_length_beyond_the_packet_is_refused(length: int) -> None:
    # Sealed by the other implementation, with a length that is not that of its data.
    inner = bytes([length]) + (1).to_bytes(4, "little") + bytes(9)
    inner += crc(inner).to_bytes(2, "little")
    sealing = Secret(FIXED, AGREED)._cipher.encryptor()
    packet = b"\x7e" + sealing.update(inner) + sealing.finalize()
    with pytest.raises(BadFrame, match="wrong length"):
        after_one().open(packet)


@given(st.binary(max_size=80))
def test_any_bytes_are_survived(data: bytes) -> None:
    with contextlib.suppress(BadFrame):
        after_one().open(b"\x7e" + data)


@given(st.binary(min_size=1, max_size=240), st.integers(0, 2**64 - 1))
def test_the_simulated_device_reads_what_we_seal(data: bytes, agreed: int) -> None:
    cipher, theirs = Cipher(FIXED, agreed), Secret(FIXED, agreed)
    for count in range(3):
        sealed = cipher.seal(data)
        assert len(sealed) % 16 == 1
        assert theirs.open(sealed) == (count, data)
        theirs.count = count + 1
        assert cipher.open(theirs.seal(data, bytes(15))) == data


def test_both_sides_agree_and_the_generator_is_the_larger_prime() -> None:
    seen = set()
    for _ in range(5):
        host = Exchange.begin()
        assert essp.is_prime(host.generator) and essp.is_prime(host.modulus)
        assert host.modulus < host.generator < 1 << 31
        theirs = 1234567
        told = pow(host.generator, theirs, host.modulus)
        assert host.agreed(told) == pow(host.told, theirs, host.modulus)
        assert str(host.secret) not in repr(host)
        seen.add((host.generator, host.modulus, host.secret))
    assert len(seen) == 5


def test_numbers_go_out_as_the_manual_prints_them() -> None:
    assert essp.number(982451653).hex(" ").upper() == "C5 05 8F 3A 00 00 00 00"
    assert essp.number(0x6DEE29CC879).hex(" ").upper() == "79 C8 9C E2 DE 06 00 00"
    assert essp.number(essp.DEFAULT_KEY).hex(" ").upper() == "67 45 23 01 67 45 23 01"


def test_primes() -> None:
    sieve = [True] * 10_000
    sieve[0] = sieve[1] = False
    for number in range(2, 100):
        if sieve[number]:
            sieve[number * number :: number] = [False] * len(sieve[number * number :: number])
    assert [essp.is_prime(number) for number in range(10_000)] == sieve
    # Of the manual; Mersenne's; strong pseudoprimes to many bases.
    assert all(map(essp.is_prime, (982451653, 1287821, 2**31 - 1, 2**61 - 1)))
    assert not any(map(essp.is_prime, (3215031751, 3825123056546413051, 2**61 + 1, -7)))
