//! The shapes of a WhatsApp webhook, as far as lotse reads them.
//!
//! The levels above the items stay raw JSON, so that each item is read, and may fail, by itself.
//! Members that are not named here are skipped, whatever they hold.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::channel::wire::{Instant, Text, null_as_default};

/// [`Envelope::object`] of this platform.
pub(super) const OBJECT: &str = "whatsapp_business_account";

#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub object: Text<'a>,
    #[serde(borrow)]
    pub entry: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub changes: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub field: Text<'a>,
    #[serde(borrow)]
    pub value: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct Value<'a> {
    #[serde(borrow)]
    pub metadata: &'a RawValue,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub contacts: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub messages: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub message_echoes: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub statuses: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub user_preferences: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub errors: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub phone_number_id: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Card<'a> {
    #[serde(borrow)]
    pub profile: Option<Profile<'a>>,
    #[serde(borrow)]
    pub wa_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub user_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Profile<'a> {
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    #[serde(borrow)]
    pub username: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Preference<'a> {
    #[serde(borrow)]
    pub wa_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub user_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub category: Text<'a>,
    #[serde(borrow)]
    pub value: Text<'a>,
    pub timestamp: Instant,
}

/// A message of the person, or an echo of one that a human sent from the Business app. Which of the
/// bodies is there depends on `kind`.
#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub timestamp: Option<Instant>,
    #[serde(borrow, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub from: Option<Text<'a>>,
    #[serde(borrow)]
    pub from_user_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub to: Option<Text<'a>>,
    #[serde(borrow)]
    pub to_user_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub group_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub context: Option<Context<'a>>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub errors: Vec<IgnoredAny>,

    #[serde(borrow)]
    pub text: Option<TextBody<'a>>,
    #[serde(borrow)]
    pub image: Option<MediaBody<'a>>,
    #[serde(borrow)]
    pub video: Option<MediaBody<'a>>,
    #[serde(borrow)]
    pub audio: Option<MediaBody<'a>>,
    #[serde(borrow)]
    pub document: Option<MediaBody<'a>>,
    #[serde(borrow)]
    pub sticker: Option<MediaBody<'a>>,
    #[serde(borrow)]
    pub location: Option<LocationBody<'a>>,
    #[serde(borrow)]
    pub contacts: Option<Vec<ContactBody<'a>>>,
    #[serde(borrow)]
    pub reaction: Option<ReactionBody<'a>>,
    #[serde(borrow)]
    pub interactive: Option<InteractiveBody<'a>>,
    #[serde(borrow)]
    pub button: Option<ButtonBody<'a>>,
    #[serde(borrow)]
    pub system: Option<SystemBody<'a>>,
    #[serde(borrow)]
    pub edit: Option<EditBody<'a>>,
    #[serde(borrow)]
    pub revoke: Option<RevokeBody<'a>>,
    #[serde(borrow)]
    pub unsupported: Option<UnsupportedBody<'a>>,
    #[serde(borrow)]
    pub order: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Context<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub forwarded: Option<bool>,
    pub frequently_forwarded: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct TextBody<'a> {
    #[serde(borrow)]
    pub body: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct MediaBody<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub mime_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub caption: Option<Text<'a>>,
    #[serde(borrow)]
    pub filename: Option<Text<'a>>,
    pub voice: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct LocationBody<'a> {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    #[serde(borrow)]
    pub address: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ContactBody<'a> {
    #[serde(borrow)]
    pub name: Option<ContactName<'a>>,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub phones: Vec<ContactPhone<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ContactName<'a> {
    #[serde(borrow)]
    pub formatted_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ContactPhone<'a> {
    #[serde(borrow)]
    pub phone: Option<Text<'a>>,
    #[serde(borrow)]
    pub wa_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ReactionBody<'a> {
    #[serde(borrow)]
    pub message_id: Text<'a>,
    #[serde(borrow)]
    pub emoji: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct InteractiveBody<'a> {
    #[serde(borrow)]
    pub button_reply: Option<Reply<'a>>,
    #[serde(borrow)]
    pub list_reply: Option<Reply<'a>>,
    #[serde(borrow)]
    pub nfm_reply: Option<FormReply<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Reply<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub title: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct FormReply<'a> {
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    #[serde(borrow)]
    pub body: Option<Text<'a>>,
    #[serde(borrow)]
    pub response_json: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct ButtonBody<'a> {
    #[serde(borrow)]
    pub payload: Option<Text<'a>>,
    #[serde(borrow)]
    pub text: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct SystemBody<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub body: Option<Text<'a>>,
    #[serde(borrow)]
    pub wa_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub user_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub previous_user_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct EditBody<'a> {
    #[serde(borrow)]
    pub original_message_id: Text<'a>,
    #[serde(borrow)]
    pub message: Box<Message<'a>>,
}

#[derive(Deserialize)]
pub(super) struct RevokeBody<'a> {
    #[serde(borrow)]
    pub original_message_id: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct UnsupportedBody<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Option<Text<'a>>,
}

/// An order; whatever of it cannot be read is left out.
#[derive(Deserialize)]
pub(super) struct OrderBody<'a> {
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub product_items: Vec<ProductItem<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ProductItem<'a> {
    #[serde(borrow)]
    pub product_retailer_id: Option<Text<'a>>,
    pub quantity: Option<serde_json::Number>,
    pub item_price: Option<serde_json::Number>,
    #[serde(borrow)]
    pub currency: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Status<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub status: Text<'a>,
    pub timestamp: Instant,
    #[serde(borrow)]
    pub recipient_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub recipient_user_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub recipient_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub biz_opaque_callback_data: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub errors: Vec<ErrorBody<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ErrorBody<'a> {
    pub code: i64,
    #[serde(borrow)]
    pub title: Option<Text<'a>>,
    #[serde(borrow)]
    pub message: Option<Text<'a>>,
}

/// The answer to a send.
#[derive(Deserialize)]
pub(super) struct Response<'a> {
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub messages: Vec<SentMessage<'a>>,
    #[serde(borrow)]
    pub error: Option<ErrorBody<'a>>,
}

#[derive(Deserialize)]
pub(super) struct SentMessage<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
}
