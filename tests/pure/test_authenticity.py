"""Whom the receiving server vouched for: which header is believed, and what it says."""

from __future__ import annotations

import contextlib

import authres
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.intake.authenticity import aligned, authentic, believed, organisation, parse
from helpdesk.intake.parse import parse as parse_mail
from tests.support.shared_mails import members

US = "mx.shop.example"
DOMAIN = "marketplace.amazon.de"

#: what our server wrote → what it means for a mail from marketplace.amazon.de
VERDICTS = {
    f"{US}; dmarc=pass header.from={DOMAIN}": "pass",
    f"{US}; spf=fail smtp.mailfrom=forwarder.example; dmarc=pass header.from={DOMAIN}": "pass",
    f"{US}; dmarc=fail header.from={DOMAIN}": "fail",
    f"{US}; spf=pass smtp.mailfrom={DOMAIN}; dmarc=fail header.from={DOMAIN}": "fail",
    f"{US}; dkim=pass header.d=amazon.de": "pass",
    f"{US}; dkim=pass header.i=@amazon.de": "pass",
    f"{US}; spf=pass smtp.mailfrom=bounce@bounces.amazon.de": "pass",
    f"{US}; dkim=pass header.d=evil.example": "none",
    f"{US}; spf=pass smtp.mailfrom=evil.example": "none",
    f"{US}; dkim=pass header.d=amazonses.com; dkim=pass header.d=amazon.de": "pass",
    f"{US}; spf=softfail smtp.mailfrom=x.example; dkim=none": "none",
    f"{US}; spf=fail smtp.mailfrom=x.example": "fail",
    f"{US}; dkim=fail header.d=amazon.de": "fail",
    f"{US}; spf=fail smtp.mailfrom=x.example; dkim=pass header.d=amazon.de": "pass",
    f"{US}; spf=temperror smtp.mailfrom={DOMAIN}": "none",
    f"{US}; dmarc=none header.from={DOMAIN}; spf=none": "none",
    f"{US}; dmarc=none header.from={DOMAIN}; dkim=pass header.d=amazon.de": "pass",
    f"{US}; dmarc=temperror; dkim=pass header.d=amazon.de": "none",
    f"{US}; none": "none",
    US: "none",
    "": "none",
    f"{US}; spf=none (dmarc=pass says the sender) smtp.mailfrom=x.example": "none",
    f"{US}; spf=none (a (nested; dmarc=pass) comment) smtp.mailfrom=x.example": "none",
    f'{US}; spf=none reason="x; dmarc=pass" smtp.mailfrom=x.example': "none",
    f"{US} 1; dmarc=pass header.from={DOMAIN}": "pass",
    f"{US}; DMARC=PASS header.from={DOMAIN}": "pass",
    f"{US}; dmarc=pass (p=reject dis=none) header.from=evil.example": "none",
    f"{US}; dkim/1=pass header.d=amazon.de": "pass",
}


@pytest.mark.parametrize("value", VERDICTS)
def test_verdicts(value: str) -> None:
    """DESIGN's pass, fail and none; comments and quoted strings say nothing."""
    assert authentic([value], DOMAIN, US) == VERDICTS[value]


PASS = f"{US}; dmarc=pass header.from={DOMAIN}"
FAIL = f"{US}; dmarc=fail header.from={DOMAIN}"


def test_only_our_own_servers_header_is_believed() -> None:
    """The topmost with our id; what stands above it under another name, or below it under ours, does not count."""
    assert authentic(["evil.example; dmarc=pass", FAIL], DOMAIN, US) == "fail"
    assert authentic([FAIL, PASS], DOMAIN, US) == "fail"
    assert authentic(["evil.example; dmarc=pass"], DOMAIN, US) == "none"
    assert authentic(["mx.shop.example.evil.example; dmarc=pass"], DOMAIN, US) == "none"
    assert authentic([FAIL, "evil.example; dmarc=pass", PASS], DOMAIN, US) == "fail"
    assert authentic([PASS], DOMAIN, ["other.example", "MX.SHOP.EXAMPLE"]) == "pass"


def test_one_header_a_method_counts_together() -> None:
    """Headers of one id stacked at the top are one result; a second of the same method ends it."""
    stacked = [f"{US}; spf=none smtp.mailfrom=x.example", f"{US}; dkim=pass header.d=amazon.de", f"{US}; dkim=fail"]
    assert [(r.method, r.result) for r in believed(stacked, US)] == [("spf", "none"), ("dkim", "pass")]
    assert authentic(stacked, DOMAIN, US) == "pass"


def test_without_an_id_of_ours_the_topmost_is_believed() -> None:
    """None configured: the topmost, whoever wrote it."""
    assert authentic(["other.example; dmarc=fail", PASS], DOMAIN) == "fail"


MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=amazon.de; dkim=pass (signature was verified) header.d=amazon.de;"
    "dmarc=pass action=none header.from=marketplace.amazon.de;compauth=pass reason=100"
)


def test_microsofts_header_without_an_id() -> None:
    """Configured as "": a header without an id is ours, one with an id is not."""
    assert parse(MICROSOFT)[0] == ""
    assert authentic([MICROSOFT], DOMAIN, "") == "pass"
    assert authentic([PASS], DOMAIN, "") == "none"
    assert authentic([MICROSOFT], DOMAIN, US) == "none"
    assert authentic([MICROSOFT], DOMAIN) == "pass"


def test_arc_form() -> None:
    """ "i=1; mx.example; …" has its id in the second place."""
    identity, results = parse("i=1; mx.example; dkim=pass header.i=@a.example; spf=pass")
    assert (identity, [r.method for r in results]) == ("mx.example", ["dkim", "spf"])


def test_organisations() -> None:
    """Relaxed alignment compares what was registered."""
    assert organisation("a.b.example.co.uk") == "example.co.uk"
    assert organisation("marketplace.amazon.com.au") == "amazon.com.au"
    assert organisation("mail.example.com") == "example.com"
    assert aligned("bounces.amazon.de", "marketplace.amazon.de")
    assert not aligned("amazon.com", "amazon.de")
    assert not aligned("evil.co.uk", "shop.co.uk")


@given(st.text(alphabet=st.sampled_from(list('ab.;=() "\\/@dkimspf')), max_size=80))
def test_any_value_at_all(value: str) -> None:
    """Nothing raises, and nothing but the three words comes out."""
    assert authentic([value], DOMAIN, None) in ("pass", "fail", "none")


def theirs(value: str) -> tuple[str, list[tuple[str, str]]] | None:
    """authres's reading of a header, None where it raises."""
    with contextlib.suppress(authres.core.SyntaxError, Exception):
        found = authres.AuthenticationResultsHeader.parse("Authentication-Results: " + value)
        return found.authserv_id.lower(), [(r.method, r.result) for r in found.results]
    return None


def test_the_same_as_authres_on_real_headers() -> None:
    """Wherever authres reads a header, we read the same id, methods and results; it refuses some that we read."""
    compared = only_ours = 0
    for number, (_, raw) in enumerate(members("junk_train_open.tar.gz")):
        if number >= 400:
            break
        for value in parse_mail(raw).headers.get("authentication-results", ()):
            other = theirs(value)
            identity, results = parse(value)
            if other is None:
                only_ours += 1
                continue
            compared += 1
            assert (identity, [(r.method, r.result) for r in results]) == other, value
    assert compared > 100
