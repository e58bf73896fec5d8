"""Power cuts in the middle of commits, on a disk that forgets what was not flushed.

    python -m tests.vm.cuts --work FOLDER --package FILE.deb [--cuts 30] [--controls 5] [--boots 3]

The broker and the sender live here, on the machine that keeps its power. A witness between broker
and gateway notes what the gateway acknowledged. After each cut the disk is looked at as it is left:
every reading that was acknowledged is in the journal. Two controls show that the test can fail: the
same with synchronous=NORMAL, and with a disk whose flush is a lie.

So that a cut costs seconds, the machine wakes from memory kept when the gateway was ready, with a
copy of its disk of that moment. ``--boots`` of the cuts are followed by a real boot from that disk.
"""

import argparse
import asyncio
import hashlib
import json
import random
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
from tests.support.killed import RULES
from tests.support.site import Site
from tests.vm.gateway import READY, Gateway
from tests.vm.left import WHOLE, look
from tests.vm.machine import BOOT_S, Held, Machine, copy, discarded, needs
from tests.vm.surroundings import HOMES, Surroundings
from tests.vm.witness import Witness

LIES_S = (25.0, 40.0)  # the same where a flush is a lie: SQLite's checkpoint falls into it
AFTER_S = (0.3, 5.0)  # from the first reading acknowledged since the boot to the cut
AWAY_S = 5.0  # so long without its broker, until it is put to sleep
BLOCKS = (1, 6)  # a commit writes about so many of 4 kB before its flush
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


class Found(NamedTuple):
    """What one cut did."""

    took: float
    blocks: int
    keep: float
    acknowledged: int
    lost: int
    says: str

    @property
    def whole(self) -> bool:
        return self.says == WHOLE

    def __str__(self) -> str:
        return (
            f"first reading {self.took:.0f} s after power on; {self.blocks} blocks not flushed "
            f"({self.keep:.0%} of others kept unasked); {self.acknowledged} readings acknowledged, "
            f"{self.lost} lost; database: {self.says}"
        )


class Ports(NamedTuple):
    """Where the prepared disks expect us; they are prepared once for a package."""

    witness: int
    provider: int
    prepared: bool = False

    @classmethod
    def of(cls, work: Path, package: Path) -> "Ports":
        kept = work / "ready.json"
        found = json.loads(kept.read_text()) if kept.exists() else {}
        if found.get("package") == _sum(package):
            witness, provider = found["ports"]
            return cls(witness, provider, prepared=True)
        return cls(free_port(), free_port())

    def keep(self, work: Path, package: Path) -> None:
        kept = {"package": _sum(package), "ports": [self.witness, self.provider]}
        (work / "ready.json").write_text(json.dumps(kept))


