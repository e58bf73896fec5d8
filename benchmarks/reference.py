"""The bare reference: the least that any gateway must do between the broker and the provider.

paho on its own thread with ``manual_ack`` and a persistent session → a queue → one writer that
commits whatever waits as one SQLite group (WAL, FULL, one journal table, the product's page
size) → acknowledges → posts the breaches among them with the product's HTTP client:
the official one over the product's own transport. It knows no sensor, no rule, no household,
and keeps no outbox. The writer posts by itself because that is the faster reference: with one,
two or four threads for the posts it took about half the readings a second (tried with the
official client's own transport).

``python -m benchmarks.reference --port P --database FILE --api URL``
"""

import argparse
import queue
import signal
import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode
from twilio.rest import Client  # type: ignore[import-untyped]

from benchmarks.town import ACCOUNT, SENDER, phone
from gateway.alerts.twilio_wire import Wire
from gateway.store.schema import PAGE_SIZE

TOPIC = "doors/#"
TEXT = "【门磁】楼000000 12:00 隔离期间开门，无人登记。请立即上门查看，回复 1 123456 表示已前往。"
_GROUP = 1_000  # readings in one commit at most


class Reference:
    """Two threads and a queue between them."""

    def __init__(self, port: int, database: Path, api: str) -> None:
        self._api = api
        self._waiting: queue.SimpleQueue[mqtt.MQTTMessage | None] = queue.SimpleQueue()
        self._database = database
        self.listening = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, "doorwatch-reference", clean_session=False, manual_ack=True
        )
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self.listening.set()
        self._client.on_message = lambda _client, _data, message: self._waiting.put(message)
        self._client.connect("127.0.0.1", port)
        self._writer = threading.Thread(target=self._write)

    def _connected(
        self,
        client: mqtt.Client,
        _data: object,
        _flags: mqtt.ConnectFlags,
        _reason: ReasonCode,
        _properties: Mapping[str, object] | object,
    ) -> None:
        client.subscribe(TOPIC, qos=1)

    def start(self) -> None:
        self._writer.start()
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._waiting.put(None)
        self._writer.join()

    def _group(self) -> list[mqtt.MQTTMessage] | None:
        """Waits for one reading and takes what waits beside it; None: no more will come."""
        group: list[mqtt.MQTTMessage] = []
        message = self._waiting.get()
        while message is not None:
            group.append(message)
            if len(group) == _GROUP or self._waiting.empty():
                return group
            message = self._waiting.get()
        return None

    def _write(self) -> None:
        provider = Client(ACCOUNT, "token", http_client=Wire(self._api))
        provider.api.base_url = self._api
        database = sqlite3.connect(self._database, isolation_level=None)
        database.execute(f"PRAGMA page_size={PAGE_SIZE}")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY,"
            " received_at INTEGER, subject TEXT, door INTEGER, message_id INTEGER, body TEXT)"
        )
        insert = (
            "INSERT INTO journal (received_at, subject, door, message_id, body)"
            " VALUES (?, ?, ?, ?, ?)"
        )
        while group := self._group():
            rows = []
            for message in group:
                payload = message.payload
                door = b'"open"' in payload
                subject = message.topic[6:]
                rows.append((time.time_ns() // 1_000_000, subject, door, message.mid, payload))
            database.execute("BEGIN")
            database.executemany(insert, rows)
            database.execute("COMMIT")
            for message in group:
                self._client.ack(message.mid, 1)
            for _, subject, door, _, _ in rows:
                if door and subject[0] == "B":
                    provider.messages.create(to=phone(subject), from_=SENDER, body=TEXT)
        database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--api", required=True)
    options = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    reference = Reference(options.port, options.database, options.api)
    reference.start()
    if not reference.listening.wait(10):
        raise SystemExit("the broker did not confirm the subscription")
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    reference.stop()


if __name__ == "__main__":
    main()
