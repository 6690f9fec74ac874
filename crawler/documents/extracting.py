"""Takes the text out of one PDF or DOCX; run as a process of its own, with hard limits.

The bytes come on stdin, and one JSON object, an ``Extract``, goes to stdout. A file is as hostile
as whoever wrote it: what makes the library hang, or eat all memory, ends this process only.
"""

from __future__ import annotations

import html
import io
import json
import re
import resource
import sys
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from typing import Any

MOST_PAGES = 200
"""Pages read of a PDF; guidelines have 20 to 60."""

MOST_CHARACTERS = 250_000
"""Characters kept of one file, about a hundred full pages."""

LEAST_CHARACTERS = 20
"""Letters and digits below which a file is a scan, or blank."""

MOST_UNPACKED = 60 << 20
"""Bytes a DOCX may have when unpacked; one of 10 MB with pictures has about 12 MB."""

MOST_MARKUP = 30 << 20
"""The same for its texts alone, which take forty times as much memory to read."""

MOST_PARTS = 3000

MEMORY = 1 << 30
"""Bytes of address space."""

SECONDS = 20
"""Seconds of processor time; a PDF of 200 full pages takes three."""

ENOUGH = 0.6
"""Share of SECONDS after which the pages read so far are what there is."""


class Outcome(StrEnum):
    """How it went. All but ``READ`` are worded for people, to stand after the file's name."""

    READ = "read"
    EMPTY = "holds no text (a scan?)"
    ENCRYPTED = "asks for a password"
    BROKEN = "is damaged or cut short"
    WEB_PAGE = "is a web page, not a file"
    OLD_WORD = "is in the old format of Word, or encrypted"
    OTHER = "is neither PDF nor DOCX"
    TOO_LARGE = "is too large when unpacked"
    MEMORY = "takes too much memory to read"
    TIME = "takes too long to read"
    CRASHED = "makes the program that reads it fail"


@dataclass(frozen=True, slots=True)
class Extract:
    """The pages of a file that have text: ``{"page": 3, "text": "…"}``; DOCX has no numbers.

    ``missing`` says what was left out of a file that is longer than what is read.
    """

    outcome: Outcome
    pages: list[dict[str, Any]] = field(default_factory=list)
    missing: str = ""


@cache
def extractor() -> str:
    """What takes the texts out, by name and version: another one may read the same file better."""
    return f"pypdfium2 {version('pypdfium2')}, mammoth {version('mammoth')}, rules 1"


def extract(data: bytes) -> Extract:
    """The text of a file, by what its bytes are: servers and names of files say anything."""
    head = data[:1024].lstrip()
    if b"%PDF-" in data[:1024]:
        return _pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _docx(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return Extract(Outcome.OLD_WORD)
    if head[:1] == b"<" or head[:4] == b"\xef\xbb\xbf<":
        return Extract(Outcome.WEB_PAGE)
    return Extract(Outcome.OTHER if data.strip() else Outcome.BROKEN)


def _pdf(data: bytes) -> Extract:
    # Here, because it takes a third of a second and a DOCX does not need it. It has no types.
    import pypdfium2  # type: ignore[import-untyped]  # noqa: PLC0415
    from pypdfium2 import PdfiumError, raw  # noqa: PLC0415

    try:
        document = pypdfium2.PdfDocument(data)
    except PdfiumError as error:
        locked = getattr(error, "err_code", None) in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        return Extract(Outcome.ENCRYPTED if locked else Outcome.BROKEN)
    total = len(document)
    began = time.process_time()
    pages: list[dict[str, Any]] = []
    left, broken, read = MOST_CHARACTERS, 0, 0
    for number in range(1, min(total, MOST_PAGES) + 1):
        if left <= 0 or time.process_time() - began > SECONDS * ENOUGH:
            break
        read = number
        try:
            page = document[number - 1]
            text = _tidy(page.get_textpage().get_text_bounded())[:left]
            page.close()
        except PdfiumError:
            broken += 1
            continue
        left -= len(text)
        if text:
            pages.append({"page": number, "text": text})
    missing = []
    if read < total:
        missing.append(f"only the first {read} of {total} pages were read")
    if broken:
        missing.append(f"{broken} pages are damaged")
    if not _has_words(pages):
        return Extract(Outcome.BROKEN if broken or not total else Outcome.EMPTY)
    return Extract(Outcome.READ, pages, "; ".join(missing))


def _docx(data: bytes) -> Extract:
    import mammoth  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if refused := _refused(archive):
                return Extract(refused)
        # Not python-docx: it leaves out content controls and what was inserted as a tracked
        # change, which is how a deadline is put off.
        markup = mammoth.convert_to_html(
            io.BytesIO(data),
            convert_image=lambda _: [],
            external_file_access=False,
            include_default_style_map=True,
        ).value
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, EOFError):
        return Extract(Outcome.BROKEN)
    text = _tidy(_words(markup))
    pages: list[dict[str, Any]] = [{"page": None, "text": text[:MOST_CHARACTERS]}]
    if not _has_words(pages):
        return Extract(Outcome.EMPTY)
    missing = "only the beginning was read" if len(text) > MOST_CHARACTERS else ""
    return Extract(Outcome.READ, pages, missing)


