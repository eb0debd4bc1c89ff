//! The shapes of an update, as far as lotse reads them. Ids exceed 32 bits and are `i64`.
//!
//! Members that are not named here are skipped, whatever they hold.
//! Source: <https://core.telegram.org/bots/api#update>.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::channel::wire::{Instant, Text, null_as_default};

/// An update; exactly one of its members is there. Those that are not named here concern nobody that
/// lotse talks to (channels, inline queries, payments, polls of others, boosts, join requests).
#[derive(Deserialize)]
pub(super) struct Update<'a> {
    pub update_id: i64,
    #[serde(borrow)]
    pub message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub edited_message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub business_message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub edited_business_message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub deleted_business_messages: Option<&'a RawValue>,
    #[serde(borrow)]
    pub message_reaction: Option<&'a RawValue>,
    #[serde(borrow)]
    pub callback_query: Option<&'a RawValue>,
    #[serde(borrow)]
    pub my_chat_member: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct User<'a> {
    pub id: i64,
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_bot: bool,
    #[serde(borrow)]
    pub language_code: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Chat<'a> {
    pub id: i64,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub first_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub last_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub username: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Message<'a> {
    pub message_id: i64,
    pub date: Instant,
    pub edit_date: Option<Instant>,
    #[serde(borrow)]
    pub chat: Chat<'a>,
    #[serde(borrow)]
    pub from: Option<User<'a>>,
    #[serde(borrow)]
    pub business_connection_id: Option<Text<'a>>,
    pub sender_business_bot: Option<IgnoredAny>,
    pub forward_origin: Option<IgnoredAny>,
    pub reply_to_message: Option<MessageId>,

    #[serde(borrow)]
    pub text: Option<Text<'a>>,
    #[serde(borrow)]
    pub caption: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub photo: Vec<Photo<'a>>,
    #[serde(borrow)]
    pub video: Option<File<'a>>,
    #[serde(borrow)]
    pub animation: Option<File<'a>>,
    #[serde(borrow)]
    pub video_note: Option<File<'a>>,
    #[serde(borrow)]
    pub audio: Option<File<'a>>,
    #[serde(borrow)]
    pub voice: Option<File<'a>>,
    #[serde(borrow)]
    pub document: Option<File<'a>>,
    #[serde(borrow)]
    pub sticker: Option<File<'a>>,
    #[serde(borrow)]
    pub venue: Option<Venue<'a>>,
    pub location: Option<Location>,
    #[serde(borrow)]
    pub contact: Option<Card<'a>>,
}

#[derive(Deserialize)]
pub(super) struct MessageId {
    pub message_id: i64,
}

#[derive(Deserialize)]
pub(super) struct Photo<'a> {
    #[serde(borrow)]
    pub file_id: Text<'a>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub width: u32,
    #[serde(default, deserialize_with = "null_as_default")]
    pub height: u32,
}

#[derive(Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    pub file_id: Text<'a>,
    #[serde(borrow)]
    pub mime_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub file_name: Option<Text<'a>>,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct Location {
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Deserialize)]
pub(super) struct Venue<'a> {
    pub location: Location,
    #[serde(borrow)]
    pub title: Option<Text<'a>>,
    #[serde(borrow)]
    pub address: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Card<'a> {
    #[serde(borrow)]
    pub phone_number: Text<'a>,
    #[serde(borrow)]
    pub first_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub last_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct DeletedMessages<'a> {
    #[serde(borrow)]
    pub business_connection_id: Text<'a>,
    #[serde(borrow)]
    pub chat: Chat<'a>,
    pub message_ids: Vec<i64>,
}

#[derive(Deserialize)]
pub(super) struct MessageReaction<'a> {
    #[serde(borrow)]
    pub chat: Chat<'a>,
    pub message_id: i64,
    pub date: Instant,
    #[serde(borrow)]
    pub user: Option<User<'a>>,
    #[serde(borrow)]
    pub new_reaction: Vec<Reaction<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Reaction<'a> {
    #[serde(borrow)]
    pub emoji: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct CallbackQuery<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub from: User<'a>,
    #[serde(borrow)]
    pub message: Option<PressedMessage<'a>>,
    #[serde(borrow)]
    pub data: Option<Text<'a>>,
}

/// The message of ours whose button was pressed; an old one has no keyboard any more.
#[derive(Deserialize)]
pub(super) struct PressedMessage<'a> {
    pub message_id: i64,
    #[serde(borrow)]
    pub chat: Chat<'a>,
    #[serde(borrow)]
    pub business_connection_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub reply_markup: Option<Keyboard<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Keyboard<'a> {
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub inline_keyboard: Vec<Vec<Button<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Button<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub callback_data: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ChatMemberUpdated<'a> {
    #[serde(borrow)]
    pub chat: Chat<'a>,
    #[serde(borrow)]
    pub from: User<'a>,
    pub date: Instant,
    #[serde(borrow)]
    pub new_chat_member: ChatMember<'a>,
}

#[derive(Deserialize)]
pub(super) struct ChatMember<'a> {
    #[serde(borrow)]
    pub status: Text<'a>,
}

/// The answer to a call.
#[derive(Deserialize)]
pub(super) struct Response<'a> {
    pub ok: bool,
    #[serde(borrow)]
    pub result: Option<&'a RawValue>,
    pub error_code: Option<i64>,
    #[serde(borrow)]
    pub description: Option<Text<'a>>,
    pub parameters: Option<ResponseParameters>,
}

#[derive(Deserialize)]
pub(super) struct ResponseParameters {
    pub retry_after: Option<i64>,
    pub migrate_to_chat_id: Option<i64>,
}
