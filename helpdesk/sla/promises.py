"""Finds the date that an answer promises to the buyer, so that the team is reminded before it. Pure.

Words: en, de, fr, es, it from promises.toml; ja and zh by patterns of their own; 2026-12-24 in every language. A date
counts where the words make it a promise ("by", "bis", "avant le") and it lies ahead; the earliest one wins. A day's
promise ends with that day on the team's wall clock.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

#: Further ahead than this it is a warranty or a misreading, no promise to remind of.
FAR = timedelta(days=120)
#: Of a long text only this much is read.
MOST = 20_000
_MORNING = time(9, 0)
_HOURS_BEFORE = timedelta(hours=4)
_TENS = dict(zip("一二三四五六七八九十", range(1, 11), strict=True)) | {"两": 2, "兩": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What was promised; moments are aware UTC."""

    words: str  #: the words that promise it
    until: datetime  #: the end of the promised day, or the promised hour
    remind_at: datetime  #: when the team is reminded: before `until`, in the morning where there is time


def promised(text: str, language: str, at: datetime, zone: str) -> Promise | None:
    """The earliest date still ahead that an answer written at `at` promises; None where it names none."""
    plain = " ".join(text[:MOST].lower().replace("’", "'").split())
    today = at.astimezone(ZoneInfo(zone))
    found = []
    for words, until in _all(plain, language[:2], today):
        end = until.astimezone(UTC)
        if at < end <= at + FAR:
            found.append((end, words))
    if not found:
        return None
    until, words = min(found)
    return Promise(words=words, until=until, remind_at=_before(until, at, ZoneInfo(zone)))


def fields(text: str, language: str, at: datetime, zone: str) -> dict[str, Any]:
    """For `ticket.evolve(**fields)` when an answer goes out: its promise, or none; an older one is over then."""
    found = promised(text, language, at, zone)
    return {
        "promised_at": found.until if found else None,
        "remind_at": found.remind_at if found else None,
    }


def _before(until: datetime, at: datetime, zone: ZoneInfo) -> datetime:
    """The morning before the promised day; else its own morning; else four hours before; else half-way."""
    day = (until - timedelta(seconds=1)).astimezone(zone).date()
    mornings = [datetime.combine(day - timedelta(days=n), _MORNING, zone).astimezone(UTC) for n in (1, 0)]
    for moment in (*mornings, until - _HOURS_BEFORE):
        if at + timedelta(hours=1) < moment < until:
            return moment
    return at + (until - at) / 2


def _all(text: str, language: str, now: datetime) -> Iterator[tuple[str, datetime]]:
    for match in re.finditer(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)", text):
        day = _date(int(match[1]), int(match[2]), int(match[3]))
        if day:
            yield match[0], _end(day, now)
    if language in {"ja", "zh"}:
        yield from _eastern(text, now)
    elif language in _tables():
        yield from _western(text, language, now)


def _western(text: str, language: str, now: datetime) -> Iterator[tuple[str, datetime]]:
    table, patterns = _tables()[language], _patterns(language)
    text = patterns["never"].sub(" ", text)
    for match in patterns["within"].finditer(text):
        number = _number(match["number"], table)
        if number:
            yield match[0].strip(), _span(number, match["unit"], table, now)
    for match in patterns["date"].finditer(text):
        day = _named_day(match, table, now)
        if day:
            yield match[0].strip(), _end(day, now)
    for match in patterns["weekday"].finditer(text):
        wanted = _place(match["weekday"], table["weekdays"])
        ahead = (wanted - now.weekday() - 1) % 7 + 1
        yield match[0].strip(), _end(now.date() + timedelta(days=ahead), now)
    for name, days in (("today", 0), ("tomorrow", 1), ("after", 2), ("weekend", (4 - now.weekday()) % 7)):
        for match in patterns[name].finditer(text):
            yield match[0].strip(), _end(now.date() + timedelta(days=days), now)


def _named_day(match: re.Match[str], table: dict[str, Any], now: datetime) -> date | None:
    found = match.groupdict()
    if found["month"] or found["month2"]:
        month = _place(found["month"] or found["month2"], table["months"]) + 1
        return _next(found["year"] or found["year2"], month, int(found["day"] or found["day2"]), now)
    first, second = int(found["first"]), int(found["second"])
    if table["order"] == "mdy" and found["mark"] == "/":
        if first <= 12 and second <= 12 and first != second:
            return None  # 05/06: nobody can tell; the agent's own words are not guessed at
        first, second = (second, first) if first <= 12 else (first, second)
    return _next(found["year3"], second, first, now)


