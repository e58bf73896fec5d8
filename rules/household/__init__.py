"""The rest of a household (``home.Rest``): what its sensors say of themselves, meals that nobody
took in, a clock that was wrong, another ledger."""
