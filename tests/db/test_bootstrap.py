"""Roles and schemas on a server of one's own: made by whoever may, explained to whoever may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.db.credentials import recall
from stockroom.db.engine import Database
from stockroom.db.migrate import upgrade
from stockroom.db.place import Place, read_address

PARTS = ("owner", "writer", "reader")


@pytest.fixture
def name(administrator: psycopg.Connection) -> Iterator[str]:
    """Of a database that is not there yet; it and all that is named after it go in the end."""
    name = f"house_{uuid4().hex[:12]}"
    yield name
    roles = [f"{part}_{name}" for part in (*PARTS, "login")]
    administrator.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))
    for role in roles:
        administrator.execute(SQL("drop role if exists {}").format(Identifier(role)))


def settings_for(template: Place, home: Path, name: str, user: str, password: str) -> Settings:
    url = f"postgresql://{user}:{password}@{template.host}:{template.port}/{name}"
    return Settings(home=home, database_url=url)


@pytest.fixture
def powerful(template: Place, tmp_path: Path, name: str) -> Settings:
    """A home and a superuser's login, as a container's database gives one."""
    return settings_for(template, tmp_path, name, template.admin.name, template.admin.password)


@pytest.fixture
def managed(
    template: Place, administrator: psycopg.Connection, tmp_path: Path, name: str
) -> Settings:
    """A login without powers that owns its database, as managed servers give one."""
    login, password = f"login_{name}", uuid4().hex
    administrator.execute(
        SQL("create role {} login password {}").format(Identifier(login), Literal(password))
    )
    administrator.execute(
        SQL("create database {} owner {}").format(Identifier(name), Identifier(login))
    )
    return settings_for(template, tmp_path, name, login, password)


async def test_a_superuser_gets_database_and_roles_made(
    powerful: Settings, administrator: psycopg.Connection, name: str
) -> None:
    assert (await upgrade(powerful)).up_to_date
    async with Database.open(powerful) as database:
        assert database.place.writer.name == f"writer_{name}"

    powers = administrator.execute(
        "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication"
        " from pg_roles where rolname = any(%s)",
        ([f"{part}_{name}" for part in PARTS],),
    ).fetchall()
    assert powers == [(False,)] * 3


async def test_a_login_that_may_make_roles_owns_the_tables_itself(
    managed: Settings, administrator: psycopg.Connection, name: str
) -> None:
    administrator.execute(SQL("alter role {} createrole").format(Identifier(f"login_{name}")))

    assert (await upgrade(managed)).up_to_date
    async with Database.open(managed) as database:
        with psycopg.connect(database.place.conninfo(database.place.admin)) as connection:
            owners = connection.execute(
                "select distinct tableowner from pg_tables where schemaname = 'core'"
            ).fetchall()
    assert owners == [(f"login_{name}",)]


async def test_a_login_that_may_not_is_told_the_sql(managed: Settings, name: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        await upgrade(managed)

    said = str(raised.value)
    assert f'create role "writer_{name}" login password' in said
    assert "search_path" in said
    logins = recall(managed.home_path, read_address(managed.database_url or "").key)
    assert logins is not None
    assert logins["writer"].password not in said
    assert "SCRAM" not in said


async def test_the_sql_that_was_told_is_what_was_missing(
    managed: Settings, administrator: psycopg.Connection, name: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        await upgrade(managed)
    told = raised.value.next_step.partition("run: ")[2].partition("; then")[0]
    administrator.execute(told.encode())
    logins = recall(managed.home_path, read_address(managed.database_url or "").key)
    for login in (logins or {}).values():
        administrator.execute(
            SQL("alter role {} password {}").format(Identifier(login.name), Literal(login.password))
        )

    assert (await upgrade(managed)).up_to_date
    async with Database.open(managed) as database:
        assert database.place.reader.name == f"reader_{name}"


async def test_another_home_does_not_take_the_roles_over(
    powerful: Settings, tmp_path: Path
) -> None:
    await upgrade(powerful)
    other = powerful.model_copy(update={"home": tmp_path / "other"})

    with pytest.raises(ConfigurationError, match="holds another password"):
        await upgrade(Settings(home=other.home, database_url=other.database_url))

    async with Database.open(powerful) as database:
        assert database.writer_conninfo


async def test_a_home_that_never_saw_the_database_is_told_what_to_do(
    powerful: Settings, tmp_path: Path
) -> None:
    stranger = Settings(home=tmp_path / "stranger", database_url=powerful.database_url)

    with pytest.raises(ConfigurationError, match="holds no passwords") as raised:
        async with Database.open(stranger):
            pass

    assert "stockroom db upgrade" in raised.value.next_step
    assert not stranger.home_path.exists()


async def test_a_wrong_password_is_named_and_not_shown(powerful: Settings, template: Place) -> None:
    url = str(powerful.database_url).replace(template.admin.password, "wrong-password")

    with pytest.raises(ConfigurationError, match="does not let us in") as raised:
        await upgrade(Settings(home=powerful.home, database_url=url))

    assert "wrong-password" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root@localhost/stockroom",
        "stockroom",
        "postgresql://localhost",
        "postgresql://user@localhost:port/db",
        "postgresql://localhost/db?nonsense=1",
    ],
)
async def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        await upgrade(Settings(home=tmp_path, database_url=url))

    assert raised.value.field == "DATABASE_URL"
    assert "postgresql://owner:password@host" in raised.value.next_step


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_addresses_are_read_in_every_usual_spelling(scheme: str) -> None:
    address = read_address(f"{scheme}://me:p%40ss@db.example:6432/house?sslmode=require")

    assert (address.host, address.port, address.database) == ("db.example", 6432, "house")
    assert (address.login.name, address.login.password) == ("me", "p@ss")
    assert address.options == {"sslmode": "require"}
