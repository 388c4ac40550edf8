"""The one theme: palettes, sizes, type, icons, motion. Numbers only; nothing here draws.

Sizes are given for two panels, 480 and 800 pixels high, and interpolated between them: a small
panel is looked at from the same distance, so its type shrinks less than its edges do.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

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
}

# name: (at 480, at 800)
METRICS: dict[str, tuple[float, float]] = {
    "margin": (20, 40),
    "inset": (20, 80),
    "gap": (14, 20),
    "target_gap": (14, 16),
    "pad": (20, 34),
    "pad_small": (14, 24),
    "bar": (82, 100),
    "foot": (20, 40),
    "target": (54, 64),
    "button": (68, 96),
    "radius": (20, 28),
    "radius_button": (16, 20),
    "line": (1.5, 2),
    "icon": (26, 34),
    "icon_small": (20, 25),
    "icon_large": (44, 64),
    "badge": (72, 112),
}

MOVE_S = 0.19
"""How long a thing takes to its new place; motion is never needed to understand a screen."""

ICONS: dict[str, int] = {
    "account": 0xF0004,
    "account_plus": 0xF0014,
    "alert": 0xF0026,
    "back": 0xF004D,
    "backspace": 0xF006E,
    "bank_card": 0xF019B,
    "bell": 0xF009F,
    "blocked": 0xF033E,
    "bonus": 0xF04CF,
    "cancel": 0xF0156,
    "card": 0xF019B,
    "card_off": 0xF05E4,
    "card_unknown": 0xF1648,
    "cash": 0xF0116,
    "cash_off": 0xF1262,
    "check": 0xF012C,
    "check_circle": 0xF05E0,
    "chevron": 0xF0142,
    "chevron_down": 0xF0140,
    "chevron_up": 0xF0143,
    "clock": 0xF13AB,
    "close": 0xF0156,
    "coins": 0xF188F,
    "contactless": 0xF0D6A,
    "contrast": 0xF0197,
    "desk": 0xF0D70,
    "dialpad": 0xF061C,
    "document": 0xF09EE,
    "down": 0xF0045,
    "error": 0xF0028,
    "eye_off": 0xF06D1,
    "finish": 0xF0343,
    "game": 0xF0297,
    "help": 0xF0625,
    "history": 0xF02DA,
    "home": 0xF02DC,
    "hourglass": 0xF051F,
    "info": 0xF02FC,
    "internet": 0xF01E7,
    "key": 0xF0306,
    "language": 0xF059F,
    "lock": 0xF033E,
    "minus": 0xF0374,
    "minutes": 0xF1862,
    "note": 0xF0114,
    "out_of_service": 0xF06A6,
    "phone": 0xF011C,
    "phone_off": 0xF0950,
    "pin": 0xF0CCC,
    "play": 0xF040C,
    "plus": 0xF0415,
    "power": 0xF06A6,
    "printer": 0xF042A,
    "printer_off": 0xF0E5D,
    "printer_alert": 0xF042C,
    "qr": 0xF0432,
    "reader": 0xF0D6A,
    "receipt": 0xF0449,
    "refresh": 0xF0450,
    "register": 0xF0014,
    "returned": 0xF054D,
    "safe": 0xF0565,
    "shift": 0xF0636,
    "stop": 0xF015C,
    "text_size": 0xF027F,
    "top_up": 0xF0676,
    "up": 0xF005D,
    "visit": 0xF0449,
    "wait": 0xF0996,
    "wallet": 0xF0584,
    "warning": 0xF0026,
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


@dataclass(frozen=True)
class Look:
    """Everything a screen asks of the theme, for one panel, palette and size of text."""

    width: int
    height: int
    venue: VenueLook
    large: bool = False
    contrast: bool = False
    shrink: float = 1.0
    colors: dict[str, Color] = field(default_factory=dict)
    _known: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls, size: tuple[int, int], venue: VenueLook, *, large: bool = False, contrast: bool = False
    ) -> Look:
        """The look for a panel of `size` pixels."""
        name = "contrast" if contrast else venue.palette
        colors = {role: rgba(text) for role, text in PALETTES[name].items()}
        if venue.accent and not contrast:
            colors["accent"] = rgba(venue.accent)
        colors["neutral"] = colors["muted"]
        colors["on_accent"] = ink_on(colors["accent"])
        return cls(size[0], size[1], venue, large, contrast, colors=colors)

    def shrunk(self, shrink: float) -> Look:
        """The same look with all text a little smaller: for a screen that is too full."""
        return replace(self, shrink=shrink, _known={})

    @property
    def compact(self) -> bool:
        """A small panel: secondary words may go, figures may not."""
        return self.height < 560

    @property
    def upright(self) -> bool:
        """The panel is higher than wide: columns become rows."""
        return self.height > self.width

    @property
    def outlined(self) -> bool:
        """High contrast: surfaces are told apart by a line, not by a shade."""
        return self.contrast

    def _scale(self, pair: tuple[float, float]) -> float:
        height = min(self.height, 0.74 * self.width)
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
