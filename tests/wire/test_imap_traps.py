"""Each trap of aioimaplib (LIBRARIES, first table) is closed: a test a trap, in the table's order."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from helpdesk.errors import MailboxError
from helpdesk.intake.imap import ImapMailbox
from helpdesk.intake.imap_wire import encode_name, quote
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.fake_imap import FakeImap, Session, silence
from tests.support.mailboxes import access_to, door_to, fetch_all, letter
from tests.support.tls import certificates


@pytest.fixture
async def fake() -> AsyncIterator[FakeImap]:
    """A server that misbehaves on request."""
    async with FakeImap() as server:
        yield server


async def goodbye(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
    """The server shuts down in the middle of a command."""
    await session.send("* BYE shutting down")


async def hang_up(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
    """The connection ends without a word."""
    session.writer.close()
    await asyncio.Event().wait()


async def test_trap_01_thousands_of_lines_in_one_read(fake: FakeImap) -> None:
    """5,000 responses in one packet are no recursion."""

    async def flood(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        lines = [f"* {n} FETCH (UID {n} FLAGS ())" for n in range(1, 5001)]
        await session.send("\r\n".join([*lines, "* SEARCH 1 2 3", f"{tag} OK done"]))

    fake.on["UID SEARCH"] = flood
    async with door_to(fake.port) as door:
        await door.select("INBOX")

        assert await door.uids_after(0) == [1, 2, 3]


async def test_trap_02_reading_takes_linear_time(fake: FakeImap) -> None:
    """40,000 FETCH lines come in within the time limit; read in O(n²) they would take two minutes."""

    async def flags(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        lines = [f"* {n} FETCH (UID {n} RFC822.SIZE 1 FLAGS (\\Seen))" for n in range(1, 40_001)]
        await session.send("\r\n".join([*lines, f"{tag} OK done"]))

    fake.on["UID FETCH"] = flags
    async with door_to(fake.port, timeout=10.0) as door:
        await door.select("INBOX")

        assert await door.find_message_id("INBOX", "nobody@buyers.test") == []
        assert len([batch async for batch in door.fetch([40_001])]) == 0


@pytest.mark.parametrize("ending", [goodbye, hang_up])
@pytest.mark.parametrize("what", ["idle", "search"])
async def test_trap_03_a_lost_connection_fails_what_waits(fake: FakeImap, ending: object, what: str) -> None:
    """BYE and EOF end a waiting IDLE and a waiting command at once, not after the limit of an hour."""
    fake.on["IDLE"] = fake.on["UID SEARCH"] = ending  # type: ignore[assignment]  # a handler, in parametrize's eyes
    async with door_to(fake.port, timeout=3600.0, idle_refresh=3600.0) as door:
        await door.select("INBOX")
        call = door.idle(stop=asyncio.Event(), max_seconds=3600) if what == "idle" else door.uids_after(0)
        with pytest.raises(MailboxError) as told:
            await asyncio.wait_for(call, 10)

        assert not told.value.permanent
        assert not door.connected


@pytest.mark.parametrize(
    ("command", "capabilities"),
    [
        ("UID STORE", "IMAP4rev1 MOVE UIDPLUS"),
        ("UID MOVE", "IMAP4rev1 MOVE UIDPLUS"),
        ("UID COPY", "IMAP4rev1 UIDPLUS"),
        ("UID EXPUNGE", "IMAP4rev1 UIDPLUS"),
    ],
)
async def test_trap_04_every_command_has_a_time_limit(fake: FakeImap, command: str, capabilities: str) -> None:
    """STORE, COPY, MOVE and EXPUNGE that are never answered end as errors."""
    fake.capabilities = capabilities
    fake.boxes["Junk"].add(letter("1"))
    fake.on[command] = silence
    async with door_to(fake.port, timeout=0.2) as door:
        with pytest.raises(MailboxError, match="within"):
            await asyncio.wait_for(door.move(1, "Junk", "INBOX", expect_message_id="1@buyers.test"), 10)


async def test_trap_05_after_a_timeout_the_connection_is_given_up_and_the_state_read_again(fake: FakeImap) -> None:
    """A MOVE whose answer was lost has happened; the repetition on a new connection says so."""
    default = {"letters": fake.boxes["Junk"], "target": fake.boxes["INBOX"]}
    default["letters"].add(letter("1"))

    async def moves_in_silence(session: Session, tag: str, rest: str) -> None:
        default["target"].add(default["letters"].letters.pop().raw)
        await silence(session, tag, rest)

    fake.on["UID MOVE"] = moves_in_silence
    async with door_to(fake.port, timeout=0.3) as door:
        with pytest.raises(MailboxError):
            await door.move(1, "Junk", "INBOX", expect_message_id="1@buyers.test")
        assert not door.connected
        with pytest.raises(MailboxError):
            await door.noop()
        await door.connect()
        again = await door.move(1, "Junk", "INBOX", expect_message_id="1@buyers.test")

        assert (again.done, again.new_uid, again.new_uidvalidity) == (True, 1, 7)
        assert len(default["target"].letters) == 1


async def test_trap_05_a_cancelled_command_ends_the_connection(fake: FakeImap) -> None:
    """No late answer can be taken for that of another command."""
    fake.on["UID SEARCH"] = silence
    async with door_to(fake.port) as door:
        await door.select("INBOX")
        task = asyncio.create_task(door.uids_after(0))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        assert not door.connected


async def test_trap_06_commands_of_many_tasks_take_turns(dovecot: Dovecot) -> None:
    """Thirty at once on one connection: none fails, each has its own answer."""
    user = dovecot.new_user()
    for number in range(3):
        dovecot.deliver(user, letter(str(number)))
    async with door_to(dovecot.port, user) as door:
        await door.select("INBOX")
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: door.uids_after(0), lambda: door.uids_after(2), door.noop,
            lambda: fetch_all(door, [1]), lambda: door.find_message_id("INBOX", "2@buyers.test"),
        ]  # fmt: skip
        found = await asyncio.gather(*(call() for call in calls * 6))

    for start in range(0, 30, 5):
        assert found[start] == [1, 2, 3]
        assert found[start + 1] == [3]
        assert [mail.uid for mail in found[start + 3]] == [1]  # type: ignore[attr-defined]  # mails, as asked
        assert found[start + 4] == [3]


@pytest.mark.parametrize(
    "name", ["My Orders", 'The "best" folder', "back\\slash", "Entwürfe & Co", "垃圾邮件", "日本 語"]
)
async def test_trap_07_names_are_quoted_and_encoded(dovecot: Dovecot, name: str) -> None:
    """A folder is opened, filled and found under its whole name, whatever stands in it."""
    user = dovecot.new_user()
    with dovecot.client(user) as client:
        assert client.create(quote(encode_name(name)))[0] == "OK"
    async with door_to(dovecot.port, user) as door:
        assert (await door.folders(junk=name)).junk == name
        await door.append(name, letter("1"))
        assert (await door.select(name)).exists == 1
        assert await door.find_message_id(name, "1@buyers.test") == [1]


async def test_trap_07_line_breaks_in_names_are_refused(dovecot: Dovecot) -> None:
    """A name cannot smuggle a command in."""
    async with door_to(dovecot.port, dovecot.new_user()) as door:
        await door.select("INBOX")
        with pytest.raises(MailboxError):
            await door.find_message_id("x\r\nA1 DELETE Junk", "1@buyers.test")
        assert (await door.folders()).junk == "Junk"


async def test_trap_08_an_asterisk_inside_a_line_stays(dovecot: Dovecot) -> None:
    """A folder named `a* b` is not one named `ab`."""
    user = dovecot.new_user()
    with dovecot.client(user) as client:
        client.create('"a* b"')
    async with door_to(dovecot.port, user) as door:
        assert (await door.folders(junk="a* b")).junk == "a* b"
        assert (await door.select("a* b")).exists == 0


def xoauth2(session: Session, tag: str, proof: str, good: str) -> Awaitable[None]:
    """What Gmail does with a token."""

    async def judge() -> None:
        if base64.b64decode(proof).decode() == f"user=shop@example.test\1auth=Bearer {good}\1\1":
            session.server.capabilities = "IMAP4rev1 IDLE MOVE X-AFTER-LOGIN"
            await session.send(f"{tag} OK welcome")
            return
        await session.send("+ " + base64.b64encode(b'{"status":"400"}').decode())
        reply = await session.line()
        await session.send(f"{tag} NO refused" if reply == "" else f"{tag} BAD {reply}")

    return judge()


async def test_trap_09_a_refused_token_is_a_refusal(fake: FakeImap) -> None:
    """The challenge is answered with an empty line, so that the NO comes: permanent, and no timeout."""
    fake.capabilities = "IMAP4rev1 AUTH=XOAUTH2 SASL-IR"
    fake.on["AUTHENTICATE"] = lambda session, tag, rest: xoauth2(session, tag, rest.split()[1], "good")

    async def bad() -> str:
        return "expired"

    with pytest.raises(MailboxError, match="token was refused") as told:
        await ImapMailbox(access_to(fake.port, password=None, token=bad, timeout=60.0)).connect()

    assert told.value.permanent
    assert "expired" not in str(told.value)


@pytest.mark.parametrize("initial", [True, False])
async def test_trap_10_capabilities_are_those_after_the_login(fake: FakeImap, initial: bool) -> None:
    """After XOAUTH2 (with and without SASL-IR) the server is asked again what it can do."""
    fake.capabilities = "IMAP4rev1 AUTH=XOAUTH2" + (" SASL-IR" if initial else "")

    async def authenticate(session: Session, tag: str, rest: str) -> None:
        if not initial:
            await session.send("+ ")
        await xoauth2(session, tag, rest.split()[1] if initial else await session.line(), "good")

    async def good() -> str:
        return "good"

    fake.on["AUTHENTICATE"] = authenticate
    async with door_to(fake.port, password=None, token=good) as door:
        assert door.capabilities == {"IMAP4REV1", "IDLE", "MOVE", "X-AFTER-LOGIN"}


async def test_trap_10_no_junk_among_the_capabilities_after_a_login(dovecot: Dovecot) -> None:
    """LOGIN's own answer is not taken for a list."""
    async with door_to(dovecot.port, dovecot.new_user()) as door:
        assert {"IDLE", "MOVE", "UIDPLUS", "SPECIAL-USE"} <= door.capabilities
        assert not any("[" in word or "]" in word for word in door.capabilities)


