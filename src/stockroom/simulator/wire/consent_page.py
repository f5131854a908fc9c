"""What the pages of consent look like: plain forms, as a person or a test's browser fills them in."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse, Response

from stockroom.simulator.world import Seller

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""
_ASKING = """<p>{words}</p>
<form method="post"><p><label>Sign in as <select name="seller">{sellers}</select></label></p>
<p><button name="decision" value="approve">Confirm</button>
<button name="decision" value="deny">Cancel</button></p></form>"""
_PLACE = "A pretend Amazon: "


def asking(words: str, sellers: Iterable[Seller]) -> Response:
    """The page that asks; its form comes back to the same address, query included.

    Args:
        words: What is asked.
        sellers: As whom one may sign in: ``seller`` is a merchant id, ``decision`` one of
            ``approve`` and ``deny``.
    """
    body = _ASKING.format(words=escape(words), sellers=_options(sellers))
    return page("Authorise an application", body)


def refusing(words: str) -> Response:
    """The page of a consent link that Amazon does not serve: nobody is sent anywhere."""
    return page("This link cannot be used", f"<p>{escape(words)}</p>", 400)


def withdrawing(sellers: Iterable[Seller]) -> Response:
    """The page on which a seller withdraws what was authorised."""
    body = (
        '<form method="post"><p><label>Sign in as '
        f'<select name="seller">{_options(sellers)}</select></label></p>'
        '<p><button name="ads" value="">Disable the authorisation</button> '
        '<button name="ads" value="1">Remove access to advertising</button></p></form>'
    )
    return page("Manage your apps", body)


def page(title: str, body: str, status: int = 200) -> Response:
    """One page; ``body`` is HTML."""
    text = _PAGE.format(title=escape(_PLACE + title), body=body)
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})


def _options(sellers: Iterable[Seller]) -> str:
    return "".join(
        f'<option value="{escape(one.seller_id)}">{escape(one.name)} ({one.region})</option>'
        for one in sellers
    )
