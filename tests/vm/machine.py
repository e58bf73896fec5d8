"""A machine under qemu, with an operating system of its own, whose plug can be pulled.

Its only network is this machine's loopback, as 10.0.2.2. Knows nothing of doorwatch.
"""

import asyncio
import json
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from simulators.broker import free_port

Ask = Callable[..., Awaitable[dict[str, Any]]]

PLUGIN = Path(__file__).parents[2] / "deploy/vm/forgetful.py"
BOOT_S = 600.0  # 15 s on an idle machine of two cores, without KVM; 260 s were seen under load
HOST = "10.0.2.2"  # this machine's loopback, as the guest sees it
_SYSTEMS = {
    "amd64": ("qemu-system-x86_64", "-M", "q35"),
    "arm64": ("qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"),  # of a Pi 4
}
_CONSOLE = {"amd64": "ttyS0", "arm64": "ttyAMA0"}
QUIET = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
          "LogLevel=ERROR", "-o", "BatchMode=yes")  # fmt: skip
KNOCK_S, MEET_S = 20, 120  # until it greets us: while it boots, and after that


class Held(NamedTuple):
    """What the disk had in memory when the plug was pulled."""

    blocks: int
    writes: int
    flushes: int


class Said(NamedTuple):
    status: int
    out: str
    err: str


