"""One trial each: start a contestant, let it hear every door once, then measure one thing."""

import contextlib
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import procfs
from benchmarks.broker import Publisher, mosquitto
from benchmarks.latency import Latency, of_stages
from benchmarks.seats import Journal, Prepared, Seat, seat
from benchmarks.stub import Stub, provider
from benchmarks.town import Message, Town, phone

_LOOK = 0.005  # s between two looks from outside
_PATIENCE = 120.0  # s until a trial is given up
_numbers = itertools.count()


@dataclass
class Stage:
    """A contestant in its place, with all doors known closed."""

    seat: Seat
    journal: Journal
    publisher: Publisher
    stub: Stub
    readings: int = 0  # committed when waited for last
    posts: int = 0  # texts asked for by then

    def warm_up(self, town: Town) -> None:
        """The provider's client is loaded by the first text: that is start, not traffic."""
        some = town.warm_up()
        self.publisher.send(some)
        self.wait(len(some), len(some))

    def wait(self, readings: int, posts: int) -> None:
        """Until so many more readings are committed and so many more texts were asked for."""
        readings, posts = self.readings + readings, self.posts + posts
        deadline = time.monotonic() + _PATIENCE
        while self.journal.readings < readings or len(self.stub.arrivals) < posts:
            if self.journal.readings < readings:
                self.journal.look()
            elif len(self.stub.arrivals) < posts:
                self.stub.look()
            self.seat.alive()
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self.seat.name}: {self.journal.readings} of {readings} readings,"
                    f" {len(self.stub.arrivals)} of {posts} texts in {_PATIENCE} s"
                )
            time.sleep(_LOOK)
        if (self.journal.readings, len(self.stub.arrivals)) != (readings, posts):
            raise RuntimeError(
                f"{self.seat.name}: {self.journal.readings} readings instead of {readings},"
                f" {len(self.stub.arrivals)} texts instead of {posts}"
            )
        self.readings, self.posts = readings, posts


@contextlib.contextmanager
def stage(name: str, prepared: Prepared, inflight: int, *, warm: bool = False) -> Iterator[Stage]:
    """Broker, provider and contestant of one trial, fresh; ended with it."""
    folder = prepared.folder / f"trial-{next(_numbers):03d}-{name}"
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(mosquitto(prepared.folder, inflight))
        stub = stack.enter_context(provider())
        running = stack.enter_context(seat(name, prepared, folder, broker, stub.url))
        publisher = stack.enter_context(contextlib.closing(Publisher(broker)))
        first = prepared.first_words()
        publisher.send(first)
        journal = stack.enter_context(contextlib.closing(_journal(running.database)))
        journal.wait_for_opening(first[-1].sensor_id)
        on = Stage(running, journal, publisher, stub, journal.readings)
        if warm:
            on.warm_up(prepared.town)
        yield on


def _journal(database: Path) -> Journal:
    """Opens it as soon as the contestant has made it."""
    deadline = time.monotonic() + 10
    while True:
        try:
            journal = Journal(database)
            journal.look()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return journal


# -- throughput ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Speed:
    per_second: float
    cpu_us: float  # a reading


def speed(
    name: str, prepared: Prepared, inflight: int, messages: Sequence[Message], posts: int
) -> Speed:
    """The contestant is stopped while the broker's queue fills, then let go."""
    with stage(name, prepared, inflight, warm=True) as on:
        with on.seat.paused():
            on.publisher.send(messages)
            cpu, start = procfs.cpu_seconds(on.seat.pid), time.monotonic()
        on.wait(len(messages), posts)
        seconds = time.monotonic() - start
        cpu = procfs.cpu_seconds(on.seat.pid) - cpu
    return Speed(len(messages) / seconds, cpu / len(messages) * 1e6)


# -- latency -------------------------------------------------------------------------------


def latency(
    name: str, prepared: Prepared, messages: Sequence[Message], per_second: float
) -> Latency:
    """From publish to the provider's request, ms, for every breach."""
    with stage(name, prepared, inflight=20, warm=True) as on:
        sent = on.publisher.paced(messages, per_second)
        on.wait(len(messages), len(messages))
        arrived: dict[str, int] = {}
        for at, to in on.stub.arrivals:
            if to in arrived:
                raise RuntimeError(f"{name}: two texts to {to}")
            arrived[to] = at
    samples = [(arrived[phone(sensor)] - at) / 1e6 for sensor, at in sent.items()]
    is_ours = name == "gateway" and prepared.database is not None
    return Latency(samples, of_stages(on.seat.database, len(samples)) if is_ours else {})


# -- bytes written -------------------------------------------------------------------------


def bytes_written(
    name: str, prepared: Prepared, messages: Sequence[Message], group: int
) -> procfs.Written:
    """A reading's share, when ``group`` of them wait; with the checkpoints that fall due."""
    with stage(name, prepared, inflight=1000) as on:
        before = procfs.written(on.seat.pid)
        for start in range(0, len(messages), group):
            some = messages[start : start + group]
            if group == 1:
                on.publisher.send(some)
            else:
                with on.seat.paused():
                    on.publisher.send(some)
            on.wait(len(some), 0)
        after = procfs.written(on.seat.pid)
    count = len(messages)
    return procfs.Written(
        round((after.storage - before.storage) / count), round((after.calls - before.calls) / count)
    )


# -- idle ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Idle:
    rss: int
    pss: int
    core_percent: float
    rss_after_texts: int


def idle(name: str, prepared: Prepared, seconds: float) -> Idle:
    """Nothing happens, after every door was heard once."""
    with stage(name, prepared, inflight=20) as on:
        time.sleep(2)  # what follows the first readings is not idleness
        cpu, start = procfs.cpu_seconds(on.seat.pid), time.monotonic()
        time.sleep(seconds)
        share = (procfs.cpu_seconds(on.seat.pid) - cpu) / (time.monotonic() - start)
        memory = procfs.memory(on.seat.pid)
        on.warm_up(prepared.town)
        after = procfs.memory(on.seat.pid)
    return Idle(memory.rss, memory.pss, share * 100, after.rss)
