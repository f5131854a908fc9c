"""The pages of the second factor: a code to scan, codes to keep, and the way back."""

from __future__ import annotations

import segno
from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError, NotAllowedError
from stockroom.entrypoints.web.page import go, posted, render
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.second_factor import address_of, new_secret

_PURPOSE = "second factor"


async def second_factor_page(request: Request) -> Response:
    """A fresh secret to scan. It is stored only once its first code came back."""
    return _offer(request, new_secret())


async def begin_second_factor(request: Request) -> Response:
    """The first code: from now on one is asked for. Shows the recovery codes, once."""
    form = await posted(request)
    visitor, reception = present(request), house_of(request).reception
    secret = form.get("secret", "")
    if not reception.marks.fits(form.get("mark", ""), _PURPOSE, str(visitor.session_id), secret):
        raise NotAllowedError("This form is no longer valid.", next_step="Begin again.")
    code = "".join(form.get("code", "").split())
    try:
        codes = await reception.second_factor.begin(visitor.person_id, secret, code)
    except InvalidInputError as error:
        return _offer(request, secret, wrong=str(error))
    await reception.sessions.end_others(visitor.person_id, visitor.session_id)
    return render(request, "recovery_codes.html", codes=codes, begun=True)


async def end_second_factor(request: Request) -> Response:
    """No code is asked for any more."""
    await posted(request)
    await house_of(request).reception.second_factor.end(present(request).person_id)
    return go(request, "/console/me", "second-factor-ended")


async def renew_recovery_codes(request: Request) -> Response:
    """Fresh recovery codes; the old ones are worth nothing."""
    await posted(request)
    second_factor = house_of(request).reception.second_factor
    codes = await second_factor.new_recovery_codes(present(request).person_id)
    return render(request, "recovery_codes.html", codes=codes, begun=False)


def _offer(request: Request, secret: str, wrong: str | None = None) -> Response:
    visitor, marks = present(request), house_of(request).reception.marks
    picture = segno.make(address_of(secret, visitor.email), error="m")
    return render(
        request,
        "second_factor.html",
        status=400 if wrong else 200,
        picture=picture.svg_data_uri(scale=5, border=2, dark="#000", light="#fff"),
        secret=secret,
        spelled=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        mark=marks.mark(_PURPOSE, str(visitor.session_id), secret),
        wrong=wrong,
    )
