"""Prompts: rounds a person starts with one click, made of the tools the key may call.

A prompt says what to ask, in which order, and what to keep apart; the judgement is the
agent's. One whose tools the key lacks is not listed: it could not be followed.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_types import GetPromptResult, PromptArgument, PromptMessage, TextContent
from mcp_types import Prompt as WirePrompt

from stockroom.core.errors import InvalidInputError

_LONGEST_ARGUMENT = 100
_ARGUMENTS = {
    "account": "Which account, when the key covers several.",
    "marketplace": "A country code, e.g. US. Default: all of them.",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One round.

    Args:
        name: What it is called.
        title: What people read.
        description: What comes out of it.
        tools: The tools it cannot do without.
        text: What to do, in order.
    """

    name: str
    title: str
    description: str
    tools: frozenset[str]
    text: str

    def wire(self) -> WirePrompt:
        """The prompt as ``prompts/list`` shows it."""
        arguments = [
            PromptArgument(name=name, description=meaning, required=False)
            for name, meaning in _ARGUMENTS.items()
        ]
        return WirePrompt(
            name=self.name, title=self.title, description=self.description, arguments=arguments
        )

    def filled(self, arguments: Mapping[str, str]) -> GetPromptResult:
        """The prompt as ``prompts/get`` returns it.

        Raises:
            InvalidInputError: An argument is unknown or too long.
        """
        for name, value in arguments.items():
            if name not in _ARGUMENTS or len(value) > _LONGEST_ARGUMENT:
                raise InvalidInputError(
                    f"The prompt {self.name} cannot take '{name[:40]}' so.",
                    field="arguments",
                    next_step=f"Give {' and '.join(_ARGUMENTS)}, each up to 100 characters.",
                )
        scope = "; ".join(f"{name}: {value}" for name, value in arguments.items() if value)
        head = f"{self.description} ({scope or 'everything in reach'})"
        text = "\n\n".join([head, inspect.cleandoc(self.text), _APART])
        message = PromptMessage(role="user", content=TextContent(type="text", text=text))
        return GetPromptResult(description=self.description, messages=[message])


_APART = (
    "Keep facts, with their dates, apart from your own advice; quote no number without its date."
)

PROMPTS = (
    Prompt(
        name="morning_review",
        title="Morning review",
        description="What needs a person today, and how sure the figures are.",
        tools=frozenset({"data_freshness", "days_of_cover", "inventory_health"}),
        text="""
            1. Call data_freshness. Name every dataset that is late, quarantined or failing, and
               which of the figures below stand on it.
            2. Call days_of_cover. List what is out of stock, critical and at risk, with the
               stockout date, the day an arrival mends it, and the gap.
            3. Call inventory_health for those SKUs. Name the ones whose unknown or blocked days
               make the figures weak.
            4. If you have them, call listings for what is stranded or suppressed, and changes for
               proposals that wait.
        """,
    ),
    Prompt(
        name="restock_plan",
        title="Restock plan",
        description="Which SKUs run short before anything on its way can mend it.",
        tools=frozenset({"days_of_cover", "inbound_shipments", "sales_velocity"}),
        text="""
            1. Call days_of_cover with below 21. For each SKU take in_time_days, stockout_date,
               mended_on and gap_days.
            2. Call inbound_shipments for those SKUs: what was shipped, what was received, the
               expected day and where that day comes from.
            3. Call sales_velocity for those SKUs. Compare raw and adjusted, and name the days that
               were out or unknown.
            4. If you have it, call replenishment for those SKUs: latest_safe_order_date, candidate
               and send_units, and whatever unknown names. Else say what you assumed about lead
               times.
            5. Group them: mended in time; mended late, with the gap; nothing on its way.
        """,
    ),
    Prompt(
        name="claims_round",
        title="Claims round",
        description="Units that Amazon lost or damaged, and what it paid for them.",
        tools=frozenset({"stock_events", "reimbursements", "inbound_shipments"}),
        text="""
            1. Call stock_events for lost, damaged and found units. Match found units to lost ones
               of the same FNSKU first.
            2. Call inbound_shipments for closed shipments that were received short.
            3. Call reimbursements, reversals included, and match them to what is left.
            4. List what stays unmatched, with its reference ids, dates and units. A value needs a
               unit cost; never use the list price.
        """,
    ),
)
