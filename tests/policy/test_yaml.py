"""YAML: places of keys and values, YAML 1.2's truth values, and broken syntax as plain sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.policy import Place
from patchkeep.policy.nodes import WrittenInt, read
from tests.policy.reading import mistakes


def test_every_key_and_value_has_its_line_and_column() -> None:
    document = read("a:\n  - b: 1\n    ü: {c: 2}\n", "f.yaml")
    assert document.tree == {"a": [{"b": 1, "ü": {"c": 2}}]}
    assert document.key(("a", 0, "ü", "c")) == Place("f.yaml", 3, 9)
    assert document.place(("a", 0, "ü", "c")) == Place("f.yaml", 3, 12)
    assert document.place(("a", 0, "nowhere", "at", "all")) == Place("f.yaml", 2, 5)


@pytest.mark.parametrize("word", ["no", "No", "on", "off", "yes", "y", "2026-12-18", "1_000", "12:30", "0b1"])
def test_what_yaml_1_2_calls_text_stays_text(word: str) -> None:
    assert read(f"a: {word}", "").tree == {"a": word}
    assert read(f"{word}: a", "").tree == {word: "a"}


def test_numbers_remember_how_they_were_written() -> None:
    found = read("a: 012345678901\nb: 1.10\nc: 0x10", "").tree
    assert isinstance(found["a"], WrittenInt)
    assert (found["a"], found["a"].text, found["b"].text, found["c"]) == (12345678901, "012345678901", "1.10", 16)


def test_quotes_make_anything_text() -> None:
    assert read("a: \"1\"\nb: 'true'\nc: |\n  null\n", "").tree == {"a": "1", "b": "true", "c": "null\n"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: [1, 2\nb: 3", "p.yaml:1:4: A bracket opened here is not closed. Close it with ] or }, and put commas between its entries."),
        ("name: b: c", "p.yaml:1:8: A colon stands where no key can be."),
        ("a:\n\tb: 1", "p.yaml:2:1: A tab stands where YAML wants spaces. Indent with spaces."),
        ("a: 'x", "p.yaml:1:4: A quote opened here is not closed."),
        ("a: 1\n b: 2", "p.yaml:2:3: A colon stands where no key can be."),
        ("- a\nb: 1", "p.yaml:2:1: A list ends here without the line being indented less."),
        ("a: *x", "p.yaml:1:4: This alias (*name) names no anchor (&name) above it."),
        ("a: @x", "p.yaml:1:4: A value cannot begin with '@'. Put it in quotes."),
        ("a: 1\n---\nb: 2", "p.yaml:2:1: A second document begins here (---). Keep one policy per file."),
        ("a: 1\nb: \x07", "p.yaml:2:4: An invisible control character stands here. Delete it."),
        ('a: "\\q"', "p.yaml:1:5: A backslash in double quotes begins an escape that YAML does not know."),
        ("", "p.yaml:1:1: The file is empty. `patchkeep init` writes one to begin with."),
        ("# nothing\n", "p.yaml:1:1: The file is empty."),
        ("[1, 2]", "p.yaml:1:1: A policy is a map of keys and values, not a list."),
        ("just words", "p.yaml:1:1: A policy is a map of keys and values, not the text 'just words'."),
    ],
)
def test_broken_yaml_is_told_with_its_place_in_a_plain_sentence(text: str, error: str) -> None:
    assert mistakes(text)[0].startswith(error)


def test_a_key_that_stands_twice_is_an_error_at_the_second() -> None:
    text = "environments:\n  dev: {match: {ou: A}}\n  dev: {match: {ou: B}}\n"
    assert mistakes(text) == ["p.yaml:3:3: `dev` stands here a second time; the first is in line 2. Keep one of them."]


def test_an_alias_inside_itself_is_an_error_and_ends() -> None:
    assert any("too deeply nested" in each for each in mistakes("name: &a [*a]"))


def test_foreign_tags_are_errors() -> None:
    assert mistakes("name: !Ref Policy\nenvironments: {a: {match: all}}") == [
        "p.yaml:1:7: The tag !Ref means nothing in a policy. Write the plain value without it."
    ]
    assert any("means nothing" in each for each in mistakes("name: !!python/object/apply:os.system [id]"))


@given(st.text(alphabet=st.sampled_from("ab: -[]{}\n\t'\"#&*!|>%@`,?1"), max_size=40))
def test_any_text_is_either_values_or_one_syntax_error(text: str) -> None:
    document = read(text, "f")
    assert document.tree is None or not any("not YAML" in error.what for error in document.errors)
    assert all(1 <= error.place.line <= text.count("\n") + 2 and error.place.column >= 1 for error in document.errors)
