"""Read a multipart body as strictly as the portal does: every part has to say it is JSON."""

from __future__ import annotations

import json
from email.message import Message
from email.parser import BytesHeaderParser


class RefusedBodyError(Exception):
    """A body the portal answers with an internal error; raised by ``json_parts``."""


def json_parts(content_type: str, body: bytes) -> dict[str, object]:
    """Every part of ``body`` by its name, decoded; RefusedBodyError for any other shape."""
    boundary = _boundary(content_type)
    opening, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not pieces or opening.strip() or not pieces[-1].startswith(b"--"):
        raise RefusedBodyError("the body does not begin and end with its boundary")
    return dict(_part(piece) for piece in pieces[:-1])


def _boundary(content_type: str) -> bytes:
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise RefusedBodyError(f"not multipart/form-data with a boundary: {content_type!r}")
    return boundary.encode()


def _part(piece: bytes) -> tuple[str, object]:
    head, blank, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = BytesHeaderParser().parsebytes(head)
    name = headers.get_param("name", header="content-disposition")
    if not blank or not isinstance(name, str):
        raise RefusedBodyError("a part without a name")
    if headers.get_content_type() != "application/json":
        raise RefusedBodyError(f"part {name!r} does not say Content-Type: application/json")
    try:
        return name, json.loads(content)
    except ValueError as error:
        raise RefusedBodyError(f"part {name!r} is not JSON") from error
