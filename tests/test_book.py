"""The rule book holds the whole protocol, leads to nothing that is not there, and fetches nothing."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import triage
from triage.answers.case_reading import read_cases
from triage.command_line import triage as command
from triage.export.book import Book, book_of
from triage.export.book_coverage import coverage_of
from triage.export.book_map import map_of
from triage.export.book_page import book_page
from triage.proof.proving import Proof
from triage.proof.statements import read_statements

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
VOID = {"meta", "input", "br", "link", "img", "hr", "wbr", "base"}
FETCHING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "ping", "style", "xlink:href"}


class Page(HTMLParser):
    """A page read as a program reads it: tags in order, text under each heading, every attribute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"{tag} is never closed" for tag in self.open]
        self.text = _one_line(" ".join(self.words))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attributes]
        self.faults += [f"{tag} has {name} twice" for name, count in Counter(names).items() if count > 1]
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} is closed out of turn at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        if {"style", "script"} & set(self.open):
            return
        self.words.append(data)
        if self.open and re.fullmatch(r"h[1-6]", next((t for t in reversed(self.open) if t != "span"), "")):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    def having(self, attribute: str) -> list[str]:
        return [values[attribute] or "" for _, values in self.tags if attribute in values]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def made(protocol: Protocol, proofs: tuple[Proof, ...] = ()) -> Book:
    return book_of(protocol, read_cases(protocol), read_statements(protocol), proofs)


@pytest.fixture(scope="module")
def book(protocol: Protocol) -> Book:
    return made(protocol)


@pytest.fixture(scope="module")
def sneezing() -> Book:
    return made(triage.load_protocol(SNEEZING))


@pytest.fixture(scope="module")
def pages(book: Book, sneezing: Book) -> dict[str, str]:
    return {
        "html": book_page("html", book),
        "md": book_page("md", book),
        "sneezing html": book_page("html", sneezing),
        "sneezing md": book_page("md", sneezing),
    }


@pytest.fixture(scope="module")
def read(pages: dict[str, str]) -> dict[str, Page]:
    return {name: Page(text) for name, text in pages.items() if name.endswith("html")}


HTML = pytest.mark.parametrize("name", ["html", "sneezing html"])

# ---- what it holds ----


def anchors_wanted(protocol: Protocol) -> set[str]:
    questionnaire = protocol.questionnaire
    return (
        {f"section-{one.id}" for one in questionnaire.sections}
        | {f"question-{one.id}" for one in questionnaire.questions}
        | {f"page-{page.name}" for page in protocol.pages}
        | {f"rule-{rule.id}" for page in protocol.pages for rule in page.rules}
        | {f"finding-{name}" for name in protocol.finding_rules}
        | {f"type-{code}" for code in protocol.types}
        | {f"cause-{cause.id}" for cause in protocol.causes}
        | {f"case-{case.id}" for case in read_cases(protocol)}
        | {f"statement-{one.id}" for one in read_statements(protocol)}
        | {f"advice-{item.key}" for item in protocol.advice}
        | {f"seed-{name}" for name in protocol.seed}
        | {f"note-{note.key}" for note in protocol.notes}
        | {f"source-{key}" for key in protocol.sources}
    )


def words_wanted(protocol: Protocol) -> list[str]:
    words = [protocol.title, protocol.version, protocol.digest, protocol.questionnaire.introduction]
    for question in protocol.questionnaire.questions:
        words += [question.text, question.help or "", question.again or ""]
        for choice in question.choices:
            words += [choice.label, choice.description or "", choice.code]
            words += [coding.code for coding in choice.codings]
    for rule in protocol.rules:
        words += [rule.title, rule.name, rule.why]
    for kind in protocol.types.values():
        words += [kind.code, kind.name, kind.description, *(coding.code for coding in kind.codings)]
    for cause in protocol.causes:
        words += [cause.code, cause.name, cause.why, *(coding.code for coding in cause.codings)]
    for sentence in protocol.seed.values():
        words += [sentence.meaning, sentence.modern_view, sentence.not_carried or ""]
    words += [word for one in read_statements(protocol) for word in (one.title, one.why)]
    words += [word for case in read_cases(protocol) for word in (case.title, case.story)]
    words += [item.text for item in protocol.advice]
    words += [word for note in protocol.notes for word in (note.title, note.text)]
    return [_one_line(word) for word in words]


@HTML
def test_every_entry_has_its_place_and_all_its_words(
    name: str, read: dict[str, Page], book: Book, sneezing: Book
) -> None:
    protocol = (book if name == "html" else sneezing).protocol
    assert anchors_wanted(protocol) - set(read[name].having("id")) == set()
    assert [words for words in words_wanted(protocol) if words not in read[name].text] == []


