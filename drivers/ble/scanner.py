"""One adapter's life: start bleak, notice when it hears nothing any more, start it again.

bleak raises nothing when an adapter vanishes, is switched off or bluetoothd is restarted:
it just falls silent. So D-Bus is watched beside it, and long quiet is mistrusted. What is
heard goes to the ``listener``; which homes there are is not known here.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from drivers.ble.errors import Trouble
from drivers.ble.listener import Listener
from drivers.ble.quiet import Quiet
from drivers.ble.scan import Mode, Scan
from drivers.ble.watch import RadioState, Watch

log = logging.getLogger(__name__)

Wait = Callable[[asyncio.Event, float], Awaitable[None]]
"""Returns when the event is set, or after so many seconds."""


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


async def event_or_seconds(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


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
        wait: Wait = event_or_seconds,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """``on_state(adapter, up)`` is called at each change.

        ``monotonic`` and ``wait`` belong together: a test lets a night pass in a moment.
        """
        self.adapter = adapter
        self.up = False
        self.trouble: Trouble | None = None
        self.detail = ""  # the last error's words, for people
        self.restarts: Counter[Trouble] = Counter()  # what made us start the scan again
        self._listener = listener
        self._on_state = on_state
        self._monotonic = monotonic
        self._wait_for = wait
        self._limits = limits
        self._changed = asyncio.Event()
        self._stopping = False
        self._finished = asyncio.Event()
        self._finished.set()
        self._scan = Scan(adapter, mode, listener, self._heard, patience=limits.call)
        self._watch = Watch(adapter, self._changed.set)
        self._quiet = Quiet(monotonic, limits.quiet, limits.quiet_most, strangers=mode == "active")
        self._deaf = False  # it hung: called up again when it has heard anybody
        self._off_by_us = False

    @property
    def packets(self) -> int:
        """Heard so far, of anybody: strangers too."""
        return self._quiet.packets

    @property
    def quiet_seconds(self) -> float | None:
        """Since the last packet that could be decoded; None: there was none."""
        last = self._quiet.last
        return None if last is None else self._monotonic() - last

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
                    self._restart_quietly()
                    continue
                self._down(trouble)
                if trouble is Trouble.DEAF:
                    await self._power_cycle()
                    continue
                steady = self._monotonic() - began > self._limits.steady
                failures = 0 if steady else failures + 1
                await self._pause(failures)
        finally:
            await self._scan.stop()
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
        trouble = await self._open_watch()
        if trouble is None and self._off_by_us:
            await self._switch(on=True)
        trouble = trouble or self._unusable()
        if trouble is not None:
            return trouble
        losses = self._watch.losses
        try:
            if not await self._start():
                return Trouble.REFUSED
            self._quiet.began()
            if not self._deaf:
                self._set_up(True)
            return await self._until_trouble(losses)
        finally:
            await self._scan.stop()

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

    async def _start(self) -> bool:
        try:
            await self._scan.start()
        except Exception as error:  # bleak's own, D-Bus', the socket's: none may end the gateway
            self.detail = str(error) or type(error).__name__
            return False
        return True

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
                return self._watch.loss
            left = self._quiet.left
            wait = min(self._limits.check, left)
            discovered = discovered or state.discovering
            if state.discovering or not discovered:  # passive scans are no discovery
                stopped_at = None
            else:
                stopped_at = now if stopped_at is None else stopped_at
                if now - stopped_at >= self._limits.grace:
                    return Trouble.DISCOVERY_STOPPED
                wait = min(wait, self._limits.grace)
            if left <= 0:
                return self._quiet.verdict()
            await self._wait(max(wait, _LEAST_WAIT))
        return Trouble.QUIET  # stopping: nobody asks

    # -- between two stretches -------------------------------------------------------------

    def _restart_quietly(self) -> None:
        """Quiet is not taken for deafness: no gap is declared, and ``up`` stays.

        A house at night may say nothing for hours. Were every restart a gap, the first
        opening after it would count as a state found, not as an opening.
        """
        self.restarts[Trouble.QUIET] += 1
        log.info("%s: too long quiet: starting the scan again", self.adapter)

    async def _power_cycle(self) -> None:
        """What unplugging does, as far as BlueZ can: frees most adapters that hang."""
        self._deaf = True
        if await self._switch(on=False):
            self._off_by_us = True
            await self._switch(on=True)

    async def _switch(self, *, on: bool) -> bool:
        try:
            await self._watch.switch(on=on)
        except Exception as error:  # refused, blocked, gone: the next try finds out which
            self.detail = str(error) or type(error).__name__
            return False
        if on:
            self._off_by_us = False
        return True

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
        await self._wait_for(self._changed, seconds)

    def _down(self, trouble: Trouble) -> None:
        if self.up or trouble is not self.trouble or trouble is Trouble.DEAF:
            self.restarts[trouble] += 1
            log.warning("%s: not listening: %s %s", self.adapter, trouble, self.detail)
        self.trouble = trouble
        self._deaf = False  # another trouble may have been its cure
        self._listener.gap(self.adapter)
        self._set_up(False)

    def _set_up(self, up: bool) -> None:
        if up:
            self.trouble, self.detail = None, ""
        if up != self.up:
            self.up = up
            if self._on_state is not None:
                self._on_state(self.adapter, up)

    def _heard(self, decodable: bool) -> None:
        self._quiet.heard(decodable=decodable)
        if self._deaf:
            self._deaf = False
            self._set_up(True)
