"""Vectors are made once, kept as they are made, and never those of another encoder."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from classifier import child as child_module
from classifier import embedding
from classifier.child import ChildProcess
from classifier.embedding import (
    EmbeddingFailed,
    Wanted,
    embed_missing,
    from_bytes,
    load_vectors,
    prune_unused,
    to_bytes,
)
from classifier.encoders import BATCH
from classifier.models import Model, ModelUnavailable, e5, minilm
from storage import vectors
from tests.classifier.fakes import ENGLISH, OTHER, Fakes

TEXTS = ["water pipes", "schools", "films and festivals", "water"]


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[sa.Engine]:
    from storage.database import open_database  # noqa: PLC0415

    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


def test_what_is_kept_is_not_made_again(engine: sa.Engine, fakes: Fakes) -> None:
    wanted = [Wanted(ENGLISH, TEXTS), Wanted(ENGLISH, ["water"], query=True)]
    assert embed_missing(engine, wanted, fakes.embedder) == 5
    assert embed_missing(engine, wanted, fakes.embedder) == 0
    assert embed_missing(engine, [Wanted(ENGLISH, [*TEXTS, "trams"])], fakes.embedder) == 1
    assert fakes.read == 6


def test_a_text_that_is_wanted_twice_is_read_once(engine: sa.Engine, fakes: Fakes) -> None:
    wanted = [Wanted(ENGLISH, ["water", "water"]), Wanted(ENGLISH, ["water"])]
    embed_missing(engine, wanted, fakes.embedder)
    with engine.connect() as connection:
        rows = load_vectors(connection, wanted[0])
    assert rows.shape == (2, fakes.english.dimension)
    assert np.array_equal(rows[0], rows[1])


def test_vectors_come_back_in_the_order_of_their_texts(engine: sa.Engine, fakes: Fakes) -> None:
    wanted = Wanted(ENGLISH, TEXTS)
    embed_missing(engine, [wanted], fakes.embedder)
    with engine.connect() as connection:
        rows = load_vectors(connection, wanted)
    assert rows == pytest.approx(fakes.english.encode(TEXTS, query=False))


def test_a_changed_encoder_reads_everything_anew(engine: sa.Engine, fakes: Fakes) -> None:
    embed_missing(engine, [Wanted(ENGLISH, TEXTS)], fakes.embedder)
    changed = replace(OTHER, name="small")
    with engine.connect() as connection, pytest.raises(EmbeddingFailed, match="4 vectors"):
        load_vectors(connection, Wanted(changed, TEXTS))
    assert embed_missing(engine, [Wanted(changed, TEXTS)], fakes.embedder) == len(TEXTS)
    with engine.connect() as connection:
        assert vectors.count(connection) == {"small-1": 4, "many-1": 4}


def test_an_interrupted_run_goes_on_where_it_was(engine: sa.Engine, fakes: Fakes) -> None:
    texts = [f"water {number}" for number in range(5 * BATCH)]
    fakes.embedder.fail_after = 2 * BATCH
    with pytest.raises(KeyboardInterrupt):
        embed_missing(engine, [Wanted(ENGLISH, texts)], fakes.embedder)
    fakes.embedder.fail_after = None
    assert embed_missing(engine, [Wanted(ENGLISH, texts)], fakes.embedder) == 3 * BATCH


def test_progress_is_told_up_to_the_end(engine: sa.Engine, fakes: Fakes) -> None:
    told: list[tuple[int, int]] = []
    texts = [f"water {number}" for number in range(BATCH + 1)]
    wanted = [Wanted(ENGLISH, texts), Wanted(OTHER, ["water"])]
    embed_missing(engine, wanted, fakes.embedder, lambda *one: told.append(one))
    assert told == [(BATCH, BATCH + 2), (BATCH + 1, BATCH + 2), (BATCH + 2, BATCH + 2)]


def test_a_vector_survives_being_kept() -> None:
    vector = np.array([0.25, -1e-7, 3], dtype=np.float32)
    assert to_bytes(vector) == b"\x00\x00\x80>\x95\xbf\xd6\xb3\x00\x00@@"
    assert np.array_equal(from_bytes(to_bytes(vector)), vector)


def test_what_is_not_wanted_any_more_goes_when_it_is_the_larger_part(
    engine: sa.Engine, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "ODD", 2)
    older = [f"pipe {number}" for number in range(9)]
    embed_missing(engine, [Wanted(ENGLISH, older), Wanted(OTHER, older[:2])], fakes.embedder)
    wanted = [Wanted(ENGLISH, older[:4]), Wanted(ENGLISH, ["water"])]
    assert prune_unused(engine, wanted) == 0, "eleven are not more than two and twice five"
    embed_missing(engine, [Wanted(OTHER, older[2:5])], fakes.embedder)
    assert prune_unused(engine, wanted) == 10
    with engine.connect() as connection:
        assert vectors.count(connection) == {"small-1": 4}
    assert prune_unused(engine, []) == 4


def test_nothing_wanted_is_nothing_done(engine: sa.Engine, fakes: Fakes) -> None:
    assert embed_missing(engine, [Wanted(ENGLISH, [])], fakes.embedder) == 0
    with engine.connect() as connection:
        assert load_vectors(connection, Wanted(ENGLISH, [])).size == 0


@pytest.fixture(scope="module")
def child() -> Iterator[ChildProcess]:
    with ChildProcess() as started:
        yield started


def test_the_child_makes_what_the_encoders_make(child: ChildProcess, engine: sa.Engine) -> None:
    wanted = [Wanted(model, TEXTS, query) for model in (minilm(), e5()) for query in (True, False)]
    assert embed_missing(engine, wanted, child) == 4 * len(TEXTS)
    assert embed_missing(engine, wanted, child) == 0
    with engine.connect() as connection:
        asked, said = (load_vectors(connection, one) for one in wanted[:2])
    nearness = asked[3] @ said.T
    assert list(np.argsort(-nearness)[:2]) == [3, 0]


def test_the_child_says_what_is_wrong_with_a_model_and_goes_on(child: ChildProcess) -> None:
    changed = replace(minilm(), fingerprint="minilm-of-yesterday")
    with pytest.raises(ModelUnavailable, match="changed while it was used"):
        list(child.encode(changed, TEXTS, query=False))
    assert len(list(child.encode(minilm(), TEXTS, query=False))) == 1


def _stand_in(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let another program answer in the place of the child."""
    monkeypatch.setattr(child_module, "CHILD", (sys.executable, "-c", code))


