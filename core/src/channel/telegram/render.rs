//! From content to calls of the Bot API. Text is sent without a parse mode, so that nothing in it
//! is markup.
//!
//! Source: <https://core.telegram.org/bots/api#available-methods>.

use serde::Serialize;

use super::verify::BOT_TOKEN;
use crate::channel::fit::{Limits, Tier};
use crate::channel::{ApiCall, ReplyRules, SendContext};
use crate::message::{Choice, MediaKind, OutgoingContent};

/// What the platform takes. <https://core.telegram.org/bots/api#sendmessage>,
/// <https://core.telegram.org/bots/api#inlinekeyboardbutton>. The platform sets no limit to buttons;
/// these are what a narrow phone shows of one, and what a person can survey.
pub(super) const LIMITS: Limits = Limits {
    text: 4096,
    tiers: &[Tier { max_choices: 10, max_title: 40, max_body: 4096 }],
    choice_id_bytes: 64,
    caption: 1024,
    captioned: &[MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Voice, MediaKind::Document],
    rules: ReplyRules::Always,
};

/// The call that sends `content`. Without a bot token the platform does not find the path and answers
/// so, which reads as not authorised.
pub(super) fn render(content: &OutgoingContent, context: &SendContext<'_>) -> Option<ApiCall> {
    let (method, body) = match content {
        OutgoingContent::ConfirmPress { press_id } => {
            ("answerCallbackQuery", serde_json::to_vec(&Confirmation { callback_query_id: press_id }))
        }
        OutgoingContent::MarkRead { message_id } => ("readBusinessMessage", read_tick(message_id, context)?),
        message => {
            let (method, body) = message_body(message)?;
            (method, serde_json::to_vec(&envelope(body, context)))
        }
    };
    let tokens = context.secrets.get(BOT_TOKEN);
    Some(ApiCall {
        url: format!("{}/bot{}/{method}", context.api_base, tokens.first().copied().unwrap_or_default()),
        authorization: None,
        content_type: "application/json",
        body: body.ok()?,
    })
}

/// Only a business account has read ticks.
fn read_tick(message_id: &str, context: &SendContext<'_>) -> Option<serde_json::Result<Vec<u8>>> {
    let tick = ReadTick {
        business_connection_id: business_connection(context)?,
        chat_id: ChatId::from(context.to.id.as_str()),
        message_id: message_id.parse().ok()?,
    };
    Some(serde_json::to_vec(&tick))
}

/// The account's address where it is a business connection; a bot has none, or its number.
fn business_connection<'c>(context: &SendContext<'c>) -> Option<&'c str> {
    Some(context.account_address).filter(|address| !address.bytes().all(|byte| byte.is_ascii_digit()))
}

fn envelope<'c>(body: Body<'c>, context: &SendContext<'c>) -> Envelope<'c> {
    // A press has an id of ours that is no message; there is nothing to quote then.
    let quoted = context.reply_to.and_then(|message_id| message_id.parse().ok());
    Envelope {
        business_connection_id: business_connection(context),
        chat_id: ChatId::from(context.to.id.as_str()),
        reply_parameters: quoted.map(|message_id| Quote { message_id, allow_sending_without_reply: true }),
        body,
    }
}

/// The method and its own parameters.
fn message_body(content: &OutgoingContent) -> Option<(&'static str, Body<'_>)> {
    Some(match content {
        // `fit` makes plain text of what this platform has no other word for.
        OutgoingContent::Text { body }
        | OutgoingContent::HumanText { body }
        | OutgoingContent::Template { body, .. } => ("sendMessage", text(body, None)),
        OutgoingContent::Choices { body, choices } => ("sendMessage", text(body, Some(keyboard(choices)))),
        OutgoingContent::Location { latitude, longitude, name, address } => {
            let (latitude, longitude) = (*latitude, *longitude);
            let title = if name.is_empty() { address } else { name };
            if title.is_empty() {
                ("sendLocation", Body::Location { latitude, longitude })
            } else {
                let address = if address.is_empty() { title } else { address };
                ("sendVenue", Body::Venue { latitude, longitude, title, address })
            }
        }
        OutgoingContent::Media { kind, link, caption, .. } => media(*kind, link, caption.as_deref()),
        OutgoingContent::MarkRead { .. } | OutgoingContent::ConfirmPress { .. } => return None,
    })
}

