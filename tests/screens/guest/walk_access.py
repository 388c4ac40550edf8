"""The choice of a language and of an easier screen (G1)."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.ids import DeviceId
from kiosk.core.messages import DeviceDown, DeviceUp
from tests.screens.guest.hands import Visitor, visitor

VOICE = DeviceId("voice")


def easier() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        guest.tell(DeviceUp(VOICE, "speech", "1.51"))
        guest.press("access")
        yield "access-speech", guest
        guest.press("speech", "slower", "low")
        yield "access-chosen", guest
        guest.tell(DeviceDown(VOICE, "speech", "no sound"))
        yield "access-speech-off", guest
    with visitor(small_panel=True) as guest:
        guest.press("access")
        yield "access-small", guest


WALKS = (easier,)
