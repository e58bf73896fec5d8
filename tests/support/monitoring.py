"""A real Prometheus and a real Alertmanager on 127.0.0.1, configured as deploy/ ships them, and a
sink for what they send. Only addresses and waiting times are the test's own.
"""

import asyncio
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import yaml

from simulators.brokers.process import BrokerProcess, binary
from tests.support.served import Request, Served

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus/doorwatch.rules.yml"
PROMETHEUS = DEPLOY / "prometheus/prometheus.yml"
ALERTMANAGER = DEPLOY / "alertmanager/alertmanager.yml"
READY_S = 30.0
SINK = "http://127.0.0.1:9095"  # as the shipped file has it


def rules(kind: str) -> dict[str, dict[str, Any]]:
    """The shipped rules by name; ``kind``: alert or record."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule[kind]: rule for group in groups for rule in group["rules"] if kind in rule}


async def run(program: str, *arguments: object, cwd: Path | None = None) -> tuple[int, str]:
    """Exit status and all that it said."""
    process = await asyncio.create_subprocess_exec(
        binary(program, "prometheus prometheus-alertmanager"),
        *map(str, arguments),
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


class Prometheus(BrokerProcess):
    """Its life is a broker's. Scrapes gateways, by id and port, every second."""

    def __init__(
        self,
        gateways: dict[str, int],
        alertmanager: int | None = None,
        nodes: dict[str, int] | None = None,
    ) -> None:
        """``nodes``: the machines beneath, by the gateway's id, and their exporter's port."""
        super().__init__(None, None)
        self._gateways, self._alertmanager, self._nodes = gateways, alertmanager, nodes or {}

    async def prepare(self) -> list[str]:
        config = yaml.safe_load(PROMETHEUS.read_text())
        config["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(RULES)]
        config["scrape_configs"] = [
            job for job in config["scrape_configs"] if job["job_name"] == "doorwatch"
        ]
        config["scrape_configs"] += [
            {
                "job_name": "node",
                "static_configs": [
                    {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": gateway}}
                    for gateway, port in self._nodes.items()
                ],
            }
        ]
        targets = [f"127.0.0.1:{self._alertmanager}"] if self._alertmanager else []
        config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": targets}]}]
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        (self.folder / "gateways").mkdir(exist_ok=True)
        found = [
            {"targets": [f"127.0.0.1:{port}"], "labels": {"gateway": gateway}}
            for gateway, port in self._gateways.items()
        ]
        (self.folder / "gateways/test.yml").write_text(yaml.safe_dump(found))
        return [
            binary("prometheus", "prometheus"),
            f"--config.file={self.folder}/prometheus.yml",
            f"--storage.tsdb.path={self.folder}/data",
            f"--web.listen-address={self.host}:{self.port}",
            "--rules.alert.resend-delay=1s",  # what fires before Alertmanager is known is not lost
            "--log.level=warn",
        ]

    async def start(self) -> None:
        await super().start()
        async with asyncio.timeout(READY_S):
            while not await self._is_ready():  # it listens before it answers
                await asyncio.sleep(0.05)

    async def _is_ready(self) -> bool:
        try:
            await self._get("/-/ready")
        except HTTPError:
            return False
        return True

    async def _get(self, path: str) -> bytes:
        def read() -> bytes:
            url = f"http://{self.host}:{self.port}{path}"
            with urllib.request.urlopen(url, timeout=10) as answer:
                text: bytes = answer.read()
            return text

        return await asyncio.to_thread(read)

    async def ask(self, expression: str) -> list[dict[str, Any]]:
        """An instant query's series. Raises ``HTTPError`` for one that is no PromQL."""
        query = urllib.parse.urlencode({"query": expression})
        data = json.loads(await self._get(f"/api/v1/query?{query}"))["data"]
        found: list[dict[str, Any]] = data["result"]
        return found if data["resultType"] == "vector" else [{"value": data["result"]}]

    async def until(self, expression: str, seconds: float = 30.0) -> list[dict[str, Any]]:
        """What it gives once it gives anything."""
        async with asyncio.timeout(seconds):
            while not (found := await self.ask(expression)):
                await asyncio.sleep(0.1)
        return found


class NodeExporter(BrokerProcess):
    """What the machine beneath tells of itself."""

    def __init__(self) -> None:
        super().__init__(None, None)

    async def prepare(self) -> list[str]:
        program = binary("prometheus-node-exporter", "prometheus-node-exporter")
        return [program, f"--web.listen-address={self.host}:{self.port}", "--log.level=error"]


class Alertmanager(BrokerProcess):
    """With the shipped routes; a second is waited for, and what is sent goes to ``sink``."""

    def __init__(self, sink: "AlertSink") -> None:
        super().__init__(None, None)
        self._sink = sink

    async def prepare(self) -> list[str]:
        shipped = ALERTMANAGER.read_text()
        assert SINK in shipped
        text = re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", shipped)
        text = text.replace(SINK, self._sink.url)
        (self.folder / "alertmanager.yml").write_text(text)
        return [
            binary("prometheus-alertmanager", "prometheus-alertmanager"),
            f"--config.file={self.folder}/alertmanager.yml",
            f"--storage.path={self.folder}/data",
            f"--web.listen-address={self.host}:{self.port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]

    async def add(self, **labels: str) -> None:
        """An alert as Prometheus would send it."""
        words = [f"{name}={value}" for name, value in labels.items()]
        url = f"http://{self.host}:{self.port}"
        status, said = await run("amtool", "alert", "add", f"--alertmanager.url={url}", *words)
        assert status == 0, said


class AlertSink(Served):
    """Takes what Alertmanager posts: ``alerts`` are (receiver's path, labels, status)."""

    def __init__(self) -> None:
        super().__init__(self._take)
        self.alerts: list[tuple[str, dict[str, str], str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def got(self, receiver: str, name: str, **labels: str) -> bool:
        """Whether such an alert was delivered there."""
        wanted = labels | {"alertname": name}
        return any(to == receiver and wanted.items() <= of.items() for to, of, _ in self.alerts)

    async def until(self, holds: Callable[[], bool], seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.05)

    def _take(self, request: Request) -> None:
        receiver = request.path.strip("/")
        alerts = json.loads(request.body())["alerts"]
        self.alerts.extend((receiver, one["labels"], one["status"]) for one in alerts)
        request.answer(200)
