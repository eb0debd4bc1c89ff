//! The words that every room shares: who writes, what comes in, what goes out.
//!
//! Platform-neutral by intent: a channel's parser turns its wire format into [`Item`]s, its renderer
//! turns [`OutgoingContent`] into API calls, and nothing between the two knows a platform.
//! The serialised forms of these types are stored; a changed field needs a migration note.

use serde::{Deserialize, Serialize};

use crate::channel::ChannelName;
use crate::time::UnixMillis;

/// Which conversation a message belongs to. One Durable Object exists per key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct ConversationKey {
    /// The platform.
    pub channel: ChannelName,
    /// Our account there, by its name in `lotse.toml` (`main`).
    pub account: String,
    /// The platform's stable id of the person ([`Contact::id`]).
    pub contact: String,
}

impl ConversationKey {
    /// The name of the conversation's object: `channel/account/contact`. The contact comes last, so
    /// that a slash in it cannot be mistaken for a boundary (channel and account never contain one).
    #[must_use]
    pub fn object_name(&self) -> String {
        format!("{}/{}/{}", self.channel, self.account, self.contact)
    }
}

/// The person on the other side, as far as the platform tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Contact {
    /// The platform's stable user id: a WhatsApp business-scoped user id or, where that is missing,
    /// the `wa_id`; a Telegram chat id.
    pub id: String,
    /// E.164 digits without the plus. WhatsApp may omit it since 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The name the person chose to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A platform user name, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The language of the person's app as a BCP 47 tag, where the platform says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// One thing that a platform told us about one conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The platform's name for our account (WhatsApp `phone_number_id`, Telegram
    /// `business_connection_id`), where the payload carries one.
    /// The edge compares it with `lotse.toml`; an unknown one becomes a dead letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_address: Option<String>,
    /// The key under which a repeated delivery is recognised, unique within the conversation:
    /// the provider's message id, with a prefix wherever one id can carry several events.
    pub event_id: String,
    /// When it happened, by the platform's clock; zero where the platform does not say (a button on
    /// Telegram), until [`Item::arrived_at`].
    pub at: UnixMillis,
    /// Who it is about.
    pub contact: Contact,
    /// What happened.
    pub event: Event,
}

impl Item {
    /// Puts the time of arrival where the platform did not say when it happened. The edge calls this
    /// on every item, so that the age of a message is known to all that follows.
    #[must_use]
    pub fn arrived_at(self, now: UnixMillis) -> Self {
        let at = if self.at == UnixMillis(0) { now } else { self.at };
        Self { at, ..self }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The person wrote. The only event that may be answered.
    Message {
        /// The provider's message id.
        message_id: String,
        /// What they sent.
        content: Content,
        /// The message it replies to, where given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<String>,
        /// Whether the text was forwarded from elsewhere.
        #[serde(default)]
        forwarded: bool,
    },
    /// The person changed a message.
    Edited {
        /// The message that changed.
        message_id: String,
        /// Its content now.
        content: Content,
    },
    /// The person took a message back; its text is to be removed.
    Revoked {
        /// The message that is gone.
        message_id: String,
    },
    /// The person reacted to a message; no emoji means the reaction was removed.
    Reaction {
        /// The message reacted to.
        message_id: String,
        /// The emoji.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emoji: Option<String>,
    },
    /// The platform reports what became of a message that we sent.
    Status {
        /// The provider's id of our message.
        message_id: String,
        /// How far it came.
        state: DeliveryState,
        /// Our own id, round-tripped by the platform, where it does that
        /// (see [`crate::channel::SendContext::callback`]).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        callback: Option<String>,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<PlatformError>,
    },
    /// A human answered this person in the platform's own app: the bot pauses.
    Echo {
        /// The provider's message id.
        message_id: String,
        /// What they wrote.
        content: Content,
    },
    /// The person's id changed; the history moves along.
    IdentityChanged {
        /// The person under the new id.
        new_contact: Contact,
    },
    /// Whether messages still reach the person (they blocked or unblocked us).
    Reachability {
        /// False after a block.
        reachable: bool,
    },
    /// The person said in the platform's own settings whether messages to many may reach them.
    BulkPreference {
        /// False after they stopped them.
        welcome: bool,
    },
    /// Understood, about this person, and without consequence.
    Notice {
        /// The platform's name for it.
        kind: String,
    },
}

/// What a person sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// The text, as written.
        body: String,
    },
    /// A press on a button or list row that we offered.
    Choice {
        /// The id we gave the choice.
        id: String,
        /// What stood on it.
        title: String,
        /// The platform's id of the press, where it wants a confirmation (Telegram).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        press_id: Option<String>,
    },
    /// A picture, recording, clip, file or sticker; its bytes stay at the platform.
    Media(Media),
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Where it is in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// Shared address-book cards.
    Contacts {
        /// The cards.
        contacts: Vec<SharedContact>,
    },
    /// A filled form (WhatsApp flow reply), as its JSON text.
    Form {
        /// The platform's name of the form.
        name: String,
        /// What the person saw as summary.
        body: String,
        /// The fields, as the JSON text that arrived.
        response_json: String,
    },
    /// Something a human has to look at elsewhere: an order, a poll, a type that is new.
    Unsupported {
        /// The platform's name for it.
        kind: String,
        /// What it says, as far as that can be read: the words and the items of an order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
}

