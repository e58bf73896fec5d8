"""Stand-ins for the senders of each MQTT dialect. They know nothing of our decoders."""
