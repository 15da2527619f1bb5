# ruff: noqa: E501 -- tables of words
"""The language of a buyer's words: by script where that decides, by plain words where they are few, else by py3langid.

py3langid is held to the languages in use and loaded (20 MB) at the first call that needs it.
"""

from __future__ import annotations

import mmap
import re
import tempfile
from array import array
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import Any

#: ISO 639-1 codes told apart; the first line are those that marketplaces' buyers write in, the second has to win clearly.
COMMON = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "tr", "ja", "zh")
RARE = ("da", "no", "fi", "cs", "hu", "ro", "ko", "ru", "uk", "ar", "el", "he", "th", "vi", "id")
SAMPLE = 320
SHORT = 60  # letters: below, single words weigh as much as the model
_CLEAR = 6.0  # a lead in log-likelihood that leaves no doubt

#: Words that stand in short messages and in one language (or nearly so) only.
_WORDS = {
    "en": "the and is are of to a in we our be will can all they me but if was you your my it this that have has not with for hello hi dear thanks thank please where when what how order"
    " still received refund item package want need would could don't didn't i'm regards sincerely",
    "de": "der die das und den dem ein eine zu auf von im sie wir es ist nicht ich sie mein meine wo wann bitte danke hallo guten tag vielen bestellung paket noch wurde habe mit"
    " freundlichen grüße grüßen gruß kein keine erhalten rückgabe wie warum",
    "fr": "le et à les de nous l'article ce que qui sur dans est pas je vous mon ma où quand bonjour merci commande colis reçu pourquoi avec cordialement une des du votre n'ai"
    " toujours remboursement produit salut c'est j'ai suis",
    "es": "el los y de que en la se lo es no yo mi nadie veces escrito varias dónde donde cuándo hola gracias pedido paquete por para con una está llegado buenos buenas días saludos"
    " quiero producto del todavía reembolso usted muy",
    "it": "il gli di che la in lo si è non sono mio mia dove quando ciao grazie ordine pacco ricevuto buongiorno salve per con una che ho ancora rimborso"
    " prodotto cordiali saluti della vorrei buonasera",
    "pt": "o os de que e em do da não eu meu minha onde quando olá obrigado obrigada pedido pacote recebi bom dia boa tarde uma com para ainda produto chegou"
    " att muito está reembolso veio você",
    "nl": "het een de van te dat op en is niet ik mijn waar wanneer hallo bedankt dank bestelling pakket ontvangen alsjeblieft alstublieft groet groeten met"
    " voor nog geen vriendelijke beste goedemorgen kunt heb",
    "pl": "nie jest gdzie kiedy mój moja dzień dobry dziękuję zamówienie paczka proszę czy jak się na do mam pozdrawiam witam jeszcze"
    " zwrot produkt otrzymałem otrzymałam dotarła",
    "sv": "och är inte jag min mitt var när hej tack beställning paket har det den ett fått hälsningar med för ännu återbetalning mvh vill",
    "tr": "ve bir bu ne nerede nasıl merhaba teşekkür teşekkürler sipariş siparişim kargo ürün için değil lütfen iyi günler hala var mı"
    " geldi iade istiyorum",
    "da": "hvor er ikke jeg mit hvornår tak bestilling pakke pakken har hilsen venlig hej modtaget endnu",
    "no": "hvor er ikke jeg mitt når takk bestilling pakke pakken har hilsen vennlig hei mottatt ennå",
    "cs": "kde je můj moje kdy není dobrý den děkuji objednávka balík prosím ještě zásilka",
}
_OF_WORD: dict[str, tuple[str, ...]] = {}
for _code, _list in _WORDS.items():
    for _word in _list.split():
        _OF_WORD[_word] = (*_OF_WORD.get(_word, ()), _code)

_MARKS = "\"'’‘“”„«»()[]{}<>.,;:!?¿¡…*_#=|/\\-–—"
_CAPITALS, _SMALL = ascii_uppercase.encode(), ascii_lowercase.encode()
_KANA = re.compile("[\u3041-\u30ff\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_JAPANESE = re.compile(
    "注文|返金|届|発送|返品|様|領収書"
)  # words that Chinese writes otherwise, for lines without kana
_CHINESE = re.compile("[们这么吗您你请没还谢发时给说从对开买卖订单货呢吧啊]")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff]")
_WIDE = re.compile("[\u1100-\u11ff\u3041-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d]")


