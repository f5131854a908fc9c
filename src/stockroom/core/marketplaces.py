"""Amazon's marketplaces: ids, regions, zones, currencies, fulfilment networks.

Ids and regions are Amazon's published ones. The zone is the one in which
Amazon closes that marketplace's day in its reports: North America reports in
Pacific time, whatever the seller's country. The network is the set of
warehouses that serves the marketplace unless Amazon's own fields say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from stockroom.core.errors import InvalidInputError


class Region(StrEnum):
    """Amazon's three API regions; one authorisation covers one region."""

    NA = "NA"
    EU = "EU"
    FE = "FE"


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One of Amazon's stores."""

    code: str
    """Country code as sellers say it (``UK``, not ``GB``)."""
    id: str
    region: Region
    zone: ZoneInfo
    currency: str
    network: str
    sales_channel: str
    """The store's name in order reports, e.g. ``Amazon.de``."""


def _marketplace(line: str) -> Marketplace:
    code, id_, region, zone, currency, network, channel = line.split()
    return Marketplace(code, id_, Region(region), ZoneInfo(zone), currency, network, channel)


_TABLE = """
US ATVPDKIKX0DER  NA America/Los_Angeles USD NA_US Amazon.com
CA A2EUQ1WTGCTBG2 NA America/Los_Angeles CAD NA_CA Amazon.ca
MX A1AM78C64UM0Y8 NA America/Los_Angeles MXN NA_MX Amazon.com.mx
BR A2Q3Y263D00KWC NA America/Sao_Paulo   BRL NA_BR Amazon.com.br
UK A1F83G8C2ARO7P EU Europe/London       GBP UK    Amazon.co.uk
DE A1PA6795UKMFR9 EU Europe/Berlin       EUR EU    Amazon.de
FR A13V1IB3VIYZZH EU Europe/Paris        EUR EU    Amazon.fr
IT APJ6JRA9NG5V4  EU Europe/Rome         EUR EU    Amazon.it
ES A1RKKUPIHCS9HS EU Europe/Madrid       EUR EU    Amazon.es
NL A1805IZSGTT6HS EU Europe/Amsterdam    EUR EU    Amazon.nl
SE A2NODRKZP88ZB9 EU Europe/Stockholm    SEK EU    Amazon.se
PL A1C3SOZRARQ6R3 EU Europe/Warsaw       PLN EU    Amazon.pl
BE AMEN7PMS3EDWL  EU Europe/Brussels     EUR EU    Amazon.com.be
IE A28R8C7NBKEWEA EU Europe/Dublin       EUR EU    Amazon.ie
TR A33AVAJ2PDY3EV EU Europe/Istanbul     TRY TR    Amazon.com.tr
AE A2VIGQ35RCS4UG EU Asia/Dubai          AED AE    Amazon.ae
SA A17E79C6D8DWNP EU Asia/Riyadh         SAR SA    Amazon.sa
EG ARBP9OOSHTCHU  EU Africa/Cairo        EGP EG    Amazon.eg
ZA AE08WJ6YKNBMC  EU Africa/Johannesburg ZAR ZA    Amazon.co.za
IN A21TJRUUN4KGV  EU Asia/Kolkata        INR IN    Amazon.in
JP A1VC38T7YXB528 FE Asia/Tokyo          JPY JP    Amazon.co.jp
AU A39IBJ37TRP1C6 FE Australia/Sydney    AUD AU    Amazon.com.au
SG A19VAU5U5O7RUS FE Asia/Singapore      SGD SG    Amazon.sg
"""

MARKETPLACES: dict[str, Marketplace] = {
    row.code: row for row in map(_marketplace, _TABLE.strip().splitlines())
}
BY_ID: dict[str, Marketplace] = {row.id: row for row in MARKETPLACES.values()}
BY_SALES_CHANNEL: dict[str, Marketplace] = {
    row.sales_channel.lower(): row for row in MARKETPLACES.values()
}

_ALIASES = {"GB": "UK"}


def marketplace(code: str) -> Marketplace:
    """The marketplace of a country code (``GB`` is read as ``UK``).

    Raises:
        InvalidInputError: Amazon has no marketplace by that code.
    """
    wanted = code.strip().upper()
    found = MARKETPLACES.get(_ALIASES.get(wanted, wanted))
    if found is None:
        raise InvalidInputError(
            f"'{code}' is not a marketplace.",
            field="marketplace",
            next_step="Use a country code such as US, CA, UK or DE.",
        )
    return found


NETWORK_OF_COUNTRY: dict[str, str] = {
    **{row.code: row.network for row in MARKETPLACES.values()},
    **{country: "UK" for country, code in _ALIASES.items() if code == "UK"},
    # Warehouses stand in countries without a store of their own.
    **dict.fromkeys(("CZ", "SK", "AT"), "EU"),
}
"""The network whose warehouses stand in a country (a ledger location)."""


NETWORK_ZONES: dict[str, ZoneInfo] = {
    "EU": ZoneInfo("Europe/Paris"),
    **{row.network: row.zone for row in MARKETPLACES.values() if row.network != "EU"},
}
"""The zone in which a network's ledger day closes."""
