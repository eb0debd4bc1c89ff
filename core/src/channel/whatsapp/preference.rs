//! What a person chose under "Offers and announcements" in WhatsApp: whether messages may come that they did not ask for.
//!
//! It concerns those only: whoever stops them is still answered. Source:
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences>.

use serde_json::value::RawValue;

use super::parse::{Read, Unreadable};
use super::people::People;
use super::wire::Preference;
use crate::message::{Event, Item};

/// Reads one of `user_preferences[]`.
pub(super) fn read_preference(raw: &RawValue, people: &People<'_, '_>) -> Read {
    let preference: Preference<'_> = serde_json::from_str(raw.get()).map_err(|_| Unreadable)?;
    let welcome = match (&*preference.category, &*preference.value) {
        ("marketing_messages", "resume") => true,
        ("marketing_messages", "stop") => false,
        // There is no other yet; what it would mean for us is not known.
        _ => return Ok(None),
    };
    let at = preference.timestamp.0;
    Ok(Some(Item {
        account_address: None,
        // It comes without an id of its own.
        event_id: format!("preference:{}:{}", &*preference.value, at.0),
        at,
        contact: people.identify(&preference.wa_id, &preference.user_id).ok_or(Unreadable)?,
        event: Event::BulkPreference { welcome },
    }))
}
