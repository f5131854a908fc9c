"""The marketplace a change is for: named by the caller, and one in which the account sells."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace, marketplace
from stockroom.spec.tool import TargetAccount

MarketArgument = Annotated[str, Field(description="Country code.", max_length=3)]


def own_market(code: str, account: TargetAccount) -> Marketplace:
    """The marketplace of ``code``, in which the account sells.

    Raises:
        InvalidInputError: There is no such marketplace, or the account is not in it.
    """
    market = marketplace(code)
    if market.code not in account.marketplaces:
        raise InvalidInputError(
            f"This account does not sell in {market.code}.",
            field="marketplace",
            next_step=f"Use one of {', '.join(account.marketplaces)}.",
        )
    return market
