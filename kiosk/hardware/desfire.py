"""Is a MIFARE DESFire (EV1 or later) one of the venue's? And making a blank one so.

The card has an application of the venue, in which a key of its own answers to a number that nobody
heard before (AuthenticateAES); a copy of its UID cannot. Key 0 of the application changes it, the
key of the option's number answers. Both are made of the venue's key and the UID (`card_keys`).

The card itself stays as it was sold: its own master key is left alone, so that other applications
can live beside this one. Whoever has it can take this application away, and gains nothing by it.

Source: NXP MF3ICDx21_41_81 (data sheet, DESFire EV1), as far as it is public: the native commands
in ISO 7816-4 framing. The crypto of a conversation was held against captured sessions of a card
(tests/hardware/test_desfire.py names them).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kiosk.hardware.card_keys import (
    BLANK,
    BLOCK,
    CannotEnrol,
    Differs,
    Masters,
    NotGenuine,
    Send,
    chained_mac,
    crc32,
    decrypted,
    encrypted,
    same,
    turned,
)

UID_BYTES: Final = 7
APPLICATION_BYTES: Final = 3
NUMBER_MAX: Final = 13
MASTER: Final = 0

_CARD = bytes(APPLICATION_BYTES)
_DONE, _MORE, _WRONG_KEY, _THERE = b"\x91\x00", b"\x91\xaf", b"\x91\xae", b"\x91\xde"
_ABSENT = (b"\x91\xa0", b"\x91\x40")
"""No such application, no such key."""
_KEY_SETTINGS = 0x0B
"""Key 0 changes all keys and itself; all may list what there is, key 0 may change it."""
_AES = 0x80

Random = Callable[[int], bytes]


@dataclass
class Session:
    """A conversation after AuthenticateAES.

    Attributes:
        key: of this conversation.
        chain: where its CMAC and its enciphering stand; each goes on from the other.
    """

    key: bytes = field(repr=False)
    chain: bytes = field(default=BLANK, repr=False)

    def plain(self, instruction: int, told: bytes = b"") -> bytes:
        """The APDU of a command in plain; its CMAC is not sent, but the chain goes on with it."""
        self.chain = chained_mac(self.key, bytes([instruction]) + told, self.chain)
        return wrapped(instruction, told)

    def enciphered(self, instruction: int, head: bytes, told: bytes) -> bytes:
        """The APDU of a command that is enciphered behind its `head`."""
        told = told.ljust(-(-len(told) // BLOCK) * BLOCK, b"\x00")
        made = encrypted(self.key, told, self.chain)
        self.chain = made[-BLOCK:]
        return wrapped(instruction, head + made)

    def answered(self, answer: bytes) -> bytes:
        """What an answer says, without its status and its CMAC.

        Raises:
            Differs: it is no success, or its CMAC is not that of this conversation.
        """
        told, signed, status = answer[:-10], answer[-10:-2], answer[-2:]
        if status != _DONE or len(answer) < 10:
            raise Differs(status.hex())
        self.chain = chained_mac(self.key, told + b"\x00", self.chain)
        if not same(self.chain[:8], signed):
            raise Differs("its CMAC")
        return told


def wrapped(instruction: int, told: bytes = b"") -> bytes:
    """A native command as an APDU (ISO 7816-4 framing)."""
    length = bytes([len(told)]) if told else b""
    return bytes([0x90, instruction, 0, 0]) + length + told + b"\x00"


def authenticate(
    send: Send, number: int, key: bytes, random: Random = secrets.token_bytes
) -> Session | None:
    """Let card and kiosk prove the key to each other; None: the card does not have it.

    Raises:
        CardTorn: it left.
        Differs: its answer is none that a card gives; `LookupError`: it has no such key.
    """
    asked = send(wrapped(0xAA, bytes([number])))
    if asked[-2:] in _ABSENT:
        raise LookupError(number)
    if asked[-2:] != _MORE or len(asked) != BLOCK + 2:
        raise Differs(asked[-2:].hex())
    theirs, ours = decrypted(key, asked[:BLOCK]), random(BLOCK)
    told = encrypted(key, ours + turned(theirs), asked[:BLOCK])
    answer = send(wrapped(0xAF, told))
    if answer[-2:] == _WRONG_KEY:
        return None
    if answer[-2:] != _DONE or len(answer) != BLOCK + 2:
        raise Differs(answer[-2:].hex())
    if not same(decrypted(key, answer[:BLOCK], told[-BLOCK:]), turned(ours)):
        return None
    return Session(ours[:4] + theirs[:4] + ours[12:] + theirs[12:])


def check(send: Send, uid: bytes, masters: Masters, application: bytes, number: int) -> bool:
    """Whether the card proved that it is one of the venue's; False: it does not say that it is.

    Args:
        send: to the card.
        uid: as the reader says it.
        masters: the venue's keys.
        application: its id, three bytes as they go over the air.
        number: of the key that answers, 0 to 13.

    Raises:
        NotGenuine: it has the application, and no key of the venue in it.
        CardTorn: it left.
    """
    if len(uid) != UID_BYTES or send(wrapped(0x5A, application))[-2:] != _DONE:
        return False
    try:
        for version in masters.versions:
            key = masters.key(version, uid, application, number)
            if authenticate(send, number, key) is not None:
                return True
    except (Differs, LookupError) as error:
        raise NotGenuine from error
    raise NotGenuine


def enrol(
    send: Send,
    uid: bytes,
    masters: Masters,
    application: bytes,
    number: int,
    random: Random = secrets.token_bytes,
) -> bool:
    """Make the venue's application on a card, and give it the newest keys.

    A card that was torn away in the middle goes on where it stopped, as in `ntag424.enrol`.
    Arguments and errors as there and in `check`.

    Returns:
        Whether it had keys of the venue before.
    """
    if len(uid) != UID_BYTES or send(wrapped(0x5A, _CARD))[-2:] != _DONE:
        raise CannotEnrol("other_kind")
    about = bytes([_KEY_SETTINGS, _AES | (number + 1)])
    made = send(wrapped(0xCA, application + about))[-2:]
    if made == _WRONG_KEY or made == b"\x91\x9d":
        # Who may make applications here is somebody else.
        raise CannotEnrol("other_keys")
    if made not in (_DONE, _THERE) or send(wrapped(0x5A, application))[-2:] != _DONE:
        raise CannotEnrol("refused")
    try:
        version, session = _opened(send, uid, masters, application, random)
        anew = version != 0
        if number != MASTER:
            anew |= _change(send, session, uid, masters, application, number)
        if version != masters.newest:
            _change_master(
                send, session, masters, masters.key(masters.newest, uid, application, MASTER)
            )
    except (Differs, LookupError) as error:
        raise CannotEnrol("refused") from error
    return anew


def _opened(
    send: Send, uid: bytes, masters: Masters, application: bytes, random: Random
) -> tuple[int, Session]:
    """The version of key 0, and a conversation under it."""
    for version in (0, *masters.versions):
        key = masters.key(version, uid, application, MASTER)
        session = authenticate(send, MASTER, key, random)
        if session is not None:
            return version, session
    raise CannotEnrol("other_keys")


def _change(
    send: Send, session: Session, uid: bytes, masters: Masters, application: bytes, number: int
) -> bool:
    """Change the key that answers, if it is not the newest; whether it was one of the venue's."""
    told = session.answered(send(session.plain(0x64, bytes([number]))))
    version = told[0] if len(told) == 1 else -1
    if version == masters.newest:
        return True
    if version != 0 and version not in masters.by_version:
        raise CannotEnrol("other_keys")
    old = masters.key(version, uid, application, number)
    new = masters.key(masters.newest, uid, application, number)
    send_it = change_of(session, number, new, masters.newest, old)
    session.answered(send(send_it))
    return version != 0


def change_of(session: Session, number: int, new: bytes, version: int, old: bytes | None) -> bytes:
    """The APDU of ChangeKey; without `old` it is the key of the conversation itself."""
    told = new if old is None else bytes(a ^ b for a, b in zip(old, new, strict=True))
    told += bytes([version])
    told += crc32(bytes([0xC4, number]) + told)
    if old is not None:
        told += crc32(new)
    return session.enciphered(0xC4, bytes([number]), told)


def _change_master(send: Send, session: Session, masters: Masters, new: bytes) -> None:
    """Change the key of the conversation: it ends with it, and the answer has no CMAC."""
    answer = send(change_of(session, MASTER, new, masters.newest, None))
    if answer != _DONE:
        raise Differs(answer[-2:].hex())
