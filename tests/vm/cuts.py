"""Power cuts in the middle of commits, on a disk that forgets what was not flushed.

    python -m tests.vm.cuts --work FOLDER --package FILE.deb [--cuts 30] [--controls 5]

The broker and the sender live here, on the machine that keeps its power. A witness between broker
and gateway notes what the gateway acknowledged. After each cut the disk is looked at as it is left:
every reading that was acknowledged is in the journal. Then the machine boots from that disk again.
Two controls show that the test can fail: the same with synchronous=NORMAL, and with a disk whose
flush is a lie.
"""

import argparse
import asyncio
import hashlib
import json
import random
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from simulators.broker import Mosquitto, free_port
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.recovery.test_killed import RULES
from tests.support.site import Site
from tests.vm.gateway import READY, STORE, Gateway
from tests.vm.machine import BOOT_S, Held, Machine, discarded, needs
from tests.vm.witness import Witness

HOMES = 600
RATE = 40  # readings a second: several in each commit, and a commit under way at any moment
AFTER_S = (0.3, 5.0)  # from the first reading acknowledged since the boot to the cut
MIDDLE_S = 10.0  # within so long there is a commit
KEEPS = (0.0, 0.5)  # in turns: all that was not flushed is lost; half of its blocks
# What has no part in it; each would take seconds of every boot.
WITHOUT = ("ssh.service", "mosquitto.service", "bluetooth.service", "systemd-logind.service",
           "systemd-timesyncd.service", "systemd-binfmt.service", "getty.target")  # fmt: skip
NORMAL = """
cd /opt/doorwatch/current/lib/python3*/site-packages/gateway/store
sed -i s/synchronous=FULL/synchronous=NORMAL/ database.py && grep -q =NORMAL database.py
rm __pycache__/database.*.pyc
"""

Reading = tuple[str, int]


class Left(NamedTuple):
    """What a cut left on the disk."""

    journal: Counter[Reading] | None  # None: there is no database that can be read
    says: str


class Ports(NamedTuple):
    """Where the prepared disks expect us; they are prepared once for a package."""

    witness: int
    provider: int
    prepared: bool

    @classmethod
    def of(cls, work: Path, package: Path) -> "Ports":
        kept = work / "ready.json"
        found = json.loads(kept.read_text()) if kept.exists() else {}
        if found.get("package") == _sum(package):
            return cls(*found["ports"], True)
        return cls(free_port(), free_port(), prepared=False)

    def keep(self, work: Path, package: Path) -> None:
        kept = {"package": _sum(package), "ports": [self.witness, self.provider]}
        (work / "ready.json").write_text(json.dumps(kept))


def _sum(package: Path) -> str:
    return hashlib.sha256(package.read_bytes()).hexdigest()


class Surroundings:
    """What keeps its power: broker, witness, sender, provider."""

    def __init__(self, broker: Mosquitto, witness: Witness, doors: Sender) -> None:
        self.broker, self.witness, self.doors = broker, witness, doors
        self._numbers: Counter[str] = Counter()
        self._order = random.Random(7)

    @property
    def acknowledged(self) -> set[Reading]:
        """By the gateway."""
        return {_reading(message.payload) for message in self.witness.acknowledged}

    @property
    def sent(self) -> set[Reading]:
        """What the broker took, so that it must arrive in the end."""
        return {_reading(published.payload) for published in self.doors.acknowledged}

    async def live(self) -> None:
        """Doors open and close while the gateway listens, until cancelled."""
        while True:
            if self.witness.connections:
                sensor = f"S{self._order.randrange(HOMES) + 1}"
                self._numbers[sensor] += 1
                number = self._numbers[sensor]
                state = "open" if number % 2 == 0 else "closed"
                said = {"sensor_id": sensor, "state": state, "seq": number}
                self.doors.give(f"doors/{sensor}", json.dumps(said))
            await asyncio.sleep(1 / RATE)


def _reading(payload: bytes) -> Reading:
    said = json.loads(payload)
    return said["sensor_id"], said["seq"]


