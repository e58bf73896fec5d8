"""The rest of a household: timers, people's answers, what sensors say of themselves, meals that
nobody took in, a clock that was wrong, another ledger."""
