"""One adapter's life: start bleak, notice when it hears nothing any more, start it again.

bleak raises nothing when an adapter vanishes, is switched off or bluetoothd is restarted:
it just falls silent. So D-Bus is watched beside it, and long quiet is mistrusted. What is
heard goes to the ``listener``; which homes there are is not known here.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs, OrPattern, OrPatternLike
from bleak.assigned_numbers import AdvertisementDataType
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers.ble.decoders import FORMATS
from drivers.ble.errors import Trouble
from drivers.ble.listener import Listener
from drivers.ble.watch import RadioState, Watch

log = logging.getLogger(__name__)

Mode = Literal["active", "passive"]


class Limits(NamedTuple):
    """Durations in seconds; the defaults are meant, tests shorten them."""

    quiet: float = 90.0  # nothing decodable for so long: restart (Home Assistant's figure)
    quiet_most: float = 900.0  # a sleeping house may be quiet: each vain restart doubles it
    check: float = 30.0  # how often quiet is looked at
    grace: float = 2.0  # Discovering may blink while the kernel renews its scan
    call: float = 10.0  # a start or stop that takes longer hangs
    retry_first: float = 1.0
    retry_most: float = 30.0
    steady: float = 30.0  # listening for so long: the next retry starts from the first again


DEFAULT_LIMITS: Final = Limits()
_LEAST_WAIT: Final = 0.01  # seconds: no busy loop when two clocks disagree by a hair


class Scanner:
    """``await run()`` until ``stop()``; ``up`` and ``trouble`` say how it is."""

    def __init__(
        self,
        adapter: str,
        mode: Mode,
        listener: Listener,
        *,
        on_state: Callable[[str, bool], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """``on_state(adapter, up)`` is called at each change."""
        self.adapter = adapter
        self.up = False
        self.trouble: Trouble | None = None
        self.detail = ""  # the last error's words, for people
        self.quiet_restarts = 0
        self._mode = mode
        self._listener = listener
        self._on_state = on_state
        self._monotonic = monotonic
        self._limits = limits
        self._changed = asyncio.Event()
        self._stopping = False
        self._finished = asyncio.Event()
        self._finished.set()
        self._bleak: BleakScanner | None = None
        self._watch = Watch(adapter, self._changed.set)
        self._life = 0.0  # when something decodable was heard last
        self._patience = limits.quiet

    async def run(self) -> None:
        """Listen, for ever. Returns after ``stop()``; raises only when cancelled."""
        self._finished.clear()
        self._listener.gap(self.adapter)
        failures = 0
        try:
            while not self._stopping:
                began = self._monotonic()
                trouble = await self._listen()
                if self._stopping:
                    break
                if trouble is Trouble.QUIET:
                    continue
                self._down(trouble)
                steady = self._monotonic() - began > self._limits.steady
                failures = 0 if steady else failures + 1
                await self._pause(failures)
        finally:
            await self._stop_bleak()
            await self._watch.close()
            self._set_up(False)
            self._finished.set()

    async def stop(self) -> None:
        """End ``run`` and wait until the radio is let go."""
        self._stopping = True
        self._changed.set()
        await self._finished.wait()

    # -- one stretch of listening ----------------------------------------------------------

    async def _listen(self) -> Trouble:
        """Start, and listen until there is trouble. The radio is let go when this returns."""
        trouble = await self._open_watch() or self._unusable()
        if trouble is not None:
            return trouble
        losses = self._watch.losses
        try:
            if not await self._start_bleak():
                return Trouble.REFUSED
            self._life = self._monotonic()
            self._set_up(True)
            return await self._until_trouble(losses)
        finally:
            await self._stop_bleak()

    async def _open_watch(self) -> Trouble | None:
        if self._watch.connected:
            return None
        try:
            await asyncio.wait_for(self._watch.open(), self._limits.call)
        except Exception as error:  # no socket, refused, not authorised: all mean the same
            self.detail = str(error) or type(error).__name__
            return Trouble.NO_BUS
        return None

    def _unusable(self) -> Trouble | None:
        state = self._watch.state
        if not self._watch.connected:
            return Trouble.NO_BUS
        if not state.owner:
            return Trouble.NO_BLUETOOTHD
        if not state.present:
            return Trouble.NO_ADAPTER
        return None if state.powered else Trouble.POWERED_OFF

    async def _start_bleak(self) -> bool:
        bluez: BlueZScannerArgs = {"adapter": self.adapter}
        if self._mode == "passive":
            bluez["or_patterns"] = patterns()
        bleak = BleakScanner(self._on_advertisement, scanning_mode=self._mode, bluez=bluez)
        self._bleak = bleak
        try:
            await asyncio.wait_for(bleak.start(), self._limits.call)
        except Exception as error:  # bleak's own, D-Bus', the socket's: none may end the gateway
            self.detail = str(error) or type(error).__name__
            return False
        return True

    async def _stop_bleak(self) -> None:
        """Let go of the radio. It may be gone, and then stopping raises: that is no news."""
        bleak, self._bleak = self._bleak, None
        if bleak is None:
            return
        try:
            await asyncio.wait_for(bleak.stop(), self._limits.call)
        except Exception as error:
            log.debug("%s: stopping the scan: %s", self.adapter, error)

    async def _until_trouble(self, losses: int) -> Trouble:
        stopped_at: float | None = None  # when Discovering was first found false
        discovered = False  # it was true: only then can it stop behind our back
        while not self._stopping:
            self._changed.clear()
            state, now = self._watch.state, self._monotonic()
            trouble = self._unusable()
            if trouble is not None:
                return trouble
            if self._watch.losses != losses:  # gone and back already: our scan went with it
                return Trouble.DISCOVERY_STOPPED
            quiet = now - self._life
            wait = min(self._limits.check, self._patience - quiet)
            discovered = discovered or state.discovering
            if state.discovering or not discovered:  # passive scans are no discovery
                stopped_at = None
            else:
                stopped_at = now if stopped_at is None else stopped_at
                if now - stopped_at >= self._limits.grace:
                    return Trouble.DISCOVERY_STOPPED
                wait = min(wait, self._limits.grace)
            if quiet > self._patience:
                self._be_patient()
                return Trouble.QUIET
            await self._wait(max(wait, _LEAST_WAIT))
        return Trouble.QUIET  # stopping: nobody asks

    def _be_patient(self) -> None:
        """Quiet is not taken for deafness: no gap is declared, and ``up`` stays.

        A house at night may say nothing for hours. Were every restart a gap, the first
        opening after it would count as a state found, not as an opening.
        """
        self.quiet_restarts += 1
        log.info("%s: nothing decodable for %.0f s: restarting", self.adapter, self._patience)
        self._patience = min(self._patience * 2, self._limits.quiet_most)

    # -- between two stretches -------------------------------------------------------------

    async def _pause(self, failures: int) -> None:
        """Wait before the next try; no longer than until the radio has come back."""
        before = self._watch.state
        was_usable = self._unusable() is None
        exponent = min(max(failures - 1, 0), 16)
        delay = min(self._limits.retry_first * 2**exponent, self._limits.retry_most)
        end = self._monotonic() + delay
        if failures == 0 and was_usable:
            return
        while not self._stopping and (left := end - self._monotonic()) > 0:
            self._changed.clear()
            if self._came_back(before, was_usable=was_usable):
                return
            await self._wait(left)

    def _came_back(self, before: RadioState, *, was_usable: bool) -> bool:
        return self._unusable() is None and (
            not was_usable or self._watch.state.owner != before.owner
        )

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    def _down(self, trouble: Trouble) -> None:
        if self.up or trouble is not self.trouble:
            log.warning("%s: not listening: %s %s", self.adapter, trouble, self.detail)
        self.trouble = trouble
        self._listener.gap(self.adapter)
        self._set_up(False)

    def _set_up(self, up: bool) -> None:
        if up:
            self.trouble, self.detail = None, ""
        if up != self.up:
            self.up = up
            if self._on_state is not None:
                self._on_state(self.adapter, up)

    def _on_advertisement(self, device: BLEDevice, data: AdvertisementData) -> None:
        if self._listener.heard(
            self.adapter, device.address, data.service_data, data.manufacturer_data, data.rssi
        ):
            self._life = self._monotonic()
            self._patience = self._limits.quiet


def patterns() -> list[OrPatternLike]:
    """For passive scans: what BlueZ must let through, one pattern a service UUID."""
    return [
        OrPattern(
            0,
            AdvertisementDataType.SERVICE_DATA_UUID16,
            int(uuid[4:8], 16).to_bytes(2, "little"),
        )
        for each in FORMATS
        for uuid in each.uuids
    ]
