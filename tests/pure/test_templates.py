"""Reply templates: every problem in seven languages, each filled, lawful and complete; broken ones named."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk.errors import RefusedError, SettingsError
from helpdesk.replies.lint import LintContext, blocking, lint
from helpdesk.replies.lint_language import guess_language
from helpdesk.replies.lint_text import fold
from helpdesk.replies.previews import example
from helpdesk.replies.templates import CAUSES, LANGUAGES, VARIABLES, Library, ReplyTemplate
from helpdesk.resources import resource

LIBRARY = Library.load(resource("templates/replies"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", CAUSES)
def test_every_problem_and_cause_has_an_answer(topic: str, language: str) -> None:
    """The answer found for a topic and cause is that cause's own, in that language."""
    for cause in CAUSES[topic] or (None,):
        found = LIBRARY.find("answer", language, topic, cause)
        assert (found.topic, found.cause, found.language) == (topic, cause, language)


@pytest.mark.parametrize("template", LIBRARY.templates, ids=lambda t: f"{t.name}.{t.language}")
def test_each_template_renders_and_passes_the_rules(template: ReplyTemplate) -> None:
    """Filled with everything and with the least, it breaks no rule; what it promises is marked for approval."""
    least = dict.fromkeys(VARIABLES, "") | dict.fromkeys(template.required, "2026-11-27")
    for text in (example(LIBRARY, template), LIBRARY.render(template, least)):
        findings = lint(text, context=LintContext(language=template.language))
        assert blocking(findings) == []
        assert template.needs_approval or "promise" not in {f.rule for f in findings}
        assert {f.rule for f in findings} <= {"promise"}
        assert "{" not in text and "  " not in text and "\n\n\n" not in text
        if template.language in LANGUAGES:  # of the others the rules cannot tell which one it is
            assert guess_language(fold(text).low) in {template.language, ""}


def test_kinds_beside_answers_exist_in_all_languages() -> None:
    """Acknowledgement, holding reply, follow-up, closing, call-back."""
    for language in LANGUAGES:
        for kind in ("ack", "holding", "follow_up", "closing", "call_back"):
            assert LIBRARY.find(kind, language).language == language


def test_a_language_we_do_not_speak_gets_english() -> None:
    """The fall-back, for drafts and menus."""
    assert LIBRARY.find("answer", "pl", "wrong_item").language == "en"
    assert {t.language for t in LIBRARY.choices("pl")} == {"en"}


def test_the_likeliest_choice_comes_first() -> None:
    """The menu starts with the cause's own answer; acknowledgements are not in it."""
    first = LIBRARY.choices("de", "late_shipment", "missing_tracking")[0]
    assert first.name == "answer/late_shipment.missing_tracking"
    assert all(t.kind != "ack" for t in LIBRARY.choices("de"))


def test_a_promised_day_must_be_there() -> None:
    """A holding reply without its date is refused, and the message names the gap."""
    with pytest.raises(RefusedError, match="promised"):
        LIBRARY.render(LIBRARY.find("holding", "en"), {})


def test_what_a_buyer_wrote_is_never_a_template() -> None:
    """Braces, line ends and invisible characters of a value do nothing."""
    text = LIBRARY.render(
        LIBRARY.find("closing", "en"), {"name": "{{ order }}\u202e{% raise %}\nBcc: x", "order": "7 * 7"}
    )
    assert "{{" not in text and "{%" not in text and "\u202e" not in text and "\nBcc" not in text
    assert "7 * 7" in text


def write(folder: Path, place: str, text: str) -> Path:
    """A template file below `folder`."""
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


HEAD = "---\nkind: closing\ntitle: x\nlanguage: en\nvariables: {}\n---\n"


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("no head", 1, "---"),
        ("---\nkind: closing\n", 2, "closed"),
        ("---\nfoo: bar\n---\nx", 2, "foo"),
        (HEAD.format("") + "ok\n{{ nonsense }}", 8, "nonsense"),
        (HEAD.format("") + "ok\n{% if order %}", 8, ""),
        (HEAD.format("") + "{{ order }}", 5, "variables"),
        (HEAD.format("order") + "{{ order.__class__.__mro__ }}", 7, ""),
        (HEAD.format(""), 7, "empty"),
        (HEAD.format("").replace("closing", "bogus") + "x", 2, "kind"),
    ],
)
def test_a_broken_template_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    """Whoever edits one learns at start where it breaks."""
    path = write(tmp_path, "closing/general.en.txt", text)
    with pytest.raises(SettingsError) as caught:
        Library.load(tmp_path)
    assert f"{path}:{line}:" in str(caught.value)
    assert word in str(caught.value)


def test_a_sellers_own_file_replaces_ours(tmp_path: Path) -> None:
    """File by file; all others stay."""
    write(tmp_path, "closing/general.en.txt", HEAD.format("") + "Bye.")
    library = Library.load(resource("templates/replies"), tmp_path)
    assert library.render(library.find("closing", "en"), {}) == "Bye."
    assert library.find("closing", "de").body == LIBRARY.find("closing", "de").body
