"""The texts we send, as files a person can edit: found by kind, language, topic and cause, checked before use.

A template is `<kind>/<name>.<language>.txt`: a block of `key: value` lines between two lines of `---`, then the text,
in Jinja's language run in its sandbox. Values are put in once and as text: what a buyer wrote is never a template.
A seller's own folder replaces ours file by file. Nothing here reads a file (replies/templatefiles.py does).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from helpdesk.errors import RefusedError, SettingsError
from helpdesk.replies.templatefiles import read_folder

LANGUAGES = ("en", "zh", "de", "fr", "es", "it", "ja")

#: Acknowledgements speak more: nobody of the team has to write in them.
ACK_LANGUAGES = (*LANGUAGES, "pt", "nl", "pl", "sv", "tr")
KINDS = ("ack", "holding", "answer", "follow_up", "closing", "call_back")
APPROVALS = ("", "refund", "replacement")

#: The seed's problems and their causes (DESIGN 4, classify).
CAUSES: dict[str, tuple[str, ...]] = {
    "stock_out": ("inventory_unavailable", "inventory_inaccurate", "dropship_stale"),
    "late_shipment": ("slow_fulfilment", "missing_tracking"),
    "returns_refunds": ("refund_window", "return_policy_unclear"),
    "not_as_described": ("misleading_images", "size_or_material"),
    "wrong_item": ("incorrect_item_shipped",),
    "quality_defect": ("unsatisfactory_quality",),
    "customer_service": ("unreachable", "slow_response"),
    "feedback_removal": ("incorrect_feedback",),
    "other": (),
}

#: What a template may name, and what it stands for in a preview.
VARIABLES: dict[str, str] = {
    "name": "the buyer's name, as the buyer's own mail shows it",
    "order": "the order number",
    "item": "the product's title",
    "tracking": "the tracking number",
    "carrier": "the carrier's name",
    "due": "day and hour by which a person answers, in words",
    "promised": "day by which the seller comes back, in words",
    "return_days": "days the seller takes goods back",
    "topic": "what the message is about: one of the topics",
    "late": "not empty when the message has already waited longer than promised",
}

KEYS = {"kind", "title", "topic", "cause", "language", "marketplaces", "variables", "needs_approval"}
MAX_VALUE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTemplate:
    """One text in one language. `name` is "<kind>/<file name without language>": the same in all languages."""

    name: str
    kind: str
    title: str
    language: str
    body: str
    path: str
    topic: str | None = None
    cause: str | None = None
    marketplaces: tuple[str, ...] = ()  #: empty: all
    variables: tuple[str, ...] = ()  #: what the text uses
    required: tuple[str, ...] = ()  #: those it cannot do without
    needs_approval: str = ""  #: "refund" or "replacement": the text promises one
    compiled: Template | None = field(default=None, repr=False, compare=False)


@cache
def environment() -> Environment:
    """The sandbox all templates run in: plain text, undefined names are errors."""
    return SandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False
    )


class Library:
    """All templates, each parsed and tried; see `load`."""

    def __init__(self, templates: Sequence[ReplyTemplate]) -> None:
        self.templates = tuple(templates)

    @classmethod
    def load(cls, path: Path, override: Path | None = None) -> Library:
        """Read every template below `path`; files of the same place below `override` replace them, further ones add.

        Raises SettingsError naming file and line for the first one that is broken.
        """
        files = read_folder(path)
        if override is not None:
            files |= read_folder(override)
        if not files:
            raise SettingsError(f"{path}: no reply templates there; reinstall, or name the folder that holds them")
        return cls([_parsed(place, shown, text) for place, (shown, text) in sorted(files.items())])

    def find(
        self,
        kind: str,
        language: str,
        topic: str | None = None,
        cause: str | None = None,
        marketplace: str = "",
    ) -> ReplyTemplate:
        """The closest template: cause before topic before general, the language (else English), the marketplace.

        Raises RefusedError when there is none of this kind at all.
        """
        spoken = language if language in (ACK_LANGUAGES if kind == "ack" else LANGUAGES) else "en"
        fitting = [t for t in self._for(marketplace) if t.kind == kind and t.language in (spoken, "en")]
        fitting = [t for t in fitting if t.topic in (None, topic) and t.cause in (None, cause)]
        if not fitting and kind == "answer":
            return self.find(kind, language, "other", None, marketplace)
        if not fitting:
            raise RefusedError(f"there is no template of kind {kind}; add {kind}/NAME.{spoken}.txt")
        return max(fitting, key=lambda t: (t.language == spoken, bool(t.cause), bool(t.topic), bool(t.marketplaces)))

    def choices(
        self, language: str, topic: str | None = None, cause: str | None = None, marketplace: str = ""
    ) -> tuple[ReplyTemplate, ...]:
        """What an agent may pick from for a reply, the likeliest first; one language, no acknowledgements."""
        spoken = language if language in LANGUAGES else "en"
        fitting = [t for t in self._for(marketplace) if t.language == spoken and t.kind != "ack"]
        return tuple(
            sorted(
                fitting,
                key=lambda t: (
                    not (t.topic == topic and t.cause == cause),
                    t.topic != topic,
                    t.topic is not None,
                    KINDS.index(t.kind),
                    t.name,
                ),
            )
        )

    def named(self, name: str, language: str) -> ReplyTemplate:
        """The template called `name` ("holding/general", or its last part if that is unique), else in English.

        Raises RefusedError naming the nearest when there is none.
        """
        short = name.removesuffix(".txt")
        for language_tried in (language, "en"):
            exact = [t for t in self.templates if t.language == language_tried and t.name == short]
            loose = [t for t in self.templates if t.language == language_tried and t.name.split("/", 1)[1] == short]
            kinds = [t for t in self.templates if t.language == language_tried and t.name == f"{short}/general"]
            for found in (exact, kinds, loose):
                if len(found) == 1:
                    return found[0]
        known = sorted({t.name for t in self.templates})
        from difflib import get_close_matches

        near = get_close_matches(short, known, 1, 0.3)
        raise RefusedError(
            f"no template {name!r}; " + (f"the nearest is {near[0]}" if near else "see templates/replies")
        )

    def render(self, template: ReplyTemplate, variables: Mapping[str, str]) -> str:
        """The finished text, "\\n" line ends, no blank at its ends. Unknown variables are ignored, missing optional
        ones are empty.

        Raises RefusedError naming the variable when a required one is missing.
        """
        missing = [name for name in template.required if not variables.get(name)]
        if missing:
            raise RefusedError(
                f"template {template.name} needs {', '.join(missing)}: fill it in or take another template"
            )
        values = dict.fromkeys(VARIABLES, "") | {
            name: clean_value(value) for name, value in variables.items() if name in VARIABLES
        }
        if template.compiled is None:
            raise RefusedError(f"template {template.name} was not loaded through the library")
        return tidy(template.compiled.render(values))

    def _for(self, marketplace: str) -> list[ReplyTemplate]:
        return [t for t in self.templates if not t.marketplaces or marketplace in t.marketplaces]


def clean_value(value: str) -> str:
    """A value as it may stand in a text: one line, no control, format or bidi characters, no braces, capped."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in value[: 4 * MAX_VALUE])
    return " ".join(kept.replace("{", "(").replace("}", ")").split())[:MAX_VALUE].strip()


