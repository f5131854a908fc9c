"""What a page says after something was done: fixed sentences, named in the address."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "invitation-withdrawn": "The invitation is worth nothing any more.",
    "joined": "Welcome.",
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
}
