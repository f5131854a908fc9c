"""Limits: what may not be done even though the scope of a key allows the tool.

They are data::

    {"changes_per_day": 20, "spend_per_day": {"USD": "150"}, "previews_per_minute": 30,
     "skus": ["SHELF-OAK-80", "LAMP-*"], "quiet_hours": {"from": "22:00", "to": "06:00"},
     "rules": [{"tool": "set_price", "measure": "relative_change", "max": "0.25"},
               {"tool": "set_price", "measure": "price", "currency": "USD",
                "min": "1.00", "max": "500.00"}]}

A key has some, an account has some that hold for all its keys and for people, the house
has some that nobody widens (``house_limits``). All of them hold: the stricter decides.
How they are held against a change is in ``judging``; when, in ``guardrails``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stockroom.core.errors import GuardrailError
from stockroom.core.ruling import Holder
from stockroom.spec.measures import MONEY, Measure

WHO_CHANGES: Mapping[Holder, str] = {
    Holder.HOUSE: "It holds for every key and account here; nobody can widen it.",
    Holder.ACCOUNT: (
        "Whoever runs this server can change the account's limits: stockroom account limits."
    ),
    Holder.KEY: "An owner of the account can issue a key with other limits.",
}
"""Who can change a limit; part of every refusal."""

WHOSE: Mapping[Holder, str] = {
    Holder.HOUSE: "The limits of this installation",
    Holder.ACCOUNT: "The limits of this account",
    Holder.KEY: "The limits of this key",
}

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
_Sku = Annotated[str, Field(min_length=1, max_length=101)]
_Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Rule(BaseModel):
    """A range for one measure of one tool's changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    tool: str | None = None
    """The tool it is for; None: every tool whose changes carry the measure."""
    measure: Measure
    """The figure it limits."""
    currency: Currency | None = None
    """Where rules name currencies, a change in one that none of them names does not pass."""
    min: Decimal | None = None
    """The least that passes."""
    max: Decimal | None = None
    """The most that passes."""

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a rule needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("nothing is from min to max")
        if self.currency is not None and self.measure not in MONEY:
            raise ValueError(f"{self.measure} has no currency")
        return self


class QuietHours(BaseModel):
    """Hours of every day in which nothing is changed, on the clock of the account's marketplace."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    begin: Annotated[_Time, Field(alias="from")]
    """The first minute of quiet."""
    end: Annotated[_Time, Field(alias="to")]
    """The first minute after it; earlier than ``from``: on the next day."""

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.begin == self.end:
            raise ValueError("from and to are the same")
        return self

    def hold(self, at: time) -> bool:
        """Whether a time of the day is within them."""
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        return begin <= at < end if begin < end else at >= begin or at < end


class Limits(BaseModel):
    """What one key, or one account, is held to."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    changes_per_day: int | None = Field(default=None, ge=0)
    """Changes confirmed within any 24 hours. A key needs it to confirm without a person."""
    spend_per_day: dict[Currency, Annotated[Decimal, Field(ge=0)]] | None = None
    """Money that changes confirmed within any 24 hours spend together, per currency. What costs in
    another currency does not pass. What advertising spends later does not count: a key confirms a
    budget or a bid without a person only under a rule that caps it."""
    previews_per_minute: int | None = Field(default=None, ge=1, le=6000)
    """Previews in a minute, as many confirmations, questions to the person at a client, and items of
    previews of several; at most 20 at once, and 100 items. A key that says nothing may make 60."""
    skus: tuple[_Sku, ...] | None = Field(default=None, max_length=1000)
    """The only SKUs that may be changed; one that ends in * stands for all that begin so. A change
    that names no SKU does not pass."""
    quiet_hours: QuietHours | None = None
    """Hours (``from``, ``to``: HH:MM) of every day in which nothing is changed, in the zone of the
    account's primary marketplace."""
    rules: tuple[Rule, ...] = ()
    """Ranges for the figures of changes. A change of the tool that does not carry the measure does
    not pass."""

    @classmethod
    def read(cls, stored: Mapping[str, Any], of: Holder = Holder.KEY) -> Limits:
        """The limits stored with a key or an account.

        Raises:
            GuardrailError: They cannot be understood: then nothing passes.
        """
        try:
            return cls.model_validate(stored)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "its beginning"
            raise GuardrailError(
                f"The limits of this {of} cannot be read (at {where}), so it may change nothing.",
                next_step=WHO_CHANGES[of],
            ) from None
