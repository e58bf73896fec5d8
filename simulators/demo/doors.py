"""The town's sensors as senders: an event of the story becomes a packet or a message.

Owns which stand-in speaks for which sensor, and what the gateway then has to take in. A sensor
that gives signs of life says in them how its door stands. Knows nothing of what the gateway makes
of it.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from simulators.bluez.bthome_sensor import PLAIN, UUID, BTHomeSensor, seal
from simulators.bluez.standin import BluezStandIn
from simulators.mqtt.json_sensors import JsonSensors
from simulators.mqtt.sender import Broker
from simulators.mqtt.zigbee2mqtt import Zigbee2Mqtt
from simulators.neighbourhood import Event, Sensor, What

BROKER_S = 10.0  # the broker is in this process: it confirms at once
AGAIN_S = 0.1  # a sensor whose packet nobody listened to sends it again so soon
AGAIN = 50  # times at the most: longer than a scanner takes to start anew
Heard = tuple[str, str, str]


class RadioSensor(BTHomeSensor):
    """A door sensor that also reports its battery alone."""

    last = b""

    def state(self, *, is_open: bool) -> bytes:
        self.last = self.packet(is_open=is_open)
        return self.last

    def report(self) -> bytes:
        """A packet about the battery only."""
        self.packet_id = (self.packet_id + 1) % 256
        objects = bytes([0x00, self.packet_id, 0x01, self.battery])
        if self.key is None:
            self.last = bytes([PLAIN]) + objects
        else:
            self.counter += 1
            self.last = seal(objects, self.counter, key=self.key, mac=self.mac)
        return self.last


class Doors:
    """``async with``, then ``play`` event after event; ``bluez`` None: only those with MQTT."""

    def __init__(self, sensors: Iterable[Sensor], port: int, bluez: BluezStandIn | None) -> None:
        self._sensors = {sensor.sensor_id: sensor for sensor in sensors}
        self._bluez = bluez
        self._radio = {
            s.sensor_id: RadioSensor(s.address, bytes.fromhex(s.key) if s.key else None)
            for s in self._sensors.values()
            if s.protocol == "bthome"
        }
        self._zigbee = Zigbee2Mqtt(Broker(port))
        self._json = JsonSensors(Broker(port))

    async def __aenter__(self) -> Self:
        await self._zigbee.start()
        await self._json.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Without a broker nobody confirms the bridge's last word.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._zigbee.stop(), BROKER_S)
        await self._json.stop()

    def heard(self, event: Event) -> Heard | None:
        """What the gateway has to take in of it; None: nothing that is a reading.

        BlueZ does not tell of bytes that it told already, and a packet about the same battery as
        before is only a sign of life: of a radio sensor, what says nothing new is none.
        """
        sensor = self._sensors[event.sensor_id]
        lives = event.what is What.BATTERY and sensor.life_sign is not None
        if sensor.protocol == "bthome" and not (event.moves or event.what is What.FIRST or lives):
            return None
        stateless = event.what is What.BATTERY and not lives
        door = "" if stateless else "open" if event.open else "closed"
        return sensor.protocol, sensor.address, door

    async def play(self, event: Event) -> None:
        """Hand it to the air or the broker."""
        sensor = self._sensors[event.sensor_id]
        match sensor.protocol:
            case "bthome":
                await self._on_air(event, sensor)
            case "zigbee2mqtt":
                await asyncio.wait_for(self._zigbee_says(event, sensor), BROKER_S)
            case _:
                await asyncio.wait_for(self._json_says(event, sensor), BROKER_S)

    async def _on_air(self, event: Event, sensor: Sensor) -> None:
        assert self._bluez is not None
        radio = self._radio[sensor.sensor_id]
        radio.battery = event.battery
        match event.what:
            case What.BEACON:
                await self._bluez.rssi_only(sensor.address, event.rssi)
                return
            case What.REPEATED:
                data = radio.last
            case What.BATTERY if sensor.life_sign is None:
                data = radio.report()
            case _:
                data = radio.state(is_open=event.open)
        for _ in range(AGAIN):
            if await self._bluez.advertise(
                sensor.address, service_data={UUID: data}, rssi=event.rssi
            ):
                return
            await asyncio.sleep(AGAIN_S)

    def _zigbee_says(self, event: Event, sensor: Sensor) -> asyncio.Future[None]:
        match event.what:
            case What.REPEATED:
                return self._zigbee.repeat(sensor.address)
            case What.CACHED | What.BATTERY:
                return self._zigbee.report(sensor.address, battery=event.battery)
            case _:
                return self._zigbee.contact(
                    sensor.address, is_open=event.open, battery=event.battery
                )

    def _json_says(self, event: Event, sensor: Sensor) -> asyncio.Future[None]:
        match event.what:
            case What.REPEATED:
                return self._json.repeat(sensor.address)
            case What.BATTERY if sensor.life_sign is None:
                return self._json.sender.give(
                    sensor.address, json.dumps({"battery": event.battery})
                )
            case _:
                return self._json.say(
                    sensor.address,
                    is_open=event.open,
                    battery=event.battery,
                    retain=sensor.retained,
                )
