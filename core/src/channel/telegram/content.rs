//! What a message holds.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::wire::{Card, Location, Message, Photo};
use crate::channel::wire::{Text, non_empty, owned};
use crate::message::{Content, Media, MediaKind, SharedContact};

/// Members of a message that tell of something that happened to the chat: nobody has to answer.
const SERVICE_MEMBERS: &[&str] = &[
    "boost_added",
    "channel_chat_created",
    "chat_background_set",
    "chat_owner_changed",
    "chat_owner_left",
    "chat_shared",
    "checklist_tasks_added",
    "checklist_tasks_done",
    "connected_website",
    "delete_chat_photo",
    "direct_message_price_changed",
    "forum_topic_closed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "gift",
    "gift_upgrade_sent",
    "giveaway_completed",
    "giveaway_created",
    "group_chat_created",
    "left_chat_member",
    "message_auto_delete_timer_changed",
    "migrate_from_chat_id",
    "migrate_to_chat_id",
    "new_chat_members",
    "new_chat_photo",
    "new_chat_title",
    "paid_message_price_changed",
    "pinned_message",
    "proximity_alert_triggered",
    "refunded_payment",
    "suggested_post_approval_failed",
    "suggested_post_approved",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "successful_payment",
    "supergroup_chat_created",
    "unique_gift",
    "users_shared",
    "video_chat_ended",
    "video_chat_participants_invited",
    "video_chat_scheduled",
    "video_chat_started",
    "write_access_allowed",
];

/// Members of a message that a human has to look at.
const OTHER_KINDS: &[&str] = &[
    "checklist",
    "dice",
    "game",
    "giveaway",
    "giveaway_winners",
    "invoice",
    "paid_media",
    "passport_data",
    "poll",
    "story",
    "web_app_data",
];

/// What a message turns out to be.
pub(super) enum Kind {
    /// Something the person sent.
    Content(Content),
    /// A service message, by the name of its member.
    Service(&'static str),
}

/// The content of a message; `raw` is asked only where none of the usual members is there.
pub(super) fn kind_of(message: &Message<'_>, raw: &RawValue) -> Kind {
    usual_content(message).map_or_else(|| other_kind(raw), Kind::Content)
}

/// A venue also comes as `location`, for old bots: the more telling member goes first.
fn usual_content(message: &Message<'_>) -> Option<Content> {
    if let Some(text) = &message.text {
        return Some(Content::Text { body: text.to_string() });
    }
    if let Some(media) = media(message) {
        return Some(Content::Media(media));
    }
    if let Some(venue) = &message.venue {
        let (name, address) = (owned(&venue.title), owned(&venue.address));
        let Location { latitude, longitude } = venue.location;
        return Some(Content::Location { latitude, longitude, name, address });
    }
    if let Some(Location { latitude, longitude }) = message.location {
        return Some(Content::Location { latitude, longitude, name: None, address: None });
    }
    message.contact.as_ref().map(|card| Content::Contacts { contacts: vec![shared_contact(card)] })
}

/// An animation also comes as `document`, for old bots: it goes first.
fn media(message: &Message<'_>) -> Option<Media> {
    let caption = owned(&message.caption);
    let size = |photo: &&Photo<'_>| u64::from(photo.width) * u64::from(photo.height);
    if let Some(photo) = message.photo.iter().max_by_key(size) {
        let id = photo.file_id.to_string();
        return Some(Media { kind: MediaKind::Image, id, mime_type: None, caption, filename: None });
    }
    let files = [
        (MediaKind::Video, &message.animation),
        (MediaKind::Video, &message.video),
        (MediaKind::Video, &message.video_note),
        (MediaKind::Audio, &message.audio),
        (MediaKind::Voice, &message.voice),
        (MediaKind::Document, &message.document),
        (MediaKind::Sticker, &message.sticker),
    ];
    let (kind, file) = files.into_iter().find_map(|(kind, file)| Some((kind, file.as_ref()?)))?;
    Some(Media {
        kind,
        id: file.file_id.to_string(),
        mime_type: owned(&file.mime_type),
        caption,
        filename: owned(&file.file_name),
    })
}

fn shared_contact(card: &Card<'_>) -> SharedContact {
    SharedContact {
        name: full_name(&card.first_name, &card.last_name).unwrap_or_default(),
        phones: vec![card.phone_number.to_string()],
    }
}

/// First and last name, as far as given.
pub(super) fn full_name(first: &Option<Text<'_>>, last: &Option<Text<'_>>) -> Option<String> {
    let names: Vec<&str> = [non_empty(first), non_empty(last)].into_iter().flatten().collect();
    (!names.is_empty()).then(|| names.join(" "))
}

fn other_kind(raw: &RawValue) -> Kind {
    let members: BTreeMap<String, IgnoredAny> = serde_json::from_str(raw.get()).unwrap_or_default();
    let present =
        |names: &'static [&'static str]| names.iter().copied().find(|name| members.contains_key(*name));
    if let Some(member) = present(SERVICE_MEMBERS) {
        return Kind::Service(member);
    }
    let kind = present(OTHER_KINDS).unwrap_or("unknown").to_owned();
    Kind::Content(Content::Unsupported { kind, words: None })
}
