"""A file on its way to a USB stick, in words."""

from __future__ import annotations

from kiosk.core.desk.carrying import Carrying
from kiosk.core.errands import Stick
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Button, Meter, Pane, Part, Say, Stack, Tile, Tiles

MEGA = 1_000_000


def carrying(words: DeskWords, of: Carrying, back: Button) -> Body:
    """The page of a file on its way; `back` leads to where it came from."""
    title = words.say("desk.stick.title")
    return Body(title, (Stack((_pane(words, of),)),), back=back)


def _pane(words: DeskWords, of: Carrying) -> Pane:
    match of.state:
        case "looking":
            # Whoever was locked out meanwhile finds nobody looking any more.
            looking = Say(words.say("desk.stick.looking"), "strong", icon="usb")
            return Pane((looking,), foot=(words.go("look", icon="refresh"),))
        case "writing":
            return Pane(_writing(words, of), foot=(words.go("stop", icon="close"),))
        case "written" if of.written is not None:
            told = words.say("desk.stick.written", file=of.written.file)
            size = words.say("desk.stick.size", size=_size(words, of.written.size_bytes))
            return Pane(
                (Say(told, "strong", "good", "check"), Say(size), Say(words.say("desk.stick.out"))),
                tone="good",
            )
        case _:
            return Pane(_choosing(words, of), foot=(words.go("look", icon="refresh"),))


def _writing(words: DeskWords, of: Carrying) -> tuple[Part, ...]:
    told = words.say("desk.stick.writing")
    if not of.of:
        return (Say(told, "strong", icon="usb"),)
    share = words.say("desk.percent", percent=of.done * 100 // of.of)
    return (Say(told, "strong", icon="usb"), Meter(of.done, of.of, share))


def _choosing(words: DeskWords, of: Carrying) -> tuple[Part, ...]:
    problem = Say(words.refusal(of.problem), "strong", "bad", "alert") if of.problem else None
    question = "desk.stick.which" if of.sticks else "desk.stick.none"
    tiles = Tiles(tuple(_tile(words, n, stick) for n, stick in enumerate(of.sticks)))
    said: tuple[Part, ...] = (problem,) if problem else ()
    return (*said, Say(words.say(question)), *((tiles,) if of.sticks else ()))


def _tile(words: DeskWords, number: int, stick: Stick) -> Tile:
    free = words.say("desk.stick.free", size=_size(words, stick.free_bytes))
    return Tile(stick.name, free, "usb", id=f"stick:{number}")


def _size(words: DeskWords, size: int) -> str:
    """So many megabytes, or kilobytes of what is less than one."""
    if size < MEGA:
        return words.say("desk.kilobytes", number=words.texts.count(-(-size // 1000)))
    return words.say("desk.megabytes", number=words.texts.count(size // MEGA))
