"""Names others rely on (DESIGN 4, Slack): metadata types, action ids, callback ids, block ids. Pure."""

from __future__ import annotations

COMMAND = "/helpdesk"

TICKET, ESCALATION, REVIEW = "helpdesk_ticket", "helpdesk_escalation", "helpdesk_review"
FEEDBACK, DIGEST, NOTE = "helpdesk_feedback", "helpdesk_digest", "helpdesk_note"

#: Buttons of a ticket card; the value is the ticket's number.
ACKNOWLEDGE, ASSIGN, REPLY = "ticket_acknowledge", "ticket_assign", "ticket_reply"
NO_RESPONSE, RESOLVE, SNOOZE = "ticket_no_response", "ticket_resolve", "ticket_snooze"
NOT_A_BUYER, REOPEN = "ticket_not_a_buyer", "ticket_reopen"
TOPIC = "ticket_topic"
#: Buttons that only show: everything the buyer wrote, and one ticket out of a list.
MORE, SHOW = "ticket_more", "ticket_show"
#: Buttons that change a ticket at once, and what they ask of the desk.
DIRECT = {
    ACKNOWLEDGE: "acknowledge",
    NO_RESPONSE: "no_response",
    RESOLVE: "resolve",
    NOT_A_BUYER: "not_a_buyer",
    REOPEN: "reopen",
}

REVIEW_RESCUE, REVIEW_LEAVE = "review_rescue", "review_leave"
FEEDBACK_APPROVE, FEEDBACK_EDIT = "feedback_approve", "feedback_edit"
FEEDBACK_SUBMITTED, FEEDBACK_DISMISS = "feedback_submitted", "feedback_dismiss"
FEEDBACK_SOLVED = "feedback_solved"
FEEDBACK_REMOVED, FEEDBACK_STRUCK, FEEDBACK_REFUSED = "feedback_removed", "feedback_struck", "feedback_refused"

REPLY_FORM, CALL_FORM, FEEDBACK_FORM = "ticket_reply_form", "call_form", "feedback_form"
TOPIC_FORM = "ticket_topic_form"
ASSIGN_FORM, SNOOZE_FORM, MORE_VIEW = "ticket_assign_form", "ticket_snooze_form", "ticket_more_view"
CALL_BACK_FORM = "call_back_form"
REPLY_PREVIEW, ATTACHMENT = "reply_preview", "ticket_attachment"
LOG_CALL, MARK_NOT_A_BUYER = "log_call", "not_a_buyer"
