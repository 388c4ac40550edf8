"""The one theme: palettes, sizes, type, icons, motion. Numbers only; nothing here draws.

Sizes are given for two panels, 480 and 800 pixels high, and interpolated between them: a small
panel is looked at from the same distance, so its type shrinks less than its edges do.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from kiosk.core import colours

ASSETS = Path(__file__).parent / "assets"

Color = tuple[float, float, float, float]

FONTS = {
    "regular": "Inter-Regular.otf",
    "medium": "Inter-Medium.otf",
    "semibold": "Inter-SemiBold.otf",
    "display": "InterDisplay-Bold.otf",
    "mono": "Mono.ttf",
    "mono_bold": "Mono-Bold.ttf",
    "icons": "Icons.ttf",
}

# Height of a line over the size of its letters, and the share of it above the base line.
LINE_SHARE_INTER = 1.21
ASCENT_INTER = 0.969

PALETTES: dict[str, dict[str, str]] = {
    "night": {
        "ground": "#0F1117",
        "surface": "#1A1D27",
        "raised": "#252A38",
        "line": "#343A4B",
        "text": "#F5F7FA",
        "muted": "#AEB6C6",
        "accent": "#FFC53D",
        "good": "#3DD68C",
        "warning": "#FFC53D",
        "bad": "#FF7A7A",
        "info": "#6DB5FF",
        "bonus": "#CFA2FF",
        "game": "#6DB5FF",
        "internet": "#4ADCCB",
    },
    "day": {
        "ground": "#F4F2EC",
        "surface": "#FFFFFF",
        "raised": "#ECE9E1",
        "line": "#D8D3C7",
        "text": "#15171C",
        "muted": "#555B69",
        "accent": "#2348D8",
        "good": "#0A6B40",
        "warning": "#8A5000",
        "bad": "#B3261E",
        "info": "#1757B8",
        "bonus": "#6D30B5",
        "game": "#1757B8",
        "internet": "#0A6E66",
    },
    "contrast": {
        "ground": "#000000",
        "surface": "#000000",
        "raised": "#141414",
        "line": "#FFFFFF",
        "text": "#FFFFFF",
        "muted": "#F0F0F0",
        "accent": "#FFE14D",
        "good": "#5CF2A5",
        "warning": "#FFE14D",
        "bad": "#FFA3A3",
        "info": "#9CCFFF",
        "bonus": "#E2C4FF",
        "game": "#9CCFFF",
        "internet": "#7DF0E4",
    },
}

INKS = ("#1B1400", "#000000", "#FFFFFF")
"""What may stand on a colour of state or accent; the one with the most contrast is taken."""

# role: (size at 480, size at 800, font, line pitch, growth with larger text)
TYPE: dict[str, tuple[float, float, str, float, float]] = {
    "hero": (62, 96, "display", 1.06, 1.15),
    "display": (68, 108, "display", 1.06, 1.15),
    "inserted": (74, 128, "display", 1.06, 1.15),
    "sum": (44, 72, "display", 1.06, 1.15),
    "title": (36, 54, "display", 1.12, 1.15),
    "primary": (29, 40, "semibold", 1.2, 1.2),
    "figure": (29, 44, "display", 1.12, 1.2),
    "key": (30, 40, "semibold", 1.2, 1.2),
    "heading": (24, 31, "semibold", 1.25, 1.3),
    "action": (21, 28, "semibold", 1.2, 1.3),
    "lead": (22, 29, "regular", 1.32, 1.3),
    "body": (19, 24, "regular", 1.35, 1.3),
    "strong": (19, 24, "semibold", 1.3, 1.3),
    "bar": (22, 26, "semibold", 1.2, 1.3),
    "pill": (18, 22, "medium", 1.2, 1.3),
    "caption": (17, 20, "medium", 1.3, 1.3),
    "mark": (12, 14, "semibold", 1.2, 1.0),
    # The desk is denser: who works at it reads it all day.
    "desk_sum": (34, 54, "display", 1.08, 1.15),
    "desk_title": (24, 34, "display", 1.15, 1.2),
    "desk_figure": (23, 30, "display", 1.15, 1.2),
    "desk_heading": (20, 26, "semibold", 1.25, 1.25),
    "desk_action": (18, 21, "semibold", 1.2, 1.3),
    "desk_strong": (17, 20, "semibold", 1.3, 1.3),
    "desk_body": (17, 20, "regular", 1.3, 1.3),
    "desk_caption": (15, 17, "medium", 1.3, 1.3),
    "desk_foot": (14, 16, "medium", 1.2, 1.0),
}

# name: (at 480, at 800)
METRICS: dict[str, tuple[float, float]] = {
    "margin": (20, 40),
    "gap": (14, 20),
    "target_gap": (14, 16),
    "pad": (20, 34),
    "pad_small": (14, 24),
    "bar": (82, 100),
    "foot": (20, 40),
    "target": (54, 64),
    "button": (68, 96),
    "answer": (54, 84),
    "radius": (20, 28),
    "radius_button": (16, 20),
    "line": (1.5, 2),
    "icon": (26, 34),
    "icon_small": (20, 25),
    "icon_large": (44, 64),
    "badge": (72, 112),
    "row": (54, 60),
    "rail": (200, 220),
    "desk_edge": (14, 28),
    "desk_gap": (14, 20),
    "desk_pad": (16, 26),
}

COMPACT_PX = 560
"""A panel that is lower is one of seven inches or so."""

MOVE_S = 0.19
"""How long a thing takes to its new place; motion is never needed to understand a screen."""

ENTER_S = 0.15
ENTER_SHARE = 0.035
"""A screen comes from where it was called: this long, this share of the panel's height."""

