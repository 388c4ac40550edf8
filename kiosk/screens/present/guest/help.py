"""The call for help (G13)."""

from __future__ import annotations

from kiosk.core.guest.help import Help, HelpAlone, HelpComing
from kiosk.core.situation import Access, Welcome
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import Button, QuestionView, View


def call(words: Words, scene: Help) -> View:
    """Who is coming, since when it was called, and the way back."""
    say, called = words.say, scene.call
    coming = isinstance(scene, HelpComing)
    number = str(called.number)
    time = words.texts.time(words.moment(called.at))
    body: tuple[str, ...] = (say("help.number", number=number, time=time), say("help.wait"))
    if coming:
        body = (say("help.coming_body", number=number),)
    behind = scene.back.back if isinstance(scene.back, Access) else scene.back
    somebody = not isinstance(behind, Welcome)
    on = Button("back", say("button.go_on" if somebody else "button.back"), "back", "primary")
    cancel = words.button("no_help", "close")
    return QuestionView(
        frame=words.frame(say("help.title"), leave=words.leaving() if somebody else None),
        icon="account_check" if coming else "bell",
        tone="good" if coming else "info",
        headline=say("help.coming" if coming else "help.headline"),
        body=body,
        buttons=(on,) if coming else (on, cancel),
    )


SCENES: Scenes = {Help: call, HelpAlone: call, HelpComing: call}
