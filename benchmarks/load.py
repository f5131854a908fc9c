"""What loading a large document costs: 1.5 million ledger events, beside a raw COPY of the same rows.

The document lies at the pretend door as Amazon would hand it over; landing and
loading run in a process of their own, so that the peak of memory is theirs
alone. Afterwards the very rows of the table are copied out, the table is
emptied, and COPY puts them back: that is the floor, in the same table, on the
same disk. Both are done in turns; the best of each counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from stockroom.core.clock import Clock
from stockroom.core.config import Settings
from stockroom.core.ids import uuid7
from stockroom.core.marketplaces import Region
from stockroom.db.engine import Database
from stockroom.db.migrate import upgrade
from stockroom.db.server import locate
from stockroom.reports import ledger_detail
from stockroom.spec.account import AccountFacts
from stockroom.spec.run import Run, RunState
from stockroom.sync.documents import forget
from stockroom.sync.engine import SyncEngine
from stockroom.sync.exported import Exported
from stockroom.sync.land import land_file
from stockroom.sync.work import Work
from stockroom.tenancy.vault import Vault

ROWS, ROUNDS = 1_500_000, 2
LEAST_RATIO, MOST_MB = 0.5, 350
NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
LAST = date(2026, 11, 19)
DAYS, SKUS = 31, 8000
ACCOUNT = AccountFacts(UUID(int=15), "bench", Region.NA, ("US",), "US")
VAULT = Vault({"bench": bytes(32)})
HEADERS = (
    *("Date", "FNSKU", "ASIN", "MSKU", "Title", "Event Type", "Reference ID", "Quantity"),
    *("Fulfillment Center", "Disposition", "Reason", "Country"),
    *("Reconciled Quantity", "Unreconciled Quantity"),
)


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Load and copy, in turns: rows per second of each, their ratio, and the loader's memory."""
    with tempfile.TemporaryDirectory(prefix="stockroom-load-") as folder:
        home, document = Path(folder) / "home", Path(folder) / "ledger.tsv"
        write_document(document, rows)
        size = round(document.stat().st_size / 2**20)
        return {"megabytes": size, **asyncio.run(_measure(Settings(home=home), document, rows))}


def write_document(path: Path, rows: int) -> None:
    """A ledger document of a month, day by day, quoted as Amazon quotes it."""
    days = [(LAST - timedelta(days=DAYS - 1 - n)).strftime("%m/%d/%Y") for n in range(DAYS)]
    with path.open("w", encoding="utf-8") as file:
        file.write("\t".join(f'"{name}"' for name in HEADERS) + "\n")
        for n in range(rows):
            sku = (n * 7919) % SKUS
            cells = (
                *(days[n * DAYS // rows], f"X00{sku:07}", f"B00{sku:07}", f"SHELF-{sku:05}"),
                *(f"Shelf in oak, no. {sku}", "Shipments", f"{n:012}", "-1"),
                *(f"FTW{n % 9}", "SELLABLE", "", "US", "0", "0"),
            )
            file.write('"' + '"\t"'.join(cells) + '"\n')


async def _measure(settings: Settings, document: Path, rows: int) -> dict[str, Any]:
    async with locate(settings, create=True) as place:
        await upgrade(settings)
        copied = document.with_suffix(".csv")
        loads, floors = [], []
        admin = place.conninfo(place.admin)
        for _ in range(ROUNDS):
            _empty(admin)
            loads.append(_in_a_process(settings.home, document))
            floors.append(_raw_copy(admin, copied))
    best, floor = min(one["seconds"] for one in loads), min(floors)
    return {
        "rows": rows,
        "rows_per_s": round(rows / best),
        "copy_rows_per_s": round(rows / floor),
        "ratio": round(floor / best, 2),
        "least_ratio": LEAST_RATIO,
        "peak_mb": max(one["peak_mb"] for one in loads),
        "most_mb": MOST_MB,
    }


def _empty(admin: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("truncate core.ledger_events")
        connection.execute("truncate app.runs, app.loaded_days")
        connection.execute("checkpoint")


def _raw_copy(admin: str, path: Path) -> float:
    """Seconds that COPY needs for the rows the table holds now."""
    with psycopg.connect(admin, autocommit=True) as connection:
        with (
            path.open("wb") as file,
            connection.cursor().copy(
                "copy (select * from core.ledger_events) to stdout (format csv)"
            ) as copy,
        ):
            for block in copy:
                file.write(block)
        _empty(admin)
        started = time.perf_counter()
        with (
            path.open("rb") as file,
            connection.cursor().copy("copy core.ledger_events from stdin (format csv)") as copy,
        ):
            while block := file.read(4 << 20):
                copy.write(block)
        return time.perf_counter() - started


def _in_a_process(home: Path, document: Path) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, __file__, "--load", str(document), "--home", str(home)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    loaded: dict[str, Any] = json.loads(told)
    return loaded


# --- the process that loads -----------------------------------------------------------------------


async def _load(home: Path, document: Path) -> None:
    async with _landed(Settings(home=home), document) as (engine, work):
        started = time.perf_counter()
        filled = await engine.advance(ACCOUNT, work.run, work.amazon)
        seconds = time.perf_counter() - started
    if filled.state != RunState.FILLED:
        raise SystemExit(f"{filled.state}: {filled.error}")
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "rows": filled.rows, "peak_mb": peak_kb // 1024}))


@asynccontextmanager
async def _landed(settings: Settings, document: Path) -> AsyncIterator[tuple[SyncEngine, Work]]:
    async with Database.open(settings) as database:
        engine = SyncEngine(
            database=database,
            clock=Clock(NOW, Clock().now()),
            reports=[ledger_detail.REPORT],
            metrics=(),
            cipher=VAULT,
        )
        # The document is brought, so that no network and no pretend Amazon is in the figures.
        work = Work(engine.bench, ACCOUNT, ledger_detail.REPORT, _run(), _nobody())
        run = await land_file(work, Exported.open(document, ledger_detail.REPORT.format))
        yield engine, work.on(run)
        async with database.connection(ACCOUNT.id) as connection:
            await forget(connection, run.id)


def _run() -> Run:
    return Run(
        account_id=ACCOUNT.id,
        id=uuid7(NOW),
        dataset="ledger_detail",
        marketplace="",
        first_day=LAST - timedelta(days=DAYS - 1),
        last_day=LAST,
        reason="import",
        state=RunState.READY.value,
        dirty_days=[],
        remarks={},
        attempts=0,
        requested_at=NOW,
        created_at=NOW,
    )


def _nobody() -> Any:
    """No Amazon: nothing after landing asks it."""
    return None


def main() -> None:
    """Measure and print; or, asked by ourselves, load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load is not None:
        asyncio.run(_load(options.home, options.load))
    else:
        print(json.dumps(measure(options.rows), indent=2))


if __name__ == "__main__":
    main()
