"""The bridge: what it carries, what it refuses, and that its file cannot be mistaken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.bridge_training import parallel_texts, sample
from classifier.bridging import BridgeRefused, RidgeBridge, bundled, fit, read, save
from classifier.models import chosen
from classifier.routes import bridge_of
from classifier.themes import LANGUAGES, load_themes
from tests.classifier.fakes import ENGLISH, MODELS, OTHER
from tests.classifier.test_matching import THREE

SIZE = 12


def vectors(number: int, seed: int = 1) -> np.ndarray:
    found = np.random.default_rng(seed).standard_normal((number, SIZE))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def turned() -> np.ndarray:
    """What the other encoder does to every vector."""
    return np.linalg.qr(np.random.default_rng(7).standard_normal((SIZE, SIZE)))[0]


@pytest.fixture(scope="module")
def bridge(turned: np.ndarray) -> RidgeBridge:
    sentences, pairs = vectors(200), vectors(60, 2)
    accent = np.full(SIZE, 0.2, np.float32)
    said = ["en"] * 30 + ["uk"] * 30
    heard = pairs.copy()
    heard[30:] = pairs[:30] + accent
    pairs[30:] = pairs[:30]
    return fit(
        (sentences, sentences @ turned),
        (heard, pairs @ turned),
        said,
        start="many-1",
        end="small-1",
        card={"fitted on": "numbers"},
        ridge=0.01,
    )


def test_it_carries_meaning_and_leaves_the_accent_behind(
    bridge: RidgeBridge, turned: np.ndarray
) -> None:
    plain = vectors(20, 3)
    for language, heard in (("en", plain), ("uk", plain + 0.2), ("uk-UA", plain + 0.2)):
        carried = bridge.carry(heard, language)
        near = (carried * (plain @ turned)).sum(axis=1)
        assert near.min() > 0.95
        assert np.allclose(np.linalg.norm(carried, axis=1), 1, atol=1e-5)
    assert bridge.carry(plain[:0]).shape == (0, SIZE)


def test_a_file_gives_back_the_same_bridge(bridge: RidgeBridge, tmp_path: Path) -> None:
    save(bridge, tmp_path / "b.safetensors")
    again = read(tmp_path / "b.safetensors")
    assert (again.start, again.end, again.card) == ("many-1", "small-1", {"fitted on": "numbers"})
    near = (again.carry(vectors(9), "pl") * bridge.carry(vectors(9), "pl")).sum(axis=1)
    assert near.min() > 0.9999


def test_other_encoders_are_refused(bridge: RidgeBridge) -> None:
    assert bridge.between(OTHER, ENGLISH) is bridge
    with pytest.raises(BridgeRefused, match="fitted for the encoder small-1, not for many-1"):
        bridge.between(OTHER, OTHER)
    with pytest.raises(BridgeRefused, match="takes vectors of 12 numbers, got 5"):
        bridge.carry(np.zeros((1, 5), np.float32))
    assert bridge_of(MODELS) is None


def test_a_damaged_file_is_refused(bridge: RidgeBridge, tmp_path: Path) -> None:
    path = tmp_path / "b.safetensors"
    with pytest.raises(BridgeRefused, match="cannot be read"):
        read(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(BridgeRefused, match="cannot be read"):
        read(path)
    save(replace(bridge, matrix=bridge.matrix[:, :5]), path)
    with pytest.raises(BridgeRefused, match="do not fit together"):
        read(path)
    save(replace(bridge, matrix=bridge.matrix * np.nan), path)
    with pytest.raises(BridgeRefused, match="holds no numbers"):
        read(path)
    save(replace(bridge, card={"x": 1}), path)
    path.write_bytes(path.read_bytes().replace(b'"form":"1"', b'"form":"9"'))
    with pytest.raises(BridgeRefused, match="no bridge of this form"):
        read(path)


def test_the_bundled_bridge_is_for_the_bundled_encoders() -> None:
    models = chosen()
    assert bundled().between(models.other, models.english) is bundled()
    assert bridge_of(models) is bundled()
    assert "European Union" in bundled().card["fitted on"]
    assert set(bundled().card["tried"]) == set(LANGUAGES)


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    assert sample(THREE, 5, 1) == sample(tuple(reversed(THREE)), 5, 1)
    assert sample(THREE, 5, 1) != sample(THREE, 5, 2)
    assert set(sample(THREE, 99, 1)) <= {
        *(call.title for call in THREE),
        *(one for call in THREE for one in sample([call], 99, 3)),
    }


def test_descriptors_stand_beside_their_english_side() -> None:
    both = parallel_texts(load_themes())
    rows = list(zip(both.texts, both.english, both.languages, strict=True))
    assert ("питна вода", "drinking water", "uk") in rows
    assert all(text == english for text, english, language in rows if language == "en")
