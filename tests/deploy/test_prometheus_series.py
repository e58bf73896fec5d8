"""Every expression of every rule, run by a real Prometheus that has scraped a real gateway.

A metric that is misspelt gives no series and no error, and an alert on it is silent for ever: so
each name must be there, and each comparison must compare something.
"""

import re
from pathlib import Path

from simulators.bluez.standin import BluezStandIn
from simulators.brokers import Mosquitto
from simulators.brokers.process import ServerTls
from simulators.mqtt.certificates import Authority
from simulators.mqtt.json_sensors import JsonSensors
from simulators.mqtt.sender import Broker
from simulators.provider import ProviderStandIn
from simulators.provider.failures import unavailable
from tests.support import worn_gateway
from tests.support.monitoring import Prometheus, rules
from tests.support.site import Site

PAGES = Path(__file__).parents[2] / "docs"
METRIC = re.compile(r"\bdoorwatch_[a-z_]+\b")
SELECTOR = re.compile(r"\b((?:doorwatch[_:][a-z0-9_:]+|up)(?:\{[^}]*\})?)")
PARTS = re.compile(r"_(bucket|count|sum)$")  # of a histogram
COMPARISON = re.compile(r"(==|>=|<=|[<>])")
PLAYED = "doorwatch_readings_total{kind='open'} > 0"  # a breach, which the provider refuses


def compared(expression: str) -> str:
    """The same without filtering: 1 where it fires, 0 where not; nothing where it never could."""
    outside = re.sub(r"\{[^}]*\}", lambda found: found[0].replace("=", "\0"), expression)
    return COMPARISON.sub(r"\1 bool", outside).replace("\0", "=")


def named_on_the_pages() -> set[str]:
    """Every metric that the pages for ops tell people to look at."""
    pages = [PAGES / "prometheus.md", *(PAGES / "runbooks").rglob("*.md")]
    return {name for page in pages for name in METRIC.findall(page.read_text())}


def secrets_of(site: Site) -> list[str]:
    """Phones, names and addresses of the ledger: what no label may hold."""
    people, homes = site.tables["people"][1:], site.tables["households"][1:]
    return [*(row[1] for row in people), *(row[2] for row in people), *(row[2] for row in homes)]


async def test_every_expression_of_every_rule_finds_its_series(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("broker")
    tls = ServerTls(authority.ca_file, pair.cert_file, pair.key_file)
    worn_gateway.write(tmp_path / "sys", tmp_path, life="0x01 0x09", sectors=1_000)
    program = ("-m", "tests.support.worn_gateway", str(tmp_path / "sys"), "run")
    async with Mosquitto(tls=tls) as broker, ProviderStandIn() as provider, BluezStandIn() as bluez:
        site = Site(tmp_path, broker.url, provider, program=program)
        text = site.config.read_text().replace("enabled = false", "enabled = true")
        text = text.replace("[ble]", f'ca_file = "{authority.ca_file}"\n[ble]')
        text = text.replace("[metrics]", '[metrics]\nping_url = "http://127.0.0.1:9/nobody"')
        site.config.write_text(text)
        await site.import_ledger()
        provider.outage(unavailable())
        with bluez.as_system_bus():
            await site.start()
        try:
            await site.ready()
            sensors = JsonSensors(Broker(broker.port, ca_file=str(authority.ca_file)))
            await sensors.start()
            await sensors.say("doors/S1", is_open=False, battery=80)
            await sensors.say("doors/S1", is_open=True)
            await sensors.stop()
            async with Prometheus({"gw-test": site.metrics}) as prometheus:
                await prometheus.until(PLAYED)
                await prometheus.until("doorwatch_outbox_oldest_timestamp_seconds")
                await prometheus.until("count_over_time(up[1h]) > 2")
                alerts, records = rules("alert"), rules("record")
                for name in records:
                    await prometheus.until(name)
                missing = []
                for name, rule in {**alerts, **records}.items():
                    expression = rule["expr"]
                    for selector in SELECTOR.findall(expression):
                        if not await prometheus.ask(selector):
                            missing.append(f"{name}: {selector}")
                    for either in expression.split("\nor\n"):
                        if not await prometheus.ask(compared(either)):
                            missing.append(f"{name}: {either}")
                known = await prometheus.ask("count by (__name__) ({instance='gw-test'})")
                names = {PARTS.sub("", one["metric"]["__name__"]) for one in known}
                assert missing == []
                _, text = await site.get("/metrics", site.metrics)
                assert [secret for secret in secrets_of(site) if secret in text] == []
                assert named_on_the_pages() - names == set()
            assert await site.stop() == 0
        finally:
            await site.kill()
