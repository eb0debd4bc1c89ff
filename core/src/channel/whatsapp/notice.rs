//! What WhatsApp tells about an account of ours: ratings, restrictions, bans, and errors that concern no single message.
//!
//! Only words of the platform's documentation leave this room, whatever a notice holds besides.
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>, "field", and the pages of the
//! fields below <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference>.

use serde_json::Value;
use serde_json::value::RawValue;

use super::wire::{Change, ErrorBody};
use crate::channel::AccountNotice;

/// The kind of an error that stands where messages do.
const ERRORS: &str = "errors";
/// Its event, by code: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>.
const ERROR_EVENTS: &[(i64, &str)] = &[
    (368, "POLICY_VIOLATION"),
    (130_429, "RATE_LIMIT"),
    (131_031, "ACCOUNT_LOCKED"),
    (131_042, "PAYMENT_ISSUE"),
    (131_048, "SPAM_RATE_LIMIT"),
];
/// What [`AccountNotice::kind`] may be, besides [`ERRORS`] and [`AccountNotice::OTHER`]: fields of webhooks.
const KINDS: &[&str] = &[
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "business_capability_update",
    "business_status_update",
    "message_template_quality_update",
    "message_template_status_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
];
/// The member of a notice that says what happened, the most telling first.
const TELLING: &[&str] =
    &["/ban_info/waba_ban_state", "/event", "/decision", "/new_quality_score", "/alert_severity"];
/// What [`AccountNotice::event`] of a field may be, besides [`AccountNotice::OTHER`].
const EVENTS: &[&str] = &[
    "ACCOUNT_DELETED",
    "ACCOUNT_OFFBOARDED",
    "ACCOUNT_RECONNECTED",
    "ACCOUNT_RESTRICTION",
    "ACCOUNT_VIOLATION",
    "APPROVED",
    "CRITICAL",
    "DEFERRED",
    "DELETED",
    "DISABLE",
    "DISABLED",
    "DISABLED_UPDATE",
    "DOWNGRADE",
    "FLAGGED",
    "GREEN",
    "INFORMATIONAL",
    "ONBOARDING",
    "PAUSED",
    "PENDING",
    "PENDING_DELETION",
    "RED",
    "REINSTATE",
    "REINSTATED",
    "REJECTED",
    "SCHEDULE_FOR_DISABLE",
    "THROUGHPUT_UPGRADE",
    "UNFLAGGED",
    "UPGRADE",
    "VERIFIED_ACCOUNT",
    "WARNING",
    "YELLOW",
];

/// Reads a change of a field that is about the account.
pub(super) fn read_notice(change: &Change<'_>) -> AccountNotice {
    let value: Value = serde_json::from_str(change.value.get()).unwrap_or_default();
    let told = TELLING.iter().find_map(|member| value.pointer(member)?.as_str());
    AccountNotice { kind: known(KINDS, &change.field), event: known(EVENTS, told.unwrap_or_default()) }
}

/// Reads one of `errors[]`, beside the messages.
pub(super) fn read_error(raw: &RawValue) -> AccountNotice {
    let error: Option<ErrorBody<'_>> = serde_json::from_str(raw.get()).ok();
    let known = error.and_then(|error| ERROR_EVENTS.iter().find(|(code, _)| *code == error.code));
    AccountNotice { kind: ERRORS, event: known.map_or(AccountNotice::OTHER, |(_, event)| event) }
}

/// The word of ours that is the same: nothing that came in leaves.
fn known(words: &[&'static str], word: &str) -> &'static str {
    words.iter().find(|known| **known == word).copied().unwrap_or(AccountNotice::OTHER)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::parse::parse;
    use super::*;

    const OTHER: &str = AccountNotice::OTHER;

    fn read_one(field: &str, value: &Value) -> Vec<(&'static str, &'static str)> {
        let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
            {"field": field, "value": value},
        ]}]});
        let notices = parse(body.to_string().as_bytes()).notices;
        notices.into_iter().map(|AccountNotice { kind, event }| (kind, event)).collect()
    }

    #[test]
    fn a_notice_is_told_in_the_platforms_words_and_no_others() {
        let number = json!({"phone_number_id": "100000000000001"});
        let rows = [
            (
                "a rating that fell",
                "phone_number_quality_update",
                json!({"display_phone_number": "498900000", "event": "FLAGGED", "current_limit": "TIER_1K"}),
                vec![("phone_number_quality_update", "FLAGGED")],
            ),
            (
                "a ban",
                "account_update",
                json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}),
                vec![("account_update", "DISABLE")],
            ),
            (
                "a ban that is over",
                "account_update",
                json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}),
                vec![("account_update", "REINSTATE")],
            ),
            (
                "a restriction",
                "account_update",
                json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "X"}]}),
                vec![("account_update", "ACCOUNT_RESTRICTION")],
            ),
            (
                "a review",
                "account_review_update",
                json!({"decision": "REJECTED"}),
                vec![("account_review_update", "REJECTED")],
            ),
            (
                "a word that is new",
                "account_update",
                json!({"event": "Mia Sommer"}),
                vec![("account_update", OTHER)],
            ),
            ("a field that is new", "491701234567", Value::Null, vec![(OTHER, OTHER)]),
            ("messages", "messages", json!({"event": "FLAGGED", "metadata": number}), vec![]),
            (
                "errors where messages stand",
                "messages",
                json!({"metadata": number, "errors": [{"code": 131_031, "title": "Account locked"}, {"code": 7}, 7]}),
                vec![("errors", "ACCOUNT_LOCKED"), ("errors", OTHER), ("errors", OTHER)],
            ),
        ];
        for (name, field, value, expected) in rows {
            assert_eq!(read_one(field, &value), expected, "{name}");
        }
    }
}