/// A reference to media held by the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// The platform's id to download it by.
    pub id: String,
    /// MIME type, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The words under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The name of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// Kinds of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A clip, animation or round video note.
    Video,
    /// Music or another sound file.
    Audio,
    /// A recorded voice message.
    Voice,
    /// Any other file.
    Document,
    /// A sticker; like a reaction it opens no thread.
    Sticker,
}

/// One shared address-book card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct SharedContact {
    /// The name on the card.
    pub name: String,
    /// Its phone numbers.
    pub phones: Vec<String>,
}

/// How far a message of ours came. The order is the order of progress: a state only moves forward,
/// since platforms report out of order. What reached the device has not failed, whatever is said of it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The platform accepted it.
    Sent,
    /// It will not arrive.
    Failed,
    /// It reached the device.
    Delivered,
    /// It was opened.
    Read,
    /// A voice message was played.
    Played,
}

/// An error as the platform numbers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformError {
    /// The platform's code.
    pub code: i64,
    /// The platform's words, without personal data.
    pub detail: String,
}

/// What we send. One value is one message on the wire; [`crate::channel::Channel::fit`] makes any
/// content fit a platform before it is stored for sending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutgoingContent {
    /// Plain text.
    Text {
        /// The text.
        body: String,
    },
    /// Text with choices; rendered as buttons, a list or numbered text, as the platform allows.
    Choices {
        /// The text above.
        body: String,
        /// The choices, in order.
        choices: Vec<Choice>,
    },
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What is there.
        name: String,
        /// Where it is in words.
        address: String,
    },
    /// Media that the platform fetches from a public link.
    Media {
        /// What it is.
        kind: MediaKind,
        /// `https` link.
        link: String,
        /// The words under it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// The name of a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// A human's text under the platform's tag for humans, after its window has closed. Only
    /// [`crate::policy`] makes one, and only where [`crate::channel::ReplyRules`] has such a tag.
    HumanText {
        /// The text.
        body: String,
    },
    /// A template that the platform approved, after its window has closed. Only [`crate::policy`]
    /// makes one.
    Template {
        /// Its name at the platform.
        name: String,
        /// The platform's code of its language.
        language: String,
        /// The values of its numbered places, in order.
        parameters: Vec<String>,
        /// What the person reads.
        body: String,
    },
    /// Tells the person that their message was read. Never sent at intake: only once a human opened
    /// it or the bot truly answered.
    MarkRead {
        /// The provider's id of their message.
        message_id: String,
    },
    /// Confirms a button press, so that the button stops spinning (Telegram).
    ConfirmPress {
        /// [`Content::Choice::press_id`].
        press_id: String,
    },
}

impl OutgoingContent {
    /// The words that a person reads, where there are any.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        match self {
            Self::Text { body }
            | Self::Choices { body, .. }
            | Self::HumanText { body }
            | Self::Template { body, .. } => Some(body),
            Self::Media { caption, .. } => caption.as_deref(),
            Self::Location { .. } | Self::MarkRead { .. } | Self::ConfirmPress { .. } => None,
        }
    }

    /// Whether a person sees this as a message (against a signal such as a read tick).
    #[must_use]
    pub const fn is_message(&self) -> bool {
        !matches!(self, Self::MarkRead { .. } | Self::ConfirmPress { .. })
    }
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Choice {
    /// Comes back as [`Content::Choice::id`]; at most 64 bytes (Telegram's `callback_data`).
    pub id: String,
    /// What the person reads.
    pub title: String,
}
