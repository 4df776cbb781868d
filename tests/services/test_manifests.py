"""What files name: exact versions alone, and what a file does not settle is said."""

from __future__ import annotations

import json

import pytest

from patchkeep.services import _manifests

PACKAGE_LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "shop", "version": "1.0.0"},
        "node_modules/lodash": {"version": "4.17.15"},
        "node_modules/@aws-sdk/client-s3": {"version": "3.1.0"},
        "node_modules/a/node_modules/lodash": {"version": "3.10.1"},
        "node_modules/aliased": {"name": "real", "version": "2.0.0"},
        "node_modules/jest": {"version": "29.0.0", "dev": True},
        "node_modules/own": {"link": True, "resolved": "packages/own"},
    },
}
OLD_LOCK = {
    "dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}, "c": {"version": "3.0.0", "dev": True}}
}
YARN = '# yarn lockfile v1\n\n"@babel/core@^7.0.0", "@babel/core@^7.1":\n  version "7.2.2"\n  dependencies:\n    ms "2.0"\n\n'
YARN += 'ms@2.0:\n  version "2.0.0"\n'
BERRY = '__metadata:\n  version: 6\n\n"ms@npm:^2.0.0":\n  version: 2.1.3\n\n"shop@workspace:.":\n  version: 0.0.0-use.local\n'
UV = '[[package]]\nname = "shop"\nversion = "1"\nsource = {virtual = "."}\n\n[[package]]\nname = "Flask"\nversion = "2.0.1"\n'
GEMS = "GEM\n  specs:\n    nokogiri (1.15.4-x86_64-linux)\n      racc (~> 1.4)\n    racc (1.7.1)\n\nDEPENDENCIES\n  nokogiri\n"
GO = """module example.com/shop

go 1.22

require github.com/one/alone v1.0.0

require (
\tgithub.com/gin-gonic/gin v1.6.3
\tgolang.org/x/net v0.0.0-20210226172049-e18ecbb05110 // indirect
\texample.com/local v1.0.0
)

replace github.com/gin-gonic/gin => github.com/fork/gin v1.6.4
replace example.com/local => ../local
"""
COMPOSER = {
    "packages": [{"name": "symfony/http-kernel", "version": "v5.4.0"}],
    "packages-dev": [{"name": "phpunit/phpunit", "version": "9.0.0"}],
}
DEPS = {"libraries": {"Shop/1.0.0": {"type": "project"}, "Newtonsoft.Json/12.0.1": {"type": "package"}}}
PIPFILE = {"default": {"flask": {"version": "==2.0.1"}, "own": {"path": "."}}, "develop": {"pytest": {"version": "==7.0.0"}}}


def packages(path: str, content: str | dict[str, object]) -> set[str]:
    text = content if isinstance(content, str) else json.dumps(content)
    found = _manifests.read(path, text.encode()).packages
    assert all(package.file == path for package in found)
    return {f"{package.ecosystem}/{package.name}@{package.version}" for package in found}


@pytest.mark.parametrize(
    ("path", "content", "wanted"),
    [
        ("package-lock.json", PACKAGE_LOCK, {"npm/lodash@4.17.15", "npm/@aws-sdk/client-s3@3.1.0", "npm/lodash@3.10.1", "npm/real@2.0.0"}),
        ("npm-shrinkwrap.json", OLD_LOCK, {"npm/a@1.0.0", "npm/b@2.0.0"}),
        ("web/yarn.lock", YARN, {"npm/@babel/core@7.2.2", "npm/ms@2.0.0"}),
        ("yarn.lock", BERRY, {"npm/ms@2.1.3"}),
        ("uv.lock", UV, {"pypi/flask@2.0.1"}),
        ("Pipfile.lock", PIPFILE, {"pypi/flask@2.0.1"}),
        ("Gemfile.lock", GEMS, {"gem/nokogiri@1.15.4", "gem/racc@1.7.1"}),
        (
            "go.mod",
            GO,
            {"golang/github.com/one/alone@v1.0.0", "golang/github.com/fork/gin@v1.6.4"}
            | {"golang/golang.org/x/net@v0.0.0-20210226172049-e18ecbb05110"},
        ),
        ("composer.lock", COMPOSER, {"composer/symfony/http-kernel@v5.4.0"}),
        ("shop.deps.json", DEPS, {"nuget/Newtonsoft.Json@12.0.1"}),
    ],
)
def test_a_lock_file_names_exact_versions(path: str, content: str | dict[str, object], wanted: set[str]) -> None:
    assert _manifests.is_manifest(path)
    assert packages(path, content) == wanted


