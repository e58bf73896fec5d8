"""Door sensors heard by Bluetooth Low Energy: scan, filter, decode. No households here."""
