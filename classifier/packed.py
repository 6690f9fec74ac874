"""BERT encoders run in numbers of eight bits, several texts side by side without padding.

The usual way multiplies full numbers, fills short texts up to the longest of their batch, and lets
two threads wait for each other at every layer. Here the linear layers take bytes in and give bytes
out, texts lie end to end in one table of tokens, and each thread has a table of its own. Every
scale is fixed when the model is loaded, so a vector depends on its text alone, never on neighbours.
docs/decisions/0019-bytes-blocks-wishes.md says what was tried and what the ranking loses.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

HIGHEST, LEVELS = 127, 255

TOKENS = 2048
"""Tokens of one table: what flows through a layer stays near the processor."""

CUT = 16
"""Texts that a thread cuts into pieces at a time."""

MARGIN = 1.15
"""How far beyond what the examples reach a number may go before it is cut."""

TOGETHER = 4
"""Examples read as one text, so that they are about as long as what is read later."""

_NAMES = ("Transformer", "Pooling", "Normalize")
_INPUTS = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """How full numbers become bytes: divided by ``step``, moved by ``zero``."""

    step: float
    zero: int

    @classmethod
    def of(cls, low: float, high: float) -> Scale:
        step = max((high - low) * MARGIN / LEVELS, 1e-8)
        return cls(step, round(-low * MARGIN / step))


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """One or several linear layers of one input, their weights in bytes row by row."""

    scale: Scale
    weights: Any
    steps: Any
    zeros: Any
    bias: Any
    half: Any

    @classmethod
    def of(cls, layers: Sequence[Any], scale: Scale, torch: Any) -> Linear:
        weights = torch.cat([one.weight.detach().float() for one in layers])
        bias = torch.cat([_bias(one, torch) for one in layers])
        steps = (weights.abs().amax(1) / HIGHEST).clamp(min=1e-8)
        rounded = (weights / steps[:, None]).round().to(torch.int8)
        packed = torch.ops.onednn.qlinear_prepack(rounded, None)
        zeros = torch.zeros(len(steps), dtype=torch.int32)
        half = torch.tensor(scale.zero + 0.5)  # bytes are cut, not rounded
        return cls(scale, packed, steps, zeros, bias, half)

    def bytes(self, given: Any, torch: Any) -> Any:
        """Return what flows in as bytes."""
        moved = torch.add(self.half, given, alpha=1 / self.scale.step)
        return moved.clamp_(0, LEVELS).to(torch.uint8)

    def __call__(self, given: Any, torch: Any, into: Scale | None = None) -> Any:
        """Return full numbers for bytes; with ``into`` the bytes of their GELU."""
        return torch.ops.onednn.qlinear_pointwise(
            given, self.scale.step, self.scale.zero, self.weights, self.steps, self.zeros,
            self.bias, into.step if into else 1.0, into.zero if into else 0,
            torch.uint8 if into else torch.float32, "gelu" if into else "none", [], "none",
        )  # fmt: skip


def _bias(layer: Any, torch: Any) -> Any:
    return torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias.detach().float()


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One layer of the encoder."""

    attention: Linear
    joined: Linear
    after_attention: Any
    up: Linear
    down: Linear
    after: Any


