"""A Debian of its own to install into: made by mmdebstrap, booted by systemd-nspawn.

Where this machine lets nobody boot one (a container without the right to mount), its programs run
in a chroot: ``boots`` says which. It shares this machine's loopback, so brokers and providers of a
test are reached from inside.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
BOOT_S = 60.0  # it takes 2 s here
SUDO = [] if os.geteuid() == 0 else ["sudo", "-n"]
"""Another system's files belong to its root. Without sudo these tests fail and say so."""
_PACKAGES = "systemd-sysv,dbus,python3,tzdata,libstdc++6,procps"
_ENVIRONMENT = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TERM=dumb"]


def _as(user: str) -> list[str]:
    ids = [f"--reuid={user}", f"--regid={user}", "--init-groups"]
    return [] if user == "root" else ["setpriv", *ids]


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Fails with what was said."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def codename() -> str:
    """Of this machine's Debian: the package is for its Python, and so for its release."""
    said = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if line
    )
    return said["VERSION_CODENAME"].strip('"')


class Debian:
    """``with Debian.made() as debian: debian.run("dpkg", "-i", ...)``"""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._machine: subprocess.Popen[bytes] | None = None
        self.boots = self._nspawn("--as-pid2", "/bin/true").wait() == 0

    @classmethod
    @contextmanager
    def made(cls) -> "Iterator[Debian]":
        """A minimal one, booted if that is possible; gone afterwards."""
        folder = Path(tempfile.mkdtemp(prefix="doorwatch-debian-"))
        root = folder / "root"
        try:
            run(*SUDO, "mmdebstrap", "-q", "--variant=apt", f"--include={_PACKAGES}",
                codename(), root)  # fmt: skip
            debian = cls(root)
            debian.put("/etc/dpkg/dpkg.cfg.d/quick", "force-unsafe-io\n")
            try:
                debian.start()
                yield debian
            finally:
                debian.stop()
        finally:
            subprocess.run([*SUDO, "rm", "-rf", "--one-file-system", folder], check=True)

    # -- its life ----------------------------------------------------------------------------

    def _nspawn(self, *words: str) -> "subprocess.Popen[bytes]":
        name = f"doorwatch-{self.root.parent.name[-8:].replace('_', 'x')}"
        command = [*SUDO, "systemd-nspawn", "-q", "--register=no", "--keep-unit", "--console=pipe"]
        with (self.root.parent / "console").open("ab") as console:
            return subprocess.Popen(
                [*command, "-M", name, "-D", str(self.root), *words],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
            )  # fmt: skip

    def start(self) -> None:
        if not self.boots:
            return
        self._machine = self._nspawn("-b")
        deadline = time.monotonic() + BOOT_S
        while not self._is_up():
            said = (self.root.parent / "console").read_text(errors="replace")[-2000:]
            assert self._machine.poll() is None, f"it ended: {said}"
            assert time.monotonic() < deadline, f"it does not boot: {said}"
            time.sleep(0.1)

    def _is_up(self) -> bool:
        if not self._leader():
            return False
        done = self._inside("systemctl", "is-system-running")
        return done.stdout.strip() in ("running", "degraded")

    def _leader(self) -> str:
        """Its process 1, as this machine numbers it."""
        assert self._machine is not None
        pid = str(self._machine.pid)
        while True:  # sudo stands between
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if not children:
                return ""
            pid = children[0]
            if Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                return pid

    def stop(self) -> None:
        machine, self._machine = self._machine, None
        if machine is None:
            return
        try:
            self._machine = machine
            leader = self._leader()
            run(*SUDO, "kill", "-s", "RTMIN+4", leader)  # halt, as the manual of systemd has it
            machine.wait(30)
        except (subprocess.TimeoutExpired, AssertionError):
            machine.send_signal(signal.SIGKILL)
            machine.wait()
        finally:
            self._machine = None

    # -- what is done in it ------------------------------------------------------------------

    def run(self, *words: str, user: str = "root") -> str:
        """What a command said in it; fails with what it said besides."""
        done = self.tried(*words, user=user)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def tried(self, *words: str, user: str = "root") -> subprocess.CompletedProcess[str]:
        """The same; whoever asks looks at the status."""
        return self._inside(*_as(user), *words)

    async def popen(self, *words: str, user: str) -> asyncio.subprocess.Process:
        """One that goes on."""
        return await asyncio.create_subprocess_exec(*self._door(), *_as(user), *words)

    def _inside(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self._door(), *words], capture_output=True, text=True, check=False)

    def _door(self) -> list[str]:
        proc = 'mount -t proc proc "$0/proc"; exec chroot "$0" "$@"'
        way = ["unshare", "--mount", "--propagation", "private", "sh", "-c", proc, str(self.root)]
        if self._machine is not None:
            way = ["nsenter", "-t", self._leader(), "-a"]
        return [*SUDO, *way, *_ENVIRONMENT]

    def put(self, path: str, text: str, mode: str = "644") -> None:
        """A file in it, root's."""
        done = subprocess.run(
            [*SUDO, "install", "-D", "-m", mode, "/dev/stdin", self.root / path.lstrip("/")],
            input=text.encode(), check=False, capture_output=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def copy(self, source: Path, to: str) -> None:
        """A file of ours into it."""
        run(*SUDO, "cp", source, self.root / to.lstrip("/"))

    def holds(self, path: str) -> bool:
        looked = [*SUDO, "test", "-e", self.root / path.lstrip("/")]
        return subprocess.run(looked, check=False).returncode == 0


def build(folder: Path) -> Path:
    """The package of this checkout, for this machine."""
    said = run(ROOT / "deploy/package/build", run("dpkg", "--print-architecture").stdout.strip(),
               folder)  # fmt: skip
    return Path(said.stdout.splitlines()[-1])


def next_release(package: Path, version: str, *, start: str = "") -> Path:
    """The same package under another number. ``start``: lines of Python that come first in it."""
    folder = Path(tempfile.mkdtemp(prefix="doorwatch-release-", dir=package.parent))
    old = package.name.split("_")[1].rpartition("-")[0]
    run("dpkg-deb", "-R", package, folder / "tree")
    releases = folder / "tree/opt/doorwatch/package"
    (releases / old).rename(releases / version)
    command = releases / version / "bin/doorwatch"
    for file in (folder / "tree/DEBIAN/postinst", folder / "tree/DEBIAN/control", command):
        file.write_text(file.read_text().replace(old, version))
    command.write_text(command.read_text().replace("import sys\n", f"import sys\n{start}\n", 1))
    (folder / "tree/DEBIAN/md5sums").unlink()
    made = package.with_name(package.name.replace(old, version))
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", folder / "tree", made)
    shutil.rmtree(folder)
    return made
