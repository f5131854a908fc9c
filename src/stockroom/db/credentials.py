"""The random passwords of the roles we make, in one file of the home that only its user can read.

The file maps a database (``embedded``, or ``host:port/name``) to its roles:
``{"embedded": {"writer": {"name": "writer", "password": "…"}, …}}``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stockroom.core.errors import ConfigurationError
from stockroom.db.home import usable, write_private

FILE = "postgres.json"


@dataclass(frozen=True, slots=True)
class Login:
    """A role and its password."""

    name: str
    password: str = field(repr=False)


def recall(home: Path, database: str) -> dict[str, Login] | None:
    """The logins this home knows of a database; None when it knows none.

    Raises:
        ConfigurationError: The file is damaged or not ours to read.
    """
    entry = _read(home).get(database)
    try:
        return None if entry is None else {part: Login(**login) for part, login in entry.items()}
    except (TypeError, AttributeError):
        raise _damaged(home) from None


def invent(home: Path, database: str, names: Mapping[str, str]) -> dict[str, Login]:
    """Make up passwords for roles and keep them, before the roles are made.

    Args:
        home: The installation's home.
        database: Which database the roles are of.
        names: What each role is for, and what it is called.
    """
    logins = {part: Login(name, secrets.token_urlsafe(24)) for part, name in names.items()}
    remember(home, database, logins)
    return logins


def remember(home: Path, database: str, logins: Mapping[str, Login]) -> None:
    """Keep the logins of a database."""
    content = _read(home) | {database: {part: asdict(login) for part, login in logins.items()}}
    with usable(home):
        write_private(home / FILE, json.dumps(content, indent=1))


def _read(home: Path) -> dict[str, Any]:
    try:
        with usable(home):
            if not (home / FILE).exists():
                return {}
            content = json.loads((home / FILE).read_text())
    except ValueError:
        raise _damaged(home) from None
    if not isinstance(content, dict):
        raise _damaged(home)
    return content


def _damaged(home: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{home / FILE} cannot be understood.",
        field="STOCKROOM_HOME",
        next_step="Restore it from a backup of the home, or start with a new home.",
    )
