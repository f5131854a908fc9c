"""A night of many sellers, worked through by real worker processes on a fast clock."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
from tests.commands import clean
from tests.e2e.unsynced import _simulating as simulating

from stockroom.core.clock import Clock
from stockroom.core.config import Settings, load_settings
from stockroom.core.marketplaces import Region
from stockroom.db.embedded import running
from stockroom.db.migrate import upgrade
from stockroom.db.place import Place
from stockroom.entrypoints.demo_home import prepared
from stockroom.entrypoints.demo_plan import DemoPlan
from stockroom.entrypoints.demo_tenants import connect
from stockroom.entrypoints.house import open_house
from stockroom.reports import all_reports
from stockroom.simulator.world import Seller, World, WorldOptions
from stockroom.spec.report import ListedReport

NOW = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)
HISTORY_DAYS = 2
LISTED = [one.name for one in all_reports() if isinstance(one.request, ListedReport)]


@dataclass(frozen=True)
class Worker:
    """A ``stockroom work``, and what it said."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self, words: str) -> bool:
        """Whether its log has that event."""
        return words in self.log.read_text(errors="replace")


@dataclass(frozen=True)
class Installation:
    """Connected sellers of whom nothing is loaded yet.

    Attributes:
        home: Where everything lies.
        place: The database.
        url: The pretend Amazon.
        clock: The installation's.
        sellers: Who is connected.
    """

    home: Path
    place: Place
    url: str
    clock: Clock
    sellers: list[Seller]

    @contextmanager
    def worker(self, name: str) -> Iterator[Worker]:
        """A worker process while the block runs."""
        path = self.home / f"{name}.log"
        command = [sys.executable, "-m", "stockroom.entrypoints.cli", "work"]
        with path.open("wb") as log:
            process = subprocess.Popen(
                [*command, "--home", str(self.home)], env=clean(), stdout=log, stderr=log
            )
        try:
            yield Worker(process, path)
        finally:
            process.terminate()
            try:
                process.wait(60)
            finally:
                process.kill()

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Rows of every account, as the superuser sees them."""
        with psycopg.connect(self.place.conninfo(self.place.admin)) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def mood(self, *moods: str) -> None:
        """Have the pretend Amazon misbehave like this and no other way."""
        httpx.put(f"{self.url}/_mood", json=list(moods), trust_env=False).raise_for_status()

    def accepted(self, operation: str) -> Counter[str]:
        """Calls that the pretend Amazon carried out, by account."""
        log = httpx.get(f"{self.url}/_log", params={"operation": operation}, trust_env=False)
        return Counter(one["account"] for one in log.json() if one["status"] < 400)

    def documents(self) -> Counter[str]:
        """Different documents of Selling Partner reports that are in, by account."""
        found = self.rows(
            "select a.slug, count(distinct r.amazon_document_id) from app.runs r"
            " join app.accounts a using (account_id) where r.document_id is not null group by 1"
        )
        return Counter(dict(found))

    def refused(self, status: int) -> int:
        """Calls that it answered so."""
        log = httpx.get(f"{self.url}/_log", trust_env=False)
        return sum(one["status"] == status for one in log.json())

    def loaded(self, *, without: str = "") -> bool:
        """Whether every seller's night is through, or that of all but one."""
        open_or_done = self.rows(
            "select count(*) filter (where state <> 'done'), count(distinct account_id)"
            " from app.runs join app.accounts a using (account_id)"
            " where (dataset <> 'orders' or reason = 'backfill') and a.slug <> %s",
            without,
        )
        return open_or_done == [(0, len(self.sellers) - bool(without))]

    def waiting(self, seller: Seller) -> int:
        """Windows of a seller that are not in."""
        ((count,),) = self.rows(
            "select count(*) from app.runs join app.accounts a using (account_id)"
            " where state <> 'done' and a.slug = %s",
            seller.slug,
        )
        return int(count)

    def asked(self) -> dict[str, str]:
        """Reports that the pretend Amazon was asked for: what of whom, by report id."""
        kept = (self.home / "simulator" / "reports.jsonl").read_text().splitlines()
        return {
            one["id"]: json.dumps([one["account"], one["type"], one["ask"]])
            for one in map(json.loads, kept)
        }

    def used(self) -> set[str]:
        """Reports that runs used, asked for or not."""
        return {
            report_id
            for (report_id,) in self.rows(
                "select distinct report_id from app.runs where report_id is not null"
            )
        }

    def filled_twice(self) -> list[Any]:
        """Windows that more than one run filled.

        Orders of a day that goes on are asked anew; of what Amazon lists by itself there may be
        several documents of the same days.
        """
        return self.rows(
            "select account_id, dataset, marketplace, first_day, last_day, count(*) from app.runs"
            " where dataset <> 'orders' and state = 'done'"
            " group by 1, 2, 3, 4, 5, case when dataset = any(%s) then report_id end"
            " having count(*) > 1",
            LISTED,
        )

    def finished(self) -> dict[str, float]:
        """When each account's night was through, in minutes of the installation's clock."""
        found = self.rows(
            "select a.slug, max(r.finished_at) from app.runs r join app.accounts a"
            " using (account_id) where r.dataset <> 'orders' group by 1"
        )
        return {slug: (at - NOW).total_seconds() / 60 for slug, at in found}


@contextmanager
def installation(
    folder: Path, *, accounts: int, rate: float, skus: int = 4
) -> Iterator[Installation]:
    """A home with a running pretend Amazon, a database, and North American sellers connected."""
    home = folder / "home"
    home.mkdir(mode=0o755)
    options = WorldOptions.create(
        now=NOW,
        seed=11,
        account_count=accounts * 3 // 2 + 1,  # every third is European
        skus=skus,
        days=30,
        overrides={"demand_scale": 0.15},
    )
    options.save(home)
    settings, _ = prepared(load_settings(home=home, clock_rate=rate), DemoPlan())
    everyone = World(options).sellers.values()
    sellers = [one for one in everyone if one.region is Region.NA][:accounts]
    with running(home, create=True) as place, simulating(home, str(settings.simulator_url)) as url:
        asyncio.run(_connected(settings, sellers))
        yield Installation(home, place, url, settings.clock, sellers)


async def _connected(settings: Settings, sellers: list[Seller]) -> None:
    await upgrade(settings)
    async with open_house(settings) as house:
        await connect(house, sellers, HISTORY_DAYS)


def until(true: Callable[[], bool], *, within_s: float) -> None:
    """Look until it is so, or give up."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)  # noqa: TID251 - other processes tell us nothing
