"""A connected seller of whom nothing is loaded yet, worked on by the real commands."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
from tests.commands import clean, stockroom

from stockroom.core.clock import Clock
from stockroom.core.config import load_settings
from stockroom.db.embedded import running
from stockroom.db.place import Place
from stockroom.entrypoints.demo_home import prepared
from stockroom.entrypoints.demo_plan import DemoPlan
from stockroom.simulator.world import Seller, World, WorldOptions

NOW = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)
RATE = 4.0
"""The home's clock runs faster: Amazon's pace is minutes, a test's is seconds."""
_PATIENCE_S = 240
_UNEQUAL = ("account_id", "run_id", "asked_at", "loaded_at")
"""Columns that say when and by whom, not what."""


@dataclass(frozen=True)
class Asked:
    """A report at the pretend Amazon.

    Attributes:
        report_id: Amazon's.
        what: Its type, its marketplaces, and where its interval begins.
        at: When it was asked for.
    """

    report_id: str
    what: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class Unsynced:
    """The seller's home.

    Attributes:
        home: Where everything of it lies.
        place: Its database.
        seller: Whom it is about.
        url: The pretend Amazon's address.
        clock: The home's.
    """

    home: Path
    place: Place
    seller: Seller
    url: str
    clock: Clock

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command."""
        asked = [sys.executable, "-m", "stockroom.entrypoints.cli", *arguments]
        return subprocess.Popen(
            [*asked, "--home", str(self.home)],
            env=clean(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(self, *arguments: str, given: str = "", code: int = 0) -> str:
        """What a command prints, on both streams."""
        done = stockroom(*arguments, "--home", str(self.home), given=given)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout if code == 0 or done.stdout else done.stderr

    def sync(self, datasets: tuple[str, ...], days: int) -> list[str]:
        """The arguments of a sync of some datasets."""
        chosen = [part for name in datasets for part in ("--dataset", name)]
        return ["sync", "--account", self.seller.slug, "--days", str(days), *chosen]

    def calls(self) -> int:
        """How many calls the pretend Amazon has answered."""
        log = self.home / "simulator" / "requests.jsonl"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def reports(self) -> list[Asked]:
        """Reports that the pretend Amazon was asked for, oldest first."""
        kept = (self.home / "simulator" / "reports.jsonl").read_text().splitlines()
        found = {record["id"]: record for record in map(json.loads, kept)}
        return [
            Asked(
                report_id=one["id"],
                what=(one["type"], *one["ask"]["marketplaces"], one["ask"]["start"] or ""),
                at=datetime.fromisoformat(one["created_at"]),
            )
            for one in found.values()
        ]

    def mood(self, *moods: str) -> None:
        """Have the pretend Amazon misbehave like this and no other way."""
        httpx.put(f"{self.url}/_mood", json=list(moods), trust_env=False).raise_for_status()

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Rows of every account, as the superuser sees them."""
        # A server that was started anew may listen on another port.
        conninfo = self.place.conninfo(self.place.admin, port=self._postmaster()[3])
        with psycopg.connect(conninfo) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def content(self) -> dict[str, tuple[int, str]]:
        """Per table of facts and metrics: its rows and their digest, without lineage."""
        columns = self.rows(
            """select format('%%I.%%I', table_schema, table_name),
                      string_agg(quote_ident(column_name), ', ' order by ordinal_position)
               from information_schema.columns
               join pg_class c on c.oid = format('%%I.%%I', table_schema, table_name)::regclass
               where table_schema in ('core', 'metrics') and not c.relispartition
                   and column_name <> all(%s)
               group by 1""",
            list(_UNEQUAL),
        )
        return {
            table: self.rows(
                f"select count(*), coalesce(md5(string_agg(t::text, '|' order by t::text)), '')"  # noqa: S608 - from the catalogue
                f" from (select {names} from {table}) t"
            )[0]
            for table, names in columns
        }

    def postmaster(self) -> int:
        """The process id of the database server."""
        return int(self._postmaster()[0])

    def _postmaster(self) -> list[str]:
        return (self.home / "postgres" / "postmaster.pid").read_text().splitlines()


@contextmanager
def unsynced(
    folder: Path, *, skus: int = 8, days: int = 45, rate: float = RATE
) -> Iterator[Unsynced]:
    """A home with a running pretend Amazon, a database, and one seller connected."""
    home = folder / "home"
    home.mkdir(mode=0o755)
    options = WorldOptions.create(
        # Next to nothing happens while the test runs, so that its end is its beginning.
        now=NOW,
        seed=11,
        account_count=1,
        skus=skus,
        days=days,
        overrides={"demand_scale": 0.15},
    )
    options.save(home)
    settings, _ = prepared(load_settings(home=home, clock_rate=rate), DemoPlan())
    with running(home, create=True) as place, _simulating(home, str(settings.simulator_url)) as url:
        (seller,) = World(options).sellers.values()
        found = Unsynced(home, place, seller, url, settings.clock)
        found.run("db", "upgrade")
        found.run("org", "create", "Tests")
        found.run(
            *("account", "add", seller.slug, "--org", "Tests", "--seller-id", seller.seller_id),
            *("--region", str(seller.region)),
            given=seller.refresh_token + "\n",
        )
        yield found


@contextmanager
def _simulating(home: Path, url: str) -> Iterator[str]:
    asked = [sys.executable, "-m", "stockroom.entrypoints.cli", "simulate", "--home", str(home)]
    with (home / "simulator.log").open("wb") as log:
        process = subprocess.Popen(asked, env=clean(), stdout=log, stderr=log)
    try:
        end = time.monotonic() + _PATIENCE_S
        while not _answers(url):
            assert process.poll() is None, (home / "simulator.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.2)  # noqa: TID251 - another process tells us nothing
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/_health", trust_env=False).is_success
    return False
