"""What becomes of a run when a step fails: later, never, or a person must look."""

from __future__ import annotations

from datetime import datetime, timedelta

from stockroom.core.errors import (
    AmazonError,
    AuthorizationLostError,
    BadDocumentError,
    RoleMissingError,
    SecretRefusedError,
    StockroomError,
    ThrottledError,
)
from stockroom.core.log import redact_text
from stockroom.spec.run import GRANT_LOST, ROLE_MISSING, SECRET_REFUSED, Run, RunState

_ERROR_LENGTH = 500
_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(hours=1)
_DOWNLOADS = 5
"""Times a document is fetched before it counts as broken at Amazon."""


def told(text: str) -> str:
    """Text for the run's record: no credential, no control character, capped."""
    plain = "".join(mark if mark.isprintable() else " " for mark in redact_text(text))
    return plain[:_ERROR_LENGTH]


def later(run: Run, now: datetime, wait: timedelta, error: StockroomError | None = None) -> Run:
    """The same step again after ``wait``; with an error, why it waits."""
    if error is None:
        return run.but(next_at=now + wait)
    return run.but(next_at=now + wait, error=told(str(error)), error_kind=kind_of(error))


def ended(run: Run, now: datetime, state: RunState, error: StockroomError | str) -> Run:
    """No further step."""
    return run.but(
        state=state.value,
        error_kind=kind_of(error),
        error=told(str(error)),
        finished_at=now,
        next_at=None,
    )


def kind_of(error: StockroomError | str) -> str:
    """One word for what went wrong: Amazon's code for it, else ours.

    Amazon has one code, ``Unauthorized``, for what different people must mend.
    """
    if isinstance(error, RoleMissingError):
        return ROLE_MISSING
    if isinstance(error, SecretRefusedError):
        return SECRET_REFUSED
    if isinstance(error, AuthorizationLostError):
        return GRANT_LOST
    if isinstance(error, AmazonError):
        return error.code or type(error).__name__.removesuffix("Error")
    return error.kind if isinstance(error, StockroomError) else "amazon_refused"


def waits_its_turn(error: StockroomError) -> bool:
    """Whether only our own pace holds a step up: nothing was sent, so nothing failed."""
    return isinstance(error, ThrottledError) and not error.status


def after_failure(run: Run, error: StockroomError, now: datetime) -> Run:
    """The run as it stands after a step raised ``error``.

    Throttling and outages never end a run: it waits, at most an hour at a time, and
    for its turn in our own pace no longer than that takes. A document that was cut
    short is fetched again, some times over: a broken connection is no drift.
    """
    if waits_its_turn(error):
        # A wait that grew would waste Amazon's minutes.
        return later(run, now, timedelta(seconds=error.retry_after_s or 0), error)
    run = run.but(attempts=run.attempts + 1)
    if error.retryable:
        wait = min(_FIRST_WAIT * 2 ** min(run.attempts - 1, 10), _LONGEST_WAIT)
        asked = timedelta(seconds=error.retry_after_s or 0)
        return later(run, now, max(wait, asked), error)
    if isinstance(error, BadDocumentError) and run.state == RunState.READY:
        downloads = int(run.remarks.get("downloads", 0)) + 1
        run = run.but(remarks={**run.remarks, "downloads": downloads})
        if downloads < _DOWNLOADS:
            return later(run, now, _FIRST_WAIT, error)
    return ended(run, now, RunState.FAILED, error)
