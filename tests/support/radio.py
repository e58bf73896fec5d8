"""Real scanners on a stand-in of BlueZ, two sensors, and a clock that the test moves by hand."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from drivers.ble.known import KnownSensor
from drivers.ble.listener import Listener
from drivers.ble.scan import Mode
from drivers.ble.scanner import Scanner
from drivers.errors import Reason
from drivers.reading import Reading
from simulators.bluez.bthome_sensor import UUID, BTHomeSensor
from simulators.bluez.standin import BluezStandIn

KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
PLAIN, SEALED = "3C:2E:F5:AA:BB:01", "3C:2E:F5:AA:BB:02"
STRANGER = "3C:2E:F5:00:00:01"
DEADLINE = 10.0  # real seconds until a test has failed
T = TypeVar("T")


class HandClock:
    """Seconds that pass only when the test says so: the shipped limits need no waiting."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self._moved = asyncio.Event()
        self._due: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        due = self.seconds + seconds
        self._due.append(due)
        try:
            while not event.is_set() and self.seconds < due:
                waits = {asyncio.ensure_future(each.wait()) for each in (event, self._moved)}
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for each in waits:
                    each.cancel()
        finally:
            self._due.remove(due)

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    def next_due(self) -> float | None:
        """Seconds until somebody who waits now would wake; None: nobody waits."""
        return min(self._due) - self.seconds if self._due else None


class House:
    """Two sensors, a listener, and whatever scanners a test starts."""

    def __init__(self, bluez: BluezStandIn) -> None:
        self.bluez = bluez
        self.clock = HandClock()
        self.plain = BTHomeSensor(PLAIN)
        self.sealed = BTHomeSensor(SEALED, KEY)
        self.readings: list[Reading] = []
        self.rejected: list[Reason] = []
        self.states: list[tuple[str, bool]] = []
        self.happened = asyncio.Event()
        self.scanners: list[tuple[Scanner, asyncio.Task[None]]] = []
        self.listener = Listener(
            {PLAIN: KnownSensor(PLAIN, "bthome"), SEALED: KnownSensor(SEALED, "bthome", KEY)},
            lambda delivery: self._note(self.readings, delivery.reading),
            lambda: time.time_ns() // 1_000_000,
            on_heard=lambda mac, now: self.happened.set(),
            on_rejected=lambda reason: self._note(self.rejected, reason),
            monotonic=self.clock.monotonic,
        )

    def _note(self, notes: list[T], note: T) -> None:
        notes.append(note)
        self.happened.set()

    async def until(self, condition: Callable[[], bool], *, time_passes: bool = False) -> None:
        """Wait for it. Unless ``time_passes``, D-Bus alone has to bring it about."""
        async with asyncio.timeout(DEADLINE):
            while not condition():
                self.happened.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.happened.wait(), 0.02)
                due = self.clock.next_due()
                if time_passes and due is not None:
                    self.clock.advance(due)

    async def pass_time(self, seconds: float) -> None:
        """So much time, stopping wherever somebody means to wake."""
        end = self.clock.seconds + seconds
        while self.clock.seconds < end:
            await self.until(lambda: self.clock.next_due() is not None)
            due = self.clock.next_due()
            assert due is not None
            self.clock.advance(min(due, end - self.clock.seconds))
            await asyncio.sleep(0)

    def start(self, adapter: str = "hci0", mode: Mode = "active") -> Scanner:
        scanner = Scanner(
            adapter,
            mode,
            self.listener,
            on_state=lambda name, up: self._note(self.states, (name, up)),
            monotonic=self.clock.monotonic,
            wait=self.clock.wait,
        )
        self.scanners.append((scanner, asyncio.create_task(scanner.run())))
        return scanner

    async def started(self, adapter: str = "hci0", mode: Mode = "active") -> Scanner:
        """Up, and listening for half a minute: long enough to be retried at once."""
        scanner = self.start(adapter, mode)
        await self.until(lambda: scanner.up)
        await self.pass_time(31)
        return scanner

    async def send(self, sensor: BTHomeSensor, *, is_open: bool) -> Reading:
        """One packet in the air of all adapters, and the reading that it gives."""
        count = len(self.readings)
        packet = sensor.packet(is_open=is_open)
        await self.bluez.advertise(sensor.mac, service_data={UUID: packet})
        await self.until(lambda: len(self.readings) > count)
        return self.readings[-1]

    async def close(self) -> None:
        for scanner, task in self.scanners:
            await scanner.stop()
            await task


@contextlib.asynccontextmanager
async def radio_house(*adapters: str) -> AsyncIterator[House]:
    """A house on a private bus with these adapters."""
    async with BluezStandIn(adapters) as standin:
        with standin.as_system_bus():
            house = House(standin)
            try:
                yield house
            finally:
                await house.close()
