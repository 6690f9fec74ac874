"""What is learnt from judged pairs, and how far it may be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.evaluation import interval
from classifier.learning import PRIOR, Pairs, by_folds, calibration, learn, matrix, sums
from classifier.scoring import BadWeights, Sign, read_weights, weights


def pairs(name: str, language: str, seed: int, number: int = 60) -> Pairs:
    """Pairs whose use hangs on meaning, so that there is something to learn."""
    chance = np.random.default_rng(seed)
    signs = {sign: chance.random(number).astype(np.float32) for sign in Sign}
    signs[Sign.MEANING] = (chance.random(number) * 6).astype(np.float32)
    signs[Sign.WORDS] = signs[Sign.WORDS] / 10
    useful = signs[Sign.MEANING] + chance.standard_normal(number) > 4
    grades = np.where(useful, 2, 0)
    grades[::4] = -1
    return Pairs(name, language, matrix(signs), grades)


EVERY = [pairs(f"p{number}", language, number) for number in range(4) for language in ("en", "uk")]


def test_what_is_learnt_tells_useful_from_useless() -> None:
    learnt = learn(EVERY)
    assert learnt.signs[Sign.MEANING] > 0
    for one in EVERY:
        total = sums(one, learnt)
        judged = one.judged
        useful, useless = one.useful[judged] == 1, one.useful[judged] == 0
        assert total[judged][useful].mean() > total[judged][useless].mean()


def test_few_pairs_hardly_move_the_weights() -> None:
    few = [pairs("p", "en", 1, number=4)]
    learnt = learn(few)
    for sign in Sign:
        assert learnt.signs[sign] == pytest.approx(PRIOR.signs[sign], abs=1.0)


def test_a_fold_never_sees_its_own_partnership() -> None:
    changed = [
        Pairs(one.partnership, one.language, one.signs, 2 - np.clip(one.grades, 0, 2))
        if one.partnership == "p0"
        else one
        for one in EVERY
    ]
    before, after = by_folds(EVERY), by_folds(changed)
    assert np.allclose(before[0], after[0])
    assert np.allclose(before[1], after[1])
    assert not np.allclose(before[2], after[2])


def test_calibration_is_of_judged_pairs() -> None:
    found = calibration(EVERY, by_folds(EVERY))
    assert found.pairs == sum(int(one.judged.sum()) for one in EVERY)
    assert sum(one[2] for one in found.bins) == found.pairs
    assert found.skill == pytest.approx(1 - found.brier / (found.base * (1 - found.base)))
    sure = [np.where(one.useful == 1, 30.0, -30.0) for one in EVERY]
    assert calibration(EVERY, sure).skill == pytest.approx(1)
    assert calibration([], []).pairs == 0


def test_an_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    low, high = interval([0.2, 0.9, 0.5, 0.7])
    assert low < 0.575 < high
    assert interval([0.2, 0.9, 0.5, 0.7]) == (low, high)
    assert interval([0.4] * 5) == (pytest.approx(0.4), pytest.approx(0.4))
    assert interval([]) == (0, 0)


def test_the_bundled_weights_are_whole_and_point_the_right_way() -> None:
    found = weights().signs
    assert all(found[sign] > 0 for sign in (Sign.MEANING, Sign.WORDS, Sign.THEMES, Sign.PROGRAMME))
    assert all(found[sign] < 0 for sign in (Sign.SPECIALISTS, Sign.ELSEWHERE, Sign.TITLE_ONLY))


@pytest.mark.parametrize("text", ["", "[]", '{"signs": {}, "intercept": 0, "alone": 1}', "{}"])
def test_damaged_weights_are_refused(text: str) -> None:
    with pytest.raises(BadWeights):
        read_weights(text)
