"""The security promises, by name. Every one has a test; a promise without a test fails.

A test says which promise it holds with ``@pytest.mark.requirement("name")``.
"""

from __future__ import annotations

PROMISES = {
    "secrets-never-logged": "No credential reaches a log record, whoever wrote it.",
    "secrets-never-in-errors": "No credential reaches the text of an error.",
    "row-security-forced": "Every tenant table, and every partition, has forced row security.",
    "no-account-no-rows": "A session without an account reads zero rows of every tenant table.",
    "no-carry-over": "A pooled connection carries no account on, not after an abort either.",
    "no-powerful-role": "Server and worker refuse roles that could step around row security.",
    "one-account-only": "A key gets nothing of an account outside it by any tool or argument.",
    "same-answer": "An account out of reach and one that does not exist get the same answer.",
    "sessions-hashed": "A console session is stored only as a keyed hash of its cookie.",
    "sessions-fresh": "Signing in begins a new session, whatever cookie the browser held.",
    "sessions-end": "A session ends by age, by idleness and by hand, in every process within a second.",
    "forms-from-here": "Nothing changes but by a form that we gave to this very browser.",
    "pages-fenced": "Every page forbids foreign scripts, frames and forms.",
    "no-open-redirect": "Nothing that a caller sends makes the console lead to another site.",
    "keys-hashed": "An API key is stored only as a keyed hash.",
    "keys-revocable": "A revoked or expired key is refused.",
    "agents-stoppable": "A person can stop all agents of an account or organisation, at once.",
    "keys-limited": "A key works only where and as often as it was issued for.",
    "marketplaces-held": "A key limited to marketplaces gets nothing of others by any tool.",
    "scopes-held": "A key lists and calls only the tools inside its scopes.",
    "tokens-encrypted": "Refresh tokens are encrypted, bound to their account and purpose.",
    "documents-encrypted": "Raw documents are stored encrypted.",
    "buyers-removed": "Personal columns never reach a table or a stored document.",
    "no-unseen-change": "Nothing is sent to Amazon that was not shown and confirmed.",
    "once": "A confirmed change is sent at most once, whatever crashes.",
    "audit-append-only": "The audit trail cannot be changed by the role that writes it.",
    "audit-tamper-evident": "A changed, removed or swapped audit row is found.",
    "listing-text-is-data": "Listing text is capped, cleaned and never part of our prose.",
    "removed-without-trace": "A removed account leaves nothing but the fact that it was removed.",
    "faults-hide-internals": "An unexpected fault shows a reference id and nothing internal.",
}
