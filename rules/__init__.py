"""The policy of doorwatch, pure: no input or output, no clock, no logging.

In ten minutes: ``model``, ``policy``, ``judge``, the tables at the end of ``incidents/door`` and of
``incidents/other``, and ``CHAINS`` in ``policy``. All of it, in this order:

1. The words: ``model`` (what is said to a home), ``said`` (what it answers), ``policy`` (what holds
   for it), ``home`` (what is remembered of it); ``moment`` and ``local`` count time.
2. ``step``: all that may be said to a home, and what time alone does.
3. A door's way: ``openings/doors``, ``judge`` with ``windows/``, the rest of ``openings/``.
4. What becomes of it: ``incidents/door``, from its table at the end; ``chain``: who is alerted,
   when. ``incidents/other`` is the same for what is no opening of a door.
5. ``household/``: what raises those of a home, a clock that was wrong, another ledger.
6. Many homes: ``grid/``, ``grid_step``, and ``grid/``'s silence, mass, digest.

``diagram`` only draws the two tables.
"""