class Machine:
    """``work`` is what `deploy/vm/image` made; ``disk`` a file of its own, see ``copy``."""

    def __init__(self, work: Path, disk: Path, arch: str = "amd64") -> None:
        self.work, self.disk, self.arch = work, disk, arch
        self.ssh_port = free_port()
        self.console = disk.with_suffix(".console")
        self._qemu: subprocess.Popen[bytes] | None = None
        self._nbdkit: subprocess.Popen[bytes] | None = None
        self._way: subprocess.Popen[bytes] | None = None
        self.seconds = 0.0
        """From power on to somebody logged in, of the last start."""

    @classmethod
    def copy(cls, work: Path, name: str, arch: str = "amd64", of: str = "") -> "Machine":
        """One with a fresh disk: the image's, or that of the machine ``of``."""
        disk = work / f"{name}.img"
        source = work / (f"{of}.img" if of else f"disk-{arch}.img")
        copy(source, disk)
        return cls(work, disk, arch)

    # -- its power ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Until somebody can log in."""
        begun = time.monotonic()
        self.power()
        while (await self.tried("true", patience=KNOCK_S)).status != 0:
            assert self.runs, f"it ended, see {self.console}"
            assert time.monotonic() < begun + BOOT_S, f"it does not come up, see {self.console}"
            await asyncio.sleep(0.2)
        self.seconds = time.monotonic() - begun
        self._call()

    def power(
        self,
        *,
        forgets: bool = False,
        keep: float = 0,
        lies: bool = False,
        without: Sequence[str] = (),
        asleep: Path | None = None,
    ) -> None:
        """Waits for nothing. ``forgets`` and so on: see `deploy/vm/forgetful.py`. ``without``:
        units that are not to come up. ``asleep``: it wakes from there instead of booting."""
        drive = f"file={self.disk},format=raw,if=virtio,cache=unsafe"
        if forgets:
            drive = f"file=nbd:unix:{self._plug_in(keep, lies)},format=raw,if=virtio,cache=none"
        self._monitor.unlink(missing_ok=True)
        forward = f"hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22"
        with self.console.open("ab") as console:
            self._qemu = subprocess.Popen(
                [
                    *_SYSTEMS[self.arch], "-accel", "tcg,thread=multi", "-m", "768", "-smp", "2",
                    "-display", "none", "-monitor", "none", "-serial", "stdio", "-nodefaults",
                    "-no-reboot", "-kernel", self.work / f"vmlinuz-{self.arch}",
                    "-initrd", self.work / f"initrd-{self.arch}", "-append",
                    f"root=/dev/vda rw console={_CONSOLE[self.arch]} quiet mitigations=off "
                    # A busy host makes the check of the timer fail; a panic ends qemu.
                    "no_timer_check panic=-1 "
                    + " ".join(f"systemd.mask={unit}" for unit in without),
                    "-drive", drive, "-netdev", f"user,id=n,ipv6=off,{forward}",
                    "-device", "virtio-net-pci,netdev=n,romfile=", "-device", "virtio-rng-pci",
                    "-qmp", f"unix:{self._monitor},server=on,wait=off",
                    *(("-incoming", f"exec:cat {asleep}") if asleep else ()),
                ],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
            )  # fmt: skip

    @property
    def _monitor(self) -> Path:
        return self.disk.with_suffix(".monitor")

    async def sleep(self, to: Path) -> None:
        """Memory and all go into ``to``; its disk stays as it is at this moment."""
        assert self._qemu is not None
        async with self._asked() as ask:
            await ask("stop")
            await ask("migrate", uri=f"exec:cat > {to}")
            while (status := (await ask("query-migrate")).get("status")) != "completed":
                assert status != "failed", status
                await asyncio.sleep(0.1)
            await ask("quit")
        await asyncio.to_thread(self._qemu.wait)
        self._qemu = None

    async def wake(self, asleep: Path, *, keep: float, lies: bool) -> None:
        """Goes on where it was put to sleep, on a disk that forgets."""
        self.power(forgets=True, keep=keep, lies=lies, asleep=asleep)
        async with self._asked() as ask:
            while (await ask("query-status"))["status"] == "inmigrate":
                await asyncio.sleep(0.1)
            await ask("cont")

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[Ask]:
        """qemu's own console (QMP)."""
        while not self._monitor.exists():
            assert self.runs, f"it ended, see {self.console}"
            await asyncio.sleep(0.02)
        reader, writer = await asyncio.open_unix_connection(self._monitor)

        async def ask(what: str, **arguments: str) -> dict[str, Any]:
            writer.write(json.dumps({"execute": what, "arguments": arguments}).encode())
            while "return" not in (said := json.loads(await reader.readline())):
                assert "error" not in said, said
            found: dict[str, Any] = said["return"]
            return found

        try:
            await ask("qmp_capabilities")
            yield ask
        finally:
            writer.close()

    @property
    def runs(self) -> bool:
        """Whether it has power and its kernel did not give up."""
        return self._qemu is not None and self._qemu.poll() is None

    def _plug_in(self, keep: float, lies: bool) -> Path:
        socket = self.disk.with_suffix(".socket")
        socket.unlink(missing_ok=True)
        self._nbdkit = subprocess.Popen(
            ["nbdkit", "-f", "-U", socket, "python", PLUGIN, f"file={self.disk}",
             f"status={self._status}", f"keep={keep}", f"flush={'lie' if lies else 'true'}"],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        while not socket.exists():
            assert self._nbdkit.poll() is None, "nbdkit ended"
            time.sleep(0.02)
        return socket

    @property
    def _status(self) -> Path:
        return self.disk.with_suffix(".status")

    def held(self) -> Held:
        """What the disk has in memory now, if it is one that forgets."""
        if not self._status.exists():
            return Held(0, 0, 0)
        return Held(*struct.unpack("<3Q", self._status.read_bytes()))

    def cut(self) -> Held:
        """Pulls the plug: first of the disk, then of the rest."""
        assert self._qemu is not None
        for process in (self._nbdkit, self._qemu):
            if process is not None:
                process.send_signal(signal.SIGKILL)
        for process in (self._nbdkit, self._qemu):
            if process is not None:
                process.wait()
        self._qemu = self._nbdkit = None
        self._hang_up()
        return self.held()

    async def off(self) -> None:
        """Shuts down as it should."""
        assert self._qemu is not None
        await self.tried("systemctl", "poweroff")
        await asyncio.to_thread(self._qemu.wait, BOOT_S)
        self._qemu = None
        self._hang_up()

    def _call(self) -> None:
        """Root logs in once, and not again for each word: that would cost seconds without KVM."""
        nothing = subprocess.DEVNULL
        self._way = subprocess.Popen([*self.ssh(), "-N", "-M"], stdin=nothing, stderr=nothing)

    def _hang_up(self) -> None:
        if self._way is not None:
            self._way.terminate()
            self._way.wait()
            self._way = None

    @property
    def on(self) -> bool:
        return self._qemu is not None

    # -- what is done in it ------------------------------------------------------------------

    def ssh(self, user: str = "root", patience: int = MEET_S) -> list[str]:
        way = ["ssh", "-p", str(self.ssh_port), "-i", str(self.work / "key"), *QUIET,
               "-o", f"ConnectTimeout={patience}",
               "-S", f"{self.disk.with_suffix('')}-%r.ssh"]  # fmt: skip
        return [*way, f"{user}@127.0.0.1"]

    async def tried(
        self, *words: str, user: str = "root", given: str | None = None, patience: int = MEET_S
    ) -> Said:
        """One line of shell, words joined by blanks; whoever asks looks at the status."""
        process = await asyncio.create_subprocess_exec(
            *self.ssh(user, patience), " ".join(words), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate((given or "").encode())
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    async def run(self, *words: str, user: str = "root", given: str | None = None) -> str:
        """What it said; fails with what it said besides."""
        said = await self.tried(*words, user=user, given=given)
        assert said.status == 0, f"{words}: {said}"
        return said.out

    async def put(self, path: str, text: str, mode: str = "644") -> None:
        """A file in it, root's."""
        await self.run("install", "-D", "-m", mode, "/dev/stdin", path, given=text)

    async def copy_in(self, source: Path, to: str, user: str = "root") -> None:
        """A file of ours into it."""
        with source.open("rb") as file:
            process = await asyncio.create_subprocess_exec(
                *self.ssh(user), f"cat > {to}", stdin=file
            )
            assert await process.wait() == 0, to


def copy(source: Path, to: Path) -> None:
    """A disk."""
    subprocess.run(["cp", "--sparse=always", source, to], check=True)


@contextmanager
def discarded(machine: Machine) -> Iterator[Machine]:
    """Afterwards it is off and its disk gone; what it said on its console stays."""
    try:
        yield machine
    finally:
        if machine.on:
            machine.cut()
        for ending in (".img", ".socket", ".status", ".monitor"):
            machine.disk.with_suffix(ending).unlink(missing_ok=True)


def needs(*commands: str) -> None:
    """Ends with the one command that installs what is missing."""
    packages = {
        "nbdkit": "nbdkit nbdkit-plugin-python", "qemu-system-x86_64": "qemu-system-x86",
        "qemu-system-aarch64": "qemu-system-arm", "mosquitto": "mosquitto",
    }  # fmt: skip
    missing = [packages.get(name, name) for name in commands if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"Missing here: sudo apt-get install {' '.join(missing)}")
