"""Why a backup or a restore did not happen."""

from enum import StrEnum


class Reason(StrEnum):
    """Also what ``last`` keeps of a failure."""

    KEY = "key"  # there is none, or it is another than the backup's
    DAMAGED = "damaged"  # cut off, changed, or no backup at all
    STORE = "store"  # the database fails its own check
    DISK = "disk"  # a folder cannot be written, or is full
    COMMAND = "command"  # the command that takes it away failed
    BUSY = "busy"  # a gateway or another backup is at work
    THERE = "there"  # something would be overwritten


class BackupError(Exception):
    """The text says what is wrong and how to mend it."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason

    @property
    def retryable(self) -> bool:
        """Whether the same may go well later, without anybody's doing."""
        return self.reason in (Reason.DISK, Reason.COMMAND, Reason.BUSY)
