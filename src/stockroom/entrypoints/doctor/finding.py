"""One line of the doctor: what was looked at, how it is, and the remedy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from stockroom.core.errors import StockroomError


class Verdict(StrEnum):
    """How something is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look showed.

    Args:
        check: What was looked at.
        verdict: How it is.
        says: One sentence.
        remedy: What to do about it; empty when it is well.
        account: Whose connection, where it is about one.
    """

    check: str
    verdict: Verdict
    says: str
    remedy: str = ""
    account: str | None = None

    def values(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return asdict(self)

    def line(self) -> str:
        """As printed for a person."""
        subject = f"{self.check} {self.account}" if self.account else self.check
        told = f"{self.verdict:<5} {subject:<24} {self.says}"
        return f"{told} {self.remedy}" if self.remedy else told


def ok(check: str, says: str) -> Finding:
    """It is well."""
    return Finding(check, Verdict.OK, says)


def warn(check: str, says: str, remedy: str) -> Finding:
    """It works, and will not for ever."""
    return Finding(check, Verdict.WARN, says, remedy)


def fail(check: str, says: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check, Verdict.FAIL, says, remedy)


def failed(check: str, error: StockroomError) -> Finding:
    """It does not work, in the words of the error."""
    return fail(check, error.summary, error.next_step)
