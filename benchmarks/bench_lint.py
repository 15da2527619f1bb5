"""The message rules: replies of 2,000 characters in seven languages, and texts of 100,000 that want to be slow.

    python -m benchmarks.bench_lint [--json]

Counted is CPU time of this process, the best of several runs. The floor is what any such check must do: bring the same
text to its compatibility form (NFKC) and find its words once.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

from helpdesk.replies.lint import lint
from helpdesk.replies.templates import Library
from helpdesk.resources import resource

SIZE, HOSTILE = 2_000, 100_000
_WORDS = re.compile(r"\w+")
#: What to repeat until a text is HOSTILE characters long.
SHAPES = {
    "one letter": "a",
    "blanks": " ",
    "line ends": "\n",
    "digits": "1",
    "list numbers": "1. ",
    "we": "we ",
    "dots": "a.",
    "ats": "a@",
    "review": "please change your review ",
    "braces": "{{name ",
    "brackets": "[name ",
    "emoji": "\U0001f600",
    "accents": "é",
    "marks": "a\u0301",
    "Chinese": "请您修改一下评价我们送您红包不",
    "Japanese": "レビューを変更していただければ返金いたしますので",
    "digit words": "one two three ",
    "spaced": "w h a t s ",
    "phone": "+49 30 1234567 ",
    "order numbers": "order no. 1234567, ",
    "cyrillic": "а b ",
    "quotes": "「商品名",
    "links": "https://a.example.com/x ",
    "prose": "We are sorry that the kettle leaks; please send a photo of it, and we will answer by Monday. ",
    "tags": "<a href=x><img src=http://x.example/1.gif>",
}


def replies() -> dict[str, str]:
    """A reply of SIZE characters in each language: bodies of the templates, one after another."""
    bodies: dict[str, str] = {}
    for template in Library.load(resource("templates/replies")).templates:
        bodies[template.language] = bodies.get(template.language, "") + template.body + "\n\n"
    return {language: re.sub(r"\{[{%].*?[%}]\}", "Friday", text)[:SIZE] for language, text in sorted(bodies.items())}


def best(work: Callable[[], Any], times: int) -> float:
    """Milliseconds of CPU of the fastest of several runs."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return 1000 * min(spent)


def floor(text: str) -> None:
    """What any check must do with a text."""
    _WORDS.findall(unicodedata.normalize("NFKC", text))


def measure() -> dict[str, Any]:
    """Milliseconds by text: ours and the floor's."""
    found: dict[str, Any] = {"replies": {}, "hostile": {}}
    for language, text in replies().items():
        found["replies"][language] = {
            "ms": round(best(partial(lint, text), 15), 3),
            "floor_ms": round(best(partial(floor, text), 15), 3),
        }
    for name, piece in SHAPES.items():
        text = (piece * (HOSTILE // len(piece) + 1))[:HOSTILE]
        html = piece.startswith("<")
        found["hostile"][name] = {
            "ms": round(best(partial(lint, text, html=html), 3), 1),
            "floor_ms": round(best(partial(floor, text), 3), 1),
        }
    return found


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    found = measure()
    if options.parse_args().json:
        print(json.dumps(found))
        return
    for kind, title in (("replies", f"replies of {SIZE} characters"), ("hostile", f"{HOSTILE} characters of")):
        print(f"lint, {title}:")
        for name, row in found[kind].items():
            print(f"  {name:14} {row['ms']:8.2f} ms   floor {row['floor_ms']:7.2f} ms")


if __name__ == "__main__":
    main()
