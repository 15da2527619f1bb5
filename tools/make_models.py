"""`make models`: trains what ships, from the generator and from free corpora alone, byte for byte the same each time.

    python -m tools.make_models [--shared ../shared] [--out models]

The licences of the corpora stand in ../shared/data/README.md: SpamAssassin (CC0/PDDL), Bitext (CDLA-Sharing), MultiDoGO
(CDLA-Permissive), handmade_open (free). Nothing else of that folder goes into the model; the rest only measures it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import tarfile
import time
from dataclasses import replace
from pathlib import Path

from helpdesk.intake.read import read
from helpdesk.triage import modelfile
from helpdesk.triage.classifier import Model, load_model
from helpdesk.triage.features import NAMES, features_of
from helpdesk.triage.topics import TopicModel
from helpdesk.triage.training import NONE, SEED, Example, TopicExample, fit, fit_topics, invented, invented_topics

#: Sources whose rows may be trained on, by licence.
FREE_MAIL = ("spamassassin",)
FREE_TEXTS = ("bitext_cs_8k", "multidogo", "handmade_open")
BUYERS, OTHERS, WITH_TEXTS = 12_000, 18_000, 3000
A_SOURCE = 1200  #: texts of one source at most
OF_EACH = 64  #: invented texts of each language and cause, to learn topics from

#: Bitext's intents that name a matter of the seed's table plainly; its own mapping is by intent, not by reading.
BITEXT = {
    "track_order": "late_shipment/slow_fulfilment",
    "delivery_period": "late_shipment/slow_fulfilment",
    "get_refund": "returns_refunds/refund_window",
    "track_refund": "returns_refunds/refund_window",
    "cancel_order": "returns_refunds/refund_window",
    "check_refund_policy": "returns_refunds/return_policy_unclear",
    "check_cancellation_fee": "returns_refunds/return_policy_unclear",
    "complaint": "customer_service/slow_response",
    "contact_customer_service": "customer_service/unreachable",
    "contact_human_agent": "customer_service/unreachable",
    "change_shipping_address": "other/address",
    "set_up_shipping_address": "other/address",
    "check_invoice": "other/invoice",
    "get_invoice": "other/invoice",
    "check_invoices": "other/invoice",
}
#: Intents of MultiDoGO that are matters of the table in other trades: no text of theirs stands for an ordinary request.
NOT_ORDINARY = ("reportbroken", "disputecharge", "checkclaim", "replacecard")


def free_texts(shared: Path) -> list[tuple[str, str, str]]:
    """(language, text, source) of the corpora that may be trained on, shuffled, no part of one more than A_SOURCE."""
    by_source: dict[str, list[tuple[str, str, str]]] = {}
    with gzip.open(shared / "data" / "buyer_text_train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["source"].split(":")[0] in FREE_TEXTS and 3 < len(row["text"]) < 700:
                by_source.setdefault(row["source"], []).append((row["lang"], row["text"], row["source"].split(":")[0]))
    dice = random.Random(SEED)
    pool = []
    for _, rows in sorted(by_source.items()):
        dice.shuffle(rows)
        pool += rows[:A_SOURCE]
    dice.shuffle(pool)
    return pool


def free_mails(shared: Path, name: str = "junk_train_open") -> list[Example]:
    """Mails of the corpora that may be trained on, as they lie in a Junk folder."""
    with (shared / "data" / f"{name}_labels.csv").open(encoding="utf-8") as opened:
        labels = {row["file"]: row for row in csv.DictReader(opened) if row["source"].split(":")[0] in FREE_MAIL}
    found = []
    with tarfile.open(shared / "data" / f"{name}.tar.gz") as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            row = labels.get(member.name.rpartition("/")[2])
            content = tar.extractfile(member) if row and member.isfile() else None
            if row and content:
                found.append(Example(features_of(read(content.read())), row["label"], group=row["source"]))
    return found


def topic_examples(shared: Path, leave: str = "") -> list[TopicExample]:
    """The grammar's texts, and those of Bitext and MultiDoGO that say plainly what they are about; none of `leave`."""
    found = invented_topics(SEED, OF_EACH)
    dice = random.Random(SEED)
    extra: dict[str, list[str]] = {}
    with gzip.open(shared / "data" / "buyer_text_train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            source = row["source"].split(":")[0]
            if source == leave:
                continue
            if source == "bitext_cs_8k" and row["source_label"] in BITEXT:
                extra.setdefault(BITEXT[row["source_label"]], []).append(row["text"])
            elif (
                source in {"bitext_cs_8k", "multidogo"}
                and len(row["text"]) < 300
                and not any(intent in row["source_label"] for intent in NOT_ORDINARY)
            ):
                extra.setdefault("other/account", []).append(row["text"])
    for label, texts in sorted(extra.items()):
        found += [TopicExample(text, label, language="en") for text in dice.sample(texts, min(250, len(texts)))]
    return found


def _whole(shared: Path, topics: TopicModel) -> tuple[Model, int]:
    """The model with these topics, and the number of mails it was trained on."""
    texts = [(language, text) for language, text, _ in free_texts(shared)]
    examples = [example for _, example in invented(SEED, BUYERS, OTHERS)]
    examples += [example for _, example in invented(SEED + 1, WITH_TEXTS, 0, texts, letters=NONE)]
    examples += free_mails(shared)
    return fit(examples, topics), len(examples)


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("HELPDESK_SHARED", "../shared")))
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--topics", action="store_true", help="the topics alone; the rest stays as it stands in --out")
    options = parser.parse_args()
    if not (options.shared / "data" / "buyer_text_train.jsonl.gz").exists():
        raise SystemExit(
            f"make models: no corpora in {options.shared}/data: name their folder with --shared or $HELPDESK_SHARED"
        )
    began = time.perf_counter()
    topics = fit_topics(topic_examples(options.shared))
    if options.topics:
        card = modelfile.read_manifest(options.out)
        model, mails = replace(load_model(options.out), topics=topics), int(card["examples"])
    else:
        model, mails = _whole(options.shared, topics)
    version = modelfile.save(
        options.out,
        model.content(),
        {"features": f"hashed words and stems, {len(NAMES)} facts", "examples": mails, "seed": SEED},
        keep_previous=False,
    )
    size = (options.out / modelfile.FILE).stat().st_size
    spent = time.perf_counter() - began
    print(f"{options.out / modelfile.FILE}: version {version}, {size / 1e6:.2f} MB, {mails} mails, {spent:.0f} s")


if __name__ == "__main__":
    main()
