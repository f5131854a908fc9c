"""``record_claim``: the seller's word on one discrepancy, after writing to Amazon about it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from stockroom.core.errors import InvalidInputError
from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.records.claims import REGISTER
from stockroom.spec.change import Change
from stockroom.spec.tool import Entry, Ground
from stockroom.tools.asked import name_of
from stockroom.tools.filing import filed, iso, not_ahead, write_filed
from stockroom.tools.own_market import MarketArgument, own_market

_CODE = 2
Kind = Literal[
    "inbound_shortage",
    "warehouse_lost",
    "warehouse_damaged",
    "return_missing",
    "removal_missing",
]


class RecordClaimArguments(BaseModel):
    """Which discrepancy, and how it stands."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    kind: Kind
    fnsku: Annotated[str, Field(max_length=20)]
    reference: Annotated[
        str, Field(description="Shipment, order or ledger reference.", max_length=60)
    ]
    state: Annotated[
        Literal["claimed", "resolved"] | None,
        Field(description="resolved: settled without payment; null: no record."),
    ]
    country: Annotated[
        str | None,
        Field(description="Where the units were, if elsewhere.", max_length=2),
    ] = None
    units: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    case_id: Annotated[str | None, Field(max_length=40)] = None
    claimed_on: Annotated[date | None, Field(description="Default: today.")] = None


class RecordClaim:
    """Records what was asked of Amazon."""

    name: ClassVar[str] = "record_claim"
    title: ClassVar[str] = "Preview the state of a claim"
    description: ClassVar[str] = (
        "Previews noting that a discrepancy was claimed or is resolved; recorded here once "
        "confirm_change is called. Files nothing: a person opens the case in Seller Central. "
        "Payments: see reimbursements."
    )
    scope: ClassVar[Scope] = Scope.PLANNING_WRITE
    arguments: ClassVar[type[BaseModel]] = RecordClaimArguments

    async def plan(self, arguments: RecordClaimArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.LocalTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        fnsku = name_of(arguments.fnsku, "fnsku")
        reference = name_of(arguments.reference, "reference")
        not_ahead(arguments.claimed_on, "claimed_on", ground, market)
        state, units = arguments.state, arguments.units
        today = ground.clock.today(market.zone)
        facts = {
            "state": state,
            "units": units,
            "case_id": None if arguments.case_id is None else name_of(arguments.case_id, "case_id"),
            "claimed_on": iso(arguments.claimed_on or (today if state == "claimed" else None)),
        }
        if state == "claimed" and units is None:
            raise InvalidInputError(
                "A claim is for a number of units.", field="units", next_step="Give units."
            )
        return await filed(
            self.name,
            REGISTER,
            ground,
            arguments,
            key={
                "marketplace": market.code,
                "country": _country(arguments.country or market.code),
                "fnsku": fnsku,
                "kind": arguments.kind,
                "reference": reference,
            },
            facts=None if state is None else facts,
            summary=f"Claim for {arguments.kind} of {plain(fnsku, 20)} ({plain(reference, 60)}) in "
            f"{market.code}: {state or 'no record'}",
        )

    async def record(self, change: Change, entry: Entry) -> None:
        """See :meth:`stockroom.spec.tool.LocalTool.record`."""
        await write_filed(REGISTER, change, entry)

    def revert(self, change: Change) -> RecordClaimArguments:
        """See :meth:`stockroom.spec.tool.LocalTool.revert`."""
        return RecordClaimArguments(**change.target, **change.before)


def _country(code: str) -> str:
    """As the ledger spells it: a country, where a marketplace may have a name of its own.

    Raises:
        InvalidInputError: It is no code of a country.
    """
    if not (len(code) == _CODE and code.isascii() and code.isalpha()):
        raise InvalidInputError(
            "country is no code of two letters.", field="country", next_step="Give one, e.g. DE."
        )
    return {"UK": "GB"}.get(code.upper(), code.upper())


TOOL = RecordClaim()
