"""Reading the feedback report and the orders file: every layout, encoding and date form."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.errors import UsageError
from helpdesk.feedback.orders import read_orders
from helpdesk.feedback.report import ORDER_ID, Report, read_report
from helpdesk.marketplaces.countries import COUNTRIES, country

SIX = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
NINE = (
    "Date\tRating\tComments\tYour Response\tArrived on Time\tItem as Described\tCustomer Service\tOrder ID\tRater Email"
)
TEN = NINE + "\tRater Role"
GERMAN = "Datum\tBewertung\tKommentare\tIhre Antwort\tBestellnummer\tE-Mail des Bewertenden"
JAPANESE = "日付\t評価\tコメント\t返答\t注文番号\t評価者Eメール"

ORDER = "111-0000001-0000001"
WORDS = {
    "US": "The lid doesn’t close", "UK": "Colour fades, £20 wasted", "DE": "Größe passt nicht", "FR": "Très déçu",
    "IT": "Qualità pessima", "ES": "Mala calidad, señor", "JP": "すぐに壊れました。残念です",
}  # fmt: skip
DATES = {
    "US": "11/9/26", "UK": "9/11/2026", "DE": "9.11.26", "FR": "09/11/26", "IT": "9/11/26", "ES": "9/11/26",
    "JP": "2026/11/09",
}  # fmt: skip
ENCODINGS = {
    "US": ("utf-8", "utf-8-sig", "cp1252", "utf-16"), "UK": ("utf-8", "cp1252"),
    "DE": ("utf-8", "utf-8-sig", "cp1252"), "FR": ("utf-8", "cp1252"), "IT": ("utf-8", "cp1252"),
    "ES": ("utf-8", "cp1252"), "JP": ("utf-8", "utf-8-sig", "cp932"),
}  # fmt: skip
LAYOUTS = {
    "six": (SIX, "{date}\t1\t{words}\t\t{order}\tabc@marketplace.amazon.test"),
    "localised": (GERMAN, "{date}\t1\t{words}\t\t{order}\tabc@marketplace.amazon.test"),
    "nine": (NINE, "{date}\t1\t{words}\t\tNo\tYes\t-\t{order}\tabc@marketplace.amazon.test"),
    "ten": (TEN, "{date}\t1\t{words}\t\tNo\tYes\t-\t{order}\tabc@marketplace.amazon.test\tBuyer"),
    "headerless": ("", "{date}\t1\t{words}\t\t{order}\tabc@marketplace.amazon.test"),
    "short": (SIX, "{date}\t1\t{words}\t\t{order}"),
}


def the_rows(text: str, place: str = "US", form: str | None = None) -> list[tuple[str, int, str, str, str]]:
    """What is read of a report: (date, rating, comment, response, order)."""
    report = read_report(text.encode(), country(place), form)
    return [(r.date.isoformat(), r.rating, r.comment, r.response, r.order_id) for r in report.rows]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("place", "encoding"), [(p, e) for p, many in ENCODINGS.items() for e in many])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_every_layout_encoding_and_marketplace(layout: str, place: str, encoding: str, end: str) -> None:
    """A row is read alike in every layout, encoding, line end and marketplace."""
    head, row = LAYOUTS[layout]
    if layout == "localised" and place == "JP":
        head = JAPANESE
    text = end.join([*([head] if head else []), row.format(date=DATES[place], words=WORDS[place], order=ORDER), ""])
    if layout == "localised" and encoding == "cp932":
        text = text.replace("E-Mail", "Eメール")

    report = read_report(text.encode(encoding), country(place))

    assert [(r.date, r.rating, r.comment, r.order_id) for r in report.rows] == [
        (date(2026, 11, 9), 1, WORDS[place], ORDER)
    ]


def test_the_raters_address_is_not_kept() -> None:
    """Personal data of the rater ends with the reading."""
    report = read_report(f"{SIX}\n11/9/26\t1\tBad\t\t{ORDER}\trater1@marketplace.amazon.test\n".encode(), country("US"))

    assert "rater1" not in repr(report)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('11/9/26\t1\tHe said "works"\t\t{o}\tx', 'He said "works"'),
        ('11/9/26\t1\t"unbalanced quote\t\t{o}\tx', '"unbalanced quote'),
        ("11/9/26\t1\tfirst line\nsecond line\t\t{o}\tx", "first line\nsecond line"),
        ("11/9/26\t1\tfirst\n\nthird\t\t{o}\tx", "first\n\nthird"),
        ("11/9/26\t1\ta tab\tinside\t\t{o}\tx", "a tab\tinside"),
        ("11/9/26\t1\t\t\t{o}\tx", ""),
        ("11/9/26\t1\tsee order 111-0000009-0000009 too\t\t{o}\tx", "see order 111-0000009-0000009 too"),
        ("11/9/26 10:15\t1\twith a time\t\t{o}\tx", "with a time"),
    ],
)
def test_odd_comments(rows: str, expected: str) -> None:
    """Quotes, line breaks and tabs in a comment neither break the row nor the next one."""
    more = "11/8/26\t2\tnext\tThanks\t111-0000002-0000002\ty"
    text = f"{SIX}\n{rows.format(o=ORDER)}\n{more}\n"

    assert the_rows(text) == [
        ("2026-11-09", 1, expected, "", ORDER),
        ("2026-11-08", 2, "next", "Thanks", "111-0000002-0000002"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "CANCELLED", "cancelled\n", "\ufeff"])
def test_cancelled_means_unknown(text: str) -> None:
    """An empty or cancelled report says nothing, which is not the same as no feedback."""
    assert read_report(text.encode(), country("US")) == Report(unknown=True)


def test_a_header_alone_is_no_feedback() -> None:
    """A report with a header and no row is read, and covers no day."""
    report = read_report(SIX.encode(), country("US"))

    assert (report.rows, report.unknown, report.span()) == ((), False, None)


@pytest.mark.parametrize("place", ["CA", "AU", "MX", "NL", "IN", "SE"])
def test_an_ambiguous_date_is_refused(place: str) -> None:
    """Where nobody knows the order of day and month, the line is named and what to set."""
    with pytest.raises(UsageError, match=r"line 2: .*'3/4/26'.*ambiguous.*--date-format"):
        the_rows(f"{SIX}\n3/4/26\t1\tBad\t\t{ORDER}\tx\n", place)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["25/11/26"], ["2026-11-25"]),
        (["11/25/26"], ["2026-11-25"]),
        (["3/4/26", "25/4/26"], ["2026-04-03", "2026-04-25"]),
        (["3/4/26", "4/25/26"], ["2026-03-04", "2026-04-25"]),
        (["4/4/26"], ["2026-04-04"]),
        (["2026-11-09", "2026-11-10"], ["2026-11-09", "2026-11-10"]),
    ],
)
def test_dates_that_allow_one_reading(cells: list[str], expected: list[str]) -> None:
    """In an unknown marketplace the file's own dates may settle the order."""
    rows = [f"{cell}\t1\tBad\t\t111-000000{n}-0000001\tx" for n, cell in enumerate(cells)]

    assert [row[0] for row in the_rows("\n".join([SIX, *rows]), "CA")] == expected


