"""The files of the page, the same for both engines."""

from __future__ import annotations

from importlib import resources

TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "json": "application/json", "svg": "image/svg+xml"}
SHARED = ("index.html", "app.js", "style.css", "manifest.json", "icon.svg")


def page_files() -> dict[str, tuple[str, bytes]]:
    """name: (media type, content) of what every page needs beside its engine."""
    style = resources.files("symderiv") / "render" / "assets" / "math.css"
    return {**{name: (TYPES[name.rpartition(".")[2]], asset(name)) for name in SHARED},
            "math.css": (TYPES["css"], style.read_bytes())}


def asset(name: str) -> bytes:
    """One file of the page."""
    return (resources.files(__package__) / "page" / name).read_bytes()
