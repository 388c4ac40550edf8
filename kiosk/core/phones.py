"""Phone numbers: one normal form, and how people see them."""

from __future__ import annotations

from dataclasses import dataclass


class NotAPhone(ValueError):
    """These digits are no phone number of this plan; the number itself is never told."""


@dataclass(frozen=True)
class PhonePlan:
    """How phone numbers are dialled where the venue is.

    `country` is its calling code, `trunk` the digits dialled before a national number (``8`` in
    Russia, ``0`` in Germany), `groups` the sizes in which a national number is written; their
    sum is its length.
    """

    country: str = "7"
    trunk: str = "8"
    groups: tuple[int, ...] = (3, 3, 2, 2)

    @property
    def national_digits(self) -> int:
        """Length of a national number."""
        return sum(self.groups)

    def normal(self, typed: str) -> str:
        """The normal form of a whole number: ``8 (916) 204-12-34`` → ``+79162041234`` (C35).

        A number that begins with ``+`` may belong to another country.

        Raises:
            NotAPhone: too short, too long, or no number at all.
        """
        digits = _digits(typed)
        whole = typed.strip().startswith("+")
        if whole and not digits.startswith(self.country):
            # E.164: 15 digits at most; 8 is the shortest with a country's code.
            if 8 <= len(digits) <= 15:
                return f"+{digits}"
            raise NotAPhone("not a phone number")
        for prefix in (self.country,) if whole else (self.country, self.trunk, ""):
            national = digits.removeprefix(prefix)
            if digits.startswith(prefix) and len(national) == self.national_digits:
                return f"+{self.country}{national}"
        raise NotAPhone("not a phone number")

    def with_digit(self, typed: str, digit: str) -> str:
        """The national number that is being typed after one more digit.

        People begin as they dial: ``8 916 204 12 34``. One digit too many tells that the first
        ones were not part of the number, and they go; before that nobody knows, since there
        are national numbers that begin alike.
        """
        if len(typed) < self.national_digits:
            return typed + digit
        prefix = self._dialled_first(typed)
        return (typed + digit).removeprefix(prefix) if prefix else typed

    def takes_more(self, typed: str) -> bool:
        """Whether one more digit would change the number that is being typed."""
        return len(typed) < self.national_digits or bool(self._dialled_first(typed))

    def _dialled_first(self, typed: str) -> str:
        """What stands before a national number, where these digits begin with it."""
        return next((p for p in (self.trunk, self.country) if p and typed.startswith(p)), "")

    def shown(self, typed: str) -> tuple[str, str]:
        """A national number as it is being typed, and what is still missing.

        ``916204`` → ``("+7 916 204", "__ __")``.
        """
        have, left = [f"+{self.country}"], []
        digits = _digits(typed)
        for size in self.groups:
            part, digits = digits[:size], digits[size:]
            gap = "_" * (size - len(part))
            if part:
                have.append(part)
            if gap:
                left.append(gap)
        return " ".join(have), " ".join(left)

    def masked(self, phone: str) -> str:
        """A normal form as people may see it: ``+79162041234`` → ``+7 ••• •••-12-34``."""
        country = self.country if phone.startswith(f"+{self.country}") else "•"
        return f"+{country} ••• •••-{phone[-4:-2]}-{phone[-2:]}"


def search_digits(typed: str, plan: PhonePlan) -> str:
    """The digits of a search: a whole number in normal form, else as typed (C3, C4, C35)."""
    try:
        return plan.normal(typed).removeprefix("+")
    except NotAPhone:
        return _digits(typed)


def _digits(typed: str) -> str:
    return "".join(c for c in typed if c in "0123456789")