def tidy(text: str) -> str:
    """No blank at line ends, never more than one empty line in a row."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)


@lru_cache(maxsize=1000)  # nothing but what it is given decides, and compiling all that ship takes 0.3 s
def _parsed(place: str, shown: str, text: str) -> ReplyTemplate:
    """Read one file; every mistake is a SettingsError with file and line."""
    keys, body, first = _front_matter(shown, text)
    kind, _, rest = place.partition("/")
    stem, _, language = rest.removesuffix(".txt").rpartition(".")
    spoken = ACK_LANGUAGES if kind == "ack" else LANGUAGES
    for key, wrong in (
        ("kind", keys.get("kind", kind) != kind or kind not in KINDS),
        ("language", keys.get("language", language) != language or language not in spoken),
        ("topic", bool(keys.get("topic")) and keys["topic"] not in CAUSES),
        ("cause", bool(keys.get("cause")) and keys["cause"] not in CAUSES.get(keys.get("topic", ""), ())),
        ("needs_approval", keys.get("needs_approval", "") not in APPROVALS),
        ("title", not keys.get("title")),
    ):
        if wrong:
            raise SettingsError(f"{shown}:{_line_of(text, key)}: {key} does not fit; compare it with a file beside it")
    compiled, used = _compiled(environment(), shown, body, first)
    declared = [name.strip() for name in keys.get("variables", "").split(",") if name.strip()]
    if {name.rstrip("?") for name in declared} != used:
        raise SettingsError(
            f"{shown}:{_line_of(text, 'variables')}: variables must name what the text uses: "
            + (", ".join(sorted(used)) or "nothing")
        )
    return ReplyTemplate(
        name=f"{kind}/{stem}",
        kind=kind,
        title=keys["title"],
        language=language,
        body=body,
        path=shown,
        topic=keys.get("topic") or None,
        cause=keys.get("cause") or None,
        marketplaces=tuple(m for m in keys.get("marketplaces", "all").replace(",", " ").split() if m != "all"),
        variables=tuple(sorted(used)),
        required=tuple(name for name in declared if not name.endswith("?")),
        needs_approval=keys.get("needs_approval", ""),
        compiled=compiled,
    )


def _front_matter(shown: str, text: str) -> tuple[dict[str, str], str, int]:
    """(keys, body, line on which the body starts)."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        raise SettingsError(f"{shown}:1: a template starts with a line of ---, then key: value lines, then ---")
    keys: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            return keys, "\n".join(lines[number:]), number + 1
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or key not in KEYS or key in keys:
            raise SettingsError(f"{shown}:{number}: {key!r} is not one of {', '.join(sorted(KEYS))}, or stands twice")
        keys[key] = value
    raise SettingsError(f"{shown}:{len(lines)}: the block of key: value lines is not closed by ---")


