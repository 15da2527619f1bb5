"""Seller feedback over SQLite and PostgreSQL: imports, snapshots, and the whole way from report to outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from helpdesk.domain import Effect, Status, Ticket
from helpdesk.domain_feedback import Feedback, FeedbackState
from helpdesk.errors import LintBlockedError, RefusedError, UsageError
from helpdesk.feedback import desk
from helpdesk.feedback.bringing import Brought, bring_in
from helpdesk.feedback.job import Watch, run_once, watch_of
from helpdesk.feedback.orders import read_orders
from helpdesk.feedback.report import read_report
from helpdesk.marketplaces.countries import country
from helpdesk.settings.schema import Settings
from helpdesk.store import feedback as queries
from helpdesk.store import outbox, tickets
from helpdesk.store.engine import Store
from tests.pure.test_feedback_report import DATES, ENCODINGS, LAYOUTS, WORDS

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HEAD = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
LEAKS = "11/20/26\t1\tKettle leaks after two days.\t\t111-0000001-0000001\ta@raters.test"
SILENT = "11/18/26\t2\tNever answered my e-mail, arrived late\t\t111-0000002-0000002\tb@raters.test"
LATE = "11/16/26\t1\tArrived two weeks late.\t\t111-0000003-0000003\tc@raters.test"
WATCH = Watch(channel="#buyer-support")


async def bring(store: Store, *rows: str, orders: str = "", now: datetime = NOW) -> Brought:
    """Import a report of these rows."""
    home = country("US")
    report = read_report("\n".join([HEAD, *rows]).encode(), home)
    return await bring_in(store, report, home, read_orders(orders.encode(), home) if orders else {}, now)


async def all_of_them(store: Store) -> dict[str, Feedback]:
    """Feedback by the order's last digit."""
    async with store.read() as tx:
        return {item.order_id[-1]: item for item in await queries.listing(tx)}


async def kinds(store: Store, number: int) -> list[str]:
    """What happened to a feedback."""
    async with store.read() as tx:
        return [event.kind for event in await queries.events(tx, number)]


async def queued(store: Store) -> Mapping[str, dict[str, Any]]:
    """Posts waiting in the outbox by key; they count as done afterwards, posted at ts 1.1."""
    async with store.write() as tx:
        rows = await outbox.claim(
            tx, effects=[Effect.POST, Effect.UPDATE], worker="w", now=NOW + timedelta(days=400), limit=100
        )
        for row in rows:
            await outbox.finish(tx, row, at=NOW, result={"channel": "C1", "ts": "1.1"})
        return {row.key: row.payload for row in rows}


async def test_a_report_is_taken_in_once(store: Store) -> None:
    """The same report again changes nothing."""
    first, again = await bring(store, LEAKS, SILENT), await bring(store, LEAKS, SILENT)

    assert (first.rows, first.new) == (2, 2)
    assert (again.rows, again.new, again.changed, again.removed, again.same) == (2, 0, 0, 0, 2)
    found = await all_of_them(store)
    assert [(f.verdict, f.recommended) for f in found.values()] == [("likely", "removal"), ("no", "contact")]
    assert found["1"].deadline == date(2027, 2, 18)
    assert all(f.draft for f in found.values())


async def test_one_order_twice_in_a_report_is_one_feedback(store: Store) -> None:
    """The last row counts."""
    await bring(store, LEAKS, LEAKS.replace("two days", "one day"))

    assert [f.comment for f in (await all_of_them(store)).values()] == ["Kettle leaks after one day."]


async def test_changes_and_answers_are_noticed(store: Store) -> None:
    """Stars, words and a public reply that differ from the last report are taken over and noted."""
    await bring(store, LEAKS, SILENT)
    done = await bring(store, LEAKS.replace("\t1\t", "\t2\t"), SILENT.replace("late\t\t", "late\tWe are sorry.\t"))

    found = await all_of_them(store)
    assert (done.changed, done.answered) == (1, 1)
    assert (found["1"].rating, found["2"].response, found["2"].state) == (2, "We are sorry.", FeedbackState.REPLIED)
    assert await kinds(store, found["2"].id) == ["answered"]


async def test_only_days_the_report_covers_are_compared(store: Store) -> None:
    """A feedback outside the report's days is not taken for removed."""
    await bring(store, LEAKS, SILENT, LATE)
    done = await bring(store, LEAKS, LATE.replace("11/16/26", "11/17/26"))

    found = await all_of_them(store)
    assert done.removed == 1
    assert [found[n].state for n in "123"] == ["new", "gone", "new"]
    done = await bring(store, LEAKS)
    assert done.removed == 0


