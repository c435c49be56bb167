"""The tests of all definitions, run on a generation before it is published and kept in its manifest, so that pages only read them."""

from __future__ import annotations

from typing import Any

from data.draft import Draft
from data.errors import Problem
from data.generation import Manifest
from data.reader import Held
from data.workspace import Workspace
from metrics import checks
from metrics.checks import Verdict
from metrics.layer import Layer

#: About how long a publish may wait for the tests. What there was no time for is told as not tested.
SECONDS = 15.0


def at_publish(workspace: Workspace, draft: Draft, before: Manifest | None) -> dict[str, dict[str, Any]]:
    """The outcomes of every metric's tests on a draft, as its manifest keeps them.

    An example (`equals`) depends on the definition alone, so what it gave in the generation `before` still holds.
    """
    layer = Layer(workspace, Held(draft.connection, draft.number, apart=True))
    if before is not None and before.version == draft.version:
        checks.remember({name: Verdict.of(told) for name, told in before.tests.items()}, layer.metrics)
    return {name: verdict.to_dict() for name, verdict in checks.judge(layer, seconds=SECONDS).items()}


def standing(layer: Layer) -> dict[str, Verdict]:
    """What the tests of the published generation found, for the metrics that are still defined as they were then.

    One without outcomes was not tested, for want of time. Where nothing was tested at all, nothing stands.
    """
    try:
        with layer.reader.open() as snapshot:
            tests, loaded = snapshot.manifest.tests, layer.loaded(snapshot)
    except Problem:
        return {}
    known = layer.metrics
    found = {name: Verdict.of(tests[name]) for name in known if name in tests}
    return {
        name: checks.aged(verdict, known[name], known, loaded)
        for name, verdict in found.items()
        if verdict.definition == checks.fingerprint(name, known)
    }
