"""Where the documents lie that a message points to: in the repository, or where the package puts
them (deploy/package/nfpm.yaml).
"""

from pathlib import Path
from typing import Final

PACKAGED: Final = Path("/usr/share/doc/doorwatch")
_REPOSITORY: Final = Path(__file__).resolve().parents[1]


def document(name: str, repository: Path = _REPOSITORY) -> str:
    """Its path on this machine; ``name``: as the repository has it, docs/..."""
    ours = repository / name
    return str(ours if ours.exists() else PACKAGED / name)
