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
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.core.errors import LedgerCorrupt
from kiosk.core.recovery_codes import CHARACTERS

Random = Callable[[int], bytes]
"""Gives that many unguessable bytes."""

WINDOW_DIGITS = 4
"""A phone is found by this many consecutive digits or more (C3, C35); fewer find nobody (C5)."""

KEY_NAME_BYTES = 4
_KEY_BYTES = 32
_NONCE_BYTES = 12
_SEALED = "gcm1:"
# 16 MiB and some 50 ms: a guest does not notice it, a thief of the secrets' backup does. Four
# digits cannot be made safe against who holds the secrets; that is why tries are counted.
_SCRYPT_LOG2_N, _SCRYPT_R, _SCRYPT_P = 14, 8, 1
_SALT_BYTES = 16

PUBLIC_FORM = "foyer-public-1:"
PRIVATE_FORM = "foyer-private-1:"
"""How the two halves of a recovery key begin, so that nobody takes one for the other."""

_SEALED_FILE = b"foyer sealed file 1\n"
_PORTION_BYTES = 65_536
_TAG_BYTES = 16


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
    return [keyed(key, window) for window in unique]


def keyed(key: str, text: str) -> str:
    """A text under a key: 16 hex digits, always the same, that tell nothing without the key."""
    return hmac.digest(_bytes(key), text.encode(), "sha256")[:8].hex()


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
    """A recovery token: 100 bits as 20 letters and digits, which a person can type."""
    return base64.b32encode(random(20)).decode()[:CHARACTERS]


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


def sign_bytes(seed: str, message: bytes) -> bytes:
    """Sign bytes (Ed25519): 64 bytes, the same each time."""
    return _signing(seed).sign(message)


def signed_bytes(public: str, message: bytes, signature: bytes) -> bool:
    """Whether `sign_bytes` made this signature of these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_name(public: str) -> bytes:
    """The short name of a public key: 4 bytes of its SHA-256.

    It tells one venue's kiosk from another's of the same number; it proves nothing.
    """
    return hashlib.sha256(_bytes(public)).digest()[:KEY_NAME_BYTES]


def _signing(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_bytes(seed))


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def new_recovery_key(random: Random = os.urandom) -> tuple[str, str]:
    """A key pair for files that only the owner opens: the private half, the public half."""
    private = PRIVATE_FORM + _text(random(_KEY_BYTES))
    return private, PUBLIC_FORM + _text(_recovery(private).public_key().public_bytes_raw())


def recovery_public(private: str) -> str:
    """The public half of a recovery key.

    Raises:
        ValueError: `private` is no private half.
    """
    return PUBLIC_FORM + _text(_recovery(private).public_key().public_bytes_raw())


def seal_for(
    public: str, about: bytes, portions: Iterable[bytes], random: Random = os.urandom
) -> Iterator[bytes]:
    """Seal a file of any size for the holder of a private key; whoever sealed it cannot open it.

    A key of this file's own (X25519, ephemeral) and the recipient's give the key of AES-256-GCM by
    HKDF-SHA256; each 64 KiB are sealed by themselves, numbered, the last marked (docs/ledger.md,
    "A sealed file"). `about` is not sealed, but authenticated: what stands in clear beside it.

    Raises:
        ValueError: `public` is no public half of a recovery key.
    """
    mine = X25519PrivateKey.from_private_bytes(random(_KEY_BYTES))
    sender, recipient = mine.public_key().public_bytes_raw(), _half(PUBLIC_FORM, public)
    shared = mine.exchange(X25519PublicKey.from_public_bytes(recipient))
    cipher = _file_cipher(shared, sender, recipient)
    yield _SEALED_FILE + sender
    number, waiting = 0, b""
    for portion in portions:
        waiting += portion
        while len(waiting) > _PORTION_BYTES:
            part, waiting = waiting[:_PORTION_BYTES], waiting[_PORTION_BYTES:]
            yield cipher.encrypt(_numbered(number, last=False), part, about)
            number += 1
    yield cipher.encrypt(_numbered(number, last=True), waiting, about)


def open_sealed(private: str, about: bytes, file: BinaryIO) -> Iterator[bytes]:
    """Open what `seal_for` made, portion by portion.

    Raises:
        ValueError: `private` is no private half of a recovery key.
        LedgerCorrupt: the file was changed or cut off, or sealed for another key.
    """
    mine = _recovery(private)
    head = file.read(len(_SEALED_FILE) + _KEY_BYTES)
    sender = head[len(_SEALED_FILE) :]
    if not head.startswith(_SEALED_FILE) or len(sender) != _KEY_BYTES:
        raise LedgerCorrupt("it is no sealed file, or a cut one")
    try:
        shared = mine.exchange(X25519PublicKey.from_public_bytes(sender))
        cipher = _file_cipher(shared, sender, mine.public_key().public_bytes_raw())
        number, part, last = 0, file.read(_PORTION_BYTES + _TAG_BYTES), False
        while not last:
            after = file.read(_PORTION_BYTES + _TAG_BYTES)
            last = not after
            yield cipher.decrypt(_numbered(number, last), part, about)
            number, part = number + 1, after
    except (InvalidTag, ValueError):
        raise LedgerCorrupt(
            "it does not open: sealed for another key, changed, or cut off"
        ) from None


def _recovery(private: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_half(PRIVATE_FORM, private))


def _half(form: str, told: str) -> bytes:
    try:
        key = _bytes(told.removeprefix(form)) if told.startswith(form) else b""
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"this is no key of the form {form}…")
    return key


def _file_cipher(shared: bytes, sender: bytes, recipient: bytes) -> AESGCM:
    info = _SEALED_FILE + sender + recipient
    return AESGCM(HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(shared))


def _numbered(number: int, last: bool) -> bytes:
    # Each file has a key of its own, so a counter is a nonce; the mark ends a file that was cut.
    return number.to_bytes(_NONCE_BYTES - 1, "big") + bytes([last])


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