def _compiled(sandbox: Environment, shown: str, body: str, first: int) -> tuple[Template, set[str]]:
    """The template ready to run, and the variables it names; tried once with everything filled and once empty."""
    try:
        tree = sandbox.parse(body)
        used = _undeclared(tree)
        strange = sorted(used - VARIABLES.keys())
        if strange:
            line = next((n.lineno for n in tree.find_all(nodes.Name) if n.name == strange[0]), 1)
            raise SettingsError(
                f"{shown}:{first + line - 1}: there is no variable {strange[0]}; known: {', '.join(sorted(VARIABLES))}"
            )
        compiled = Template.from_code(sandbox, sandbox.compile(tree), sandbox.make_globals(None))
        for filling in (dict.fromkeys(VARIABLES, "x"), dict.fromkeys(VARIABLES, "")):
            compiled.render(filling)
    except TemplateError as error:
        line = getattr(error, "lineno", None) or 1
        raise SettingsError(f"{shown}:{first + line - 1}: {error.message or type(error).__name__}") from error
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise SettingsError(f"{shown}:{first}: cannot be filled: {error}") from error
    if not body.strip():
        raise SettingsError(f"{shown}:{first}: the text is empty")
    return compiled, used


def _undeclared(tree: nodes.Template) -> set[str]:
    """The names that a text takes from outside; jinja2.meta would write the whole program out to find them."""
    names = list(tree.find_all(nodes.Name))
    return {name.name for name in names if name.ctx == "load"} - {name.name for name in names if name.ctx != "load"}


def _line_of(text: str, key: str) -> int:
    """The line on which a key stands, 1 when it is missing."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(f"{key}:"):
            return number
    return 1
