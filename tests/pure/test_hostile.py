# ruff: noqa: E501 -- samples of mail
"""Mail made to break readers: none raises anything but a reason, none takes long."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.errors import UnreadableMailError
from helpdesk.intake.read import read
from tests.support.shared_mails import members

SECONDS = 2.0  # of processor time: the promise for any mail up to 25 MB

HEAD = b"From: a@b.example\r\nTo: s@shop.example\r\nSubject: x\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"
RELAY = HEAD.replace(b"a@b.example", b"abc123def456ghi@marketplace.amazon.de")


def test_the_odd_mails_of_other_libraries() -> None:
    """All odd mails of the shared collection are read, or refused with a reason, in time."""
    refused = []
    count = 0
    for name, raw in members("hostile_mail_open.tar.gz"):
        count += 1
        begun = time.process_time()
        try:
            read(raw)
        except UnreadableMailError as reason:
            refused.append((name, str(reason)))
        assert time.process_time() - begun < SECONDS, name
    assert count > 900
    assert all(reason for _, reason in refused)
    assert len(refused) < 20


MEGABYTES: dict[str, Callable[[], bytes]] = {
    "a large attachment": lambda: (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(bytes(18_000_000))
        + b"--b--\r\n"
    ),
    "plain text": lambda: HEAD + b"\r\n" + b"hello world, where is my order?\r\n" * 780_000,
    "html": lambda: HTML + b"<p>hello <b>world</b></p>\r\n" * 960_000,
    "open tags": lambda: HTML + b"<div>" * 5_000_000,
    "angle brackets": lambda: HTML + b"<" * 25_000_000,
    "style without end": lambda: HTML + b"<style>" * 3_500_000,
    "dashes": lambda: RELAY + b"\r\n" + b"-" * 25_000_000,
    "dashes and blanks": lambda: RELAY + b"\r\n" + (b"---" + b" " * 100) * 240_000,
    "markers": lambda: RELAY + b"\r\n" + b"------------- Message: -------------\n" * 650_000,
    "quote marks": lambda: HEAD + b"\r\n" + b"> " * 12_500_000,
    "attributions": lambda: HEAD + b"\r\n" + b"On a@b.c 10:00 wrote:\n" * 1_000_000,
    "lines without a colon": lambda: HEAD + b"no field\r\nTo: s@shop.example\r\n" * 800_000,
    "header blocks": lambda: HEAD + b"\r\n" + b"From: a@b.example\n" * 1_200_000,
    "nested parts": lambda: (
        HEAD
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(5000))
        + b"x" * 20_000_000
    ),
    "very many parts": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 2_400_000
    ),
    "nearly boundaries": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + b"--bb\r\n" * 4_000_000
    ),
    "endless header": lambda: b"Received: x\r\n" * 1_900_000 + b"\r\nhi",
    "one long field": lambda: b"From: a@b.example\r\nX-A: " + b"a" * 25_000_000,
    "folds": lambda: b"From: a@b.example\r\nSubject: x\r\n" + b" y\r\n" * 6_000_000 + b"\r\nhi",
    "recipients": lambda: HEAD + b"Cc: " + b", ".join(b"u%d@x.example" % i for i in range(20_000)) + b"\r\n\r\nhi",
    "encoded words": lambda: HEAD.replace(b": x", b": " + b"=?utf-8?Q?a?= " * 20_000) + b"\r\nhi",
    "open encoded words": lambda: HEAD.replace(b": x", b": " + b"=?utf-8?Q?" * 10_000 + b"?=") + b"\r\nhi",
    "open quotes": lambda: HEAD + b"Cc: " + b'"\\' * 60_000 + b"\r\n\r\nhi",
    "comments in results": lambda: HEAD + b"Authentication-Results: " + b"(" * 60_000 + b"\r\n\r\nhi",
    "bare carriage returns": lambda: b"From: a@b.example\rSubject: x\r\r" + b"hi\r" * 8_000_000,
    "soft breaks": lambda: HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=41=\r\n" * 4_000_000,
    "flowed": lambda: HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"a \n" * 8_000_000,
    "files in text": lambda: HEAD + b"\r\n" + b"begin 644 a\n" * 2_000_000,
    "links": lambda: HEAD + b"\r\n" + b"http://a.b/" * 2_200_000,
    "orders": lambda: HEAD + b"\r\n" + b"111-0000001-0000001-" * 1_200_000,
    "binary": lambda: HEAD + b"\r\n" + bytes(range(256)) * 97_000,
}


@pytest.mark.parametrize("name", MEGABYTES)
def test_twenty_five_megabytes_of_it(name: str) -> None:
    """Up to 25 MB of one trick are read within the promise's two seconds."""
    raw = MEGABYTES[name]()
    assert len(raw) < 27_000_000
    begun = time.process_time()
    reading = read(raw)
    assert time.process_time() - begun < SECONDS
    assert len(reading.parsed.text) <= 200_000


@given(st.binary(max_size=600))
@settings(max_examples=300, deadline=None)
def test_any_bytes_at_all(raw: bytes) -> None:
    """Whatever comes: a reading, or a reason."""
    try:
        read(raw)
    except UnreadableMailError as reason:
        assert str(reason)


FIELDS = st.sampled_from(
    ["From", "Reply-To", "Subject", "Date", "Received", "Content-Type", "Content-Disposition", "Message-ID", "To",
     "Content-Transfer-Encoding", "Authentication-Results", "References", "X-Space-Notification-Type"]
)  # fmt: skip
PIECES = [*"abz09 =?@<>\",;:()\\/*'%-_.+\t\xe9注", "=?utf-8?B?", "?=", "multipart/mixed", "boundary=", "utf-8"]
VALUES = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@given(
    st.lists(st.tuples(FIELDS, VALUES), max_size=12),
    st.text(max_size=200),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
@settings(max_examples=300, deadline=None)
def test_any_header_at_all(fields: list[tuple[str, str]], body: str, charset: str) -> None:
    """Odd values in every field that is looked at break nothing, and leave no NUL and no lone surrogate."""
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    reading = read(b"From: a@b.example\r\n" + head.encode("utf-8") + b"\r\n" + body.encode(charset, "replace"))
    for text in (reading.text, reading.parsed.subject, reading.parsed.from_name, reading.buyer_name, reading.reply_to):
        text.encode("utf-8")
        assert "\0" not in text


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"PK\x03\x04\0\0\0\0zip", b"\0\1\2\3" * 50])
def test_what_is_no_mail_is_refused_with_a_reason(raw: bytes) -> None:
    """Nothing, or bytes that are neither header nor text, raise the one error with words in it."""
    with pytest.raises(UnreadableMailError, match=r"\w+ \w+"):
        read(raw)
