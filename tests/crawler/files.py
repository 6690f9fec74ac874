"""PDF and DOCX files as publishers make them, and as nobody should: made by hand, invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from fpdf import FPDF

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<?xml version="1.0"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELS = (
    '<?xml version="1.0"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="word/document.xml" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/officeDocument"/></Relationships>'
)


def pdf(*pages: str, **lock: Any) -> bytes:
    """A PDF with these pages; ``lock`` is what fpdf's ``set_encryption`` takes."""
    made = FPDF()
    made.set_creation_date(datetime(2026, 11, 1, tzinfo=UTC))  # the same bytes every time
    made.set_font("Helvetica", size=11)
    for text in pages:
        made.add_page()
        if text:
            made.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
    if lock:
        made.set_encryption(**lock)
    return bytes(made.output())


def docx(*blocks: str | Sequence[Sequence[str]], **parts: str | bytes) -> bytes:
    """A DOCX of paragraphs (text, or markup that begins with ``<w:``) and tables (rows of cells).

    ``parts`` are added to the archive, or take the place of a part (``word/document.xml``).
    """
    body = "".join(
        _paragraph(one)
        if isinstance(one, str)
        else "<w:tbl>"
        + "".join(
            f"<w:tr>{''.join(f'<w:tc>{_paragraph(cell)}</w:tc>' for cell in row)}</w:tr>"
            for row in one
        )
        + "</w:tbl>"
        for one in blocks
    )
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    )
    written: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "word/document.xml": document,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (written | parts).items():
            archive.writestr(name, content)
    return packed.getvalue()


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _paragraph(text: str) -> str:
    if text.startswith(("<w:p>", "<w:sdt>")):
        return text
    return f"<w:p>{text if text.startswith('<w:') else run(text)}</w:p>"
