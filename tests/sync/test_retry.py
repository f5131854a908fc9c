"""What becomes of a run whose step failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stockroom.core.errors import AmazonUnavailableError, BadDocumentError, ThrottledError
from stockroom.spec.run import Run, RunState
from stockroom.sync.retry import after_failure

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
CUT = BadDocumentError("The document ends before its end: it was cut short.")


def ready(attempts: int = 0) -> Run:
    return Run(state=RunState.READY.value, attempts=attempts, remarks={}, dirty_days=[])


def test_a_document_that_was_cut_short_is_fetched_again_before_it_counts_as_broken() -> None:
    run, fetched = ready(), 0
    while run.open:
        run, fetched = after_failure(run, CUT, NOW), fetched + 1
        assert run.open or run.finished_at == NOW
    assert (run.state, fetched) == ("failed", 5)


def test_outages_before_do_not_use_up_the_downloads() -> None:
    run = after_failure(ready(attempts=9), CUT, NOW)
    assert (run.state, run.remarks["downloads"]) == ("ready", 1)


def test_a_run_that_waits_says_what_for() -> None:
    error = ThrottledError("Amazon is limiting getReport.", code="QuotaExceeded", retry_after_s=90)
    run = after_failure(ready(), error, NOW)
    assert (run.next_at, run.error_kind) == (NOW + timedelta(seconds=90), "QuotaExceeded")
    assert run.error == "Amazon is limiting getReport."
    again = after_failure(run, AmazonUnavailableError("Nobody answers."), NOW)
    assert (again.attempts, again.error_kind) == (1, "AmazonUnavailable")
