"""What Slack's refusals mean: try again or not, may the message stand there, what must a person do. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk.errors import SlackError

#: Slack's own troubles: they pass.
PASSING = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "timeout"}
RATE = {"ratelimited", "rate_limited", "message_limit_exceeded"}

#: What a person at the workspace mends; afterwards the same call works. code → remedy.
MENDABLE = {
    "invalid_auth": "the bot token is wrong: copy it again from the app's OAuth page into [slack].bot_token",
    "not_authed": "the bot token is missing: set [slack].bot_token",
    "account_inactive": "the app was removed from the workspace: install it again",
    "token_revoked": "the bot token was revoked: install the app again and copy the new one",
    "token_expired": "the bot token has expired: install the app again and copy the new one",
    "missing_scope": "install the app again with manifest.json, which asks for the scope",
    "channel_not_found": "create the channel, or invite the bot if it is private: /invite @helpdesk",
    "not_in_channel": "invite the bot to the channel: /invite @helpdesk",
    "is_archived": "unarchive the channel, or name another in [slack]",
    "restricted_action": "a workspace setting forbids the bot to post there: ask an owner",
    "ekm_access_denied": "the workspace's owners have suspended access",
    "not_allowed_token_type": "that is a token of another kind: bot_token begins with xoxb-, app_token with xapp-",
    "org_login_required": "the workspace is being moved: wait for the migration to end",
}


def meaning(
    method: str, status: int, code: str, headers: Mapping[str, str], *, needed: str = "", writes: bool = False
) -> SlackError:
    """The error for an answer that is not ok. `writes`: a lost answer may have left something there."""
    if status == 429 or code in RATE:
        wait = _seconds(headers.get("Retry-After") or headers.get("retry-after") or "")
        return SlackError(f"Slack asks to wait {wait:g} s before {method}", retry_after=wait, code="ratelimited")
    if status >= 500 or code in PASSING or (not code and status != 200):
        return SlackError(f"Slack failed at {method} (HTTP {status} {code})".rstrip(), unknown=writes, code=code)
    remedy = MENDABLE.get(code, "")
    scope = f" ({needed})" if needed else ""
    return SlackError(
        f"Slack refused {method}: {code}{scope}" + (f": {remedy}" if remedy else ""), permanent=True, code=code
    )


def _seconds(value: str) -> float:
    try:
        return min(3600.0, max(0.0, float(value)))
    except ValueError:
        return 1.0
