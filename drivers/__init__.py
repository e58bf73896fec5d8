"""The outside world's formats, each decoded into one ``Reading``. Knows sensors, not households."""
