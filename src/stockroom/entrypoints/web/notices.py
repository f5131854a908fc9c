"""What a page says after something was done: fixed sentences, named in the address."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "account-resumed": "Let go on: changes may leave for Amazon again.",
    "account-stopped": "Stopped. It holds from this moment on.",
    "document-discarded": "The document is forgotten; what was loaded before stays.",
    "document-not-loaded": "The document could not be loaded, whoever says so. See its dataset below.",
    "document-released": "The document is loaded, and all that follows from it worked out again.",
    "key-revoked": "The key is revoked. It stops working within a second, everywhere.",
    "signed-out": "You are signed out.",
}
