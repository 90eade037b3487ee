"""The page as a static site: ``symderiv page``.  Python runs in the browser, and no server is asked anything.

What others made, Python for the browser and three wheels, comes through npm and pip by name, or from a folder, is compared
with the digests below and kept in the cache.  symderiv itself is packed as it is installed.

Starting Python and SymPy takes a browser some twenty seconds of work.  So node does it once, while the site is written, and
the memory of that engine is part of the site: a browser takes it up and answers at once.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import OutputError, ToolMissing
from ..render.files import make_folder, require_writable, write_together
from ..suite.cache import folder
from .assets import asset, page_files

PYODIDE = "pyodide@314.0.7"
WHEELS = ("sympy==1.14.0", "mpmath==1.3.0", "latex2mathml==3.81.1")
# name of a file: its SHA-256.
INTERPRETER = {
    "pyodide.mjs": "6f1d60f7bf529beb300f0f47983c921d3982363640ba20af0e38efdddbc66109",
    "pyodide.asm.mjs": "f7cdc8ece80678ceb712f8e65ebe6d3a83203a180c399865f49612a051693635",
    "pyodide.asm.wasm": "cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6",
    "python_stdlib.zip": "fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a",
    "pyodide-lock.json": "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010",
}
LIBRARIES = {
    "mpmath-1.3.0-py3-none-any.whl": "a0b2b9fe80bbcd81a6647ff13108738cfb482d481d826cc0e02f5b35e5c88d2c",
    "sympy-1.14.0-py3-none-any.whl": "e091cc3e99d2141a0ba2847328f5479b05d94a6635cb96148ccb3f34671bd8f5",
    "latex2mathml-3.81.1-py3-none-any.whl": "c337668441b71c819b6733905a8058ba9a9d767bae11a0c5fdacb3aff31361bd",
}
PINNED = {**INTERPRETER, **LIBRARIES}
# The page of a static site has its policy within: whoever serves it may send no headers.
POLICY = b"""<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; connect-src 'self';
 style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self'; manifest-src 'self'; base-uri 'none';
 form-action 'none'">"""
MINUTES = 5


def write_site(target: str | Path, source: str | None, say: Callable[[str], None]) -> Path:
    """Write the site to a folder; its page.  ``source`` is a folder with what would else be fetched.

    Raises ToolMissing where something can neither be found nor fetched, OutputError where it is not what it should be or
    cannot be written.
    """
    require_writable(target)
    found = _pinned(Path(source) if source else None, say)
    wheels = {f"symderiv-{__version__}-py3-none-any.whl": own_wheel(), **{name: found[name] for name in LIBRARIES}}
    numpy = _numpy_of(Path(source)) if source else {}
    interpreter = {name: found[name] for name in INTERPRETER}
    files = {name: data for name, (_, data) in page_files().items()}
    head = b'<meta charset="utf-8">'
    files["index.html"] = files["index.html"].replace(head, head + b"\n" + POLICY)
    files |= {"engine.js": asset("engine-worker.js"), **{name: asset(name) for name in ("worker.js", "python.mjs")}}
    parts = {"pyodide": interpreter, "wheels": {**numpy, **wheels}}
    # What is compiled for the machine, as NumPy is, cannot be taken up again.
    memory = None if numpy else _memory(parts, say)
    if memory is not None:
        parts["memory"] = {"engine.bin": memory[0]}
    everything = {**files, **{f"{place}/{name}": data for place, part in parts.items() for name, data in part.items()}}
    version = hashlib.sha256(b"".join(hashlib.sha256(data).digest() for data in everything.values())).hexdigest()[:16]
    listing: dict[str, Any] = {"version": version, "pyodide": "pyodide/",
                               "wheels": [_entry("wheels", *each) for each in parts["wheels"].items()]}
    if memory is not None:
        listing["memory"] = {**_entry("memory", "engine.bin", memory[0]), "length": memory[1]}
    files["site.json"] = json.dumps(listing, indent=1).encode()
    listed = json.dumps(sorted([*everything, "site.json"]))
    offline = asset("offline.js").replace(b"VERSION", version.encode())
    files["offline.js"] = offline.replace(b"[/* files */]", listed.encode())
    written = make_folder(target)
    for name, part in parts.items():
        write_together(written / name, part)
    write_together(written, files)
    return written / "index.html"


def own_wheel() -> bytes:
    """symderiv as it is installed, as a wheel: the same bytes for the same files."""
    root, packed = Path(__file__).parent.parent, io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if path.is_file() and path.suffix not in (".pyc", ".so") and inside.parts[:2] != ("web", "page"):
                wheel.writestr(zipfile.ZipInfo(f"symderiv/{inside.as_posix()}"), path.read_bytes(), zipfile.ZIP_DEFLATED)
        wheel.writestr(zipfile.ZipInfo(f"symderiv-{__version__}.dist-info/METADATA"),
                       f"Metadata-Version: 2.1\nName: symderiv\nVersion: {__version__}\n")
    return packed.getvalue()


