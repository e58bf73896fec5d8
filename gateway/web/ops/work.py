"""A command of ours beside the daemon, for a page: in its own process, one at a time, for a bounded
time, at the lowest priority where the unit lets it. The daemon carries only its answer.
"""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_S: Final = 600.0  # a fortnight of 2,000 homes on a Raspberry Pi takes a few minutes
MOST_BYTES: Final = 8_000_000  # of an answer; a rehearsal of 2,000 homes has some 200 kB
GRACE_S: Final = 2.0  # after it is told to end
_MOST_SAID: Final = 4_000  # characters of what it said last


class State(StrEnum):
    """How far it is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # ``said`` has its words
    CANCELLED = "cancelled"
    LATE = "late"  # it took longer than ``LONGEST_S``


@dataclass(slots=True)
class Work:
    """One run of a command. ``answer``: what it printed, once it is done."""

    state: State = State.RUNNING
    percent: int = 0
    said: str = ""
    status: int = 0  # its exit status
    answer: bytes = b""


class Worker:
    """Runs commands one at a time. ``command``: what stands before the arguments."""

    def __init__(
        self,
        command: Sequence[str] = (sys.executable, "-m", "gateway.cli"),
        longest_s: float = LONGEST_S,
    ) -> None:
        nice = shutil.which("nice")
        self._command = (*((nice, "-n", "19") if nice else ()), *command)
        self._longest_s = longest_s
        self._task: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(
        self, arguments: Sequence[str], after: Callable[[Work], Awaitable[None]] | None = None
    ) -> Work:
        """Starts it; ``after`` is awaited when it has ended, however. Must not be busy."""
        assert not self.is_busy
        work = Work()
        self._task = asyncio.create_task(self._run(work, arguments, after), name="page's work")
        return work

    async def cancel(self) -> None:
        """Ends what runs, if anything does; returns when its process is gone."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(
        self,
        work: Work,
        arguments: Sequence[str],
        after: Callable[[Work], Awaitable[None]] | None,
    ) -> None:
        try:
            async with asyncio.timeout(self._longest_s):
                await self._process(work, arguments)
        except TimeoutError:
            work.state = State.LATE
        except OSError as error:
            work.state, work.said = State.FAILED, str(error)
        except asyncio.CancelledError:
            work.state = State.CANCELLED
        finally:
            if after is not None:
                await after(work)

    async def _process(self, work: Work, arguments: Sequence[str]) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        try:
            answer, _ = await asyncio.gather(_all_of(process.stdout), _follow(process.stderr, work))
            work.status = await process.wait()
        except BaseException:
            await _end(process)
            raise
        work.answer = answer
        work.state = State.DONE if answer else State.FAILED


async def _all_of(stream: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := await stream.read(65_536):
        size += len(part)
        if size > MOST_BYTES:
            raise OSError(f"the answer is longer than {MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


async def _follow(stream: asyncio.StreamReader, work: Work) -> None:
    """Lines as ``37 %`` are how far it is; others are what it has to say."""
    async for line in stream:
        said = line.decode(errors="replace").strip()
        number, _, unit = said.partition(" ")
        if unit == "%" and number.isdecimal():
            work.percent = min(int(number), 100)
        elif said and not said.startswith("nice: "):  # the unit's filter may forbid it
            work.said = f"{work.said}\n{said}".strip()[-_MOST_SAID:]


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(GRACE_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
