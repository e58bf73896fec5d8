"""The metrics, by the names that dashboards rely on. Every label set that can be known is there
from the start. No phone, address or MAC in any label. What is read off other parts at each scrape
is in ``gateway.telemetry``.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from drivers.errors import Reason
from drivers.reading import Reading
from gateway import __version__
from gateway.alerts.budget import Why
from gateway.households import Said
from gateway.incidents import Card
from gateway.ledger.rows import BLE, Protocol
from gateway.telemetry.sensors import Sensors
from rules.model import Channel, Door, Kind, Severity
from rules.moment import Moment

if TYPE_CHECKING:
    from gateway.memory import Memory

T = TypeVar("T")

# When each counter began would be a line for each, and nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]

SOURCES = ("ble", "mqtt")
STATUSES = (
    "pending", "held", "merged", "sending", "accepted", "sent", "delivered", "answered",
    "no_answer", "busy", "machine", "failed", "stale", "cancelled",
)  # fmt: skip
# Seconds. The goal is 1 s to the provider; a call is answered within minutes.
STAGE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
BEFORE_ITS_PROVIDER = ("pending", "held", "merged", "failed", "stale", "cancelled")
COMMIT_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)


class _Children(dict[tuple[str, ...], T]):
    """A metric's children by their labels: asking the metric each time costs ten times as much."""

    def __init__(self, labels: Callable[..., T]) -> None:
        super().__init__()
        self._labels = labels

    def __missing__(self, labels: tuple[str, ...]) -> T:
        child = self[labels] = self._labels(*labels)
        return child