PERIOD_S = 10.0
QUIET_AFTER_S = 60.0
QUIET_PERIOD_S = 30.0
FRAMES_PER_S = 18
"""The welcome moves every ten seconds; after a minute, when nobody is looking, twice a minute."""

DARK_AFTER_S = 60.0
"""In the hours in which the screen is off: so long after the last touch it is."""

ATTRACT_AFTER_S = 120.0
ATTRACT_STEP_S = 20.0
ATTRACT_SHARE = 0.55
"""Nobody has touched anything: what stands on the screen may burn in, so it wanders, dark."""

UPRIGHT_SHARE = 0.95
WIDE_GROWTH = 0.75
"""Of a panel's width that counts as its height when it stands; of its height above 800 pixels:
who stands before a large panel stands further away, and sees more of it, not only larger."""

PAPER, PAPER_INK = "#FFFFFF", "#15171C"

ICONS: dict[str, int] = {
    "account": 0xF0004,
    "account_check": 0xF0008,
    "account_group": 0xF0849,
    "account_off": 0xF12DF,
    "account_plus": 0xF0014,
    "account_remove": 0xF0015,
    "account_search": 0xF0016,
    "account_switch": 0xF0019,
    "alert": 0xF0026,
    "audit": 0xF1622,
    "back": 0xF004D,
    "backspace": 0xF006E,
    "backup": 0xF006F,
    "badge": 0xF0DA7,
    "bank": 0xF0070,
    "bank_card": 0xF019B,
    "battery": 0xF0079,
    "bell": 0xF009F,
    "blocked": 0xF033E,
    "bonus": 0xF04CF,
    "brightness": 0xF00DE,
    "broom": 0xF00E2,
    "bug": 0xF00E4,
    "bulb": 0xF0335,
    "cake": 0xF00EB,
    "calculator": 0xF00EC,
    "calendar": 0xF00ED,
    "calendar_range": 0xF0679,
    "cancel": 0xF0156,
    "card": 0xF019B,
    "card_move": 0xF1649,
    "card_off": 0xF05E4,
    "card_plus": 0xF0FF2,
    "card_scan": 0xF0FF4,
    "card_search": 0xF1074,
    "card_unknown": 0xF1648,
    "cards": 0xF0638,
    "cart": 0xF0110,
    "cash": 0xF0116,
    "cash_check": 0xF14EE,
    "cash_lock": 0xF14EA,
    "cash_minus": 0xF1260,
    "cash_off": 0xF1262,
    "cash_plus": 0xF1261,
    "cash_refund": 0xF0A9C,
    "cash_register": 0xF0CF4,
    "chart": 0xF0128,
    "chart_line": 0xF012A,
    "check": 0xF012C,
    "check_circle": 0xF05E0,
    "chevron": 0xF0142,
    "chevron_down": 0xF0140,
    "chevron_left": 0xF0141,
    "chevron_up": 0xF0143,
    "clients": 0xF000E,
    "clock": 0xF13AB,
    "close": 0xF0156,
    "cloud": 0xF063F,
    "cloud_off": 0xF0164,
    "coin": 0xF0695,
    "coins": 0xF188F,
    "collect": 0xF0E10,
    "comment": 0xF0369,
    "contactless": 0xF0D6A,
    "contrast": 0xF0197,
    "copy": 0xF018F,
    "dashboard": 0xF056E,
    "database": 0xF01BC,
    "desk": 0xF0D70,
    "devices": 0xF0697,
    "dialpad": 0xF061C,
    "disk": 0xF02CA,
    "document": 0xF09EE,
    "door": 0xF081C,
    "down": 0xF0045,
    "download": 0xF01DA,
    "erase": 0xF0A79,
    "error": 0xF0028,
    "export": 0xF0207,
    "eye": 0xF0208,
    "eye_off": 0xF06D1,
    "filter": 0xF0232,
    "finish": 0xF0343,
    "flash": 0xF0241,
    "flask": 0xF0093,
    "food": 0xF0A70,
    "format": 0xF06D6,
    "game": 0xF0297,
    "gauge": 0xF029A,
    "gift": 0xF0E44,
    "hand": 0xF0A55,
    "help": 0xF0625,
    "history": 0xF02DA,
    "home": 0xF02DC,
    "hourglass": 0xF051F,
    "image": 0xF02E9,
    "info": 0xF02FC,
    "internet": 0xF01E7,
    "key": 0xF0306,
    "lan": 0xF0317,
    "language": 0xF059F,
    "lights": 0xF05A8,
    "link": 0xF0339,
    "link_off": 0xF0338,
    "lock": 0xF033E,
    "log": 0xF0BC2,
    "login": 0xF0342,
    "logout": 0xF0343,
    "mail": 0xF01EE,
    "memory": 0xF035B,
    "menu": 0xF035C,
    "merge": 0xF0F5C,
    "minus": 0xF0374,
    "minutes": 0xF1862,
    "monitor": 0xF0379,
    "move": 0xF04E1,
    "next": 0xF0054,
    "note": 0xF0114,
    "number": 0xF03A0,
    "out_of_service": 0xF06A6,
    "palette": 0xF03D8,
    "pause": 0xF03E4,
    "pencil": 0xF03EB,
    "percent": 0xF03F0,
    "phone": 0xF011C,
    "phone_off": 0xF0950,
    "pin": 0xF0CCC,
    "pin_reset": 0xF0773,
    "play": 0xF040C,
    "plug": 0xF06A5,
    "plus": 0xF0415,
    "power": 0xF06A6,
    "printer": 0xF042A,
    "printer_alert": 0xF042C,
    "printer_check": 0xF1146,
    "printer_off": 0xF0E5D,
    "qr": 0xF0432,
    "question": 0xF02D7,
    "reader": 0xF0D6A,
    "receipt": 0xF0449,
    "refresh": 0xF0450,
    "register": 0xF0014,
    "report": 0xF1517,
    "restart": 0xF0709,
    "returned": 0xF054D,
    "role": 0xF088F,
    "sack": 0xF0D2E,
    "safe": 0xF0565,
    "scale": 0xF05D1,
    "school": 0xF0474,
    "search": 0xF0349,
    "seat": 0xF0CC3,
    "server": 0xF048B,
    "settings": 0xF0493,
    "shield": 0xF0565,
    "shift": 0xF0636,
    "sigma": 0xF04A0,
    "spray": 0xF0AE0,
    "star": 0xF04CE,
    "station": 0xF0379,
    "stop": 0xF015C,
    "storage": 0xF048B,
    "store": 0xF04DC,
    "swap": 0xF04E1,
    "sync": 0xF04E6,
    "tag": 0xF04F9,
    "tags": 0xF04FB,
    "tasks": 0xF0756,
    "test": 0xF0668,
    "text_size": 0xF027F,
    "thermometer": 0xF050F,
    "ticket": 0xF0516,
    "timer": 0xF051B,
    "timer_plus": 0xF1861,
    "top_up": 0xF0676,
    "touch": 0xF0741,
    "training": 0xF0474,
    "translate": 0xF05CA,
    "trash": 0xF0A79,
    "tune": 0xF062E,
    "undo": 0xF054C,
    "unlock": 0xF033F,
    "up": 0xF005D,
    "update": 0xF06B0,
    "upload": 0xF0552,
    "usb": 0xF0553,
    "usb_stick": 0xF129E,
    "verified": 0xF0791,
    "visit": 0xF0449,
    "volume": 0xF057E,
    "volume_off": 0xF0581,
    "wait": 0xF0996,
    "wallet": 0xF0584,
    "warning": 0xF0026,
    "wifi": 0xF05A9,
    "wifi_off": 0xF05AA,
    "wrench": 0xF05B7,
}

