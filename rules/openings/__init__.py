"""What doors do: ``doors`` makes openings of it, ``unseen`` those of which we hear when they are
over; ``uncovered`` is what follows if nothing covers one; ``flapping`` tells a sick sensor from
somebody who comes and goes."""
