"""scratch"""
import time
from collections import Counter, defaultdict
from tests.metrics.test_truth import *
from tests.metrics.test_truth import _synced
from stockroom.spec.fact import table_of
from stockroom.spec.metric import in_order
from sqlalchemy import text


@pytest.mark.parametrize("index", [2])
async def test_look(database, connections, world, index):
    engine = SyncEngine(database=database, clock=FixedClock(NOW), reports=all_reports(), metrics=tuple(all_metrics()), cipher=Vault({"test": bytes(32)}))
    found = await connected(database, connections, list(world.sellers.values())[index])
    t=time.time()
    summary = await engine.sync(found.facts, found.amazon, days=101)
    print("sync", time.time()-t, summary.bad)
    async with database.connection(found.facts.id) as c:
        for q in ["select dataset, count(*), min(day), max(day), bool_and(complete) from app.loaded_days group by 1 order by 1",
                  "select dataset,state,error_kind,left(error,100),count(*) from app.runs group by 1,2,3,4 order by 1",
                  "select shipment_id, status, first_seen, shipped_seen, window_end, available_on, watched, statuses from metrics.shipment_timelines limit 12",
                  "select * from metrics.receiving_times",
                  "select shipment_id, sku, status, units_shipped, units_received, units_coming, expected_on, eta_source, rank, as_of from metrics.arrivals order by rank limit 15",
                  "select marketplace, sku, sellable, arriving, inbound_units, next_arrival_on, eta_source, round(velocity,3), round(in_time_days,2), round(all_days,2), stockout_date, mended_on, gap_days, band from metrics.cover where window_days=30 and inbound_units>0 limit 12",
                  "select count(*) from metrics.lost_units", "select * from metrics.lost_units limit 5",
                  "select * from metrics.ledger_accuracy where window_days=90 limit 5",
                  "select marketplace, sku, round(in_time_days,1), band, round(weeks_of_cover,1), round(sell_through,3), eligible, round(stockout_rate,3), days_out, days_observed, days_blocked, days_unknown, round(lost_units,1), accuracy, exact_share from metrics.health where window_days=90 limit 25",
                  "select sum(units_shipped), sum(mcf_units), sum(replacement_units), count(*) filter (where marketplace='') from metrics.shipped_days",
                  "select source, count(*) from metrics.stock group by 1",
                  "select count(*) filter (where hit_zero), count(*) from metrics.pool_days",
                  "select marketplace, sku, status, stranded_reason, suppressed_reason from metrics.listings where stranded_reason is not null or suppressed_reason is not null"]:
            print("--", q[:90])
            for row in await (await c.execute(q)).fetchall():
                print("   ", *row)
    facts = found.facts
    from stockroom.spec.metric import DaySpan, DeriveContext
    from uuid import UUID
    async with database.connection(facts.id) as c:
        ctx = DeriveContext(c, facts, FixedClock(NOW), UUID(int=7))
        for m in in_order(all_metrics()):
            t=time.time(); await m.derive(ctx, DaySpan.of([AS_OF, AS_OF+timedelta(days=1)])); print(m.name, round(time.time()-t,3))