class Metrics:
    """What the gateway counts. Implements ``Watch`` and the alert path's ``Observer``."""

    def __init__(
        self, adapters: Iterable[str], providers: Iterable[str], *, has_broker: bool = True
    ) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)  # memory, processor, files of this process
        self._sensors: Sensors | None = None
        self.texts_to: Callable[[str], int] = lambda phone: 0  # in 24 h; told by who sends them
        self.transitions = 0  # of alerts, so far: pages that show them look again
        self._readings = Counter(
            "doorwatch_readings", "Readings of sensors in the ledger",
            ("source", "protocol", "kind"), registry=registry,
        )  # fmt: skip
        self._possible = Counter(
            "doorwatch_openings_possible", "Numbers of sensors that jumped; perhaps not the door",
            ("protocol",), registry=registry,
        )  # fmt: skip
        self._rejected = Counter(
            "doorwatch_readings_rejected", "Packets and messages that gave no reading",
            ("source", "reason"), registry=registry,
        )  # fmt: skip
        self._incidents = Counter(
            "doorwatch_incidents", "Incidents raised", ("kind", "severity"), registry=registry
        )
        self._alerts = Counter(
            "doorwatch_alerts", "Steps of alerts on their way",
            ("kind", "provider", "status"), registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "doorwatch_alert_seconds", "From the reading's arrival; first alert of an incident",
            ("stage",), registry=registry, buckets=STAGE_BUCKETS,
        )  # fmt: skip
        self._commit = Histogram(
            "doorwatch_store_commit_seconds", "One durable commit",
            registry=registry, buckets=COMMIT_BUCKETS,
        )  # fmt: skip
        self._store_errors = Counter(
            "doorwatch_store_errors", "Commits that the disk refused", registry=registry
        )
        self._radio = Gauge(
            "doorwatch_radio_up", "Whether the adapter scans", ("adapter",), registry=registry
        )
        self.broker_up = Gauge(
            "doorwatch_broker_up",
            "Whether the broker is connected; absent: the gateway has none",
            registry=registry if has_broker else None,
        )
        self._provider = Gauge(
            "doorwatch_provider_up", "What its last answer showed", ("provider",), registry=registry
        )
        self.clock_verified = Gauge(
            "doorwatch_clock_verified", "Whether the time can be trusted", registry=registry
        )
        self.outbox_pending = Gauge(
            "doorwatch_outbox_pending", "Alerts that wait to be sent", registry=registry
        )
        self._held = Counter(
            "doorwatch_texts_held", "Texts that did not leave as they were, by what held them",
            ("reason",), registry=registry,
        )  # fmt: skip
        self._unsent = Gauge(
            "doorwatch_incidents_unsent", "Owed an alert, and without one", registry=registry
        )
        self._found_unsent = Counter(
            "doorwatch_incidents_found_unsent", "The same, so far", registry=registry
        )
        self._strangers = Counter(
            "doorwatch_replies_ignored", "Texts from phones that are not on the roster",
            registry=registry,
        )  # fmt: skip
        self._unanswered = Counter(
            "doorwatch_replies_unanswered", "Replies whose phone has had enough of answers",
            registry=registry,
        )  # fmt: skip
        self._refused = Counter(
            "doorwatch_web_refused", "Posts that nobody signed, links that are not ours",
            ("path",), registry=registry,
        )  # fmt: skip
        self._backed_up = Gauge(
            "doorwatch_backup_last_success_timestamp_seconds", "0: there was none yet",
            registry=registry,
        )  # fmt: skip
        self._backup_interval = Gauge(
            "doorwatch_backup_interval_seconds", "So often there shall be one", registry=registry
        )
        build = Gauge(
            "doorwatch_build_info", "Always 1; the version is a label", ("version",),
            registry=registry,
        )  # fmt: skip
        build.labels(__version__).set(1)
        self._reading = _Children(self._readings.labels)
        self._alert = _Children(self._alerts.labels)
        self._until = _Children(self._seconds.labels)
        self._answers = _Children(self._provider.labels)
        self._prepare(tuple(adapters), tuple(providers))

    def _prepare(self, adapters: tuple[str, ...], providers: tuple[str, ...]) -> None:
        for protocol, kind in product(Protocol, (*(door.value for door in Door), "state")):
            self._readings.labels("ble" if protocol in BLE else "mqtt", protocol.value, kind)
        for source, reason in product(SOURCES, Reason):
            self._rejected.labels(source, reason.value)
        for protocol in Protocol:
            self._possible.labels(protocol.value)
        for matter, severity in product(Kind, Severity):
            self._incidents.labels(matter.value, severity.word)
        for stage in ("decided", "committed", "accepted", "delivered", "acknowledged"):
            self._seconds.labels(stage)
        for adapter in adapters:
            self._radio.labels(adapter).set(0)
        for path in ("sms", "voice", "status", "link"):
            self._refused.labels(path)
        for why in Why:
            self._held.labels(why.value)
        for provider in providers:
            self._provider.labels(provider).set(1)
        ways = [("", BEFORE_ITS_PROVIDER), *((provider, STATUSES) for provider in providers)]
        for channel, (provider, statuses) in product(Channel, ways):
            for status in statuses:
                self._alerts.labels(channel.value, provider, status)

    def attach(self, memory: "Memory", oldest: Callable[[], Moment | None]) -> None:
        """Gauges that are read off the running gateway at each scrape.

        ``oldest``: when the oldest alert that waits was created, ms; None: none waits.
        """
        self.registry.register(_Living(memory, oldest))
        self._sensors = Sensors(memory)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        sensors = self._sensors.text().encode() if self._sensors is not None else b""
        return generate_latest(self.registry) + sensors

    def backups(self, last_success: Callable[[], float], every_seconds: float) -> None:
        """``last_success``: seconds since 1970, asked at each scrape; 0: there was none."""
        self._backed_up.set_function(last_success)
        self._backup_interval.set(every_seconds)

    # -- Watch -------------------------------------------------------------------------------

    def heard(self, reading: Reading) -> None:
        door = reading.decoded.door
        kind = "state" if door is None else door.value
        self._reading[reading.source, reading.protocol, kind].inc()

    def possible(self, reading: Reading) -> None:
        self._possible.labels(reading.protocol).inc()

    def rejected(self, source: str, reason: Reason) -> None:
        self._rejected.labels(source, reason.value).inc()

    def said(self, said: Said, cards: list[Card], reading_at: Moment | None) -> None:
        for card in cards:
            if card.fresh and not card.body["drill"]:
                self._incidents.labels(card.body["kind"], card.body["severity"]).inc()

    def turned(self, readings: int) -> None:
        pass

    def committed(self, seconds: float) -> None:
        self._commit.observe(seconds)

    def store_failed(self, error: Exception) -> None:
        self._store_errors.inc()

    # -- Observer ----------------------------------------------------------------------------

    def transition(self, kind: str, provider: str, status: str) -> None:
        self._alert[kind, provider, status].inc()
        self.transitions += 1

    def provider_up(self, name: str, up: bool) -> None:
        self._answers[name,].set(up)

    def latency(self, stage: str, seconds: float) -> None:
        self._until[stage,].observe(seconds)

    def held(self, why: str) -> None:
        self._held.labels(why).inc()

    def unsent(self, now: int, new: int) -> None:
        self._unsent.set(now)
        self._found_unsent.inc(new)

    def unknown_sender(self) -> None:
        self._strangers.inc()

    def unanswered(self) -> None:
        self._unanswered.inc()

    def refused(self, path: str) -> None:
        self._refused.labels(path).inc()

    def radio(self, adapter: str, up: bool) -> None:
        self._radio.labels(adapter).set(up)

    def providers_up(self) -> dict[str, bool]:
        """For readiness: what is known of each."""
        return {
            sample.labels["provider"]: bool(sample.value)
            for metric in self._provider.collect()
            for sample in metric.samples
        }


class _Living(Collector):
    """Open incidents and the outbox, as they are when somebody looks."""

    def __init__(self, memory: "Memory", oldest: Callable[[], Moment | None]) -> None:
        self._memory = memory
        self._oldest = oldest

    def collect(self) -> Iterator[Metric]:
        unresolved = GaugeMetricFamily(
            "doorwatch_incidents_open", "Incidents that are not resolved", labels=("kind",)
        )
        counts = dict.fromkeys(Kind, 0)
        for card in self._memory.cards.unresolved():
            counts[Kind(card.body["kind"])] += not card.body["drill"]
        for kind, count in counts.items():
            unresolved.add_metric((kind.value,), count)
        yield unresolved
        oldest = self._oldest()
        if oldest is not None:
            yield GaugeMetricFamily(
                "doorwatch_outbox_oldest_timestamp_seconds",
                "When the longest waiting alert was created",
                value=oldest / 1000,
            )

    def describe(self) -> Iterator[Metric]:
        return iter(())
