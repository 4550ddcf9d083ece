"""Real bounces, complaints, vacation replies and receipts from some 60 kinds of server, where the corpus is there."""

import pytest

from bench.feedback import CORPUS, measure_ours


@pytest.mark.skipif(not CORPUS.exists(), reason=f"no bounces under {CORPUS}; DIGEST_CORPORA names another folder")
@pytest.mark.parametrize("half", [0, 1])
def test_either_half_of_the_corpus_is_read_well_enough(half: int) -> None:
    score = measure_ours(half)
    assert score.recognised >= 0.96
    assert score.exact_addresses >= 0.92
    assert score.right_verdicts >= 0.90
    assert score.called_hard_though_not <= 0.05
    assert score.complaints == 1
    assert score.counted_though_no_bounce == 0
