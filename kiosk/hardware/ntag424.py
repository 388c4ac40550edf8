"""Is an NTAG 424 DNA one of the venue's? And making a blank one so.

What it says without being asked for anything is its NDEF file, in which it writes anew at each
read who it is and how often it was read, under its keys (NXP calls it the SUN message). So a copy
of what was read once is told from the card, as long as somebody remembers the counter. Then it is
asked for something that nobody heard before (AuthenticateEV2First), which no copy can answer.

The keys of the card: 0 changes it, 1 hides who it is in the message, 2 signs the message, 3
answers. All are made of the venue's key and the UID (`card_keys`).

Source: NXP NT4H2421Gx (data sheet, rev. 3.0) and AN12196 (features and hints, rev. 2.0).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from kiosk.hardware.card_keys import (
    BLOCK,
    CannotEnrol,
    Differs,
    Masters,
    NotGenuine,
    Send,
    crc32,
    decrypted,
    encrypted,
    mac,
    same,
    short_mac,
    turned,
)
from kiosk.hardware.ndef import (
    LENGTH_BYTES,
    NdefWrong,
    message_of,
    records,
    short_record,
)

UID_BYTES: Final = 7
APPLICATION: Final = bytes.fromhex("D2760000850101")
MASTER, META, SIGNING, LIVE = 0, 1, 2, 3
"""The numbers of the keys."""
KEYS_SET: Final = (META, SIGNING, LIVE)
"""Those that are changed before the one that changes them."""

_SELECT_APPLICATION = bytes.fromhex("00A4040C07") + APPLICATION + b"\x00"
_SELECT_FILE = bytes.fromhex("00A4000C02E104")
_NDEF_FILE = 2
_FILE_BYTES = 256
_DONE, _MORE = b"\x91\x00", b"\x91\xaf"
_WRONG_KEY = b"\x91\xae"
_ISO_DONE = b"\x90\x00"

_PICC, _MAC = b"0" * 32, b"0" * 16
_TEMPLATE_TYPE = b"foyer:card"
_BEFORE_PICC, _BEFORE_MAC = b"p=", b"&m="
_TEMPLATE = short_record(4, _TEMPLATE_TYPE, _BEFORE_PICC + _PICC + _BEFORE_MAC + _MAC)
TEMPLATE: Final = len(_TEMPLATE).to_bytes(LENGTH_BYTES, "big") + _TEMPLATE
"""The file of a card of the venue; the card writes over the zeros. Phones pass it over."""

_HIDDEN = re.compile(rb"=([0-9A-Fa-f]{32})(?![0-9A-Fa-f])")
_SIGNED = re.compile(rb"=([0-9A-Fa-f]{16})$")
_COVERED = re.compile(rb"=([0-9A-Fa-f]{32,}&[^=]+=)[0-9A-Fa-f]{16}$")


# --- the message ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sun:
    """What a card wrote: who it is, hidden; its MAC; the text that the MAC covers, mostly none."""

    picc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    covered: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Told:
    """What a message proved: the UID, and how often the card was read."""

    uid: bytes = field(repr=False)
    counter: int


def sun_of(file: bytes) -> Sun | None:
    """The message in the NDEF file of a card, or None: there is none. Survives any bytes.

    It is the last 16 hex digits of a record, with 32 before them that end in no more digits; what
    lies between them is covered where there are digits in it, too (SDMENCFileData).
    """
    try:
        found = records(message_of(file))
    except NdefWrong:
        return None
    for record in found:
        signed, hidden = _SIGNED.search(record.payload), _HIDDEN.search(record.payload)
        if signed and hidden and hidden.end() <= signed.start():
            rest = record.payload[hidden.end() :]
            covered = _COVERED.search(rest)
            return Sun(
                bytes.fromhex(hidden[1].decode()),
                bytes.fromhex(signed[1].decode()),
                covered[1] if covered else b"",
            )
    return None


def proved(sun: Sun, meta: bytes, signing: bytes) -> Told | None:
    """What a message proves under these keys (SDMMetaReadKey, SDMFileReadKey), or None: nothing."""
    plain = decrypted(meta, sun.picc)
    # PICCDataTag: UID and counter are in it, and the UID has seven bytes.
    if plain[0] != 0xC7:
        return None
    uid, counter = plain[1 : 1 + UID_BYTES], plain[1 + UID_BYTES : 4 + UID_BYTES]
    session = mac(signing, bytes.fromhex("3CC300010080") + uid + counter)
    if not same(short_mac(session, sun.covered), sun.mac):
        return None
    return Told(uid, int.from_bytes(counter, "little"))


# --- the conversation ----------------------------------------------------------------------------


@dataclass
class Session:
    """A conversation under the keys of a moment, after AuthenticateEV2First.

    Attributes:
        enciphering: KSesAuthENC.
        signing: KSesAuthMAC.
        transaction: TI, which the card chose.
        commands: how many there were (CmdCtr).
    """

    enciphering: bytes = field(repr=False)
    signing: bytes = field(repr=False)
    transaction: bytes = field(repr=False)
    commands: int = 0

    def command(self, instruction: int, head: bytes, told: bytes = b"") -> bytes:
        """The APDU of a command with a MAC; `told` is enciphered, `head` is not."""
        if told:
            told = told + b"\x80"
            told = told.ljust(-(-len(told) // BLOCK) * BLOCK, b"\x00")
            told = encrypted(self.enciphering, told, self._chain(0xA5, 0x5A))
        signed = bytes([instruction]) + self._counted() + head + told
        return wrapped(instruction, head + told + short_mac(self.signing, signed))

    def answered(self, answer: bytes) -> bytes:
        """What an answer says, without its status and its MAC.

        Raises:
            Differs: it is no success, or its MAC is not that of this conversation.
        """
        self.commands += 1
        told, signed, status = answer[:-10], answer[-10:-2], answer[-2:]
        if status != _DONE or len(answer) < 10:
            raise Differs(status.hex())
        if not same(short_mac(self.signing, b"\x00" + self._counted() + told), signed):
            raise Differs("its MAC")
        return told

    def _counted(self) -> bytes:
        return self.commands.to_bytes(2, "little") + self.transaction

    def _chain(self, *label: int) -> bytes:
        told = bytes(label) + self.transaction + self.commands.to_bytes(2, "little")
        return encrypted(self.enciphering, told.ljust(BLOCK, b"\x00"))


def wrapped(instruction: int, told: bytes = b"") -> bytes:
    """A native command as an APDU (ISO 7816-4 framing)."""
    length = bytes([len(told)]) if told else b""
    return bytes([0x90, instruction, 0, 0]) + length + told + b"\x00"


Random = Callable[[int], bytes]


def authenticate(
    send: Send, number: int, key: bytes, random: Random = secrets.token_bytes
) -> Session | None:
    """Let card and kiosk prove the key to each other; None: the card does not have it.

    Raises:
        CardTorn: it left.
        Differs: its answer is none that a card gives.
    """
    asked = send(wrapped(0x71, bytes([number, 0])))
    if asked[-2:] != _MORE or len(asked) != BLOCK + 2:
        raise Differs(asked[-2:].hex())
    theirs, ours = decrypted(key, asked[:BLOCK]), random(BLOCK)
    answer = send(wrapped(0xAF, encrypted(key, ours + turned(theirs))))
    if answer[-2:] == _WRONG_KEY:
        return None
    if answer[-2:] != _DONE or len(answer) != 2 * BLOCK + 2:
        raise Differs(answer[-2:].hex())
    plain = decrypted(key, answer[:-2])
    if not same(plain[4 : 4 + BLOCK], turned(ours)):
        return None
    mixed = bytes(a ^ b for a, b in zip(ours[2:8], theirs[:6], strict=True))
    vector = b"\x00\x01\x00\x80" + ours[:2] + mixed + theirs[6:] + ours[8:]
    return Session(mac(key, b"\xa5\x5a" + vector), mac(key, b"\x5a\xa5" + vector), plain[:4])


# --- checking ------------------------------------------------------------------------------------


def check(send: Send, uid: bytes, masters: Masters) -> int | None:
    """How often the card says it was read; None: it is no card of the venue, and says so.

    Raises:
        NotGenuine: it has a message, and it or the card is not the venue's.
        CardTorn: it left.
    """
    if len(uid) != UID_BYTES or send(_SELECT_APPLICATION)[-2:] != _ISO_DONE:
        return None
    sun = _read(send)
    if sun is None:
        return None
    for version in masters.versions:
        keys = _Keys(masters, version, uid)
        told = proved(sun, keys[META], keys[SIGNING])
        if told is None:
            continue
        if told.uid != uid:
            raise NotGenuine
        try:
            if authenticate(send, LIVE, keys[LIVE]) is None:
                raise NotGenuine
        except Differs as error:
            raise NotGenuine from error
        return told.counter
    raise NotGenuine


def _read(send: Send) -> Sun | None:
    """The message of the card that is selected.

    The length first, then as much as it says: the counter goes on with the first of them only.
    """
    if send(_SELECT_FILE)[-2:] != _ISO_DONE:
        return None
    head = send(bytes([0x00, 0xB0, 0, 0, LENGTH_BYTES]))
    if head[-2:] != _ISO_DONE or len(head) != LENGTH_BYTES + 2:
        return None
    length = int.from_bytes(head[:LENGTH_BYTES], "big")
    if not 0 < length <= _FILE_BYTES - LENGTH_BYTES:
        return None
    rest = send(bytes([0x00, 0xB0, 0, LENGTH_BYTES, length]))
    return sun_of(head[:-2] + rest[:-2]) if rest[-2:] == _ISO_DONE else None


@dataclass(frozen=True)
class _Keys:
    """The keys of one card, of one version."""

    masters: Masters
    version: int
    uid: bytes

    def __getitem__(self, number: int) -> bytes:
        return self.masters.key(self.version, self.uid, APPLICATION, number)


# --- making a card genuine -----------------------------------------------------------------------


def settings() -> bytes:
    """What ChangeFileSettings is told: the card signs what it writes into `TEMPLATE`.

    Read by all, written and changed under key 0; UID and counter are mirrored, as hex, hidden
    under key 1 and signed under key 2; the counter is told to nobody otherwise.
    """
    picc = len(TEMPLATE) - len(_PICC + _BEFORE_MAC + _MAC)
    signed = len(TEMPLATE) - len(_MAC)
    places = b"".join(place.to_bytes(3, "little") for place in (picc, signed, signed))
    return bytes.fromhex("40 00E0 C1 FF12") + places


def enrol(send: Send, uid: bytes, masters: Masters, random: Random = secrets.token_bytes) -> bool:
    """Give a card the venue's newest keys, and let it write its message.

    A card that was torn away in the middle goes on where it stopped: what changes the other keys
    is changed last, and each key says by its version which one it is.

    Returns:
        Whether it had keys of the venue before.

    Raises:
        CannotEnrol: ``other_kind``, ``other_keys`` or ``refused``; nothing else was changed.
        CardTorn: it left; some of it may be done.
    """
    if len(uid) != UID_BYTES or send(_SELECT_APPLICATION)[-2:] != _ISO_DONE:
        raise CannotEnrol("other_kind")
    # Without a conversation it answers in plain.
    now = send(wrapped(0xF5, bytes([_NDEF_FILE])))
    if now[-2:] != _DONE:
        raise CannotEnrol("other_kind")
    try:
        version, session = _opened(send, uid, masters, random)
        written = _settled(now[:-2])
        if not written:
            _write(send)
            session = _again(send, uid, masters, version, random)
        anew = version != 0
        for number in KEYS_SET:
            anew |= _change(send, session, uid, masters, number)
        if not written:
            session.answered(send(session.command(0x5F, bytes([_NDEF_FILE]), settings())))
        if version != masters.newest:
            _change_master(send, session, _Keys(masters, masters.newest, uid))
    except Differs as error:
        raise CannotEnrol("refused") from error
    return anew


def _settled(now: bytes) -> bool:
    """Whether GetFileSettings told what `settings` says; the file's type and size are beside it."""
    wanted = settings()
    return now[1:4] == wanted[:3] and now[7:] == wanted[3:]


