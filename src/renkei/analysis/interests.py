"""What each stakeholder would choose, who could stop what, what would win them over, and which limits are broken.

Nothing is known of a stakeholder's weights but, perhaps, their order: they are drawn, together with the futures (SMAA,
``renkei.analysis.acceptability``). Values are 0 to 1 on a scale of each stakeholder's own; nothing here adds one
stakeholder's to another's. That somebody is against a structure means that it is shown to be worth less to him, on
average over the weights that he may have and the futures, than what is; or that he refuses it; or that it breaks a
limit of his in most futures. Where the futures show neither less nor more, he is not taken to stop it, and it is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from renkei.analysis.acceptability import Floats, acceptability, value_of, weights_drawn
from renkei.analysis.coalitions import Rule, compensation, pareto, support
from renkei.model.quantity import Text
from renkei.model.stakeholders import Bound, Interest, Measure, Offer, Politics, Stakeholder

DRAWS: Final = 20_000
SURE: Final = 1.959963984540054
MOST: Final = 0.5
"""A limit is broken by a structure that breaks it in more than this share of futures."""

Tables = Mapping[Measure, Floats]
"""By measure: (A, F), of each structure in each future; NaN where there is none, which is worth nothing."""
Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BrokenLimit:
    """A limit that a structure breaks in some futures, and by how much then (median, in the measure's unit)."""

    structure: str
    stakeholder: str
    """Whose limit it is; empty where it binds everybody."""
    name: Text
    measure: str
    share: float
    excess: float
    source: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A stakeholder, and what it makes of the structures; tuples are in the order of ``structures``."""

    id: str
    name: Text
    structures: tuple[str, ...]
    first: tuple[float, ...]
    """Share of weights and futures, drawn together, in which a structure comes first."""
    confidence: tuple[float, ...]
    """How often it is first at its central weights; NaN where it never is."""
    central: tuple[dict[str, float], ...]
    """Mean weights with which it is first, by measure; empty where it never is."""
    value: tuple[float, ...]
    """Mean value over weights and futures, 0 to 1."""
    better: tuple[float, ...]
    """Share of weights and futures in which it is worth more than the base."""
    veto: tuple[str, ...]
    """Structures that it refuses, or that break a limit of its own in most futures."""
    against: tuple[str, ...]
    """Structures that are shown to be worth less to it than the base, and those of ``veto``."""
    unsure: tuple[str, ...]
    """Structures of which the futures show neither that they are worth less to it than the base nor more: zero is in
    the 95 % interval over futures of the difference of mean values."""
    source: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """A structure that somebody can stop, and the least coalitions of those against it that can."""

    structure: str
    coalitions: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Compensated:
    """Who is against a structure and would not be with the fewest offers under which nobody stops it."""

    structure: str
    actor: str
    offers: tuple[str, ...]
    change: Text
    """The offers in words."""


@dataclass(frozen=True, slots=True)
class Interests:
    """All of it."""

    base: str
    actors: tuple[Actor, ...]
    all: tuple[str, ...]
    """Of those that nobody refuses, the structures that no other of them betters for one stakeholder without loss to
    another."""
    blocking: tuple[Blocked, ...]
    compensation: tuple[Compensated, ...]
    beyond: tuple[str, ...]
    """Structures that can be stopped, and that no package of offers brings about."""
    limits: tuple[BrokenLimit, ...]


def interests(
    politics: Politics, structures: Sequence[str], base: str, tables: Tables, futures: Sequence[Numbers], seed: int
) -> Interests:
    """Return what stakeholders make of structures.

    Parameters
    ----------
    politics
        Who they are, and what limits and offers there are.
    structures, base
        In the tables' order; the base is what is.
    tables
        Every measure that somebody weighs or limits.
    futures
        Every assumption's number in each future.
    seed
        Of the weights.
    """
    broken = [*_broken("", politics.limits, structures, tables, futures)]
    actors = []
    scales: list[list[tuple[Interest, float, float, float]]] = []
    for stakeholder in politics.stakeholders.values():
        own = _broken(stakeholder.id, stakeholder.limits, structures, tables, futures)
        broken += own
        refused = {name for refusal in stakeholder.refuses for name in refusal.structures if name in structures}
        refused |= {each.structure for each in own if each.share > MOST}
        actor, scale = _actor(stakeholder, structures, base, tables, futures, refused, seed)
        actors.append(actor)
        scales.append(scale)
    if not actors:
        return Interests(base, (), (), (), (), (), tuple(broken))
    rule = Rule(
        np.array([each.consent for each in politics.stakeholders.values()]),
        np.array([each.votes for each in politics.stakeholders.values()], dtype=np.float64),
        politics.votes_needed,
    )
    # What is refused is worth less than what is, whatever its values; what is stands, who ever refuses it.
    worth = np.array(
        [[v - 2.0 * (s in a.veto and s != base) for s, v in zip(structures, a.value, strict=True)] for a in actors]
    )
    at = structures.index(base)
    unsure = np.array([[name in actor.unsure for name in structures] for actor in actors])
    supports = support(np.where(unsure, worth[:, [at]], worth), at, rule)
    ids = [actor.id for actor in actors]
    blocked = tuple(
        Blocked(name, tuple(tuple(ids[member] for member in members) for members in each.blocking))
        for name, each in zip(structures, supports, strict=True)
        if each.blocking
    )
    offers = list(politics.offers.values())
    effects = np.array([[_effect(offer, scale, futures) for scale in scales] for offer in offers]).reshape(-1, len(ids))
    won: list[Compensated] = []
    beyond = []
    for each in blocked:
        gains = supports[structures.index(each.structure)].gains
        # What is refused is refused at any price.
        bought = effects * np.array([each.structure not in actor.veto for actor in actors])
        package = compensation(gains, bought, np.ones(len(offers)), rule) if offers else None
        if package is None:
            beyond.append(each.structure)
            continue
        chosen = [offers[number] for number in package.changes]
        words = Text("; ".join(o.name.en for o in chosen), "、".join(o.name.in_language("ja") for o in chosen))
        won += [
            Compensated(each.structure, ids[member], tuple(o.id for o in chosen), words)
            for member in package.compensated
        ]
    kept = pareto(worth)
    vetoed = {name for actor in actors for name in actor.veto}
    return Interests(
        base=base,
        actors=tuple(actors),
        all=tuple(name for name, keep in zip(structures, kept, strict=True) if keep and name not in vetoed),
        blocking=blocked,
        compensation=tuple(won),
        beyond=tuple(beyond),
        limits=tuple(broken),
    )


def _actor(
    stakeholder: Stakeholder,
    structures: Sequence[str],
    base: str,
    tables: Tables,
    futures: Sequence[Numbers],
    refused: set[str],
    seed: int,
) -> tuple[Actor, list[tuple[Interest, float, float, float]]]:
    """Return a stakeholder's view, and of each interest its worst, its best and its mean weight."""
    values, scale = [], []
    for interest in stakeholder.weighs:
        table = tables[interest.measure]
        worst, best = _ends(interest, table, futures)
        # A measure in which all are alike tells nothing, and is worth the same to all.
        value = np.full(table.shape, 0.5) if worst == best else value_of(table, worst, best, interest.bend)
        values.append(np.where(np.isnan(table), 0.0, value))
        scale.append((interest, worst, best))
    stacked = np.ascontiguousarray(np.stack(values).transpose(2, 1, 0))  # (F, A, C)
    order = range(len(scale)) if stakeholder.ordered else None
    weights = weights_drawn(DRAWS, len(scale), order=order, seed=seed)
    found = acceptability(stacked, weights, seed=seed)
    at = structures.index(base)
    mean = weights.mean(axis=0)
    by_future = np.einsum("fac,c->fa", stacked, mean)
    value = by_future.mean(axis=0)
    gains = by_future - by_future[:, [at]]
    error = gains.std(axis=0, ddof=1) / len(gains) ** 0.5 if len(gains) > 1 else np.zeros(len(structures))
    drawn = np.random.Generator(np.random.PCG64(seed)).integers(0, stacked.shape[0], DRAWS)
    scores = np.einsum("wc,wac->wa", weights, stacked[drawn])
    names = [_name(interest.measure) for interest, _, _ in scale]
    losing = {name for name, high in zip(structures, gains.mean(axis=0) + SURE * error, strict=True) if high < 0}
    neither = np.abs(gains.mean(axis=0)) <= SURE * error
    neither[at] = False
    actor = Actor(
        id=stakeholder.id,
        name=stakeholder.name,
        structures=tuple(structures),
        first=tuple(found.first.tolist()),
        confidence=tuple(found.confidence.tolist()),
        central=tuple(
            {} if np.isnan(row).any() else dict(zip(names, row.tolist(), strict=True)) for row in found.central_weights
        ),
        value=tuple(value.tolist()),
        better=tuple((scores > scores[:, [at]]).mean(axis=0).tolist()),
        veto=tuple(name for name in structures if name in refused),
        against=tuple(name for name in structures if name in refused | losing),
        unsure=tuple(name for name, open_ in zip(structures, neither, strict=True) if open_ and name not in refused),
        source=stakeholder.source,
    )
    return actor, [(interest, worst, best, float(mean[n])) for n, (interest, worst, best) in enumerate(scale)]


def _ends(interest: Interest, table: Floats, futures: Sequence[Numbers]) -> tuple[float, float]:
    """Return what is worth nothing and what is worth 1; those that are stated at their mean over futures."""
    if interest.worst is not None and interest.best is not None:
        worst, best = (
            float(np.mean([end.of(dict(future)) for future in futures])) for end in (interest.worst, interest.best)
        )
        return worst, best
    with np.errstate(invalid="ignore"):
        known = [float(np.nanmean(row)) for row in table if not np.isnan(row).all()]
    return (max(known), min(known)) if known else (0.0, 0.0)


def _effect(offer: Offer, scale: Sequence[tuple[Interest, float, float, float]], futures: Sequence[Numbers]) -> float:
    """Return what an offer adds to a stakeholder's mean value: in a line between worst and best, at mean weights."""
    effect = 0.0
    for moves, sign in ((offer.moves, 1.0), (offer.adds, -1.0)):
        for measure, by in moves:
            size = float(np.mean([by.of(dict(future)) for future in futures]))
            for interest, worst, best, weight in scale:
                if interest.measure == measure and worst != best:
                    effect += sign * weight * size / (worst - best)
    return effect


def _broken(
    whose: str, limits: Sequence[Bound], structures: Sequence[str], tables: Tables, futures: Sequence[Numbers]
) -> list[BrokenLimit]:
    found = []
    for limit in limits:
        most = np.array([limit.at_most.of(dict(future)) for future in futures])
        for name, row in zip(structures, tables[limit.measure], strict=True):
            over = row - most
            beyond = over > 1e-9
            share = float(beyond.mean())
            if share > 0:
                excess = float(np.median(over[beyond]))
                found.append(BrokenLimit(name, whose, limit.name, limit.measure.kind, share, excess, limit.source))
    return found


def _name(measure: Measure) -> str:
    """Return a measure's name as a key: ``time daily``, ``once US``."""
    return " ".join(
        part
        for part in (
            measure.kind,
            measure.scenario,
            measure.payer,
            measure.nation,
            measure.headquarters,
            measure.place,
        )
        if part
    )


def asked(politics: Politics) -> list[Measure]:
    """Return every measure that somebody weighs or limits, each once."""
    found = {limit.measure: None for limit in politics.limits}
    for stakeholder in politics.stakeholders.values():
        found |= {interest.measure: None for interest in stakeholder.weighs}
        found |= {limit.measure: None for limit in stakeholder.limits}
    return list(found)
