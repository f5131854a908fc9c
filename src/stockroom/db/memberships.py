"""What a person is in which organisation: answered before any of them is entered.

Like the rest of ``functions``, it walks the directory and enters one holder at a
time. The directory spells a member as ``person organisation`` and an account as
``organisation account``, so both are found by how they begin.
"""

from __future__ import annotations

_MEMBERSHIPS = """
create function app.memberships(person uuid) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  caller text := current_setting('app.account', true);
  organisation text := current_setting('app.organisation', true);
  own app.organisations;
  member app.members;
  one uuid;
  another uuid;
  reach jsonb;
  found jsonb := '[]';
begin
  for one in
    select d.holder from app.directory d
    where d.kind = 'members' and d.name >= person || ' ' and d.name < person || '!'
  loop
    perform set_config('app.organisation', one::text, true);
    select * into own from app.organisations o where o.id = one;
    select * into member from app.members m where m.person_id = person;
    reach := '[]';
    for another in
      select d.holder from app.directory d
      where d.kind = 'accounts' and d.name >= one || ' ' and d.name < one || '!'
        and (member.account_ids is null or d.holder = any(member.account_ids))
    loop
      reach := reach || app.enter_account(another);
    end loop;
    found := found || jsonb_build_object(
      'organisation_id', own.id, 'organisation', own.name, 'role', member.role,
      'agents_stopped', own.agents_stopped_at is not null,
      'all_accounts', member.account_ids is null, 'accounts', reach);
  end loop;
  perform set_config('app.organisation', coalesce(organisation, ''), true);
  perform set_config('app.account', coalesce(caller, ''), true);
  return found;
end $body$
"""

BODIES = (_MEMBERSHIPS,)
SIGNATURES = ("app.memberships(uuid)",)
