"""How often and how badly each mood strikes: every figure in one place.

Amazon publishes none of them. They are chosen so that a patient client always
gets through in the end, and a careless one never does.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# throttled
QUOTA_SHARE: Final = 0.1
"""What is left of a usage plan, of its rate and of its burst (but one call at least)."""
SPORADIC_REFUSALS: Final = 0.05
"""Calls answered 429 although the bucket has tokens."""

# slow
GENERATION_FACTOR: Final = 10.0
"""Times the usual 2 to 10 seconds until a report is generated."""
ANSWER_DELAY_S: Final = (0.5, 4.0)
"""Seconds by which every answer is late: from, to."""

# flaky: of all calls, in this order
FAILS_UNSEEN: Final = {"500": 0.03, "503": 0.03, "empty 429": 0.03, "dropped": 0.03}
"""Failures of calls that Amazon never acted upon."""
FAILS_DONE: Final = {"lost 500": 0.01, "lost": 0.02, "truncated": 0.03}
"""Failures of calls that Amazon carried out: only the answer went wrong."""

# half-report, inflated-report
HALVED_DOCUMENTS: Final = 0.5
"""Snapshot documents that lose rows; all of a type that is named."""
LOST_ROWS: Final = (0.4, 0.6)
"""The share of its rows that a document loses: from, to."""
INFLATED_DOCUMENTS: Final = 0.5
"""Snapshot documents that are many times too long; all of a type that is named."""
COPIES: Final = (20, 187)
"""How often a row comes: from, to. 8,000 rows were seen to become 1.5 million."""
MOST_ROWS: Final = 200_000
"""No inflated document is longer, unless doubling it already is: the machine is small."""

# renamed-columns, translated-headers
RENAMED_COLUMNS: Final = 0.15
"""The share of a type's columns with another name (at least one); all change their place."""
TRANSLATED_DOCUMENTS: Final = 0.5
"""Documents with foreign headers; all of a type that is named."""

# belated
BELATED_H: Final = (2.0, 60.0)
"""Hours until a late listing change shows: from, to."""

# expired-url
EXPIRED_ADDRESSES: Final = 0.5
"""Document addresses that are past their time when they are handed out."""
PAST_ITS_TIME: Final = timedelta(minutes=1)
"""How long such an address has been dead."""
