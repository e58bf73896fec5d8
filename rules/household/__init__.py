"""The rest of a household: what sensors say of themselves, meals that nobody took in, a clock that
was wrong, another ledger."""