async def test_good_feedback_is_not_missed_in_a_report_of_bad_ones(store: Store) -> None:
    """Amazon's usual export leaves 4 and 5 stars out: that says nothing about them."""
    good = "11/19/26\t5\tLovely\t\t111-0000004-0000004\td@raters.test"
    await bring(store, LEAKS, good, SILENT)

    assert (await bring(store, LEAKS, SILENT)).removed == 0
    assert (await bring(store, LEAKS, "11/18/26\t5\tNice\t\t111-0000005-0000005\tx")).removed == 2


async def test_an_unknown_report_changes_nothing(store: Store) -> None:
    """Cancelled is not the same as no feedback."""
    await bring(store, LEAKS)
    home = country("US")
    done = await bring_in(store, read_report(b"CANCELLED", home), home, {}, NOW)

    assert done.unknown
    assert (await all_of_them(store))["1"].gone_at is None


async def test_a_feedback_that_comes_back(store: Store) -> None:
    """What was gone and stands in the report again is new again."""
    await bring(store, LEAKS, SILENT, LATE)
    await bring(store, LEAKS, LATE)
    done = await bring(store, LEAKS, SILENT, LATE)

    found = await all_of_them(store)
    assert done.returned == 1
    assert (found["2"].state, found["2"].gone_at) == ("new", None)


async def test_an_orders_file_settles_what_was_missing(store: Store) -> None:
    """A delivery comment is unclear until the fulfilment is known; the file may come later."""
    await bring(store, LATE)
    before = (await all_of_them(store))["3"]
    head = "amazon-order-id\tfulfillment-channel\tsku\n"
    done = await bring(store, LATE, orders=f"{head}111-0000003-0000003\tAmazon\tKET-1\n")
    after = (await all_of_them(store))["3"]
    again = await bring(store, LATE)

    assert (before.verdict, before.missing[0]) == ("unclear", "fulfilment_channel")
    assert (after.verdict, after.criterion, after.sku, after.missing) == ("likely", "fba_delivery", "KET-1", [])
    assert (done.same, again.same) == (0, 1)
    assert (await all_of_them(store))["3"].verdict == "likely"


