"""Somebody at a keyboard, as ``doorwatch setup`` asks them."""

from typing import TYPE_CHECKING

import typer

from gateway.setup.words import say

if TYPE_CHECKING:
    from gateway.setup.known import Known
    from gateway.setup.place import Ready
    from gateway.setup.plan import Plan
    from gateway.setup.questions import Question


class Terminal:
    """Somebody at a keyboard; ``quiet``: nobody."""

    def __init__(self, known: "Known", *, quiet: bool) -> None:
        self._known = known
        self._quiet = quiet

    @property
    def _language(self) -> str:
        return self._known["language"] or self._known.machine.language

    def say(self, key: str, **values: object) -> None:
        if not self._quiet:
            typer.echo(say(self._language, key, **values))

    def refuse(self, why: str) -> None:
        self.say("wrong", why=why)

    def ask(self, question: "Question", default: str) -> str:
        asked = say(self._language, question.name)
        if question.secret is None:
            typed: str = typer.prompt(asked, default=default, show_default=bool(default))
            return typed.strip()
        there = question.secret(self._known)
        asked += say(self._language, "keeps" if there else "secret")
        while True:
            typed = _hidden(asked)
            if not question.twice or not typed or typed.startswith("@"):
                return typed
            if _hidden(say(self._language, "again")) == typed:
                return typed
            self.refuse(say(self._language, "differs"))

    def confirm(self, ready: "Ready", planned: "Plan") -> None:
        """Shows what config.toml will be. Raises ``typer.Abort``."""
        from gateway.setup import document  # noqa: PLC0415

        typer.echo(f"\n{document.text(planned.tables)}")
        if names := ready.replaced():
            self.say("replaces", names=", ".join(names))
        typer.confirm(say(self._language, "write"), default=True, abort=True)


def _hidden(asked: str) -> str:
    typed: str = typer.prompt(asked, default="", show_default=False, hide_input=True)
    return typed.strip()
