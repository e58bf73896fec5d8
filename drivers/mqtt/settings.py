"""How to reach the broker. Plain values; reads no file and knows no configuration format."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """One broker and who we are to it.

    ``client_id`` names the session that the broker keeps for us while we are away: it must stay
    the same from run to run and be nobody else's.
    """

    host: str
    port: int
    client_id: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: str = ""  # blank: the system's authorities
    cert_file: str = ""  # ours, when the broker asks for one
    key_file: str = ""
    keepalive: int = 20  # s; a broker that vanished is noticed within twice that
    connect_timeout: float = 10.0  # s, for name, TCP, TLS together, and again for the CONNACK
    retry_first: float = 0.5  # s; doubles with each failure
    retry_most: float = 30.0  # s: alarms wait no longer than that after a broker's return

    def __post_init__(self) -> None:
        if not self.client_id:
            raise ValueError("a persistent session needs a client id")
