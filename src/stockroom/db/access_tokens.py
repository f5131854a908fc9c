"""Whose an access token is, and what it reaches now: answered before anything is entered.

Like the rest of ``functions``, it walks the directory and enters one holder at a time.
What the person was granted has no say: what they are at this moment has.
"""

from __future__ import annotations

_WHOSE = """
create function app.authenticate_token(token_hash bytea) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  caller text := current_setting('app.account', true);
  organisation text := current_setting('app.organisation', true);
  token app.oauth_tokens;
  given app.oauth_grants;
  member app.members;
  stopped boolean;
  one uuid;
  reach jsonb := '[]';
begin
  perform set_config('app.organisation', d.holder::text, true) from app.directory d
    where d.kind = 'oauth_tokens' and d.name = '\\x' || encode(token_hash, 'hex');
  select * into token from app.oauth_tokens t
    where t.hash = token_hash and t.kind = 'st_access_';
  select * into given from app.oauth_grants g
    where g.id = token.grant_id and g.revoked_at is null;
  select * into member from app.members m where m.id = given.member_id;
  select o.agents_stopped_at is not null into stopped from app.organisations o;
  perform set_config('app.organisation', coalesce(organisation, ''), true);
  if member.id is null then
    return null;
  end if;
  foreach one in array given.account_ids loop
    continue when not coalesce(one = any(member.account_ids), true);
    reach := reach || app.enter_account(one);
  end loop;
  perform set_config('app.account', coalesce(caller, ''), true);
  return jsonb_build_object(
    'grant_id', given.id, 'organisation_id', given.organisation_id, 'name', given.client_name,
    'person', given.email, 'role', member.role, 'resource', given.resource,
    'agents_stopped', stopped, 'marketplaces', given.marketplaces,
    'scopes', token.scopes, 'expires_at', token.expires_at, 'accounts', reach);
end $body$
"""

BODIES = (_WHOSE,)
SIGNATURES = ("app.authenticate_token(bytea)",)
