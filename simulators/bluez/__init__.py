"""A stand-in of org.bluez on a private D-Bus, and the sensors that are heard through it."""
