"""The parsers of readers, printers and cards: what they may not believe, and never break on."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRefused, Event
from kiosk.hardware import card_keys, codes, desfire, escpos_status, hid_reports, ndef, ntag424
from kiosk.hardware.hidpos import HidReader
from kiosk.hardware.keys import LAYOUTS, Typed
from kiosk.hardware.magstripe import StripeReader
from kiosk.hardware.peers.desfire import Desfire
from kiosk.hardware.peers.ntag424 import Ntag424
from kiosk.hardware.scanner import Scanner
from kiosk.hardware.tracks import BURST_MAX_CHARS, Swipe, lrc, read_swipe
from kiosk.hardware.transport import Transport
from tests.fuzz.engine import FalseCredit, Hang, Parser, Target
from tests.fuzz.mutate import mutated

READER = DeviceId("reader")
READS_MAX = 200


def because(right: bool, told: str) -> None:
    """The oracle says no."""
    if not right:
        raise FalseCredit(told)


# --- tracks --------------------------------------------------------------------------------------

TRACKS = (
    "%B6502510000000003^GUEST/ANNA^99121010000?",
    "%7700001?",
    ";7700001=99121010000?",
    ";7700001?",
    "+0012345678901234567890?",
    "!4455?",
    "%E?;E?+E?",
    ";4111111111111111=29051010000000000?",
)
SWIPES = tuple(
    text.encode("latin-1")
    for text in (
        *TRACKS,
        "%7700001?;7700001=99?\r",
        "%7700001?;7700001=99?+1234?\r\n",
        *(track + lrc(track) for track in TRACKS[:6]),
        ";7700001?;7700001?",
        ";550001=311299?\r;550001=311299?\r",
    )
)


def _swipe(chance: Random) -> Target:
    def read(data: bytes) -> None:
        burst = data[:BURST_MAX_CHARS].decode("latin-1")
        told = read_swipe(burst)
        if isinstance(told, Swipe):
            for track in re.findall(r"[%;+!][^?]*\?", told.raw):
                because(track in burst, "a track that nobody swiped")
            because(told.raw.endswith("?") and told.raw[1:] != "E?", "a track without an end")
        else:
            because(told in ("bank_card", "unreadable"), f"{told!r} is no answer")

    return read


class Pieces:
    """A line that hands out what it is given in pieces, then nothing.

    A driver that asks again and again within one poll is stopped by a count.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._waiting = b""
        self._reads = 0

    def give(self, data: bytes) -> None:
        self._waiting, self._reads = data, 0

    @property
    def empty(self) -> bool:
        return not self._waiting

    def read(self, limit: int, timeout_s: float) -> bytes:
        self._reads += 1
        if self._reads > READS_MAX + len(self._waiting):
            raise Hang("reads without an end")
        size = len(self._waiting) if self._chance.random() < 0.6 else self._chance.randrange(1, 40)
        data = self._waiting[: min(size, limit)]
        self._waiting = self._waiting[len(data) :]
        return data

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        raise AssertionError("a reader is told nothing")

    def close(self) -> None:
        self._waiting = b""


def _reader(
    make: Callable[[Callable[[], Transport]], StripeReader | Scanner],
) -> Callable[[Random], Target]:
    def target(chance: Random) -> Target:
        line = Pieces(chance)
        device = make(lambda: line)
        device.open()

        def read(data: bytes) -> None:
            line.give(data)
            told: list[Event] = []
            while not line.empty:
                told += device.poll(0.2)
            for _ in range(4):
                told += device.poll(0.2)
            for event in told:
                because(isinstance(event, CardPresented | CardRefused), f"{event}")
            because(len(told) <= 1 + len(data), "more events than characters")

        return read

    return target


def _stripe(connect: Callable[[], Transport]) -> StripeReader:
    options = {"gap_ms": 100, "line_ends_swipe": True}
    return StripeReader(READER, options, start=1, connect=connect)


def _scanner(connect: Callable[[], Transport]) -> Scanner:
    options = {"gap_ms": 100, "line_ends_code": True, "prefix": "", "suffix": ""}
    return Scanner(READER, options, start=1, connect=connect)


CODES = (
    b"4006381333931\r",
    b"]E04006381333931\r\n",
    b"]Q1https://foyer.example/r/1.ABCDEF\r",
    b"\x02]C1017612345678901234\x1d10AB\x03",
    b"FOYER-R-000123-9F3A\t",
    b"P4006381333931S",
)


