"""``bridges read``: any words in, what is understood of them out, nothing kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys

TEXT = (
    "Municipalities from Poland and Ukraine can apply. Applications must be submitted by 15 May "
    "2027, 17:00 Brussels time. Grants range from EUR 20,000 to EUR 60,000."
)
KEYS = {"deadlines", "criteria", "funding", "unread"}


def run(
    *words: str, stdin: str | bytes, now: str = "2026-11-22T10:00+00:00"
) -> tuple[int, str, str]:
    """Run ``bridges`` with bytes on its standard input; returns its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "desk", "--now", now, *words],
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        env={key: value for key, value in os.environ.items() if not key.startswith("BRIDGES_")},
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_text_is_told_to_people() -> None:
    code, told, _ = run("read", stdin=TEXT, now="2027-05-01T09:00+02:00")
    assert code == 0
    assert "Sat 15 May 2027 17:00 Brussels time, in 14 days" in told
    assert "country allows PL, UA" in told
    assert "EUR 20,000 to 60,000 a grant" in told


def test_and_to_programs() -> None:
    _, said, _ = run("read", "--json", stdin=f"<p>{TEXT}</p>")
    told = json.loads(said)
    assert set(told) == KEYS
    (deadline,) = told["deadlines"]
    assert (deadline["date"], deadline["instant"]) == ("2027-05-15", "2027-05-15T15:00:00Z")
    (money,) = told["funding"]
    assert (money["min_grant"], money["max_grant"]) == (20_000, 60_000)


def test_a_year_comes_from_the_day_of_publication() -> None:
    _, said, _ = run("read", "--json", "--published", "2027-01-02", stdin="Deadline: 28 February")
    assert json.loads(said)["deadlines"][0]["date"] == "2027-02-28"
    code, _, why = run("read", "--published", "soon", stdin="x")
    assert code == 2
    assert "2026-05-31, 2026-05 or 2026" in why


def test_lines_are_answered_line_by_line() -> None:
    lines = [
        {"text": "Дедлайн: 28 лютого", "language": "uk", "published": "2027-01-20"},
        {"text": ""},
    ]
    code, told, _ = run("read", "--ndjson", stdin="\n".join(map(json.dumps, lines)))
    assert code == 0
    first, second = map(json.loads, told.splitlines())
    assert first["deadlines"][0]["date"] == "2027-02-28"
    assert second == {"deadlines": [], "criteria": [], "funding": [], "unread": []}


BAD = {
    "oops": "expected JSON, got 'oops",
    "{}": "text: expected the words to read, got nothing",
    '{"text": 3}': "text: expected text, got 3",
    '{"text": "x", "published": "soon"}': "published: expected a day, month or year",
    '{"txt": "x"}': "txt: expected a known field (did you mean text?), got 'txt'",
    "[" * 100_000: "expected JSON, got brackets nested too deep",
}


def test_a_bad_line_costs_only_itself() -> None:
    good = '{"text": "Deadline: 1 May 2027"}'
    code, told, _ = run("read", "--ndjson", stdin="\n".join([*BAD, good]))
    assert code == 1
    *bad, last = map(json.loads, told.splitlines())
    for answer, expected in zip(bad, BAD.values(), strict=True):
        assert answer["error"].startswith(expected)
    assert last["deadlines"][0]["date"] == "2027-05-01"


def test_bytes_that_are_no_text_are_passed_over_and_named() -> None:
    code, told, noted = run("read", "--json", stdin=b"\xff\xfe\x00 Deadline: 1 May 2027 \x80")
    assert code == 0
    assert json.loads(told)["deadlines"][0]["date"] == "2027-05-01"
    assert "not text in UTF-8" in noted
