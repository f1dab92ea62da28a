"""Unity of command and single points of failure: measures of a structure's graph.

The graph has the headquarters as its nodes. Two are joined where a relation or a counterpart joins them.

References
----------
Cut vertices: J. Hopcroft, R. Tarjan, "Algorithm 447", Communications of the ACM 16(6), 1973. Betweenness: L. C.
Freeman, "A set of measures of centrality based on betweenness", Sociometry 40(1), 1977. Both as networkx computes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from renkei.model.pictures import Cohesion, Weakness
from renkei.model.structure import Structure

COMMANDS: Final = ("COCOM", "OPCON", "TACON")
"""Relations by which somebody is given orders; two superiors in them are two masters."""


def cohesion(structure: Structure, classes: Iterable[str] = ()) -> Cohesion:
    """Return the measures of a structure. ``classes``: those that need an authority.

    Examples
    --------
    >>> from renkei.model.quantity import Text
    >>> from renkei.model.structure import Structure
    >>> cohesion(Structure("empty", Text("Empty"))).hub
    ''
    """
    import networkx

    graph = graph_of(structure)
    pieces = networkx.number_connected_components(graph) if len(graph) else 0
    weaknesses = []
    for node in sorted(networkx.articulation_points(graph)):
        rest = graph.copy()
        rest.remove_node(node)
        parts = sorted(networkx.connected_components(rest), key=lambda part: (-len(part), min(part)))
        home = networkx.node_connected_component(graph, node)
        own = [part for part in parts if part <= home]
        weaknesses.append(Weakness(node, tuple(sorted(set().union(*own[1:])))))
    assert pieces or not weaknesses
    weaknesses.sort(key=lambda each: (-len(each.cut_off), each.headquarters))
    central = networkx.betweenness_centrality(graph) if len(graph) > 2 else {}
    hub = min(central, key=lambda node: (-round(central[node], 9), node), default="")
    held = {authority.decision_class for authority in structure.authorities.values()}
    return Cohesion(
        two_masters=two_masters(structure),
        undecided=tuple(name for name in classes if name not in held),
        weaknesses=tuple(weaknesses),
        links_across=links_across(structure, graph),
        hub=hub,
        hub_share=float(central.get(hub, 0.0)),
    )


def graph_of(structure: Structure) -> Any:
    """Return the structure as an undirected graph of networkx."""
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(structure.headquarters)
    known = structure.headquarters
    pairs = [(link.superior, link.subordinate) for link in structure.relations]
    pairs += [each.between for each in structure.counterparts.values()]
    graph.add_edges_from((one, other) for one, other in pairs if one in known and other in known and one != other)
    return graph


def two_masters(structure: Structure) -> dict[str, tuple[str, ...]]:
    """Return who answers to two superiors or more: headquarters, and persons through their posts.

    A person who holds the posts of a superior and of its own subordinate has one master, not two.
    """
    masters: dict[str, list[str]] = {}
    for link in structure.relations:
        if link.relation in COMMANDS and link.superior not in masters.setdefault(link.subordinate, []):
            masters[link.subordinate].append(link.superior)
    found = {name: tuple(above) for name, above in masters.items() if len(above) > 1}
    for person in structure.persons.values():
        houses = list(dict.fromkeys(post.split(".")[0] for post in person.posts))
        above = list(
            dict.fromkeys(master for house in houses for master in masters.get(house, ()) if master not in houses)
        )
        if len(houses) > 1 and len(above) > 1:
            found[person.id] = tuple(above)
    return found


def links_across(structure: Structure, graph: Any) -> int:
    """Return how many headquarters must be lost until the two largest nations have no way to each other.

    Headquarters that are joined across the border directly are each lost on one side: a smallest vertex cover of the
    border's links would do; the smallest number of vertex-disjoint ways is the same by Menger's theorem.
    """
    import networkx

    counts = Counter(nation for house in structure.headquarters.values() for nation in house.nations)
    if len(counts) < 2:
        return 0
    (one, _), (other, _) = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:2]
    flow = networkx.DiGraph()
    for name, house in structure.headquarters.items():
        flow.add_edge((name, "in"), (name, "out"), capacity=1)
        if one in house.nations:
            flow.add_edge("from", (name, "in"))
        if other in house.nations:
            flow.add_edge((name, "out"), "to")
    for first, second in graph.edges:
        flow.add_edge((first, "out"), (second, "in"))
        flow.add_edge((second, "out"), (first, "in"))
    return int(networkx.maximum_flow_value(flow, "from", "to"))
