"""A plain client of the portal for the stand-in's own tests: no crawler in it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

SORTED_BY = {"1": "identifier", "2": "callIdentifier", "8": "callccm2Id"}
_BOUNDARY = "a-boundary-of-ours"
MULTIPART = f"multipart/form-data; boundary={_BOUNDARY}"
PATIENCE = 60
"""Seconds to wait for an answer, with other programs busy beside it."""


def parts_for(record_type: str) -> dict[str, Any]:
    """The parts that ask for one type as it should be asked for."""
    must = [
        {"terms": {"type": [record_type]}},
        {"terms": {"status": ["31094501", "31094502"]}},
        {"terms": {"DATASOURCE": ["SEDIA"]}},
        {"term": {"language": "en"}},
    ]
    return {
        "query": {"bool": {"must": must}},
        "languages": ["en"],
        "sort": {"field": SORTED_BY[record_type], "order": "ASC"},
    }


def multipart(parts: Mapping[str, Any], *, say_json: bool = True) -> bytes:
    kind = "Content-Type: application/json\r\n" if say_json else ""
    written = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n{kind}\r\n'
        f"{json.dumps(content)}\r\n"
        for name, content in parts.items()
    ]
    return "".join([*written, f"--{_BOUNDARY}--\r\n"]).encode()


def address(url: str, *, page: int = 1, size: int = 100, text: str = "***") -> str:
    base = f"{url}/search-api/prod/rest/search"
    return f"{base}?apiKey=SEDIA&text={text}&pageSize={size}&pageNumber={page}"


def get(target: str) -> tuple[int, bytes]:
    status, body, _ = _send(urllib.request.Request(target), PATIENCE)  # noqa: S310  (our own)
    return status, body


def post(
    target: str, body: bytes, content_type: str = MULTIPART, patience: float = PATIENCE
) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of the answer, whatever the status."""
    headers = {"Content-Type": content_type}
    return _send(urllib.request.Request(target, body, headers), patience)  # noqa: S310  (our own)


def _send(request: urllib.request.Request, patience: float) -> tuple[int, bytes, dict[str, str]]:
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, None, patience) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read(), dict(refusal.headers)


def search(url: str, parts: Mapping[str, Any], **asked: Any) -> dict[str, Any]:
    status, body, _ = post(address(url, **asked), multipart(parts))
    assert status == 200, body
    answer: dict[str, Any] = json.loads(body)
    return answer


def scan(url: str, record_type: str) -> list[dict[str, Any]]:
    """Every page of one type, until the count is reached or a page is empty."""
    rows: list[dict[str, Any]] = []
    page, total = 1, 1
    while len(rows) < total:
        answer = search(url, parts_for(record_type), page=page)
        if not answer["results"]:
            break
        rows += answer["results"]
        total, page = answer["totalResults"], page + 1
    return rows


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None
