"""What Amazon would not send as asked is not proposed, SKU by SKU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from stockroom.core.errors import AmazonRefusedError
from stockroom.tools.mcf_order import Item
from stockroom.tools.mcf_quote import Quote, check_sendable

ASKED = [Item(sku="LAMP", units=2), Item(sku="SOFA", units=3)]


def quote(*parcels: Mapping[str, int], whole: bool = True, objections: Sequence[str] = ()) -> Quote:
    told = [{"items": [{"sku": sku, "units": n} for sku, n in one.items()]} for one in parcels]
    return Quote(None, {}, told, (), whole, objections)


def refusal(given: Quote, *, partly: bool = False) -> AmazonRefusedError:
    with pytest.raises(AmazonRefusedError) as refused:
        check_sendable(given, ASKED, partly=partly)
    return refused.value


def test_all_of_it_in_any_parcels_is_sendable() -> None:
    check_sendable(quote({"LAMP": 2, "SOFA": 1}, {"SOFA": 2}), ASKED, partly=False)


def test_one_sku_over_by_what_another_lacks_is_refused_and_both_are_named() -> None:
    told = refusal(quote({"LAMP": 3, "SOFA": 2}))
    assert "LAMP: 3 of 2" in told.summary
    assert "SOFA: 2 of 3" in told.summary


@pytest.mark.parametrize("partly", [False, True])
def test_more_than_was_asked_for_or_something_else_is_refused(partly: bool) -> None:  # noqa: FBT001 - a case
    assert "LAMP: 3 of 2" in refusal(quote({"LAMP": 3, "SOFA": 3}), partly=partly).summary
    strange = quote({"LAMP": 2, "SOFA": 3, "DESK": 1})
    assert "DESK: 1 of 0" in refusal(strange, partly=partly).summary


def test_an_order_that_amazon_does_not_call_fulfillable_is_refused_with_its_reasons() -> None:
    given = quote({"LAMP": 2, "SOFA": 3}, whole=False, objections=["AddressUnserviceable"])
    told = refusal(given)
    assert "does not call the order fulfillable" in told.summary
    assert told.amazon_says == ("AddressUnserviceable",)


def test_a_part_is_enough_where_a_part_is_allowed_and_nothing_is_not() -> None:
    check_sendable(quote({"SOFA": 1}, whole=False), ASKED, partly=True)
    assert "LAMP: 0 of 2" in refusal(quote({"SOFA": 1}, whole=False)).summary
    refusal(quote(whole=False), partly=True)
