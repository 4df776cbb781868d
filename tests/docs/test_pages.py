"""The documentation is true where a machine can tell: links, commands, make targets, policies, and pages written from the code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from patchkeep import services
from patchkeep.cli import patchkeep
from patchkeep.policy import load
from scripts import manual, reference, shapes
from tests.docs.pages import PAGES, ROOT, Block, Typed, anchors, blocks, commands, links, typed

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
KINDS = services.kinds(services.load())


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in links(text_of(page)):
        path, _, anchor = link.partition("#")
        if path.startswith("https://"):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(text_of(target))):
            dead.append(link)
    assert dead == []


@every_page
def test_every_command_is_one_that_there_is(page: Path) -> None:
    wrong = [f"{line}: {said}" for line in commands(text_of(page)) if (said := mistake_in(line))]
    assert wrong == []


def mistake_in(line: str) -> str:
    """What the command line would say against it; "" where it would run. Parses alone: nothing is carried out."""
    import shlex

    words = shlex.split(re.sub(r"\s>\s\S+$", "", line))[1:]
    if words[:2] == ["sandbox", "run"]:
        words = words[2:]
    command: click.Command = patchkeep
    context = click.Context(command, info_name="patchkeep", **patchkeep.context_settings)
    try:
        while isinstance(command, click.Group) and words:
            name, found, words = command.resolve_command(context, words)
            if found is None:
                return f"no command {name}"
            command = found
            context = click.Context(command, info_name=name, parent=context)
        command.parse_args(context, list(words))
    except click.exceptions.NoArgsIsHelpError:
        return ""
    except click.UsageError as error:
        return error.format_message()
    return ""


@every_page
def test_every_policy_loads(page: Path) -> None:
    for number, block in enumerate(blocks(text_of(page)), start=1):
        if block.language == "yaml":
            assert load(block.text, f"{page.name}, block {number}", NOW, {}, lambda: KINDS).environments


@every_page
def test_every_json_parses(page: Path) -> None:
    for block in blocks(text_of(page)):
        if block.language == "json":
            assert json.loads(block.text)


@every_page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    typed_lines = [each.line for block in blocks(text_of(page)) for each in typed(block)]
    said = [match[1] for line in typed_lines for match in re.finditer(r"\bmake ([a-z]+)", line)]
    said += re.findall(r"`make ([a-z]+)", text_of(page))
    assert set(said) <= targets


def test_the_readme_begins_with_the_two_commands_that_set_everything_up() -> None:
    first = next(block for block in blocks(text_of(ROOT / "README.md")) if block.language == "sh")
    assert [each.line for each in typed(first)] == ["make demo", "make test"]


def test_every_page_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.is_file():
            continue
        seen.add(page)
        if page.suffix == ".md":
            local = [link.partition("#")[0] for link in links(text_of(page)) if not link.startswith("https://")]
            waiting += [(page.parent / link).resolve() for link in local if link]
    assert {page.relative_to(ROOT) for page in PAGES} <= {page.relative_to(ROOT) for page in seen if page.is_relative_to(ROOT)}


def test_the_reference_is_as_the_code_would_write_it() -> None:
    assert reference.drifted(reference.pages()) == [], "run make docs"


def documents() -> Iterator[tuple[str, list[str]]]:
    """Every JSON document that a command writes, as `as_json` or `document(kind, {...})` in cli/: its kind and its keys."""
    for file in sorted((ROOT / "src" / "patchkeep" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(text_of(file))):
            match node:
                case ast.Call(func=ast.Attribute(attr="as_json" | "document"), args=[ast.Constant(value=str(kind)), ast.Dict(keys=keys)]):
                    yield kind, [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def test_every_json_document_of_a_command_stands_in_the_reference_with_its_keys() -> None:
    rows = {line.split("`patchkeep.")[1].split("`")[0]: line for line in shapes.page().splitlines() if "| `patchkeep." in line}
    found = list(documents())
    assert {"discover", "plan", "who", "rollout"} <= {kind for kind, _ in found}
    assert [(kind, key) for kind, keys in found for key in keys if f"`{key}`" not in rows.get(kind, "")] == []


def leaves() -> dict[str, click.Command]:
    """Every command that does something, as it is typed, without `patchkeep`."""
    walked = reference.walk(patchkeep, ("patchkeep",))
    return {" ".join(path[1:]): command for path, command in walked if not isinstance(command, click.Group)}


def test_every_command_writes_json_or_says_why_it_has_none() -> None:
    formats = {name for name, command in leaves().items() if any("--format" in each.opts for each in command.params)}
    assert len(formats) > 20
    assert sorted(leaves().keys() - formats) == sorted(shapes.NO_JSON)
    assert sorted(formats) == sorted(shapes.kinds().keys() - {"adopt OBJECT"})


def test_every_kind_of_document_in_the_table_is_written_by_some_command() -> None:
    code = "".join(text_of(file) for file in (ROOT / "src" / "patchkeep").rglob("*.py"))
    assert [kind for kind in shapes.kinds().values() if f'"{kind.removeprefix("patchkeep.")}"' not in code] == []


def test_every_command_has_exit_statuses_files_and_environment_in_the_reference() -> None:
    assert sorted(manual.MANUALS) == sorted(leaves())
    for name, command in leaves().items():
        said = " ".join(manual.MANUALS[name].files)
        options = {option for each in command.params for option in each.opts}
        assert ("--policy" in options) == ("patchkeep.yaml" in said) or name == "init", name
        assert 0 in manual.MANUALS[name].statuses


def test_every_commands_help_ends_with_an_example_that_runs() -> None:
    wrong = []
    for name, command in leaves().items():
        examples = re.findall(r"patchkeep .+?(?= && |  | then | \(|\)|$)", " ".join((command.epilog or "").split("\n")))
        wrong += [f"{name}: {each}: {mistake_in(each)}" for each in examples or ["no example"] if mistake_in(each)]
    assert wrong == []


def test_the_roles_of_a_first_look_can_do_nothing_but_read() -> None:
    written = reference.pages()
    become = {"sts:AssumeRole", "sts:SetSourceIdentity"}
    for name in ("read-role.json", "caller.json"):
        actions = {action for statement in json.loads(written[name])["Statement"] for action in statement["Action"]}
        assert [action for action in actions - become if not re.match(r"[\w-]+:(Describe|List|Get)", action)] == []


def test_a_wrong_command_is_noticed() -> None:
    assert mistake_in("patchkeep discover --stats") == ""
    assert "no-such" in mistake_in("patchkeep discover --no-such")
    assert mistake_in("patchkeep disover")
    assert mistake_in("patchkeep sandbox run rollout approve ro-1")
    assert mistake_in("patchkeep policy schema > patchkeep.schema.json") == ""


def test_what_a_person_types_is_told_from_what_comes_back() -> None:
    console = Block("console", "$ patchkeep assess  # judge\n1 asset\n$ echo $?\n1\n$ patchkeep doctor")
    assert list(typed(console)) == [Typed("patchkeep assess", ("1 asset",), 1), Typed("patchkeep doctor")]
    assert list(typed(Block("sh", "# first\nmake demo   # long\n"))) == [Typed("make demo")]


def test_a_dead_anchor_is_noticed() -> None:
    assert anchors("## Versions are the distribution's\n") == {"versions-are-the-distributions"}
    assert links("see [one](two.md#three) and [four](five)") == ["two.md#three", "five"]