def _refused(archive: zipfile.ZipFile) -> Outcome | None:
    """Why an archive is not opened. Its sizes are what it says; more than that is never unpacked.

    Word writes no DOCTYPE: one is there to make much out of little, or to reach other files.
    """
    parts = archive.infolist()
    if "word/document.xml" not in archive.namelist():
        return Outcome.OTHER
    markup = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
    if (
        len(parts) > MOST_PARTS
        or sum(part.file_size for part in parts) > MOST_UNPACKED
        or sum(part.file_size for part in markup) > MOST_MARKUP
    ):
        return Outcome.TOO_LARGE
    if any(part.flag_bits & 1 for part in parts):
        return Outcome.ENCRYPTED
    if any(_has_doctype(archive.read(part)) for part in markup):
        return Outcome.BROKEN
    return None


def _has_doctype(markup: bytes) -> bool:
    # UTF-16 has a zero beside each letter
    return b"<!DOCTYPE" in markup.replace(b"\0", b"")


# A cell of one paragraph stays on the line of its row.
_CELL = re.compile(r"(<t[dh][^<>]*>)<p>([^<]*(?:<(?!/?p>)[^<]*)*)</p>(</t[dh]>)")
_NEXT_CELL = re.compile(r"</t[dh]>\s*<t[dh][^<>]*>")
_BLOCK = re.compile(r"</?(?:p|h[1-6]|ul|ol|table|tr|br)\b[^<>]*>|</li>")


def _words(markup: str) -> str:
    """The text in mammoth's HTML, which is well formed and has few tags: one block a line.

    As ``crawler.reading.text.clean``, whose parser for any HTML takes longer to load than a file.
    """
    markup = _NEXT_CELL.sub(" | ", _CELL.sub(r"\1\2\3", markup))
    markup = _BLOCK.sub("\n", markup.replace("<li>", "\n- "))
    text = html.unescape(re.sub(r"<[^<>]*>", "", markup))
    return re.sub(r"- ?\n+", "- ", re.sub(r"\n\s*\n", "\n", text))


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\uffff\ud800-\udfff]")


def _tidy(text: str) -> str:
    """The text with one kind of line break; PDFium's mark of a divided word is a soft hyphen."""
    text = re.sub(r"\r\n?", "\n", text).replace("\ufffe", "\u00ad").replace("\u0002", "\u00ad")
    lines = (line.strip() for line in _CONTROL.sub(" ", text).split("\n"))
    return unicodedata.normalize("NFC", "\n".join(lines)).strip()


def _has_words(pages: list[dict[str, Any]]) -> bool:
    letters = sum(1 for one in _letters(pages) if one.isalnum())
    return letters >= LEAST_CHARACTERS


def _letters(pages: list[dict[str, Any]]) -> Iterator[str]:
    for page in pages:
        yield from page["text"][:1000]


def limit_this_process() -> None:
    """Let this process fail before the machine does; no files are written and none left behind."""
    for what, most, last in (
        (resource.RLIMIT_AS, MEMORY, MEMORY),
        (resource.RLIMIT_CPU, SECONDS, SECONDS + 1),  # SIGXCPU, which says why, then SIGKILL
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, hard = resource.getrlimit(what)
        highest = last if hard == resource.RLIM_INFINITY else min(last, hard)
        try:
            resource.setrlimit(what, (min(most, highest), highest))
        except (OSError, ValueError) as error:  # a system that knows no such limit
            sys.stderr.write(f"not limited: {error}\n")


def main() -> int:
    """Read a file from stdin and tell what it says on stdout."""
    limit_this_process()
    data = sys.stdin.buffer.read()
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no part of the answer
    try:
        found = extract(data)
    except MemoryError:
        found = Extract(Outcome.MEMORY)
    except Exception as error:  # whatever a library trips over, the file is at fault
        sys.stderr.write(f"{error!r:.500}\n")
        found = Extract(Outcome.BROKEN)
    json.dump(asdict(found), out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
