"""TOML files that people write: reading them, and saying what is wrong with their keys.

Knows neither the configuration nor the rules, only how a mistake in either is said.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.errors import Mistake, Mistakes

# What pydantic calls it -> what is wrong, how to mend it; filled from its context.
_SAID = {
    "string_type": ("is not text", "put it in double quotes"),
    "path_type": ("is not text", "put it in double quotes"),
    "is_instance_of": ("is not text", "put it in double quotes"),
    "bool_type": ("is neither true nor false", "write true or false, without quotes"),
    "int_type": ("is not a whole number", "write digits, without quotes"),
    "tuple_type": ("is not a list", 'write it in brackets, as ["a", "b"]'),
    "model_type": ("is not a table", "put its keys under a heading in brackets"),
    "string_too_short": ("is blank", "fill it in"),
    "literal_error": ("is not known", "use one of {expected}"),
    "greater_than_equal": ("is too small", "give at least {ge}"),
    "less_than_equal": ("is too large", "give at most {le}"),
}
_FULL_WIDTH = frozenset("“”‘’，＝［］｛｝【】、。．：＂＃")  # as a Chinese keyboard writes them


def read(path: Path) -> dict[str, Any]:
    """A TOML file. Raises ``Mistakes`` when it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return parse(text, path.name)
    except OSError as error:
        mistake = Mistake(
            path.name, f"{path} cannot be read: {error.strerror}", "give a file that can"
        )
    except UnicodeDecodeError:
        mistake = Mistake(path.name, "is not UTF-8", "save it as UTF-8")
    raise Mistakes([mistake])


def parse(text: str, name: str) -> dict[str, Any]:
    """The text of a file called ``name``. Raises ``Mistakes`` when it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, remedy = str(error), "mend that line"
    if found := re.search(r"\bline\s(\d+)", said):
        line = text.split("\n")[int(found[1]) - 1]
        bare = re.sub(r"""\"[^"]*"|'[^']*'|#.*""", "", line)
        if not _FULL_WIDTH.isdisjoint(bare):
            remedy = 'write the marks of that line in half width, as " , = [ ]'
        elif not bare.isascii():
            remedy = "put the names in that line in double quotes"
    raise Mistakes([Mistake(name, f"is no TOML: {said}", remedy)])


def unknown(
    place: str, key: str, known: Iterable[str], tables: Mapping[str, Iterable[str]]
) -> Mistake:
    """A key that nobody knows: where it belongs, or the nearest that is known."""
    homes = [table for table, keys in tables.items() if key in keys]
    names = sorted(known)
    near = difflib.get_close_matches(key, names, 1)
    if len(homes) == 1:
        remedy = f"it belongs under [{homes[0]}]"
    elif near:
        remedy = f"did you mean {near[0]}?"
    else:
        remedy = f"take it out; known here: {', '.join(names)}"
    return Mistake(place, "is not known", remedy)


def said(
    place: str, error: ValidationError, known: Iterable[str], tables: Mapping[str, Iterable[str]]
) -> list[Mistake]:
    """What pydantic found, in our words. ``place``: "file: table"."""
    return [_said(place, detail, known, tables) for detail in error.errors()]


def _said(
    place: str,
    detail: ErrorDetails,
    known: Iterable[str],
    tables: Mapping[str, Iterable[str]],
) -> Mistake:
    where = place + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]
    )
    context = detail.get("ctx", {})
    if detail["type"] == "extra_forbidden":
        return unknown(where, str(detail["loc"][-1]), known, tables)
    if detail["type"] == "mistake":
        return Mistake(where, context["what"], context["remedy"])
    if detail["input"] is None:  # a blank text where something must be: see config_values
        return Mistake(where, "is blank", "fill it in")
    what, remedy = _SAID.get(detail["type"], (detail["msg"], "see the example configuration"))
    shown = f"{detail['input']!r} " if detail["type"] == "literal_error" else ""
    return Mistake(where, shown + what, remedy.format(**context).replace("'", ""))
