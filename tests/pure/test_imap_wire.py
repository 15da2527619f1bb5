"""The IMAP language: splitting, reading by key, quoting, modified UTF-7. For any input, in linear time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.intake import imap_wire
from helpdesk.intake.imap_wire import (
    MAX_LITERAL,
    Splitter,
    WireError,
    code,
    copied_to,
    date_text,
    decode_name,
    encode_name,
    fetch_items,
    internal_date,
    is_passing,
    list_item,
    moment_text,
    nodes,
    quote,
    search_numbers,
    uid_set,
)

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
BODIES = st.lists(st.binary(max_size=60) | st.just(b")\r\n* 1 FETCH (UID 9)\r\n") | st.just(b"{5}\r\n"), max_size=6)


def stream_of(bodies: list[bytes]) -> bytes:
    """FETCH responses with those bodies as literals, with plain lines between."""
    parts = [b"* OK text that ends like a literal {3}\r\n"]
    for uid, body in enumerate(bodies, 1):
        parts.append(
            b"* %d FETCH (UID %d BODY[] {%d}\r\n%b FLAGS (\\Seen))\r\n* 7 EXISTS\r\n" % (uid, uid, len(body), body)
        )
    return b"".join(parts) + b"A1 OK done {4}\r\n"


@given(BODIES, st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_responses_are_the_same_however_the_reads_fall(bodies: list[bytes], steps: list[int]) -> None:
    """A literal may hold anything, also what looks like the next response, and any read may end anywhere."""
    stream = stream_of(bodies)
    whole = list(Splitter().feed(stream))
    splitter, pieces, at, turn = Splitter(), [], 0, 0
    while at < len(stream):
        step = steps[turn % len(steps)]
        pieces += list(splitter.feed(stream[at : at + step]))
        at, turn = at + step, turn + 1

    assert pieces == whole
    assert [p[1] for p in whole if len(p) > 1] == bodies
    assert [fetch_items([p[0][2:], *p[1:]])["BODY[]"] for p in whole if len(p) > 1] == bodies
    assert whole[0] == [b"* OK text that ends like a literal {3}"]
    assert whole[-1] == [b"A1 OK done {4}"]


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_bytes_are_split_or_refused(chunks: list[bytes]) -> None:
    """Garbage yields pieces or a WireError, nothing else; and what is yielded can be read."""
    splitter = Splitter()
    try:
        for chunk in chunks:
            for pieces in splitter.feed(chunk):
                fetch_items(pieces)
                list_item(pieces)
                nodes(pieces)
    except WireError:
        pass


def test_a_literal_or_line_beyond_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded whatever the server announces."""
    with pytest.raises(WireError, match="literal"):
        list(Splitter().feed(b"* 1 FETCH (BODY[] {%d}\r\n" % (MAX_LITERAL + 1)))
    monkeypatch.setattr(imap_wire, "MAX_LINE", 1000)
    splitter = Splitter()
    with pytest.raises(WireError, match="line"):
        for _ in range(20):
            list(splitter.feed(b"x" * 100))


def test_what_was_not_handed_out_can_be_dropped() -> None:
    """After STARTTLS nothing of before counts, not even half a line."""
    splitter = Splitter()
    feed = splitter.feed(b"A1 OK go\r\n* 1 EXISTS\r\n* 2 EX")
    assert next(feed) == [b"A1 OK go"]
    splitter.drop()

    assert list(splitter.feed(b"* 3 EXISTS\r\n")) == [[b"* 3 EXISTS"]]


VALUES = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda n: (str(n).encode(), str(n))),
    PRINTABLE.map(lambda t: (quote(t).encode(), t.encode())),
    st.just((b"NIL", None)),
    st.lists(st.sampled_from(["\\Seen", "$NotJunk", "Junk"]), max_size=3).map(
        lambda flags: (b"(" + " ".join(flags).encode() + b")", flags)
    ),
)


@given(st.permutations(["UID", "FLAGS", "RFC822.SIZE", "BODY[HEADER.FIELDS (MESSAGE-ID DATE)]", "X-THING"]), st.data())
def test_items_are_read_by_key_in_any_order(keys: list[str], data: st.DataObject) -> None:
    """Numbers, strings with quotes and backslashes, NIL and lists, wherever they stand."""
    drawn = {key: data.draw(VALUES) for key in keys}
    text = b" ".join(key.encode() + b" " + wire for key, (wire, _) in drawn.items())

    assert fetch_items([b"12 FETCH (" + text + b")"]) == {key: value for key, (_, value) in drawn.items()}


def test_a_partial_body_is_the_body() -> None:
    """The origin in `BODY[]<0>` is no part of the key."""
    assert fetch_items([b"1 FETCH (BODY[]<0> {3}", b"abc", b" UID 4)"]) == {"BODY[]": b"abc", "UID": "4"}


def test_hostile_nesting_is_no_recursion() -> None:
    """A hundred thousand parentheses and brackets are read, or left out."""
    deep = nodes([b"(" * 100_000])
    assert isinstance(deep[0], list)
    assert nodes([b"[" * 100_000 + b'"' + b'\\"' * 100_000])
    while isinstance(deep, list) and deep:  # taken apart from outside: freeing it would recurse in C
        deep = deep.pop()  # type: ignore[assignment]  # the next shell


