"""Every channel the bot knows, by name: DOMAIN 1.2 row by row, as data. All of it can be overridden in helpdesk.toml.

A profile's source stands in its comment: [A] the marketplace's own page, [T] a third party, [I] inference.
"""

from __future__ import annotations

import difflib
from datetime import timedelta

from helpdesk.errors import UsageError
from helpdesk.marketplaces.profile import Profile, SlaProfile, hours

#: Told when half, most and all of a day has passed; the last one is for a ticket nobody took over at night.
_DAY = hours(12, 20, 23, 24, 40)
#: The same shares of 48 hours.
_TWO_DAYS = hours(24, 40, 46, 48, 60)

_ALL = (
    # [A] 24 h every day, automatic answers do not count; from 48 h on the buyer may file an A-to-z claim.
    Profile(
        name="amazon",
        label="Amazon",
        sla=SlaProfile(limit=timedelta(hours=24), steps=_DAY, target=0.90, claim_risk=timedelta(hours=48)),
    ),
    # [A] 48 h on every channel, weekends included, more than 95 % of the last 30 days; "high-quality" answers only [I].
    Profile(
        name="walmart",
        label="Walmart",
        sla=SlaProfile(limit=timedelta(hours=48), steps=_TWO_DAYS, target=0.95, windows_days=(30, 7, 90)),
    ),
    Profile(
        name="walmart_us",
        label="Walmart US",
        sla=SlaProfile(limit=timedelta(hours=48), steps=_TWO_DAYS, target=0.95, windows_days=(30, 7, 90)),
    ),
    # [A] the Canadian page of October 2024.
    Profile(
        name="walmart_ca",
        label="Walmart Canada",
        sla=SlaProfile(limit=timedelta(hours=48), steps=_TWO_DAYS, target=0.80, windows_days=(30, 7, 90)),
    ),
    # [T] Star Seller: 95 % over three months, a thread's first message only; Etsy itself advises an automatic answer.
    Profile(
        name="etsy",
        label="Etsy",
        sla=SlaProfile(
            limit=timedelta(hours=24),
            steps=_DAY,
            anchor="first_in_thread",
            auto_reply_counts=True,
            target=0.95,
            windows_days=(90, 30, 7),
        ),
    ),
    # [T] no hard limit for messages; a day is good practice, so people are told but the limit is our own.
    Profile(name="ebay", label="eBay", sla=SlaProfile(limit=timedelta(hours=24), steps=_DAY, target=0.90)),
    # [A] three business days, Monday to Friday without bank holidays.
    Profile(
        name="ebay_cases",
        label="eBay cases",
        sla=SlaProfile(
            limit=timedelta(hours=72),
            steps=hours(24, 48, 60, 71, 72),
            calendar="business",
            target=None,
            windows_days=(30,),
        ),
    ),
    # [A] 24 h a chat, greetings and chats that the chatbot finished do not count; below 90 % a warning.
    Profile(
        name="tiktok_us",
        label="TikTok Shop US",
        sla=SlaProfile(limit=timedelta(hours=24), steps=_DAY, target=0.90, windows_days=(30, 7)),
    ),
    # [A] 12 h since August 2025; what the chatbot resolved is left out.
    Profile(
        name="tiktok_sea",
        label="TikTok Shop South-East Asia",
        sla=SlaProfile(
            limit=timedelta(hours=12),
            steps=hours(6, 10, 11, 12, 20),
            auto_reply_counts=True,
            target=0.90,
            windows_days=(30, 7),
        ),
    ),
    # [T] first answer within 12 h, over 30 days, 90 % advised.
    Profile(
        name="shopee_my",
        label="Shopee Malaysia",
        sla=SlaProfile(
            limit=timedelta(hours=12),
            steps=hours(6, 10, 11, 12, 20),
            anchor="first_in_thread",
            target=0.90,
            windows_days=(30,),
        ),
    ),
    # [T] by 19:00 of a cycle from 18:00 to 18:00: one hour at worst, 25 at best; the steps count towards 19:00.
    Profile(
        name="lazada_my",
        label="Lazada Malaysia",
        sla=SlaProfile(
            limit=timedelta(hours=24),
            steps=hours(6, 12, 20, 23, 24),
            cycle="18:00-19:00 Asia/Kuala_Lumpur",
            target=0.85,
            windows_days=(30, 7),
        ),
    ),
    # [T] no rule was found; the advice is the next business day.
    Profile(
        name="rakuten_jp",
        label="Rakuten Ichiba",
        sla=SlaProfile(
            limit=timedelta(hours=24), steps=hours(12, 20, 24), calendar="business", target=None, windows_days=(30, 7)
        ),
    ),
    # [T] no rule: the shop's own promise; the seed's advice, a day, is the default.
    Profile(name="shopify", label="Shopify", sla=SlaProfile(limit=timedelta(hours=24), steps=_DAY, target=0.90)),
    Profile(name="direct", label="Direct mail", sla=SlaProfile(limit=timedelta(hours=24), steps=_DAY, target=0.90)),
    # The seed: acknowledge every call within 24 hours. A call has no address to acknowledge to.
    Profile(
        name="phone",
        label="Phone",
        sla=SlaProfile(limit=timedelta(hours=24), steps=_DAY, target=0.90),
        acknowledge="off",
    ),
)

#: Name → profile, in the order in which they are listed to people.
PROFILES: dict[str, Profile] = {one.name: one for one in _ALL}


def profile(name: str) -> Profile:
    """The profile of that name; UsageError with the nearest known one where there is none."""
    found = PROFILES.get(name)
    if found is None:
        near = difflib.get_close_matches(name.lower(), PROFILES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(PROFILES)}"
        raise UsageError(f"unknown marketplace {name!r}: {hint}")
    return found


def label(name: str) -> str:
    """A channel's name as people write it ("eBay"); one that is none of ours as a word ("some_shop": "Some shop")."""
    found = PROFILES.get(name)
    return found.label if found is not None else name.replace("_", " ").capitalize()
