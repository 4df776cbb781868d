"""Charts as inline SVG, without scripts: each has a title and a description, and stands beside a table with its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from xml.etree.ElementTree import Element

from patchkeep.domain.compliance import Status
from patchkeep.domain.report import AgeBucket, Picture, Row, SlaRow
from patchkeep.domain.wording import counted
from patchkeep.formats._words import number, when
from patchkeep.formats.report_html.elements import Child, el

SHADES = ((Status.COMPLIANT, "ok"), (Status.WAIVED, "waived"), (Status.NON_COMPLIANT, "bad"), (Status.UNKNOWN, "unknown"))
WIDE, HALF, SMALL = (1040, 270), (440, 180), (300, 160)  # as wide as the page, half of it, or three and more side by side
LABEL = 110  # room for a date under a chart


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart is drawn: its size, the room for its axes, and the value at its top."""

    width: float
    height: float
    top: int
    left: float = 40
    right: float = 8
    above: float = 18
    below: float = 22

    @property
    def inner(self) -> float:
        return self.width - self.left - self.right

    def y(self, value: float) -> float:
        return self.height - self.below - value / self.top * (self.height - self.above - self.below)


def status_bars(
    trend: Sequence[Picture], rows: Sequence[Row | None], changed_at: datetime | None, title: str, size: tuple[int, int]
) -> Element:
    """One bar per look, stacked by status. `rows` goes with `trend`; None where the look knew no such environment."""
    steps = ticks(max((row.total for row in rows if row), default=0))
    frame = Frame(*size, steps[-1])
    slot = frame.inner / max(len(trend), 1)
    bars: list[Child] = []
    for at, (picture, row) in enumerate(zip(trend, rows, strict=True)):
        if row:
            bars.append(_bar(frame, frame.left + slot * at, slot, picture.at, row))
    last = next((row for row in reversed(rows) if row), None)
    said = f"{counted(len(trend), 'look')}; at the last: {_counts(last)}." if last else "No look yet."
    return _chart(frame, title, said, _grid(frame, steps), *bars, *_dates(frame, trend), _marker(frame, trend, changed_at))


def _bar(frame: Frame, x: float, slot: float, at: datetime, row: Row) -> Element:
    """Drawn from the bottom up: what is proven stands on the ground, UNKNOWN on top."""
    parts: list[Child] = [el("title", f"{when(at)}: {_counts(row)}")]
    below = 0
    for status, shade in SHADES:
        count = row.count(status)
        if count:
            top, bottom = frame.y(below + count), frame.y(below)
            parts.append(el("rect", x=x + slot * 0.1, y=top, width=slot * 0.8, height=bottom - top, class_=shade))
        below += count
    return el("g", *parts)


def _counts(row: Row) -> str:
    return ", ".join(f"{row.count(status)} {status.value}" for status, _ in SHADES)


def open_line(trend: Sequence[Picture], changed_at: datetime | None) -> Element:
    """Open updates at each look, those beyond their deadline in a shade of their own; a gap where nothing was known."""
    totals = [picture.total for picture in trend]
    steps = ticks(max((row.open_updates or 0 for row in totals), default=0))
    frame = Frame(1040, 230, steps[-1])
    opened = _segments(frame, [row.open_updates for row in totals])
    late = _segments(frame, [row.overdue for row in totals])
    shaded = [(part, shade) for parts, shade in ((opened, "opened"), (late, "late")) for part in parts]
    parts: list[Child] = [*(_area(frame, *each) for each in shaded), *(_line(*each) for each in shaded)]
    slot = frame.inner / max(len(trend), 1)
    for at, (picture, row) in enumerate(zip(trend, totals, strict=True)):
        overdue = "deadlines not measurable" if row.overdue is None else f"{row.overdue} overdue"
        hint = el("title", f"{when(picture.at)}: {number(row.open_updates)} open, {overdue}")
        parts.append(el("rect", hint, x=frame.left + slot * at, y=0, width=slot, height=frame.height, class_="hint"))
    ends = [number(row.open_updates) for row in (totals[0], totals[-1])] if trend else []
    said = f"From {ends[0]} at the first look to {ends[1]} at the last." if ends else "No look yet."
    title = "Open updates over time"
    return _chart(frame, title, said, _grid(frame, steps), *parts, *_dates(frame, trend), _marker(frame, trend, changed_at))


def _segments(frame: Frame, values: Sequence[int | None]) -> list[list[tuple[float, float]]]:
    """The points of a line, in as many parts as what is not known leaves of it."""
    slot = frame.inner / max(len(values), 1)
    parts: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append((frame.left + slot * (at + 0.5), frame.y(value)))
    return [part for part in parts if part]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _line(points: Sequence[tuple[float, float]], shade: str) -> Element:
    """A look alone is a dot."""
    if len(points) == 1:
        return el("circle", cx=points[0][0], cy=points[0][1], r=2, class_=f"line {shade}")
    return el("path", d=f"M{_path(points)}", class_=f"line {shade}")


def _area(frame: Frame, points: Sequence[tuple[float, float]], shade: str) -> Element | None:
    if len(points) < 2:
        return None
    ground = frame.y(0)
    return el("path", d=f"M{_path([(points[0][0], ground), *points, (points[-1][0], ground)])}Z", class_=f"area {shade}")


