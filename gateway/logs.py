"""The log: one line a thing, ``level=warning logger=doorwatch.intake msg="…"``, on stderr.

Under systemd each line begins with its syslog priority (``<4>``; sd-daemon(3)). Nobody logs a phone
or an address; should one come in with an error's text, it is masked here, as the last defence.
"""

import logging
import os
import re
import sys
import traceback
from types import TracebackType

FRAMES = 6  # of a traceback, the innermost: enough to find the line, and one line of log
_PRIORITY = {
    logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2,
}  # fmt: skip
_PLAIN = re.compile(r'[^\s"=]+')
_MASKS = (
    # E.164, and a mainland mobile number as people write it. Moments in ms have 13 digits.
    (re.compile(r"\+\d[\d -]{5,16}\d\b"), "+···"),
    (re.compile(r"(?<![\d.])1[3-9]\d{9}(?!\d)"), "1··"),
    # Homes: 3栋2单元501, 12号楼1203室; 3-2-501 (a date begins with four digits).
    (re.compile(r"\d+\s*[栋幢座号]\s*楼?\s*(?:\d+\s*单元)?\s*\d{1,5}\s*室?"), "···"),
    (re.compile(r"(?<![\d-])\d{1,3}-\d{1,2}-\d{3,4}(?![\d-])"), "···"),
    (re.compile(r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b"), "··:··"),
)


def masked(text: str) -> str:
    """Without phones, addresses of homes, and addresses of radio devices."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


class KeyValue(logging.Formatter):
    """``with_priority``: whoever reads it understands ``<3>``."""

    def __init__(self, *, with_priority: bool) -> None:
        super().__init__()
        self._with_priority = with_priority

    def format(self, record: logging.LogRecord) -> str:
        pairs = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            pairs["error"] = _last_line(record.exc_info[1])
            pairs["at"] = _frames(record.exc_info[2])
        line = " ".join(f"{key}={_value(value)}" for key, value in pairs.items())
        return f"<{_PRIORITY.get(record.levelno, 6)}>{line}" if self._with_priority else line


def install(level: int = logging.INFO) -> None:
    """The root logger writes to stderr like this, and nothing else does."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValue(with_priority=_to_journal()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def _to_journal() -> bool:
    """Whether stderr is the journal's stream; a child may have been given another (systemd.exec(5),
    ``JOURNAL_STREAM``)."""
    try:
        stream = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


def _value(text: str) -> str:
    text = masked(text)
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'


def _last_line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()


def _frames(trace: TracebackType | None) -> str:
    """The innermost frames, outermost first: ``core.py:151:turn``."""
    return " ".join(
        f"{os.path.basename(frame.filename)}:{frame.lineno}:{frame.name}"  # noqa: PTH119
        for frame in traceback.extract_tb(trace)[-FRAMES:]
    )
