"""HTML and SVG as a tree of elements: text is escaped because it never is markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

from patchkeep.domain.wording import printable

Child: TypeAlias = Element | str | None


def el(tag: str, *children: Child, **attributes: str | float) -> Element:
    """One element. `class_` is class and `stroke_width` is stroke-width; a child that is None is left out."""
    named = {key.rstrip("_").replace("_", "-"): _text(value) for key, value in attributes.items()}
    element = Element(tag, named)
    for child in children:
        if isinstance(child, Element):
            element.append(child)
        elif child is not None:
            _append(element, child if tag == "style" else printable(child))
    return element


def _text(value: str | float) -> str:
    """A coordinate to a tenth of a pixel is as good as eye or paper."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def _append(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def page(root: Element) -> str:
    return "<!DOCTYPE html>\n" + tostring(root, encoding="unicode", method="html") + "\n"


def table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[Child]], *, numbers: Sequence[int] = ()) -> Element:
    """A table that scrolls by itself where the page is too narrow; `numbers` are the columns set to the right."""
    head = el("tr", *(el("th", title, scope="col", class_="n" if i in numbers else "t") for i, title in enumerate(headers)))
    body = el("tbody", *(_row(row, numbers) for row in rows))
    whole = el("table", el("caption", caption), el("thead", head), body)
    return el("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _row(cells: Sequence[Child], numbers: Sequence[int]) -> Element:
    first = el("th", cells[0], scope="row")
    return el("tr", first, *(el("td", cell, class_="n" if i in numbers else "t") for i, cell in enumerate(cells[1:], start=1)))


def section(title: str, *children: Child, name: str) -> Element:
    return el("section", el("h2", title, id=name), *children, aria_labelledby=name)