class Trial:
    """One machine, its ports, its disk; each series of cuts begins with a fresh copy of it."""

    def __init__(self, work: Path, package: Path, provider: ProviderStandIn, port: int) -> None:
        """``port``: of the witness; it is in the machine's configuration."""
        self.work, self.package, self.provider, self.port = work, package, provider, port
        self.site = Site(
            Path(tempfile.mkdtemp(dir=work)), f"mqtt://127.0.0.1:{self.port}", provider,
            households=HOMES, rules=RULES,
        )  # fmt: skip

    async def prepare(self) -> None:
        """The disks that each series copies: installed, configured, started once, shut down.

        ``ready``, and ``normal``: the same gateway with synchronous=NORMAL.
        """
        with discarded(Machine.copy(self.work, "new")) as machine:
            await machine.start()
            gateway = Gateway(machine, self.site)
            await gateway.install(self.package)
            await gateway.write(self.provider)
            async with self.surroundings():
                await machine.run(READY)
                await machine.off()
            machine.disk.rename(self.work / "ready.img")
        with discarded(Machine.copy(self.work, "new", of="ready")) as machine:
            await machine.start()
            await machine.run("sh -e", given=NORMAL)
            await machine.off()
            machine.disk.rename(self.work / "normal.img")

    @asynccontextmanager
    async def surroundings(self) -> AsyncIterator[Surroundings]:
        async with (
            Mosquitto() as broker,
            Witness(broker.port, self.port) as witness,
            Sender(Broker(broker.port), "doors") as doors,
        ):
            yield Surroundings(broker, witness, doors)

    async def cut(
        self, machine: Machine, around: Surroundings, *, keep: float, lies: bool = False
    ) -> tuple[Held, float]:
        """Boots, lets it work for a while and pulls the plug. Also: the seconds to the first."""
        before, begun = len(around.witness.acknowledged), time.monotonic()
        machine.power(forgets=True, keep=keep, lies=lies, without=WITHOUT)
        while len(around.witness.acknowledged) == before:
            if not machine.runs:  # a kernel that did not come up is no cut
                machine.cut()
                print(f"it did not boot and is tried again, see {machine.console}", flush=True)
                machine.power(forgets=True, keep=keep, lies=lies, without=WITHOUT)
            assert time.monotonic() < begun + 2 * BOOT_S, f"no reading, see {machine.console}"
            await asyncio.sleep(0.05)
        took = time.monotonic() - begun
        await asyncio.sleep(random.uniform(*AFTER_S))
        await self._in_the_middle(machine)
        held = machine.cut()
        async with asyncio.timeout(20):
            await around.witness.silence()
        return held, took

    async def _in_the_middle(self, machine: Machine) -> None:
        """Until something is written and not flushed: between the two the plug is pulled."""
        deadline = time.monotonic() + MIDDLE_S
        while not machine.held().blocks and time.monotonic() < deadline:
            await asyncio.sleep(0)

    async def nothing_is_lost(self, cuts: int) -> None:
        with discarded(Machine.copy(self.work, "cut", of="ready")) as machine:
            await self._nothing_is_lost(machine, cuts)

    async def _nothing_is_lost(self, machine: Machine, cuts: int) -> None:
        async with self.surroundings() as around:
            living = asyncio.create_task(around.live())
            for number in range(cuts):
                keep = KEEPS[number % len(KEEPS)]
                held, took = await self.cut(machine, around, keep=keep)
                left = await asyncio.to_thread(look, machine)
                acknowledged = around.acknowledged
                said = (
                    f"cut {number + 1:2}: first reading {took:5.1f} s after power on; "
                    f"{held.blocks:4} blocks not flushed, {keep:.0%} of writes kept at once; "
                    f"{len(acknowledged):5} readings acknowledged so far"
                )
                assert left.journal is not None, f"{said}; database: {left.says}"
                lost = acknowledged - set(left.journal)
                print(f"{said}, {len(lost)} lost; {left.says}", flush=True)
                assert not lost, lost
                assert left.says == "integrity ok"
            living.cancel()
            await self._all_arrives(machine, around)

    async def _all_arrives(self, machine: Machine, around: Surroundings) -> None:
        """Once it has power for good: everything the broker took, each once; each told once."""
        await around.doors.settled()
        machine.power(forgets=True, without=WITHOUT)
        async with asyncio.timeout(2 * BOOT_S):
            while not around.sent <= around.acknowledged:
                await asyncio.sleep(0.5)
        machine.cut()
        left = await asyncio.to_thread(look, machine)
        assert left.journal is not None
        twice = [reading for reading, times in left.journal.items() if times > 1]
        texts = Counter((message.to, message.body) for message in self.provider.messages)
        again = [text for text, times in texts.items() if times > 1]
        print(
            f"in the end: {len(around.sent)} readings sent, "
            f"{len(around.sent - set(left.journal))} missing, {len(twice)} twice; "
            f"{len(texts)} texts taken by the provider, {len(again)} twice",
            flush=True,
        )
        assert set(left.journal) == around.sent
        assert not twice
        assert not again

    async def control(self, what: str, disk: str, cuts: int, *, keep: float, lies: bool) -> None:
        """Each cut on a fresh disk. Fails if no cut harmed anything."""
        if not cuts:
            return
        harmed = 0
        for number in range(cuts):
            fresh = Machine.copy(self.work, "control", of=disk)
            with discarded(fresh) as machine:
                async with self.surroundings() as around:
                    living = asyncio.create_task(around.live())
                    held, _ = await self.cut(machine, around, keep=keep, lies=lies)
                    living.cancel()
                    left = await asyncio.to_thread(look, machine)
                    acknowledged = around.acknowledged
            found = set(left.journal or ())
            lost = len(acknowledged - found)
            whole = left.journal is not None and left.says == "integrity ok"
            harmed += bool(lost or not whole)
            print(
                f"control {what} {number + 1}: {held.blocks} blocks not flushed; "
                f"{len(acknowledged)} readings acknowledged, {lost} lost; {left.says}",
                flush=True,
            )
        print(f"control {what}: {harmed} of {cuts} cuts did harm", flush=True)
        assert harmed, f"the test cannot fail: {what}"


