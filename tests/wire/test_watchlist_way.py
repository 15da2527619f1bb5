"""The watch list from raw mails, a feedback report and an orders file on: each of the rules, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from helpdesk.sandbox import letters
from helpdesk.sandbox.letters import person
from tests.support.shop import Shop
from tests.support.shops import shop

__all__ = ["shop"]

HOUR = timedelta(hours=1)
#: Rule → (ASIN, what buyers wrote about it): just as many as the rule's threshold.
WRITTEN = {
    "stock_out": ("B0SHELF001", "You cancelled my order because the kettle is out of stock. Why do you list it at all?",
                  "Now you tell me that it is not in stock any more. I am disappointed."),
    "late_shipment": ("B0SLOW0001", "My parcel has still not arrived, it is a week late. Where is it?",
                      "Where is my order? It should have been here on Monday.",
                      "The delivery is late again, tracking has not moved for days. When will it come?"),
    "wrong_item": ("B0WRONG001", "You sent me the wrong item: I ordered a kettle and got a toaster.",
                   "This is not what I ordered, I received a wrong product."),
    "not_as_described": ("B0PHOTO001", "The colour is completely different from the pictures. It is not as described.",
                         "It does not look like the photo on the page: the picture shows a blue one, mine is grey."),
    "quality_defect": ("B0BROKE001", "The kettle broke after two days of use, the handle came off.",
                       "It stopped working after a week, the quality is terrible.",
                       "The switch is defective and the lid is already broken."),
    "return_questions": ("", "What is your return policy? How many days do I have to send it back?",
                         "Can I still return this, and who pays for the return shipping?",
                         "I do not understand your return policy: how do I send the item back?"),
}  # fmt: skip
#: One complaint less than the rule asks for: not listed.
ONCE = ("B0ONCE0001", "You sent me the wrong item: I ordered a lamp and got a lid.")
HEAD = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"


def mails(now: datetime) -> list[bytes]:
    """A mail for each complaint, each of another buyer, through Amazon's relay."""
    said = [(asin, words) for asin, *every in WRITTEN.values() for words in every]
    return [
        letters.relayed(person(100 + n), now - HOUR * (1 + n), number=n, words=words).replace(
            b"B0EXAMPLE1", (asin or f"B0RETURN{n:02d}").encode()
        )
        for n, (asin, words) in enumerate([*said, ONCE])
    ]


def report(shop: Shop, now: datetime) -> list[str]:
    """A feedback report and its orders' items as files; the command that brings them in."""
    day = f"{now - 3 * 24 * HOUR:%m/%d/%y}"
    rows = [f"{day}\t{1 + n % 2}\tNever again.\t\t112-000000{n}-0000000\tr{n}@raters.test" for n in range(4)]
    rows.append(f"{day}\t5\tGood.\t\t112-0000009-0000000\tr9@raters.test")
    items = [f"112-000000{n}-0000000\t{'KET-SOUR' if n < 3 else 'KET-FINE'}" for n in (0, 1, 2, 3, 9)]
    (shop.folder / "report.txt").write_text("\n".join([HEAD, *rows, ""]))
    (shop.folder / "orders.tsv").write_text("\n".join(["amazon-order-id\tsku", *items, ""]))
    return ["feedback", "import", "report.txt", "--marketplace", "US", "--orders", "orders.tsv", "--date-format", "mdy"]


async def test_from_mails_and_a_report_to_the_watch_list(shop: Shop) -> None:
    """Two buyers without stock, three late, two wrong items, two wrong pictures, three broken, three that ask how to
    return, three bad ratings: an entry each, with the tickets and words behind it, the seed's advice, and no other."""
    now = datetime.now(UTC).replace(microsecond=0)
    for raw in mails(now):
        shop.deliver(raw)
    counted = await shop.sync()
    assert counted["filed"] == len(mails(now))
    await shop.call(*report(shop, now))

    entries: list[dict[str, Any]] = json.loads(await shop.call("watchlist", "--json"))
    found = {one["rule"]: one for one in entries}
    assert sorted(found) == sorted([*WRITTEN, "negative_feedback"])
    assert len(entries) == len(found)
    words = {one["ticket"]: one["subject"] for one in await shop.tickets()}
    for rule, (asin, *said) in WRITTEN.items():
        one = found[rule]
        assert (one["count"], one["asin"]) == (len(said), asin or None), rule
        assert len(set(one["tickets"]) & set(words)) == len(said)
        assert sorted(message["text"].strip() for message in one["messages"]) == sorted(said)
        assert one["advice"], rule
    sour = found["negative_feedback"]
    assert (sour["sku"], sour["count"], len(sour["feedback"])) == ("KET-SOUR", 3, 3)
    assert sour["advice"] == ["Remove products that consistently cause negative feedback."]
    assert {message["text"] for message in sour["messages"]} == {"Never again."}
