"""What a page says after something was done: fixed sentences, named in the address."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "agents-stopped": "Stopped: within a second no agent may read or change anything.",
    "changes-stopped": "Stopped: no change leaves for Amazon from this moment on.",
    "batch-approved": "Taken. Each change says what becomes of it, or why it could not be approved.",
    "change-approved": "Approved. What becomes of it shows here.",
    "change-rejected": "Rejected. Whoever proposed it reads your reason.",
    "document-discarded": "The document is forgotten; what was loaded before stays.",
    "document-not-loaded": "The document could not be loaded, whoever says so. See its dataset below.",
    "document-released": "The document is loaded, and all that follows from it worked out again.",
    "four-eyes-off": "Whoever proposed a change may confirm it too.",
    "four-eyes-on": "From now on nobody confirms what they proposed themselves.",
    "invitation-withdrawn": "The invitation is worth nothing any more.",
    "joined": "Welcome.",
    "key-revoked": "The key is revoked. It stops working within a second, everywhere.",
    "member-changed": "Changed. It holds within a second.",
    "member-removed": "They are no longer a member.",
    "password-changed": "Your password is changed, and every other browser is signed out.",
    "second-factor-ended": "Signing in asks for no code any more.",
    "session-ended": "That browser is signed out.",
    "sessions-ended": "Every other browser is signed out.",
    "disconnected": "The client is disconnected. It finds out with its next request.",
    "signed-out": "You are signed out.",
    "account-connected": "The account is connected; its data is being loaded.",
    "link-withdrawn": "The link is withdrawn.",
    "stop-lifted": "The stop is lifted.",
}
