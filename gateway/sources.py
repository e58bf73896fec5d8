"""Where readings come from: the broker and the radios of the configuration, under one ledger."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from drivers.ble.known import KnownSensor
from drivers.ble.listener import Listener
from drivers.ble.scanner import Scanner
from drivers.errors import Reason
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.source import MqttSource
from drivers.reading import Sink
from gateway import secrets
from gateway.clock import Clock
from gateway.config import Config
from gateway.intake import Intake
from gateway.ledger.model import Ledger
from gateway.ledger.rows import BLE
from gateway.metrics import Metrics
from gateway.web.health import Health

log = logging.getLogger("doorwatch.sources")
BROKER = "broker"


class Sources:
    """All of them; ``use`` tells them which sensors there are."""

    def __init__(
        self,
        config: Config,
        sink: Sink,
        clock: Clock,
        intake: Intake,
        health: Health,
        metrics: Metrics,
        last_contact: int | None,
    ) -> None:
        self._intake = intake
        self._health = health
        self._metrics = metrics
        self._radio: dict[str, KnownSensor] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._scanners: list[Scanner] = []
        self.mqtt: MqttSource | None = None
        if config.mqtt.url is not None:
            health.sources[BROKER] = False
            self.mqtt = MqttSource(
                settings_of(config),
                sink,
                clock=clock.now,
                last_contact=last_contact,
                known=intake.known,
                on_state=self._broker_state,
                on_rejected=self._rejecter("mqtt"),
                on_unknown=intake.unknown,
            )
        if config.ble.enabled:
            listener = Listener(
                self._radio,
                sink,
                clock.now,
                on_heard=self._radio_heard,
                on_rejected=self._rejecter("ble"),
            )
            for adapter in config.ble.adapters:
                health.sources[adapter] = False
                self._scanners.append(
                    Scanner(adapter, config.ble.mode, listener, on_state=self._radio_state)
                )

    def use(self, ledger: Ledger) -> None:
        """Another ledger. What the radio remembers of a sensor stays as long as its key does."""
        found = {}
        for row in ledger.sensors.values():
            if row.protocol not in BLE:
                continue
            key = bytes.fromhex(row.key) if row.key else None
            known = self._radio.get(row.address)
            if known is None or (known.protocol, known.key) != (row.protocol, key):
                heard = self._intake.sensors[row.sensor_id]
                known = KnownSensor(
                    row.address, row.protocol, key, heard.replay_counter, heard.counter
                )
            found[row.address] = known
        self._radio.clear()
        self._radio.update(found)
        if self.mqtt is not None:
            self.mqtt.use((row.protocol, row.address) for row in ledger.sensors.values())

    async def start(self) -> None:
        """Returns at once; each connects by itself and goes on trying."""
        if self.mqtt is not None:
            await self.mqtt.start()
        for scanner in self._scanners:
            name = f"radio {scanner.adapter}"
            self._tasks.append(asyncio.create_task(scanner.run(), name=name))

    async def stop_hearing(self) -> None:
        """The radios; the broker stays, for the acknowledgements of what is being decided."""
        for scanner in self._scanners:
            await scanner.stop()
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        if self.mqtt is not None:
            await self.mqtt.stop()

    @property
    def last_contact(self) -> int | None:
        return self.mqtt.last_contact if self.mqtt is not None else None

    def _radio_heard(self, mac: str, now: int) -> None:
        self._intake.alive(self._radio[mac].protocol, mac, now)

    def _radio_state(self, adapter: str, up: bool) -> None:
        log.log(logging.INFO if up else logging.WARNING, "radio %s up=%s", adapter, up)
        self._health.sources[adapter] = up
        self._metrics.radio(adapter, up)

    def _broker_state(self, up: bool, reason: str) -> None:
        log.log(logging.INFO if up else logging.WARNING, "broker up=%s %s", up, reason)
        self._health.sources[BROKER] = up
        self._metrics.broker_up.set(up)

    def _rejecter(self, source: str) -> Callable[[Reason], None]:
        return lambda reason: self._metrics.rejected(source, reason)


def settings_of(config: Config) -> MqttSettings:
    """How to reach the broker."""
    mqtt = config.mqtt
    assert mqtt.url is not None
    password = secrets.find("mqtt", "password", mqtt.password_file)
    return MqttSettings(
        host=mqtt.url.host,
        port=mqtt.url.port,
        client_id=f"doorwatch-{config.gateway.id}",
        username=mqtt.username,
        password=password.get_secret_value() if password else "",
        tls=mqtt.url.tls,
        ca_file=_path(mqtt.ca_file),
        cert_file=_path(mqtt.cert_file),
        key_file=_path(mqtt.key_file),
    )


def _path(path: Path | None) -> str:
    return str(path) if path else ""
