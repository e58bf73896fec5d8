"""One message from the broker, which stays the broker's until it is acknowledged."""

from drivers.mqtt.wire import Wire


class Message:
    """``ack()`` once what it says is durable."""

    __slots__ = (
        "_wire",
        "connection",
        "dup",
        "mid",
        "payload",
        "received_at",
        "retained",
        "topic",
    )

    def __init__(  # by position: it is made for every message
        self,
        topic: str,
        payload: bytes,
        retained: bool,
        dup: bool,
        mid: int,
        connection: int,
        received_at: int,
        wire: Wire,
    ) -> None:
        self.topic = topic
        self.payload = payload
        self.retained = retained
        self.dup = dup  # the broker's flag: a hint, proves nothing
        self.mid = mid  # packet identifier; 0: QoS 0, nothing to acknowledge
        self.connection = connection
        self.received_at = received_at  # ms since the epoch (UTC)
        self._wire: Wire | None = wire

    def ack(self) -> None:
        """Tells the broker that it may forget it: once, and only on the connection on which it
        came. On a later one the broker may have given its identifier to another message; then
        this one comes again."""
        wire, self._wire = self._wire, None
        if wire is not None and self.mid:
            wire.acknowledge(self.mid)