def age_bars(ages: Sequence[AgeBucket]) -> Element:
    """How long windows lasted: those fixed beside those still open."""
    steps = ticks(max((max(bucket.open, bucket.closed) for bucket in ages), default=0))
    frame = Frame(560, 220, steps[-1])
    slot = frame.inner / max(len(ages), 1)
    parts: list[Child] = []
    for at, (bucket, name) in enumerate(zip(ages, age_names(ages), strict=True)):
        middle = frame.left + slot * (at + 0.5)
        for count, shade, x in ((bucket.closed, "fixed", middle - slot * 0.36), (bucket.open, "bad", middle + slot * 0.02)):
            height = frame.y(0) - frame.y(count)
            hint = el("title", f"{name}: {count} {'still open' if shade == 'bad' else 'fixed'}")
            parts.append(el("rect", hint, x=x, y=frame.y(count), width=slot * 0.34, height=height, class_=shade))
            if count:
                parts.append(el("text", str(count), x=x + slot * 0.17, y=frame.y(count) - 4, text_anchor="middle", class_="value"))
        parts.append(el("text", name, x=middle, y=frame.height - 6, text_anchor="middle"))
    fixed, left = sum(bucket.closed for bucket in ages), sum(bucket.open for bucket in ages)
    return _chart(frame, "How long updates stood open", f"{fixed} fixed and {left} still open, by age.", _grid(frame, steps), *parts)


def age_names(ages: Sequence[AgeBucket]) -> list[str]:
    between = [f"{low.days}-{high.days} d" for low, high in pairwise(ages)]
    return [*between, f"over {ages[-1].days} d"] if ages else []


def share_bar(row: Row) -> Element:
    """A small bar of statuses for a table's cell."""
    return _strip([(row.count(status), shade) for status, shade in SHADES], _counts(row))


def sla_bar(row: SlaRow) -> Element:
    counts = (
        (row.closed_in_time, "ok", "fixed in time"),
        (row.open_in_time, "opened", "open in time"),
        (row.closed_late, "late", "fixed late"),
        (row.overdue, "bad", "overdue"),
    )
    return _strip([(count or 0, shade) for count, shade, _ in counts], ", ".join(f"{count or 0} {words}" for count, _, words in counts))


def _strip(counts: Sequence[tuple[int, str]], said: str) -> Element:
    total = sum(count for count, _ in counts) or 1
    x, parts = 0.0, []
    for count, shade in counts:
        if count:
            parts.append(el("rect", x=x, y=0, width=count / total * 120, height=12, class_=shade))
        x += count / total * 120
    return el("svg", el("title", said), *parts, viewBox="0 0 120 12", role="img", aria_label=said, class_="strip")


def ticks(most: int) -> list[int]:
    """Round numbers from 0 to `most` or just above: two to six of them."""
    rough = max(most, 1) / 5
    unit = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(int(unit * factor) for factor in (1, 2, 5, 10) if unit * factor >= rough)
    return list(range(0, step * math.ceil(max(most, 1) / step) + 1, step))


def _grid(frame: Frame, steps: Sequence[int]) -> Element:
    lines: list[Child] = []
    for step in steps:
        y = frame.y(step)
        lines.append(el("line", x1=frame.left, x2=frame.width - frame.right, y1=y, y2=y, class_="grid" if step else "ground"))
        lines.append(el("text", str(step), x=frame.left - 6, y=y + 4, text_anchor="end"))
    return el("g", *lines, aria_hidden="true")


def _dates(frame: Frame, trend: Sequence[Picture]) -> list[Element]:
    """Every so manieth look by its day; a day is written once."""
    slot, written, labels = frame.inner / max(len(trend), 1), "", []
    every = max(1, math.ceil(len(trend) / round(frame.width / LABEL)))
    for at in range(0, len(trend), every):
        name = f"{trend[at].at:%d %b}".lstrip("0")
        if name != written:
            labels.append(el("text", name, x=frame.left + slot * (at + 0.5), y=frame.height - 6, text_anchor="middle"))
        written = name
    return labels


def _marker(frame: Frame, trend: Sequence[Picture], changed_at: datetime | None) -> Element | None:
    """The line between the last look before our first write and the next one."""
    earlier = sum(changed_at is not None and picture.at <= changed_at for picture in trend)
    if changed_at is None or earlier == len(trend):
        return None
    x = frame.left + frame.inner / len(trend) * earlier
    line = el("line", x1=x, x2=x, y1=frame.above - 6, y2=frame.y(0), class_="marker")
    near_the_end = x > frame.width / 2
    words = el("text", "first write", x=x - 4 if near_the_end else x + 4, y=frame.above - 7, text_anchor="end" if near_the_end else "start")
    return el("g", el("title", f"first write to AWS {when(changed_at)}"), line, words, class_="change")


def _chart(frame: Frame, title: str, said: str, *parts: Child) -> Element:
    box = f"0 0 {frame.width} {frame.height}"
    size = "wide" if frame.width > 600 else "middle" if frame.width > 400 else "small"
    return el(
        "svg", el("title", title), el("desc", said), *parts, viewBox=box, role="img", aria_label=f"{title}. {said}", class_=f"chart {size}"
    )
