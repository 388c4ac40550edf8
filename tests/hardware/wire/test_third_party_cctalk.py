"""Our ccTalk frames, cut by somebody else's framer: @serialport/parser-cctalk (`setup/cctalk.sh`).

It knows lengths, not checks. What comes out of it must be what went onto the line, frame by frame,
and every one with a right check.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.hardware.peers.cctalk_coins import CoinAcceptor
from kiosk.hardware.peers.cctalk_hopper import Hopper
from kiosk.hardware.peers.cctalk_line import Bus, frame, is_whole
from kiosk.hardware.peers.cctalk_notes import BillValidator
from tests.hardware.contract.coin_rigs import FORMS, CcTalk, Defaults, Kiosk, named

pytestmark = pytest.mark.slow  # with the other tests that need somebody else's program

FRAMER = Path(__file__).parents[3] / "build/cctalk/framer"

PROGRAM = """
const { CCTalkParser } = require(process.argv[1]);
const parser = new CCTalkParser(0);
parser.on("data", (frame) => console.log(frame.toString("hex")));
const chunks = JSON.parse(require("fs").readFileSync(0));
for (const chunk of chunks) parser.write(Buffer.from(chunk, "hex"));
"""


def framed(data: bytes, seed: int = 1) -> list[bytes]:
    """The frames that the framer finds, the bytes coming in pieces of any size."""
    if not FRAMER.exists():
        pytest.skip("the independent ccTalk framer is not there (sh setup/cctalk.sh says why)")
    node = shutil.which("node")
    assert node
    chance, chunks = random.Random(seed), []
    while data:
        size = chance.randint(1, 9)
        chunks.append(data[:size].hex())
        data = data[size:]
    done = subprocess.run(
        [node, "-e", PROGRAM, FRAMER.read_text().strip()],
        input=json.dumps(chunks),
        capture_output=True,
        text=True,
        check=True,
    )
    return [bytes.fromhex(line) for line in done.stdout.split()]


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("with_crc", [False, True])
def test_a_day_on_the_line(echo: bool, with_crc: bool) -> None:
    coins = CoinAcceptor(with_crc=with_crc)
    bus = Bus(coins, Hopper(with_crc=with_crc), BillValidator(with_crc=with_crc), echo=echo)
    on_the_line, sent = b"", []
    for number in range(300):
        to = (2, 3, 40)[number % 3]
        header = (254, 245, 242, 229, 159, 166, 163, 184, 157, 231)[number % 10]
        data = {184: b"\1", 157: b"\4", 231: b"\xff\xff"}.get(header, b"")
        sent.append(frame(to, 1, header, data, with_crc=with_crc))
        heard = bus.feed(sent[-1], number / 10)
        on_the_line += heard if echo else sent[-1] + heard
        coins.event(number % 256)
    found = framed(on_the_line)
    assert b"".join(found) == on_the_line
    assert [one for one in found if one[0] != 1] == sent
    assert all(is_whole(one, with_crc=with_crc) for one in found)
    assert len(found) > 400


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_what_the_driver_and_the_acceptor_say(defaults: Defaults, form: tuple[str, bool]) -> None:
    rig = CcTalk(defaults, *form)
    kiosk = Kiosk(rig).open()
    for value in (100, 500, 200, 1000):
        rig.insert(value)
        kiosk.poll(2)
    assert kiosk.sums_agree
    said = [(line[0], bytes.fromhex(line[2:])) for line in rig.traffic]
    on_the_line = b"".join(data for way, data in said if way == "<" or not form[1])
    found = framed(on_the_line)
    assert b"".join(found) == on_the_line
    assert [one for one in found if one[0] != 1] == [data for way, data in said if way == ">"]
    assert all(is_whole(one, with_crc=form[0] == "crc") for one in found)
