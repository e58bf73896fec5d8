"""paho's client as we use it: on a connection that is already open, acknowledging by hand.

paho would open its socket itself, blocking the loop while it waits. ``_create_socket`` is the one
private method we replace; ``test_mqtt_link`` fails should paho stop calling it.
"""

from typing import TYPE_CHECKING

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.wire import Wire

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

# Reason codes into which paho turns those of an MQTT 3.1.1 CONNACK, in words for a person
_REFUSALS = {
    133: "the broker does not accept the client id '{client_id}'",
    134: "wrong user name or password (user {user})",
    135: "wrong user name or password, or not allowed (user {user})",
    136: "the broker is not available",
}


class OpenedClient(mqtt.Client):
    wire: Wire | None = None

    def _create_socket(self) -> "SocketLike":
        if self.wire is None or self.wire.closed:
            raise ConnectionError("no connection was opened")
        return self.wire


def client_of(settings: MqttSettings) -> OpenedClient:
    """Knows who we are; its ``wire`` and its callbacks are still to be set."""
    client = OpenedClient(
        CallbackAPIVersion.VERSION2,
        settings.client_id,
        clean_session=False,
        reconnect_on_failure=False,  # the link does that
        manual_ack=True,
    )
    if settings.username:
        client.username_pw_set(settings.username, settings.password or None)
    client.connect_async(settings.host, settings.port, settings.keepalive)
    return client


def refusal(reason: ReasonCode, settings: MqttSettings) -> str:
    """Why the broker does not let us in."""
    said = _REFUSALS.get(reason.value, f"the broker refused us: {reason}")
    user = f"'{settings.username}'" if settings.username else "none given"
    return said.format(user=user, client_id=settings.client_id)
