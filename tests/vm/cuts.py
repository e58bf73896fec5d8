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
from tests.vm.machine import BOOT_S, Held, Machine, discard, needs
from tests.vm.witness import Witness

HOMES = 600
RATE = 40  # readings a second: several in each commit, and a commit under way at any moment
AFTER_S = (0.3, 5.0)  # from the first reading acknowledged since the boot to the cut
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

    def __init__(self, work: Path, package: Path, provider: ProviderStandIn) -> None:
        self.work, self.package, self.provider = work, package, provider
        self.port = free_port()  # of the witness: it is in the machine's configuration
        self.site = Site(
            Path(tempfile.mkdtemp(dir=work)), f"mqtt://127.0.0.1:{self.port}", provider,
            households=HOMES, rules=RULES,
        )  # fmt: skip

    async def prepare(self) -> None:
        """The disks `ready` and `normal`: installed, configured, started once, shut down."""
        machine = Machine.copy(self.work, "ready")
        await machine.start()
        gateway = Gateway(machine, self.site)
        await gateway.install(self.package)
        await gateway.write(self.provider)
        async with self.surroundings():
            await machine.run(READY)
            await machine.off()
        normal = Machine.copy(self.work, "normal", of="ready")
        await normal.start()
        await normal.run("sh -e", given=NORMAL)
        await normal.off()

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
            machine.must_be_on()
            assert time.monotonic() < begun + 2 * BOOT_S, f"no reading, see {machine.console}"
            await asyncio.sleep(0.05)
        took = time.monotonic() - begun
        await asyncio.sleep(random.uniform(*AFTER_S))
        held = machine.cut()
        around.witness.hang_up()
        return held, took

    async def nothing_is_lost(self, cuts: int) -> None:
        machine = Machine.copy(self.work, "cut", of="ready")
        async with self.surroundings() as around:
            living = asyncio.create_task(around.live())
            for number in range(cuts):
                keep = KEEPS[number % len(KEEPS)]
                held, took = await self.cut(machine, around, keep=keep)
                left = look(machine)
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
        discard(machine)

    async def _all_arrives(self, machine: Machine, around: Surroundings) -> None:
        """Once it has power for good: everything the broker took, each once; each told once."""
        await around.doors.settled()
        machine.power(forgets=True, without=WITHOUT)
        async with asyncio.timeout(2 * BOOT_S):
            while not around.sent <= around.acknowledged:
                await asyncio.sleep(0.5)
        machine.cut()
        left = look(machine)
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
        harmed = 0
        for number in range(cuts):
            machine = Machine.copy(self.work, "control", of=disk)
            async with self.surroundings() as around:
                living = asyncio.create_task(around.live())
                held, _ = await self.cut(machine, around, keep=keep, lies=lies)
                living.cancel()
                left, acknowledged = look(machine), around.acknowledged
            found = set(left.journal or ())
            lost = len(acknowledged - found)
            whole = left.journal is not None and left.says == "integrity ok"
            harmed += bool(lost or not whole)
            print(
                f"control {what} {number + 1}: {held.blocks} blocks not flushed; "
                f"{len(acknowledged)} readings acknowledged, {lost} lost; {left.says}",
                flush=True,
            )
            discard(machine)
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
    async with ProviderStandIn() as provider:
        trial = Trial(given.work, given.package, provider)
        await trial.prepare()
        await trial.nothing_is_lost(given.cuts)
        await trial.control("synchronous=NORMAL", "normal", given.controls, keep=0, lies=False)
        await trial.control("flush is a lie", "ready", given.controls, keep=0.5, lies=True)


if __name__ == "__main__":
    asyncio.run(main())
