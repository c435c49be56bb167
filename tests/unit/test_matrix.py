"""The adoption matrix splits features at their medians; expected places by hand."""

from metrics.matrix import Matrix, matrix

COLUMNS = {"key": "feature_id", "name": "feature.name", "breadth": "share", "frequency": "depth", "size": "accounts"}


def row(feature, share, depth, accounts, name=None):
    return {"feature_id": feature, "feature.name": name or feature.upper(), "share": share, "depth": depth, "accounts": accounts}


def test_features_fall_into_the_corners_that_the_medians_cut():
    found = matrix([row("a", 0.8, 30, 80), row("b", 0.2, 12, 20), row("c", 0.6, 2, 60), row("d", 0.1, 3, 10)], **COLUMNS)

    assert (found.breadth, found.frequency) == (0.4, 7.5)
    assert {place.id: place.corner for place in found.places} == {"a": "core", "b": "habit_of_few", "c": "now_and_then", "d": "marginal"}
    assert [place.id for place in found.places] == ["a", "c", "b", "d"]


def test_a_feature_on_the_median_counts_as_broad_and_frequent():
    found = matrix([row("a", 0.5, 4, 5), row("b", 0.1, 1, 1), row("c", 0.9, 9, 9)], **COLUMNS)

    assert {place.id: place.corner for place in found.places} == {"a": "core", "b": "marginal", "c": "core"}


def test_what_nobody_used_is_named_and_moves_no_median():
    found = matrix([row("a", 0.5, 4, 5), row("z", 0.0, None, 0), row("(none)", 0.3, 3, 3), row("y", 0.0, 0, 0, "(none)")], **COLUMNS)

    assert [place.id for place in found.places] == ["a"]
    assert (found.breadth, found.unused) == (0.5, ("Z", "y"))


def test_without_any_use_there_is_no_median():
    assert matrix([], **COLUMNS) == Matrix((), None, None, ())
