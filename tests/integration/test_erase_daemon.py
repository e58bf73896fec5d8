"""A household erased beside a gateway that runs: it is gone at once, and the others are heard."""

import json
from pathlib import Path

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.integration.test_cli_daemon import run_command
from tests.support.site import Site


async def test_erased_and_the_neighbour_is_heard_on(tmp_path: Path) -> None:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(tmp_path, broker.url, provider, households=2)
        await site.import_ledger()
        await site.start()
        try:
            await site.ready()
            async with Sender(Broker(broker.port), "doors") as doors:

                async def say(sensor: str, *states: str) -> None:
                    for state in states:
                        await doors.publish(f"doors/{sensor}", json.dumps({"state": state}))

                await say("S1", "closed", "open")
                await say("S2", "closed")
                await site.until(site.incidents)
                told = "SELECT 1 FROM alerts WHERE status = 'delivered'"
                await site.until(lambda: site.rows(told))

                refused = await run_command(site, "household", "erase", "H1")
                assert (refused.status, "isolates" in refused.err) == (1, True)
                erased = await run_command(site, "household", "erase", "H1", "--force", "--json")
                assert erased.json["erased"]["incidents"] == 1
                assert (await run_command(site, "incidents", "list", "--json")).json == []
                assert (await run_command(site, "household", "export", "H1")).status == 2

                await say("S1", "closed", "open")  # nobody's sensor now
                await say("S2", "open")
                await site.until(site.incidents)
                assert [one["household_id"] for one in site.incidents()] == ["H2"]
                assert site.incidents()[0]["id"] == 2  # 1 was somebody else's
            _, metrics = await site.get("/metrics", site.metrics)
            assert 'doorwatch_incidents_open{kind="unauthorised_opening"} 1.0' in metrics
            assert 'reason="unknown_sensor",source="mqtt"} 0' not in metrics
            assert await site.stop() == 0
            await site.start()
            await site.ready()
            assert [one["household_id"] for one in site.incidents()] == ["H2"]
        finally:
            await site.kill()
        for query in ("SELECT subject, body FROM journal", "SELECT body, answer FROM requests"):
            assert "H1" not in json.dumps(site.rows(query))
