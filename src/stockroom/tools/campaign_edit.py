"""A campaign as it stands, and what of it an edit would change.

Its name is the seller's own text and is data here: it is shown in its field and never in
a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain
from stockroom.spec.measures import UNMOVED
from stockroom.tools.ad_entity import live_amount
from stockroom.tools.offer import spelled
from stockroom.tools.price_rules import relative_change

NO_END = "none"
"""Said instead of a date: it runs on."""
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign, live; values as they are shown, by the names of the arguments."""

    id: str
    budget: Decimal
    budget_type: str
    values: Mapping[str, str]

    @classmethod
    def read(cls, row: Mapping[str, Any], market: Marketplace) -> Campaign:
        """The campaign in Amazon's row."""
        told = row.get("budget")
        money: Mapping[str, Any] = told if isinstance(told, dict) else {}
        budget = live_amount(money.get("budget"))
        return cls(
            id=str(row.get("campaignId")),
            budget=budget,
            budget_type=plain(str(money.get("budgetType")), 20),
            values={
                "state": plain(str(row.get("state")), 20),
                "daily_budget": spelled(budget, market.currency),
                "name": plain(str(row.get("name")), _LONGEST_NAME),
                "start_date": plain(str(row.get("startDate")), 10),
                "end_date": plain(str(row.get("endDate") or NO_END), 10),
            },
        )

    def changed(self, wanted: Mapping[str, str | None]) -> dict[str, str]:
        """Those of the wanted values that are not what stands there.

        Raises:
            InvalidInputError: None is.
        """
        found = {
            name: value
            for name, value in wanted.items()
            if value is not None and value != self.values[name]
        }
        if not found:
            raise InvalidInputError(
                "The campaign already stands so, or nothing to change was given.",
                next_step="Give state, daily_budget, name, start_date or end_date as it should be.",
            )
        return found

    def fields(self, new: Mapping[str, str]) -> dict[str, Any]:
        """The new values in Amazon's words."""
        told: dict[str, Any] = {"campaignId": self.id}
        for name, value in new.items():
            match name:
                case "daily_budget":
                    told["budget"] = {"budgetType": self.budget_type, "budget": float(value)}
                case "start_date":
                    told["startDate"] = value
                case "end_date":
                    told["endDate"] = None if value == NO_END else value
                case _:
                    told[name] = value
        return told


def check_dates(campaign: Campaign, new: Mapping[str, str], today: date) -> None:
    """Refuse dates that cannot be.

    Raises:
        InvalidInputError: The campaign has begun, the end is over, or it lies before the start.
    """
    shown, day = {**campaign.values, **new}, today.isoformat()  # such days sort as text
    if "start_date" in new:
        if campaign.values["start_date"] <= day:
            raise _no_date("start_date", "The campaign has begun: its start stays as it is.")
        if new["start_date"] < day:
            raise _no_date("start_date", "The start is in the past.")
    if "end_date" in new and new["end_date"] != NO_END and new["end_date"] < day:
        raise _no_date("end_date", "The end is in the past.")
    if shown["end_date"] != NO_END and shown["end_date"] < shown["start_date"]:
        raise _no_date("end_date", "The end lies before the start.")


def told(campaign: Campaign, new: Mapping[str, str], currency: str) -> Iterator[str]:
    """Each change in short; a name is not repeated."""
    for name, value in new.items():
        if name == "name":
            yield "a new name"
        else:
            money = f" {currency}" if name == "daily_budget" else ""
            yield f"{name} {campaign.values[name]} → {value}{money}"


def warnings(
    campaign: Campaign, budget: Decimal, new: Mapping[str, str], market: Marketplace
) -> Iterator[str]:
    """What the edit may cost."""
    more = budget - campaign.budget
    if more > 0:
        yield f"It may spend up to {spelled(more, market.currency)} {market.currency} more a day."
    if new.get("state") == "ENABLED":
        yield f"It may spend up to {spelled(budget, market.currency)} {market.currency} a day."


def measures(
    campaign: Campaign, new: Mapping[str, str], budget: Decimal, market: Marketplace
) -> dict[str, str]:
    """What is spent a day is judged where the change is about it: a limit never forbids to pause."""
    if "daily_budget" not in new and new.get("state") != "ENABLED":
        return {"budget": UNMOVED, "relative_change": UNMOVED}
    return {
        "budget": spelled(budget, market.currency),
        "currency": market.currency,
        "relative_change": relative_change(campaign.budget, budget),
    }


def _no_date(field: str, why: str) -> InvalidInputError:
    return InvalidInputError(
        why, field=field, next_step="Leave it out, or give another day of the marketplace."
    )
