"""The attached guidelines of the sample portal's external actions, as Word files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from desk.demo.portal_records import calls, day
from desk.demo.shapes import PUBLISHED_CALLS

WORD_FILE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{WORD_FILE}.main+xml"/></Types>'
)
_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>'
)

Block = str | Sequence[Sequence[str]]
"""A paragraph, or a table as rows of cells."""


def guidelines(now: datetime) -> Mapping[str, bytes]:
    """The first document of every external action that has one, by path and query."""
    found = {}
    for said in calls("external"):
        if blocks := said.get("guidelines"):
            closes = [day(one, now) for one in said["deadlines"]]
            deadline = f"{closes[-1].day} {closes[-1]:%B %Y}" if closes else ""
            found[f"{PUBLISHED_CALLS}?callId={said['number']}&docId=1"] = word_file(
                [said["title"], *(_dated(block, deadline) for block in blocks)]
            )
    return found


def _dated(block: Block, deadline: str) -> Block:
    return block.replace("{deadline}", deadline) if isinstance(block, str) else block


def word_file(blocks: Sequence[Block]) -> bytes:
    """A DOCX with these blocks; the same blocks make the same bytes."""
    body = "".join(_paragraph(one) if isinstance(one, str) else _table(one) for one in blocks)
    document = f'{_HEAD}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", document),
        ):
            archive.writestr(zipfile.ZipInfo(name), content)  # without the time of day
    return packed.getvalue()


def _paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    made = ("".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in made)}</w:tbl>"
