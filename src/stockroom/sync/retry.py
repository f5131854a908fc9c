"""What becomes of a run when a step fails: later, never, or a person must look."""

from __future__ import annotations

from datetime import datetime, timedelta

from stockroom.core.errors import AmazonError, BadDocumentError, StockroomError
from stockroom.core.log import redact_text
from stockroom.spec.run import Run, RunState
from stockroom.sync.layout import DriftError

_ERROR_LENGTH = 500
_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(hours=1)
_DOWNLOADS = 3


def told(text: str) -> str:
    """Text for the run's record: no credential, no control character, capped."""
    plain = "".join(mark if mark.isprintable() else " " for mark in redact_text(text))
    return plain[:_ERROR_LENGTH]


def later(run: Run, now: datetime, wait: timedelta, reason: str = "") -> Run:
    """The same step again after ``wait``."""
    return run.but(next_at=now + wait, error=told(reason) or run.error)


def ended(run: Run, now: datetime, state: RunState, error: StockroomError | str) -> Run:
    """No further step."""
    kind = error.kind if isinstance(error, StockroomError) else "amazon_refused"
    if isinstance(error, AmazonError):
        kind = error.code or type(error).__name__.removesuffix("Error")
    return run.but(
        state=state.value, error_kind=kind, error=told(str(error)), finished_at=now, next_at=None
    )


def after_failure(run: Run, error: StockroomError, now: datetime) -> Run:
    """The run as it stands after a step raised ``error``.

    Throttling and outages never end a run: it waits, at most an hour at a time. A
    document that was cut short is downloaded again; one that drifted is
    quarantined, and the last good rows stay.
    """
    run = run.but(attempts=run.attempts + 1)
    if error.retryable:
        wait = min(_FIRST_WAIT * 2 ** min(run.attempts - 1, 10), _LONGEST_WAIT)
        asked = timedelta(seconds=error.retry_after_s or 0)
        return later(run, now, max(wait, asked), str(error))
    if isinstance(error, DriftError):
        return ended(run, now, RunState.QUARANTINED, error)
    if (
        isinstance(error, BadDocumentError)
        and run.attempts < _DOWNLOADS
        and run.document_id is None
    ):
        return later(run, now, _FIRST_WAIT, str(error))
    return ended(run, now, RunState.FAILED, error)