def _entry(place: str, name: str, data: bytes) -> dict[str, Any]:
    """A file of the site as the page asks for it."""
    digest = b64encode(hashlib.sha256(data).digest()).decode()
    return {"file": f"{place}/{name}", "size": len(data), "integrity": f"sha256-{digest}"}


def _memory(parts: dict[str, dict[str, bytes]], say: Callable[[str], None]) -> tuple[bytes, int] | None:
    """The memory of an engine that has answered, packed, and its length; None, with the reason said, where there is none."""
    with tempfile.TemporaryDirectory() as place:
        for name, part in {**parts, "": {name: asset(name) for name in ("python.mjs", "memory.mjs")}}.items():
            write_together(make_folder(Path(place) / name), part)
        say("starting the engine once, so that browsers need not (half a minute)")
        packed = Path(place) / "engine.bin"
        try:
            ran = _run("node", ["node", str(Path(place) / "memory.mjs"), place, str(packed)], hint="")
            return packed.read_bytes(), int(ran.split()[-1])
        except (ToolMissing, OSError, ValueError, IndexError) as error:
            say(f"without that the page starts in half a minute, not in seconds: {error}")
            return None


def _numpy_of(source: Path) -> dict[str, bytes]:
    """The wheels of NumPy for this Python, where the folder has them."""
    tag = "*-cp314-*wasm32.whl"
    return {path.name: path.read_bytes() for path in sorted(source.glob(f"numpy-{tag}"))[-1:]}


# ------------------------------------------------------------------ what others made

def _pinned(source: Path | None, say: Callable[[str], None]) -> dict[str, bytes]:
    """Every pinned file: from the folder given, from the cache, or fetched and kept.  Raises ToolMissing, OutputError."""
    kept = folder()
    given = [] if source is None else [source, source / "pyodide", source / "wheels"]
    places = [*given, *([] if kept is None else [kept / "page"])]
    found: dict[str, bytes] = {}
    for name, digest in PINNED.items():
        for place in given if given and name in INTERPRETER else places:
            if name not in found and (place / name).is_file():
                found[name] = _checked(name, (place / name).read_bytes(), digest, str(place))
    if source is not None and (missing := sorted(set(INTERPRETER) - set(found))):
        raise ToolMissing(f"{source} has no {', '.join(missing)}",
                          hint=f"it is to hold what the npm package {PYODIDE} holds")
    for fetch, names in ((_from_npm, INTERPRETER), (_from_pip, LIBRARIES)):
        if not set(names) <= set(found):
            say(f"fetching {', '.join(sorted(set(names) - set(found)))}")
            found |= {name: _checked(name, data, PINNED[name], "what was fetched") for name, data in fetch()}
            if kept is not None:
                write_together(kept / "page", {name: found[name] for name in names})
    return found


def _checked(name: str, data: bytes, digest: str, origin: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != digest:
        raise OutputError(f"{name} in {origin} is not the file that this version of symderiv was tested with",
                          hint=f"its SHA-256 is to be {digest}; delete it, and it is fetched again")
    return data


def _from_npm() -> Iterator[tuple[str, bytes]]:
    """The files of the interpreter out of the npm package."""
    with tempfile.TemporaryDirectory() as place:
        _run("npm", ["npm", "pack", PYODIDE, "--silent", "--pack-destination", place],
             hint="install npm (on Debian: apt-get install npm), or give --pyodide DIR")
        for packed in Path(place).glob("*.tgz"):
            with tarfile.open(packed) as archive:
                for name in INTERPRETER:
                    data = archive.extractfile(f"package/{name}")
                    if data is not None:
                        yield name, data.read()


def _from_pip() -> Iterator[tuple[str, bytes]]:
    """The wheels, by name and version."""
    with tempfile.TemporaryDirectory() as place:
        _run("pip", [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", place,
                     "--python-version", "3.14", *WHEELS],
             hint=f"put {', '.join(LIBRARIES)} into a folder and give --pyodide DIR")
        for name in LIBRARIES:
            if (Path(place) / name).is_file():
                yield name, (Path(place) / name).read_bytes()


def _run(what: str, command: list[str], hint: str) -> str:
    """Run a program that makes a part of the page; what it prints.  Raises ToolMissing."""
    program = shutil.which(command[0])
    try:
        ran = None if program is None else subprocess.run([program, *command[1:]], capture_output=True, text=True,
                                                          timeout=60 * MINUTES, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolMissing(f"{what} could not make its part of the page: {error}", hint=hint) from None
    if ran is None:
        raise ToolMissing(f"{what} is needed once, for the parts of the page, and is not installed", hint=hint)
    if ran.returncode:
        said = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ToolMissing(f"{what} could not make its part of the page: {said}", hint=hint)
    return ran.stdout
