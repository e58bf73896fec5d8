"""The dead man's ping: it comes while the gateway works, and holds nothing up."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from gateway.config import load
from gateway.errors import Mistakes
from gateway.telemetry.ping import RESULTS, Ping
from tests.support.listener import DEADLINE_S, Listener

OFTEN_S = 0.01


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as found:
        yield found


def counted(registry: CollectorRegistry) -> dict[str, float]:
    """What has been counted, without what is 0."""
    found = {
        result: registry.get_sample_value("doorwatch_pings_total", {"result": result})
        for result in RESULTS
    }
    assert None not in found.values()  # each is there from the start
    return {result: count for result, count in found.items() if count}


def until_counted(registry: CollectorRegistry, result: str) -> None:
    """Waits for the thread; it tells of nothing but its counters."""
    ticking = threading.Event()
    for _ in range(int(DEADLINE_S / OFTEN_S)):
        if result in counted(registry):
            return
        ticking.wait(OFTEN_S)
    raise AssertionError(counted(registry))


def test_it_comes_again_and_again_while_the_gateway_works(listener: Listener) -> None:
    registry = CollectorRegistry()
    ping = Ping(listener.url, lambda: True, registry, every_s=OFTEN_S)
    last = "doorwatch_ping_last_success_timestamp_seconds"
    assert registry.get_sample_value(last) == 0
    ping.start()
    listener.wait(times=3)
    ping.stop()
    until_counted(registry, "answered")
    assert {*listener.heard} == {"GET /our-uuid"}
    assert (registry.get_sample_value(last) or 0) > 0
    assert counted(registry).keys() == {"answered"}


def test_it_stays_away_as_long_as_the_gateway_does_not_work(listener: Listener) -> None:
    works, registry = threading.Event(), CollectorRegistry()
    ping = Ping(listener.url, works.is_set, registry, every_s=OFTEN_S)
    ping.start()
    until_counted(registry, "withheld")
    assert listener.heard == []
    works.set()
    listener.wait()
    ping.stop()


def test_errors_are_counted_and_it_goes_on(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    registry = CollectorRegistry()
    listener.answers = 500
    ping = Ping(listener.url, lambda: True, registry, every_s=OFTEN_S)
    ping.start()
    until_counted(registry, "failed")
    listener.answers = 200
    until_counted(registry, "answered")
    ping.stop()
    assert "our-uuid" not in caplog.text  # whoever has the address can pretend to be us


def test_nobody_there_is_an_error_like_any_other() -> None:
    registry = CollectorRegistry()
    ping = Ping("http://127.0.0.1:9/nobody", lambda: True, registry, every_s=OFTEN_S)
    ping.start()
    until_counted(registry, "failed")
    ping.stop()


def test_one_that_hangs_holds_up_neither_the_start_nor_the_end(listener: Listener) -> None:
    registry, others = CollectorRegistry(), {*threading.enumerate()}
    listener.answers = None
    ping = Ping(listener.url, lambda: True, registry)
    ping.start()  # returns at once: were it not in a thread of its own, this would wait
    listener.wait()
    ping.stop()
    assert counted(registry) == {}
    (thread,) = (t for t in threading.enumerate() if t.name == "ping" and t not in others)
    assert thread.daemon  # the process ends without it
    listener.go.set()
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_the_configuration_names_its_address_or_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("")
    assert load(file).metrics.ping_url is None
    file.write_text('[metrics]\nping_url = "https://hc-ping.com/our-uuid?create=1"')
    assert load(file).metrics.ping_url == "https://hc-ping.com/our-uuid?create=1"
    file.write_text('[metrics]\nping_url = "hc-ping.com/our-uuid"')
    with pytest.raises(Mistakes, match=r"config.toml: metrics.ping_url.*https://"):
        load(file)
