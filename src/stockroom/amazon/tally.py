"""How many requests something took: counted where they are sent, told to whoever asked.

A list is read by one loop of the caller through several layers; none of them
needs to hand a counter down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from stockroom.amazon.rates import Operation

_TALLY: ContextVar[Counter[str] | None] = ContextVar("tally", default=None)


@contextmanager
def tallied() -> Iterator[Counter[str]]:
    """Count the requests that are sent in the block, by operation, repeats included."""
    counted: Counter[str] = Counter()
    token = _TALLY.set(counted)
    try:
        yield counted
    finally:
        _TALLY.reset(token)


def sent(operation: Operation) -> None:
    """A request is on its way."""
    counted = _TALLY.get()
    if counted is not None:
        counted[operation.name] += 1
