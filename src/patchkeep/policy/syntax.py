"""What a YAML parser complains of, as a place and a plain sentence."""

from __future__ import annotations

import yaml
from yaml.reader import ReaderError

from patchkeep.domain.policy import Place, PolicyError

# libyaml's words -> what is wrong, what to write, and whether the place that matters is where the broken thing began.
_SENTENCES: tuple[tuple[str, str, str, bool], ...] = (
    (
        "mapping values are not allowed",
        "A colon stands where no key can be.",
        "Indent keys of one level alike, and put a value that holds `: ` in quotes.",
        False,
    ),
    ("expected ',' or", "A bracket opened here is not closed.", "Close it with ] or }, and put commas between its entries.", True),
    ("expected node content", "A bracket opened here is not closed.", "Close it with ] or }.", True),
    ("unexpected end of stream", "A quote opened here is not closed.", "Close it, or double a quote that belongs to the text.", True),
    ("expected key", "This line does not fit what stands above it.", "Indent keys of one level alike.", False),
    (
        "expected '-' indicator",
        "A list ends here without the line being indented less.",
        "Begin entries with `- `, or move the key left.",
        False,
    ),
    ("could not find expected ':'", "A key has no colon.", "Write `key: value`.", False),
    (
        "undefined alias",
        "This alias (*name) names no anchor (&name) above it.",
        "Write the value, or put a text that begins with * in quotes.",
        False,
    ),
    ("another document", "A second document begins here (---).", "Keep one policy per file.", False),
    ("unknown escape", "A backslash in double quotes begins an escape that YAML does not know.", "Double it, or use single quotes.", False),
    ("second occurrence", "This anchor (&name) was given before.", "Give it another name.", False),
)


def syntax_error(error: yaml.YAMLError, text: str, path: str) -> PolicyError:
    """Where the text stops being YAML, and what to write instead."""
    match error:
        case yaml.MarkedYAMLError():
            return _marked(error, text, path)
        case ReaderError():
            before = text[: error.position]
            place = Place(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
            return PolicyError(place, "An invisible control character stands here.", "Delete it.")
        case _:
            return PolicyError(Place(path, 1, 1), f"This is not YAML: {error}.", "")


def _marked(error: yaml.MarkedYAMLError, text: str, path: str) -> PolicyError:
    problem = error.problem or error.context or ""
    place = _place(error.problem_mark or error.context_mark, path)
    if "cannot start any token" in problem:
        return _bad_start(text, place)
    for words, what, fix, at_its_beginning in _SENTENCES:
        if words in problem:
            began = error.context_mark if at_its_beginning else None
            return PolicyError(_place(began, path) if began else place, what, fix)
    return PolicyError(place, f"This is not YAML: {problem}.", "")


def _bad_start(text: str, place: Place) -> PolicyError:
    line = text.splitlines()[place.line - 1] if text else ""
    if "\t" in line[: place.column]:
        return PolicyError(place, "A tab stands where YAML wants spaces.", "Indent with spaces.")
    return PolicyError(place, f"A value cannot begin with {line[place.column - 1 : place.column]!r}.", "Put it in quotes.")


def _place(mark: yaml.Mark | None, path: str) -> Place:
    return Place(path, mark.line + 1, mark.column + 1) if mark else Place(path, 1, 1)
