"""Days and hours in the buyer's words: absolute, with the time zone, in twelve languages."""

from __future__ import annotations

from datetime import datetime, tzinfo

_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "zh": "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
    "ja": "月 火 水 木 金 土 日",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "pl": "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    "sv": "måndag tisdag onsdag torsdag fredag lördag söndag",
    "tr": "Pazartesi Salı Çarşamba Perşembe Cuma Cumartesi Pazar",
}
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
}
_DAY_FORM = {
    "en": "{day}, {d} {month} {y}",
    "de": "{day}, {d}. {month} {y}",
    "fr": "{day} {d} {month} {y}",
    "es": "{day}, {d} de {month} de {y}",
    "it": "{day} {d} {month} {y}",
    "zh": "{y}年{m}月{d}日（{day}）",
    "ja": "{y}年{m}月{d}日（{day}）",
    "pt": "{day}, {d} de {month} de {y}",
    "nl": "{day} {d} {month} {y}",
    "pl": "{day}, {d} {month} {y}",
    "sv": "{day} {d} {month} {y}",
    "tr": "{d} {month} {y} {day}",
}
_HOUR_FORM = {
    "en": "{date}, {time} ({zone})",
    "de": "{date}, {time} Uhr ({zone})",
    "fr": "{date} à {time} ({zone})",
    "es": "{date}, a las {time} ({zone})",
    "it": "{date}, ore {time} ({zone})",
    "zh": "{date}{time}（{zone}）",
    "ja": "{date}{time}（{zone}）",
    "pt": "{date}, às {time} ({zone})",
    "nl": "{date}, {time} uur ({zone})",
    "pl": "{date}, godz. {time} ({zone})",
    "sv": "{date} kl. {time} ({zone})",
    "tr": "{date}, {time} ({zone})",
}


def zone_name(moment: datetime) -> str:
    """The offset of an aware time, as people everywhere read it: "UTC+1", "UTC-3:30", "UTC"."""
    offset = moment.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    if not minutes:
        return "UTC"
    hour, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hour}" + (f":{rest:02d}" if rest else "")


def day_words(moment: datetime, language: str, zone: tzinfo) -> str:
    """The day of an aware time in `zone`, with weekday and year. A language we do not speak gets English.

    >>> from datetime import UTC
    >>> day_words(datetime(2026, 11, 25, 23, 30, tzinfo=UTC), "de", UTC)
    'Mittwoch, 25. November 2026'
    """
    spoken = language if language in _DAYS else "en"
    local = moment.astimezone(zone)
    day = _DAYS[spoken].split()[local.weekday()]
    month = MONTHS[spoken].split()[local.month - 1] if spoken in MONTHS else ""
    d = "1er" if spoken == "fr" and local.day == 1 else str(local.day)
    if spoken == "it" and local.day == 1:
        d = "1º"
    return _DAY_FORM[spoken].format(day=day, d=d, m=local.month, month=month, y=local.year)


def moment_words(moment: datetime, language: str, zone: tzinfo) -> str:
    """Day, hour and minute of an aware time in `zone`, with the zone's offset.

    >>> from datetime import UTC
    >>> moment_words(datetime(2026, 11, 25, 9, 5, tzinfo=UTC), "en", UTC)
    'Wednesday, 25 November 2026, 09:05 (UTC)'
    """
    spoken = language if language in _DAYS else "en"
    local = moment.astimezone(zone)
    date = day_words(moment, spoken, zone)
    return _HOUR_FORM[spoken].format(date=date, time=f"{local:%H:%M}", zone=zone_name(local))
