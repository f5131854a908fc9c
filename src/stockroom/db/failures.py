"""Postgres that does not answer becomes one sentence; every other fault stays what it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout
from sqlalchemy import exc

from stockroom.core.errors import DatabaseUnavailableError

_GONE = ("08", "57P", "53300")
"""SQLSTATEs of a connection lost, a server going down, no connection left."""


@contextmanager
def answering() -> Iterator[None]:
    """Turn the loss of the database inside the block into :class:`DatabaseUnavailableError`.

    Raises:
        DatabaseUnavailableError: No connection, or it broke, or a statement took too long.
    """
    try:
        yield
    except (psycopg.OperationalError, exc.OperationalError, exc.TimeoutError) as error:
        driver = error.orig if isinstance(error, exc.OperationalError) else error
        if isinstance(driver, psycopg.errors.QueryCanceled):
            raise DatabaseUnavailableError(
                "A query took longer than the database allows.",
                next_step="Ask for fewer rows or a shorter range.",
            ) from error
        if _lost(driver):
            raise DatabaseUnavailableError(
                "The database does not answer.", next_step="Try again in a minute.", retry_after_s=5
            ) from error
        raise


def _lost(error: BaseException | None) -> bool:
    if isinstance(error, exc.TimeoutError | PoolTimeout):
        return True
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    return state is None or state.startswith(_GONE)
