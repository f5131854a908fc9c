"""Where the shipments of a demo's pretend sellers leave from: invented, one per region."""

from __future__ import annotations

from collections.abc import Mapping

from stockroom.core.marketplaces import Region
from stockroom.tools.inbound_items import Address

_DEPOTS = {
    Region.NA: Address(
        name="Depot",
        line1="1 Harbour Road",
        city="Harbour",
        state="NY",
        postal_code="10001",
        country="US",
        phone="5550100",
    ),
    Region.EU: Address(
        name="Lager",
        line1="Kaiweg 1",
        city="Hafen",
        postal_code="20457",
        country="DE",
        phone="0305550100",
    ),
    Region.FE: Address(
        name="Depot",
        line1="1-1 Minato",
        city="Minato",
        postal_code="105-0001",
        country="JP",
        phone="0355550100",
    ),
}


def depot(region: Region) -> Mapping[str, str]:
    """The address, as it is stored with an account."""
    address: Mapping[str, str] = _DEPOTS[region].model_dump(exclude_none=True)
    return address
