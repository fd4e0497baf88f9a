"""A simple classifier on simple features of pictures finds defects that can be seen, and none that cannot."""

import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SIZES = {"inclusion": 1.5e-3, "scratch": 8e-3, "pit": 1.2e-3}
"""Median sizes of defects that can be seen, half a logarithm either way [m]."""


def image(values, name):
    return cv2.imdecode(np.frombuffer(values[name]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)


def features(values):
    """Return mean colours, and the darkest, brightest and usual detail at two sizes."""
    rgb = image(values, "rgb").astype(np.float32)
    grey, found = rgb.mean(axis=2), list(rgb.mean(axis=(0, 1)))
    for size in (1.5, 6.0):
        detail = cv2.GaussianBlur(grey - cv2.GaussianBlur(grey, (0, 0), size), (0, 0), 1.0)
        low, high = np.percentile(detail, [0.02, 99.98])
        found += list(np.log([0.1 - low, 0.1 + high, 0.1 + np.median(np.abs(detail))]))
    return found


@pytest.fixture(scope="module")
def pictures(sample_of, hand):
    """Kinds, pixels of it that can be seen, and features of 240 painted parts under a dome."""
    rng = np.random.default_rng(2)
    few = {"dust": 0.5, "reflections": 0.1, "marks": 0.2}
    rows = []
    for number in range(240):
        kind = ("", ("inclusion", "scratch", "pit")[number // 4 % 3], "", "dent")[number % 4]
        size = SIZES.get(kind, 2.5e-4) * np.exp(rng.normal(0.0, 0.5))
        more = {"size": float(size)} if kind else {}
        values = sample_of(
            kind,
            number=number,
            surface="painted",
            light=hand.dome,
            resolution=[320, 240],
            negatives=few,
            **more,
        )
        rows.append((kind, np.count_nonzero(image(values, "visible")), features(values)))
    kind, pixels, x = (np.array(column) for column in zip(*rows, strict=True))
    return kind, pixels, x


def test_what_can_be_seen_is_found_and_what_cannot_is_not(pictures):
    kind, pixels, x = pictures
    good, seen, hidden = kind == "", pixels >= 10, (kind != "") & (pixels == 0)
    learns = np.arange(len(kind)) // 12 % 2 == 0
    use = (good | seen) & learns
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(x[use], seen[use])
    told = model.decision_function(x)
    found, missed = (
        roc_auc_score(one[(good | one) & ~learns], told[(good | one) & ~learns]) for one in (seen, hidden)
    )
    assert min((seen & ~learns).sum(), (hidden & ~learns).sum()) >= 20
    assert found >= 0.9
    assert missed <= 0.65


def test_colour_alone_does_not_tell(pictures):
    kind, pixels, x = pictures
    seen = pixels >= 10
    use = (kind == "") | seen
    for colour in range(3):  # mean colours: a small defect moves none of them
        assert abs(roc_auc_score(seen[use], x[use, colour]) - 0.5) < 0.2
