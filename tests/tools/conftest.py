"""One database per file of tests: tools only read, so what is stored once serves all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from stockroom.db.place import Place


@pytest.fixture(scope="module")
def place(template: Place, administrator: psycopg.Connection) -> Iterator[Place]:
    """A copy of the migrated database, shared by the tests of one file."""
    name = f"test_{uuid4().hex}"
    copy = SQL("create database {} template {} strategy file_copy")
    administrator.execute(copy.format(Identifier(name), Identifier(template.database)))
    yield replace(template, database=name)
    administrator.execute(SQL("drop database {} with (force)").format(Identifier(name)))
