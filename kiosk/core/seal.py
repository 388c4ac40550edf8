"""Keys, sealed texts, signatures, PIN hashes: the only file that imports `cryptography`.

Names and phones stand in the ledger sealed under a key of the client's own: erasing the key
erases the person and leaves the chain whole. Keys are texts (base64), so that a store of JSON
documents can keep them. Randomness is an argument: a simulation seeds it, the kiosk does not.

Source: docs/ledger.md, "Personal data".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.core.errors import LedgerCorrupt

Random = Callable[[int], bytes]
"""Gives that many unguessable bytes."""

WINDOW_DIGITS = 4
"""A phone is found by this many consecutive digits or more (C3, C35); fewer find nobody (C5)."""

_KEY_BYTES = 32
_NONCE_BYTES = 12
_SEALED = "gcm1:"
# 16 MiB and some 50 ms: a guest does not notice it, a thief of the secrets' backup does. Four
# digits cannot be made safe against who holds the secrets; that is why tries are counted.
_SCRYPT_LOG2_N, _SCRYPT_R, _SCRYPT_P = 14, 8, 1
_SALT_BYTES = 16


def new_key(random: Random = os.urandom) -> str:
    """A new secret key, as text."""
    return _text(random(_KEY_BYTES))


def encrypt(key: str, client: str, text: str, random: Random = os.urandom) -> str:
    """Seal a short text for one client (AES-256-GCM, the client's id authenticated with it).

    The same text is sealed differently each time, so nobody sees that two clients share a name.
    """
    nonce = random(_NONCE_BYTES)
    sealed = AESGCM(_bytes(key)).encrypt(nonce, text.encode(), client.encode())
    return _SEALED + _text(nonce + sealed)


def decrypt(key: str, client: str, sealed: str) -> str:
    """Open what `encrypt` sealed for this client.

    Raises:
        LedgerCorrupt: it was changed, or sealed under another key or for another client.
    """
    if not sealed.startswith(_SEALED):
        raise LedgerCorrupt(f"client {client}: a sealed text has an unknown form")
    try:
        data = _bytes(sealed.removeprefix(_SEALED))
        nonce, body = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        return AESGCM(_bytes(key)).decrypt(nonce, body, client.encode()).decode()
    except (InvalidTag, ValueError):
        raise LedgerCorrupt(f"client {client}: a sealed text does not open with its key") from None


def windows(key: str, digits: str) -> list[str]:
    """Each four consecutive digits under the index key, without repeats, in order.

    Whose windows hold all windows of a search may be meant; the phones found so are decrypted
    and compared. Four digits are guessable, so the key decides: it lives with the secrets.

    Args:
        key: the index key.
        digits: a phone or part of one; everything but digits is ignored.

    Returns:
        16 hex digits a window; nothing for fewer than four digits.
    """
    found = "".join(c for c in digits if c in "0123456789")
    spans = range(len(found) - WINDOW_DIGITS + 1)
    unique = dict.fromkeys(found[start : start + WINDOW_DIGITS] for start in spans)
    secret = _bytes(key)
    return [hmac.digest(secret, window.encode(), "sha256")[:8].hex() for window in unique]


def pin_hash(pin: str, random: Random = os.urandom) -> str:
    """What is kept of a PIN: scrypt, its parameters, a salt of its own, the hash."""
    salt = random(_SALT_BYTES)
    cost = (_SCRYPT_LOG2_N, _SCRYPT_R, _SCRYPT_P)
    return "$".join(["scrypt", *map(str, cost), _text(salt), _text(_scrypt(pin, salt, *cost))])


def pin_fits(pin: str, stored: str) -> bool:
    """Whether this is the PIN of `pin_hash`; the time taken does not tell how near it is.

    Raises:
        LedgerCorrupt: `stored` is not what `pin_hash` makes.
    """
    try:
        name, log2_n, r, p, salt, kept = stored.split("$")
        if name != "scrypt":
            raise ValueError(name)
        made = _scrypt(pin, _bytes(salt), int(log2_n), int(r), int(p))
        return hmac.compare_digest(made, _bytes(kept))
    except ValueError:
        raise LedgerCorrupt("the hash of a PIN has an unknown form") from None


def new_token(random: Random = os.urandom) -> str:
    """A recovery token: 160 bits as 32 letters and digits that a QR code packs tightly."""
    return base64.b32encode(random(20)).decode()


def token_hash(token: str) -> str:
    """What is kept of a token. It is unguessable, so a fast hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def public_key(seed: str) -> str:
    """The public half of an Ed25519 signing key, of which `new_key` makes the seed; as text."""
    return _text(_signing(seed).public_key().public_bytes_raw())


def sign(seed: str, text: str) -> str:
    """Sign a text (Ed25519): 103 letters and digits that a QR code packs tightly.

    The same text under the same seed has always the same signature, so a slip printed again
    carries the one that it had.
    """
    return _letters(_signing(seed).sign(text.encode()))


def signed_by(public: str, text: str, signature: str) -> bool:
    """Whether `sign` made this signature of this text; one changed character and it did not."""
    try:
        told = base64.b32decode(signature + "=" * (-len(signature) % 8))
        if _letters(told) != signature:
            # The last letter has bits that no byte takes: written otherwise, it says the same.
            return False
        Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(told, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _signing(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_bytes(seed))


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def fingerprint(text: str) -> str:
    """A text's SHA-256 in letters and digits, of which the first few do where it is secret."""
    return _letters(hashlib.sha256(text.encode()).digest())


def _scrypt(pin: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    n = 2**log2_n
    # OpenSSL's own limit lies just below what it needs itself.
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_COST = f"{_SCRYPT_LOG2_N}${_SCRYPT_R}${_SCRYPT_P}"
DUMMY_PIN_HASH = f"scrypt${_COST}${_text(bytes(_SALT_BYTES))}${_text(bytes(32))}"
"""Fits no PIN and costs as much: for a client who is not there or has no PIN."""
