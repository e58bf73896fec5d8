"""What permits an opening: ``calendar`` (the windows of a day), ``cover`` (which of them, or which
pass, covers a moment, and until when), ``passes`` (how a household comes by one)."""
