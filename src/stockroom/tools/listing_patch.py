"""A patch of one listing: checked by Amazon without effect, then sent once.

``INVALID`` arrives with HTTP 200, and ``ACCEPTED`` is not yet applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import AmazonRefusedError, AmazonUnavailableError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import quoted
from stockroom.spec.change import Receipt


async def validate(
    amazon: SellingPartner, sku: str, market: Marketplace, body: Mapping[str, Any]
) -> None:
    """Ask Amazon whether it would take the patch; changes nothing.

    Raises:
        AmazonRefusedError: It would not, for the reasons it gives.
    """
    answer = await amazon.patch_listing(sku, market, body, preview=True)
    if answer.body.get("status") == "VALID":
        return
    raise AmazonRefusedError(
        "Amazon would not take this change.",
        request_id=answer.request_id,
        amazon_says=problems_of(answer.body.get("issues")),
        next_step="Correct what amazon_says names, if anything, and propose again.",
    )


async def submit(
    amazon: SellingPartner, sku: str, market: Marketplace, body: Mapping[str, Any]
) -> Receipt:
    """Send the patch: one call, never repeated.

    Raises:
        AmazonUnavailableError: The answer does not say whether Amazon took it.
    """
    answer = await amazon.patch_listing(sku, market, body, preview=False)
    status = answer.body.get("status")
    if status not in {"ACCEPTED", "INVALID"}:
        raise AmazonUnavailableError(
            "Amazon's answer does not say whether it took the change.",
            status=200,
            request_id=answer.request_id,
            next_step="Ask changes with this id; it is read back until it is clear.",
        )
    return Receipt(
        accepted=status == "ACCEPTED",
        answer=answer.body,
        request_id=answer.request_id,
        problems=problems_of(answer.body.get("issues")),
    )


def problems_of(issues: Any) -> tuple[str, ...]:
    """The errors among Amazon's issues, as data: cleaned, shortened, at most five."""
    errors = (one for one in objects(issues) if one.get("severity") == "ERROR")
    return quoted(f"{one.get('code', '')}: {one.get('message', '')}" for one in errors)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The JSON objects in what should be a list of them."""
    return (item for item in (value if isinstance(value, list) else ()) if isinstance(item, dict))
