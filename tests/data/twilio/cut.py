"""Cuts what doorwatch uses of Twilio's published OpenAPI document: Messages and Calls, created,
fetched and listed.

    python tests/data/twilio/cut.py twilio_api_v2010.json > tests/data/twilio/published.json

The document: https://github.com/twilio/twilio-oai, spec/json/twilio_api_v2010.json (MIT licence,
beside this file), as of 14 April 2026. Words for people are left out, for they are most of it;
nothing else is changed.
"""

import json
import sys
from pathlib import Path
from typing import Any

BASE = "/2010-04-01/Accounts/{AccountSid}/"
USED = {
    f"{BASE}{kind}{rest}": methods
    for kind in ("Messages", "Calls")
    for rest, methods in ((".json", ("post", "get")), ("/{Sid}.json", ("get",)))
}
FOR_PEOPLE = ("description", "summary", "examples", "example", "tags", "x-twilio", "x-maturity")
KEPT = ("servers", "parameters")


def bare(node: Any, *, named: bool = False) -> Any:
    """Without words for people. ``named``: its keys are names of fields, not of the format."""
    if isinstance(node, list):
        return [bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: bare(value, named=key == "properties" and not named)
        for key, value in node.items()
        if named or key not in FOR_PEOPLE
    }


def referred(node: Any) -> set[str]:
    """The schemas that it names."""
    if isinstance(node, list):
        return set().union(*map(referred, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"].rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(referred, node.values()))


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """The part that is used, as a document of its own."""
    paths = {
        path: {m: whole["paths"][path][m] for m in methods}
        | {key: whole["paths"][path][key] for key in KEPT if key in whole["paths"][path]}
        for path, methods in USED.items()
    }
    schemas: dict[str, Any] = {}
    wanted = referred(paths)
    while new := wanted - schemas.keys():
        schemas |= {name: whole["components"]["schemas"][name] for name in new}
        wanted |= referred([schemas[name] for name in new])
    found = {
        "openapi": whole["openapi"],
        "info": {"title": whole["info"]["title"], "version": whole["info"]["version"]},
        "paths": bare(paths),
        "components": {"schemas": bare(dict(sorted(schemas.items())))},
    }
    security = whole["components"].get("securitySchemes")
    if security:
        found["components"]["securitySchemes"] = security
    return found


if __name__ == "__main__":
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    json.dump(cut(document), sys.stdout, indent=1)
    sys.stdout.write("\n")