fn text<'c>(text: &'c str, reply_markup: Option<Keyboard<'c>>) -> Body<'c> {
    Body::Text { text, link_preview_options: LinkPreview { is_disabled: true }, reply_markup }
}

fn media<'c>(kind: MediaKind, link: &'c str, caption: Option<&'c str>) -> (&'static str, Body<'c>) {
    match kind {
        MediaKind::Image => ("sendPhoto", Body::Photo { photo: link, caption }),
        MediaKind::Video => ("sendVideo", Body::Video { video: link, caption }),
        MediaKind::Audio => ("sendAudio", Body::Audio { audio: link, caption }),
        MediaKind::Voice => ("sendVoice", Body::Voice { voice: link, caption }),
        MediaKind::Document => ("sendDocument", Body::Document { document: link, caption }),
        MediaKind::Sticker => ("sendSticker", Body::Sticker { sticker: link }),
    }
}

fn keyboard(choices: &[Choice]) -> Keyboard<'_> {
    let row = |choice| [Button::from(choice)];
    Keyboard { inline_keyboard: choices.iter().map(row).collect() }
}

#[derive(Serialize)]
struct Confirmation<'c> {
    callback_query_id: &'c str,
}

#[derive(Serialize)]
struct ReadTick<'c> {
    business_connection_id: &'c str,
    chat_id: ChatId<'c>,
    message_id: i64,
}

#[derive(Serialize)]
struct Envelope<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    business_connection_id: Option<&'c str>,
    chat_id: ChatId<'c>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_parameters: Option<Quote>,
    #[serde(flatten)]
    body: Body<'c>,
}

/// A chat: its number, or what else the contact's id is.
#[derive(Serialize)]
#[serde(untagged)]
enum ChatId<'c> {
    Number(i64),
    Other(&'c str),
}

impl<'c> From<&'c str> for ChatId<'c> {
    fn from(id: &'c str) -> Self {
        id.parse().map_or(Self::Other(id), Self::Number)
    }
}

#[derive(Serialize)]
struct Quote {
    message_id: i64,
    allow_sending_without_reply: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'c> {
    Text {
        text: &'c str,
        link_preview_options: LinkPreview,
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Keyboard<'c>>,
    },
    Venue {
        latitude: f64,
        longitude: f64,
        title: &'c str,
        address: &'c str,
    },
    Location {
        latitude: f64,
        longitude: f64,
    },
    Photo {
        photo: &'c str,
        #[serde(skip_serializing_if = "Option::is_none")]
        caption: Option<&'c str>,
    },
    Video {
        video: &'c str,
        #[serde(skip_serializing_if = "Option::is_none")]
        caption: Option<&'c str>,
    },
    Audio {
        audio: &'c str,
        #[serde(skip_serializing_if = "Option::is_none")]
        caption: Option<&'c str>,
    },
    Voice {
        voice: &'c str,
        #[serde(skip_serializing_if = "Option::is_none")]
        caption: Option<&'c str>,
    },
    Document {
        document: &'c str,
        #[serde(skip_serializing_if = "Option::is_none")]
        caption: Option<&'c str>,
    },
    Sticker {
        sticker: &'c str,
    },
}

#[derive(Serialize)]
struct LinkPreview {
    is_disabled: bool,
}

#[derive(Serialize)]
struct Keyboard<'c> {
    inline_keyboard: Vec<[Button<'c>; 1]>,
}

#[derive(Serialize)]
struct Button<'c> {
    text: &'c str,
    callback_data: &'c str,
}

impl<'c> From<&'c Choice> for Button<'c> {
    fn from(choice: &'c Choice) -> Self {
        Self { text: &choice.title, callback_data: &choice.id }
    }
}
