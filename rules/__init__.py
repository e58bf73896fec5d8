"""The policy of doorwatch, pure: no input or output, no clock, no logging.

To read it whole, in this order:

1. The words: ``model`` (what is said to a home), ``said`` (what it answers), ``policy`` (what holds
   for it), ``home`` (what is remembered of it); ``moment`` and ``local`` are how time is counted.
2. ``step``: all that may be said to a home, and what time alone does.
3. A door's way: ``openings/doors``, then ``judge`` with ``windows/``, then the rest of
   ``openings/``.
4. What becomes of it: ``incidents/door``, whose table says what follows; ``chain``: who is alerted,
   when. ``incidents/other`` is the same for what is no opening of a door.
5. ``household/``: what raises those of a home, a clock that was wrong, another ledger.
6. What many homes have in common: ``grid/``, ``grid_step``, and ``grid/``'s silence, mass, digest.

``python -m rules.diagram`` draws the two tables.
"""
