# ruff: noqa: E501 -- samples of mail
"""Addresses that imitate a marketplace, and those that only look as if."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.marketplaces.claims import why
from helpdesk.marketplaces.lookalike import BRANDS, imitated, skeleton

IMITATIONS = [
    "a@marketplace.amazon.com.evil.ru", "a@marketplace.arnazon.com", "a@amaz0n.de", "a@marketplace-amazon.com", "a@amazon-marketplace.support",
    "a@amazon.com-seller.info", "a@seller-amazon.net", "a@amazonn.com", "a@amzon.co.uk", "a@amazom.de", "a@anazon.com", "a@amaozn.com",
    "a@xn--mazon-3ve.com", "a@аmazon.com", "a@amazοn.com", "a@ámazon.com", "a@amazon.security-check.io", "a@amazonsellercentral.help",
    "a@sellercentral.amazon.co.evil.net", "a@relay.walmart.com.evil.io", "a@wa1mart.com", "a@vvalmart.com", "a@walrnart.com", "a@walmart-seller.com",
    "a@members-ebay.com", "a@members.ebay.com.evil.io", "a@ebay-security.net", "a@3bay.com", "a@paypa1.com", "a@paypal-support.com", "a@paypaI-x.com",
    "a@etsy-support.net", "a@members.ebay.evil.io", "a@amazon.support", "a@amazon-de.shop", "a@𝐚𝐦𝐚𝐳𝐨𝐧.de", "a@mercadolivre-vendas.com",
]  # fmt: skip

GENUINE = [
    "a@marketplace.amazon.com", "a@amazon.de", "a@bounces.amazon.co.jp", "a@mail.amazon.jobs", "a@amazonses.com", "a@eu-west-1.amazonses.com",
    "a@a2z.com", "a@amazonaws.com", "a@marketplace.amazon.com.be", "a@sellercentral.amazon.com.au", "a@ebay.co.uk", "a@members.ebay.de",
    "a@relay.walmart.com", "a@walmart.ca", "a@paypal.com", "a@e.paypal.co.uk", "a@mail.etsy.com", "a@myshop.myshopify.com", "a@shopifyemail.com",
    "a@alibaba.com", "a@mail.rakuten.co.jp", "a@advertising.amazon.dev", "a@amazon.work", "a@amazonpay.com", "a@ebay-kleinanzeigen.de",
    "a@gmail.com", "a@amanzio.example", "a@wallmarket.example", "a@betsy.example", "a@ottomail.example", "a@ebayer.example", "a@bolero.com",
    "a@allegro-music.example", "a@the-amazing-shop.com", "a@amalfi.it", "a@walter.com", "a@paypoint.net", "a@petsy.nl", "a@otto.de", "a@bol.com",
    "a@outlook.com", "a@example.co.uk", "a@t-online.de", "a@163.com", "a@docomo.ne.jp", "a@uol.com.br", "a@amazing.com",
]  # fmt: skip


@pytest.mark.parametrize("address", IMITATIONS)
def test_imitations(address: str) -> None:
    """Suffix tricks, letters that look alike, hyphens, punycode, one letter off."""
    assert why(address)


@pytest.mark.parametrize("address", GENUINE)
def test_the_brands_own_and_other_peoples_domains(address: str) -> None:
    """A brand's own domains, and domains that merely remind of one, imitate nobody."""
    assert why(address) == ""


NAMES = {
    ("Amazon Seller Support", "help@freemail.example"): True,
    ("Amazon.com Customer Service", "x@y.example"): True,
    ("Amazon Marketplace", "x@y.example"): True,
    ("AMAZON SECURITY", "x@y.example"): True,
    ("Аmаzоn Support", "x@y.example"): True,
    ("Amaz0n Support", "x@y.example"): True,
    ("Amazon Verkäuferservice", "x@y.example"): True,
    ("Service client Amazon", "x@y.example"): True,
    ("アマゾン", "x@y.example"): False,
    ("PayPal Billing Team", "x@y.example"): True,
    ("eBay Customer Support", "x@y.example"): True,
    ("Walmart Customer Support", "x@y.example"): True,
    ("Amazon Seller Support", "donotreply@amazon.com"): False,
    ("Amazon Smith", "amazon.smith@freemail.example"): False,
    ("Kim Doe", "x@y.example"): False,
    ("Amazon", "x@y.example"): False,
    ("The Amazon Rainforest Fund", "x@y.example"): False,
    ("Kim Doe - Amazon Marketplace", "abc123def456ghi@marketplace.amazon.de"): False,
    ("Customer Support", "x@y.example"): False,
}


@pytest.mark.parametrize("sender", NAMES)
def test_display_names_that_claim_an_office(sender: tuple[str, str]) -> None:
    """A brand with one of its offices from a foreign address imitates; a person or a word does not."""
    name, address = sender
    assert bool(why(address, name)) is NAMES[sender]


def test_the_reason_names_the_domain_and_the_brand() -> None:
    """A person reads it on the card."""
    assert why("a@marketplace.arnazon.com") == "marketplace.arnazon.com is spelt to be taken for amazon"
    assert why("a@amazon-help.net") == "amazon-help.net carries the name of amazon"
    assert why("a@anazon.com") == "anazon.com differs by one letter from amazon"


def test_skeletons() -> None:
    """Letters drawn alike become one."""
    assert skeleton("Аmаzоn") == skeleton("amaz0n") == skeleton("ÁMAZON") == "amazon"


@given(
    st.sampled_from([b for b in BRANDS if len(b) >= 6 and b not in ("allegro", "alibaba")]),
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=10),
)
def test_a_brand_within_a_longer_name_is_always_seen(brand: str, rest: str) -> None:
    """Brand and anything, joined by a hyphen, under a foreign suffix."""
    assert imitated(f"{brand}-{rest}.net")
    assert imitated(f"mail.{brand}.{rest}.xyz")


@given(st.text(max_size=120), st.text(max_size=60))
def test_any_address_at_all(address: str, name: str) -> None:
    """Nothing raises."""
    assert isinstance(why(address, name), str)