def test_the_markdown_has_the_same_places(pages: dict[str, str], book: Book, sneezing: Book) -> None:
    for name, one in (("md", book), ("sneezing md", sneezing)):
        places = re.findall(r'<a id="([^"]+)"></a>', pages[name])
        assert len(places) == len(set(places))
        assert anchors_wanted(one.protocol) - set(places) == set()
        assert set(re.findall(r"\]\(#([^)]+)\)", pages[name])) - set(places) == set()


@pytest.mark.parametrize("prefix", ["", "sneezing "])
def test_the_markdown_has_the_same_headings(prefix: str, pages: dict[str, str], read: dict[str, Page]) -> None:
    shown = [(level, _one_line(text)) for level, text in read[f"{prefix}html"].headings]
    written = [
        (len(found[1]), _one_line(re.sub(r"\\(.)", r"\1", found[2])))
        for found in re.finditer(r"^(#+) (.*)$", pages[f"{prefix}md"], re.MULTILINE)
    ]
    assert written == shown


def test_a_condition_links_to_the_questions_and_findings_it_reads(pages: dict[str, str]) -> None:
    article = pages["sneezing html"].split('aria-labelledby="rule-B01"')[1].split("</article>")[0]
    for link in ("finding-all_clear", "finding-short", "question-brought_on_by", "type-ordinary_sneezing", "case-N01"):
        assert f'href="#{link}"' in article
    assert "nothing but Pepper; or A look into bright light" in article


def test_a_seed_sentence_says_what_carries_it_or_why_nothing_does(book: Book) -> None:
    assert [one.sentence.id for one in book.seed if bool(one.cited_by) is bool(one.sentence.not_carried)] == []


def test_what_cites_a_source_is_linked_both_ways(book: Book) -> None:
    entries = {entry.anchor: entry.cited_by for entry in book.seed}
    entries |= {entry.anchor: entry.cited_by for group in book.sources for entry in group.entries}
    cited = [(rule.anchor, link.to) for rule in book.rules for link in rule.sources]
    assert [pair for pair in cited if pair[0] not in {link.to for link in entries[pair[1]]}] == []


def test_cases_and_rules_are_linked_both_ways(book: Book) -> None:
    of_rules = {(rule.anchor, link.to) for rule in book.rules for link in rule.cases}
    of_cases = {(link.to, case.anchor) for case in book.cases for link in case.rules}
    assert of_rules == of_cases
    idle = {rule.rule.id for rule in book.idle_rules}
    assert idle == {rule.id for rule in book.protocol.rules} - {pair[0].removeprefix("rule-") for pair in of_cases}


def test_the_way_to_a_type_goes_through_the_findings_of_its_rules(sneezing: Book) -> None:
    [ordinary] = [one for group in sneezing.types for one in group.entries if one.type.code == "ordinary_sneezing"]
    assert [link.words for link in ordinary.way.rules] == ["B01"]
    assert {link.to for link in ordinary.way.findings} == {
        f"finding-{name}" for name in ("warning_sign", "red_flag_unknown", "misplaced_warning", "all_clear", "short")
    }
    assert "question-nose" in {link.to for link in ordinary.way.questions}  # read only by the derived findings
    assert "question-handkerchief" not in {link.to for link in ordinary.way.questions}


# ---- proofs ----


def test_without_proofs_no_statement_is_called_proved(read: dict[str, Page], book: Book) -> None:
    assert {one.standing.code for one in book.statements} == {"open"}
    assert "This copy was made without proving them" in read["html"].text


def test_a_refuted_statement_is_called_so() -> None:
    protocol = triage.load_protocol(SNEEZING)
    first, second, *_ = read_statements(protocol)
    proofs = (
        Proof(first, "nose = bleeds", speaks=False, answer_sets=0, counterexample=None),
        Proof(first, "nose = drips", speaks=True, answer_sets=1, counterexample=None),
        Proof(second, "", speaks=True, answer_sets=None, counterexample=None),
    )
    text = book_page("html", made(protocol, proofs))
    assert "NOT true: nose = bleeds" in text
    assert "proved (1 proof)" in text


