"""Migrations: bring a database to this version, generate the next step, and tell whether one is missing.

Everything of one upgrade happens in one transaction, under an advisory lock (a
second upgrade waits and then finds nothing to do) and with a short lock timeout,
so that it never queues in front of readers.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.sql.schema import SchemaItem

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError, InvalidInputError
from stockroom.db.base import TENANT_SCHEMAS, Base
from stockroom.db.bootstrap import bootstrap
from stockroom.db.operations import ROLES, protections
from stockroom.db.place import Place
from stockroom.db.rls import Roles, grant_sql
from stockroom.db.server import locate
from stockroom.db.versions import scripts

_LIMITS = (
    "set local lock_timeout = '60s'",
    "select pg_advisory_xact_lock(hashtext('stockroom migrations'))",
    "set local lock_timeout = '5s'",
    "set local statement_timeout = '15min'",
)
_FORMATTED = {
    "hooks": "ruff",
    "ruff.type": "module",
    "ruff.module": "ruff",
    "ruff.options": "format REVISION_SCRIPT_FILENAME",
}


@dataclass(frozen=True, slots=True)
class Status:
    """Which migration a database is at, and which this version brings; None before the first."""

    current: str | None
    head: str | None

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to do."""
        return self.current == self.head


async def upgrade(settings: Settings) -> Status:
    """Make the database and its roles if need be, and bring it to this version.

    Raises:
        ConfigurationError: It cannot be made, or belongs to a newer version.
        DatabaseUnavailableError: The server does not answer.
    """
    async with locate(settings, create=True) as place:
        return await asyncio.to_thread(_upgrade, place, "head")


async def downgrade(settings: Settings, revision: str) -> Status:
    """Go back to a migration (``base``: to nothing). Destroys what later ones made."""
    async with locate(settings) as place:
        return await asyncio.to_thread(_downgrade, place, revision)


async def status(settings: Settings) -> Status:
    """Where the database stands."""
    async with locate(settings) as place:
        return await status_at(place)


async def status_at(place: Place) -> Status:
    """Where a database that has been located stands."""
    return await asyncio.to_thread(_status, place)


async def pending_changes(settings: Settings) -> list[Any]:
    """Differences between the declared tables and the migrated database; empty when in step.

    The declarations must have been imported.
    """
    async with locate(settings) as place:
        return await asyncio.to_thread(_differences, place)


async def revise(message: str) -> Path:
    """Generate the migration that the imported declarations need; returns its file.

    Raises:
        InvalidInputError: They need none.
    """
    with _scratch_home() as home:
        scratch = Settings(home=home, database_url=None)
        async with locate(scratch, create=True) as place:
            return await asyncio.to_thread(_revise, place, message)


def script_options(connection: Connection) -> dict[str, Any]:
    """How Alembic sees our schema: our schemas only, without partitions."""
    partitions = {tuple(row) for row in connection.exec_driver_sql(_PARTITIONS)}

    def include_name(name: str | None, kind: str, _: Any) -> bool:
        return kind != "schema" or name in TENANT_SCHEMAS

    def include_object(
        item: SchemaItem,
        _name: str | None,
        kind: str,
        reflected: bool,  # noqa: FBT001 - Alembic's signature
        _other: Any,
    ) -> bool:
        table: Any = item if kind == "table" else getattr(item, "table", item)
        return not reflected or (table.schema, table.name) not in partitions

    return {
        "target_metadata": Base.metadata,
        "include_schemas": True,
        "include_name": include_name,
        "include_object": include_object,
        "version_table_schema": "app",
        "process_revision_directives": protections,
    }


_PARTITIONS = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relispartition
"""


def _upgrade(place: Place, revision: str) -> Status:
    owner = bootstrap(place)
    with _migrating(place, owner) as (connection, config):
        _refuse_newer(config, connection, place)
        command.upgrade(config, revision)
        # Every process asks at its start whether it fits the database.
        for statement in grant_sql(
            "app.alembic_version", reader=True, writer=None, shown=(), roles=_roles(place)
        ):
            connection.exec_driver_sql(statement)
        return _read_status(config, connection)


def _downgrade(place: Place, revision: str) -> Status:
    with _migrating(place, bootstrap(place)) as (connection, config):
        command.downgrade(config, revision)
        return _read_status(config, connection)


def _status(place: Place) -> Status:
    with _connected(place) as connection:
        return _read_status(_config(place, connection), connection)


def _differences(place: Place) -> list[Any]:
    with _connected(place) as connection:
        context = MigrationContext.configure(connection, opts=script_options(connection))
        return list(compare_metadata(context, Base.metadata))


@contextmanager
def _scratch_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # Postgres may run as another user than ourselves
        yield folder / "home"


def _revise(place: Place, message: str) -> Path:
    _upgrade(place, "head")
    with _connected(place) as connection:
        config = _config(place, connection)
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        if not script:
            raise InvalidInputError(
                "The migrations already make every declared table.",
                next_step="Change a declaration first.",
            )
        assert not isinstance(script, list)
        return Path(script.path)


# --- alembic --------------------------------------------------------------------------------------------


@contextmanager
def _connected(place: Place) -> Iterator[Connection]:
    engine = create_engine(place.url(place.admin), poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


@contextmanager
def _migrating(place: Place, owner: str) -> Iterator[tuple[Connection, Config]]:
    with _connected(place) as connection:
        for statement in _LIMITS:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("select set_config('role', %(owner)s, true)", {"owner": owner})
        yield connection, _config(place, connection)


def _config(place: Place, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    for name, value in _FORMATTED.items():
        config.set_section_option("post_write_hooks", name, value)
    config.attributes["connection"] = connection
    config.attributes["options"] = script_options(connection) | {ROLES: _roles(place)}
    return config


def _roles(place: Place) -> Roles:
    return Roles(writer=place.writer.name, reader=place.reader.name)


def _read_status(config: Config, connection: Connection) -> Status:
    context = MigrationContext.configure(connection, opts={"version_table_schema": "app"})
    head = ScriptDirectory.from_config(config).get_current_head()
    return Status(current=context.get_current_revision(), head=head)


def _refuse_newer(config: Config, connection: Connection, place: Place) -> None:
    current = _read_status(config, connection).current
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise ConfigurationError(
            f"The database {place} is at migration {current}, which this version does not know.",
            next_step="Install the version of Stockroom that made it, or a newer one.",
        )
