"""From what the radios hear to deliveries: filter, forget repeats, decode, say what is live.

Owns no radio and no life cycle (``scanner``), and knows nothing of homes. One listener for
all adapters of a gateway.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

from drivers.ble.advertisement import Advertisement
from drivers.ble.decoders import BY_PROTOCOL, BY_UUID
from drivers.ble.known import KnownSensor
from drivers.errors import Reason
from drivers.kinds import BYTE
from drivers.reading import Decoded, Delivery, Reading, Sink, nothing

SOURCE: Final = "ble"
NO_RSSI: Final = -127  # dBm: what bleak says when BlueZ has none; then nothing was heard
LATE_SECONDS: Final = 4.0  # bursts and a second adapter may bring an older packet this late
NEW_COUNT_STEP: Final = 256
"""Packets that a sensor may send unheard after its battery was changed: a beacon a minute for four
hours. Further on lies what it sent with its old battery, which somebody may have recorded."""
LATE_PACKETS: Final = 64  # further back than this it is not late: the sensor was restarted

_UUIDS: Final = BY_UUID.keys()

OnHeard = Callable[[str, int], None]
OnRejected = Callable[[Reason], None]


def follows(decoded: Decoded, counter: int | None, replay_counter: int | None) -> bool:
    """Whether this is the very next packet of its sensor: then nothing was missed before it."""
    if decoded.replay_counter is not None:
        return replay_counter is not None and decoded.replay_counter == replay_counter + 1
    if decoded.counter is None or counter is None:
        return False
    return decoded.counter == (counter + 1) % BYTE


def is_late(decoded: Decoded, counter: int | None, elapsed: float) -> bool:
    """Whether a newer packet of this sensor was accepted already, ``elapsed`` seconds ago.

    The same counter with other bytes is not late: some senders never move it.
    """
    if decoded.replay_counter is not None:  # its order is authenticated
        return False
    if decoded.counter is None or counter is None or elapsed > LATE_SECONDS:
        return False
    return 0 < (counter - decoded.counter) % BYTE < LATE_PACKETS


def used_before(decoded: Decoded, sensor: KnownSensor) -> bool:
    """Whether an authentic packet may be one of those that it sent with its old battery."""
    counter, newest, used_up_to = decoded.replay_counter, sensor.replay_counter, sensor.used_up_to
    if counter is None or newest is None or used_up_to is None:
        return False
    return newest + NEW_COUNT_STEP < counter <= used_up_to


class Listener:
    """``heard`` is called for every advertisement; accepted ones go to ``sink``."""

    def __init__(
        self,
        known: Mapping[str, KnownSensor],
        sink: Sink,
        clock: Callable[[], int],
        *,
        on_heard: OnHeard | None = None,
        on_rejected: OnRejected | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``known`` by MAC may change at any time; ``clock`` gives ms since the epoch, UTC.

        ``on_heard(mac, now)``: a sign of life of that sensor, whether or not it says anything
        new. ``on_rejected(reason)``: a packet of a known sensor that cannot be believed.
        """
        self._known = known
        self._sink = sink
        self._clock = clock
        self._monotonic = monotonic
        self._on_heard = on_heard
        self._on_rejected = on_rejected
        self.on_stranger: Callable[[Advertisement, int], None] | None = None
        """Told of addresses that are not known, if their data is in a format of ours; with the
        signal's strength, dBm. None: nobody discovers."""
        self._heard_by: dict[str, set[str]] = {}  # adapter: sensors heard since its last gap

    def gap(self, adapter: str) -> None:
        """This adapter was, or may have been, deaf: what it hears next is no event."""
        self._heard_by[adapter] = set()

    def knows(self, address: str) -> bool:
        return address in self._known

    def heard(
        self,
        adapter: str,
        address: str,
        service_data: Mapping[str, bytes],
        manufacturer_data: Mapping[int, bytes],
        rssi: int,
        *,
        news: bool = True,
    ) -> bool:
        """Take in one advertisement. Whether it was one we can decode: a sign of the radio's life.

        First the address, then the bytes: a stairwell full of strangers costs nothing. Without
        ``news`` only the signal was heard, and the bytes come from this adapter's memory: what
        they say may have been overtaken by what another adapter heard.
        """
        if rssi == NO_RSSI:  # the end of a discovery, told once for every device, from memory
            return False
        sensor = self._known.get(address)
        if sensor is None:
            ours = not _UUIDS.isdisjoint(service_data)
            if ours and self.on_stranger is not None:
                advertisement = Advertisement(address, service_data, manufacturer_data)
                self.on_stranger(advertisement, rssi)
            return ours
        found = BY_PROTOCOL.get(sensor.protocol)
        if found is None:
            return False
        advertisement = Advertisement(address, service_data, manufacturer_data)
        payload = found.payload(advertisement)
        if payload is None:
            return False
        if payload == sensor.payload:
            self._again(adapter, sensor)
            return True
        if payload == sensor.idle:
            self._lives(sensor)
            return True
        if payload == sensor.refused:
            return False
        if not news and sensor.payload is not None:
            return True
        decoded = found.decode(advertisement, sensor.key, sensor.replay_counter)
        return self._decoded(adapter, sensor, payload, decoded, rssi)

    def _again(self, adapter: str, sensor: KnownSensor) -> None:
        """The same bytes once more, from the air or from BlueZ's memory: no reading.

        For a sensor that encrypts it is no sign of life either: anybody can play the last
        packet again and again, and the sensor would never be found silent.
        """
        if sensor.stated or sensor.sure:
            self._heard_by.setdefault(adapter, set()).add(sensor.mac)
        if sensor.key is None:
            self._lives(sensor)

    def _lives(self, sensor: KnownSensor) -> None:
        """Also for a bare beacon of a sensor that encrypts, though anybody can send one.

        Some kinds send nothing else for hours. Who forges it can hide that a sensor is gone,
        but can say nothing of its door.
        """
        if self._on_heard is not None:
            self._on_heard(sensor.mac, self._clock())

    def _decoded(
        self, adapter: str, sensor: KnownSensor, payload: bytes, decoded: Decoded, rssi: int
    ) -> bool:
        if decoded.reason is Reason.REPLAY and decoded.replay_counter == sensor.replay_counter:
            sensor.payload = payload  # the last packet before our restart, still in the air
            self._again(adapter, sensor)
            return True
        if used_before(decoded, sensor):
            decoded = Decoded(replay_counter=decoded.replay_counter, reason=Reason.REPLAY)
        if decoded.reason not in (None, Reason.NO_STATE):
            sensor.refused = payload
            if self._on_rejected is not None:
                self._on_rejected(decoded.reason)
            self._counts_anew(sensor, decoded, rssi)
            return False
        now = self._monotonic()
        if is_late(decoded, sensor.counter, now - sensor.accepted_at):
            return True
        live = self._was_listening(sensor) or (
            sensor.sure and follows(decoded, sensor.counter, sensor.replay_counter)
        )
        self._remember(sensor, payload, decoded, now, live=live)
        if live or decoded.door is not None:  # else it may come after one that we missed
            self._heard_by.setdefault(adapter, set()).add(sensor.mac)
        self._lives(sensor)
        self._deliver(sensor, decoded, self._clock(), rssi, live=live)
        return True

    def _counts_anew(self, sensor: KnownSensor, decoded: Decoded, rssi: int) -> None:
        """Authentic and refused: recorded once, or from a sensor with a new battery. That they
        grow among themselves is told, so that a person is asked; believed they are not."""
        counter, newest = decoded.replay_counter, sensor.counts_anew
        if decoded.reason is not Reason.REPLAY or counter is None:
            return
        if self._monotonic() - sensor.accepted_at <= LATE_SECONDS:
            return  # out of order: its count goes on
        if newest is not None and 0 <= newest - counter < NEW_COUNT_STEP:
            return  # heard already
        sensor.counts_anew = counter
        if newest is not None and counter > newest:
            reading = Reading(
                source=SOURCE,
                protocol=sensor.protocol,
                address=sensor.mac,
                decoded=decoded,
                received_at=self._clock(),
                live=False,
                rssi=rssi,
            )
            self._sink(Delivery(reading, nothing))

    def _was_listening(self, sensor: KnownSensor) -> bool:
        return any(sensor.mac in heard for heard in self._heard_by.values())

    @staticmethod
    def _remember(
        sensor: KnownSensor, payload: bytes, decoded: Decoded, now: float, *, live: bool
    ) -> None:
        stated = decoded.door is not None
        if stated or decoded.replay_counter is not None:
            sensor.payload, sensor.stated = payload, stated
        else:
            sensor.idle = payload
        if stated or decoded.counter is not None or decoded.replay_counter is not None:
            sensor.sure = stated or live
        sensor.refused = None
        sensor.accepted_at = now
        if decoded.counter is not None:
            sensor.counter = decoded.counter
        if decoded.replay_counter is not None:
            sensor.replay_counter, sensor.counts_anew = decoded.replay_counter, None

    def _deliver(
        self, sensor: KnownSensor, decoded: Decoded, moment: int, rssi: int, *, live: bool
    ) -> None:
        extras = (decoded.battery, decoded.battery_low, decoded.tamper)
        if decoded.door is None and extras in (sensor.extras, (None, None, None)):
            return  # it lives, and has nothing new to say
        sensor.extras = extras
        reading = Reading(
            source=SOURCE,
            protocol=sensor.protocol,
            address=sensor.mac,
            decoded=decoded,
            received_at=moment,
            live=live,
            rssi=rssi,
        )
        self._sink(Delivery(reading, nothing))
