"""Where the database is, and as whom to log in: the owner migrates, the writer fills, the reader reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL

from stockroom.core.errors import ConfigurationError
from stockroom.db.credentials import Login

_IDENTIFIER = 63
_NOT_OPTIONS = {"host", "port", "dbname", "user", "password"}
_SPELLING = "Write it as postgresql://owner:password@host:5432/stockroom."


@dataclass(frozen=True, slots=True)
class Place:
    """One database on one server, and the logins to it.

    Args:
        host: Name or address of the server.
        port: TCP port.
        database: Its name.
        admin: May make roles: the embedded superuser, or the login ``DATABASE_URL`` names.
        owner: The role that owns the tables when ``admin`` is a superuser (else ``admin`` does).
        writer: Worker and gate.
        reader: Read tools.
        options: Further libpq parameters, e.g. ``sslmode``.
        direct: The way to the same database past a transaction pooler, when ``host`` is one.
    """

    host: str
    port: int
    database: str
    admin: Login
    owner: str
    writer: Login
    reader: Login
    options: Mapping[str, str] = field(default_factory=dict)
    direct: Address | None = None

    def __str__(self) -> str:
        return f"{self.database} at {self.host}:{self.port}"

    def conninfo(self, login: Login, **more: str | int) -> str:
        """What psycopg needs to log in; holds the password."""
        return make_conninfo(**(_parameters(self, login) | more))

    @property
    def pooled(self) -> bool:
        """Whether a transaction pooler stands in between: a session lasts one transaction."""
        return self.direct is not None

    def session_conninfo(self, login: Login) -> str:
        """The same for a session that lasts: past the pooler, when there is one."""
        return make_conninfo(**_parameters(self.direct or self, login))

    def url(self, login: Login) -> URL:
        """What SQLAlchemy needs to log in; its text hides the password."""
        parameters = _parameters(self, login)
        options = {name: str(parameters[name]) for name in parameters.keys() - _NOT_OPTIONS}
        return URL.create(
            "postgresql+psycopg",
            username=login.name,
            password=login.password,
            host=self.host,
            port=self.port,
            database=self.database,
            query=options,
        )


@dataclass(frozen=True, slots=True)
class Address:
    """What ``DATABASE_URL`` says."""

    host: str
    port: int
    database: str
    login: Login
    options: Mapping[str, str]

    @property
    def key(self) -> str:
        """The name of this database among the home's credentials."""
        return f"{self.host}:{self.port}/{self.database}"

    def role(self, part: str) -> str:
        """What our role is called on this server, which may hold several databases."""
        return f"{part}_{self.database}"[:_IDENTIFIER]

    def conninfo(self) -> str:
        """What psycopg needs to log in as it says; holds the password."""
        return make_conninfo(**_parameters(self, self.login))


def _parameters(at: Place | Address, login: Login) -> dict[str, Any]:
    return {
        "application_name": "stockroom",
        "connect_timeout": "5",
        **at.options,
        "host": at.host,
        "port": at.port,
        "dbname": at.database,
        "user": login.name,
        "password": login.password,
    }


def read_address(database_url: str, *, field: str = "DATABASE_URL") -> Address:
    """Take a ``DATABASE_URL`` (or, as ``field`` says, another setting like it) apart.

    Raises:
        ConfigurationError: It cannot be read, or names no user or database.
    """
    given = _parsed(database_url, field)
    if "dbname" not in given or "user" not in given:
        raise ConfigurationError(
            f"{field} names no user or no database.", field=field, next_step=_SPELLING
        )
    return Address(
        host=given.get("host", "127.0.0.1"),
        port=int(given.get("port", "5432")),
        database=given["dbname"],
        login=Login(given["user"], given.get("password", "")),
        options={name: given[name] for name in given.keys() - _NOT_OPTIONS},
    )


def _parsed(database_url: str, field: str) -> dict[str, str]:
    scheme, _, rest = database_url.partition("://")
    dialect = scheme.partition("+")[0]
    known = dialect in {"postgresql", "postgres"}
    try:
        parts = conninfo_to_dict(f"{dialect}://{rest}" if known else "")
        int(parts.get("port") or 0)
    except (psycopg.ProgrammingError, ValueError):
        known = False
    if not known:
        raise ConfigurationError(
            f"{field} is not an address of PostgreSQL.",
            field=field,
            next_step=_SPELLING,
        ) from None
    return {name: str(value) for name, value in parts.items() if value is not None}
