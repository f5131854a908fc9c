"""A seller's assortment: products, where each is listed, and the pools that serve the listings.

A *pool* is stock that serves a set of listings: (network, FNSKU). Two
neighbouring products form a *counter*: they are simulated together in each
network, so that one order can hold both.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.world.accounts import Account, letters
from stockroom.simulator.world.assortment import GOODS, PRICE_FACTORS, title, warehouses
from stockroom.simulator.world.options import WorldOptions

_EU_SHARES: Final = {"DE": 0.45, "FR": 0.25, "IT": 0.17, "ES": 0.13}
_SISTER_EVERY: Final = 40
"""In ``na_remote`` shops every so many-th product is its predecessor under a second MSKU."""


@dataclass(frozen=True, slots=True)
class Product:
    """One MSKU of the seller."""

    index: int
    sku: str
    asin: str
    fnsku: str
    title: str
    product_type: str
    merchant: bool
    """Shipped by the merchant: no pool at Amazon."""
    mean: float
    """Units wanted a day at full strength, over all its marketplaces of one network."""
    intermittent: bool
    peak: int
    """Day of the year on which its season is highest."""
    cents: int
    """Base price in US cents."""
    case: int
    """Units per carton: supply comes in whole cartons."""
    launch: int
    """Day number of its launch; 0: it is there from the first day."""
    discontinued: int | None
    """Day number from which it is not bought in any more."""
    awd: bool
    """In the US it is stored at a distribution centre before it goes to FBA."""


@dataclass(frozen=True, slots=True)
class Offering:
    """A product in one marketplace."""

    product: Product
    marketplace: str
    share: float
    """Its part of the product's demand."""
    remote: bool = False

    @property
    def cents(self) -> int:
        """Base price in the marketplace's currency, ending on 99."""
        factor = PRICE_FACTORS[MARKETPLACES[self.marketplace].currency]
        return max(199, round(self.product.cents * factor / 100) * 100 - 1)


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """Stock that serves its offerings. ``network`` and ``fnsku`` are None on a merchant's shelf."""

    network: str | None
    fnsku: str | None
    offerings: list[Offering]
    warehouses: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Counter:
    """Pools of one zone that are simulated together; ``key`` seeds their randomness."""

    key: str
    network: str
    """Whose zone the counter keeps."""
    pools: list[PoolPlan] = field(default_factory=list)


def counters(account: Account, options: WorldOptions) -> list[Counter]:
    """The whole assortment of ``account``, in a fixed order."""
    products: list[Product] = []
    for index in range(options.skus):
        products.append(_product(account, options, index, products))
    found: dict[tuple[int, str], Counter] = {}
    for product in products:
        rng = _rng(account, options, product.index, "placing")
        for network, offerings in _offerings(account.kind, product, rng).items():
            pair = product.index // 2
            key = f"{options.seed}|{account.slug}|{pair}|{network}"
            counter = found.setdefault((pair, network), Counter(key, network))
            _stock(counter, product, offerings, rng)
    return list(found.values())


def _rng(account: Account, options: WorldOptions, index: int, purpose: str) -> Random:
    return Random(f"{options.seed}|{account.slug}|{index}|{purpose}")


def _product(account: Account, options: WorldOptions, index: int, others: list[Product]) -> Product:
    rng = _rng(account, options, index, "product")
    key = f"{options.seed}|{account.slug}|{index}"
    short, product_type, good = rng.choice(GOODS)
    sku = f"{account.code}-{short}-{index:04d}"
    if account.kind == "na_remote" and index % _SISTER_EVERY == 1:
        elder = others[index - 1]
        return replace(elder, index=index, sku=f"{elder.sku}-B", mean=elder.mean * 0.3)
    launch, discontinued = _lifetime(options, index, rng)
    return Product(
        index=index,
        sku=sku,
        asin="B0" + letters(f"{key}|asin", 8),
        fnsku="X00" + letters(f"{key}|fnsku", 7),
        title=title(account.name, good, rng),
        product_type=product_type,
        merchant=_leads(index) is None and rng.random() < options.parameters.fbm_share,
        mean=_leads(index) or min(18.0, rng.lognormvariate(-1.05, 1.2)),
        intermittent=_leads(index) is None and rng.random() < options.parameters.intermittent_share,
        peak=rng.choice((15, 130, 190, 300, 335, 350)),
        cents=round(min(240.0, 9 + rng.lognormvariate(2.7, 0.7))) * 100 - 1,
        case=rng.choice((6, 12, 12, 24)),
        launch=launch,
        discontinued=discontinued,
        awd=_stored_at_awd(account, options, index),
    )


