"""The mail that leaves says what was meant, to whom it was meant, and nothing a buyer smuggled in."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.errors import RefusedError
from helpdesk.replies.compose import OutgoingFile, OutgoingMail, clean_text, compose, one_line, quote

DATE = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def outgoing(**changes: object) -> OutgoingMail:
    """A plain answer; `changes` replace its fields."""
    fields: dict[str, object] = {
        "sender": "support@shop.example",
        "recipient": "abc123def456ghi+0a1b2c3d@marketplace.amazon.com",
        "subject": "Order delivery inquiry from Amazon customer Anna (Order: 111-0000001-0000001)",
        "text": "Hello,\n\nyour parcel is on its way.\n",
        "message_id": "hd.1.a1b2c3@shop.example",
        "date": DATE,
        "in_reply_to": "buyer-1@eu-west-1.amazonses.com",
    }
    return OutgoingMail(**(fields | changes))  # type: ignore[arg-type]  # a table of fields


def parsed(mail: OutgoingMail) -> EmailMessage:
    """What a mail reader makes of it."""
    message = email.message_from_bytes(compose(mail), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage) -> str:
    """Its text, with plain line ends."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_an_answer_is_threaded_and_keeps_alias_and_subject() -> None:
    """To, Subject, In-Reply-To and References are those of the mail that is answered."""
    message = parsed(outgoing(references=("first@x.example",)))
    assert message["To"] == "abc123def456ghi+0a1b2c3d@marketplace.amazon.com"
    assert message["Subject"].startswith("Re: Order delivery inquiry")
    assert message["In-Reply-To"] == "<buyer-1@eu-west-1.amazonses.com>"
    assert message["References"] == "<first@x.example> <buyer-1@eu-west-1.amazonses.com>"
    assert message["Message-ID"] == "<hd.1.a1b2c3@shop.example>"
    assert message.get_content_type() == "text/plain"
    assert message["Auto-Submitted"] is None


@pytest.mark.parametrize("subject", ["Re: broken", "RE: broken", "re：broken"])
def test_a_subject_is_not_answered_twice(subject: str) -> None:
    """Re: is put in front once."""
    assert parsed(outgoing(subject=subject))["Subject"].lower().count("re") == 1


def test_an_acknowledgement_says_that_a_machine_sent_it() -> None:
    """RFC 3834: Auto-Submitted, and Microsoft's twin of it."""
    message = parsed(outgoing(automatic=True))
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"


def test_the_buyers_mail_is_quoted_with_its_token() -> None:
    """All of the original stands below the answer, the marketplace's token included."""
    text = body(parsed(outgoing(quoted="Hi\n\nlid broken\n[commMgrTok:AYABCDEFGH]", quoted_from="Anna wrote:")))
    assert text.startswith("Hello,")
    assert "Anna wrote:\n> Hi\n>\n> lid broken\n> [commMgrTok:AYABCDEFGH]" in text


def test_a_huge_quote_is_cut_in_its_middle() -> None:
    """Beginning and token stay."""
    text = quote("start\n" + "line of history\n" * 20_000 + "[commMgrTok:AYABCDEFGH]")
    assert len(text) < 130_000
    assert text.startswith("> start\n")
    assert text.endswith("> [commMgrTok:AYABCDEFGH]")
    assert len(quote("x" * 1_000_000)) < 100_000


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "a@b.example\r\nBcc: all@c.example"},
        {"recipient": "a@b.example, c@d.example"},
        {"recipient": "Anna <a@b.example>"},
        {"recipient": ""},
        {"sender": "not an address"},
        {"message_id": "with:colon@shop.example"},
        {"message_id": "a@b.example>\r\nX: y"},
        {"date": datetime(2026, 11, 24)},  # noqa: DTZ001 -- the point of the case
    ],
)
def test_what_cannot_be_sent_safely_is_refused(changes: dict[str, object]) -> None:
    """Addresses, ids and dates that would break or forge a header."""
    with pytest.raises(RefusedError):
        compose(outgoing(**changes))


def test_attachments_are_of_allowed_kind_size_and_number() -> None:
    """PDF and PNG by their content, 10 MB together, five at most."""
    pdf = OutgoingFile(name="../manual.pdf", content=b"%PDF-1.7 x")
    message = parsed(outgoing(files=(pdf,)))
    assert [part.get_filename() for part in message.iter_attachments()] == [".._manual.pdf"]
    for files in (
        (OutgoingFile(name="a.jpg", content=b"\xff\xd8"),),
        (OutgoingFile(name="a.pdf", content=b"MZ"),),
        (OutgoingFile(name="a.pdf", content=b"%PDF-" + b"x" * 10_000_001),),
        (pdf,) * 6,
    ):
        with pytest.raises(RefusedError):
            compose(outgoing(files=files))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


@settings(max_examples=150, deadline=None)
@given(text=texts, subject=texts, quoted=texts)
def test_what_goes_out_reads_the_same(text: str, subject: str, quoted: str) -> None:
    """Any text and subject come back as they went in; no line is too long; no header is forged."""
    raw = compose(outgoing(text=text, subject=subject, quoted=quoted))
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    expected = clean_text(text)
    assert body(message).startswith(expected.rstrip() if quoted.strip() else expected.rstrip("\n"))
    shown = str(message["Subject"])
    wanted = one_line(subject)
    assert " ".join(shown.removeprefix("Re:").split()) == " ".join(wanted.removeprefix("Re:").split())
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    names = {"from", "to", "subject", "date", "message-id", "in-reply-to", "references"}
    assert {n.lower() for n in message.keys()} - names <= {  # noqa: SIM118 -- a message is not a dict
        "content-type",
        "content-transfer-encoding",
        "mime-version",
    }


@settings(max_examples=100, deadline=None)
@given(ids=st.lists(st.text(max_size=40), max_size=50), last=st.text(max_size=60))
def test_ids_of_others_cannot_break_a_header(ids: list[str], last: str) -> None:
    """Whatever stands in a buyer's References, ours stay well-formed and few."""
    raw = compose(outgoing(references=tuple(ids), in_reply_to=last))
    head = raw.partition(b"\r\n\r\n")[0]
    assert head.lower().count(b"\r\nsubject:") + head.lower().startswith(b"subject:") == 1
    assert head.count(b"<") < 45


@given(st.text(max_size=300), st.text(max_size=120))
def test_any_text_and_subject_arrive_as_written(text: str, subject: str) -> None:
    """Whatever is written is what a mail reader shows, in lines short enough for every server, with CRLF alone."""
    mail = outgoing(text=text, subject=subject)
    raw = compose(mail)

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    message = parsed(mail)
    assert not message.defects
    assert body(message) == clean_text(text).rstrip("\n") + "\n"


@pytest.mark.parametrize(
    "subject",
    ["a" * 400, "a b " * 100, "=?utf-8?q?hi?=", "注文について" * 30, "word " * 60 + "é", "two  blanks   here " * 9],
)
def test_long_and_odd_subjects_arrive_unchanged(subject: str) -> None:
    """Folding and encoding leave no trace; what looks like an encoded word is not one."""
    assert str(parsed(outgoing(subject=subject))["Subject"]) == f"Re: {subject.strip()}"
