"""Text that comes in pieces becomes events: by its line ends, or by a silence behind it."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.core.messages import Event


class Bursts:
    """What a reader sends. A burst is what comes without a silence of `gap_s`.

    Args:
        event: makes an event of one text, however long.
        gap_s: the silence that ends a burst, in seconds.
        ends: the characters that end a text within a burst; none: only the silence does.
        most: a text may have so many characters; of one that has not ended one more is kept.

    Within one burst the same event is told once. An empty text is none.
    """

    def __init__(self, event: Callable[[str], Event], *, gap_s: float, ends: str, most: int):
        self._event = event
        self._gap_s = gap_s
        self._ends = ends
        self._most = most
        self.forget()

    @property
    def left_s(self) -> float:
        """How much of the silence is left that would end the burst."""
        return self._left_s

    @property
    def begun(self) -> bool:
        """Whether anything was heard since the last silence."""
        return self._begun

    def forget(self) -> None:
        """Nothing was heard: a burst begins."""
        self._text = ""
        self._told: list[Event] = []
        self._left_s = self._gap_s
        self._begun = False
        self._spoilt: Event | None = None

    def spoil(self, event: Event) -> None:
        """A part of what came is missing: at its end this burst tells `event`, and nothing else."""
        self._spoilt = event
        self._left_s = self._gap_s
        self._begun = True

    def heard(self, text: str) -> list[Event]:
        """What the texts tell that are whole now."""
        self._left_s = self._gap_s
        self._begun = True
        self._text += text
        whole: list[str] = []
        if self._ends:
            for end in self._ends[1:]:
                self._text = self._text.replace(end, self._ends[0])
            *whole, self._text = self._text.split(self._ends[0])
        self._text = self._text[: self._most + 1]
        return self._events(whole)

    def silent(self, waited_s: float) -> list[Event]:
        """Nothing came for so long; at the end of a burst its last text is whole.

        Time is counted by what was waited for nothing, so that it is the transport's time.
        """
        self._left_s -= waited_s
        if self._left_s > 0:
            return []
        events = [self._spoilt] if self._spoilt else self._events([self._text])
        self.forget()
        return events

    def _events(self, texts: list[str]) -> list[Event]:
        made: list[Event] = []
        if self._spoilt:
            return made
        for text in texts:
            if text.strip("\r\n"):
                event = self._event(text)
                if event not in self._told:
                    self._told.append(event)
                    made.append(event)
        return made
