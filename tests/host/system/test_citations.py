"""Whatever a file cites is there: pages of docs/ with that section or case, and the targets of links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
FOLDERS = ("boards", "device", "docs", "findings", "host_tools", "tests")
SUFFIXES = {".py", ".md", ".toml", ".js", ".html", ".css", ".json", ".jsonl", ".ini", ".sh"}
BUILT = {"__pycache__", "typings", "node_modules"}

# How code names a page of ours
PAGES = {
    "SC1": "sc1.md",
    "sc1.md": "sc1.md",
    "apn.md": "apn.md",
    "at_dialects": "at_dialects.md",
    "at_dialects.md": "at_dialects.md",
    "design": "design.md",
    "design.md": "design.md",
    "legacy_forms.md": "legacy_forms.md",
    "micropython.md": "micropython.md",
    "network.md": "network.md",
    "sms_pdu": "sms_pdu.md",
    "sms_pdu.md": "sms_pdu.md",
    "sms_security": "sms_security.md",
    "sms_security.md": "sms_security.md",
}
_OURS = "|".join(re.escape(name) for name in sorted(PAGES, key=len, reverse=True))
# Other people's documents: nobody here checks their clauses
_THEIRS = (
    r"(?:TS )?\d\d\.\d{3}|TS \d{3} \d{3}|V\.250|RFC \d+|SMPP 3\.4|FIPS [\d-]+|[Vv]\d+\.\d+|R\d\d|datasheet"
    r"|[Mm]anual|[Gg]uide|_MANUAL|_GUIDE"
)
THEIR_PAGES = {"at-error-sources.md", "SPEC.md"}  # gammu's, LittleFS's
_NUMBER = r"\d+(?:\.\d+)*"
_MORE = rf"(?:(?:, | and | to |–|-)§?{_NUMBER})*"
# A name with the sections behind it, or a section alone, which belongs to the document that was named last
_CITATION = re.compile(
    rf"(?<![\w./-])(?:design|design\.md) (?P<design>§?{_NUMBER}{_MORE})"
    rf"|(?<![\w./-])(?P<ours>{_OURS})(?![\w/-])(?: (?P<sections>§{_NUMBER}{_MORE}))?"
    rf"|(?<![\w.])(?P<theirs>{_THEIRS})(?: §{_NUMBER}{_MORE})?"
    rf"|(?P<bare>§{_NUMBER})"
)
_CASE = re.compile(r"(?<!\w)cases? (\d+)(?: to (\d+))?(?!\w|\.\d|:)")  # not of a match
_PAGE_NAME = re.compile(r"(?<![\w{}*])[\w./-]*\w\.md(?!\w)")
_FILE_NAME = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w./-]*\w")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_RANGE = re.compile(r"(\d+)(?: to |–|-)§?(\d+)$")


class Cited(NamedTuple):
    """A section of a page of ours, and the line that cites it; no page: the line does not say whose section it is."""

    page: str
    section: str
    line: int


@cache
def files() -> dict[Path, str]:
    """Every text file that people write, with what is in it."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    found += [*ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]
    return {path: path.read_text(encoding="utf-8") for path in sorted(found) if not _is_left_out(path)}


def _is_left_out(path: Path) -> bool:
    # this file cites wrongly on purpose
    return bool(BUILT & set(path.parts)) or path == Path(__file__)