def _code(chance: Random) -> Target:
    def read(data: bytes) -> None:
        text = data.decode("latin-1")
        for prefix, suffix in (("", ""), ("P", "S"), ("]E0", "\r"), ("PP", "P")):
            code = codes.code_of(text, prefix, suffix)
            because(code is None or (code in text and code.isascii()), "a code that nobody scanned")

    return read


UIDS = (b"04A1B2C3D4E5F6", b"04a1b2c3", b"0123456789", b"08112233", b"01234567890123456", b"9" * 17)


def _uid(chance: Random) -> Target:
    def read(data: bytes) -> None:
        text = data.decode("latin-1")
        for form in codes.UID_FORMS:
            for reversed_ in (False, True):
                uid = codes.uid_of(text, form, reversed_=reversed_)
                because(uid is None or len(uid) in (8, 14, 20), "a UID of a length that none has")
                codes.as_uid(READER, form, reversed_=reversed_)(text)

    return read


_TYPED = bytes(
    part for key in (42, 2, 3, 4, 16, 28, 56, 82, 79, 57, 100, 58) for part in (key, 1, key, 0)
)


def _keyboard(chance: Random) -> Target:
    keyboards = [Typed(layout) for layout in LAYOUTS]

    def read(data: bytes) -> None:
        for keys in keyboards:
            for at in range(0, len(data) - 1, 2):
                told = keys.key(data[at], data[at + 1])
                because(len(told) <= 1, "one key, several characters")

    return read


# --- HID reports ---------------------------------------------------------------------------------


def _magtek(*tracks: str) -> bytes:
    report = bytes(3) + bytes(len(track) for track in tracks) + b"\0"
    return report + b"".join(track.encode("latin-1").ljust(110, b"\0") for track in tracks)


MAGTEK = (
    _magtek("%7700001?", ";7700001=99?", ""),
    _magtek("%B6502510000000003^GUEST^9912?", ";7700001?", ";1234?") + b"\0",
    b"\1\0\1" + _magtek("", ";7700001?", "")[3:],
)
IDTECH = tuple(
    bytes((0, 0, 0, 9, 12, 0, 0)) + len(text).to_bytes(2, order) + text.ljust(500, b"\0")
    for text in (b"%7700001?;7700001=99?\r",)
    for order in ("little", "big")
)
SCANS = tuple(
    bytes((2, len(text))) + b"]E0" + text.ljust(56, b"\0") + bytes((0, 0, more))
    for text in (b"4006381333931", b"A" * 56, b"")
    for more in (0, 1)
)


def _reports(layout: str) -> Callable[[Random], Target]:
    class One:
        report = b""

        def read(self, timeout_s: float) -> bytes:
            report, self.report = self.report, b""
            return report

        def close(self) -> None:
            self.report = b""

    def target(chance: Random) -> Target:
        one = One()
        listed = [{"path": b"x", "usage_page": 0x8C if layout == "scanner" else 0xFF00}]
        options = {"device": "0801:0001", "layout": layout, "prefix": "", "suffix": ""}
        reader = HidReader(
            READER,
            options,
            start=1,
            connect=lambda: Pieces(chance),
            there=lambda vendor, product: listed,
            opens=lambda path: one,
        )
        reader.open()

        def read(data: bytes) -> None:
            one.report = data
            told = reader.poll(0.2)
            if chance.random() < 0.3:
                told = [*told, *(event for _ in range(6) for event in reader.poll(0.2))]
            because(len(told) <= 2, "one report, many events")
            because(len(reader._parts) <= codes.CODE_MAX_CHARS + 1, "it keeps more and more")
            if layout == "scanner":
                hid_reports.code_part(data)
            elif layout == "magtek":
                hid_reports.swipe_text("magtek", data)
            else:
                hid_reports.swipe_text("idtech", data)

        return read

    return target


# --- the printer ---------------------------------------------------------------------------------

REPLIES = (
    b"\x14\x00\x00\x0f",
    b"\x1c\x00\x03\x0f",
    b"\x12\x12\x12\x12",
    b"\x16\x12\x1a\x72",
    b"\x00\x0f\x5fTM-T88V\x00",
    b"\x11\x13\x11",
    b"\x3b1\x00\x37\x22\x00",
)


