"""``doorwatch setup``: from what a machine and a person know to a gateway that can start.

``machine`` proposes, ``questions`` are what is asked and what an answer may be, ``interview`` asks
them or takes what was given, ``document`` makes config.toml of the answers, ``place`` writes
everything at once, last. Knows no terminal: ``gateway.cli.setup`` is one.
"""
