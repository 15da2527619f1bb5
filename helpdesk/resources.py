"""Where the files that are not code lie: in a wheel inside the package, in a checkout at the project's root."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """Path of "models", "templates/replies", "manifest.json" or "helpdesk.example.toml"."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.exists() else _PACKAGE.parent / name
