"""Our splitter against the standard library's, on whole mails and on odd ones."""

from __future__ import annotations

import email
import email.message
from pathlib import Path

import pytest

from helpdesk.intake.headers import split_block
from helpdesk.intake.mime import MAX_DEPTH, leaves
from tests.support.paths import DATA
from tests.support.shared_mails import members

MAILS = sorted((DATA / "mails").glob("*.eml"))


def theirs(message: email.message.Message) -> list[tuple[str, bytes]]:
    """(type, body) of every part without children, as the standard library sees them; an attached mail is one part."""
    if message.get_content_type() == "message/rfc822":
        attached = message.get_payload(0)
        assert isinstance(attached, email.message.Message)
        return [("message/rfc822", b"".join(attached.as_bytes().split()))]
    if message.is_multipart():
        parts = message.get_payload()
        assert isinstance(parts, list)
        return [leaf for part in parts if isinstance(part, email.message.Message) for leaf in theirs(part)]
    payload = message.get_payload(decode=True)
    body = payload if isinstance(payload, bytes) else b""
    return [(message.get_content_type(), b"".join(body.split()))]


def ours(raw: bytes) -> list[tuple[str, bytes]]:
    """The same by our own splitter."""
    fields, body, _ = split_block(raw)
    return [
        (leaf.content_type, b"".join(leaf.decoded(raw, 10_000_000).split()))
        for leaf in leaves(raw, fields, body).leaves
    ]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_the_same_leaves_as_the_standard_library(path: Path) -> None:
    """Same parts, same types, same bytes."""
    raw = path.read_bytes()
    assert ours(raw) == theirs(email.message_from_bytes(raw))


def test_nearly_the_same_on_odd_mails() -> None:
    """On the odd mails of other libraries the two differ only here and there."""
    same = different = 0
    for _, raw in members("hostile_mail_open.tar.gz"):
        message = email.message_from_bytes(raw)
        if (
            message.defects
            or not message.keys()
            or any(p.get_content_type() == "message/rfc822" for p in message.walk())
        ):
            continue
        if ours(raw) == theirs(message):
            same += 1
        else:
            different += 1
    assert same > 500
    assert different < same / 20


def test_sections_are_those_of_imap() -> None:
    """Part numbers are what IMAP's BODY[…] wants."""
    raw = (
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n"
        b"--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\n--a\nContent-Type: image/png\n\nthree\n--a--\n"
    )
    fields, body, _ = split_block(raw)
    assert [leaf.section for leaf in leaves(raw, fields, body).leaves] == ["1.1", "1.2", "2"]


def test_nesting_ends_somewhere() -> None:
    """Parts within parts are followed to a depth, what lies deeper is one leaf."""
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(100))
    fields, body, _ = split_block(raw)
    found = leaves(raw, fields, body).leaves
    assert len(found) == 1
    assert len(found[0].parents) == MAX_DEPTH
