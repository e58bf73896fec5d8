"""The two contestants, started and stopped alike: the gateway and the bare reference.

What is known of them is what anybody outside can see: a process, a database file with a table
``journal`` (``id``, ``subject``, ``door``), and what the provider was asked.
"""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.broker import free_port
from benchmarks.town import ACCOUNT, MARK, SENDER, Message, Town, calm_zone, message

_START = 60.0  # s; a gateway with a large ledger may take a while to be ready
_TAIL = 15  # lines of a log that are shown when a trial fails
_STOP = 15.0  # s; three times what SIGTERM is promised to take

_CONFIG = """[gateway]
id = "gw-bench"
country = "CN"
timezone = "{zone}"
language = "zh"

[store]
path = "{database}"

[mqtt]
url = "mqtt://127.0.0.1:{broker}"

[ble]
enabled = false

[channels]
sms = ["twilio"]
voice = ["twilio"]
chat = []

[twilio]
account_sid = "{account}"
auth_token_file = "{token}"
from_number = "{sender}"
api_base = "{api}"

[web]
listen = "127.0.0.1:{web}"

[metrics]
listen = "127.0.0.1:{metrics}"
"""


class Journal:
    """Counts committed readings from outside, looking only at what is new each time."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        self._last = 0
        self.readings = 0

    def close(self) -> None:
        self._base.close()

    def look(self) -> int:
        """All readings committed so far."""
        count, last = self._base.execute(
            "SELECT count(door), max(id) FROM journal WHERE id > ?", (self._last,)
        ).fetchone()
        self.readings += count
        self._last = last or self._last
        return self.readings

    def wait_for_opening(self, sensor_id: str, times: int = 1, seconds: float = 60) -> None:
        """Until the opening of a sensor is in it: everything sent before is decided, too."""
        deadline = time.monotonic() + seconds
        query = "SELECT count(*) FROM journal WHERE subject = ? AND door = 1"
        while self._base.execute(query, (sensor_id,)).fetchone()[0] < times:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{sensor_id} was not journaled in {seconds} s")
            time.sleep(0.05)
        self.look()


@dataclass
class Seat:
    """A running contestant."""

    name: str
    process: subprocess.Popen[bytes]
    database: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> None:
        if self.process.poll() is not None:
            raise RuntimeError(f"the {self.name} ended with {self.process.returncode}")

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stopped meanwhile, so that what is published waits for it in the broker."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@dataclass(frozen=True)
class Prepared:
    """A town whose ledger was imported once; each trial begins with a copy."""

    town: Town
    database: Path | None  # None: no gateway here, the reference takes both seats
    folder: Path

    def first_words(self) -> Sequence[Message]:
        """Every door is closed; then the mark opens, which says that all were heard."""
        return [*self.town.first_words(), message(MARK, "open", 2)]


def doorwatch() -> str:
    """The command beside the interpreter that runs this, or the one on the path."""
    beside = Path(sys.executable).with_name("doorwatch")
    found = str(beside) if beside.exists() else shutil.which("doorwatch")
    if found is None:
        raise SystemExit("the benchmark needs the command doorwatch: make venv")
    return found


def prepare(town: Town, folder: Path) -> Prepared:
    """Imports the town's ledger into a database that the trials copy."""
    files = town.write(folder / "ledger")
    database = folder / "town.db"
    config = _configure(folder, database, broker=1, api="http://127.0.0.1:1")
    _type(config, "ledger", "import", *map(str, files))
    _type(config, "doctor", "--trust-clock")  # while nobody vouches for it, no window excuses
    with contextlib.closing(sqlite3.connect(database)) as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Prepared(town, database, folder)


def _type(config: Path, *words: str) -> None:
    """A command of ours that has to succeed."""
    command = [doorwatch(), *words, "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"{words[0]} {words[1]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _configure(folder: Path, database: Path, broker: int, api: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    token, config = folder / "token", folder / "config.toml"
    token.write_text("token\n")
    token.chmod(0o600)
    config.write_text(
        _CONFIG.format(
            zone=calm_zone(),
            database=database,
            broker=broker,
            api=api,
            account=ACCOUNT,
            token=token,
            sender=SENDER,
            web=free_port(),
            metrics=free_port(),
        )
    )
    return config


_CORES = os.sched_getaffinity(0)
OWN = {max(_CORES)}


def leave_a_core() -> None:
    """The contestant has a core of its own; broker, senders and provider have the rest.

    Left to the kernel all were on one core in some rounds and not in others, and the gateway's
    median latency differed by five times.
    """
    os.sched_setaffinity(0, _CORES - OWN or OWN)


@contextlib.contextmanager
def seat(name: str, prepared: Prepared, folder: Path, broker: int, api: str) -> Iterator[Seat]:
    """Starts the gateway or the reference in ``folder`` and waits until it listens."""
    folder.mkdir(parents=True)
    database = folder / "doorwatch.db"
    with (folder / "log").open("wb") as log:
        if prepared.database is None or name == "reference":
            where = ["--port", str(broker), "--database", str(database), "--api", api]
            command = [sys.executable, "-m", "benchmarks.reference", *where]
        else:
            shutil.copyfile(prepared.database, database)
            config = _configure(folder, database, broker, api)
            command = [doorwatch(), "run", "--config", str(config)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    os.sched_setaffinity(process.pid, OWN)  # before it has any thread
    running = Seat(name, process, database)
    try:
        _wait_until_ready(running, folder)
        yield running
    except BaseException:
        end = (folder / "log").read_text(errors="replace").splitlines()[-_TAIL:]
        print(f"--- the end of the {name}'s log:", *end, sep="\n", file=sys.stderr)
        raise
    finally:
        process.terminate()
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(running: Seat, folder: Path) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        running.alive()
        if not (folder / "config.toml").exists():
            if (folder / "log").read_bytes().startswith(b"ready"):
                return
        elif _ready(folder / "config.toml"):
            return
        time.sleep(0.05)
    raise TimeoutError(f"the {running.name} was not ready in {_START} s")


def _ready(config: Path) -> bool:
    listen = config.read_text().split("[metrics]\nlisten = ", 1)[1].splitlines()[0]
    url = f"http://{json.loads(listen)}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