def _replies(chance: Random) -> Target:
    replies = escpos_status.Replies()

    def read(data: bytes) -> None:
        told = replies.feed(data)
        because(len(told) <= len(data), "more replies than bytes")
        because(len(replies._text) <= escpos_status.BLOCK_MAX + 1, "it keeps more and more")
        for reply in told:
            if isinstance(reply, escpos_status.Automatic):
                assert reply.status.fault in ("", "paper_out", "cover_open", "error", "offline")
        answers = [reply.byte for reply in told if isinstance(reply, escpos_status.Realtime)]
        if len(answers) >= 4:
            assert escpos_status.realtime_status(answers[:4]).paper in ("ok", "low", "out")

    return read


# --- genuine cards -------------------------------------------------------------------------------

UID = bytes.fromhex("04DE5F1EACC040")
MASTERS = card_keys.Masters({1: bytes(range(16)), 7: bytes(range(16, 32))})
URI = ndef.short_record(
    1, b"U", b"\x04choose.url.com/ntag424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086"
)
FILE_DATA = ndef.short_record(
    1,
    b"U",
    b"\x04www.my424dna.com/?picc_data=FD91EC264309878BE6345CBE53BADF40"
    b"&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6",
)
MESSAGES = (
    URI,
    FILE_DATA,
    ntag424.TEMPLATE[2:],
    bytes.fromhex("91010055 11010055 51010055".replace(" ", "")),
    bytes.fromhex("D9 01 01 02 55 41 42 00".replace(" ", "")),
    bytes.fromhex("C1010000000455") + b"abcd",
)


