"""Which ids of which sources mean one account: the hits of all methods, taken in their order, without joining what a source tells apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Node = tuple[str, str]  # source, its id; an account that is named by hand or by its own id has the source ""
Hit = tuple[str, str, str, str, str]  # source, its id, the other's source, the other's id, method

#: Methods by which somebody says outright whose an id is; a source may so give one account two ids.
OUTRIGHT = ("manual", "external_id")


@dataclass
class Ties:
    """Nodes that are tied; `given` are the sources whose ids are the company's own, and tell its accounts apart."""

    sources: Sequence[str]
    given: Sequence[str]
    parent: dict[Node, Node] = field(default_factory=dict)
    members: dict[Node, set[Node]] = field(default_factory=dict)

    def root(self, node: Node) -> Node:
        """The node that stands for all that are tied to this one."""
        while node in self.parent:
            node = self.parent[node]
        return node

    def tie(self, node: Node, other: Node, *, outright: bool) -> bool:
        """Ties two nodes; False when that would make one account of two that a source of the company tells apart."""
        one, two = self.root(node), self.root(other)
        if one == two:
            return True
        here, there = self.members.get(one, {one}), self.members.get(two, {two})
        if not outright and any(left in self.given and left == right and a != b for left, a in here for right, b in there):
            return False
        low, high = sorted((one, two), key=lambda each: (rank(self.sources, each[0]), each[1]))
        self.parent[high] = low
        self.members[low] = here | there
        return True


def tied(hits: Iterable[Hit], methods: Sequence[str], sources: Sequence[str], given: Sequence[str]) -> tuple[dict[Node, str], set[Hit]]:
    """The account of each node that something ties, and the hits that were refused.

    Of each node the first hit counts, by method, then by the source that it leads to. Of the tied ones the first source's id stands
    for all.
    """
    ties, decided, refused = Ties(sources, given), set[Node](), set[Hit]()
    for hit in sorted(hits, key=lambda hit: (methods.index(hit[4]), rank(sources, hit[2]), hit[3], hit[0], hit[1])):
        node = (hit[0], hit[1])
        if node in decided:
            continue
        if ties.tie(node, (hit[2], hit[3]), outright=hit[4] in OUTRIGHT):
            decided.add(node)
        else:
            refused.add(hit)
    return {node: ties.root(node)[1] for node in decided}, refused


def rank(sources: Sequence[str], source: str) -> int:
    """An account named by hand comes first, then the sources in the order of sources.yml."""
    return -1 if source == "" else sources.index(source) if source in sources else len(sources)