def look(machine: Machine) -> Left:
    """The store on the disk as it lies there, from a copy; ext4's own log is applied first."""
    with tempfile.TemporaryDirectory(dir=machine.work) as folder:
        copy, store = Path(folder) / "disk.img", Path(folder) / "doorwatch.db"
        subprocess.run(["cp", "--sparse=always", machine.disk, copy], check=True)
        subprocess.run(["e2fsck", "-y", "-E", "journal_only", copy], capture_output=True,
                       check=False)  # fmt: skip
        for ending in ("", "-wal"):
            dump = f"dump {STORE}{ending} {store}{ending}"
            subprocess.run(["debugfs", "-R", dump, copy], capture_output=True, check=False)
        if not store.exists() or not store.stat().st_size:
            return Left(None, "there is none")
        connection = sqlite3.connect(store)
        try:
            (checked,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            rows = connection.execute("SELECT subject, counter FROM journal WHERE kind = 1")
            return Left(Counter(rows.fetchall()), f"integrity {checked}")
        except sqlite3.Error as error:
            return Left(None, str(error))
        finally:
            connection.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--cuts", type=int, default=30)
    parser.add_argument("--controls", type=int, default=5)
    given = parser.parse_args()
    needs("nbdkit", "qemu-system-x86_64", "mosquitto", "e2fsck", "debugfs")
    ports = Ports.of(given.work, given.package)
    async with ProviderStandIn(port=ports.provider) as provider:
        trial = Trial(given.work, given.package, provider, ports.witness)
        if not ports.prepared:
            await trial.prepare()
            ports.keep(given.work, given.package)
        await trial.control("synchronous=NORMAL", "normal", given.controls, keep=0, lies=False)
        await trial.control("flush is a lie", "ready", given.controls, keep=0.5, lies=True)
        await trial.nothing_is_lost(given.cuts)


if __name__ == "__main__":
    asyncio.run(main())
