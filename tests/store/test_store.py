"""The store's promises, over SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.domain import Effect, Folder, Mail, Outbox, OutboxState, Sent, Ticket
from helpdesk.errors import SchemaError, SettingsError, UsageError
from helpdesk.store import mailboxes, mailout, mails, meta, outbox, schema, tickets
from helpdesk.store.engine import Store, database_url
from helpdesk.store.schema import HEAD, MIGRATIONS

NOW = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)


def a_mail(number: int, **changes: object) -> Mail:
    """An invented mail."""
    fields: dict[str, object] = {
        "mailbox": "shop", "role": "inbox", "folder": "INBOX", "uidvalidity": 1, "uid": number,
        "message_id": f"{number}@buyers.test", "body_hash": f"{number:064x}", "arrived_at": NOW, "clock_start": NOW,
        "fetched_at": NOW, "customer": "anna@buyers.test", "order_ids": ["111-0000001-0000001"],
    }  # fmt: skip
    return Mail.model_validate({**fields, **changes})


def a_ticket(**changes: object) -> Ticket:
    """An invented ticket."""
    fields: dict[str, object] = {
        "mailbox": "shop", "marketplace": "amazon", "buyer": "anna@buyers.test", "received_at": NOW,
        "last_mail_at": NOW,
        "created_at": NOW, "updated_at": NOW, "order_ids": ["111-0000001-0000001"],
    }  # fmt: skip
    return Ticket.model_validate({**fields, **changes})


def an_effect(key: str, **changes: object) -> Outbox:
    """An invented effect."""
    fields: dict[str, object] = {"key": key, "effect": Effect.MAIL, "lane": "shop", "next_at": NOW, "created_at": NOW}
    return Outbox.model_validate({**fields, **changes})


async def test_many_mails_are_taken_in_one_call(store: Store) -> None:
    """Ten thousand at once, which is more than PostgreSQL takes in one list; the second time none is new."""
    many = [a_mail(number) for number in range(10_000)]

    async with store.write() as tx:
        assert (await mails.add(tx, many), await mails.add(tx, many[:1_500])) == (10_000, 0)


async def test_migrations_make_exactly_the_tables(store: Store) -> None:
    """After the upgrade nothing differs between the database and the table classes."""

    def differences(connection: object) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})  # type: ignore[arg-type]  # sync
        return list(compare_metadata(context, schema.metadata()))

    async with store.read() as tx:
        assert await tx.run_sync(differences) == []


def test_head_is_the_newest_migration() -> None:
    """HEAD names the last file of migrations/versions."""
    newest = max(p.name for p in (MIGRATIONS / "versions").glob("*.py"))

    assert newest.split("_", maxsplit=1)[0] == HEAD


async def test_upgrade_twice_does_no_harm(store: Store) -> None:
    """A second upgrade finds nothing to do and keeps the rows."""
    async with store.write() as tx:
        await mails.add(tx, [a_mail(1)])

    assert await schema.upgrade(store) == HEAD
    async with store.read() as tx:
        assert len(await mails.new(tx, "shop", 10)) == 1


async def test_postgresql_is_not_upgraded_unasked(database_url: str) -> None:
    """SQLite is brought up by itself; PostgreSQL is refused with the command that mends it."""
    opened = Store.connect(database_url)
    try:
        if opened.sqlite:
            await schema.ensure(opened)
            assert await schema.current(opened) == HEAD
        else:
            with pytest.raises(SchemaError, match="helpdesk db upgrade"):
                await schema.ensure(opened)
    finally:
        await opened.close()


async def test_an_unreachable_database_is_one_line_without_its_password(tmp_path: Path) -> None:
    """The error names the place, not the secret."""
    opened = Store.connect("postgresql://me:secret@127.0.0.1:1/nowhere")

    with pytest.raises(UsageError) as told:
        await schema.current(opened)
    assert "127.0.0.1:1/nowhere" in str(told.value)
    assert "secret" not in str(told.value)
    with pytest.raises(SettingsError, match="does not exist"):
        Store.connect(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    await opened.close()


@pytest.mark.parametrize("text", ["mysql://x/y", "", "helpdesk.db", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(text: str) -> None:
    """The message says what is understood."""
    with pytest.raises(SettingsError, match="sqlite:///"):
        database_url(text)


def test_a_port_that_is_none_is_named() -> None:
    """Before anything is opened."""
    with pytest.raises(SettingsError, match="no port 99999"):
        database_url("postgresql://me@127.0.0.1:99999/desk")


async def test_times_come_back_as_they_were_written(store: Store) -> None:
    """Aware UTC to the microsecond on both databases."""
    async with store.write() as tx:
        await mails.add(tx, [a_mail(1, clock_start=NOW)])
    async with store.read() as tx:
        (found,) = await mails.new(tx, "shop", 10)

    assert found.clock_start == NOW
    assert timedelta(0) == found.clock_start.utcoffset()
    assert found.order_ids == ["111-0000001-0000001"]


async def test_a_mail_is_added_once(store: Store) -> None:
    """Promise 2: (mailbox, Message-ID, body hash) is one mail; another body or mailbox is another."""
    async with store.write() as tx:
        assert await mails.add(tx, [a_mail(1), a_mail(1), a_mail(1, body_hash="f" * 64)]) == 2
        assert await mails.add(tx, [a_mail(1)]) == 0
        assert await mails.add(tx, [a_mail(1, mailbox="other")]) == 1


async def test_a_copy_of_our_own_mail_is_not_new(store: Store) -> None:
    """What the outbox wrote and somebody filed in Sent was seen before; an answer from elsewhere was not."""
    ours = Sent(message_id="1@buyers.test", ticket_id=1, kind="ack", at=NOW)
    async with store.write() as tx:
        await mailout.put(tx, [], [ours])
        assert await mails.add(tx, [a_mail(n, role="sent", folder="Sent") for n in (1, 2)]) == 1


async def test_a_moved_mail_keeps_its_row_and_learns_its_place(store: Store) -> None:
    """A rescued mail seen again in the Inbox is the same row; a copy in Sent changes nothing."""
    async with store.write() as tx:
        await mails.add(tx, [a_mail(1, role="junk", folder="Junk")])
        await mails.add(tx, [a_mail(1, role="inbox", folder="INBOX", uid=77)])
        await mails.add(tx, [a_mail(1, role="sent", folder="Sent", uid=5)])
    async with store.read() as tx:
        (found,) = await mails.new(tx, "shop", 10)

    assert (found.role, found.folder, found.uid) == ("inbox", "INBOX", 77)


async def test_an_aborted_transaction_leaves_nothing(store: Store) -> None:
    """Promise 1: mails and their cursor are written together or not at all."""
    with pytest.raises(RuntimeError):
        async with store.write() as tx:
            await mails.add(tx, [a_mail(1)])
            await mailboxes.save_folder(tx, Folder(mailbox="shop", role="inbox", name="INBOX", last_uid=1))
            raise RuntimeError("power cut")

    async with store.read() as tx:
        assert await mails.new(tx, "shop", 10) == []
        assert await mailboxes.folders(tx, "shop") == {}


async def test_tickets_get_numbers_in_order(store: Store) -> None:
    """Many tickets in one statement come back in the order they were given."""
    async with store.write() as tx:
        stored = await tickets.add(tx, [a_ticket(subject=str(n)) for n in range(300)])

    assert [str(n) for n in range(300)] == [t.subject for t in stored]
    assert sorted(t.id for t in stored) == [t.id for t in stored]


async def test_saving_a_ticket_leaves_its_card_alone(store: Store) -> None:
    """A card posted while a mail was filed is not forgotten by the filing."""
    async with store.write() as tx:
        (stored,) = await tickets.add(tx, [a_ticket()])
        await tickets.change(tx, stored.id, card_ts="17.1", card_rev=1)
        await tickets.save(tx, stored.evolve(rev=2))
    async with store.read() as tx:
        found = await tickets.get(tx, stored.id)

    assert found is not None
    assert (found.card_ts, found.card_rev, found.rev) == ("17.1", 1, 2)


async def test_an_effect_is_enqueued_once(store: Store) -> None:
    """The key decides, within one call and between calls."""
    async with store.write() as tx:
        assert await outbox.enqueue(tx, an_effect("a")) == 1
        assert await outbox.enqueue(tx, an_effect("a")) == 0
        assert await outbox.enqueue(tx, an_effect("a"), an_effect("b")) == 1


async def test_claims_are_never_shared(store: Store) -> None:
    """Eight workers at once claim forty effects, each exactly once."""
    async with store.write() as tx:
        await outbox.enqueue(tx, *[an_effect(str(n)) for n in range(40)])

    async def work(worker: str) -> list[int]:
        mine: list[int] = []
        while True:
            async with store.write() as tx:
                got = await outbox.claim(tx, effects=[Effect.MAIL], worker=worker, now=NOW, limit=3)
            if not got:
                return mine
            mine += [item.id for item in got]

    claimed = [n for part in await asyncio.gather(*(work(f"w{n}") for n in range(8))) for n in part]

    assert 40 == len(claimed) == len(set(claimed))


async def test_an_effect_of_a_dead_worker_is_found_after_its_lease(store: Store) -> None:
    """`sending` past its lease is an orphan for exactly one other worker, never claimed as new."""
    async with store.write() as tx:
        await outbox.enqueue(tx, an_effect("a"))
        await outbox.claim(tx, effects=[Effect.MAIL], worker="dead", now=NOW, limit=1)
        assert await outbox.orphans(tx, effects=[Effect.MAIL], worker="w", now=NOW) == []
        later = NOW + outbox.LEASE
        assert await outbox.claim(tx, effects=[Effect.MAIL], worker="w", now=later, limit=1) == []
        (lost,) = await outbox.orphans(tx, effects=[Effect.MAIL], worker="w", now=later)
        assert await outbox.orphans(tx, effects=[Effect.MAIL], worker="v", now=later) == []
        await outbox.finish(tx, lost, at=later, result={"reply": "250"})
        done = await outbox.by_key(tx, "a")

    assert done is not None
    assert done.state == OutboxState.DONE


async def test_a_mailbox_is_held_by_one_worker(store: Store) -> None:
    """A lease is renewed by its holder, refused to others, and falls to another when it ends."""
    async with store.write() as tx:
        await mailboxes.ensure(tx, ["shop"])
        await mailboxes.ensure(tx, ["shop"])
        assert await mailboxes.acquire(tx, "shop", "a", NOW)
        assert not await mailboxes.acquire(tx, "shop", "b", NOW)
        assert await mailboxes.acquire(tx, "shop", "a", NOW)
        assert await mailboxes.acquire(tx, "shop", "b", NOW + mailboxes.LEASE)
        await mailboxes.release(tx, "shop", "b")
        assert await mailboxes.acquire(tx, "shop", "a", NOW)


async def test_small_facts(store: Store) -> None:
    """First come wins with `first`; `put` overwrites; a Slack envelope is new once."""
    async with store.write() as tx:
        assert await meta.first(tx, "digest:2026-11-24", "w1")
        assert not await meta.first(tx, "digest:2026-11-24", "w2")
        await meta.put(tx, "x", "1")
        await meta.put(tx, "x", "2")
        assert await meta.get(tx, "x") == "2"
        assert await meta.unseen(tx, "Ev1", NOW)
        assert not await meta.unseen(tx, "Ev1", NOW)
        await tickets.note_sent(tx, Sent(message_id="a", ticket_id=1, kind="ack", to_addr="x", at=NOW))
        await tickets.note_sent(tx, Sent(message_id="a", ticket_id=1, kind="ack", to_addr="x", at=NOW))
        assert await tickets.acks_since(tx, "x", NOW - timedelta(days=1)) == 1


async def test_find_ignores_case_and_takes_wildcards_as_letters(store: Store) -> None:
    """A search for 100% finds a per cent sign, not everything; PostgreSQL and SQLite agree on case."""
    async with store.write() as tx:
        await mails.add(
            tx, [a_mail(1, text="It is 100% broken", ticket_id=7), a_mail(2, text="Fine thanks", ticket_id=8)]
        )
        assert await mails.find(tx, "100% BROKEN") == [7]
        assert await mails.find(tx, "%") == [7]


@pytest.mark.parametrize("words", ["ETTLE", "kett", "HAMPELM\u00c4NNCHEN", "hampelm\u00e4nn", "退款", "届き"])
async def test_find_takes_any_part_of_a_word_in_any_language(store: Store, words: str) -> None:
    """Two Chinese signs are a word; a German one is written in capitals at times."""
    async with store.write() as tx:
        text = "The kettle, mein Hampelmännchen, 我要退款, まだ届きません"
        await mails.add(tx, [a_mail(1, text=text, ticket_id=7), a_mail(2, text="Fine thanks", ticket_id=8)])
        assert await mails.find(tx, words) == [7]


@given(st.text(max_size=60))
def test_any_database_url_is_understood_or_refused_in_one_line(text: str) -> None:
    """No odd string raises anything but SettingsError."""
    try:
        database_url(text)
    except SettingsError as error:
        assert str(error)


async def test_a_claim_never_takes_more_than_its_limit(store: Store) -> None:
    """PostgreSQL may run a locking sub-select several times; the claim holds to its limit all the same."""
    async with store.write() as tx:
        await outbox.enqueue(tx, *(an_effect(f"many:{n}") for n in range(40)))

    for _ in range(10):
        async with store.write() as tx:
            taken = await outbox.claim(tx, effects=[Effect.MAIL], worker="a", now=NOW, limit=4, lane="shop")
        assert len(taken) == 4
    async with store.write() as tx:
        lost = await outbox.orphans(tx, effects=[Effect.MAIL], worker="b", now=NOW + timedelta(hours=1), limit=7)
    assert len(lost) == 7