def detect(text: str, fallback: str = "en") -> str:
    """ISO 639-1 code of the text; `fallback` where it is too short to tell."""
    start = text[:SAMPLE]
    words = [w for word in start.split() if (w := word if word.isalpha() else _bare(word))]
    if not start.isascii() and _WIDE.search(start) is not None:
        script = _by_script(start)
        if script == "zh" and len(start) < 40 and _CHINESE.search(start) is None:
            return "ja" if fallback == "ja" or _JAPANESE.search(start) else "zh"
        if script:
            return script
    letters = sum(map(len, words))
    if letters < 2:
        return fallback
    if letters < SHORT:
        return _short(" ".join(words), words, letters, fallback)
    return _plain(words) or _classify(" ".join(words))[0]


def warm() -> None:
    """Load py3langid's table now: half a second that the first doubtful text would wait for."""
    _identifier()


def _bare(word: str) -> str:
    """A word without the marks round it; "" for numbers, addresses and links, which say nothing of a language."""
    word = word.strip(_MARKS)
    return word if word.isalpha() or not ("@" in word or "/" in word or any(map(str.isdecimal, word))) else ""


def _plain(words: list[str]) -> str:
    """The language whose small words fill the text beyond doubt, "" otherwise; ten times as fast as the model."""
    counts: dict[str, int] = {}
    for codes in map(_OF_WORD.get, " ".join(words).lower().split(" ")):
        for code in codes or ():
            counts[code] = counts.get(code, 0) + 1
    if not counts:
        return ""
    best = max(counts, key=counts.__getitem__)
    rest = max((n for code, n in counts.items() if code != best), default=0)
    return best if counts[best] >= 5 and counts[best] >= 3 * rest and counts[best] * 8 >= len(words) else ""


def _short(sample: str, words: list[str], letters: int, fallback: str) -> str:
    """Few words: those known count first, then the model if it is sure."""
    votes: dict[str, float] = {}
    for word in words:
        for code in (codes := _OF_WORD.get(word.lower().replace("’", "'"), ())):
            votes[code] = votes.get(code, 0.0) + (1 if len(word) > 2 else 0.4) / len(codes)
    ranked = sorted(votes.items(), key=lambda vote: -vote[1])
    lead_of_words = (ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0.0)) if ranked else 0.0
    if lead_of_words >= 0.6:
        return ranked[0][0]
    if letters < 4:
        return fallback
    found, lead = _classify(sample)
    if found in votes:
        return found
    return found if lead >= (_CLEAR if letters < 25 else 2.0) else fallback


def _by_script(sample: str) -> str:
    letters = sum(map(str.isalpha, sample)) or 1
    kana, han = len(_KANA.findall(sample)), len(_HAN.findall(sample))
    if kana * 10 > letters and kana >= max(1, han // 12):
        return "ja"
    if han * 8 > letters:
        return "zh"
    if len(_HANGUL.findall(sample)) * 5 > letters:
        return "ko"
    return ""


@lru_cache(maxsize=1)
def _identifier() -> Any:
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([*COMMON, *RARE])
    # the tables of the 100 languages left out, 28 MB, are kept for a later set_languages that never comes
    # and what is left lies row by row: a text asks for some hundred rows
    identifier.nb_ptc = np.ascontiguousarray(identifier.nb_ptc)
    identifier._full_model = (identifier.nb_ptc, identifier.nb_pc, identifier.nb_classes)
    identifier.tk_nextmove = _on_disk(identifier.tk_nextmove)
    return identifier


def _on_disk(numbers: array[int]) -> memoryview[int]:
    """The same numbers, read where they are asked for: of the 42 MB of the table of steps a text needs few pages."""
    with tempfile.TemporaryFile() as file:
        array("I", numbers).tofile(file)
        file.flush()
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).cast("I")


def _is_shouted(sample: str) -> bool:
    """Are most of the letters capitals?"""
    if sample.isascii():
        raw = sample.encode()
        capitals, small = (len(raw) - len(raw.translate(None, some)) for some in (_CAPITALS, _SMALL))
        return capitals > small
    letters = list(filter(str.isalpha, sample))
    return sum(map(str.isupper, letters)) * 2 > len(letters)


def _classify(sample: str) -> tuple[str, float]:
    """(best language, its lead over the next in log-likelihood); a rare one only with a clear lead over the common ones."""
    if _is_shouted(sample):
        sample = sample.lower()
    ranked = _identifier().rank(sample)
    (best, top), (_, second) = ranked[0], ranked[1]
    if best in RARE and sample.isascii():
        code, score = next((c, s) for c, s in ranked if c in COMMON)
        if top - score < _CLEAR:
            return code, 0.0
    return best, top - second
