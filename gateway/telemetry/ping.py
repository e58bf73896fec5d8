"""The dead man's ping: while the gateway works, somebody outside hears from it every minute.

Whoever listens (healthchecks.io, Dead Man's Snitch, Uptime Kuma or one's own) calls out when it
stops; so even a gateway that lost power or its line is noticed, by no word of its own. In a thread
of its own, which nothing waits for: a line that hangs holds up no alert and no end of the gateway.
"""

import logging
import threading
from collections.abc import Callable
from http.client import HTTPException

from prometheus_client import CollectorRegistry, Counter, Gauge

log = logging.getLogger("doorwatch.ping")
EVERY_S = 60.0
PATIENCE_S = 10.0  # a request; the next one is due long after
RESULTS = ("answered", "failed", "withheld")


class Ping:
    """One a gateway. ``works()`` says, from any thread, whether what it is for gets done."""

    def __init__(
        self,
        url: str,
        works: Callable[[], bool],
        registry: CollectorRegistry,
        every_s: float = EVERY_S,
    ) -> None:
        self._url = url
        self._works = works
        self._every_s = every_s
        self._ended = threading.Event()
        self._was_heard: bool | None = None
        self._pings = Counter(
            "doorwatch_pings",
            "Signs of life to the dead man's switch; withheld: the gateway does not work",
            ("result",),
            registry=registry,
        )
        self._last = Gauge(
            "doorwatch_ping_last_success_timestamp_seconds", "0: none yet", registry=registry
        )
        for result in RESULTS:
            self._pings.labels(result)

    def start(self) -> None:
        threading.Thread(target=self._run, name="ping", daemon=True).start()

    def stop(self) -> None:
        """No further one; does not wait for the one under way."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            result = self._one()
            self._pings.labels(result).inc()
            if result == "answered":
                self._last.set_to_current_time()
            self._ended.wait(self._every_s)

    def _one(self) -> str:
        if not self._works():
            log.error("nobody is told that the gateway works: it does not")
            return "withheld"
        from urllib.request import urlopen  # noqa: PLC0415 - only for sites that want it

        try:
            with urlopen(self._url, timeout=PATIENCE_S):  # noqa: S310 - the configuration has looked
                heard, why = True, ""
        except (OSError, ValueError, HTTPException) as error:  # its text has the address, a secret
            heard, why = False, type(error).__name__
        if heard is not self._was_heard:
            self._was_heard = heard
            log.log(logging.INFO if heard else logging.WARNING, "ping answered=%s %s", heard, why)
        return "answered" if heard else "failed"
