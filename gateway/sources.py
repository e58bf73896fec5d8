"""Where readings come from: the broker and the radios of the configuration, under one ledger."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.ble.known import KnownSensor
from drivers.ble.listener import Listener
from drivers.ble.strangers import Strangers
from drivers.errors import Reason
from drivers.mqtt.dialects import Ways, dialects_of, plain_json, tasmota
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.source import MqttSource
from drivers.reading import Sink
from drivers.stranger import Stranger
from gateway import secrets
from gateway.clock import Clock
from gateway.config import Config
from gateway.discovery import Discovery
from gateway.intake import Intake
from gateway.intake.heard import Heard
from gateway.ledger.model import Ledger
from gateway.ledger.rows import BLE, Protocol
from gateway.loading import Before
from gateway.metrics import Metrics
from gateway.policies import BROKER, RADIO
from gateway.radio_metrics import Radios
from gateway.web.health import Health
from rules.grid import GridInput, Lost, ReceiverChanged

if TYPE_CHECKING:
    from drivers.ble.scanner import Scanner

log = logging.getLogger("doorwatch.sources")
BY_MAC = BLE | {Protocol.THEENGS}


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
        before: Before,
        note: Callable[[GridInput], None] = lambda given: None,
    ) -> None:
        """``note`` takes what the rules must know: a receiver that went, a sensor that is lost."""
        self._intake = intake
        self._note = note
        self._receivers: dict[str, bool] = {}
        self._stopping = False
        intake.on_new_count = self._new_count
        self._health = health
        self._metrics = metrics
        self._radio: dict[str, KnownSensor] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._scanners: list[Scanner] = []
        self._listener: Listener | None = None
        self.discovery = Discovery(self._is_bound, self._discover, health.sources)
        self._strangers = Strangers(self.discovery.heard, clock.now)
        self.mqtt: MqttSource | None = None
        if config.mqtt.url is not None:
            health.sources[BROKER] = False
            self.mqtt = MqttSource(
                settings_of(config),
                sink,
                clock=clock.now,
                last_contact=before.last_contact,
                descriptions=before.descriptions,
                dialects=dialects_of(ways_of(config)),
                known=intake.known,
                on_state=self._broker_state,
                on_rejected=self._rejecter("mqtt"),
                on_unknown=self._lost,
                on_stranger=self.discovery.heard,
            )
        if config.ble.enabled:
            self._listener = listener = Listener(
                self._radio,
                sink,
                clock.now,
                on_heard=self._radio_heard,
                on_rejected=self._rejecter("ble"),
            )
            for adapter in config.ble.adapters:
                health.sources[adapter] = False
                self._scanners.append(self._scanner(adapter, config, listener))
            metrics.registry.register(Radios(self._scanners))

    def _scanner(self, adapter: str, config: Config, listener: Listener) -> "Scanner":
        from drivers.ble.scanner import Scanner  # noqa: PLC0415 - bleak and D-Bus: 4 MB

        return Scanner(adapter, config.ble.mode, listener, on_state=self._radio_state)

    def use(self, ledger: Ledger) -> None:
        """Another ledger. What the radio remembers of a sensor stays as long as its key does."""
        found = {}
        for row in ledger.sensors.values():
            if row.protocol not in BLE:
                continue
            key = bytes.fromhex(row.key) if row.key else None
            known, heard = self._radio.get(row.address), self._intake.sensors[row.sensor_id]
            if known is not None and heard.door is None:
                known.payload = None  # said again, it is the first word of another id or home
            if known is None or (known.protocol, known.key) != (row.protocol, key):
                known = KnownSensor(
                    row.address,
                    row.protocol,
                    key,
                    heard.replay_counter,
                    heard.counter,
                    counts_anew=heard.counts_anew,
                    used_up_to=heard.used_up_to,
                )
            found[row.address] = known
        self._radio.clear()
        self._radio.update(found)
        if self.mqtt is not None:
            self.mqtt.use((row.protocol, row.address) for row in ledger.sensors.values())

    async def start(self) -> None:
        """Returns at once; each connects by itself and goes on trying."""
        if self._scanners:
            self._receiver(RADIO, up=False)
        if self.mqtt is not None:
            self._receiver(BROKER, up=False)
            await self.mqtt.start()
        for scanner in self._scanners:
            name = f"radio {scanner.adapter}"
            self._tasks.append(asyncio.create_task(scanner.run(), name=name))

    async def stop_hearing(self) -> None:
        """The radios; the broker stays, for the acknowledgements of what is being decided."""
        self._stopping = True
        self.discovery.stop()
        for scanner in self._scanners:
            await scanner.stop()
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        if self.mqtt is not None:
            await self.mqtt.stop()

    @property
    def last_contact(self) -> int | None:
        return self.mqtt.last_contact if self.mqtt is not None else None

    def descriptions(self) -> dict[str, str]:
        """What sensors of the ledger said of themselves, for the next run."""
        return self.mqtt.descriptions if self.mqtt is not None else {}

    def _discover(self, on: bool) -> None:
        """Whether anybody wants to know of sensors that the ledger does not have."""
        if self._listener is not None:
            self._listener.on_stranger = self._strangers.heard if on else None
        if self.mqtt is not None:
            self.mqtt.discover(on)

    def _is_bound(self, stranger: Stranger) -> bool:
        if stranger.protocol in BY_MAC:  # the same door, heard directly or by another receiver
            return any(self._intake.known(each, stranger.address) for each in BY_MAC)
        return self.mqtt is not None and self.mqtt.is_bound(stranger)

    def _new_count(self, heard: Heard) -> None:
        """A person says that a sensor has a new battery."""
        if known := self._radio.get(heard.address):
            known.accept_new_count(heard.replay_counter, heard.used_up_to)

    def _radio_heard(self, mac: str, now: int) -> None:
        known = self._radio[mac]
        self._intake.alive(known.protocol, mac, now, known.replay_counter)

    def _radio_state(self, adapter: str, up: bool) -> None:
        self._log(up, f"radio {adapter} up={up}")
        self._health.sources[adapter] = up
        self._metrics.radio(adapter, up)
        others = (self._health.sources[scanner.adapter] for scanner in self._scanners)
        self._receiver(RADIO, any(others))

    def _broker_state(self, up: bool, reason: str) -> None:
        self._log(up, f"broker up={up} {reason}".rstrip())
        self._health.sources[BROKER] = up
        self._metrics.broker_up.set(up)
        self._receiver(BROKER, up)

    def _log(self, up: bool, said: str) -> None:
        """One that goes because we do is no trouble."""
        log.log(logging.INFO if up or self._stopping else logging.WARNING, "%s", said)

    def _receiver(self, name: str, up: bool) -> None:
        if self._receivers.get(name) is not up:
            self._receivers[name] = up
            self._note(ReceiverChanged(name, up))

    def _lost(self, protocol: str, address: str) -> None:
        """A sensor's relay says that it is gone."""
        if sensor_id := self._intake.unknown(protocol, address):
            self._note(Lost(sensor_id))

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


def ways_of(config: Config) -> Ways:
    """What this site's senders have otherwise than usual."""
    given = config.dialects
    return Ways(
        {
            "zigbee2mqtt": given.zigbee2mqtt_prefix,
            "json": given.json_prefix,
            "theengs": given.theengs_prefix,
            "homeassistant": given.homeassistant_prefix,
        },
        tasmota.Prefixes(given.tasmota_telemetry_prefix, given.tasmota_status_prefix),
        given.tasmota_off_is_open,
        given.esphome_prefix,
        plain_json.Shape(
            given.json_sensor_id,
            given.json_state,
            given.json_at,
            given.json_battery,
            given.json_seq,
            given.json_open,
            given.json_closed,
        ),
    )


def _path(path: Path | None) -> str:
    return str(path) if path else ""
