"""What labels, addresses and titles say about an article."""

import pytest

from digest.sources._kinds import judge
from digest.types import Kind


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("op-ed", Kind.OP_ED),
        ("Op‑Eds", Kind.OP_ED),
        ("In the Media", Kind.IN_THE_MEDIA),
        ("In the news", Kind.IN_THE_MEDIA),
        ("Press Releases", Kind.PRESS_RELEASE),
        ("press_release", Kind.PRESS_RELEASE),
        ("Research", Kind.RESEARCH),
        ("explainer", Kind.EXPLAINER),
        ("Q&A", Kind.Q_AND_A),
        ("Events", Kind.EVENT),
        ("OpinionNewsArticle", Kind.OP_ED),
        ("Asia", Kind.ARTICLE),
    ],
)
def test_a_label_tells(label: str, kind: Kind) -> None:
    assert judge(["Asia", label]) == kind


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://e.org/press-releases/2026/a-report-on-asia/", Kind.PRESS_RELEASE),
        ("https://e.org/analysis/op-ed/asia", Kind.OP_ED),
        ("https://e.org/research", Kind.ARTICLE),  # the last part is the title's
        ("https://research.e.org/asia", Kind.ARTICLE),
    ],
)
def test_an_address_tells_by_its_folders(url: str, kind: Kind) -> None:
    assert judge(url=url) == kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Press release: we are here", Kind.PRESS_RELEASE),
        ("Explainer | What NATO is", Kind.EXPLAINER),
        ("Q&A with Ann Lee on Asia", Kind.Q_AND_A),
        ("Q&A: Asia", Kind.Q_AND_A),
        ("Research shows what it shows", Kind.ARTICLE),
        ("Opinion polls: a guide", Kind.ARTICLE),
    ],
)
def test_a_title_tells_by_its_opening(title: str, kind: Kind) -> None:
    assert judge(title=title) == kind


def test_labels_come_before_the_address_and_that_before_the_title() -> None:
    assert judge(["Article", "op-ed"], "https://e.org/research/a", "Event: a") == Kind.OP_ED
    assert judge(["Article"], "https://e.org/research/a", "Event: a") == Kind.RESEARCH
