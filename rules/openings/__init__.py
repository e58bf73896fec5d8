"""What doors do: ``doors`` makes openings of it, ``unseen`` those of which we hear afterwards;
``uncovered`` is what follows if nothing covers one, ``flapping`` knows a sick sensor."""
