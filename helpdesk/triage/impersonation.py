"""Somebody who says that he is the marketplace and asks for what it never asks for: both together, one alone is ordinary speech.

"I contacted Amazon customer service yesterday" is a buyer's sentence; "This is Amazon support: buy gift cards" is none.
"""

from __future__ import annotations

import re

from helpdesk.intake.reading import Reading
from helpdesk.marketplaces.amazon_template import is_template

_HOUSES = ("amazon", "ebay", "e-bay", "walmart", "paypal", "etsy")
_HOUSE = r"(?:amazon|e-?bay|walmart|paypal|etsy)"
_OFFICE = r"(?:seller|buyer|customer|account|technical|security|fraud|compliance|verk[äa]ufer|kunden|sicherheits|service|soporte|atenci[óo]n|assistenza|suporte|support|team|department|abteilung|cent(?:er|re)|performance)"
_CLAIM = re.compile(
    rf"\b(?:this is|we are|i am|i'm|we're|on behalf of|hier (?:ist|spricht)|wir sind|ich bin|ici|nous sommes|je suis|somos|soy|le habla|siamo|sono|questo è|aqui é)\s+(?:(?:from|vom|von|du|de|del|dell'|da|the|das|der|le|la|el|il|o)\s*){{0,2}}{_HOUSE}[\s-]{{1,2}}{_OFFICE}",
    re.IGNORECASE,
)
_ASK = re.compile(
    r"\bgift ?cards?\b|\bgutschein(?:karte|code)|\bcarte[s]?[- ]cadeau|\btarjetas? (?:de )?regalo|\bcart[ae] regalo|\bwhats ?app\b|\btelegram\b|\bwechat\b"
    r"|\b(?:verify|confirm|unlock|update|validate)\s+(?:your|the)\s+(?:seller\s+|bank\s+)?(?:account|identity|password|details|login)|\bpasswor[dt]\b|\bone[- ]time (?:code|password)|\bbank details\b"
    r"|\b(?:bestätigen|verifizieren|entsperren) sie (?:ihr|ihre)\w* (?:\w+\s)?(?:konto|identität|daten)|\b(?:vérifie[rz]|confirme[rz]) (?:votre|vos) (?:compte|identité|données)"
    r"|\b(?:verifi(?:car|que)|confirm(?:ar|e)) su (?:cuenta|identidad)|\b(?:verificare|verifichi|confermare|confermi) (?:il suo|il tuo) (?:account|conto)",
    re.IGNORECASE,
)


def why(reading: Reading) -> str:
    """Why somebody poses as a marketplace, in words; "" when nobody does. The first 4,000 signs of the own words count."""
    if reading.channel != "amazon" and is_template(reading.parsed.text):
        return "it is laid out as Amazon's messages are, and does not come from Amazon"
    text = reading.text[:4000]
    folded = text.casefold()
    if not any(map(folded.__contains__, _HOUSES)):
        return ""  # as in most mails: the pattern costs far more
    head = " ".join(text.split())
    claim = _CLAIM.search(head)
    asked = _ASK.search(head) if claim is not None else None
    if claim is None or asked is None:
        return ""
    return f'it says "{claim.group()[:60]}" and asks for what no marketplace asks for ("{asked.group()[:40]}")'
