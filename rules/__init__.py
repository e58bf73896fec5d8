"""The policy of doorwatch, pure: no input or output, no clock, no logging.

``step(home, input, now)`` is the whole of it; see ``rules.step``.
"""
