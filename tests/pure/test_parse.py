# ruff: noqa: E501 -- samples of mail
"""Taking a mail apart: headers, charsets, parts, attachments, what was mended."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.intake.addresses import addresses
from helpdesk.intake.charsets import decode
from helpdesk.intake.dates import date
from helpdesk.intake.headers import base64_bytes, decode_words, message_ids, parameters
from helpdesk.intake.parse import parse
from helpdesk.intake.reading import Attachment


def mail(head: str, body: str | bytes = "hi") -> bytes:
    """A mail of UTF-8 header lines and a body."""
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body)


WORDS = {
    "=?utf-8?B?R3LDvMOfZQ==?=": "Grüße",
    "=?UTF-8?Q?Gr=C3=BC=C3=9Fe_an?= alle": "Grüße an alle",
    "=?utf-8?Q?a?= =?utf-8?Q?b?=": "ab",
    "=?utf-8?Q?a?= und =?utf-8?Q?b?=": "a und b",
    "=?iso-8859-1?Q?M=FCller?=": "Müller",
    "=?iso-2022-jp?B?GyRCQ21KOBsoQg==?=": "注文",
    "=?gb2312?B?tqm1pQ==?=": "订单",
    "=?utf-8?Q?with spaces inside?=": "with spaces inside",
    "=?utf-8?B?YWJj?==?utf-8?B?ZGVm?=": "abcdef",
    "=?utf-8*de?Q?gr=C3=BCn?=": "grün",
    "=?x-none?Q?a=FCb?=": "aüb",
    "=?utf-8?B?YWI?=": "ab",  # no padding
    "=?utf-8?Q?open": "=?utf-8?Q?open",
    "plain": "plain",
}


@pytest.mark.parametrize("encoded", WORDS)
def test_encoded_words(encoded: str) -> None:
    """RFC 2047, also where mailers break it."""
    assert decode_words(encoded) == WORDS[encoded]


def test_a_character_cut_between_two_words() -> None:
    """Adjacent words of one charset are joined as bytes before they are decoded."""
    assert decode_words("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=") == "Grüße"


def test_a_decoded_name_cannot_become_an_address() -> None:
    """An address inside an encoded display name stays part of the name."""
    value = "=?utf-8?Q?service=40amazon=2Ecom_=3Cservice=40amazon=2Ecom=3E?= <evil@bad.example>"
    assert addresses(value) == [("service@amazon.com <service@amazon.com>", "evil@bad.example")]


ADDRESSES = {
    "a@b.example": [("", "a@b.example")],
    "<a@b.example>": [("", "a@b.example")],
    "Kim Doe <a@b.example>": [("Kim Doe", "a@b.example")],
    '"Doe, Kim" <a@b.example>': [("Doe, Kim", "a@b.example")],
    '"Kim \\"K\\" Doe" <a@b.example>': [('Kim "K" Doe', "a@b.example")],
    "a@b.example (Kim Doe)": [("Kim Doe", "a@b.example")],
    "Kim <a@b.example>, Sam <c@d.example>": [("Kim", "a@b.example"), ("Sam", "c@d.example")],
    "Kim <a@b.example>; c@d.example": [("Kim", "a@b.example"), ("", "c@d.example")],
    "Friends: a@b.example, c@d.example;": [("", "a@b.example"), ("", "c@d.example")],
    "undisclosed-recipients:;": [],
    '"Kim Doe <a@b.example>': [("Kim Doe", "a@b.example")],
    "=?utf-8?Q?Kim_=3Ca=40b.example=3E?=": [("Kim", "a@b.example")],
    "<@relay.example:a@b.example>": [("", "a@b.example")],
    "Kim Doe a@b.example": [("Kim Doe", "a@b.example")],
    "MAILER-DAEMON": [],
    "": [],
}


@pytest.mark.parametrize("value", ADDRESSES)
def test_addresses(value: str) -> None:
    """Names and addresses in every form that mailers write."""
    assert addresses(value) == ADDRESSES[value]


DATES = {
    "Mon, 2 Mar 2026 10:00:00 +0100": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    "2 Mar 2026 10:00 GMT": datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
    "Mon, 02 Mar 2026 10:00:00 -0800 (PST)": datetime(2026, 3, 2, 18, 0, tzinfo=UTC),
    "Mon, 2 Mar 2026 10:00:00 EST": datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
    "Mon, 2 Mar 26 10:00:00 +0000": datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
    "Mon Mar  2 10:00:00 2026": datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
    "Mon, 30 Feb 2026 10:00:00 +0000": None,
    "Mon, 2 Mar 9458 10:00:00 +0000": None,
    "Thu, 1 Jan 1970 00:00:00 +0000": None,
    "Jul, 21 2026 4:32:13 PM -3271": None,
    "yesterday": None,
    "": None,
}


@pytest.mark.parametrize("value", DATES)
def test_dates(value: str) -> None:
    """Dates as aware UTC; what names no credible moment is none."""
    assert date(value) == DATES[value]


@given(
    st.integers(0, 39), st.integers(1975, 2105), st.integers(0, 99), st.integers(0, 99), st.sampled_from(["+", "-"]),
    st.integers(0, 2500), st.sampled_from(["Jan", "Feb", "Sep"]), st.sampled_from(["Mon, ", "", "Tue,", "  Wed,  "]),
)  # fmt: skip
def test_the_usual_form_of_a_date_says_what_any_form_says(
    day: int, year: int, hour: int, rest: int, sign: str, zone: int, month: str, weekday: str
) -> None:
    """The short way through the usual form and the long way of the same moment in another form give one answer."""
    moment = f"{year} {hour:02}:{rest:02}:{rest:02}"
    usual = date(f"{weekday}{day} {month} {moment} {sign}{zone:04}")
    assert usual == date(f"{weekday}{day}-{month.upper()}-{moment} {sign}{zone:04}")


PARAMETERS = {
    "text/plain; charset=utf-8": ("text/plain", {"charset": "utf-8"}),
    'TEXT/HTML; Charset = "UTF-8"; x=y': ("text/html", {"charset": "UTF-8", "x": "y"}),
    "attachment; filename*=utf-8''Rechnung%20M%C3%A4rz.pdf": ("attachment", {"filename": "Rechnung März.pdf"}),
    'attachment; filename*0="long "; filename*1="name.pdf"': ("attachment", {"filename": "long name.pdf"}),
    "attachment; filename*0*=utf-8''M%C3%A4; filename*1*=rz.pdf": ("attachment", {"filename": "März.pdf"}),
    'attachment; filename="=?utf-8?Q?M=C3=A4rz.pdf?="': ("attachment", {"filename": "März.pdf"}),
    'multipart/mixed; boundary="a;b=c"': ("multipart/mixed", {"boundary": "a;b=c"}),
    'multipart/mixed; boundary="never closed': ("multipart/mixed", {"boundary": "never closed"}),
}


@pytest.mark.parametrize("value", PARAMETERS)
def test_parameters(value: str) -> None:
    """RFC 2231 continuations and charsets, RFC 2047 where it does not belong, quotes with separators inside."""
    assert parameters(value) == PARAMETERS[value]


CHARSETS = [
    ("Grüße", "utf-8", ""),
    ("Grüße", "cp1252", ""),
    ("Grüße", "utf-8", "iso-8859-1"),
    ("Grüße", "utf-8", "us-ascii"),
    ("„Grüße“ €", "cp1252", "iso-8859-1"),
    ("Grüße", "cp1252", "utf-8"),
    ("订单还没有收到", "gb18030", "gb2312"),
    ("ご注文ありがとうございます", "iso2022_jp", "iso-2022-jp"),
    ("ご注文ありがとうございます", "iso2022_jp", ""),
    ("ご注文ありがとうございます", "cp932", "shift_jis"),
    ("ご注文ありがとうございます。商品の発送についてご連絡いたします。", "euc_jp", ""),
    ("Zażółć gęślą jaźń", "iso8859-2", "iso-8859-2"),
    ("Привет, где мой заказ", "koi8-r", "koi8-r"),
    ("Grüße", "utf-16", ""),
    ("Grüße", "utf-8", "x-unknown"),
    ("Grüße", "utf-8", "punycode"),
]


@pytest.mark.parametrize(("text", "written", "declared"), CHARSETS)
def test_charsets(text: str, written: str, declared: str) -> None:
    """Declared, else UTF-8, else hints, else cp1252; wrong declarations are seen through."""
    assert decode(text.encode(written), declared) == text


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "utf-8", "utf-7", "utf-16", "gb2312", "iso-2022-jp", "hz", "x", "idna", "hex"]),
)
def test_any_bytes_become_text(data: bytes, declared: str) -> None:
    """Decoding never raises and leaves neither NUL nor lone surrogates."""
    text = decode(data, declared)
    assert "\0" not in text
    text.encode("utf-8")


@given(st.binary(max_size=100))
def test_any_base64(data: bytes) -> None:
    """Base64 with anything wrong gives bytes."""
    assert isinstance(base64_bytes(data), bytes)


def test_ids() -> None:
    """Message ids come without brackets and blanks, each once."""
    assert message_ids("<a@b> <c@d>\t<a@b>") == ("a@b", "c@d")
    assert message_ids("a@b") == ("a@b",)
    assert parse(
        mail("From: a@b.example\nMessage-ID: < x@y >\nIn-Reply-To: <p@q>\nReferences: <o@q>\n <p@q>")
    ).references == (
        "o@q",
        "p@q",
    )


def test_the_body_hash_is_of_all_after_the_header() -> None:
    """Two mails with one Message-ID and different bodies differ by it."""
    assert parse(mail("From: a@b.example", "body\r\n")).body_hash == hashlib.sha256(b"body\r\n").hexdigest()


def test_headers_keep_their_order_and_lower_case_names() -> None:
    """Repeated fields stand topmost first."""
    parsed = parse(mail("FROM: a@b.example\nReceived: 1\nReceived: 2"))
    assert parsed.headers["received"] == ("1", "2")
    assert parsed.header("from") == "a@b.example"
    assert parsed.header("absent") == ""


def test_plain_text_wins_over_html() -> None:
    """The readable text is text/plain where there is one with words, else the HTML's."""
    parts = "--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>rich <a href='https://x.example/a'>l</a></p>\r\n--b--"
    head = "From: a@b.example\nContent-Type: multipart/alternative; boundary=b"
    assert parse(mail(head, parts.format("plain"))).text == "plain"
    assert parse(mail(head, parts.format(" "))).text == "rich l"
    assert parse(mail(head, parts.format("Your client shows no HTML"))).text == "Your client shows no HTML"
    assert parse(mail(head, parts.format("plain"))).links == ("https://x.example/a",)
    assert parse(mail(head, parts.format("plain"))).content_type == "multipart/alternative"


