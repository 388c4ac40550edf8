"""A card reader on USB under the PC/SC daemon of Debian, pulled while a card lies on it.

Run inside as the kiosk's user, which the daemon has to let in. The reader is the emulator's
(``usb-ccid``, which poses as a Gemplus), the daemon and its driver of readers are Debian's; the
cards are outside.
"""

from __future__ import annotations

from kiosk.core.messages import CardPresented, CardRemoved, DeviceDown, DeviceUp
from kiosk.hardware.pcsc import PcscReader
from tests.devices_vm.guest import Served, check, end, no_line, options, please

FIRST, SECOND = "04A1B2C3D4E5F6", "04112233445566"


def main() -> None:
    reader = Served(
        "reader",
        lambda: PcscReader("reader", options("pcsc"), start=1, connect=no_line),
    )
    up = reader.told(DeviceUp)
    check("the reader is there", bool(up.detail), up.detail)
    please("tap")
    check("a card is read", reader.told(CardPresented).raw == FIRST)
    please("pull")
    reader.told(CardRemoved)
    check("a card on a reader that is pulled is told as gone", True)
    down = reader.told(DeviceDown)
    check("and the reader as away", True, down.reason)
    please("back")
    again = reader.told(DeviceUp)
    check("it is back", True, f"{up.detail!r}, now {again.detail!r}")
    please("tap")
    check("it reads another card", reader.told(CardPresented).raw == SECOND)
    please("untap")
    reader.told(CardRemoved)
    cards = [event.raw for event in reader.since(0, CardPresented) if event.raw]
    check("each card was told once", cards == [FIRST, SECOND], len(cards))
    reader.stop()


if __name__ == "__main__":
    main()
    end("contactless")
