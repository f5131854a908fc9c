"""Roles and schemas: what must be there before the first migration, made as often as asked.

The roles hold no powers: not superuser, not past row security. Outside the
embedded server they are named after the database, so that one server can hold
several installations. Where the login may not make roles (managed servers), the
error is the SQL that somebody else must run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import Connection, errors
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier, Literal

from stockroom.core.errors import ConfigurationError
from stockroom.db.base import SCHEMAS
from stockroom.db.credentials import FILE, Login
from stockroom.db.place import Place
from stockroom.db.startup import unreachable

_OLDEST = 150000
_READER_SCHEMAS = ("core", "metrics", "app")
_WRITER_SETTINGS = {
    "search_path": "queue",  # the job queue names its tables bare; ours are always qualified
    "statement_timeout": "30min",
    "idle_in_transaction_session_timeout": "10min",
    "timezone": "UTC",
}
_READER_SETTINGS = {
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "repeatable read",  # one pipeline, one snapshot
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "1min",
    "timezone": "UTC",
}


def bootstrap(place: Place) -> str:
    """Make what is missing; returns the role that owns the tables.

    Raises:
        ConfigurationError: The server is too old, or the login lacks a right; says what helps.
        DatabaseUnavailableError: The server does not answer.
    """
    with _connected(place) as connection:
        if connection.info.server_version < _OLDEST:
            raise ConfigurationError(
                f"PostgreSQL at {place.host}:{place.port} is older than version 15.",
                field="DATABASE_URL",
                next_step="Upgrade it, or unset DATABASE_URL to use the embedded one.",
            )
        connection.execute("select pg_advisory_xact_lock(hashtext('stockroom bootstrap'))")
        owner = _owner(connection, place)
        _make_roles(connection, place, owner)
        _make_schemas(connection, place, owner)
    _try_logins(place)
    return owner


def _owner(connection: Connection[TupleRow], place: Place) -> str:
    """Who owns the schemas already; else the login, or a role without its powers."""
    owner = _one(
        connection,
        "select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'app'",
    )
    powerful = _one(
        connection, "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    )
    return str(owner or (place.owner if powerful else place.admin.name))


def _connected(place: Place) -> Connection[TupleRow]:
    try:
        return psycopg.connect(place.conninfo(place.admin))
    except psycopg.OperationalError as error:
        if f'database "{place.database}" does not exist' not in str(error):
            raise unreachable(place, error) from None
    _make_database(place)
    return psycopg.connect(place.conninfo(place.admin))


def _make_database(place: Place) -> None:
    create = SQL("create database {}").format(Identifier(place.database))
    try:
        with psycopg.connect(
            place.conninfo(place.admin, dbname="postgres"), autocommit=True
        ) as connection:
            connection.execute(create)
    except (errors.DuplicateDatabase, errors.UniqueViolation):
        pass  # another first start was quicker
    except psycopg.Error as error:
        raise ConfigurationError(
            f"The database {place} does not exist.",
            field="DATABASE_URL",
            next_step=f"As an administrator run: {create.as_string()}",
        ) from error


# --- roles --------------------------------------------------------------------------------------


def _make_roles(connection: Connection[TupleRow], place: Place, owner: str) -> None:
    if owner != place.admin.name and not _exists(connection, owner):
        connection.execute(SQL("create role {} nologin").format(Identifier(owner)))
    try:
        with connection.transaction():
            for statement in _roles_sql(connection, place, secrets=_verifier):
                connection.execute(statement)
    except errors.InsufficientPrivilege:
        raise _lacking(_roles_sql(connection, place, secrets=_untold)) from None


def _roles_sql(
    connection: Connection[TupleRow],
    place: Place,
    secrets: Callable[[Connection[TupleRow], Login], str],
) -> list[Composed]:
    return [
        statement
        for login, settings in (
            (place.writer, _WRITER_SETTINGS),
            (place.reader, _READER_SETTINGS),
        )
        for statement in _role_sql(connection, login, settings, secrets)
    ]


def _role_sql(
    connection: Connection[TupleRow],
    login: Login,
    settings: Mapping[str, str],
    secrets: Callable[[Connection[TupleRow], Login], str],
) -> Iterator[Composed]:
    role = Identifier(login.name)
    if not _exists(connection, login.name):
        secret = Literal(secrets(connection, login))
        yield SQL("create role {} login password {}").format(role, secret)
    config = _one(connection, "select rolconfig from pg_roles where rolname = %s", login.name)
    has = {str(entry).lower() for entry in config or ()}
    for name, value in settings.items():
        if f"{name}={value}".lower() not in has:
            yield SQL("alter role {} set {} = {}").format(role, Identifier(name), Literal(value))


def _verifier(connection: Connection[TupleRow], login: Login) -> str:
    """What the server keeps of a password: statements are written to its log."""
    return connection.pgconn.encrypt_password(
        login.password.encode(), login.name.encode(), b"scram-sha-256"
    ).decode()


def _untold(_: Connection[TupleRow], login: Login) -> str:
    """What an error says in the place of a password."""
    return f"the password of {login.name} in {FILE}"


def _try_logins(place: Place) -> None:
    for login in (place.writer, place.reader):
        try:
            psycopg.connect(place.conninfo(login)).close()
        except psycopg.OperationalError:
            raise ConfigurationError(
                f"The role {login.name} exists, but {FILE} in the home holds another password.",
                field="DATABASE_URL",
                next_step="Copy the file from the home that made the role, or give the role the"
                " password that is in the file with ALTER ROLE.",
            ) from None


# --- schemas ------------------------------------------------------------------------------------


def _make_schemas(connection: Connection[TupleRow], place: Place, owner: str) -> None:
    wanted = [*_schema_sql(place, owner), *_database_sql(connection, place)]
    try:
        with connection.transaction():
            for statement in wanted:
                connection.execute(statement)
    except errors.InsufficientPrivilege:
        raise _lacking(wanted) from None


def _schema_sql(place: Place, owner: str) -> Iterator[Composed]:
    for schema in SCHEMAS:
        name = Identifier(schema)
        yield SQL("create schema if not exists {} authorization {}").format(name, Identifier(owner))
        users = [place.writer, place.reader] if schema in _READER_SCHEMAS else [place.writer]
        for user in users:
            yield SQL("grant usage on schema {} to {}").format(name, Identifier(user.name))


def _database_sql(connection: Connection[TupleRow], place: Place) -> Iterator[Composed]:
    database = Identifier(place.database)
    writer, reader = Identifier(place.writer.name), Identifier(place.reader.name)
    ours = _one(
        connection,
        "select pg_has_role(current_user, datdba, 'usage') from pg_database"
        " where datname = current_database()",
    )
    if ours:
        yield SQL("revoke all on database {} from public").format(database)
    if ours or not _one(
        connection,
        "select has_database_privilege(%s, current_database(), 'temporary')",
        place.writer.name,
    ):
        yield SQL("grant connect, temporary on database {} to {}").format(database, writer)
        yield SQL("grant connect on database {} to {}").format(database, reader)


# --- asking --------------------------------------------------------------------------------------


def _exists(connection: Connection[TupleRow], role: str) -> bool:
    return bool(_one(connection, "select 1 from pg_roles where rolname = %s", role))


def _one(connection: Connection[TupleRow], query: str, *params: str) -> Any:
    row = connection.execute(query.encode(), params).fetchone()
    return row[0] if row else None


def _lacking(statements: Sequence[Composed]) -> ConfigurationError:
    told = "; ".join(statement.as_string() for statement in statements)
    return ConfigurationError(
        "The login in DATABASE_URL may not make our roles and schemas.",
        field="DATABASE_URL",
        next_step=f"As an administrator run: {told}; then try again.",
    )