def _opened(send: Send, uid: bytes, masters: Masters, random: Random) -> tuple[int, Session]:
    """The version of key 0, and a conversation under it."""
    for version in (0, *masters.versions):
        with suppress(Differs):
            session = authenticate(send, MASTER, _Keys(masters, version, uid)[MASTER], random)
            if session is not None:
                return version, session
    raise CannotEnrol("other_keys")


def _again(send: Send, uid: bytes, masters: Masters, version: int, random: Random) -> Session:
    session = None
    if send(_SELECT_APPLICATION)[-2:] == _ISO_DONE:
        session = authenticate(send, MASTER, _Keys(masters, version, uid)[MASTER], random)
    if session is None:
        raise Differs("it had this key a moment ago")
    return session


def _write(send: Send) -> None:
    """Put the template into the file. Outside of a conversation: a blank card's file is open."""
    for command in (
        _SELECT_APPLICATION,
        _SELECT_FILE,
        bytes([0x00, 0xD6, 0, 0, len(TEMPLATE)]) + TEMPLATE,
    ):
        answer = send(command)
        if answer[-2:] != _ISO_DONE:
            raise Differs(answer[-2:].hex())


def _change(send: Send, session: Session, uid: bytes, masters: Masters, number: int) -> bool:
    """Change one of the keys, if it is not the newest; whether it was one of the venue's."""
    told = session.answered(send(session.command(0x64, bytes([number]))))
    version = told[0] if len(told) == 1 else -1
    if version == masters.newest:
        return True
    try:
        old = _Keys(masters, version, uid)[number]
    except KeyError:
        raise CannotEnrol("other_keys") from None
    new = _Keys(masters, masters.newest, uid)[number]
    mixed = bytes(a ^ b for a, b in zip(old, new, strict=True))
    change = mixed + bytes([masters.newest]) + crc32(new)
    session.answered(send(session.command(0xC4, bytes([number]), change)))
    return version != 0


def _change_master(send: Send, session: Session, new: _Keys) -> None:
    """Change the key of the conversation itself: it ends with it, and the answer has no MAC."""
    change = new[MASTER] + bytes([new.version])
    answer = send(session.command(0xC4, bytes([MASTER]), change))
    if answer != _DONE:
        raise Differs(answer[-2:].hex())
