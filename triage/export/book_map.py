"""The map of a rule book, laid out in numbers: questions, findings, rules and types, and what builds on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.conditions.condition import findings_in, questions_in
from triage.export.book_drawing import Caption, tone_of
from triage.export.book_entries import anchor, plain_words
from triage.protocol.urgency import Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from triage.conditions.condition import Condition
    from triage.export.book_entries import Book, Way
    from triage.protocol.rule import Rule

__all__ = ["Box", "Map", "Strand", "WayGroup", "map_of"]

_TOP = 34
_ROW = 23
_TYPE_ROW = 18
_BOX = 19
_HEADING = 22
_GAP = 16
_QUESTIONS = (0, 158)
_FINDINGS = (238, 150)
_RULES = (472, 298)
_TYPES = (862, 340)
_CHIPS_IN_ROW = 7
_CHIP = 36
_CHIP_STEP = 40
_WIDTH = _TYPES[0] + _TYPES[1]

_VOTES = (Vote.DISEASE, Vote.NEUTRAL, Vote.BENIGN)
_Band = tuple[str, Vote | None]
"""Rules of one urgency with one vote, or those that only name a type."""


@dataclass(frozen=True)
class Box:
    """One question, finding, rule or type; or the band that holds the rules of one urgency and vote."""

    anchor: str
    kind: str
    tone: str
    x: float
    y: float
    width: float
    height: float
    label: str
    title: str
    ways: str = ""
    """The numbers of the ways it is on."""
    flag: bool = False

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Strand:
    """A line from one box to another that builds on it."""

    path: str
    start: str
    end: str
    tone: str
    faint: bool
    """Whether it is seen while no way is chosen."""
    width: float = 1.0


@dataclass(frozen=True)
class WayGroup:
    """Ways that may be chosen, under one heading: the number, the name and the anchor of each."""

    title: str
    ways: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class Map:
    """The picture of all questions, findings, rules and types."""

    width: float
    height: float
    captions: tuple[Caption, ...]
    boxes: tuple[Box, ...]
    strands: tuple[Strand, ...]
    choices: tuple[WayGroup, ...]


def map_of(book: Book) -> Map:
    """Lay out the map of a book."""
    return _Drawing(book).map()


class _Drawing:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.protocol = book.protocol
        self.ways: dict[str, list[int]] = {}
        self.choices = tuple(self.number_ways())
        self.captions: list[Caption] = []
        self.boxes: dict[str, Box] = {}
        self.bands: dict[_Band, Box] = {}

    def number_ways(self) -> Iterator[WayGroup]:
        """Yield every way that may be chosen, and note it for everything it leads through."""
        number = 0
        for group in self.book.types:
            chosen = []
            for entry in group.entries:
                self.note(number, entry.anchor, entry.way)
                chosen.append((number, entry.type.name, entry.anchor))
                number += 1
            yield WayGroup(group.title, tuple(chosen))

    def note(self, number: int, end: str, way: Way) -> None:
        for link in (*way.questions, *way.findings, *way.rules):
            self.ways.setdefault(link.to, []).append(number)
        self.ways.setdefault(end, []).append(number)

    def map(self) -> Map:
        """Return the whole picture."""
        height = max(self.column_heights())
        self.draw_questions(height)
        self.draw_findings(height)
        self.draw_bands(height)
        self.draw_types(height)
        for (x, _), text in zip(
            (_QUESTIONS, _FINDINGS, _RULES, _TYPES),
            ("Questions", "Findings", "Rules, by how soon and by vote", "Types"),
            strict=True,
        ):
            self.captions.append(Caption(x, 14, text, "column"))
        strands = tuple(self.strands())
        boxes = (*self.bands.values(), *self.boxes.values())
        return Map(_WIDTH, _TOP + height + 6, tuple(self.captions), boxes, strands, self.choices)

    # ---- columns ----

    def column_heights(self) -> Iterator[float]:
        """Yield the least height of each column."""
        yield sum(_HEADING + _ROW * len(group.entries) for group in self.book.questions)
        yield _ROW * len(self.book.findings)
        yield sum(self.band_height(len(rules)) + _GAP for rules in self.rules_by_band().values())
        yield sum(_HEADING + _TYPE_ROW * len(group.entries) for group in self.book.types)

    def rules_by_band(self) -> dict[_Band, list[Rule]]:
        """Return the rules that conclude something, the most urgent first, each in the order of the pages."""
        bands = [(urgency.value, vote) for urgency in reversed(Urgency) for vote in _VOTES]
        rules = [rule for rule in self.protocol.rules if not rule.then.finding]
        by_band = {
            band: [rule for rule in rules if (tone_of(rule), rule.vote) == band] for band in (*bands, ("names", None))
        }
        return {band: found for band, found in by_band.items() if found}

    @staticmethod
    def band_height(count: int) -> float:
        return 26 + _ROW * -(-count // _CHIPS_IN_ROW) + 4

    def spread(self, parts: Sequence[float], height: float, most: float) -> list[float]:
        """Return where each part of a column begins, so that the column is filled evenly and stands in the middle."""
        room = height - sum(parts)
        gap = min(most, room / max(len(parts) - 1, 1)) if len(parts) > 1 else 0
        y = _TOP + (room - gap * (len(parts) - 1)) / 2
        starts = []
        for part in parts:
            starts.append(y)
            y += part + gap
        return starts

    def add(self, box: Box) -> None:
        self.boxes[box.anchor] = box

    def on_ways(self, name: str) -> str:
        return " ".join(map(str, self.ways.get(name, ())))

    def draw_questions(self, height: float) -> None:
        x, width = _QUESTIONS
        groups = self.book.questions
        starts = self.spread([_HEADING + _ROW * len(group.entries) for group in groups], height, 24)
        for group, start in zip(groups, starts, strict=True):
            self.captions.append(Caption(x, start + 15, group.title, "group"))
            for index, entry in enumerate(group.entries):
                question = entry.question
                self.add(
                    Box(
                        entry.anchor,
                        "question",
                        "flag" if question.red_flag else "plain",
                        x,
                        start + _HEADING + _ROW * index,
                        width,
                        _BOX,
                        plain_words(question.id),
                        question.text,
                        self.on_ways(entry.anchor),
                        question.red_flag,
                    )
                )

    def draw_findings(self, height: float) -> None:
        x, width = _FINDINGS
        found = self.book.findings
        for entry, y in zip(found, self.spread([_ROW] * len(found), height, 46), strict=True):
            rules = self.protocol.finding_rules.get(entry.name, ())
            title = rules[0].title if rules else "follows from the questionnaire"
            self.add(
                Box(
                    entry.anchor,
                    "finding",
                    "finding",
                    x,
                    y,
                    width,
                    _BOX,
                    entry.words,
                    title,
                    self.on_ways(entry.anchor),
                )
            )

    def draw_bands(self, height: float) -> None:
        x, width = _RULES
        by_band = self.rules_by_band()
        heights = [self.band_height(len(rules)) for rules in by_band.values()]
        for (key, rules), band, y in zip(by_band.items(), heights, self.spread(heights, height, 60), strict=True):
            tone, vote = key
            self.bands[key] = Box(f"band-{tone}-{vote or 'none'}", "band", tone, x, y, width, band, "", "")
            self.captions.append(Caption(x + 12, y + 17, plain_words(tone) if vote else "Only names a type", "band"))
            if vote:
                self.captions.append(Caption(x + width - 12, y + 17, vote.words, "outcome"))
            for index, rule in enumerate(rules):
                row, column = divmod(index, _CHIPS_IN_ROW)
                name = anchor("rule", rule.id)
                self.add(
                    Box(
                        name,
                        "rule",
                        tone,
                        x + 11 + column * _CHIP_STEP,
                        y + 26 + row * _ROW,
                        _CHIP,
                        _BOX,
                        rule.id,
                        rule.title,
                        self.on_ways(name),
                    )
                )

    def draw_types(self, height: float) -> None:
        x, width = _TYPES
        groups = self.book.types
        starts = self.spread([_HEADING + _TYPE_ROW * len(group.entries) for group in groups], height, 24)
        for group, start in zip(groups, starts, strict=True):
            self.captions.append(Caption(x, start + 15, group.title, "group"))
            for index, entry in enumerate(group.entries):
                self.add(
                    Box(
                        entry.anchor,
                        "type",
                        "plain",
                        x,
                        start + _HEADING + _TYPE_ROW * index,
                        width,
                        _TYPE_ROW - 2,
                        entry.type.name,
                        entry.type.description,
                        self.on_ways(entry.anchor),
                    )
                )

    # ---- strands ----

    def strands(self) -> Iterator[Strand]:
        """Yield the strands: those seen at rest first, then those of single rules."""
        derived = self.protocol.derived_findings
        for entry in self.book.findings:
            end = self.boxes[entry.anchor]
            conditions = [derived[entry.name]] if entry.name in derived else []
            conditions += [rule.when for rule in self.protocol.finding_rules.get(entry.name, ())]
            for start in self.read_by(conditions):
                yield self.strand(start, end, "finding", faint=True)
        bundles: dict[tuple[str, str], int] = {}
        single: list[Strand] = []
        for key, rules in self.rules_by_band().items():
            tone, band = key[0], self.bands[key]
            for rule in rules:
                box = self.boxes[anchor("rule", rule.id)]
                for start in self.read_by([rule.when] if rule.when is not None else []):
                    bundles[start.anchor, band.anchor] = bundles.get((start.anchor, band.anchor), 0) + 1
                    single.append(self.strand_into(start, box, band, tone))
                for code in rule.then.types:
                    end = self.boxes[anchor("type", code)]
                    bundles[band.anchor, end.anchor] = bundles.get((band.anchor, end.anchor), 0) + 1
                    single.append(self.strand_out_of(box, band, end, tone))
        places = self.boxes | {band.anchor: band for band in self.bands.values()}
        for (first, last), count in bundles.items():
            start, end = places[first], places[last]
            tone = start.tone if start.kind == "band" else end.tone
            yield self.strand(start, end, tone, faint=True, width=0.6 + 0.35 * min(count, 12))
        yield from single

    def read_by(self, conditions: Iterable[Condition]) -> list[Box]:
        """Return the boxes of the questions and findings that conditions read, from top to bottom."""
        names: set[str] = set()
        for condition in conditions:
            names |= {anchor("question", name) for name in questions_in(condition)}
            names |= {anchor("finding", name) for name in findings_in(condition)}
        return [box for box in self.boxes.values() if box.anchor in names]

    def strand(self, start: Box, end: Box, tone: str, *, faint: bool = False, width: float = 1.0) -> Strand:
        """Return a strand from the right side of a box to the left side of another."""
        x1, y1 = start.x + start.width, start.middle
        if start.kind == end.kind:  # in one column: out to the right and back in from there
            x2, y2 = end.x + end.width, end.middle
            bow = 16 + abs(y2 - y1) / 8
            path = f"M{x1:g} {y1:.1f}C{x1 + bow:.1f} {y1:.1f} {x2 + bow:.1f} {y2:.1f} {x2:g} {y2:.1f}"
        else:
            path = _curve(x1, y1, end.x, end.middle)
        return Strand(path, start.anchor, end.anchor, tone, faint, round(width, 2))

    def strand_into(self, start: Box, rule: Box, band: Box, tone: str) -> Strand:
        """Return a strand to a rule that runs between the rows of its band, so that it strikes no other rule out."""
        gap = rule.y - (_ROW - _BOX) / 2
        path = _curve(start.x + start.width, start.middle, band.x, gap)
        return Strand(f"{path}H{rule.x + rule.width / 2:g}V{rule.y:g}", start.anchor, rule.anchor, tone, faint=False)

    def strand_out_of(self, rule: Box, band: Box, end: Box, tone: str) -> Strand:
        """Return a strand from a rule that runs between the rows of its band."""
        bottom = rule.y + rule.height
        gap = bottom + (_ROW - _BOX) / 2
        right = band.x + band.width
        path = _curve(right, gap, end.x, end.middle).removeprefix(f"M{right:g} {gap:.1f}")
        out = f"M{rule.x + rule.width / 2:g} {bottom:g}V{gap:.1f}H{right:g}{path}"
        return Strand(out, rule.anchor, end.anchor, tone, faint=False)


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    half = (x2 - x1) / 2
    return f"M{x1:g} {y1:.1f}C{x1 + half:.1f} {y1:.1f} {x2 - half:.1f} {y2:.1f} {x2:g} {y2:.1f}"
