"""Door sensors heard through an MQTT broker: connect, subscribe, decode. No households here."""
