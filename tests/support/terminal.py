"""``doorwatch`` at a terminal of its own, and somebody who types what a test says."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

from gateway.setup import questions, words

PATIENCE_S = 20.0  # a start takes a second here


class Terminal:
    """A program at a terminal of its own, and somebody who types."""

    def __init__(self, *given: str, language: str = "en_GB.UTF-8") -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", sys.executable, "-m", "gateway.cli", *given],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "LANG": language, "LC_ALL": "", "LC_MESSAGES": ""},
        )
        os.close(theirs)
        self.seen = ""
        self._read_to = 0

    def until(self, text: str) -> str:
        """Waits for ``text`` after what was waited for before; gives what came until then."""
        end = time.monotonic() + PATIENCE_S
        while (at := self.seen.find(text, self._read_to)) < 0:
            assert time.monotonic() < end and self._more(), f"no {text!r} in\n{self.seen}"
        before, self._read_to = self.seen[self._read_to : at], at + len(text)
        return before

    def answers(self, *pairs: tuple[str, str]) -> None:
        """Waits for each question, by its name, and types the answer."""
        for name, answer in pairs:
            self.until_asked(name)
            self.types(answer)

    def until_asked(self, name: str) -> None:
        self.until(words.say("en", name))
        self.until("): " if name in questions.SECRETS else ": ")

    def types(self, line: str) -> None:
        os.write(self._ours, f"{line}\n".encode())

    def breaks_off(self) -> None:
        os.write(self._ours, b"\x03")

    def hangs_up(self) -> None:
        self._process.send_signal(signal.SIGHUP)

    def ends(self) -> int:
        while self._more():
            pass
        os.close(self._ours)
        return self._process.wait(PATIENCE_S)

    def _more(self) -> bool:
        if not select.select([self._ours], [], [], PATIENCE_S)[0]:
            return False
        try:
            came = os.read(self._ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.seen += came.decode(errors="replace").replace("\r\n", "\n")
        return bool(came)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(PATIENCE_S)