def run(*arguments: object, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(command, ["export", "--protocol", str(SNEEZING), *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


def test_statements_are_proved_unless_told_otherwise(tmp_path: Path) -> None:
    run("book", "-o", tmp_path / "book.html")
    text = (tmp_path / "book.html").read_text(encoding="utf-8")
    assert "proved (4 proofs)" in text
    assert re.search(r"Proved when this copy was made: 8 proofs over all \d+ answer sets\.", text)
    run("book", "-o", tmp_path / "book.html", "--no-proofs")
    assert "not proved in this copy" in (tmp_path / "book.html").read_text(encoding="utf-8")


def test_without_the_proofs_installed_the_book_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ImportError("No module named 'pysat'")

    monkeypatch.setattr("triage.proof.answer_space.AnswerSpace", missing)
    text, said = run("book")
    assert "not proved in this copy" in text
    assert "made without proofs: No module named 'pysat'" in said
    assert "cannot be proved here" in run("book", "--prove", code=1)[1]


# ---- the command ----


def test_the_form_follows_the_name_or_the_option(tmp_path: Path, pages: dict[str, str]) -> None:
    for name, arguments, wanted in (
        ("a.html", (), "sneezing html"),
        ("a.HTM", (), "sneezing html"),
        ("a.md", (), "sneezing md"),
        ("a.txt", ("--format", "md"), "sneezing md"),
    ):
        run("book", "--no-proofs", "-o", tmp_path / name, *arguments)
        assert (tmp_path / name).read_text(encoding="utf-8") == pages[wanted]
    assert run("book", "--no-proofs")[0] == pages["sneezing html"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("book", "-o", "book.txt"),
        ("review", "--format", "md"),
        ("statements", "--no-proofs"),
        ("json-schema", "--prove"),
    ],
)
def test_wrong_use_is_refused_and_writes_nothing(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(*arguments, code=2)
    assert list(tmp_path.iterdir()) == []


def test_the_same_protocol_gives_the_same_bytes(pages: dict[str, str]) -> None:
    again = made(triage.load_protocol())
    for form in ("html", "md"):
        assert book_page(form, again) == pages[form]


# ---- the page ----


@HTML
def test_the_page_is_well_formed(name: str, read: dict[str, Page]) -> None:
    page = read[name]
    assert page.faults == []
    ids = Counter(page.having("id"))
    assert [one for one, count in ids.items() if count > 1 or not re.fullmatch(r"[\w.-]+", one)] == []


@HTML
def test_every_internal_link_and_label_has_its_target(name: str, read: dict[str, Page]) -> None:
    page = read[name]
    ids = set(page.having("id"))
    links = {link[1:] for link in page.having("href") if link.startswith("#")}
    named = {one for value in page.having("aria-labelledby") for one in value.split()}
    pointed = set(page.having("for")) | set(page.having("data-to")) | set(page.having("data-box"))
    assert (links | named | pointed) - ids == set()


@HTML
def test_headings_are_in_order(name: str, read: dict[str, Page]) -> None:
    levels = [level for level, _ in read[name].headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [(one, other) for one, other in pairwise(levels) if other > one + 1] == []
    assert all(text.strip() for _, text in read[name].headings)


@HTML
def test_there_are_landmarks_and_a_way_past_them(name: str, read: dict[str, Page]) -> None:
    tags = read[name].tags
    counts = Counter(tag for tag, _ in tags)
    assert (counts["main"], counts["nav"], counts["header"], counts["footer"]) == (1, 1, 1, 1)
    first = next(values for tag, values in tags if tag == "a")
    assert (first["class"], first["href"]) == ("skip", "#content")


@HTML
def test_pictures_have_a_title_and_a_description(name: str, pages: dict[str, str]) -> None:
    pictures = re.findall(r"<svg.*?</svg>", pages[name], re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        assert re.search(r'<svg [^>]*role="img"', picture)
        assert re.search(r"<title[^>]*>\w", picture)
        assert re.search(r"<desc[^>]*>\w", picture)


@HTML
def test_nothing_is_fetched(name: str, read: dict[str, Page], pages: dict[str, str]) -> None:
    page = read[name]
    assert [(tag, key) for tag, values in page.tags for key in values if key in FETCHING or key.startswith("on")] == []
    assert {"link", "img", "iframe", "object", "embed", "base", "form", "video", "audio", "use"}.isdisjoint(
        {tag for tag, _ in page.tags}
    )
    outside = [(tag, values["href"]) for tag, values in page.tags if not (values.get("href") or "#").startswith("#")]
    assert {tag for tag, _ in outside} <= {"a"}
    assert [
        address for _, address in outside if not re.match(r"https://(doi\.org|www\.ncbi|pubmed\.ncbi)", address)
    ] == []
    assert re.search(r"url\(|@import|fetch\(|XMLHttp|import\(|sendBeacon|WebSocket", pages[name]) is None


@HTML
def test_the_policy_allows_the_pages_own_style_and_script_alone(name: str, pages: dict[str, str]) -> None:
    import base64
    import hashlib
    import html

    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', pages[name])
    assert found is not None
    rules = dict(rule.strip().split(" ", 1) for rule in html.unescape(found[1]).split(";"))
    assert rules.pop("default-src") == "'none'"
    assert {rules.pop("base-uri"), rules.pop("form-action")} == {"'none'"}
    for tag in ("style", "script"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", pages[name], re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules.pop(f"{tag}-src") == f"'sha256-{digest}'"
    assert rules == {}


def test_words_of_the_data_are_escaped() -> None:
    protocol = triage.load_protocol(SNEEZING)
    [note, *_] = protocol.advice
    worse = note.model_copy(update={"text": "<script>alert(1)</script> & *stars* | bars"})
    book = made(type(protocol)(**{**vars_of(protocol), "advice": (worse,)}))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; *stars*" in book_page("html", book)
    assert r"&lt;script&gt;alert(1)&lt;/script&gt; & \*stars\* \| bars" in book_page("md", book)


def vars_of(protocol: Protocol) -> dict[str, object]:
    return {name: getattr(protocol, name) for name in protocol.__dataclass_fields__}


def test_no_word_promises_too_much(read: dict[str, Page]) -> None:
    assert re.search(r"\bharmless\b|\ball clear\b", read["html"].text, re.IGNORECASE) is None


# ---- the pictures ----


@pytest.mark.parametrize("which", ["book", "sneezing"])
def test_the_map_shows_everything_inside_its_frame_and_nothing_over_another(
    which: str, request: pytest.FixtureRequest
) -> None:
    book: Book = request.getfixturevalue(which)
    drawn = map_of(book)
    boxes = [box for box in drawn.boxes if box.kind != "band"]
    assert len({box.anchor for box in boxes}) == len(boxes)
    protocol = book.protocol
    wanted = {f"question-{one.id}" for one in protocol.questionnaire.questions} | {
        f"type-{code}" for code in protocol.types
    }
    wanted |= {f"rule-{rule.id}" for rule in protocol.rules if not rule.then.finding}
    assert wanted <= {box.anchor for box in boxes}
    for box in drawn.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= drawn.width
        assert box.y + box.height <= drawn.height
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            apart = (
                one.x >= other.x + other.width
                or other.x >= one.x + one.width
                or one.y >= other.y + other.height
                or other.y >= one.y + one.height
            )
            assert apart, (one.anchor, other.anchor)


def test_the_map_draws_what_the_conditions_read(sneezing: Book) -> None:
    strands = {(strand.start, strand.end) for strand in map_of(sneezing).strands}
    assert ("question-right_now", "rule-E01") in strands
    assert ("finding-all_clear", "rule-B01") in strands
    assert ("finding-warning_sign", "finding-all_clear") in strands
    assert ("rule-T01", "type-allergic_sneezing") in strands
    assert ("question-nose", "rule-B01") not in strands


def test_the_map_has_a_band_for_each_urgency_with_each_vote(sneezing: Book) -> None:
    drawn = map_of(sneezing)
    bands = [box for box in drawn.boxes if box.kind == "band"]
    assert [(band.anchor, band.tone) for band in bands] == [
        ("band-emergency-disease", "emergency"),
        ("band-urgent-disease", "urgent"),
        ("band-routine-disease", "routine"),
        ("band-routine-neutral", "routine"),
        ("band-routine-benign", "routine"),
        ("band-self_care-benign", "self_care"),
        ("band-names-none", "names"),
    ]
    said = [caption.text for caption in drawn.captions if caption.kind == "outcome"]
    assert said == [*["speaks for disease"] * 3, "says only how soon", *["speaks for benign"] * 2]
    places = {box.anchor: box for box in drawn.boxes}
    for rule, name in (
        ("G02", "band-routine-neutral"),
        ("B03", "band-routine-benign"),
        ("R01", "band-routine-disease"),
    ):
        chip, band = places[f"rule-{rule}"], places[name]
        assert band.y < chip.y < chip.y + chip.height < band.y + band.height


@pytest.mark.parametrize("name", ["sneezing html", "sneezing md"])
def test_votes_strengths_and_outcomes_stand_beside_rules_choices_cases_and_texts(
    name: str, pages: dict[str, str]
) -> None:
    text = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]*>|[*`\\]", "", pages[name]))
    for rule, vote in (
        ("some-weeks", "routine, says only how soon"),
        ("bright-light-for-long", "routine, speaks for benign"),
        ("bleeding-or-whistling", "urgent, speaks for disease"),
    ):
        html = f"{vote.replace(',', '')} {rule}"
        assert (html if name.endswith("html") else f"{rule}: {vote}") in text
    for words in ("mild warning sign", "grave warning sign", "likely benign", "The result in one line"):
        assert words in text
    assert "self care alone is likely benign" not in text
    assert "Likely benign needs a rule that speaks for benign and none for disease" in text


def test_the_picture_of_the_cases_has_a_square_for_each_true_rule(sneezing: Book) -> None:
    drawn = coverage_of(sneezing)
    squares = sum(path.count("M") for _, path in drawn.cells)
    assert squares == sum(len(case.rules) for case in sneezing.cases)
    assert [caption.text for caption in drawn.captions] == [
        "Emergency (1)",
        "Routine (1)",
        "Routine, likely benign (2)",
        "Self care (1)",
    ]
    assert all(other.x - one.x >= 90 for one, other in pairwise(drawn.captions))  # however few the cases are
