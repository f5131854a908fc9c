import time
from datetime import date, timedelta
from uuid import UUID
from sqlalchemy import text
from tests.facts import Facts
from stockroom.entrypoints.wiring import all_metrics
from stockroom.spec.metric import DaySpan, DeriveContext, in_order, touched
from stockroom.reports.orders import OrderLine
from stockroom.db.partitions import ensure_partitions
from stockroom.spec.fact import table_of
from stockroom.reports.customer_shipments import CustomerShipment
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.reports.ledger_detail import LedgerEvent
AS_OF=date(2026,11,20); DAY=timedelta(days=1)
async def test_perf(facts: Facts):
    N=1000; D=250
    facts.covers("orders",[AS_OF-k*DAY for k in range(D)]); facts.covers("customer_shipments",[AS_OF-k*DAY for k in range(D)]); facts.covers("ledger_summary",[AS_OF-k*DAY for k in range(1,D)])
    for i in range(N):
        facts.inventory(AS_OF+DAY, f"S{i}", f"X{i}", i%7*10); facts.listing(AS_OF+DAY, f"S{i}", fnsku=f"X{i}")
        facts.inventory(AS_OF+DAY, f"S{i}", f"X{i}", i%7*10,"CA", network="NA_US")
    await facts.store()
    async with facts.database.connection(facts.account.id) as c:
        for m in (OrderLine, CustomerShipment, LedgerDay, LedgerEvent):
            await ensure_partitions(c, table_of(m), AS_OF-D*DAY, AS_OF+DAY)
    a=str(facts.account.id); r=str(UUID(int=7))
    async with facts.database.connection(facts.account.id) as c:
        await c.execute(f"""insert into core.order_lines (account_id, day, order_id, ordinal, marketplace, sku, order_status, item_status, fulfillment, channel, replacement, units_ordered, purchased_at, source_updated_at, currency, item_price, run_id)
         select '{a}', date '2026-11-20' - d, 'O-'||d||'-'||s||'-'||n, 1, case when s%9=0 then 'CA' else 'US' end, 'S'||s, 'Shipped','Shipped','FBA','amazon', false, 1+s%3, now(), now(), 'USD', 10, '{r}' from generate_series(0,{D-1}) d, generate_series(0,{N-1}) s, generate_series(1,2) n where (s*7+d*13+n)%5<2""")
        await c.execute(f"""insert into core.customer_shipments (account_id, day, order_id, sku, ordinal, marketplace, units, shipped_at, run_id)
         select account_id, day+1, order_id, sku, 1, '', units_ordered, now(), run_id from core.order_lines where day< date '2026-11-20'""")
        await c.execute(f"""insert into core.ledger_days (account_id, day, country, fnsku, sku, disposition, ordinal, network, starting_units, in_transit_units, receipts, customer_shipments, customer_returns, vendor_returns, transfers, found, lost, damaged, disposed, other_events, ending_units, unknown_events, run_id)
         select '{a}', date '2026-11-20' - d, 'US', 'X'||s, 'S'||s, disp, 1, 'NA_US', 10,0,0,-1,0,0,0,0,0,0,0,0, 9, 0, '{r}' from generate_series(1,{D-1}) d, generate_series(0,{N-1}) s, unnest(array['SELLABLE','DEFECTIVE']) disp where not ((s%7=0) and d<30)""")
        await c.execute(f"""insert into core.ledger_events (account_id, day, fnsku, ordinal, sku, event_type, quantity, disposition, country, network, run_id)
         select '{a}', date '2026-11-20' - d, 'X'||s, n, 'S'||s, 'Shipments', -1, 'SELLABLE','US','NA_US','{r}' from generate_series(1,{D-1}) d, generate_series(0,{N-1}) s, generate_series(1,2) n""")
    for label, days, ms in (("all", [AS_OF-k*DAY for k in range(-1,D)], in_order(all_metrics())), ("orders 15 min", [AS_OF, AS_OF-DAY, AS_OF+DAY], touched(all_metrics(), {OrderLine}))):
        async with facts.database.connection(facts.account.id) as c:
            ctx=DeriveContext(c, facts.account, facts.clock, UUID(int=8))
            total=time.time()
            for m in ms:
                t=time.time(); await m.derive(ctx, DaySpan.of(days)); print(label, m.name, round(time.time()-t,2))
            print(label, "TOTAL", round(time.time()-total,2))
