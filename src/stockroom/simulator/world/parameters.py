"""The dials of a world: everything a ``--world FILE`` may override, flat, with defaults and ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stockroom.core.errors import InvalidInputError


class Parameters(BaseModel):
    """How customers, suppliers and warehouses behave. Shares and rates are probabilities (0 to 1)."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    # customers
    demand_scale: float = Field(default=1.0, ge=0, le=20)
    """Multiplies every SKU's mean demand."""
    demand_dispersion: float = Field(default=0.35, ge=0.01, le=10)
    """Daily variance is mean + dispersion x mean squared (negative binomial)."""
    season_amplitude: float = Field(default=0.25, ge=0, le=0.9)
    """How far demand swings with the seasons."""
    weekly_amplitude: float = Field(default=0.2, ge=0, le=0.9)
    """How far it swings within a week."""
    intermittent_share: float = Field(default=0.15, ge=0, le=1)
    """Share of SKUs that sell in rare bursts."""
    price_elasticity: float = Field(default=1.1, ge=0, le=5)
    """How much demand falls as a price rises."""
    mcf_rate: float = Field(default=0.05, ge=0, le=1)
    """Multi-channel orders per Amazon order of a pool."""
    two_line_rate: float = Field(default=0.06, ge=0, le=1)
    """Share of carts that join another order of the day, of the same or a sister SKU."""
    pending_rate: float = Field(default=0.06, ge=0, le=1)
    """Share of orders first shown unpaid, without a price."""
    cancel_rate: float = Field(default=0.03, ge=0, le=0.9)
    """Share of orders cancelled."""
    late_cancel_days: int = Field(default=6, ge=1, le=30)
    """Late cancellations come up to this many days after the order."""
    partial_cancel_rate: float = Field(default=0.05, ge=0, le=1)
    """Share of multi-unit lines that lose some, not all, of their units."""
    return_rate: float = Field(default=0.05, ge=0, le=1)
    """Share of shipped lines of which something comes back."""
    refund_rate: float = Field(default=0.01, ge=0, le=1)
    """Share of shipped lines refunded without anything coming back."""
    replacement_rate: float = Field(default=0.006, ge=0, le=1)
    """Share of shipped lines replaced free of charge."""

    conversion: float = Field(default=0.12, ge=0.01, le=1)
    """Units wanted per visit of a product's page, on an ordinary day."""

    # the seller and the suppliers
    lead_time_days: float = Field(default=32, ge=3, le=365)
    """Mean days from supply order to arrival at Amazon."""
    lead_time_sd: float = Field(default=9, ge=0, le=180)
    """Standard deviation of that, in days."""
    stockout_bias: float = Field(default=0.3, ge=0, le=1)
    """How much the seller orders too little, too late: 0 careful, 1 reckless."""
    fbm_share: float = Field(default=0.06, ge=0, le=1)
    """Share of SKUs the merchant ships."""
    launch_share: float = Field(default=0.12, ge=0, le=1)
    """Share of SKUs that are launched during the world's first year."""
    discontinued_share: float = Field(default=0.06, ge=0, le=1)
    """Share of SKUs that are given up."""
    price_change_rate: float = Field(default=0.01, ge=0, le=1)
    """Price changes per listing and day."""
    promotion_rate: float = Field(default=0.003, ge=0, le=1)
    """Promotions begun per listing and day."""
    promotion_lift: float = Field(default=1.8, ge=1, le=20)
    """Multiplies demand during a promotion."""
    strand_rate: float = Field(default=0.0006, ge=0, le=1)
    """Strandings per listing and day."""
    suppress_rate: float = Field(default=0.0006, ge=0, le=1)
    """Search suppressions per listing and day."""

    awd_share: float = Field(default=0.2, ge=0, le=1)
    """Share of SKUs stored at Amazon's distribution centres (AWD) before FBA; the US alone has them."""

    # Amazon's warehouses
    short_receipt_rate: float = Field(default=0.12, ge=0, le=1)
    """Share of inbound shipments of which some units never arrive."""
    late_receipt_rate: float = Field(default=0.3, ge=0, le=1)
    """Share of those that are received after all, weeks after the shipment was closed."""
    noncompliance_rate: float = Field(default=0.08, ge=0, le=1)
    """Share of inbound shipments with which the dock finds something wrong."""
    receive_delay_days: int = Field(default=3, ge=0, le=60)
    """Days over which a shipment is received in parts."""
    processing_hours: float = Field(default=18, ge=0, le=240)
    """Mean hours of FC processing after a receipt, a return or a find."""
    remeasure_rate: float = Field(default=0.01, ge=0, le=1)
    """Chance per pool and day that units are set aside for measuring."""
    transfer_rate: float = Field(default=0.06, ge=0, le=1)
    """Chance per pool and day of a transfer between warehouses."""
    transfer_days: float = Field(default=4, ge=1, le=30)
    """Mean days of such a transfer."""
    loss_rate: float = Field(default=0.0004, ge=0, le=0.05)
    """Chance per sellable unit and day to go missing."""
    found_rate: float = Field(default=0.5, ge=0, le=1)
    """Share of lost lots that are found."""
    found_delay_days: float = Field(default=18, ge=1, le=120)
    """Mean days until they are."""
    damage_rate: float = Field(default=0.0002, ge=0, le=0.05)
    """Chance per sellable unit and day to be damaged."""
    removal_cancel_rate: float = Field(default=0.06, ge=0, le=1)
    """Share of removal orders that are taken back first and given anew."""
    removal_loss_rate: float = Field(default=0.08, ge=0, le=1)
    """Share of units sent back to the seller that never arrive."""
    reimburse_delay_days: float = Field(default=25, ge=1, le=180)
    """Mean days until a loss is reimbursed."""
    reversal_rate: float = Field(default=0.1, ge=0, le=1)
    """Share of reimbursed losses found later and charged back."""

    # Amazon's bill, in the store's own currency
    storage_rate: float = Field(default=0.78, ge=0, le=100)
    """For a cubic foot a month, from January to September."""
    storage_peak_rate: float = Field(default=2.4, ge=0, le=100)
    """The same from October to December."""
    aged_rate: float = Field(default=0.5, ge=0, le=100)
    """For a cubic foot of units of 181 days; older ones cost multiples of it."""
    storage_limit_share: float = Field(default=1.1, ge=0, le=10)
    """Room allowed in a month, as a multiple of what the month before took."""
    overage_rate: float = Field(default=10.0, ge=0, le=1000)
    """For a cubic foot beyond that."""
    misbooked_rate: float = Field(default=0.1, ge=0, le=1)
    """Share of losses that the ledger's summary shows under Unknown Events."""

    # Amazon's interfaces
    ledger_delay_hours: float = Field(default=20, ge=0, le=240)
    """Hours after a day's close at which the ledger shows it."""
    traffic_delay_hours: float = Field(default=20, ge=0, le=240)
    """Hours after a day's close at which its visits begin to be shown."""
    late_ledger_rate: float = Field(default=0.1, ge=0, le=1)
    """Share of finds that the ledger's detail shows two to six days after the others of their day."""
    order_visibility_minutes: float = Field(default=20, ge=0, le=30)
    """Longest delay until an order's change can be seen: order reports are near real time."""


def parameters(overrides: Mapping[str, Any]) -> Parameters:
    """The defaults with ``overrides`` laid over them.

    Raises:
        InvalidInputError: A name is unknown or a value impossible; it names the field.
    """
    try:
        return Parameters.model_validate(dict(overrides))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise InvalidInputError(
                f"'{name}' is not a parameter of a world.",
                field=name,
                next_step=f"Use one of: {', '.join(sorted(Parameters.model_fields))}.",
            ) from None
        raise InvalidInputError(
            f"The world parameter '{name}' cannot be used: {first['msg']}.",
            field=name,
            next_step="Correct the value in the world file.",
        ) from None