class Packed:
    """A BERT encoder whose vector is the mean of its tokens. The weights are copied."""

    def __init__(self, encoder: Any, scales: Sequence[Scale]) -> None:
        import torch  # noqa: PLC0415 - takes seconds

        self._torch = torch
        self._cutter = _cutter(encoder)
        bert = encoder[0].auto_model
        self._heads = int(bert.config.num_attention_heads)
        place = bert.embeddings
        self._words = place.word_embeddings.weight.detach()
        kinds = place.token_type_embeddings.weight.detach()
        self._places = (place.position_embeddings.weight.detach() + kinds[0]).clone()
        self._begin = place.LayerNorm
        self._blocks = [
            Block(
                Linear.of([own.query, own.key, own.value], scales[at], torch),
                Linear.of([one.attention.output.dense], scales[at + 1], torch),
                one.attention.output.LayerNorm,
                Linear.of([one.intermediate.dense], scales[at + 2], torch),
                Linear.of([one.output.dense], scales[at + 3], torch),
                one.output.LayerNorm,
            )
            for at, one in zip(range(0, len(scales), _INPUTS), bert.encoder.layer, strict=True)
            for own in [one.attention.self]
        ]

    def encode(self, texts: Sequence[str], threads: int) -> NDArray[np.float32]:
        """Return one vector of length 1 for each text; ``threads`` work side by side."""
        found = np.zeros((len(texts), self._words.shape[1]), np.float32)
        before = self._torch.get_num_threads()
        self._torch.set_num_threads(1)  # each thread has a table of its own: none waits for another
        try:
            with ThreadPoolExecutor(threads) as pool:
                read = [ids for some in pool.map(self._cut, _shares(texts)) for ids in some]
                order = sorted(range(len(read)), key=lambda row: len(read[row]))
                tables = list(_tables(order, read))
                every = pool.map(lambda rows: self._table([read[row] for row in rows]), tables)
                for rows, made in zip(tables, every, strict=True):
                    found[rows] = made
        finally:
            self._torch.set_num_threads(before)
        return found

    def _cut(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the numbers of the pieces of each text; other threads run meanwhile."""
        return [one.ids for one in self._cutter.encode_batch_fast(list(texts))]

    def _table(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        torch = self._torch
        lengths = [len(one) for one in texts]
        with torch.inference_mode():
            words = self._words[torch.tensor([token for one in texts for token in one])]
            at = self._begin(words + torch.cat([self._places[:length] for length in lengths]))
            for block in self._blocks:
                at = self._through(block, at, lengths)
            means = torch.stack([one.mean(0) for one in at.split(lengths)])
            made: NDArray[np.float32] = torch.nn.functional.normalize(means).numpy()
            return made

    def _through(self, block: Block, at: Any, lengths: Sequence[int]) -> Any:
        torch = self._torch
        size = at.shape[1]
        asked = block.attention(block.attention.bytes(at, torch), torch)
        heard, start = [], 0
        for length, run in groupby(lengths):  # texts of one length are looked at together
            end = start + length * len(list(run))
            part = asked[start:end].view(-1, length, 3, self._heads, size // self._heads)
            query, key, value = part.permute(2, 0, 3, 1, 4)
            said = torch.nn.functional.scaled_dot_product_attention(query, key, value)
            heard.append(said.transpose(1, 2).reshape(-1, size))
            start = end
        said = heard[0] if len(heard) == 1 else torch.cat(heard)
        at = block.after_attention(block.joined(block.joined.bytes(said, torch), torch).add_(at))
        wide = block.up(block.up.bytes(at, torch), torch, into=block.down.scale)
        return block.after(block.down(wide, torch).add_(at))


def packed(encoder: Any, examples: Sequence[str]) -> Packed | None:
    """Return a SentenceTransformer as it runs here; None for one that is built otherwise.

    ``examples`` are read once in full numbers: how far what flows between the layers reaches there
    decides the scales. A model that makes no numbers is left to whoever looks at its vectors.
    """
    if not _fits(encoder):
        return None
    parts = range(0, len(examples), TOGETHER)
    reached = _reached(encoder, [" ".join(examples[at : at + TOGETHER]) for at in parts])
    if not np.isfinite(reached).all():
        return None
    return Packed(encoder, [Scale.of(low, high) for low, high in reached.tolist()])


def _cutter(encoder: Any) -> Any:
    """Return what cuts texts into pieces, a copy of the encoder's own; threads may share it."""
    cutter = copy.deepcopy(encoder.tokenizer.backend_tokenizer)
    cutter.no_padding()
    cutter.enable_truncation(int(encoder.max_seq_length))
    return cutter


def _shares(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield texts a few at a time, for threads to share."""
    for start in range(0, len(texts), CUT):
        yield texts[start : start + CUT]


def _fits(encoder: Any) -> bool:
    """Whether it is a BERT with the usual layers, the mean of the tokens, and no prompts."""
    modules = [type(one).__name__ for one in encoder]
    if modules not in ([*_NAMES[:2]], [*_NAMES]) or any(dict(encoder.prompts or {}).values()):
        return False
    bert = getattr(encoder[0], "auto_model", None)
    config: Any = getattr(bert, "config", None)
    said: Mapping[str, Any] = config.to_dict() if config is not None else {}
    return (
        type(bert).__name__ == "BertModel"
        and said.get("hidden_act") == "gelu"
        and said.get("position_embedding_type", "absolute") == "absolute"
        and not said.get("is_decoder")
        and encoder[1].pooling_mode == "mean"
        and hasattr(encoder.tokenizer, "backend_tokenizer")
    )


def _reached(encoder: Any, examples: Sequence[str]) -> NDArray[np.float64]:
    """Return the least and the most (zero among them) that flows into each linear layer."""
    layers = [
        one
        for block in encoder[0].auto_model.encoder.layer
        for one in (
            block.attention.self.query, block.attention.output.dense,
            block.intermediate.dense, block.output.dense,
        )
    ]  # fmt: skip
    found = np.zeros((len(layers), 2))

    def watch(number: int) -> Any:
        def look(_: Any, given: tuple[Any, ...]) -> None:
            low, high = (float(one) for one in given[0].aminmax())
            found[number] = np.minimum(found[number][0], low), np.maximum(found[number][1], high)

        return look

    hooks = [one.register_forward_pre_hook(watch(at)) for at, one in enumerate(layers)]
    try:
        encoder.encode(examples, show_progress_bar=False)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _tables(order: Sequence[int], read: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the rows of texts that lie side by side."""
    rows: list[int] = []
    taken = 0
    for row in order:
        if rows and taken + len(read[row]) > TOKENS:
            yield rows
            rows, taken = [], 0
        rows.append(row)
        taken += len(read[row])
    if rows:
        yield rows