def _in_file(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big")[-2:] + message


def _ndef(chance: Random) -> Target:
    def read(data: bytes) -> None:
        message = ndef.message_of(data)
        found = ndef.records(message)
        because(0 < len(found) <= ndef.RECORDS_MAX, "no record, or too many")
        because(sum(len(one.payload) for one in found) <= len(message), "more than there is")

    return read


def _sun(chance: Random) -> Target:
    zero = bytes(16)
    known = {
        bytes.fromhex("EF963FF7828658A599F3041510671E88"),
        bytes.fromhex("FD91EC264309878BE6345CBE53BADF40"),
    }

    def read(data: bytes) -> None:
        sun = ntag424.sun_of(data)
        if sun is None:
            return
        assert len(sun.picc) == 16 and len(sun.mac) == 8
        told = ntag424.proved(sun, zero, zero)
        because(told is None or sun.picc in known, "a card proved what nobody signed")

    return read


class Liar:
    """A card whose answers are spoilt by the input.

    The venue's own card has one of its answers spoilt. A copy has none of the keys, and answers
    with what the card said to somebody else, spoilt or not.

    `proved`: what was believed was shown by the card itself.
    """

    def __init__(self, card: Ntag424 | Desfire, chance: Random) -> None:
        self._card, self._chance = card, chance
        self._heard: dict[int, list[bytes]] = {}
        self.lies(b"")

    def lies(self, data: bytes, steps: int = 6) -> None:
        """Begin another conversation."""
        self._card.power_off()
        self._data, self._at, self._sent = data, self._chance.randrange(steps), 0
        self._copy = bool(self._heard) and self._chance.random() < 0.5
        self.proved = not self._copy

    def __call__(self, command: bytes) -> bytes:
        self._sent += 1
        if self._sent > 100:
            raise Hang("commands without an end")
        if self._copy:
            known = self._heard.get(command[1])
            answer = self._chance.choice(known) if known else b"\x90\x00"
        else:
            answer = self._card.answer(command)
            heard = self._heard.setdefault(command[1], [])
            heard.append(answer)
            del heard[:-8]
        if self._sent - 1 != self._at:
            return answer
        way = self._chance.random()
        if way < 0.3:
            told = self._data
        elif way < 0.5:
            told = self._data + answer[-2:]
        else:
            told = mutated(self._chance, answer, [answer, self._data or b"\0"])
        if command[1] == 0xAF and told != answer:
            self.proved = False
        return told


ANSWERS = (
    b"\x90\x00",
    b"\x91\x00",
    b"\x91\xaf",
    b"\x91\xae",
    b"\x91\xa0",
    b"\x6a\x82",
    bytes(16) + b"\x91\xaf",
    bytes(32) + b"\x91\x00",
    b"\x00\x51" + URI + b"\x90\x00",
    bytes(256) + b"\x90\x00",
)


def _ntag424(chance: Random) -> Target:
    card = Ntag424(UID)
    ntag424.enrol(card.answer, UID, MASTERS, random=chance.randbytes)
    send = Liar(card, chance)

    def read(data: bytes) -> None:
        send.lies(data)
        told = ntag424.check(send, UID, MASTERS)
        because(told is None or send.proved, "a card that proved nothing was believed")

    return read


def _desfire(chance: Random) -> Target:
    card, application = Desfire(UID), b"\xf0\x0e\x01"
    desfire.enrol(card.answer, UID, MASTERS, application, 1, random=chance.randbytes)
    send = Liar(card, chance)

    def read(data: bytes) -> None:
        send.lies(data)
        told = desfire.check(send, UID, MASTERS, application, 1)
        because(not told or send.proved, "a card that proved nothing was believed")

    return read


def _enrolling(chance: Random) -> Target:
    def read(data: bytes) -> None:
        if chance.random() < 0.5:
            send = Liar(Ntag424(UID), chance)
            send.lies(data, steps=24)
            ntag424.enrol(send, UID, MASTERS, chance.randbytes)
        else:
            send = Liar(Desfire(UID), chance)
            send.lies(data, steps=14)
            desfire.enrol(send, UID, MASTERS, b"\xf0\x0e\x01", 1, chance.randbytes)

    return read


KEY_FILES = (
    b"1 00112233445566778899AABBCCDDEEFF\n",
    b"# keys\n1 00112233445566778899AABBCCDDEEFF\n2 ffeeddccbbaa99887766554433221100 # new\n",
    b"255 00112233445566778899aabbccddeeff\r\n",
)


def _key_file(chance: Random) -> Target:
    def read(data: bytes) -> None:
        text = data.decode("ascii", "replace")
        found = card_keys.parsed(text, "cards.keys")
        for version, key in found.by_version.items():
            because(1 <= version <= 255, "a version that is none")
            because(len(key) == 16 and key.hex() in text.lower(), "a key that stands nowhere")

    return read


PARSERS = (
    Parser(
        "tracks", "tracks of a stripe card", SWIPES, _swipe, oracle="tracks that were not swiped"
    ),
    Parser("stripe", "a stripe reader's line, in pieces", SWIPES, _reader(_stripe), (DeviceError,)),
    Parser("scanner", "a scanner's line, in pieces", CODES, _reader(_scanner), (DeviceError,)),
    Parser("codes", "codes, with prefix and suffix", CODES, _code, oracle="codes not scanned"),
    Parser("uids", "UIDs as keypads type them", UIDS, _uid),
    Parser("keys", "keys of a keyboard, all layouts", (_TYPED, _TYPED[::-1]), _keyboard),
    Parser("magtek", "HID reports, MagTek", MAGTEK, _reports("magtek"), (hid_reports.BadReport,)),
    Parser("idtech", "HID reports, ID TECH", IDTECH, _reports("idtech"), (hid_reports.BadReport,)),
    Parser("hidpos", "HID reports, scanners", SCANS, _reports("scanner"), (hid_reports.BadReport,)),
    Parser("escpos", "what an ESC/POS printer says of itself", REPLIES, _replies),
    Parser("ndef", "NDEF records", MESSAGES, _ndef, (ndef.NdefWrong,), _in_file),
    Parser(
        "sun", "the SUN message of NTAG 424", MESSAGES, _sun, (), _in_file, oracle="false proof"
    ),
    Parser(
        "ntag424",
        "answers of an NTAG 424 while it is checked",
        ANSWERS,
        _ntag424,
        (card_keys.NotGenuine, card_keys.CardTorn),
        oracle="a card that is believed without its keys",
    ),
    Parser(
        "desfire",
        "answers of a DESFire while it is checked",
        ANSWERS,
        _desfire,
        (card_keys.NotGenuine, card_keys.CardTorn),
        oracle="a card that is believed without its keys",
    ),
    Parser(
        "enrolling",
        "answers of both while they get keys",
        ANSWERS,
        _enrolling,
        (card_keys.CannotEnrol, card_keys.CardTorn),
    ),
    Parser("card_keys", "the file of card keys", KEY_FILES, _key_file, (DeviceError,)),
)
