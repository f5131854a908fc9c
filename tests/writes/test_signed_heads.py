"""The head is signed with every confirmed change and every hour, and told to the log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest
import structlog
from tests.writes.conftest import SEED, Bench

from stockroom.core import log
from stockroom.core.errors import StaleError
from stockroom.writes.chain import Head
from stockroom.writes.heads import SignedHead, Signer, heads_in
from stockroom.writes.trail import verify_account

TRUSTED = Signer([SEED]).trusted


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What this process logs, as a service writes it."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    with redirect_stderr(written):
        log.configure()
    yield written
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def stored(bench: Bench) -> Head:
    last = (await bench.audit())[-1]
    return Head(last.seq, last.hash)


def told(bench: Bench, output: io.StringIO) -> list[Head]:
    """The heads in what was logged since the last look, as ``audit verify`` finds them."""
    lines = output.getvalue().encode().splitlines()
    output.seek(0)
    output.truncate()
    return [one.head for one in heads_in(lines, str(bench.account.id), TRUSTED)]


async def test_with_every_confirmed_change(bench: Bench, output: io.StringIO) -> None:
    preview = await bench.proposed()
    assert told(bench, output) == []
    await bench.gate().confirm(bench.asker, preview.id, preview.fingerprint)
    assert told(bench, output) == [await stored(bench)]
    bench.clock.move(1)
    await bench.gate().confirm(bench.asker, preview.id, preview.fingerprint)
    assert told(bench, output) == []  # a repeat agrees to nothing new


async def test_not_with_a_refused_one(bench: Bench, output: io.StringIO) -> None:
    preview = await bench.proposed()
    with pytest.raises(StaleError):
        await bench.gate().confirm(bench.asker, preview.id, "f" * 64)
    assert told(bench, output) == []


async def test_every_hour_of_every_chain_that_has_rows(bench: Bench, output: io.StringIO) -> None:
    gate = bench.gate()
    await gate.sign_head(bench.account.id)
    assert told(bench, output) == []
    await bench.proposed()
    await gate.sign_head(bench.account.id)
    heads = told(bench, output)
    assert heads == [await stored(bench)]
    await bench.proposed()
    found = await verify_account(bench.database, bench.account.id, heads)
    assert found.broken is None


async def test_a_log_record_is_a_line_to_keep(bench: Bench, output: io.StringIO) -> None:
    await bench.proposed()
    await bench.gate().sign_head(bench.account.id)
    (line,) = (one for one in output.getvalue().splitlines() if "head signed" in one)
    record = json.loads(line)
    assert (record["event"], record["level"]) == ("head signed", "info")
    signed = SignedHead.read(json.loads(record["head"]))
    assert signed is not None
    assert signed.holds(TRUSTED)
    assert signed.at == "2026-11-21T08:45:00.000000+00:00"
