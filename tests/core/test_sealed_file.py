"""Files sealed for the holder of a recovery key."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.core import seal
from kiosk.core.errors import LedgerCorrupt

PORTION = 65_536
ABOUT = b"K1, entry 184"
PRIVATE, PUBLIC = seal.new_recovery_key()


def sealed(*portions: bytes) -> bytes:
    return b"".join(seal.seal_for(PUBLIC, ABOUT, portions))


def opened(data: bytes, private: str = PRIVATE, about: bytes = ABOUT) -> bytes:
    return b"".join(seal.open_sealed(private, about, io.BytesIO(data)))


@pytest.mark.parametrize("size", [0, 1, PORTION - 1, PORTION, PORTION + 1, 3 * PORTION])
def test_a_sealed_file_opens_whole_for_its_owner(size: int) -> None:
    text = bytes(hashlib.shake_256(b"text").digest(size))
    assert opened(sealed(text)) == text
    assert opened(sealed(*(text[at : at + 1000] for at in range(0, size, 1000)))) == text
    assert sealed(text) != sealed(text)
    assert size < 16 or text[:16] not in sealed(text)


def test_the_format_is_the_one_on_the_page() -> None:
    data = sealed(b"secret")
    magic = b"foyer sealed file 1\n"
    sender, body = data[len(magic) :][:32], data[len(magic) + 32 :]
    mine = X25519PrivateKey.from_private_bytes(base64.b64decode(PRIVATE.split(":")[1]))
    shared = mine.exchange(X25519PublicKey.from_public_bytes(sender))
    recipient = base64.b64decode(PUBLIC.split(":")[1])
    key = HKDF(SHA256(), 32, salt=None, info=magic + sender + recipient).derive(shared)
    assert AESGCM(key).decrypt(bytes(11) + b"\1", body, ABOUT) == b"secret"


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


DATA = sealed(b"x" * (2 * PORTION + 100))
WHOLE = PORTION + 16
START = len(b"foyer sealed file 1\n") + 32


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d[:-1],
        lambda d: d[: START + WHOLE],
        lambda d: d[: START + 2 * WHOLE],
        lambda d: d[:START],
        lambda d: d[:10],
        lambda d: b"",
        lambda d: d + b"x",
        lambda d: d[:START] + d[START + WHOLE :],
        lambda d: (
            d[:START] + d[START + WHOLE :][:WHOLE] + d[START:][:WHOLE] + d[START + 2 * WHOLE :]
        ),
        *(lambda d, at=at: flipped(d, at) for at in (0, 25, START, START + WHOLE + 5, -1)),
    ],
)
def test_whatever_was_changed_does_not_open(spoil: Callable[[bytes], bytes]) -> None:
    assert opened(DATA)
    with pytest.raises(LedgerCorrupt):
        opened(spoil(DATA))


def test_it_opens_with_no_other_key_and_beside_no_other_text() -> None:
    with pytest.raises(LedgerCorrupt):
        opened(DATA, private=seal.new_recovery_key()[0])
    with pytest.raises(LedgerCorrupt):
        opened(DATA, about=b"K1, entry 185")


def test_the_halves_are_not_taken_for_each_other() -> None:
    assert seal.recovery_public(PRIVATE) == PUBLIC
    for wrong in ("", PUBLIC, PRIVATE[:-4], "foyer-private-1:%%%"):
        with pytest.raises(ValueError, match="no key of the form"):
            seal.recovery_public(wrong)
    with pytest.raises(ValueError, match="foyer-public-1"):
        b"".join(seal.seal_for(PRIVATE, b"", [b""]))