LISTEN = "import sys, time; sys.stdin.readline(); "


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (LISTEN + "raise MemoryError('no room')", "exit code 1: MemoryError: no room"),
        ("raise SystemExit(3)", "exit code 3"),
        (LISTEN + "import os; os.kill(os.getpid(), 9)", "killed by SIGKILL: out of memory"),
        (LISTEN + "import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
    ],
)
def test_a_child_that_dies_is_told_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    _stand_in(monkeypatch, code)
    with ChildProcess() as dying, pytest.raises(EmbeddingFailed) as caught:
        list(dying.encode(_model(), TEXTS, query=False))
    assert said in str(caught.value)
    assert "those made are kept, try again" in str(caught.value)


def test_a_silent_child_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    _stand_in(monkeypatch, LISTEN + "time.sleep(60)")
    begun = time.monotonic()
    with ChildProcess(silence=0.3) as silent, pytest.raises(EmbeddingFailed, match="SIGKILL"):
        list(silent.encode(_model(), TEXTS, query=False))
    assert time.monotonic() - begun < 10


def test_a_slow_child_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    vector = "{'event': 'vectors', 'at': [%d], 'data': 'AACAPw=='}"
    slow = "import json; f = lambda e: print(json.dumps(e), flush=True); "
    steps = "; ".join(f"time.sleep(0.4); f({vector % place})" for place in range(4))
    _stand_in(monkeypatch, f"{LISTEN}{slow}{steps}; f({{'event': 'done'}}); sys.stdin.read()")
    with ChildProcess(silence=1.2) as child:
        made = list(child.encode(_model(), TEXTS, query=False))
    assert [list(places) for places, _ in made] == [[0], [1], [2], [3]]


def test_a_dead_child_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChildProcess() as child:
        with monkeypatch.context() as patched:
            _stand_in(patched, "raise SystemExit(3)")
            with pytest.raises(EmbeddingFailed):
                list(child.encode(_model(), TEXTS, query=False))
        _stand_in(monkeypatch, LISTEN + """print('{"event": "done"}', flush=True)""")
        assert list(child.encode(_model(), [], query=False)) == []


@pytest.mark.usefixtures("ctrl_c")
def test_no_child_outlives_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    _stand_in(monkeypatch, LISTEN + "time.sleep(60)")
    started: list[int] = []

    def interrupt() -> None:
        while not started:
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    class Watched(ChildProcess):
        def _start(self):  # type: ignore[no-untyped-def]
            child = super()._start()
            started.append(child.pid)
            return child

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt), Watched() as child:
        list(child.encode(_model(), TEXTS, query=False))
    thread.join()
    assert not _alive(started[0])


def test_what_nobody_waits_for_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    many = "import json; print(json.dumps({'event': 'vectors', 'at': [0], 'data': 'AACAPw=='}),"
    _stand_in(monkeypatch, f"{LISTEN}{many} flush=True); time.sleep(60)")
    with ChildProcess() as child:
        for _ in child.encode(_model(), TEXTS, query=False):
            pid = child._child.pid if child._child else 0
            break
        assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _model() -> Model:
    return replace(ENGLISH, place=Path("nowhere"))