TONE_ICONS = {
    "good": "check_circle",
    "warning": "warning",
    "bad": "error",
    "info": "info",
    "neutral": "info",
}


def rgba(text: str, alpha: float = 1.0) -> Color:
    """``#RRGGBB`` as four numbers from 0 to 1."""
    r, g, b = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (r, g, b, alpha)


def luminance(color: Color) -> float:
    """Relative luminance, 0 to 1. Source: WCAG 2.2, "relative luminance"."""
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in color[:3])
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: Color, b: Color) -> float:
    """Contrast ratio of two opaque colours, 1 to 21. Source: WCAG 2.2."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def ink_on(fill: Color) -> Color:
    """The most readable ink on this fill."""
    return max((rgba(ink) for ink in INKS), key=lambda ink: contrast(ink, fill))


@dataclass(frozen=True)
class VenueLook:
    """What a venue chooses: its name, the palette for guests, an accent in place of the palette's.

    In high contrast the accent is the palette's: a venue's own could be too dark.
    """

    name: str
    accent: str | None = None
    palette: Literal["night", "day"] = "night"
    motion: bool = True


def _accent(venue: VenueLook, palette: str) -> str:
    """The venue's accent as it can be read: on its own palette a shade of it, else the palette's.

    The desk refuses what cannot be read; what was kept before it did is seen to here.
    """
    if venue.accent is None:
        return PALETTES[palette]["accent"]
    if palette == venue.palette:
        return colours.nearest(venue.accent, palette)
    return venue.accent if colours.stands(venue.accent, palette) else PALETTES[palette]["accent"]


@dataclass(frozen=True)
class Look:
    """Everything a screen asks of the theme, for one panel, palette and size of text."""

    width: int
    height: int
    venue: VenueLook
    large: bool = False
    contrast: bool = False
    shrink: float = 1.0
    sized: float = 0.0
    colors: dict[str, Color] = field(default_factory=dict)
    _known: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        size: tuple[int, int],
        venue: VenueLook,
        *,
        large: bool = False,
        contrast: bool = False,
        palette: Literal["", "night", "day"] = "",
    ) -> Look:
        """The look for a panel of `size` pixels, in the venue's palette for guests or another."""
        name = "contrast" if contrast else palette or venue.palette
        colors = {role: rgba(text) for role, text in PALETTES[name].items()}
        if not contrast:
            colors["accent"] = rgba(_accent(venue, name))
        colors["neutral"] = colors["muted"]
        colors["on_accent"] = ink_on(colors["accent"])
        return cls(size[0], size[1], venue, large, contrast, colors=colors)

    def shrunk(self, shrink: float) -> Look:
        """The same look with all text a little smaller: for a screen that is too full."""
        return replace(self, shrink=shrink, _known={})

    @property
    def compact(self) -> bool:
        """A small panel: secondary words may go, figures may not."""
        return self.height < COMPACT_PX

    @property
    def upright(self) -> bool:
        """The panel is higher than wide: columns become rows."""
        return self.height > self.width

    @property
    def wide(self) -> bool:
        """Much wider than the letters need: what else is known may stand beside."""
        return self.width > 1.7 * self.reckoned()

    @property
    def outlined(self) -> bool:
        """High contrast: surfaces are told apart by a line, not by a shade."""
        return self.contrast

    def reckoned(self) -> float:
        """The height that sizes are reckoned from: `sized` where that is not the panel's own."""
        if self.sized:
            return self.sized
        upright = UPRIGHT_SHARE * self.width
        height = min(self.height, upright) if self.upright else min(self.height, 0.74 * self.width)
        return height if height <= 800 else 800 + (height - 800) * WIDE_GROWTH

    def _scale(self, pair: tuple[float, float]) -> float:
        height = self.reckoned()
        small, big = pair
        if height <= 480:
            return small * height / 480
        if height >= 800:
            return big * height / 800
        return small + (big - small) * (height - 480) / 320

    def px(self, role: str) -> int:
        """Size of the letters of a role, in pixels."""
        size = self._known.get(role)
        if size is None:
            small, big, _font, _pitch, growth = TYPE[role]
            size = self._scale((small, big)) * (growth if self.large else 1.0) * self.shrink
            size = self._known[role] = round(size)
        return int(size)

    def m(self, name: str) -> float:
        """A distance of the theme, in pixels."""
        key = f"m:{name}"
        if key not in self._known:
            self._known[key] = round(self._scale(METRICS[name]), 1)
        return self._known[key]

    def color(self, name: str) -> Color:
        """A colour by the name of its role."""
        return self.colors[name]
