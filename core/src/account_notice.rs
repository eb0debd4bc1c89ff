//! What a platform tells about an account of ours: a rating that fell, a restriction, a ban.
//!
//! Nobody waits for an answer to it, so it takes effect nowhere; operators are to see it. Only words of the platform's
//! documentation leave this room, whatever a notice holds besides.
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>, "field", and the pages of the
//! fields below <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference>.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::channel::ChannelName;

/// A field or an event that this version does not know.
pub const OTHER: &str = "other";
/// Fields that are about people; beside these, errors of the account may stand.
const OF_PEOPLE: &[&str] = &["messages", "smb_message_echoes", "user_preferences"];
/// The kind of such an error.
const ERRORS: &str = "errors";
/// Its event, by code: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>.
const ERROR_EVENTS: &[(i64, &str)] = &[
    (368, "POLICY_VIOLATION"),
    (130_429, "RATE_LIMIT"),
    (131_031, "ACCOUNT_LOCKED"),
    (131_042, "PAYMENT_ISSUE"),
    (131_048, "SPAM_RATE_LIMIT"),
];
/// What [`AccountNotice::kind`] may be, besides [`ERRORS`] and [`OTHER`]: fields of WhatsApp's webhooks.
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
/// What [`AccountNotice::event`] of a field may be, besides [`OTHER`].
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

/// What a platform tells about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountNotice {
    /// What it is about: the field of the webhook, `errors`, or [`OTHER`].
    pub kind: &'static str,
    /// What happened, in the platform's own word, or [`OTHER`].
    pub event: &'static str,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    changes: Vec<Change<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    field: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

#[derive(Deserialize)]
struct OfPeople {
    #[serde(default)]
    errors: Vec<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: i64,
}

/// The notices in a verified body; none where it cannot be read, which the channel's own parser deals with.
#[must_use]
pub fn read(channel: ChannelName, body: &[u8]) -> Vec<AccountNotice> {
    if channel != ChannelName::Whatsapp {
        return Vec::new();
    }
    let Ok(Envelope { entry }) = serde_json::from_slice(body) else { return Vec::new() };
    entry.iter().flat_map(|entry| &entry.changes).flat_map(notices).collect()
}

fn notices(change: &Change<'_>) -> Vec<AccountNotice> {
    if OF_PEOPLE.contains(&&*change.field) {
        let errors = serde_json::from_str::<OfPeople>(change.value.get()).map(|value| value.errors);
        return errors.unwrap_or_default().iter().map(error).collect();
    }
    let value: Value = serde_json::from_str(change.value.get()).unwrap_or_default();
    let told = TELLING.iter().find_map(|member| value.pointer(member)?.as_str());
    vec![AccountNotice { kind: known(KINDS, &change.field), event: known(EVENTS, told.unwrap_or_default()) }]
}

fn error(failure: &Failure) -> AccountNotice {
    let event = ERROR_EVENTS.iter().find(|(code, _)| *code == failure.code).map_or(OTHER, |(_, event)| event);
    AccountNotice { kind: ERRORS, event }
}

/// The word of ours that is the same: nothing that came in leaves.
fn known(words: &[&'static str], word: &str) -> &'static str {
    words.iter().find(|known| **known == word).copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_one(field: &str, value: &Value) -> Vec<(&'static str, &'static str)> {
        let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
            {"field": field, "value": value},
        ]}]});
        let notices = read(ChannelName::Whatsapp, body.to_string().as_bytes());
        notices.into_iter().map(|AccountNotice { kind, event }| (kind, event)).collect()
    }

    #[test]
    fn a_notice_is_told_in_the_platforms_words_and_no_others() {
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
            ("messages", "messages", json!({"event": "FLAGGED"}), vec![]),
            (
                "errors where messages stand",
                "messages",
                json!({"errors": [{"code": 131_031, "title": "Account locked"}, {"code": 7}]}),
                vec![("errors", "ACCOUNT_LOCKED"), ("errors", OTHER)],
            ),
        ];
        for (name, field, value, expected) in rows {
            assert_eq!(read_one(field, &value), expected, "{name}");
        }
    }

    #[test]
    fn what_is_no_notice_is_none() {
        let account_notice =
            json!({"entry": [{"changes": [{"field": "account_update", "value": {}}]}]}).to_string();
        let rows = [
            ("no JSON", ChannelName::Whatsapp, "not JSON"),
            ("another form", ChannelName::Whatsapp, r#"{"entry": 7}"#),
            ("another platform", ChannelName::Telegram, account_notice.as_str()),
        ];
        for (name, channel, body) in rows {
            assert_eq!(read(channel, body.as_bytes()), [], "{name}");
        }
    }
}
