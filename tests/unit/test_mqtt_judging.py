"""What the broker kept for us comes once a connection: a later subscription brings no queue."""

from drivers.mqtt.judging import Judging


def test_only_the_first_answer_of_a_connection_may_be_followed_by_a_queue() -> None:
    now = 0.0
    judging = Judging(lambda delivery: None, lambda: now, 5.0, lambda protocol, address: None)
    judging.hears(["json"])
    judging.connected(1_000)
    assert judging.queued_since == 1_000
    judging.subscribed()
    now = 4.9
    assert judging.queued_since == 1_000
    now = 60.0
    judging.hears(["json", "tasmota"])  # somebody discovers
    judging.subscribed()
    assert judging.queued_since is None
    judging.connected(2_000)
    judging.subscribed()
    now = 64.0
    assert judging.queued_since == 2_000
