"""Books and balances as Amazon's interfaces name them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from stockroom.simulator.world.ledger import Book
from stockroom.simulator.world.states import (
    CARRIER_DAMAGED,
    CUSTOMER_DAMAGED,
    DEFECTIVE,
    DISTRIBUTOR_DAMAGED,
    EXPIRED,
    PROCESSING,
    RECEIVING,
    RESEARCHING,
    RESERVED,
    SELLABLE,
    SHIPPED,
    TRANSFER,
    WAREHOUSE_DAMAGED,
    WORKING,
)
from stockroom.simulator.world.views import LedgerDay, PoolStock
from stockroom.simulator.world.warehouse import Pool


def ledger_rows(pool: Pool, book: Book, first: int, last: int, epoch: date) -> Iterator[LedgerDay]:
    """The days of one book, as numbers from ``epoch`` on: the ledger's summary."""
    assert pool.network is not None
    assert pool.fnsku is not None
    for day, page in book.read(first, last):
        place = (epoch + timedelta(days=day), pool.network, book.country, pool.fnsku, book.msku)
        what = (pool.product.asin, pool.product.title, book.disposition)
        *named, unknown = page.movements
        balances = (page.starting, page.in_transit, *named, 0, page.ending, unknown)
        yield LedgerDay._make(place + what + balances)


def pool_stock(balances: list[int]) -> PoolStock:
    """What the inventory interfaces tell of a pool, from its units by state."""
    return PoolStock(
        sellable=balances[SELLABLE],
        reserved_orders=balances[RESERVED],
        fc_transfer=balances[TRANSFER],
        fc_processing=balances[PROCESSING],
        researching=balances[RESEARCHING],
        customer_damaged=balances[CUSTOMER_DAMAGED],
        warehouse_damaged=balances[WAREHOUSE_DAMAGED],
        distributor_damaged=balances[DISTRIBUTOR_DAMAGED],
        carrier_damaged=balances[CARRIER_DAMAGED],
        defective=balances[DEFECTIVE],
        expired=balances[EXPIRED],
        inbound_working=balances[WORKING],
        inbound_shipped=balances[SHIPPED],
        inbound_receiving=balances[RECEIVING],
    )