def _sum(package: Path) -> str:
    return hashlib.sha256(package.read_bytes()).hexdigest()


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
            await self._sleeps(machine, "ready")
            copy(self.work / "ready-off.img", machine.disk)
            await machine.start()
            await machine.run("sh -e", given=NORMAL)
            await machine.off()
            await self._sleeps(machine, "normal")

    async def _sleeps(self, machine: Machine, name: str) -> None:
        """Boots it, and keeps disk and memory of a moment at which it works and has no broker."""
        copy(machine.disk, self.work / f"{name}-off.img")
        machine.power(without=WITHOUT)
        async with self.surroundings() as around:
            living = asyncio.create_task(around.live())
            await self._first(machine, around, 0)
            living.cancel()
        await asyncio.sleep(AWAY_S)
        await machine.sleep(self.work / f"{name}.memory")
        copy(machine.disk, self.work / f"{name}.img")

    @asynccontextmanager
    async def surroundings(self) -> AsyncIterator[Surroundings]:
        async with (
            Mosquitto() as broker,
            Witness(broker.port, self.port) as witness,
            Sender(Broker(broker.port), "doors") as doors,
        ):
            yield Surroundings(broker, witness, doors)

    async def _first(self, machine: Machine, around: Surroundings, before: int) -> None:
        """Until another reading is acknowledged."""
        until = time.monotonic() + 2 * BOOT_S
        while len(around.witness.acknowledged) == before:
            assert machine.runs, f"it ended, see {machine.console}"
            assert time.monotonic() < until, f"no reading, see {machine.console}"
            await asyncio.sleep(0.05)

    async def cut(
        self,
        machine: Machine,
        around: Surroundings,
        *,
        keep: float,
        lies: bool = False,
        asleep: str = "",
    ) -> tuple[Held, float]:
        """Boots or wakes it, lets it work for a while and pulls the plug.

        Also: the seconds from power on to the first reading acknowledged.
        """
        before, begun = len(around.witness.acknowledged), time.monotonic()
        if asleep:
            await machine.wake(self.work / f"{asleep}.memory", keep=keep, lies=lies)
        else:
            machine.power(forgets=True, keep=keep, lies=lies, without=WITHOUT)
        await self._first(machine, around, before)
        took = time.monotonic() - begun
        await asyncio.sleep(random.uniform(*(LIES_S if lies else AFTER_S)))
        await self._in_the_middle(machine)
        held = machine.cut()
        async with asyncio.timeout(20):
            await around.witness.silence()
        return held, took

    async def _in_the_middle(self, machine: Machine) -> None:
        """Until so and so much is written and not flushed: there the plug is pulled."""
        deadline, wanted = time.monotonic() + MIDDLE_S, random.randint(*BLOCKS)
        while machine.held().blocks < wanted and time.monotonic() < deadline:
            await asyncio.sleep(0)

    async def nothing_is_lost(self, cuts: int) -> None:
        """Each cut on a fresh disk."""
        seen = lost = 0
        for number in range(cuts):
            found = await self._woken("ready", keep=KEEPS[number % len(KEEPS)])
            print(f"cut {number + 1}: {found}", flush=True)
            seen, lost = seen + found.acknowledged, lost + found.lost
            assert found.whole, found.says
            assert not found.lost
        print(f"{cuts} cuts: {seen} readings acknowledged, {lost} lost", flush=True)

    async def boots_again(self, cuts: int) -> None:
        """Several cuts on one disk; after each the machine boots from it and goes on."""
        told = len(self.provider.messages)
        with discarded(Machine.copy(self.work, "cut", of="ready-off")) as machine:
            async with self.surroundings() as around:
                living = asyncio.create_task(around.live())
                for number in range(cuts):
                    held, took = await self.cut(machine, around, keep=KEEPS[number % len(KEEPS)])
                    left = await asyncio.to_thread(look, machine)
                    lost = around.acknowledged - set(left.journal or ())
                    print(
                        f"boot and cut {number + 1}: first reading {took:.0f} s after power on; "
                        f"{held.blocks} blocks not flushed; {len(around.acknowledged)} readings "
                        f"acknowledged so far, {len(lost)} lost; {left.says}",
                        flush=True,
                    )
                    assert left.says == WHOLE
                    assert not lost, lost
                living.cancel()
                await self._all_arrives(machine, around, told)

    async def _woken(self, disk: str, *, keep: float, lies: bool = False) -> Found:
        """One cut on a fresh disk, woken from memory."""
        with discarded(Machine.copy(self.work, "cut", of=disk)) as machine:
            async with self.surroundings() as around:
                living = asyncio.create_task(around.live())
                held, took = await self.cut(machine, around, keep=keep, lies=lies, asleep=disk)
                living.cancel()
                left = await asyncio.to_thread(look, machine)
                acknowledged = around.acknowledged
        lost = len(acknowledged - set(left.journal or ()))
        return Found(took, held.blocks, keep, len(acknowledged), lost, left.says)

    async def _all_arrives(self, machine: Machine, around: Surroundings, told: int) -> None:
        """Once it has power for good: everything the broker took, each once; each told once.

        ``told``: texts of other lives, which come first.
        """
        await around.doors.settled()
        machine.power(forgets=True, without=WITHOUT)
        async with asyncio.timeout(2 * BOOT_S):
            while not around.sent <= around.acknowledged:
                await asyncio.sleep(0.5)
        machine.cut()
        left = await asyncio.to_thread(look, machine)
        assert left.journal is not None
        twice = [reading for reading, times in left.journal.items() if times > 1]
        texts = Counter((message.to, message.body) for message in self.provider.messages[told:])
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
        """Fails if no cut harmed anything."""
        seen = lost = harmed = 0
        for number in range(cuts):
            found = await self._woken(disk, keep=keep, lies=lies)
            print(f"control, {what}, {number + 1}: {found}", flush=True)
            seen, lost = seen + found.acknowledged, lost + found.lost
            harmed += bool(found.lost) or not found.whole
        print(f"control, {what}: {harmed} of {cuts} cuts did harm; "
              f"{seen} readings acknowledged, {lost} lost", flush=True)  # fmt: skip
        assert harmed, f"the test cannot fail: {what}"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--cuts", type=int, default=30)
    parser.add_argument("--controls", type=int, default=5)
    parser.add_argument("--boots", type=int, default=3)
    given = parser.parse_args()
    needs("nbdkit", "qemu-system-x86_64", "mosquitto", "e2fsck", "debugfs")
    ports = Ports.of(given.work, given.package)
    async with ProviderStandIn(port=ports.provider) as provider:
        trial = Trial(given.work, given.package, provider, ports.witness)
        if not ports.prepared:
            await trial.prepare()
            ports.keep(given.work, given.package)
        if controls := given.controls:
            await trial.control("synchronous=NORMAL", "normal", controls, keep=0, lies=False)
            await trial.control("flush is a lie", "ready", controls, keep=0.5, lies=True)
        await trial.nothing_is_lost(given.cuts)
        if given.boots:
            await trial.boots_again(given.boots)


if __name__ == "__main__":
    asyncio.run(main())
