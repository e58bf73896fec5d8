"""The heartbeat: a reading that nobody's door gave goes all the way, and systemd hears of it.

Owns which stages there are, and that the watchdog is fed by progress through every one of them,
never by a timer: intake, rules (``door``), the core's commit and the store, the dispatcher. What is
outside (broker, radio, provider, internet) is no stage: a restart mends none of it. Neither is a
disk that answers with a refusal; one that does not answer is.

A beat costs the card nothing: its reading has no journal row, and its transaction takes the
writer's place and the file's lock and changes nothing (0 bytes: tests/deploy/test_unit_heartbeat).
"""
