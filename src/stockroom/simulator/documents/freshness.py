"""How soon a report shows what happened, and how often Amazon makes it anew.

There is one rule for what a document shows at the moment it was generated, and
each kind of event says by its ``visible_at`` how it fares under it:

=====================  ======================================================================
document               shows
=====================  ======================================================================
orders, shipments      order events by ``visible_at``: within 30 minutes
ledger detail          every ledger event by ``visible_at``: receipts and shipments within 30
                       minutes, the others 20 hours after their day's close, when the day's
                       ledger summary appears and both agree to the unit; some finds come days
                       late, into a day that was over (``late_ledger_rate``)
ledger summary         whole days, 20 hours after their close
returns                ``returned`` by ``visible_at``: 20 hours after the day's close
reimbursements         ``reimbursed``, ``reversed`` likewise
removal orders         request and cancellation within 30 minutes; that units left, when the
                       ledger shows it; the parcels likewise
problems at the dock   ``inbound_problem``: 20 hours after the day's close
stock, reserved, AFN   units where they physically are, at once
listings, stranded,    listing events, at once
search-suppressed
=====================  ======================================================================

Both delays are parameters of the world (``order_visibility_minutes``,
``ledger_delay_hours``). Windows always mean the instant something happened.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

NEAR_REAL_TIME: Final = timedelta(minutes=30)
DAILY: Final = timedelta(hours=4)
"""Facts 1.1: generated at most once in this time; what is asked again sooner ends CANCELLED."""
