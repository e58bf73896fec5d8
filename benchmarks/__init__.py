"""What ``make bench`` runs: the whole gateway beside a bare reference, measured from outside."""