def test_attachments_are_listed_with_their_section() -> None:
    """Decoded name without its path, type, decoded size, IMAP section; text files are files."""
    body = (
        "--b\r\n\r\nwords\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''C%3A%5CM%C3%A4rz.pdf\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nYWJjZA==\r\n--b\r\nContent-Type: text/plain; name=notes.txt\r\n\r\nnote\r\n--b--"
    )
    parsed = parse(mail("From: a@b.example\nContent-Type: multipart/mixed; boundary=b", body))
    assert parsed.text == "words"
    assert parsed.attachments == (
        Attachment(name="März.pdf", content_type="application/pdf", size=4, part="2"),
        Attachment(name="notes.txt", content_type="text/plain", size=4, part="3"),
    )


def test_a_bounce_gives_report_and_returned_id() -> None:
    """The delivery report's text and the Message-ID of the mail it gives back are kept."""
    body = (
        "--b\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nStatus: 5.1.1\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: us@shop.example\r\nMessage-ID: <sent@shop.example>\r\n\r\nhello\r\n--b--"
    )
    parsed = parse(mail("From: MAILER-DAEMON\nContent-Type: multipart/report; boundary=b", body))
    assert parsed.text == "Sorry"
    assert "Status: 5.1.1" in parsed.report
    assert parsed.returned_id == "sent@shop.example"
    assert parsed.from_addr == ""


