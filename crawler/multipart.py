"""Multipart bodies whose parts are JSON, byte for byte the same each time they are built."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

BOUNDARY = "bridges-of-trust-7d1f"
"""Fixed, so that the body, its fingerprint, a cache key and a recording stay the same."""

CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def multipart(parts: Mapping[str, Any]) -> bytes:
    """``parts`` as multipart/form-data; each part says that it is ``application/json``.

    Raises ValueError if the boundary occurs in the content.
    """
    body = b""
    for name, value in parts.items():
        content = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if f"--{BOUNDARY}" in content:
            raise ValueError("the boundary occurs in the content")
        head = (
            f"--{BOUNDARY}\r\n"
            f'Content-Disposition: form-data; name="{name}"; filename="blob"\r\n'
            "Content-Type: application/json\r\n\r\n"
        )
        body += (head + content + "\r\n").encode()
    return body + f"--{BOUNDARY}--\r\n".encode()
