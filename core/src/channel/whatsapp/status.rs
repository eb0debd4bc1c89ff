//! What became of a message of ours.

use serde_json::value::RawValue;

use super::errors;
use super::parse::{Read, Unreadable};
use super::people::{contact, is_business_scoped};
use super::wire::Status;
use crate::channel::wire::{non_empty, owned};
use crate::message::{DeliveryState, Event, Item};

/// Reads one of `statuses[]`. The recipient may be missing altogether; then the contact has no id
/// and only the callback says whose message it was.
pub(super) fn read_status(raw: &RawValue) -> Read {
    let Ok(status) = serde_json::from_str::<Status<'_>>(raw.get()) else {
        return Err(Unreadable);
    };
    let state = match &*status.status {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        "read" => DeliveryState::Read,
        "played" => DeliveryState::Played,
        "failed" => DeliveryState::Failed,
        // "deleted" and "warning" of old, and whatever comes next: it changes nothing for us.
        _ => return Ok(None),
    };
    if non_empty(&status.recipient_type) == Some("group") {
        return Ok(None);
    }
    let (mut phone, mut user) = (non_empty(&status.recipient_id), non_empty(&status.recipient_user_id));
    if user.is_none() && phone.is_some_and(is_business_scoped) {
        user = phone.take();
    }
    Ok(Some(Item {
        account_address: None,
        event_id: format!("status:{}:{}", &*status.id, &*status.status),
        at: status.timestamp.0,
        contact: contact(phone, user).unwrap_or_default(),
        event: Event::Status {
            state,
            error: status.errors.first().map(errors::platform_error),
            message_id: status.id.to_string(),
            callback: owned(&status.biz_opaque_callback_data),
        },
    }))
}
