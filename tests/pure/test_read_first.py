"""The reading of one mail, end to end, in small."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpdesk.errors import UnreadableMailError, UsageError
from helpdesk.intake.read import read
from helpdesk.marketplaces.registry import PROFILES, profile

RELAY = b"""Received: from a by mx.shop.example; Mon, 2 Mar 2026 10:00:05 +0000
Authentication-Results: mx.shop.example; dmarc=pass header.from=marketplace.amazon.de
From: "Anna Berg - Amazon Marketplace" <abc123def456ghi+0a1b2c3d@marketplace.amazon.de>
To: support@shop.example
Subject: Frage von Amazon-Kunde Anna Berg (Bestellung: 302-0000001-0000001)
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <m1@eu-west-1.amazonses.com>
X-Space-Notification-Type: BBC_MESSAGE_SENT_TO_MERCHANT
Content-Type: text/plain; charset=utf-8

You have received a message.

# 302-0000001-0000001:
1 / Wasserkocher 0,8 l [ASIN: B0EXAMPLE1]

------------- Message: -------------

Guten Tag, der Deckel ist gebrochen. Was nun?

------------- End message -------------

Was this email helpful? https://sellercentral.amazon.de/gp/satisfaction/survey-form.html
Resolve case https://sellercentral.amazon.de/messaging/no-response-needed?t=A1&m=A2&h=00
"""


def test_a_relay_mail_is_read_whole() -> None:
    """Channel, order, item, buyer, case, words, language, link and clock of an Amazon mail."""
    reading = read(RELAY, authserv_id="mx.shop.example")
    assert (reading.channel, reading.kind, reading.authentic) == ("amazon", "buyer_message", "pass")
    assert reading.order_ids == ("302-0000001-0000001",)
    assert reading.items[0].asin == "B0EXAMPLE1"
    assert reading.customer == "abc123def456ghi@marketplace.amazon.de"
    assert reading.reply_to == "abc123def456ghi+0a1b2c3d@marketplace.amazon.de"
    assert (reading.buyer_name, reading.language) == ("Anna Berg", "de")
    assert reading.text == "Guten Tag, der Deckel ist gebrochen. Was nun?"
    assert reading.no_response_link.startswith("https://sellercentral.amazon.de/messaging/no-response-needed?t=A1")
    assert reading.clock_start == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_nothing_is_unreadable() -> None:
    """An empty mail raises with a reason."""
    with pytest.raises(UnreadableMailError, match="empty"):
        read(b"\r\n\r\n")


def test_an_unknown_marketplace_names_the_nearest() -> None:
    """A misspelt marketplace is one line with the known name that is nearest."""
    assert set(PROFILES) >= {"amazon", "walmart", "ebay", "direct"}
    with pytest.raises(UsageError, match="did you mean amazon"):
        profile("amazn")