def _stored_at_awd(account: Account, options: WorldOptions, index: int) -> bool:
    share = options.parameters.awd_share
    # One of the first products in every world, however small.
    return share > 0 and (index == 3 or _rng(account, options, index, "awd").random() < share)


def _leads(index: int) -> float | None:
    # The first products sell fast in every world, however small, and one of them abroad.
    return {0: 14.0, 2: 4.5, 3: 7.0}.get(index)


def _lifetime(options: WorldOptions, index: int, rng: Random) -> tuple[int, int | None]:
    chance, launch, end = rng.random(), rng.randint(12, 330), rng.randint(90, 380)
    if _leads(index) is not None:
        return 0, None
    if chance < options.parameters.launch_share:
        return launch, None
    ends = chance > 1 - options.parameters.discontinued_share
    return 0, end if ends else None


def _offerings(kind: str, product: Product, rng: Random) -> dict[str, list[Offering]]:
    """Network to offerings; merchant products keep a shelf in their home network's zone."""
    chance = rng.random()
    if kind == "eu":
        return _european(product, chance, rng)
    us = Offering(product, "US", 1.0)
    if product.merchant:
        return {"NA_US": [us, Offering(product, "CA", 0.15)] if chance < 0.3 else [us]}
    if kind == "na_remote":
        remote = Offering(product, "CA", 0.18, remote=True)
        return {"NA_US": [us, remote] if product.index % 5 == 2 or chance < 0.2 else [us]}
    found = {"NA_US": [us]}
    if product.index % 15 == 3:
        found["NA_US"].append(Offering(product, "MX", 0.1, remote=True))
    if product.index % 4 == 0 or chance < 0.2:
        # Amazon may give an MSKU one FNSKU in two networks, or two: both happen here.
        local = product if product.index % 2 == 0 else _relabelled(product)
        found["NA_CA"] = [Offering(local, "CA", 0.25)]
    return found


def _european(product: Product, chance: float, rng: Random) -> dict[str, list[Offering]]:
    codes = [
        code for code in _EU_SHARES if code == "DE" or product.index % 6 == 0 or rng.random() < 0.55
    ]
    if product.merchant:
        codes = codes[:2]
    total = sum(_EU_SHARES[code] for code in codes)
    found = {"EU": [Offering(product, code, _EU_SHARES[code] / total) for code in codes]}
    if not product.merchant and (product.index % 3 == 0 or chance < 0.2):
        local = product if product.index % 2 == 0 else _relabelled(product)
        found["UK"] = [Offering(local, "UK", 0.35)]
    return found


def _relabelled(product: Product) -> Product:
    return replace(product, fnsku="X01" + product.fnsku[3:])


def _stock(counter: Counter, product: Product, offerings: list[Offering], rng: Random) -> None:
    """Put ``offerings`` on a pool of their own, or on the pool of the same FNSKU."""
    if product.merchant:
        counter.pools.append(PoolPlan(None, None, offerings, []))
        return
    fnsku = offerings[0].product.fnsku
    for pool in counter.pools:
        if pool.fnsku == fnsku:
            pool.offerings.extend(offerings)
            return
    places = warehouses(counter.network, rng)
    counter.pools.append(PoolPlan(counter.network, fnsku, offerings, places))
