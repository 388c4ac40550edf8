r"""Keys of a keyboard as text: what a reader that poses as a keyboard has typed.

A key is the kernel's code of it (``linux/input-event-codes.h``) and its value: 1 pressed, 0 let
go, 2 repeated while it is held. Which character it means depends on the layout for which the reader
is set; the kernel knows none.

Source: the layouts of xkeyboard-config 2.35 (``us``, ``gb``, ``de``, ``fr``), ASCII only. Not
verified on a device: that a reader set for a layout with dead keys types a space behind them, and
that Caps Lock moves letters only.
"""

from __future__ import annotations

from dataclasses import dataclass

RELEASED, PRESSED = 0, 1

_CODES = (41, *range(2, 14), *range(16, 28), *range(30, 41), 43, 86, *range(44, 54))
"""The rows of keys from ` to /, the key beside Enter, and the one beside the left shift."""
_SPACE, _ENTER, _KEYPAD_ENTER, _TAB = 57, 28, 96, 15
_SHIFTS = (42, 54)
_ALT, _ALT_GR, _CAPS_LOCK = 56, 100, 58
_CONTROLS = (29, 97)
_KEYPAD = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True))
_KEYPAD_SIGNS = {55: "*", 98: "/", 74: "-", 78: "+", 83: "."}
_ALWAYS = {_SPACE: " ", _ENTER: "\r", _KEYPAD_ENTER: "\r", _TAB: "\t", **_KEYPAD_SIGNS, **_KEYPAD}
_CODE_DIGITS_MAX = 4


@dataclass(frozen=True)
class Layout:
    """What each of the keys means: alone, with shift, with Alt Gr; a blank means nothing.

    A blank behind a `dead` key only says that its character itself was meant.
    """

    alone: str
    shifted: str
    alt_gr: str = " " * len(_CODES)
    dead: tuple[tuple[int, str], ...] = ()
    """Level (0, 1, 2 as above) and character."""


LAYOUTS = {
    "us": Layout(
        "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
        '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|>ZXCVBNM<>?',
    ),
    "gb": Layout(
        "`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
        ' !" $%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?',
    ),
    "de": Layout(
        "^1234567890  qwertzuiop +asdfghjkl  #<yxcvbnm,.-",
        " !\" $%&/()=?`QWERTZUIOP *ASDFGHJKL  '>YXCVBNM;:_",
        "       {[]}\\ @          ~            |          ",
        dead=((0, "^"), (1, "`")),
    ),
    "fr": Layout(
        " & \"'(- _  )=azertyuiop^$qsdfghjklm *<wxcvbn,;:!",
        " 1234567890 +AZERTYUIOP  QSDFGHJKLM% >WXCVBN?./ ",
        "  ~#{[|`\\^@]}                                   ",
        dead=((0, "^"), (2, "~"), (2, "`")),
    ),
}
"""Name in the configuration -> layout."""


class Typed:
    """The state of one keyboard: its shifts, its Caps Lock, a code being typed.

    Args:
        layout: a name of `LAYOUTS`.
    """

    def __init__(self, layout: str) -> None:
        self._layout = LAYOUTS[layout]
        self._levels = tuple(
            {code: sign for code, sign in zip(_CODES, level, strict=True) if sign != " "}
            for level in (self._layout.alone, self._layout.shifted, self._layout.alt_gr)
        )
        self.forget()

    def forget(self) -> None:
        """No key is held, no Caps Lock is on: a new line of keys begins."""
        self._held: set[int] = set()
        self._caps = False
        self._dead = False
        self._digits = ""

    def key(self, code: int, value: int) -> str:
        r"""What a key adds to the text: a character, or nothing.

        Enter is ``\r`` and Tab is ``\t``. What a key with no meaning in this layout adds is
        U+FFFD, which stands on no card and in no code: better none than another one's.
        """
        if value == RELEASED:
            self._held.discard(code)
            return self._by_code() if code == _ALT else ""
        if value != PRESSED:
            return ""  # a key that is held: no reader does that, and a hand means one
        if code in (*_SHIFTS, *_CONTROLS, _ALT, _ALT_GR):
            self._held.add(code)
            return ""
        if code == _CAPS_LOCK:
            self._caps = not self._caps
            return ""
        if _ALT in self._held and code in _KEYPAD:
            self._digits = (self._digits + _KEYPAD[code])[: _CODE_DIGITS_MAX + 1]
            return ""
        return self._sign(code)

    def _sign(self, code: int) -> str:
        waited, self._dead = self._dead, False
        if code in _ALWAYS:
            return "" if waited and code == _SPACE else _ALWAYS[code]
        shifted = any(shift in self._held for shift in _SHIFTS)
        level = 2 if _ALT_GR in self._held else int(shifted)
        sign = self._levels[level].get(code, "")
        if not sign:
            return "\ufffd" if code in _CODES else ""
        if any(control in self._held for control in _CONTROLS):
            # Readers type control characters so: Ctrl+J is a line feed.
            return chr(ord(sign) & 0x1F) if sign.isalpha() else "\ufffd"
        if (level, sign) in self._layout.dead:
            self._dead = True
        if self._caps and level < 2 and sign.isalpha():
            return sign.swapcase()
        return sign

    def _by_code(self) -> str:
        """Alt with digits of the keypad: the character of that number, as many readers type."""
        digits, self._digits = self._digits, ""
        if not digits:
            return ""
        number = int(digits)
        return chr(number) if len(digits) <= _CODE_DIGITS_MAX and 32 <= number < 127 else "\ufffd"