def test_a_mail_within_a_mail() -> None:
    """An attached mail is a file; where there is nothing else, its words are the text."""
    inner = "From: c@d.example\r\nSubject: inside\r\n\r\ninner words"
    wrapped = f"--b\r\n\r\nouter\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--"
    head = "From: a@b.example\nContent-Type: "
    parsed = parse(mail(head + "multipart/mixed; boundary=b", wrapped))
    assert (parsed.text, parsed.attachments[0].name) == ("outer", "inside.eml")
    assert parse(mail(head + "message/rfc822", inner)).text == "inner words"


def test_a_file_written_into_the_text() -> None:
    """uuencoded files leave the text and are listed."""
    parsed = parse(mail("From: a@b.example", "see file\n\nbegin 644 a.txt\n#86)C\n`\nend\nbye"))
    assert parsed.attachments[0].name == "a.txt"
    assert parsed.attachments[0].size == 3
    assert "begin" not in parsed.text
    assert parsed.text.endswith("bye")


def test_opaque_signed_and_tnef_are_files() -> None:
    """S/MIME and winmail.dat are listed, and break nothing."""
    for kind in ("application/pkcs7-mime; name=smime.p7m", "application/ms-tnef; name=winmail.dat"):
        parsed = parse(mail(f"From: a@b.example\nContent-Type: {kind}\nContent-Transfer-Encoding: base64", "AAAA"))
        assert parsed.attachments[0].size == 3


