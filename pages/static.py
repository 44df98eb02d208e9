"""Style, script and pictures: our own, at addresses that change with their content, so that browsers may cache them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound

_FOLDER: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"

router = APIRouter()


@cache
def _files() -> dict[str, bytes]:
    """All files, by name: nothing else on the disk can be requested."""
    return {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _MEDIA_TYPES}


@cache
def asset(name: str) -> str:
    """The address of the current version of a file. Raises `KeyError` for an unknown one."""
    return f"/static/{hashlib.sha256(_files()[name]).hexdigest()[:12]}/{name}"


@router.get("/static/{version}/{name}")
async def static_file(version: str, name: str) -> Response:
    content = _files().get(name)
    if content is None:
        raise NotFound("not_found", "There is nothing here.")
    # An old page may ask for an older version: it gets the current one, and asks again next time.
    kept = _FOR_EVER if asset(name) == f"/static/{version}/{name}" else "no-cache"
    return Response(content, media_type=_MEDIA_TYPES[Path(name).suffix], headers={"Cache-Control": kept})


@router.get("/favicon.ico")
async def favicon() -> Response:
    return Response(_files()["mark.svg"], media_type=_MEDIA_TYPES[".svg"], headers={"Cache-Control": "max-age=86400"})
