"""The package for arm64: installed in an arm64 system, every library imported, and one boot.

    python -m tests.vm.arm64 --work FOLDER --package FILE_arm64.deb

First in a chroot by qemu-user-static, then on a machine with a Cortex-A72, the processor of a Pi 4.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.site import Site
from tests.vm.gateway import READY, Gateway
from tests.vm.machine import Machine, discarded, needs

TEXT_S = 300.0  # the first one after a start, emulated on a busy host
IMPORT_ALL = """
import importlib, pathlib, platform, sys
site = next(pathlib.Path(path) for path in sys.path if path.endswith("site-packages"))
names = [str(file.relative_to(site)).split(".")[0].replace("/", ".") for file in site.rglob("*.so")]
names = [name for name in names if not name.rpartition(".")[0].endswith(".libs")]
for name in [*names, "bleak", "gateway.daemon", "gateway.cli.main", "gateway.web.server"]:
    importlib.import_module(name)
print(f"{len(names)} compiled modules imported on {platform.machine()}, {sys.version.split()[0]}")
"""


def chroot(root: Path, *words: str, given: str | None = None) -> str:
    """What it said; fails with what it said besides."""
    way = ["chroot", str(root), "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
    done = subprocess.run([*way, *words], capture_output=True, text=True, check=False, input=given)
    assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def installed(work: Path, package: Path) -> None:
    """In a copy of the system; then a disk of it."""
    root = work / "root-arm64-with"
    try:
        subprocess.run(["cp", "-a", work / "root-arm64", root], check=True)
        shutil.copy(package, root / "root/doorwatch.deb")
        begun = time.monotonic()
        chroot(root, "apt-get", "install", "-y", "-q", "/root/doorwatch.deb")
        print(f"installed in {time.monotonic() - begun:.0f} s", flush=True)
        begun = time.monotonic()
        python = "/opt/doorwatch/current/bin/python3"
        print(chroot(root, python, "-I", "-", given=IMPORT_ALL))
        print(chroot(root, "doorwatch", "--version"))
        print(f"imported in {time.monotonic() - begun:.0f} s", flush=True)
        disk = work / "arm64.img"
        disk.unlink(missing_ok=True)
        subprocess.run(["truncate", "-s", "3G", disk], check=True)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, disk], check=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)


async def boots(work: Path) -> None:
    """Once, until a door's text has left it."""
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(Path(tempfile.mkdtemp(dir=work)), broker.url, provider)
        with discarded(Machine(work, work / "arm64.img", "arm64")) as machine:
            await machine.start()
            said = await machine.run("uname -m; systemctl is-system-running || true")
            print(f"booted in {machine.seconds:.0f} s: {' '.join(said.split())}", flush=True)
            # It starts with the machine, as it was installed: of another broker, or of none.
            await machine.run("systemctl stop doorwatch")
            gateway = Gateway(machine, site)
            await gateway.write(provider)
            begun = time.monotonic()
            await machine.run(READY)
            print(f"ready after {time.monotonic() - begun:.0f} s", flush=True)
            async with Sender(Broker(broker.port), "sender") as sender:
                for state in ("closed", "open"):
                    sender.give("doors/S1", json.dumps({"state": state}))
                await sender.settled()
            await provider.wait_for(lambda: bool(provider.messages), TEXT_S)
            print(f"text: {provider.messages[0].body}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--package", type=Path, required=True)
    given = parser.parse_args()
    needs("qemu-system-aarch64", "qemu-aarch64-static", "mosquitto")
    installed(given.work, given.package)
    asyncio.run(boots(given.work))


if __name__ == "__main__":
    main()
