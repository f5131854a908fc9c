"""The addresses of the content pages."""

from __future__ import annotations

from starlette.routing import Route

from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content import (
    account,
    audit,
    batches,
    changes,
    data,
    deciding,
    four_eyes,
    keys,
    overview,
    stopping,
)
from stockroom.entrypoints.web.content.sku import sku_page
from stockroom.entrypoints.web.content.stock import stock_page
from stockroom.entrypoints.web.page import Handler, signed_in
from stockroom.entrypoints.web.proof import proven

_ORGANISATION = "/console/o/{organisation_id:uuid}"
_ACCOUNT = _ORGANISATION + "/a/{slug}"


def content_routes(_: House) -> list[Route]:
    """What members look at, and what they decide there."""
    key, withheld = f"{_ORGANISATION}/keys/{{key_id:uuid}}", f"{_ACCOUNT}/data/{{run_id:uuid}}"
    change = f"{_ACCOUNT}/changes/{{change_id:uuid}}"
    batch = f"{_ACCOUNT}/changes/together/{{batch_id:uuid}}"
    return [
        _shows("/console", overview.first_page),
        _shows("/console/", overview.first_page),
        _shows(f"{_ORGANISATION}/", overview.overview_page),
        _shows("/console/changes/{change_id:uuid}", changes.find_change),
        _shows(f"{_ORGANISATION}/changes", changes.changes_page),
        # Doing without a second person gives as much away as a key does.
        Route(f"{_ORGANISATION}/four-eyes", proven(four_eyes.turn), methods=["POST"]),
        _shows(f"{_ORGANISATION}/accounts", overview.accounts_page),
        _takes(f"{_ORGANISATION}/stop", stopping.turn_all),
        _shows(f"{_ORGANISATION}/keys", keys.keys_page),
        # A key is access: whoever gets its text has just proved who they are.
        Route(f"{_ORGANISATION}/keys/new", proven(keys.new_key_page)),
        Route(f"{_ORGANISATION}/keys/new", proven(keys.make_key), methods=["POST"]),
        _shows(key, keys.key_page),
        Route(f"{key}/rotate", proven(keys.rotate_key), methods=["POST"]),
        _takes(f"{key}/revoke", keys.revoke_key),
        _shows(f"{_ACCOUNT}/", account.account_page),
        _takes(f"{_ACCOUNT}/stop", stopping.turn_account),
        _shows(f"{_ACCOUNT}/data", data.data_page),
        _shows(f"{_ACCOUNT}/backfill", data.backfill_page),
        _shows(f"{_ACCOUNT}/backfill/now", data.backfill_now),
        _takes(f"{withheld}/release", data.release),
        _takes(f"{withheld}/discard", data.discard),
        _shows(f"{_ACCOUNT}/stock", stock_page),
        _shows(f"{_ACCOUNT}/sku", sku_page),
        _shows(f"{_ACCOUNT}/audit", audit.audit_page),
        _shows(f"{_ACCOUNT}/changes", changes.account_changes_page),
        _shows(change, changes.change_page),
        _shows(f"{change}/now", changes.change_now),
        _takes(f"{change}/approve", deciding.approve_change),
        _takes(f"{change}/reject", deciding.reject_change),
        _shows(batch, batches.batch_page),
        _shows(f"{batch}/now", batches.batch_now),
        _takes(f"{batch}/approve", batches.approve_batch),
        _takes(f"{batch}/reject", batches.reject_batch),
    ]


def _shows(path: str, handler: Handler) -> Route:
    return Route(path, signed_in(handler))


def _takes(path: str, handler: Handler) -> Route:
    return Route(path, signed_in(handler), methods=["POST"])
