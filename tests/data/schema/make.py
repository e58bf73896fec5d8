"""Lives a short while with a release and keeps its store and every statement that it asked of it.

    PYTHONPATH=TREE python tests/data/schema/make.py FOLDER

``TREE``: the release's files (``git archive``). Writes ``FOLDER/NNNN.db``, ``NNNN`` the number of
its migrations, and ``FOLDER/NNNN.sql``, one statement of each form. Knows the release only by its
commands, and by the provider's stand-in that came with it.
"""

import asyncio
import json
import os
import re
import socket
import sqlite3
import sys
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

import paho.mqtt.client as mqtt

from simulators.provider.standin import ProviderStandIn

LEDGER = {
    "grids": "grid_id,community\nG1,东关\n",
    "people": (
        "person_id,name,phone,role,grid_id\n"
        "P1,王敏,+85251230001,member,G1\nP2,刘强,+85251230002,leader,G1\n"
    ),
    "households": (
        "household_id,grid_id,address,isolation_start,isolation_end\n"
        "H1,G1,3栋2单元501,2020-01-01,2036-01-01\nH2,G1,3栋2单元502,2020-01-01,2036-01-01\n"
    ),
    "sensors": (
        "sensor_id,household_id,protocol,address\nS1,H1,json,doors/S1\nS2,H2,json,doors/S2\n"
    ),
    "windows": "window_id,applies_to,kind,weekdays,start,end\nW1,all,garbage,mon-sun,07:00,07:01\n",
}
# Python imports it at its start: every connection to SQLite tells what it is asked.
LISTENING = """
import os, sqlite3
connect = sqlite3.connect
def listening(*given, **named):
    connection = connect(*given, **named)
    log = open(os.environ["STATEMENTS"], "a")
    connection.set_trace_callback(lambda sql: print(sql.encode().hex(), file=log, flush=True))
    return connection
sqlite3.connect = listening
"""
LITERAL = re.compile(r"'(?:[^']|'')*'|x'[0-9a-f]*'|\b\d+(?:\.\d+)?\b", re.I)
PATIENCE_S = 60.0


class Site:
    """A gateway of the release in a folder, its broker in process, and a provider beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "config.toml"
        self.store, self.statements = folder / "doorwatch.db", folder / "statements"
        self.broker, self.web = _free_port(), _free_port()
        (folder / "sitecustomize.py").write_text(LISTENING)
        paths = f"{folder}{os.pathsep}{os.environ['PYTHONPATH']}"
        self._env = os.environ | {"PYTHONPATH": paths, "STATEMENTS": str(self.statements)}

    def configure(self, api_base: str, account: str, token: str, number: str) -> list[str]:
        """Writes its files; gives those of the ledger."""
        (self.folder / "token").write_text(token)
        (self.folder / "token").chmod(0o600)
        self.config.write_text(
            f'[gateway]\ncountry = "HK"\n[store]\npath = "doorwatch.db"\n[ble]\nenabled = false\n'
            f'[mqtt]\nurl = "embedded://127.0.0.1:{self.broker}"\n'
            f'[web]\nlisten = "127.0.0.1:{self.web}"\n[metrics]\nlisten = "127.0.0.1:0"\n'
            f'[twilio]\naccount_sid = "{account}"\nauth_token_file = "token"\n'
            f'from_number = "{number}"\napi_base = "{api_base}"\n'
        )
        for name, text in LEDGER.items():
            (self.folder / f"{name}.csv").write_text(text)
        return [str(self.folder / f"{name}.csv") for name in LEDGER]

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.cli", *words, "--config", str(self.config),
            cwd=self.folder, env=self._env,
        )  # fmt: skip

    async def type(self, *words: str) -> None:
        """A command; one that this release does not have yet leaves nothing behind."""
        process = await self.start(*words)
        print(" ".join(words), "->", await process.wait())

    async def until(self, query: str) -> None:
        """Waits until the store answers ``query`` with something."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                connection = sqlite3.connect(self.store)
                found = connection.execute(query).fetchall()
                connection.close()
                if found:
                    return
                await asyncio.sleep(0.05)

    async def ready(self) -> None:
        def asked() -> int:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/readyz") as answer:
                    return int(answer.status)
            except OSError:
                return 0

        async with asyncio.timeout(PATIENCE_S):
            while await asyncio.to_thread(asked) != 200:
                await asyncio.sleep(0.05)

    async def say(self, sensor: str, *states: str) -> None:
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", self.broker)
        client.loop_start()
        for state in states:
            await asyncio.to_thread(
                client.publish(f"doors/{sensor}", json.dumps({"state": state, "battery": 80}), 1)
                .wait_for_publish, PATIENCE_S,
            )  # fmt: skip
        client.disconnect()
        client.loop_stop()


async def live(site: Site) -> None:
    """A breach, its text and answer, a pass that is used, a restart with a door open."""
    async with ProviderStandIn() as provider:
        files = site.configure(
            provider.base_url, provider.account_sid, provider.auth_token, provider.our_number
        )
        await site.type("ledger", "import", *files)
        gateway = await site.start("run")
        await site.ready()
        await site.say("S1", "closed", "open")
        await site.until("SELECT 1 FROM alerts WHERE status = 'delivered'")
        provider.reply("+85251230001", "1")
        await site.until("SELECT 1 FROM incidents WHERE state = 'acknowledged'")
        await site.say("S2", "closed")
        await site.type("passes", "grant", "--household", "H2")
        await site.say("S2", "open", "closed")
        await site.type("doctor", "--trust-clock", "--by", "P2")
        await site.type("texts", "test", "--person", "P1")
        await site.type("maintenance", "start", "--grid", "G1", "--minutes", "5")
        await site.type("maintenance", "end", "--grid", "G1")
        await site.type("incidents", "resolve", "1", "--outcome", "false_alarm")
        await site.say("S2", "open")
        await site.until("SELECT 1 FROM alerts WHERE incident_id > 1 AND status = 'delivered'")
        gateway.terminate()
        await gateway.wait()
        gateway = await site.start("run")
        await site.ready()
        await site.say("S1", "closed")
        for words in ("incidents list", "passes list", "report daily", "report nightly",
                      "report audit", "report coverage", "replay --since 2020-01-01",
                      "sensors list"):  # fmt: skip
            await site.type(*words.split())
        gateway.terminate()
        await gateway.wait()


def keep(site: Site, folder: Path) -> None:
    """The store as one small file, and its statements."""
    connection = sqlite3.connect(site.store)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("VACUUM")
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    shortest: dict[str, str] = {}
    for line in site.statements.read_text().splitlines():
        sql = bytes.fromhex(line).decode()
        form = " ".join(LITERAL.sub("?", sql).split())
        if len(sql) < len(shortest.get(form, sql + " ")):
            shortest[form] = " ".join(sql.split())
    folder.mkdir(exist_ok=True)
    (folder / f"{number:04}.db").write_bytes(site.store.read_bytes())
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE")
    kept = [sql.rstrip(";") + ";\n" for sql in shortest.values() if sql.upper().startswith(verbs)]
    (folder / f"{number:04}.sql").write_text("".join(kept))
    print(f"{number:04}: {site.store.stat().st_size} bytes, {len(kept)} statements")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        asyncio.run(live(Site(Path(made))))
        keep(Site(Path(made)), Path(sys.argv[1]))