async def test_feedback_finds_its_ticket(store: Store) -> None:
    """Ticket and feedback are joined by the order's number."""
    ticket = Ticket(
        mailbox="shop", marketplace="amazon", buyer="anna@buyers.test", order_ids=["111-0000001-0000001"],
        received_at=NOW, last_mail_at=NOW, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    async with store.write() as tx:
        stored = (await tickets.add(tx, [ticket]))[0]
    await bring(store, LEAKS, SILENT)

    found = await all_of_them(store)
    assert (found["1"].ticket_id, found["2"].ticket_id) == (stored.id, None)


async def test_the_whole_way_to_a_removal(store: Store) -> None:
    """Report → card → edited → approved → submitted → a report without it → removed."""
    await bring(store, SILENT, LEAKS, LATE)
    number = (await all_of_them(store))["1"].id
    await run_once(store, WATCH, NOW)
    posted = await queued(store)
    assert posted[f"feedback:{number}"] == {"kind": "feedback", "feedback": number}

    await desk.edit(store, number, "This comment judges the kettle alone.", "U1", NOW)
    await desk.act(store, number, "approve", "U1", NOW)
    await desk.act(store, number, "submitted", "U2", NOW)
    await run_once(store, WATCH, NOW)
    assert f"feedback-update:{number}" in await queued(store)
    done = await bring(
        store, LATE, SILENT, "11/21/26\t3\tIt is okay\t\t111-0000009-0000009\tx", now=NOW + timedelta(days=3)
    )

    after = (await all_of_them(store))["1"]
    assert (done.removed, after.state, after.draft) == (1, "removed", "This comment judges the kettle alone.")
    assert await kinds(store, number) == ["edited", "marked", "marked", "removed"]
    with pytest.raises(RefusedError):
        await desk.act(store, number, "submitted", "U2", NOW)


async def test_a_reply_removes_nothing(store: Store) -> None:
    """Nothing of it could be removed: what was submitted was a reply, and if the feedback vanishes we did not ask."""
    await bring(store, SILENT, LEAKS, LATE)
    number = next(n.id for n in (await all_of_them(store)).values() if n.verdict == "no")
    await desk.act(store, number, "submitted", "U1", NOW)
    await bring(store, LATE, LEAKS, "11/10/26\t3\tIt is okay\t\t111-0000009-0000009\tx", now=NOW + timedelta(days=3))

    async with store.read() as tx:
        after = await queries.get(tx, number)
    assert after is not None
    assert after.state == "gone"


async def test_a_refused_request_is_not_repeated(store: Store) -> None:
    """After a refusal the way is the buyer or a public reply."""
    await bring(store, LEAKS)
    await desk.mark(store, 1, "submitted", "U1", NOW)
    await desk.mark(store, 1, "refused", "U1", NOW)

    with pytest.raises(RefusedError, match="repeat"):
        await desk.mark(store, 1, "submitted", "U1", NOW)
    assert (await desk.mark(store, 1, "replied", "U1", NOW)).state == "replied"


@pytest.mark.parametrize(
    ("marks", "vanished", "back"),
    [
        (["submitted"], "removed", "submitted"),
        (["submitted", "refused"], "gone", "refused"),
        (["submitted", "removed"], "removed", "new"),
        (["dismissed"], "gone", "dismissed"),
        (["approved"], "gone", "approved"),
        ([], "gone", "new"),
    ],
)
async def test_what_vanishes_and_comes_back(store: Store, marks: list[str], vanished: str, back: str) -> None:
    """Removed is what was asked for and came true, a refusal is no removal; what comes back stands where it stood."""
    await bring(store, SILENT, LEAKS, LATE.replace("11/16", "11/21"))
    for state in marks:
        await desk.mark(store, 2, state, "U1", NOW)
    await bring(store, SILENT, LATE.replace("11/16", "11/21"), now=NOW + timedelta(days=1))
    gone = (await all_of_them(store))["1"]
    await bring(store, SILENT, LEAKS, LATE.replace("11/16", "11/21"), now=NOW + timedelta(days=2))
    again = (await all_of_them(store))["1"]

    assert (gone.state, again.state) == (vanished, back)
    assert gone.gone_at is not None
    assert again.gone_at is None


async def test_the_days_are_counted(store: Store) -> None:
    """Reminders 14, 7 and 2 days before, each once, and an end when the 90 days have passed."""
    await bring(store, LEAKS)
    deadline = datetime(2027, 2, 18, 9, tzinfo=UTC)
    reminded = []
    for left in (20, 14, 13, 7, 6, 2, 1, 0):
        for _ in range(2):
            await run_once(store, WATCH, deadline - timedelta(days=left))
        reminded += [(left, key) for key in await queued(store) if "remind" in key]
    assert reminded == [(14, "feedback:1:remind:14"), (7, "feedback:1:remind:7"), (2, "feedback:1:remind:2")]

    await run_once(store, WATCH, deadline + timedelta(days=1))
    assert (await all_of_them(store))["1"].state == "expired"
    with pytest.raises(RefusedError, match="90 days"):
        await desk.mark(store, 1, "submitted", "U1", NOW)


async def test_old_feedback_gets_no_card(store: Store) -> None:
    """A first import of a year floods no channel: only removals that can be asked for, and fresh ones."""
    old = SILENT.replace("11/18/26", "3/1/26")
    await bring(store, LEAKS, old, "11/17/26\t5\tLovely\t\t111-0000004-0000004\td")
    await run_once(store, WATCH, NOW)

    assert set(await queued(store)) == {"feedback:1"}
    assert await run_once(store, WATCH, NOW) == 0


async def test_a_draft_that_breaks_a_rule_is_not_taken(store: Store) -> None:
    """The message rules of public replies hold for people too; so does the limit."""
    await bring(store, LEAKS)

    with pytest.raises(LintBlockedError):
        await desk.edit(store, 1, "Write to us at help@shop.example.com and get a discount", "U1", NOW)
    with pytest.raises(RefusedError, match="500"):
        await desk.edit(store, 1, "a" * 501, "U1", NOW)
    with pytest.raises(RefusedError, match="empty"):
        await desk.edit(store, 1, " ", "U1", NOW)
    with pytest.raises(UsageError, match="does not exist"):
        await desk.mark(store, 99, "submitted", "U1", NOW)


async def test_what_is_not_read_is_answered_by_a_person(store: Store) -> None:
    """No draft where there are no words in the language: nothing can be approved until somebody has written one."""
    await bring(store, "11/20/26\t1\tHàng giao chậm quá trời luôn\t\t111-0000007-0000007\tx")
    found = (await all_of_them(store))["7"]
    assert (found.language, found.verdict, found.missing, found.draft) == ("und", "unclear", ["translation"], "")
    assert desk.drafts_of(found) == {}

    with pytest.raises(RefusedError, match="no draft"):
        await desk.act(store, found.id, "approve", "U1", NOW)
    await desk.edit(store, found.id, "Cảm ơn bạn đã góp ý.", "U1", NOW)
    assert (await desk.act(store, found.id, "approve", "U1", NOW)).state == "approved"


async def test_the_buyer_is_told_once_and_after_it_is_solved(store: Store) -> None:
    """Not before the buyer was written to, not before the ticket is resolved, and not a second time."""
    ticket = Ticket(
        mailbox="shop", marketplace="amazon", buyer="anna@buyers.test", order_ids=["111-0000002-0000002"],
        received_at=NOW, last_mail_at=NOW, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    async with store.write() as tx:
        stored = (await tickets.add(tx, [ticket]))[0]
    await bring(store, SILENT)
    with pytest.raises(RefusedError, match="written to"):
        await desk.told_once(store, 1, "U1", NOW)
    await desk.mark(store, 1, "contacted", "U1", NOW)
    with pytest.raises(RefusedError, match="not resolved"):
        await desk.told_once(store, 1, "U1", NOW)
    async with store.write() as tx:
        found = await tickets.get(tx, stored.id)
        assert found is not None
        await tickets.save(tx, found.evolve(status=Status.RESOLVED))

    assert "change or remove your seller feedback" in await desk.told_once(store, 1, "U1", NOW)
    with pytest.raises(RefusedError, match="once"):
        await desk.told_once(store, 1, "U1", NOW)
    assert await kinds(store, 1) == ["marked", "mentioned"]


async def test_an_edited_draft_survives_the_next_import(store: Store) -> None:
    """A person's words stay while the comment stays."""
    await bring(store, LEAKS)
    await desk.edit(store, 1, "This comment judges the kettle alone.", "U1", NOW)
    await bring(store, LEAKS.replace("days.\t\t", "days.\tWe are sorry.\t"))
    kept = (await all_of_them(store))["1"]
    await bring(store, LEAKS.replace("two days", "one day"))

    assert (kept.draft, kept.edited) == ("This comment judges the kettle alone.", True)
    assert (await all_of_them(store))["1"].edited is False


async def test_the_watched_folder(store: Store, tmp_path: Any) -> None:
    """A report put into the folder is read once, by the folder's country; a refused one harms nothing."""
    (tmp_path / "DE").mkdir()
    (tmp_path / "us.txt").write_text(f"{HEAD}\n{LEAKS}\n", encoding="utf-8")
    (tmp_path / "DE" / "bericht.txt").write_text(
        f"{HEAD}\n20.11.26\t1\tDer Deckel ist kaputt\t\t302-0000001-0000001\tx\n", encoding="utf-8"
    )
    (tmp_path / "broken.txt").write_text("no report at all", encoding="utf-8")
    watch = Watch(folder=tmp_path)

    moved = [await run_once(store, watch, NOW), await run_once(store, watch, NOW)]

    async with store.read() as tx:
        found = await queries.listing(tx)
    assert moved == [2, 0]
    assert {(f.marketplace, f.language, f.criterion) for f in found} == {
        ("US", "en", "product_review"), ("DE", "de", "product_review"),
    }  # fmt: skip


async def test_the_date_setting_turns_no_dates_that_are_known(store: Store, tmp_path: Path) -> None:
    """`date_format` is for marketplaces whose order nobody knows; the United States keep month, day, year."""
    for place, order in (("US", "111-0000001-0000001"), ("CA", "701-0000002-0000002")):
        (tmp_path / place).mkdir()
        row = f"11/10/26\t1\tKettle leaks\t\t{order}\tx"
        (tmp_path / place / "report.txt").write_text(f"{HEAD}\n{row}\n", encoding="utf-8")
    await run_once(store, Watch(folder=tmp_path, date_format="dmy"), NOW)

    async with store.read() as tx:
        found = {item.marketplace: str(item.given_on) for item in await queries.listing(tx)}
    assert found == {"US": "2026-11-10", "CA": "2026-10-11"}


def test_marketplaces_of_the_configuration_are_looked_at_first() -> None:
    """In any case and once; a misspelt one names the nearest before anything runs."""
    keys = {"client_id": "a", "client_secret": "b", "refresh_token": "c"}
    watch = watch_of(Settings.model_validate({"feedback": {"fetch": ["us", "US", "gb"], "marketplace": "de", **keys}}))
    assert (watch.fetch, watch.marketplace) == (("US", "UK"), "DE")

    with pytest.raises(ValidationError, match="the marketplace 'UE' is unknown: did you mean US"):
        Settings.model_validate({"feedback": {"fetch": ["UE"], **keys}})


async def test_a_report_that_is_fetched(store: Store) -> None:
    """Once a day a year's report is asked for; nothing is known while there is none."""

    class Amazon:
        def __init__(self) -> None:
            self.asked: list[datetime] = []
            self.answer: bytes | None = None

        async def fetch(self, marketplace: str, since: datetime) -> bytes | None:
            assert marketplace == "US"
            self.asked.append(since)
            return self.answer

    amazon, watch = Amazon(), Watch(fetch=("US",))
    await run_once(store, watch, NOW, amazon)
    await run_once(store, watch, NOW + timedelta(minutes=10), amazon)  # too soon: Amazon counts the requests
    amazon.answer = f"{HEAD}\n{LEAKS}\n".encode()
    for hours in (1, 2, 26):
        await run_once(store, watch, NOW + timedelta(hours=hours), amazon)

    assert [(NOW - since).days for since in amazon.asked[:1]] == [365]
    assert len(amazon.asked) == 3
    assert len(await all_of_them(store)) == 1


async def test_a_forgotten_buyers_words_are_blanked(store: Store) -> None:
    """Stars and day stay for the figures, words and order number go; a report that holds them brings none back."""
    await bring(store, LEAKS, LATE)
    async with store.write() as tx:
        assert await queries.erase(tx, ["111-0000001-0000001"]) == 1
    for again in (await bring(store, LEAKS, LATE), await bring(store, LATE, SILENT)):
        assert (again.removed, again.changed, again.returned) == (0, 0, 0)

    async with store.read() as tx:
        [left] = [item for item in await queries.listing(tx) if item.facts.get("forgotten")]
        assert await queries.events(tx, left.id) == []
    assert (left.comment, left.draft, left.evidence, left.rating) == ("", "", [], 1)
    assert "0000001" not in repr(left)
    assert left.rev > 0  # its card is renewed


async def test_retention_blanks_old_feedback(store: Store) -> None:
    """What was given before the day loses its words, once; newer feedback stays."""
    await bring(store, LEAKS, LATE)
    for expected in (1, 0):
        async with store.write() as tx:
            assert await queries.erase_older(tx, date(2026, 11, 18)) == expected

    assert sorted(f.comment for f in (await all_of_them(store)).values()) == ["", "Kettle leaks after two days."]


async def test_the_item_of_the_orders_ticket(store: Store) -> None:
    """Without an orders file the item comes from the ticket about the order, if it names just one."""
    kettle, towel = {"sku": "KET-1", "asin": "B000000001"}, {"sku": "TOW-1", "asin": ""}
    async with store.write() as tx:
        for order, items in (("111-0000001-0000001", [kettle]), ("111-0000003-0000003", [kettle, towel])):
            ticket = Ticket(
                mailbox="shop", marketplace="amazon", buyer="anna@buyers.test", order_ids=[order], items=items,
                received_at=NOW, last_mail_at=NOW, created_at=NOW, updated_at=NOW,
            )  # fmt: skip
            await tickets.add(tx, [ticket])
    await bring(store, LEAKS, LATE)

    found = await all_of_them(store)
    assert (found["1"].sku, found["1"].asin, found["3"].sku) == ("KET-1", "B000000001", "")


async def test_every_form_of_a_report_is_taken_in_once(store: Store) -> None:
    """The same feedback in another layout, encoding or line end changes nothing."""
    for place, encodings in ENCODINGS.items():
        home, order = country(place), f"111-{len(place):07d}-{sum(map(ord, place)):07d}"
        told = []
        for layout in ("six", "nine", "ten", "headerless", "short"):
            head, row = LAYOUTS[layout]
            text = row.format(date=DATES[place], words=WORDS[place], order=order)
            for encoding in encodings:
                data = "\r\n".join([*([head] if head else []), text, ""]).encode(encoding)
                told.append((await bring_in(store, read_report(data, home), home, {}, NOW)).new)
        assert told == [1] + [0] * (len(told) - 1), place
