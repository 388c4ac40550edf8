"""The frames that carry money: each is held against the codec of the other side, which shares no
code with the driver's. What a parser takes out of a stream must stand in it, with a right check.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from kiosk.core.money import CURRENCIES
from kiosk.hardware import ccnet_frames as ccnet
from kiosk.hardware import cctalk, cctalk_hopper, coin_profiles, essp, zvt_frames
from kiosk.hardware import id003_frames as id003
from kiosk.hardware import ssp_frames as ssp
from kiosk.hardware.peers import ccnet_frames as peer_ccnet
from kiosk.hardware.peers import cctalk_line as peer_cctalk
from kiosk.hardware.peers import id003_frames as peer_id003
from kiosk.hardware.peers import ssp_frames as peer_ssp
from kiosk.hardware.peers import zvt_frames as peer_zvt
from tests.fuzz.engine import Hang, Parser, Target
from tests.fuzz.reading import because

RUB, EUR = CURRENCIES["RUB"], CURRENCIES["EUR"]
NOTHING = "a frame that does not stand in the stream, by the simulated device's own codec"


def shrinks(before: bytes, after: bytes) -> None:
    """Whoever takes frames one after the other comes to an end."""
    if len(after) >= len(before):
        raise Hang("a frame was taken, and nothing of the stream")


# --- CCNET ---------------------------------------------------------------------------------------

RUSSIAN = {2: 10, 3: 50, 4: 100, 5: 500, 6: 1000, 7: 5000}
CCNET = (
    *(bytes((state,)) for state in (0x00, 0xFF, 0x30, 0x10, 0x13, 0x14, 0x15, 0x19, 0x41, 0x45)),
    *(bytes((state, kind)) for state in (0x80, 0x81, 0x82, 0x83) for kind in (2, 4, 23)),
    b"\x1c\x60",
    b"\x47\x50",
    b"SM-RU1353      SN-12345678901234567890"[:34],
    peer_ccnet.bill_table(RUSSIAN, "RUS"),
    peer_ccnet.bill_table(RUSSIAN, "RUS")[:115] + bytes((5, 82, 85, 83, 0x82)),
)


def _ccnet_framed(body: bytes) -> bytes:
    return peer_ccnet.frame(body) if len(body) < 250 else ccnet.frame(3, body[:1000])


def _ccnet(chance: Random) -> Target:
    def read(data: bytes) -> None:
        stream = data
        while (found := ccnet.take(stream)) is not None:
            shrinks(stream, found.rest)
            if len(found.body) <= 245:
                told = bytearray(peer_ccnet.frame(found.body))
                told[1] = found.address
                told[-2:] = peer_ccnet.crc(bytes(told[:-2])).to_bytes(2, "little")
                long = bytes(told[:2]) + b"\0" + found.body[:1]
                because(bytes(told) in stream or long in stream, NOTHING)
            stream = found.rest
            if len(found.body) > 60:
                for bill in ccnet.bill_table(found.body).values():
                    minor = bill.minor(RUB.exponent)
                    because(minor is None or minor > 0, "a note worth nothing")

    return read


# --- ID-003 --------------------------------------------------------------------------------------

ID003 = (
    *(bytes((state,)) for state in (0x11, 0x12, 0x14, 0x15, 0x16, 0x18, 0x1A, 0x1B, 0x40, 0x50)),
    *(bytes((0x13, kind)) for kind in (0x61, 0x64, 0x68)),
    b"\x17\x79",
    b"\x49\xa2",
    b"\xc0\x00\x00",
    b"\xc3\x00",
    b"\x88U-RUS(TYP1)-03 ID003-05V1",
    b"\x8a" + peer_id003.denominations(peer_id003.RUSSIAN_FACES, peer_id003.RUSSIA),
)


def _id003_framed(body: bytes) -> bytes:
    return peer_id003.frame(body[:251])


def _id003(chance: Random) -> Target:
    def read(data: bytes) -> None:
        stream = data
        while (found := id003.take(stream)) is not None:
            shrinks(stream, found.rest)
            because(peer_id003.frame(found.body) in stream, NOTHING)
            stream = found.rest
            if found.body[:1] == b"\x8a":
                for code, kind in id003.denominations(found.body[1:]).items():
                    because(0x61 <= code <= 0x70 and kind.face > 0, "a note worth nothing")

    return read


# --- SSP -----------------------------------------------------------------------------------------

_CHANNELS = bytes((5, 10, 20, 50, 100, 200, 0))
SETUP_6 = (
    b"\x00" + b"0333" + b"EUR" + b"\x00\x00\x01" + bytes((7,)) + _CHANNELS + b"\x02" * 7
    + b"\x00\x00\x64" + b"\x06" + b"EUR" * 7
    + b"".join(value.to_bytes(4, "little") for value in _CHANNELS)
)  # fmt: skip
SETUP_5 = SETUP_6[: 16 + 14 - 1] + b"\x05"
SSP = (
    b"\xf0",
    *(bytes((0xF0, told)) for told in (0xF1, 0xED, 0xEC, 0xEB, 0xE9, 0xE8, 0xE7, 0xCC, 0xB5)),
    *(bytes((0xF0, told, channel)) for told in (0xEF, 0xEE, 0xE6, 0xE1) for channel in (0, 1, 7)),
    b"\xf0\xef\x03\xcc\xee\x03\xeb\xe8",
    *(bytes((told,)) for told in (0xF2, 0xF3, 0xF5, 0xF8, 0xFA)),
    b"\xf0" + SETUP_6,
    b"\xf0" + SETUP_5,
    b"\xf0\x05" + b"".join(number.to_bytes(4, "little") for number in (9, 9, 8, 0, 1)),
    b"\xf0" + (1234567).to_bytes(4, "big"),
    b"\xf0\x7f\x7f\x7e",
)


def _ssp_framed(body: bytes) -> bytes:
    return peer_ssp.packet(0x80 * (len(body) & 1), body[:255])


def _ssp(chance: Random) -> Target:
    def read(data: bytes) -> None:
        stream = data
        while (found := ssp.take(stream)) is not None:
            shrinks(stream, found.rest)
            address = found.address | 0x80 * found.flag
            because(peer_ssp.packet(address, found.data) in stream, NOTHING)
            stream = found.rest
            if found.data[0] != ssp.OK:
                continue
            said = found.data[1:]
            told, rest = ssp.events(said)
            read_bytes = sum(1 if one.channel is None else 2 for one in told)
            because(read_bytes + len(rest) == len(said), "an event that was not told")
            notes = sum(one.event == ssp.NOTE_CREDIT for one in told)
            because(notes <= said.count(ssp.NOTE_CREDIT), "a credit that was not told")
            if len(said) == 21:
                ssp.counters(said)
            elif len(said) > 12:
                for number, channel in ssp.setup(said).channels.items():
                    because(0 < number <= 255 and channel.minor(2) > 0, "a note worth nothing")

    return read


def _essp(chance: Random) -> Target:
    fixed, agreed = 0x0123456701234567, chance.getrandbits(64)
    secret, cipher = peer_ssp.Secret(fixed, agreed), essp.Cipher(fixed, agreed)
    cipher.seal(b"\x07")
    secret.count = 1

    def read(data: bytes) -> None:
        way = chance.random()
        said, sealed = (data or b"\xf0")[:200], data
        if way < 0.7:
            # Mostly a packet of the device itself; of these, most have been spoilt on the way.
            sealed = secret.seal(said, chance.randbytes(16))
            if way < 0.1:
                secret.count += 1  # of another moment: the same packet, played again
                sealed = secret.seal(said, bytes(16))
                secret.count -= 1
            elif way < 0.6:
                at = chance.randrange(len(sealed))
                sealed = (
                    sealed[:at] + bytes((sealed[at] ^ 1 << chance.randrange(8),)) + sealed[at + 1 :]
                )
        opened = cipher.open(sealed)
        because(way >= 0.6 and way < 0.7 and opened == said, "an answer that nobody sealed")

    return read


# --- ccTalk --------------------------------------------------------------------------------------

CCTALK = (
    b"",
    b"\x00" * 11,
    b"\x05\x03\x01\x04\x02" + bytes(6),
    b"\x01\x03\x01\x01\x01" + bytes(6),
    b"\xff" + bytes(range(1, 11)),
    b"\x07\x00\xfe\x00\x01\x06\x01\x02\x00\x05\x01",
    b"RU1K0A",
    b"EU200A",
    b"EU.20A",
    b"RU0100A",
    b"\x64\x00\x02",
    b"Coin Acceptor",
    (12345678).to_bytes(3, "little"),
)


def _cctalk_framed(check: cctalk.Check) -> Callable[[bytes], bytes]:
    def framed(body: bytes) -> bytes:
        return peer_cctalk.frame(1, 2, 0, body[:255], with_crc=check == "crc")

    return framed


def _cctalk(check: cctalk.Check) -> Callable[[Random], Target]:
    crc = check == "crc"

    def target(chance: Random) -> Target:
        def read(data: bytes) -> None:
            stream = data
            while (found := cctalk.take(stream, check)) is not None:
                shrinks(stream, found.rest)
                source = 0 if found.source is None else found.source
                said = peer_cctalk.frame(
                    found.destination, source, found.header, found.data, with_crc=crc
                )
                because(stream.startswith(said), NOTHING)
                stream = found.rest
                if len(found.data) == cctalk.EVENTS_BYTES:
                    _counted(found.data, chance)

        return read

    return target


def _counted(data: bytes, chance: Random) -> None:
    """Not more happened than the counter went on, and nothing that does not stand there."""
    told = cctalk.told_events(data)
    known, watching = chance.randrange(256), chance.random() < 0.5
    news = cctalk.happened(known, told, watching=watching)
    pairs = {(data[at], data[at + 1]) for at in range(1, 11, 2)}
    because(len(news.events) <= 5, "more events than a device remembers")
    because(all((a, b) in pairs for _, a, b in news.events), "an event that was not told")
    if data[0] == known:
        because(news.events == () and news.lost == 0, "the counter stands, and something happened")
    if data[0] > known:
        lost = news.lost or 0
        because(len(news.events) + lost == data[0] - known, "more or less than was counted")


COIN_NAMES = (
    b"RU1K0A",
    b"RU010A",
    b"RU050B",
    b"EU200A",
    b"EU.20A",
    b"EU2.0A",
    b"RU0100A",
    b"EU0005B",
)


def _coin_names(chance: Random) -> Target:
    letters = frozenset({"RU", "EU"})

    def read(data: bytes) -> None:
        name = data.decode("ascii", "replace")
        for currency in (RUB, EUR):
            for profile in coin_profiles.PROFILES:
                worth = coin_profiles.coin_value(name, currency, letters=letters, profile=profile)
                known = worth is None or worth.minor in coin_profiles.COINS[currency.code]
                because(known and (worth is None or len(data) == 6), "no coin of this money")
            note = coin_profiles.note_value(
                name,
                currency,
                letters=letters,
                scaling=chance.randrange(1 << 16),
                decimals=chance.randrange(256),
            )
            because(note is None or note.minor > 0, "a note worth nothing")

    return read


MARKS = (b"12345678/255/16777215", b"1/0/", b"12345678/7/12")


def _marks(chance: Random) -> Target:
    now = cctalk_hopper.Stand(12345678, 8, 20)

    def read(data: bytes) -> None:
        began = cctalk_hopper.Stand.parse(data.decode("latin-1"))
        if began is None:
            return
        found, came = cctalk_hopper.find(began, now, 5)
        because(0 <= came <= 5, "more coins than were ordered")
        because(found == "unknown" or began.serial == now.serial, "another hopper's pay-out")

    return read


# --- ZVT -----------------------------------------------------------------------------------------

_PAID = (
    peer_zvt.field(0x27, b"\0") + peer_zvt.field(0x04, peer_zvt.bcd(50_000, 6))
    + peer_zvt.field(0x0B, peer_zvt.bcd(1, 3)) + peer_zvt.field(0x29, peer_zvt.bcd(28004869, 4))
    + peer_zvt.field(0x49, peer_zvt.bcd(978, 2)) + peer_zvt.field(0x87, peer_zvt.bcd(1, 2))
    + peer_zvt.field(0x22, bytes.fromhex("411111eeeeee1111")) + peer_zvt.field(0x8A, b"\x0a")
    + peer_zvt.field(0x8B, b"VISA\0")
)  # fmt: skip
ZVT = (
    _PAID,
    _PAID + bytes.fromhex("06 2e 2f 08 1f 12 01 02 1f 10 01 00 60 1b 43 07 a0 00 00 00 04 10 10")
    + bytes.fromhex("44 10") + b"Debit Mastercard" + bytes.fromhex("1f 2b 04 10 01 50 08"),
    peer_zvt.field(0x27, b"\x6c") + peer_zvt.field(0x3C, b"Abbruch durch Kunde"),
    peer_zvt.field(0x19, b"\0") + peer_zvt.field(0x29, bytes(4)) + b"\x49\x09\x78",
    b"\x0a",
    b"",
    b"\x00CARD ***",
)  # fmt: skip


def _zvt_framed(body: bytes) -> bytes:
    return peer_zvt.message(0x040F, body[:65535])


def _zvt(chance: Random) -> Target:
    def read(data: bytes) -> None:
        stream = data
        while (found := zvt_frames.take(stream)) is not None:
            shrinks(stream, found.rest)
            said = peer_zvt.take(bytearray(stream))
            because(said == (found.command, found.data), NOTHING)
            stream = found.rest
            told = zvt_frames.status(found.data)
            if told.amount is not None:
                sums = b"\x04" + peer_zvt.bcd(told.amount, 6)
                because(sums in found.data, "a sum that was not told")
                because(told.result is None or b"\x27" in found.data, "a result that was not told")
            because(len(told.card) <= 4, "more of a card than may be kept")
            fields = zvt_frames.fields(found.data)
            if zvt_frames.TLV in fields:
                zvt_frames.tlv(fields[zvt_frames.TLV])

    return read


PARSERS = (
    Parser("ccnet", "CCNET frames and bill tables", CCNET, _ccnet, (ccnet.BadFrame,),
           _ccnet_framed, NOTHING),
    Parser("id003", "ID-003 frames and denominations", ID003, _id003, (id003.BadFrame,),
           _id003_framed, NOTHING),
    Parser("ssp", "SSP frames, events, set-ups, counters", SSP, _ssp, (ssp.BadFrame,),
           _ssp_framed, NOTHING),
    Parser("essp", "sealed packets of eSSP", SSP, _essp, (ssp.BadFrame,),
           oracle="an answer that was not sealed, or is another's"),
    *(
        Parser(f"cctalk_{check}", f"ccTalk frames and events, {check}", CCTALK, _cctalk(check),
               (cctalk.BadFrame,), _cctalk_framed(check), f"{NOTHING}; more than was counted")
        for check in cctalk.CHECKS
    ),
    Parser("coin_names", "names of coins and notes", COIN_NAMES, _coin_names,
           oracle="a coin that this money has not"),
    Parser("hopper_marks", "where a hopper stood", MARKS, _marks,
           oracle="a pay-out that was not this one"),
    Parser("zvt", "ZVT frames, fields, containers, status", ZVT, _zvt, (zvt_frames.BadFrame,),
           _zvt_framed, "a sum that was not told"),
)  # fmt: skip
