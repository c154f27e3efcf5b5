import pandas as pd
import pytest

from workflow_scripts.conformation.evaluation.weight_signs import (
    count_matching,
    plain_name,
    published_signs,
    weight_signs,
)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("RNA Pol II", "rnapii"), ("RNA-polymerase-II", "rnapii"), ("NURF301", "nurf"),
     ("BEAF-32", "beaf"), ("Su(Hw)", "suhw"), ("H3K4me1", "h3k4me1")],
)  # fmt: skip
def test_synonyms_have_one_name(name, plain):
    assert plain_name(name) == plain


def test_weights_of_one_factor_are_summed():
    weights = pd.DataFrame({"factor": ["NURF", "NURF301", "H1"], "weight": [-0.1, 0.4, -2.0]})
    signs = weight_signs(weights)
    assert signs.to_dict() == {"nurf": 1, "h1": -1}
    assert count_matching(signs, pd.Series({"nurf": -1, "h1": -1, "ctcf": 1})) == (1, 2)


def test_the_paper_has_twelve_signs(published):
    signs = published_signs(pd.read_csv(published, sep="\t", keep_default_na=False))
    assert (signs == -1).sum() == 3
    assert (signs == 1).sum() == 9