BROKEN = {
    "a multipart without its boundary": ("Content-Type: multipart/mixed; boundary=none", "words", "words"),
    "a boundary that differs": ("Content-Type: multipart/mixed; boundary=x", "--y\r\n\r\nwords\r\n--y--", "words"),
    "a last part not closed": ("Content-Type: multipart/mixed; boundary=x", "--x\r\n\r\nwords", "words"),
    "text declared as base64": (
        "Content-Transfer-Encoding: base64",
        "plain words, no base64",
        "plain words, no base64",
    ),
    "an unknown encoding": ("Content-Transfer-Encoding: odd", "words", "words"),
    "an unknown type": ("Content-Type: plain", "words", "words"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_structure_is_read_all_the_same(name: str) -> None:
    """What a person would still read is read."""
    head, body, text = BROKEN[name]
    assert parse(mail("From: a@b.example\n" + head, body)).text.strip() == text


def test_header_oddities() -> None:
    """mbox lines, byte order marks, lines without a colon, a missing blank line."""
    assert parse(b"From kim Mon Mar 2\nFrom: a@b.example\n\nx").from_addr == "a@b.example"
    assert parse(b"\xef\xbb\xbfFrom: a@b.example\n\nx").from_addr == "a@b.example"
    parsed = parse(b"From: a@b.example\nbroken line\nSubject: s\n\nx")
    assert (parsed.subject, len(parsed.defects)) == ("s", 1)
    assert parse(b"From: a@b.example\nSubject: s\nHello there\nfriend").text == "Hello there\nfriend"
    assert parse(b"just some words\nand more").text == "just some words\nand more"


def test_flowed_text_is_joined() -> None:
    """format=flowed lines that end in a blank go on in the next line, quotes kept apart."""
    parsed = parse(
        mail("From: a@b.example\nContent-Type: text/plain; format=flowed", "one \r\ntwo\r\n> three \r\n> four\r\nfive")
    )
    assert parsed.text == "one two\n> three four\nfive"