@given(st.text(max_size=40))
def test_names_come_back_from_modified_utf7(name: str) -> None:
    """Any name survives the way to the server and back, and is plain ASCII on it."""
    wire = encode_name(name)

    assert wire.isascii()
    assert all(" " <= char <= "~" for char in wire)
    if name.encode("utf-16", "surrogatepass").decode("utf-16", "replace") == name:
        assert decode_name(wire) == name


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("Entwürfe", "Entw&APw-rfe"), ("垃圾邮件", "&V4NXPpCuTvY-"), ("R&D", "R&-D"), ("ü&ü", "&APw-&-&APw-"),
        ("台北", "&U,BTFw-"), ("📦", "&2D3c5g-"), ("Junk", "Junk"),
    ],
)  # fmt: skip
def test_names_as_servers_write_them(name: str, wire: str) -> None:
    """RFC 3501 5.1.3."""
    assert encode_name(name) == wire
    assert decode_name(wire) == name


@pytest.mark.parametrize("wire", ["&", "&x", "&A-", "&2D0-", "a&b", "&AP*-"])
def test_what_is_no_modified_utf7_stays(wire: str) -> None:
    """A server that writes names raw is understood as it writes."""
    assert decode_name(wire) == wire


@given(PRINTABLE)
def test_quoted_strings_come_back(text: str) -> None:
    """Quotes and backslashes included."""
    assert nodes([quote(text).encode()]) == [text.encode()]


@pytest.mark.parametrize(
    ("line", "item"),
    [
        (b'LIST (\\HasNoChildren \\Junk) "/" "[Gmail]/Spam"', ({"\\hasnochildren", "\\junk"}, "/", "[Gmail]/Spam")),
        (b"LIST () NIL INBOX", (set(), "", "INBOX")),
        (b'LIST (\\Noselect) "." [Gmail]', ({"\\noselect"}, ".", "[Gmail]")),
        (b'LIST () "\\\\" "a \\"b\\" c"', (set(), "\\", 'a "b" c')),
        (b'list (\\JUNK) "/" NIL', ({"\\junk"}, "/", "NIL")),
        (b'XLIST (\\Spam) "/" a*b', ({"\\spam"}, "/", "a*b")),
    ],
)
def test_folders_as_servers_list_them(line: bytes, item: tuple[set[str], str, str]) -> None:
    """Quoted and bare names, missing delimiters, any case."""
    assert list_item([line]) == (frozenset(item[0]), item[1], item[2])


def test_a_folder_name_may_be_a_literal() -> None:
    """Cyrus sends names with unusual characters so."""
    assert list_item([b'LIST () "/" {3}', b'a"b', b""]) == (frozenset(), "/", 'a"b')


def test_search_numbers_of_several_lines() -> None:
    """All SEARCH lines count, a MODSEQ does not."""
    assert search_numbers([[b"SEARCH 3 1"], [b"5 EXISTS"], [b"SEARCH"], [b"search 9 (MODSEQ 77)"]]) == {1, 3, 9}


@given(st.sets(st.integers(1, 400), max_size=60))
def test_uid_sets_name_exactly_these(uids: set[int]) -> None:
    """Ranges are joined, none is added or lost."""
    named: set[int] = set()
    for piece in filter(None, uid_set(uids).split(",")):
        low, _, high = piece.partition(":")
        named |= set(range(int(low), int(high or low) + 1))

    assert named == uids


@pytest.mark.parametrize(
    ("wire", "moment"),
    [
        (b"17-Jul-2026 02:44:25 -0700", datetime(2026, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 7-Mar-2026 09:30:00 +0100", datetime(2026, 3, 7, 8, 30, tzinfo=UTC)),
        (b"1-JAN-2026 00:00:60 +0000", datetime(2026, 1, 1, 0, 0, 59, tzinfo=UTC)),
        (b"31-Feb-2026 00:00:00 +0000", None),
        (b"01-Jan-0001 00:00:00 +1400", None),
        (b"yesterday", None),
        (None, None),
    ],
)
def test_internal_dates(wire: bytes | None, moment: datetime | None) -> None:
    """UTC, or None for what is no date."""
    assert internal_date(wire) == moment


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001 -- made aware below
def test_moments_come_back(naive: datetime, hours: int) -> None:
    """A moment for APPEND is read as the same moment."""
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))

    assert internal_date(moment_text(moment).strip('"').encode()) == moment


def test_days_are_english() -> None:
    """Whatever the locale."""
    assert date_text(date(2026, 3, 7)) == "7-Mar-2026"


def test_codes_and_copyuid() -> None:
    """Response codes in any status text; COPYUID of one mail only."""
    assert code(b"[UIDNEXT 12] predicted") == ("UIDNEXT", "12")
    assert code(b"[READ-ONLY] done") == ("READ-ONLY", "")
    assert code(b"done") == ("", "")
    assert copied_to([b"done", b"OK [COPYUID 7 3 12] moved"]) == (7, 12)
    assert copied_to([b"[COPYUID 7 3:4 12:13]"]) is None


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        (b"[UNAVAILABLE] Temporary authentication failure", True),
        (b"[ALERT] Too many simultaneous connections. (Failure)", True),
        (b"Account exceeded command or bandwidth limits.", True),
        (b"[AUTHENTICATIONFAILED] Invalid credentials", False),
        (b"LOGIN failed.", False),
    ],
)
def test_refusals_that_pass_by_themselves(text: bytes, passing: bool) -> None:
    """Only those are tried again without a person."""
    assert is_passing(text) is passing
