"""Why a device went, or did not come: a word for an error of the system or of a driver."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from kiosk.core.errors import Cause, DeviceError

_OF: Mapping[int, Cause] = {
    errno.ENOENT: "not_found",
    errno.ENXIO: "not_found",
    errno.ENODEV: "unplugged",
    errno.EIO: "unplugged",
    errno.EPIPE: "unplugged",
    errno.ESHUTDOWN: "unplugged",
    errno.EBADF: "unplugged",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EBUSY: "in_use",
    errno.EAGAIN: "in_use",
    errno.ENOTTY: "settings",
    errno.EINVAL: "settings",
}


def cause_of(error: BaseException) -> Cause:
    """The cause of an error: the driver's own word, else what the system's number means.

    pyserial wraps errors in its own; the number is then in the inner one.
    """
    if isinstance(error, DeviceError):
        return error.cause
    for one in (error, error.__cause__, error.__context__):
        number = getattr(one, "errno", None) or next(iter(getattr(one, "args", ())), None)
        if isinstance(number, int) and number in _OF:
            return _OF[number]
    # pyserial has no number for a line that reads nothing although it has something.
    return "unplugged" if "disconnected" in str(error) else "silent"
