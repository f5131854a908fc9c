"""What a world is made from, and the file that fixes it for a home: ``world.json``.

A world is a function of its seed, account names, SKU count, first day and
parameters. They are written once, when a home is first started, and every
process of the home reads them from there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from stockroom.core.errors import InvalidInputError
from stockroom.simulator.world.accounts import KINDS, Account, accounts
from stockroom.simulator.world.parameters import Parameters, parameters

WORLD_FILE: Final = "world.json"
_LIMITS: Final[dict[str, tuple[int, int]]] = {
    "seed": (0, 2**63 - 1),
    "accounts": (1, 1000),
    "skus": (4, 20_000),
    "days": (30, 3000),
}


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """Everything a world depends on. ``now`` is the world's instant at its first start."""

    seed: int
    accounts: tuple[Account, ...]
    skus: int
    """SKUs per account."""
    days: int
    """Days of history before ``now``."""
    now: datetime
    parameters: Parameters

    @property
    def first_day(self) -> date:
        """The first calendar day of the world."""
        return self.now.date() - timedelta(days=self.days)

    @classmethod
    def create(
        cls,
        *,
        now: datetime,
        seed: int = 7,
        account_count: int = 3,
        skus: int = 120,
        days: int = 400,
        overrides: Mapping[str, Any] | None = None,
    ) -> WorldOptions:
        """Options for a new world.

        Args:
            now: The world's present; see :func:`default_now`.
            seed: Any whole number; another seed is another world.
            account_count: Sellers, of the three kinds in turn.
            skus: SKUs per seller.
            days: Days of history.
            overrides: Parameters that differ from their defaults.

        Raises:
            InvalidInputError: A value is out of range; it names the field.
        """
        given = {"seed": seed, "accounts": account_count, "skus": skus, "days": days}
        for field, value in given.items():
            _check(field, value)
        if now.tzinfo is None:
            raise InvalidInputError(
                "The world's now has no time zone.", field="now", next_step="Give it in UTC."
            )
        return cls(
            seed,
            accounts(account_count),
            skus,
            days,
            now.astimezone(UTC),
            parameters(overrides or {}),
        )

    @classmethod
    def load(cls, home: Path) -> WorldOptions:
        """The world of a home.

        Raises:
            InvalidInputError: There is no world file, or it cannot be used.
        """
        path = home / WORLD_FILE
        try:
            return _from_json(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise InvalidInputError(
                f"There is no pretend seller in {home}: {WORLD_FILE} is missing.",
                field="home",
                next_step="Start one with 'stockroom demo', or name its home with --home.",
            ) from None
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(
                f"{path} cannot be read as a world ({type(error).__name__}).",
                field=WORLD_FILE,
                next_step="Restore the file, or start a new home.",
            ) from None

    def save(self, home: Path) -> None:
        """Write the world file; a home keeps the world it began with.

        Raises:
            InvalidInputError: The home holds another world already.
        """
        path = home / WORLD_FILE
        if path.exists():
            if WorldOptions.load(home) != self:
                raise InvalidInputError(
                    f"{path} already holds another world.",
                    field="home",
                    next_step="Choose another home, or start with the options it began with.",
                )
            return
        draft = path.with_name(f"{WORLD_FILE}.{os.getpid()}")
        draft.write_text(json.dumps(_to_json(self), indent=2) + "\n", encoding="utf-8")
        draft.replace(path)


def default_now(machine: datetime) -> datetime:
    """The most recent 08:45 UTC not after ``machine``.

    By then every marketplace of the world has closed its day and no unit has
    moved since: warehouses rest until 11:00 local time (see ``calendar``).
    """
    at = machine.astimezone(UTC).replace(hour=8, minute=45, second=0, microsecond=0)
    return at if at <= machine else at - timedelta(days=1)


def _check(field: str, value: object) -> None:
    low, high = _LIMITS[field]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidInputError(
            f"{field} = {value!r} is not possible.",
            field=field,
            next_step=f"Give a whole number from {low} to {high}.",
        )


def _to_json(options: WorldOptions) -> dict[str, Any]:
    return {
        "version": 1,
        "seed": options.seed,
        "now": options.now.isoformat(),
        "days": options.days,
        "skus": options.skus,
        "accounts": [asdict(account) for account in options.accounts],
        "parameters": options.parameters.model_dump(),
    }


def _from_json(data: dict[str, Any]) -> WorldOptions:
    if data["version"] != 1:
        raise ValueError(data["version"])
    for field in ("seed", "skus", "days"):
        _check(field, data[field])
    sellers = tuple(Account(**row) for row in data["accounts"])
    _check("accounts", len(sellers))
    if any(account.kind not in KINDS for account in sellers):
        raise ValueError(sellers)
    return WorldOptions(
        seed=data["seed"],
        accounts=sellers,
        skus=data["skus"],
        days=data["days"],
        now=datetime.fromisoformat(data["now"]).astimezone(UTC),
        parameters=parameters(data["parameters"]),
    )
