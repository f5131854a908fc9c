"""What every test may ask for: a migrated database of its own, one seller in it, a clock that stands.

One PostgreSQL serves the whole run, also with ``-n``: the first test that needs
it starts it in memory, without waiting for disks; every test borrows a copy of one
migrated database. ``TEST_DATABASE_URL`` (a superuser's) uses a server of yours.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.lending import Lender, Lent, copy_of, drop
from tests.plenty import Plenty
from tests.scheduling import ByFile

from stockroom.core.clock import Clock, FixedClock
from stockroom.core.config import Settings
from stockroom.core.ids import uuid7
from stockroom.core.marketplaces import Region
from stockroom.db.credentials import remember
from stockroom.db.embedded import running
from stockroom.db.engine import Database
from stockroom.db.migrate import upgrade
from stockroom.db.place import Place, read_address
from stockroom.db.server import locate
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.spec.tool import TargetAccount
from stockroom.tenancy.models import AccountRow, Organisation

FOLDER = pytest.StashKey[Path]()
SENTRY = pytest.StashKey["subprocess.Popen[bytes]"]()
CARELESS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "autovacuum": "off",
    "scram_iterations": "1",
}
SECRET = base64.b64encode(b"stockroom's tests, 32 bytes long").decode()

# Waits for the end of the run, however it comes, then clears the server away.
CLEAR_AWAY = """
cat >/dev/null
pid=$(head -n 1 "$1/home/postgres/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
rm -rf "$1"
"""


# --- one server per run ---------------------------------------------------------------------------


def _folder(prefix: str) -> Path:
    """A fresh folder in memory that every user can pass into."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    folder = Path(tempfile.mkdtemp("", prefix, memory if memory.is_dir() else None))
    folder.chmod(0o711)
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """The process that leads the run owns the server's folder, and a sentry that clears it away."""
    for name in list(os.environ):  # noqa: TID251 - tests must not depend on the shell they run in
        if name.startswith("STOCKROOM_") or name in {"DATABASE_URL", "DATABASE_DIRECT_URL"}:
            del os.environ[name]  # noqa: TID251 - as above
    if hasattr(config, "workerinput"):
        config.stash[FOLDER] = Path(config.workerinput["stockroom_folder"])
        return
    folder = _folder("stockroom-")
    config.stash[FOLDER] = folder
    if config.option.basetemp is None:
        config.option.basetemp = str(folder / "tests")  # their homes too wait for no disk
    config.stash[SENTRY] = subprocess.Popen(
        ["/bin/sh", "-c", CLEAR_AWAY, "sh", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the sentry do its work, and wait for it."""
    sentry = config.stash.get(SENTRY, None)
    if sentry is not None:
        sentry.communicate()


def pytest_collection_finish() -> None:
    """What was imported stays; looking for garbage in it, and often, took a seventh of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first: short ones fill up what is left."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """How ``-n`` hands out the tests, whatever ``--dist`` says."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of ``-n`` where the server of this run is."""
    node.workerinput["stockroom_folder"] = str(node.config.stash[FOLDER])


@pytest.fixture(scope="session")
def template(pytestconfig: pytest.Config) -> Iterator[Place]:
    """A migrated database that nobody connects to: the others are copies of it."""
    folder = pytestconfig.stash[FOLDER]
    url = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251 - the one setting of the tests
    with ExitStack() as stack:
        if url is not None:
            url = f"{url.rpartition('/')[0]}/{folder.name.replace('-', '_')}"
        else:
            stack.enter_context(running(folder / "home", create=True, tuning=CARELESS))
        settings = Settings(home=folder / "home", database_url=url)
        with _one_at_a_time(folder):
            done = folder / "migrated"
            if not done.exists():
                asyncio.run(upgrade(settings))
                done.touch()
        yield asyncio.run(_place(settings))


@pytest.fixture(scope="session")
def administrator(template: Place) -> Iterator[psycopg.Connection]:
    """A superuser, outside the databases under test."""
    conninfo = template.conninfo(template.admin, dbname="postgres")
    # Nobody else of this process runs while it works: dropping a database may wait for others.
    options = "-c statement_timeout=60s"
    with psycopg.connect(conninfo, autocommit=True, options=options) as connection:
        yield connection


async def _place(settings: Settings) -> Place:
    async with locate(settings) as place:
        return place


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- one database per test ------------------------------------------------------------------------


@contextmanager
def copied(template: Place, administrator: psycopg.Connection) -> Iterator[Place]:
    """A fresh database with the roles of the template, while the block runs."""
    place = copy_of(template, administrator)
    yield place
    drop(place, administrator)


@pytest.fixture(scope="session")
async def lender(
    template: Place, administrator: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Lender]:
    """Where tests borrow their database."""

    def opened(place: Place) -> AbstractAsyncContextManager[Database]:
        return Database.open(installed(place, tmp_path_factory.mktemp("lent") / "home"))

    lender = Lender(template, administrator, opened)
    yield lender
    await lender.close()


@pytest.fixture
async def lent(lender: Lender) -> AsyncIterator[Lent]:
    """A database of this test alone, perhaps with connections to it."""
    async with lender.lend() as lent:
        yield lent


@pytest.fixture
def place(lent: Lent) -> Place:
    """Where it is."""
    return lent.place


@pytest.fixture
def settings(place: Place, tmp_path: Path) -> Settings:
    """Settings of an installation whose home knows that database; good for subprocesses too."""
    return installed(place, tmp_path / "home")


def installed(place: Place, home: Path) -> Settings:
    """A new home that knows a database."""
    url = place.url(place.admin).set(drivername="postgresql", query={})
    made = _secrets().model_copy(
        update={"home": home, "database_url": url.render_as_string(hide_password=False)}
    )
    assert made.database_url is not None
    home.mkdir()
    logins = {"writer": place.writer, "reader": place.reader}
    remember(home, read_address(made.database_url).key, logins)
    return made


@cache
def _secrets() -> Settings:
    """Read once: looking for every setting in the environment takes longer than many a test."""
    return Settings(
        home=Path(), encryption_keys=f"test:{SECRET}", key_pepper=SECRET, audit_key=SECRET
    )


@pytest.fixture
async def database(lent: Lent) -> Database:
    """That database, opened as the house opens it."""
    return await lent.opened()


@pytest.fixture
def buckets(database: Database) -> SharedBuckets:
    """Amazon's rate limits, kept in that database."""
    return SharedBuckets(database)


@pytest.fixture
def plenty() -> Plenty:
    return Plenty()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Where a home with an embedded server fits: pytest's own folders are closed to the user
    that Postgres runs as when root runs the tests, so its data would be kept elsewhere."""
    folder = _folder("stockroom tests ")
    yield folder
    shutil.rmtree(folder)


# --- one seller, one instant ----------------------------------------------------------------------


@pytest.fixture
def clock() -> FixedClock:
    """A Saturday morning, UTC."""
    return FixedClock(datetime(2026, 11, 21, 8, 45, tzinfo=UTC))


@pytest.fixture
async def account(database: Database, clock: Clock) -> TargetAccount:
    """The seller ``harbor``: North America, selling in the US and Canada."""
    return await insert_account(database, clock, "harbor")


async def insert_account(database: Database, clock: Clock, slug: str) -> TargetAccount:
    """One more seller, of an organisation of its own."""
    account_id, organisation_id, now = uuid7(clock.now()), uuid7(clock.now()), clock.now()
    async with database.organisation_session(organisation_id) as session:
        session.add(Organisation(id=organisation_id, name=slug.title(), created_at=now))
    async with database.session(account_id) as session:
        session.add(
            AccountRow(
                account_id=account_id,
                organisation_id=organisation_id,
                slug=slug,
                name=slug.title(),
                seller_id=f"A{slug.upper()}",
                region="NA",
                marketplaces=["US", "CA"],
                primary_marketplace="US",
                refresh_token=b"",
                created_at=now,
            )
        )
    return TargetAccount(account_id, slug, f"A{slug.upper()}", Region.NA, ("US", "CA"))


@pytest.fixture
async def neighbour(database: Database, clock: Clock) -> TargetAccount:
    """A second seller, whose rows nobody of ``harbor`` may ever see."""
    return await insert_account(database, clock, "ridge")
