"""The console's addresses."""

from __future__ import annotations

from starlette.routing import Route

from stockroom.entrypoints.house import House
from stockroom.entrypoints.web import (
    invitation,
    me,
    members,
    proof,
    second_factor,
    sign_in,
    sign_up,
    single_sign_on,
)
from stockroom.entrypoints.web.content.routes import content_routes
from stockroom.entrypoints.web.page import Handler, shown, signed_in
from stockroom.entrypoints.web.proof import proven
from stockroom.entrypoints.web.static_files import serve_static


def console_routes(house: House) -> list[Route]:
    """Every page of the console."""
    return [
        Route("/console/static/{name}", serve_static),
        *_door(),
        *(_sign_up() if house.settings.open_sign_up else []),
        *(_single_sign_on() if house.settings.oidc_issuer else []),
        *_own(),
        *content_routes(house),
        *_organisation(),
    ]


def _door() -> list[Route]:
    return [
        Route("/console/sign-in", shown(sign_in.sign_in_page)),
        _form("/console/sign-in", shown(sign_in.sign_in)),
        _form("/console/sign-in/code", shown(sign_in.sign_in_by_code)),
        _form("/console/sign-out", shown(sign_in.sign_out)),
        Route("/console/prove", signed_in(proof.prove_page)),
        _form("/console/prove", signed_in(proof.prove)),
        Route("/console/invitation/{token}", shown(invitation.invitation_page)),
        _form("/console/invitation/{token}", shown(invitation.accept_invitation)),
    ]


def _sign_up() -> list[Route]:
    return [
        Route("/console/sign-up", shown(sign_up.sign_up_page)),
        _form("/console/sign-up", shown(sign_up.sign_up)),
    ]


def _single_sign_on() -> list[Route]:
    return [
        Route("/console/oidc", shown(single_sign_on.leave)),
        Route("/console/oidc/callback", shown(single_sign_on.come_back)),
    ]


def _own() -> list[Route]:
    return [
        Route("/console/me", signed_in(me.my_page)),
        _form("/console/me/password", signed_in(me.change_password)),
        _form("/console/me/sessions/end-others", signed_in(me.end_other_sessions)),
        _form("/console/me/sessions/{session_id:uuid}/end", signed_in(me.end_session)),
        Route("/console/me/second-factor", proven(second_factor.second_factor_page)),
        _form("/console/me/second-factor", proven(second_factor.begin_second_factor)),
        _form("/console/me/second-factor/end", proven(second_factor.end_second_factor)),
        _form("/console/me/recovery-codes", proven(second_factor.renew_recovery_codes)),
    ]


def _organisation() -> list[Route]:
    home = "/console/o/{organisation_id:uuid}"
    member, open_one = f"{home}/members/{{member_id:uuid}}", f"{home}/invitations"
    return [
        Route(f"{home}/members", signed_in(members.members_page)),
        Route(f"{home}/members/invite", proven(members.invite_page)),
        _form(f"{home}/members/invite", proven(members.invite)),
        Route(member, proven(members.member_page)),
        _form(member, proven(members.change_member)),
        _form(f"{member}/remove", proven(members.remove_member)),
        _form(
            f"{open_one}/{{invitation_id:uuid}}/withdraw", signed_in(members.withdraw_invitation)
        ),
    ]


def _form(path: str, handler: Handler) -> Route:
    """What a form is sent to: nothing changes when an address is merely opened."""
    return Route(path, handler, methods=["POST"])
