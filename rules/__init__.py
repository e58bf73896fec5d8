"""The policy of doorwatch, pure: no input or output, no clock, no logging.

To read it whole, in this order: ``model`` and ``said`` (the words), ``policy`` (what holds for a
household), ``home`` (what is remembered of it), ``step`` (all that may be said to it). Then a
door's way: ``openings``, ``judge``, ``windows``, ``breaches`` and ``incidents``, whose table says
what follows. Then the rest: ``matters`` (incidents of no door, with their table), ``flapping``,
``sensing``, ``welfare``, ``doubt`` (a clock that is wrong); and ``grid`` with ``grid_step``,
``silence`` and ``mass`` for what many homes have in common. ``chain`` says who is told when.
"""
