"""What can go wrong: one class with the code of the command line's errors, which its document of errors explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from .answers import CheckReport


class WeighbridgeError(Exception):
    """An error, or nothing that could be judged. A check that fails is none: it is an answer."""

    #: Such as ``FILE_UNREADABLE``; NODE_MISSING, TIMED_OUT and ENDED are of this package.
    code: str
    message: str
    #: Of a check that judged nothing, or not all of the model: what it says all the same.
    report: Optional[CheckReport]

    def __init__(self, code: str, message: str, report: Optional[CheckReport] = None) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.message = message
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        # Also out of a pool of processes.
        return type(self), (self.code, self.message, self.report)


class WeighbridgeTimeout(WeighbridgeError, TimeoutError):
    """It took longer than the ``timeout`` that was given; the work has been stopped."""
