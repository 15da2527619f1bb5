"""Where the files that are not code lie: in a wheel inside the package, in a checkout at the project's root."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """Path of "models", "templates/replies", "manifest.json" or "helpdesk.example.toml"."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.exists() else _PACKAGE.parent / name


def models_folder(named: Path | None = None) -> Path:
    """The model's folder: the one named, $HELPDESK_MODELS, or the one that ships."""
    return named or Path(os.environ.get("HELPDESK_MODELS") or resource("models"))