def pages() -> dict[Path, str]:
    return {path: text for path, text in files().items() if path.suffix == ".md"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def numbered(text: str) -> set[str]:
    """The numbers of a page's headings; an item of a list is a section of the heading above it."""
    numbers: set[str] = set()
    section = ""
    for line in text.splitlines():
        if heading := re.match(r"#+ (\d+(?:\.\d+)*)\.? ", line):
            section = heading[1]
            numbers.add(section)
        elif line.startswith("#"):
            section = ""
        elif section and (item := re.match(r"(\d+)\. ", line)):
            numbers.add(f"{section}.{item[1]}")
    return numbers


def attack_cases(text: str) -> set[int]:
    """The numbers of the rows of the tables of attack cases."""
    return {int(row) for row in re.findall(r"^\| (\d\d) \| [CHML] \|", text, re.M)}


def anchors(text: str) -> set[str]:
    """What a link may point at within a page: its headings as a browser of repositories spells them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(text: str) -> str:
    """A page without what stands in it as code."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def sections_of(cited: str) -> list[str]:
    """The sections of a list like `§1, §4.2–§4.4`; a range of whole ones means those between, too."""
    if whole := _RANGE.fullmatch(cited.lstrip("§")):
        return [str(number) for number in range(int(whole[1]), int(whole[2]) + 1)]
    return re.findall(_NUMBER, cited)


def citations(text: str) -> Iterator[Cited]:
    """The sections of our pages that a text cites."""
    # of a link the words count, not the target
    text = _LINK.sub(lambda link: link[0].partition("]")[0][1:], text)
    last = None
    for found in _CITATION.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found["design"]:
            last = "design.md"
        elif found["ours"]:
            last = PAGES.get(found["ours"])
        elif found["theirs"]:
            last = ""
        elif last != "":
            yield Cited(last or "", found["bare"][1:], line)
        for section in sections_of(found["design"] or found["sections"] or ""):
            yield Cited(last or "", section, line)


def _wrong_citations(text: str) -> list[str]:
    return [
        f"{item.line}: {item.page or 'of what?'} §{item.section}"
        for item in citations(text)
        if not item.page or item.section not in _sections(item.page)
    ]


@cache
def _sections(page: str) -> set[str]:
    return numbered((DOCS / page).read_text(encoding="utf-8"))


def _wrong_cases(text: str) -> set[int]:
    cited = {int(number) for pair in _CASE.findall(text) for number in pair if number}
    return cited - attack_cases((DOCS / "sms_security.md").read_text(encoding="utf-8"))


def _wrong_links(path: Path, text: str) -> Iterator[str]:
    for link in _LINK.findall(without_code(text)):
        target, _, anchor = link.partition("#")
        page = (path.parent / target) if target else path
        if link.startswith(("https://", "http://")):
            continue
        if not page.exists() or (anchor and anchor not in anchors(page.read_text(encoding="utf-8"))):
            yield link


def test_a_cited_section_of_a_page_is_there() -> None:
    wrong = {name(path): found for path, text in files().items() if (found := _wrong_citations(text))}
    assert not wrong


def test_a_cited_attack_case_is_there() -> None:
    wrong = {name(path): found for path, text in files().items() if (found := _wrong_cases(text))}
    assert not wrong


def test_a_page_that_is_named_is_there() -> None:
    names = {path.name for path in pages()} | THEIR_PAGES
    for path, text in files().items():
        named = set(_PAGE_NAME.findall(text))
        gone = {page for page in named - names if not any((at / page).is_file() for at in (path.parent, ROOT, DOCS))}
        assert not gone, name(path)


def test_a_file_that_a_page_names_is_there() -> None:
    for path, text in pages().items():
        named = set(_FILE_NAME.findall(_LINK.sub("", text)))
        assert not {file for file in named if not (ROOT / file).exists()}, name(path)


def test_a_link_leads_somewhere() -> None:
    wrong = {name(path): found for path, text in pages().items() if (found := list(_wrong_links(path, text)))}
    assert not wrong


def test_every_page_of_docs_is_in_its_index() -> None:
    for folder in (DOCS, DOCS / "decisions"):
        index = (folder / "README.md").read_text(encoding="utf-8")
        listed = {link.partition("#")[0] for link in _LINK.findall(index)}
        assert {path.name for path in folder.glob("*.md")} - {"README.md"} <= listed


def test_the_attack_cases_are_numbered_without_a_gap() -> None:
    found = attack_cases((DOCS / "sms_security.md").read_text(encoding="utf-8"))
    assert found == set(range(1, len(found) + 1))


@pytest.mark.parametrize(
    "text",
    ["SC1 §99", "at_dialects §4.9", "SC1 §5.99", "apn.md §3, §9", "design 4.11", "design §8", "by §3 of nothing"],
)
def test_a_section_that_is_not_there_is_found(text: str) -> None:
    assert _wrong_citations(text)


def test_a_case_and_a_link_that_are_not_there_are_found() -> None:
    assert _wrong_cases("sms_security case 89")
    assert list(
        _wrong_links(DOCS / "README.md", "[x](none.md), [y](sc1.md#9-none), `[z](code)`, [w](sc1.md#7-codes)")
    ) == [
        "none.md",
        "sc1.md#9-none",
    ]


@pytest.mark.parametrize(
    ("text", "page", "expected"),
    [
        ("(L1; at_dialects §4.2–§4.4, §7.2; Zephyr)", "at_dialects.md", ["4.2", "4.4", "7.2"]),
        ("SC1 §1–§4", "sc1.md", ["1", "2", "3", "4"]),
        ("SC1 §4 to §6", "sc1.md", ["4", "5", "6"]),
        ("at_dialects §6: the ladder, §10: 30 s", "at_dialects.md", ["6", "10"]),
        ("design 4.2, 4.10", "design.md", ["4.2", "4.10"]),
        ("design §3, and by design 2 more", "design.md", ["3", "2"]),
        ("[the rules](../docs/apn.md) of apn.md §99", "apn.md", ["99"]),
        ("SC1 §5 (TS 23.040 §9.2.3.24, §9.1)", "sc1.md", ["5"]),
        ("SC1 §5; V.250 §6.2.9; then §5.4", "sc1.md", ["5"]),
        ("SC1 §5; TS 23.040 §9.2.3.24 and §9.1.2", "sc1.md", ["5"]),
        ("SC1 §5; the maker's manual §9.2.19, §5.2; R09 §13.15.2", "sc1.md", ["5"]),
        ("a § of the alphabet, TS 102 221 §13.2, RFC 1034 §3.1", "", []),
    ],
)
def test_citations_are_read_as_people_write_them(text: str, page: str, expected: list[str]) -> None:
    found = list(citations(text))
    assert [item.section for item in found] == expected
    assert {item.page for item in found} <= {page}
