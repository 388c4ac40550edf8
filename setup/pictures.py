"""Make the pictures of the screen without the kiosk: the splash, and "out of service".

The disc, the colours and the fonts are the screens' own (kiosk/screens/art.py). One picture serves
every panel: it is scaled, and what is around it is the ground.

    .venv/bin/python setup/pictures.py systemd/pictures
"""

import math
import sys
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kiosk.screens.theme import ASSETS, FONTS, ICONS, PALETTES

SIZE = (1280, 800)
FINER = 3
"""Drawn so many times larger: that makes the edges smooth."""
LOOK = PALETTES["night"]
INK = "#1B1400"
CHIPS = (("cash", "good"), ("game", "game"), ("star", "bonus"), ("receipt", "accent"))
CHIP_ANGLES = (152.0, 116.0, 64.0, 28.0)
ORBIT = 0.43
WORDS = (
    (
        "Out of service",
        "Your money is safe; what you paid is recorded.",
        "Please ask the staff.",
    ),
    (
        "Киоск не работает",
        "Ваши деньги в сохранности, все платежи записаны.",
        "Пожалуйста, обратитесь к сотрудникам.",
    ),
    (
        "Außer Betrieb",
        "Ihr Geld ist sicher: Was Sie eingezahlt haben, ist verbucht.",
        "Bitte wenden Sie sich an das Personal.",
    ),
)


def font(name: str, px: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(ASSETS / FONTS[name], round(px))


def ground() -> Image.Image:
    return Image.new("RGB", (SIZE[0] * FINER, SIZE[1] * FINER), LOOK["ground"])


def circle(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, **how: object) -> None:
    draw.ellipse((x - r, y - r, x + r, y + r), **how)


def disc(picture: Image.Image, x: float, y: float, side: float) -> None:
    """The disc with its glow and its ring."""
    draw = ImageDraw.Draw(picture)
    circle(draw, x, y, side / 2, fill=LOOK["surface"])
    soft = Image.new("L", (round(side), round(side)))
    half = side / 2
    far = ImageDraw.Draw(soft)
    for step in range(round(half), 0, -2):
        far.ellipse(
            (half - step, half - step, half + step, half + step),
            fill=round(242 * (1 - step / half) ** 0.9),
        )
    # The screen's glow is a texture of this colour under a tint of the same: dark in the middle.
    deep = tuple(part * part // 255 for part in ImageColor.getrgb(LOOK["raised"]))
    glow = Image.new("RGB", soft.size, deep)
    picture.paste(glow, (round(x - half), round(y - half)), soft)
    circle(draw, x, y, side * ORBIT, outline=LOOK["line"], width=round(1.2 * FINER))


def icon(
    draw: ImageDraw.ImageDraw, name: str, at: tuple[float, float], px: float, ink: str
) -> None:
    draw.text(at, chr(ICONS[name]), font=font("icons", px), fill=ink, anchor="mm")


def chip(draw: ImageDraw.ImageDraw, middle: tuple[float, float], side: float, number: int) -> None:
    way = math.radians(CHIP_ANGLES[number])
    x = middle[0] + math.cos(way) * ORBIT * side
    y = middle[1] - math.sin(way) * ORBIT * side
    name, tone = CHIPS[number]
    circle(draw, x, y, side * 0.062, fill=LOOK[tone])
    icon(draw, name, (x, y), side * 0.074, INK)


def card(picture: Image.Image, x: float, y: float, side: float) -> None:
    """The card, turned a little, as it lies on the disc of the welcome screen."""
    wide, tall, radius = round(side * 0.56), round(side * 0.352), side * 0.045
    drawn = Image.new("RGBA", (wide, tall))
    draw = ImageDraw.Draw(drawn)
    draw.rounded_rectangle((0, 0, wide - 1, tall - 1), radius, fill=LOOK["accent"])
    pad, px = wide * 0.085, side * 0.048
    draw.text((pad, tall - pad), "•••• ••••", font=font("semibold", px), fill=INK, anchor="lb")
    mark = side * 0.08
    icon(draw, "contactless", (wide - pad - mark / 2, tall - pad - mark / 2), mark, INK)
    turned = drawn.rotate(8, Image.Resampling.BICUBIC, expand=True)
    picture.paste(turned, (round(x - turned.width / 2), round(y - turned.height / 2)), turned)


def splash() -> Image.Image:
    """The disc of the welcome screen at rest, without a word: it belongs to no language."""
    picture = ground()
    x, y, side = picture.width / 2, picture.height / 2, 440 * FINER
    disc(picture, x, y, side)
    draw = ImageDraw.Draw(picture)
    for number in range(len(CHIPS)):
        chip(draw, (x, y), side, number)
    card(picture, x, y - side * 0.015, side)
    return picture


def out_of_service() -> Image.Image:
    """The disc with a sign, and what a guest must know, in three languages."""
    picture = ground()
    x, y, side = 215 * FINER, picture.height / 2, 310 * FINER
    disc(picture, x, y, side)
    draw = ImageDraw.Draw(picture)
    circle(draw, x, y, side * 0.235, fill=LOOK["warning"])
    icon(draw, "wrench", (x, y), side * 0.25, INK)
    left, top = 420 * FINER, 118 * FINER
    for headline, *lines in WORDS:
        draw.text((left, top), headline, font=font("display", 50 * FINER), fill=LOOK["text"])
        for number, line in enumerate(lines):
            at = (left, top + (68 + 40 * number) * FINER)
            draw.text(at, line, font=font("medium", 28 * FINER), fill=LOOK["muted"])
        top += 202 * FINER
    return picture


def main(folder: Path) -> None:
    for name, picture in (("splash", splash()), ("out-of-service", out_of_service())):
        small = picture.resize(SIZE, Image.Resampling.LANCZOS)
        small.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