def _next(year: str | None, month: int, day: int, now: datetime) -> date | None:
    """A day of this year or, where that lies behind, of the next."""
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    here = _date(now.year, month, day)
    return here if here is None or here >= now.date() else _date(now.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _end(day: date, now: datetime) -> datetime:
    """The end of a day on the team's wall clock."""
    return datetime.combine(day + timedelta(days=1), time(), now.tzinfo)


def _span(number: int, unit: str, table: dict[str, Any], now: datetime) -> datetime:
    if unit in table["hours"]:
        return now.astimezone(UTC) + timedelta(hours=min(number, 10_000))
    if unit in table["work"]:
        return _end(_working_day(now.date(), number), now)
    days = number * 7 if unit in table["weeks"] else number
    return _end(now.date() + timedelta(days=min(days, 1000)), now)


def _working_day(day: date, number: int) -> date:
    for _ in range(min(number, 200)):
        day += timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
    return day


def _number(text: str, table: dict[str, Any]) -> int | None:
    return int(text) if text.isdecimal() else _place(text, table["numbers"]) + 1


def _place(word: str, names: list[str]) -> int:
    return next(n for n, name in enumerate(names) if word in name.split("|"))


def _eastern(text: str, now: datetime) -> Iterator[tuple[str, datetime]]:
    for match in re.finditer(r"(?:(20\d\d)年)?(\d{1,2})月(\d{1,2})[日号號]", text):
        day = _next(match[1], int(match[2]), int(match[3]), now)
        if day:
            yield match[0], _end(day, now)
    number, unit = r"(\d{1,3}|[一二两兩三四五六七八九十])", r"(時間|小时|小時|営業日|工作日|天|日間|日|週間|周|星期)"
    for match in re.finditer(rf"{number}\s*(?:个|個)?{unit}\s*(以内|内|之内|內|以內)", text):
        yield match[0], _eastern_span(_TENS.get(match[1]) or int(match[1]), match[2], now)
    for match in re.finditer(r"(明日|明天|明後日|后天|後天|あさって|今日中|本日中|今天|今晚)", text):
        ahead = {"明日": 1, "明天": 1, "今日中": 0, "本日中": 0, "今天": 0, "今晚": 0}.get(match[0], 2)
        yield match[0], _end(now.date() + timedelta(days=ahead), now)
    week = (
        r"(?:([月火水木金土日])曜日?|(?:本|这|這)?(?:周|週|星期|礼拜)([一二三四五六日天]))\s*(?:まで|に|前|之前|以前)"
    )
    for match in re.finditer(week, text):
        wanted = "月火水木金土日".index(match[1]) if match[1] else "一二三四五六日".index(match[2].replace("天", "日"))
        ahead = (wanted - now.weekday() - 1) % 7 + 1
        yield match[0], _end(now.date() + timedelta(days=ahead), now)


def _eastern_span(number: int, unit: str, now: datetime) -> datetime:
    if unit in {"時間", "小时", "小時"}:
        return now.astimezone(UTC) + timedelta(hours=number)
    if unit in {"営業日", "工作日"}:
        return _end(_working_day(now.date(), number), now)
    days = number * 7 if unit in {"週間", "周", "星期"} else number
    return _end(now.date() + timedelta(days=days), now)


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("promises.toml").read_text(encoding="utf-8"))


@cache
def _patterns(language: str) -> dict[str, re.Pattern[str]]:
    """The patterns of one language, from its words; the longest words first."""
    table = _tables()[language]

    def words(*names: str) -> str:
        every = {word for name in names for entry in table[name] for word in entry.split("|")}
        return "|".join(re.escape(word) for word in sorted(every, key=len, reverse=True))

    month, by = words("months"), words("by")
    year = r"(?:,?\s(?:de\s|del\s)?(?P<{}>20\d\d))?"
    named = (
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?\s(?:of\s|de\s)?(?P<month>{month})\b\.?{year.format('year')}"
        rf"|(?P<month2>{month})\.?\s(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b{year.format('year2')}"
        r"|(?P<first>\d{1,2})(?P<mark>[./])(?P<second>\d{1,2})\b(?:(?P=mark)(?P<year3>20\d\d|\d\d)\b)?"
    )
    weekday = words("weekdays")
    filler = r"(?:the\s|dem\s|den\s|le\s|el\s|il\s)?"
    sources = {
        "within": rf"\b(?:{words('within')})\s(?P<number>\d{{1,4}}|{words('numbers')})"
        rf"(?:\s?(?:-|–|to|bis|à|a)\s?\d{{1,3}})?\s(?P<unit>{words('hours', 'days', 'work', 'weeks')})\b",
        "date": rf"\b(?:{by})\s(?:(?:{weekday}),?\s)?{filler}(?:{named})",
        "weekday": rf"\b(?:{by})\s{filler}(?P<weekday>{weekday})\b",
    }
    for name in ("today", "tomorrow", "after", "weekend", "never"):
        sources[name] = rf"(?<!\w)(?:{words(name)})(?!\w)"
    return {name: re.compile(source) for name, source in sources.items()}