def test_contradicting_dates_are_refused() -> None:
    """Dates that fit no single order are refused with the line."""
    with pytest.raises(UsageError, match=r"line 3"):
        the_rows(f"{SIX}\n25/11/26\t1\ta\t\t{ORDER}\tx\n11/25/26\t1\tb\t\t111-0000002-0000002\tx\n", "CA")


@pytest.mark.parametrize(
    ("form", "cell", "expected"),
    [("mdy", "3/4/26", "2026-03-04"), ("dmy", "3/4/26", "2026-04-03"), ("ymd", "26/3/4", "2026-03-04")],
)
def test_the_date_format_can_be_set(form: str, cell: str, expected: str) -> None:
    """--date-format settles it."""
    assert the_rows(f"{SIX}\n{cell}\t1\tBad\t\t{ORDER}\tx\n", "AU", form)[0][0] == expected


@pytest.mark.parametrize(
    ("place", "row", "says"),
    [
        ("US", "25/11/26\t1\tBad\t\t{o}\tx", "line 2: '25/11/26' is not a date"),
        ("JP", "2026/02/30\t1\tBad\t\t{o}\tx", "line 2"),
        ("US", "11/9/26\t9\tBad\t\t{o}\tx", "line 2: rating '9'"),
        ("US", "yesterday\t1\tBad\t\t{o}\tx", "line 2: 'yesterday' is not a date"),
        ("US", "11/9/26\t1\tBad\t\t{o}\tx\n11/8/26\t1\tWorse\t\t\tx", "line 3: no order ID"),
        ("US", "11/9/26\t1\tBad\t\tnone\tx", "no order ID column"),
        ("US", "11/9/26\t1\tBad\t{o}", "unknown layout"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(place: str, row: str, says: str) -> None:
    """A broken row stops the import: one line says where and what."""
    with pytest.raises(UsageError, match=says):
        the_rows(f"{SIX}\n{row.format(o=ORDER)}\n", place)


def test_a_file_without_columns_is_refused() -> None:
    """A mail or a CSV with commas is no report."""
    with pytest.raises(UsageError, match="tab-separated"):
        the_rows("Date,Rating,Comments\n11/9/26,1,Bad\n")


@pytest.mark.parametrize(("name", "code"), [("us", "US"), ("GB", "UK"), ("amazon.de", "DE"), ("amazon.co.jp", "JP")])
def test_marketplace_names(name: str, code: str) -> None:
    """A marketplace is named by its country, in any case."""
    assert country(name).code == code


def test_an_unknown_marketplace_names_the_nearest() -> None:
    """A misspelt marketplace is one clear line."""
    with pytest.raises(UsageError, match="did you mean"):
        country("USA")


def test_every_marketplace_speaks_a_language() -> None:
    """No marketplace is without language or ID."""
    assert all(c.languages and c.marketplace_id for c in COUNTRIES.values())


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever a file holds, it is read or refused in one line."""
    try:
        report = read_report(text.encode("utf-8", "surrogatepass"), country("US"))
    except UsageError as error:
        assert str(error)
    else:
        assert all(ORDER_ID.fullmatch(row.order_id) for row in report.rows)


@given(st.binary(max_size=300), st.sampled_from(["US", "JP", "CA"]))
def test_no_bytes_break_the_reader(data: bytes, place: str) -> None:
    """Bytes of any encoding are read or refused."""
    try:
        read_report(data, country(place))
    except UsageError as error:
        assert str(error)


def orders(text: str, place: str = "US") -> dict[str, tuple[object, ...]]:
    """What is read of an orders file: order → (channel, buy shipping, on time, sku, asin)."""
    found = read_orders(text.encode(), country(place))
    return {
        number: (o.facts.channel, o.facts.buy_shipping, o.facts.on_time(), o.sku, o.asin) for number, o in found.items()
    }


def test_the_orders_file() -> None:
    """Any of the columns in any order; what is not told is unknown."""
    text = (
        "sku\tamazon-order-id\tfulfillment-channel\tbuy-shipping\tship-by\tshipped-at\tasin\n"
        "KET-1\t111-0000001-0000001\tAmazon\t\t\t\tb000000001\n"
        "\t111-0000002-0000002\tMerchant\tyes\t2026-11-02\t2026-11-02T18:00:00Z\t\n"
        "\t111-0000003-0000003\tmerchant\tNo\t2026-11-02\t2026-11-03\n"
        "\t111-0000004-0000004\n"
    )

    assert orders(text) == {
        "111-0000001-0000001": ("Amazon", None, None, "KET-1", "B000000001"),
        "111-0000002-0000002": ("Merchant", True, True, "", ""),
        "111-0000003-0000003": ("Merchant", False, False, "", ""),
        "111-0000004-0000004": (None, None, None, "", ""),
    }


def test_shipped_on_time_by_the_clock() -> None:
    """Where both sides name a time, the time counts."""
    head = "amazon-order-id\tship-by\tshipped-at\n"

    assert orders(f"{head}{ORDER}\t2026-11-02T20:00:00Z\t2026-11-02T21:00:00Z\n")[ORDER][2] is False


def test_two_items_of_one_order_count_as_the_worse() -> None:
    """An order is late when one of its items was."""
    head = "amazon-order-id\tship-by\tshipped-at\tbuy-shipping\n"
    text = f"{head}{ORDER}\t2026-11-02\t2026-11-01\tyes\n{ORDER}\t2026-11-02\t2026-11-05\tyes\n"

    assert orders(text)[ORDER][:3] == (None, True, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("order\tsku\n111-0000001-0000001\tA\n", "amazon-order-id is missing"),
        ("", "amazon-order-id is missing"),
        ("amazon-order-id\tfulfillment-channel\n111-0000001-0000001\tDrone\n", "line 2: 'Drone'"),
        ("amazon-order-id\tbuy-shipping\n111-0000001-0000001\tmaybe\n", "line 2: buy-shipping 'maybe'"),
        ("amazon-order-id\tship-by\n111-0000001-0000001\tsoon\n", "line 2: 'soon' is not a date"),
        ("amazon-order-id\tsku\nnonsense\tA\n", "line 2: 'NONSENSE' is not an order number"),
    ],
)
def test_a_broken_orders_file_is_refused(text: str, says: str) -> None:
    """Each fault is one line that names the place."""
    with pytest.raises(UsageError, match=says):
        orders(text)


FRENCH = "Date\tNote\tCommentaires\tVotre réponse\tN° de commande\tE-mail de l'évaluateur"
REFUSALS = {
    "ambiguous date": ('3/4/26\t1\tHe said "né"\t\t{order}\tx', "CA", "--date-format"),
    "no order column": ('11/9/26\t1\tHe said "né"\t\tnone\tx', "US", "order ID"),
    "impossible date": ('31/2/26\t1\tHe said "né"\t\t{order}\tx', "DE", "31/2/26"),
    "no such stars": ('11/9/26\t8\tHe said "né"\t\t{order}\tx', "US", "rating"),
}


@pytest.mark.parametrize("fault", REFUSALS)
@pytest.mark.parametrize("head", [SIX, GERMAN, FRENCH], ids=["en", "de", "fr"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_refusals_in_every_form(fault: str, head: str, encoding: str, end: str) -> None:
    """Whatever the headers' language, encoding and line ends, a fault is named in at most three lines."""
    row, place, says = REFUSALS[fault]
    data = end.join([head, row.format(order=ORDER), ""]).encode(encoding)
    with pytest.raises(UsageError) as caught:
        read_report(data, country(place))

    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


def test_refusals_in_japanese() -> None:
    """Shift JIS as well."""
    data = f"{JAPANESE.replace('E', 'Ｅ')}\r\n2026/02/31\t1\tすぐに壊れました\t\t{ORDER}\tx\r\n".encode("cp932")
    with pytest.raises(UsageError, match="2026/02/31"):
        read_report(data, country("JP"))
