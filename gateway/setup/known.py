"""What is known while the questions are asked: the machine, config.toml as it is, the answers."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from gateway import secrets
from gateway.config import TABLES
from gateway.setup.machine import Machine
from gateway.setup.twilio import Answer, ask

# The gateway of the package's config.toml: nobody has said that yet, so the machine proposes.
SHIPPED = {"id": "gw-01", "country": "CN", "timezone": "Asia/Shanghai", "language": "zh"}
NONE = "-"  # typed where Enter would mean the default


class Known:
    """``present``: the tables of config.toml as they are written. ``users``: who may log in."""

    def __init__(
        self,
        folder: Path,
        present: dict[str, Any],
        machine: Machine,
        users: Collection[str] = (),
        say: Callable[..., None] = lambda key, **values: None,
    ) -> None:
        self.folder = folder
        self.present = present
        self.machine = machine
        self.users = users
        self.say = say
        self.answers: dict[str, str] = {}
        self.ask_twilio: Callable[[Any], Answer] = ask

    def __getitem__(self, name: str) -> str:
        """An answer; blank when it was not asked for."""
        return self.answers.get(name, "")

    @property
    def is_shipped(self) -> bool:
        return bool(self.present.get("gateway") == SHIPPED)

    def now(self, table: str, key: str) -> Any:
        """The present value; None when it is not written or only as shipped."""
        values = self.present.get(table, {})
        if table == "gateway" and self.is_shipped:
            return None
        return values.get(key) if isinstance(values, dict) else None

    def text(self, table: str, key: str) -> str:
        """The present value as somebody would type it."""
        value = self.now(table, key)
        return value if isinstance(value, str) else ""

    def default(self, table: str, key: str) -> Any:
        """What holds when nobody says anything."""
        return getattr(TABLES[table](), key)

    # -- secrets: blank: as it is; "-": none; "@FILE"; else the secret itself

    def has_secret(self, table: str, key: str, file_key: str) -> bool:
        """Whether there is one already: a file, or a credential of the service's."""
        file = self.text(table, file_key)
        return secrets.is_given(table, key, self.folder / file if file else None)

    def secret(self, answer: str, table: str, key: str, file_key: str) -> str | None:
        """What an answer stands for; None: there is none, or only the service may read it.

        Raises OSError.
        """
        if answer and not answer.startswith("@"):
            return None if answer == NONE else answer
        file = answer[1:] or self.text(table, file_key)
        found = secrets.find(table, key, self.folder / file if file else None)
        return found.get_secret_value() if found else None