def test_of_requirements_pinned_lines_count_and_the_others_are_counted() -> None:
    text = (
        "# made by hand\n--index-url https://packages.example/simple\nDjango==2.2.1  # old\n"
        "urllib3[secure] == 1.26.5 ; python_version > '3'\n"
        "zope_interface===5.0 \\\n    --hash=sha256:abc\nrequests>=2.0\n-e .\ngit+https://git.example/x.git\nboto3==1.*\n"
    )
    parsed = _manifests.read("requirements.txt", text.encode())
    assert [(one.name, one.version) for one in parsed.packages] == [("django", "2.2.1"), ("urllib3", "1.26.5"), ("zope-interface", "5.0")]
    assert parsed.open == (
        "requirements.txt: 4 lines not pinned",
        "requirements.txt: it need not name what its packages need themselves",
    )


def test_a_line_of_blanks_takes_no_time() -> None:
    parsed = _manifests.read("requirements.txt", b"a" + b" " * 4_000_000 + b"b\nflask==2.0.1\n")
    assert [package.name for package in parsed.packages] == ["flask"]


def test_keys_of_very_many_parts_are_refused_before_they_take_hours() -> None:
    for part in ("a.", '"a" . ', "'' ."):
        with pytest.raises(ValueError, match="no lock file has such keys"):
            _manifests.read("poetry.lock", f"{part * 100_000}a = 1".encode())
    extras = ", ".join(f'"extra-{number} (>=1.2.3)"' for number in range(200))
    parsed = _manifests.read("poetry.lock", f"{UV}\n[extras]\nall = [{extras}]\n".encode())
    assert parsed.packages, "dots in quotes make no key"


def test_names_of_archives_and_of_installed_packages_tell_versions() -> None:
    told = {
        "WEB-INF/lib/log4j-core-2.14.1.jar": "maven log4j-core 2.14.1",
        "lib/guava-31.1-jre.jar": "maven guava 31.1-jre",
        "vendor/urllib3-1.26.5.dist-info/METADATA": "pypi urllib3 1.26.5",
        "app.jar": "",
        "lib/-1.0.jar": "",
        f"lib/{'a-1' * 20_000}.jar": "",
        "vendor/flask.dist-info/METADATA": "",
        "vendor/urllib3-1.26.5.dist-info/RECORD": "",
    }
    for path, wanted in told.items():
        found = _manifests.named_by_path(path)
        assert (f"{found.ecosystem} {found.name} {found.version}" if found else "") == wanted


def test_what_leaves_versions_to_its_build_is_said_unless_a_lock_file_stands_beside_it() -> None:
    assert _manifests.leaves_open(("pom.xml", "package.json", "node_modules/a/package.json")) == ("package.json", "pom.xml")
    assert _manifests.leaves_open(("package.json", "yarn.lock")) == ()


def test_manifests_of_dependencies_themselves_are_not_read_but_for_npm_s_own_record() -> None:
    assert not _manifests.is_manifest("node_modules/a/package-lock.json")
    assert _manifests.is_manifest("node_modules/.package-lock.json")
    assert not _manifests.is_manifest("node_modules/a/node_modules/.package-lock.json")


def test_a_version_that_is_an_address_or_no_text_is_counted_and_not_kept() -> None:
    secret = "git+https://me:hunter2@git.example/own.git#265cfa0"
    rows = {"lodash": {"version": "4.17.15"}, "own": {"version": secret}, "odd": {"version": 7}, "line": {"version": "1\n2"}}
    parsed = _manifests.read("package-lock.json", json.dumps({"dependencies": rows}).encode())
    assert [package.name for package in parsed.packages] == ["lodash"]
    assert parsed.open == ("package-lock.json: 3 packages without a plain name and version",)
    assert "hunter2" not in repr(parsed)


def test_a_path_is_shown_by_its_end_without_what_cannot_be_printed() -> None:
    (package,) = _manifests.read(f"{'x' * 5000}/\x1b[2J/uv.lock", UV.encode()).packages
    assert package.file.endswith("/\\x1b[2J/uv.lock")
    assert len(package.file) < 120


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("package-lock.json", "[" * 100_000),
        ("package-lock.json", "null"),
        ("yarn.lock", "<html>"),
        ("uv.lock", "package = 1"),
        ("go.mod", "not a module"),
        ("Gemfile.lock", "\x00"),
        ("composer.lock", "{}"),
        ("requirements.txt", "\udcff"),
    ],
)
def test_a_file_that_is_not_what_it_is_called_is_refused_in_one_of_the_known_ways(path: str, content: str) -> None:
    with pytest.raises(_manifests.FAILURES):
        _manifests.read(path, content.encode("utf-8", "surrogateescape"))
