"""Records that are records already: instructions above all, so that general knowledge stays."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from rap_engine.training.building.mixing import spread
from rap_engine.training.chance import chance
from rap_engine.training.records import Kind, Record
from rap_engine.training.skips import Reason, Skips
from rap_engine.training.sources import RecordSource

Check = Callable[[], None]
"""Raises what ends the build."""


class _Unheard(Skips):
    """Takes what was told before, when the same source was read for the first time."""

    def note(self, source: str, reason: Reason, path: str, detail: str = "") -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A source of records.

    Attributes:
        source: Read once more.
        instructions: How many of these it has.
        others: How many of other kinds.
        wanted: How many instructions are used.
        most_others: How many of other kinds.
    """

    source: RecordSource
    instructions: int
    others: int
    wanted: int
    most_others: int


@dataclass(frozen=True, slots=True)
class Passing:
    """Hands records on as they are. Without infos where the plan has none."""

    ready: tuple[Ready, ...]
    seed: int
    with_info: bool

    @classmethod
    def look(
        cls,
        sources: Sequence[tuple[RecordSource, int | None]],
        *,
        weights: Mapping[Kind, float],
        beside: int,
        skips: Skips,
        check: Check,
        seed: int,
        with_info: bool,
    ) -> Self:
        """Count the records of sources, and decide how many of them to use.

        All of other kinds; of the instructions as many as the weights say beside all others, or
        all, where there are no others.

        Args:
            sources: each with how many records to use of it at most.
            weights: of all kinds.
            beside: how many records are made of scenes.
            skips: told of what is passed over.
            check: called at each record.
            seed: of the choice.
            with_info: whether references keep their infos.
        """
        counts = [_counted(source, skips, check) for source, _ in sources]
        kept = [_within(count, most) for count, (_, most) in zip(counts, sources, strict=True)]
        others = beside + sum(other for _, other in kept)
        available = sum(instructions for instructions, _ in kept)
        wanted = _instructions(weights, others, available)
        ready = []
        for (source, _), count, (instructions, other) in zip(sources, counts, kept, strict=True):
            share = round(wanted * instructions / available) if available else 0
            ready.append(Ready(source, *_parted(count), wanted=share, most_others=other))
        return cls(tuple(ready), seed, with_info)

    @property
    def wanted(self) -> int:
        """How many records there are to be."""
        return sum(each.wanted + each.most_others for each in self.ready)

    def records(self) -> Iterator[Record]:
        """Yield the records, evenly from all of each source."""
        for each in self.ready:
            name = each.source.name
            asked = chance(self.seed, name, "instructions")
            others = chance(self.seed, name, "others")
            yield from map(
                self._plain,
                spread(_of(each.source, True), each.instructions, each.wanted, asked),
            )
            yield from map(
                self._plain,
                spread(_of(each.source, False), each.others, each.most_others, others),
            )

    def _plain(self, record: Record) -> Record:
        if self.with_info:
            return record
        references = tuple(replace(each, info="") for each in record.references)
        return replace(record, references=references)


def _of(source: RecordSource, are_instructions: bool) -> Iterator[Record]:
    for record in source.records(_Unheard()):
        if (record.kind == "instruction") is are_instructions:
            yield record


def _counted(source: RecordSource, skips: Skips, check: Check) -> Counter[bool]:
    counts: Counter[bool] = Counter()
    for record in source.records(skips):
        check()
        counts[record.kind == "instruction"] += 1
    return counts


def _parted(counts: Counter[bool]) -> tuple[int, int]:
    return counts[True], counts[False]


def _within(counts: Counter[bool], most: int | None) -> tuple[int, int]:
    """Return how many instructions and others to use of a source, by their shares in it."""
    total = counts.total()
    if most is None or total <= most:
        return _parted(counts)
    instructions = round(most * counts[True] / total)
    return instructions, most - instructions


def _instructions(weights: Mapping[Kind, float], others: int, available: int) -> int:
    weight = weights.get("instruction", 0.0)
    beside = sum(weights.values()) - weight
    if not others or not beside:
        return available if weight else 0
    return min(round(others * weight / beside), available)