async def test_trap_11_starttls_on_a_real_server(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is encrypted before the login, the certificate verified."""
    user = dovecot.new_user()
    dovecot.deliver(user, letter("1"))
    with pytest.raises(MailboxError, match="certificate") as told:
        await ImapMailbox(access_to(dovecot.port, user, security="starttls", host="localhost")).connect()
    assert told.value.permanent
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.ca))
    async with door_to(dovecot.port, user, security="starttls", host="localhost") as door:
        await door.select("INBOX")
        assert await door.uids_after(0) == [1]
    async with door_to(dovecot.tls_port, user, security="tls", host="localhost") as door:
        await door.select("INBOX")
        assert await door.uids_after(0) == [1]


async def test_trap_11_what_came_before_the_encryption_is_dropped(
    fake: FakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A man in the middle cannot slip capabilities in behind the server's OK."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates().ca))
    fake.capabilities = "IMAP4rev1 STARTTLS LOGINDISABLED"

    async def starttls(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        await session.send(f"{tag} OK go\r\n* CAPABILITY IMAP4rev1 X-INJECTED\r\n{tag} OK injected\r\n* 99 EXISTS")
        await session.writer.start_tls(certificates().server_context())
        fake.capabilities = "IMAP4rev1 IDLE"

    fake.on["STARTTLS"] = starttls
    async with door_to(fake.port, security="starttls", host="localhost") as door:
        assert door.capabilities == {"IMAP4REV1", "IDLE"}
        assert not any("LOGIN" in line for line in fake.heard[: fake.heard.index(fake.commands("STARTTLS")[0])])


async def test_trap_11_no_starttls_no_login(fake: FakeImap) -> None:
    """Where the offer is missing (or was cut out) the password stays here."""
    fake.capabilities = "IMAP4rev1"
    with pytest.raises(MailboxError, match="STARTTLS") as told:
        await ImapMailbox(access_to(fake.port, security="starttls")).connect()

    assert told.value.permanent
    assert not fake.commands("LOGIN")


async def test_trap_12_vanished_mails_are_noticed(fake: FakeImap) -> None:
    """A VANISHED inside a UID FETCH: those mails are absent, and the next idle says look again."""
    fake.boxes["INBOX"].add(letter("1"))

    async def vanished(session: Session, tag: str, rest: str) -> None:
        await session.send("* VANISHED 2:3")
        del fake.on["UID FETCH"]
        await session.server.reply("UID FETCH", session, tag, rest)

    async with door_to(fake.port) as door:
        await door.select("INBOX")
        await door.uids_after(0)
        fake.on["UID FETCH"] = vanished

        assert [mail.uid for mail in await fetch_all(door, [1, 2, 3])] == [1]
        assert await asyncio.wait_for(door.idle(stop=asyncio.Event(), max_seconds=60), 5)


async def test_trap_13_no_charset_is_named(fake: FakeImap) -> None:
    """Exchange refuses a SEARCH that names one."""

    async def exchange(session: Session, tag: str, rest: str) -> None:
        if "CHARSET" in rest.upper():
            await session.send(f"{tag} NO [BADCHARSET (US-ASCII)] no")
        else:
            await session.send("* SEARCH", f"{tag} OK done")

    fake.on["UID SEARCH"] = exchange
    async with door_to(fake.port) as door:
        await door.select("INBOX")

        assert await door.uids_after(0) == []
        assert await door.find_message_id("INBOX", "größe@buyers.test") == []
        assert all(line.isascii() for line in fake.commands("SEARCH"))


async def test_trap_14_a_push_during_another_command_is_not_slept_on(dovecot: Dovecot) -> None:
    """A mail announced in the answer to a NOOP wakes the idle that comes after."""
    user = dovecot.new_user()
    async with door_to(dovecot.port, user) as door:
        await door.select("INBOX")
        await door.uids_after(0)
        dovecot.deliver(user, letter("1"))
        await door.noop()

        assert await asyncio.wait_for(door.idle(stop=asyncio.Event(), max_seconds=60), 5)
        assert await door.uids_after(0) == [1]
        assert not await door.idle(stop=asyncio.Event(), max_seconds=0.2)


async def test_trap_14_mail_that_came_while_another_folder_was_open_is_not_slept_on(dovecot: Dovecot) -> None:
    """Inbox, Junk, back to Inbox: what arrived in between is news."""
    user = dovecot.new_user()
    async with door_to(dovecot.port, user) as door:
        await door.select("INBOX")
        await door.uids_after(0)
        await door.select("Junk")
        dovecot.deliver(user, letter("1"))
        await door.uids_after(0)
        await door.select("INBOX")

        assert await asyncio.wait_for(door.idle(stop=asyncio.Event(), max_seconds=60), 5)


async def test_trap_14_a_command_during_idle_has_its_turn(dovecot: Dovecot) -> None:
    """The running idle ends for it and says look again."""
    async with door_to(dovecot.port, dovecot.new_user()) as door:
        await door.select("INBOX")
        idle = asyncio.create_task(door.idle(stop=asyncio.Event(), max_seconds=60))
        await asyncio.sleep(0.2)
        await asyncio.wait_for(door.append("Sent", letter("1")), 5)

        assert await asyncio.wait_for(idle, 5)


@pytest.mark.parametrize(
    "answer",
    [
        '* 1 FETCH (BODY[] "" UID 1 INTERNALDATE "17-Jul-2026 02:44:25 -0700" FLAGS (\\Seen $X) RFC822.SIZE 0)',
        '* 1 FETCH (FLAGS ($X \\Seen) RFC822.SIZE 0 UID 1 BODY[] {0}\r\n INTERNALDATE "17-Jul-2026 09:44:25 +0000")',
        '* 1 fetch (uid 1 rfc822.size 0 internaldate "17-Jul-2026 09:44:25 +0000" body[] {0}\r\n flags (\\Seen $X))',
        (
            "* 1 FETCH (FLAGS (\\Seen $X) UID 1 RFC822.SIZE 0)\r\n"
            '* 1 FETCH (UID 1 BODY[] "" INTERNALDATE "17-Jul-2026 09:44:25 +0000")'
        ),
    ],
)
async def test_trap_15_answers_are_read_by_key(fake: FakeImap, answer: str) -> None:
    """Cyrus' `""`, Dovecot's `{0}`, any order, any case, and what comes in two pieces are the same mail."""

    async def fetch(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        await session.send(answer, f"{tag} OK done")

    fake.on["UID FETCH"] = fetch
    async with door_to(fake.port) as door:
        await door.select("INBOX")
        (mail,) = await fetch_all(door, [1])

    assert (mail.uid, mail.raw, mail.size, mail.truncated) == (1, b"", 0, False)
    assert mail.arrived.isoformat() == "2026-07-17T09:44:25+00:00"
    assert mail.flags == {"\\Seen", "$X"}
    assert type(mail.raw) is bytes


async def test_trap_16_nothing_of_a_mail_or_a_password_is_logged(
    dovecot: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    """Even with everything logged, neither bodies nor secrets are."""
    caplog.set_level(logging.DEBUG)
    user = dovecot.new_user()
    dovecot.deliver(user, letter("1", body=b"my secret words\r\n"))
    async with door_to(dovecot.port, user) as door:
        await door.select("INBOX")
        (mail,) = await fetch_all(door, [1])
        await door.append("Sent", mail.raw)

    assert b"my secret words" in mail.raw
    assert "secret words" not in caplog.text
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize("silent", ["from the start", "after it was accepted"])
async def test_trap_17_a_half_open_connection_is_noticed(fake: FakeImap, silent: str) -> None:
    """No end of it reaches us; the refresh finds that DONE is not answered."""

    async def accepted(session: Session, tag: str, rest: str) -> None:
        await session.send("+ idling")
        await silence(session, tag, rest)

    fake.on["IDLE"] = silence if silent == "from the start" else accepted
    async with door_to(fake.port, timeout=0.3, idle_refresh=0.3) as door:
        await door.select("INBOX")
        with pytest.raises(MailboxError, match="IDLE"):
            await asyncio.wait_for(door.idle(stop=asyncio.Event(), max_seconds=3600), 10)

        assert not door.connected


async def test_trap_17_the_kernel_probes_idle_connections(fake: FakeImap) -> None:
    """TCP keepalive is on, with probes within minutes."""
    async with door_to(fake.port) as door:
        sock = door.socket
        assert sock is not None
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 300
