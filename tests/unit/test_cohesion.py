from renkei.analysis.cohesion import cohesion
from renkei.model.quantity import Text
from renkei.model.structure import Headquarters, Link, Person, Relation, Structure


def house(id: str, nation: str = "US") -> Headquarters:
    return Headquarters(id, Text(id), (nation,), "joint", "command", "here", 3, {})


def structure(
    *links: tuple[Relation, str, str], nations: str = "", persons: dict[str, Person] | None = None
) -> Structure:
    names = sorted({name for _, one, other in links for name in (one, other)})
    return Structure(
        "s",
        Text("S"),
        headquarters={name: house(name, "JP" if name in nations else "US") for name in names},
        relations=tuple(Link(*link) for link in links),
        persons=persons or {},
    )


def test_two_masters_are_two_who_give_orders() -> None:
    """OPCON from one and TACON from another are two masters; ADCON is none, and the same superior twice is one."""
    found = cohesion(
        structure(
            ("OPCON", "a", "c"), ("TACON", "b", "c"), ("ADCON", "b", "d"), ("OPCON", "a", "d"), ("COCOM", "a", "d")
        )
    )
    assert found.two_masters == {"c": ("a", "b")}


def test_a_person_with_two_hats_has_the_masters_of_both() -> None:
    """Two posts under two superiors are two masters; posts of superior and subordinate are one."""
    links: tuple[tuple[Relation, str, str], ...] = (("OPCON", "a", "c"), ("OPCON", "b", "d"), ("OPCON", "c", "e"))
    hats = {
        "split": Person("split", Text("Split"), ("c.commander", "d.commander")),
        "line": Person("line", Text("Line"), ("c.commander", "e.commander")),
    }
    assert cohesion(structure(*links, persons=hats)).two_masters == {"split": ("a", "b")}


def test_a_chain_breaks_where_it_is_cut_and_a_ring_does_not() -> None:
    """A chain a-b-c-d has two cut vertices; closed to a ring it has none."""
    chain: tuple[tuple[Relation, str, str], ...] = (("OPCON", "a", "b"), ("OPCON", "b", "c"), ("OPCON", "c", "d"))
    found = cohesion(structure(*chain))
    assert [(each.headquarters, each.cut_off) for each in found.weaknesses] == [("b", ("a",)), ("c", ("d",))]
    assert cohesion(structure(*chain, ("co-ordination", "d", "a"))).weaknesses == ()


def test_the_hub_of_a_star_is_on_every_way() -> None:
    """Freeman 1977: the middle of a star has betweenness 1."""
    found = cohesion(structure(("OPCON", "m", "a"), ("OPCON", "m", "b"), ("OPCON", "m", "c")))
    assert (found.hub, found.hub_share) == ("m", 1.0)


def test_links_across_count_disjoint_ways() -> None:
    """Two links from one headquarters are lost with it; from two, both must be lost."""
    one = structure(("co-ordination", "a", "x"), ("co-ordination", "a", "y"), ("OPCON", "a", "b"), nations="xy")
    two = structure(("co-ordination", "a", "x"), ("co-ordination", "b", "y"), ("OPCON", "a", "b"), nations="xy")
    assert (cohesion(one).links_across, cohesion(two).links_across) == (1, 2)


def test_a_class_without_authority_is_named() -> None:
    """Of the classes that need an authority, those that have none here."""
    assert cohesion(structure(("OPCON", "a", "b")), ["relief"]).undecided == ("relief",)
