//! One folder per platform: how its webhooks are verified and parsed, how messages to it are
//! rendered, and what its errors mean.
//!
//! Adding a channel touches its own folder and one line of `channels!` below. Nothing here performs
//! I/O: the edge hands in the raw request and carries out the [`ApiCall`]s.
//!
//! The order verify → parse is enforced by types: [`Channel::parse`] takes only [`Verified`], whose
//! field is private to this module, and only [`verify`] makes one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::message::{Contact, Item, OutgoingContent};
use crate::pacing::SendLimits;
use crate::time::UnixMillis;

#[cfg(test)]
mod conformance;
mod error_table;
mod fit;
mod meta;
pub mod signature;
pub mod telegram;
pub mod whatsapp;
mod wire;

pub use error_table::without_personal_data;

/// Registers channels: one line each. Makes [`ChannelName`] and its way to the [`Channel`].
macro_rules! channels {
    ($($variant:ident = $name:literal => $channel:expr;)+) => {
        /// The platforms this build speaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ChannelName {
            $(#[doc = $name] $variant,)+
        }

        impl ChannelName {
            /// Every channel, in order of registration.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in URLs, settings and storage: lower case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The platform behind the name.
            #[must_use]
            pub fn channel(self) -> &'static dyn Channel {
                match self { $(Self::$variant => &$channel,)+ }
            }
        }
    };
}

channels! {
    Whatsapp = "whatsapp" => whatsapp::Whatsapp;
    Telegram = "telegram" => telegram::Telegram;
}

impl fmt::Display for ChannelName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// No channel of this build has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown channel {0:?}")]
pub struct UnknownChannel(pub String);

impl FromStr for ChannelName {
    type Err = UnknownChannel;

    fn from_str(name: &str) -> Result<Self, UnknownChannel> {
        Self::ALL
            .iter()
            .copied()
            .find(|channel| channel.as_str() == name)
            .ok_or_else(|| UnknownChannel(name.to_owned()))
    }
}

/// A messenger platform.
pub trait Channel: Sync {
    /// The secrets of one account, by the last part of their name in the environment
    /// (`APP_SECRET` of `WHATSAPP_MAIN_APP_SECRET`).
    fn secrets(&self) -> &'static [SecretName];

    /// The address of the platform's API in production; settings override it (`WHATSAPP_API_BASE`).
    fn default_api_base(&self) -> &'static str;

    /// Answers the platform's `GET` handshake. `query` is the raw query string without `?`.
    ///
    /// # Errors
    /// [`Rejection::NoHandshake`] where the platform has none, [`Rejection::HandshakeMismatch`]
    /// where mode or token are wrong or no token is set.
    fn handshake(&self, query: &str, secrets: &dyn Secrets) -> Result<String, Rejection>;

    /// Checks that the platform sent exactly these bytes. Called through [`verify`] only.
    ///
    /// # Errors
    /// Every way in which the proof is absent or wrong; an empty or missing secret closes the door.
    fn check(&self, request: &Unverified<'_>, secrets: &dyn Secrets) -> Result<(), Rejection>;

    /// The items in a verified body, in the order in which they stand there. One bad item never
    /// loses the others: it is set aside, and so is a body that cannot be read at all.
    fn parse(&self, request: &Verified<'_>) -> Parsed;

    /// Makes content fit the platform's limits: what is too long or too many degrades to numbered
    /// text or to several messages, in order, never to an error at send time. Never empty.
    fn fit(&self, content: OutgoingContent) -> Vec<OutgoingContent>;

    /// The API call that sends one message; `None` where the platform has no such thing
    /// (a read tick on Telegram). Content must have come out of [`Channel::fit`].
    fn render(&self, content: &OutgoingContent, context: &SendContext<'_>) -> Option<ApiCall>;

    /// What the platform's answer to an [`ApiCall`] means.
    fn read_response(&self, status: u16, body: &[u8]) -> Result<Sent, SendError>;

    /// What an error code of the platform asks for: the same code may arrive in the answer to a send
    /// and, later, in a status ([`crate::message::PlatformError::code`]).
    fn error_kind(&self, code: i64) -> SendErrorKind;

    /// What may still be sent to a person, and how long after their last message.
    fn reply_rules(&self) -> ReplyRules;

    /// Whether the platform reports what became of a send with our own id in it, so that a send
    /// with an unknown outcome can be settled by evidence.
    fn gives_send_evidence(&self) -> bool;

    /// How fast one account may send, and one person be written to.
    fn send_limits(&self) -> SendLimits;
}

/// What a platform takes from us, and when. [`crate::policy`] decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyRules {
    /// Free text at any time, to whoever wrote once.
    Always,
    /// Free text for some time after each message of the person.
    Window {
        /// For how long, in milliseconds.
        free_text_millis: i64,
        /// For how long, in milliseconds, counted from the same message, a human may write under the
        /// platform's tag for humans; `None` where it has none.
        human_tag_millis: Option<i64>,
        /// Whether there are approved templates for the time after.
        templates: bool,
    },
}

impl ReplyRules {
    /// Whether there are approved templates.
    #[must_use]
    pub const fn has_templates(self) -> bool {
        matches!(self, Self::Window { templates: true, .. })
    }

    /// Whether there is a tag for humans.
    #[must_use]
    pub const fn has_human_tag(self) -> bool {
        matches!(self, Self::Window { human_tag_millis: Some(_), .. })
    }

    /// For how long after a person's message free text may be sent, in milliseconds; `None` for ever.
    #[must_use]
    pub const fn free_text_millis(self) -> Option<i64> {
        match self {
            Self::Always => None,
            Self::Window { free_text_millis, .. } => Some(free_text_millis),
        }
    }
}

/// A secret of an account: its name in the environment and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretName {
    /// `APP_SECRET`
    pub name: &'static str,
    /// One sentence for operators: what it is and where to find it.
    pub purpose: &'static str,
    /// Whether webhooks cannot be verified without it.
    pub verifies: bool,
}

/// The secrets of one account. Each may have several values while it is rotated.
pub trait Secrets {
    /// The non-empty values of a secret, newest first; empty when it is not set.
    fn get(&self, name: &str) -> Vec<&str>;
}

/// A webhook as it arrived: nobody has vouched for it yet.
pub struct Unverified<'a> {
    headers: &'a dyn Headers,
    body: &'a [u8],
}

impl<'a> Unverified<'a> {
    /// Wraps the raw request.
    #[must_use]
    pub fn new(headers: &'a dyn Headers, body: &'a [u8]) -> Self {
        Self { headers, body }
    }

    /// The only value of a header.
    ///
    /// # Errors
    /// [`Rejection::MissingSignature`] without one, [`Rejection::SeveralSignatures`] for a header
    /// given twice (which arrives joined by `, `).
    pub fn single_header(&self, name: &str) -> Result<String, Rejection> {
        let value =
            self.headers.get(name).filter(|value| !value.is_empty()).ok_or(Rejection::MissingSignature)?;
        if value.contains(',') { Err(Rejection::SeveralSignatures) } else { Ok(value) }
    }

    /// The raw bytes.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// Header look-up, case-insensitive by name; a repeated header is joined by `, ` as browsers and
/// runtimes do.
pub trait Headers {
    /// The value of a header.
    fn get(&self, name: &str) -> Option<String>;
}

impl Headers for &[(&str, &str)] {
    fn get(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// A webhook whose sender proved to be the platform.
pub struct Verified<'a> {
    body: &'a [u8],
}

impl<'a> Verified<'a> {
    /// The raw bytes.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Bytes that were verified when they arrived and lay in lotse's own storage since
    /// (a dead letter that is replayed). For no other use.
    #[must_use]
    pub const fn from_storage(body: &'a [u8]) -> Self {
        Self { body }
    }
}

/// Lets the channel check the request and turns it into a [`Verified`] one.
///
/// # Errors
/// As [`Channel::check`].
#[expect(clippy::needless_pass_by_value, reason = "an unverified request is used up")]
pub fn verify<'a>(
    channel: &dyn Channel,
    request: Unverified<'a>,
    secrets: &dyn Secrets,
) -> Result<Verified<'a>, Rejection> {
    channel.check(&request, secrets)?;
    Ok(Verified { body: request.body })
}

/// Why a webhook was turned away. The answer to the sender is the same constant for all that
/// concern the proof; the variant goes to the log and the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejection {
    /// The secret that would verify it is not set.
    #[error("no secret is set")]
    NoSecret,
    /// The header with the proof is absent or empty.
    #[error("the signature header is missing")]
    MissingSignature,
    /// The header came more than once.
    #[error("there are several signature headers")]
    SeveralSignatures,
    /// The proof is not in the platform's format.
    #[error("the signature is malformed")]
    MalformedSignature,
    /// The proof does not match.
    #[error("the signature does not match")]
    WrongSignature,
    /// Mode or token of a handshake are wrong.
    #[error("the handshake does not match")]
    HandshakeMismatch,
    /// The platform has no handshake.
    #[error("this channel has no handshake")]
    NoHandshake,
}

impl Rejection {
    /// The name for logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::MissingSignature => "missing_signature",
            Self::SeveralSignatures => "several_signatures",
            Self::MalformedSignature => "malformed_signature",
            Self::WrongSignature => "wrong_signature",
            Self::HandshakeMismatch => "handshake_mismatch",
            Self::NoHandshake => "no_handshake",
        }
    }

    /// The HTTP status for the sender.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::NoSecret
            | Self::MissingSignature
            | Self::SeveralSignatures
            | Self::MalformedSignature
            | Self::WrongSignature => 401,
            Self::HandshakeMismatch => 403,
            Self::NoHandshake => 405,
        }
    }
}

/// What a verified body held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// What is to take effect, in the order of the payload.
    pub items: Vec<Item>,
    /// What could not be understood, to become dead letters.
    pub set_aside: Vec<SetAside>,
    /// What the platform tells about our account.
    pub notices: Vec<AccountNotice>,
    /// How many events were understood and concern nobody here, such as what is said in groups.
    pub passed_over: usize,
}

/// What a platform tells about an account of ours: a rating that fell, a restriction, a ban.
///
/// Nobody waits for an answer to it, so it takes effect nowhere; operators are to see it. Its words are constants out of
/// the platform's documentation: nothing else that a notice holds gets into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountNotice {
    /// What it is about, or [`Self::OTHER`].
    pub kind: &'static str,
    /// What happened, in the platform's own word, or [`Self::OTHER`].
    pub event: &'static str,
}

impl AccountNotice {
    /// A kind or an event that this version does not know.
    pub const OTHER: &str = "other";
}

/// A piece of a verified body that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Why, as a short constant without personal data.
    pub reason: SetAsideReason,
    /// The piece: the smallest JSON value that holds the trouble, wrapped so that it can be parsed
    /// again by [`Channel::parse`], or the whole body where it is not JSON.
    pub raw: Vec<u8>,
}

/// Why a piece was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SetAsideReason {
    /// The body is not JSON, or not an envelope of this platform.
    #[error("the body cannot be read")]
    UnreadableBody,
    /// An item lacks what every such item has, or has it in the wrong shape.
    #[error("an item cannot be read")]
    UnreadableItem,
    /// The item belongs to a number or page that is not configured.
    #[error("the number or page is not configured")]
    UnknownAccount,
}

impl SetAsideReason {
    /// The name for logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnreadableBody => "unreadable_body",
            Self::UnreadableItem => "unreadable_item",
            Self::UnknownAccount => "unknown_account",
        }
    }
}

/// What a renderer needs beside the content.
pub struct SendContext<'a> {
    /// The platform's API, without a trailing slash.
    pub api_base: &'a str,
    /// Our account's address there: WhatsApp's `phone_number_id`; on Telegram the
    /// `business_connection_id` of a business account, and for a plain bot nothing or its number.
    pub account_address: &'a str,
    /// The person.
    pub to: &'a Contact,
    /// The account's secrets.
    pub secrets: &'a dyn Secrets,
    /// Our id of this send, at most 256 bytes of ASCII; platforms that can carry it
    /// (`biz_opaque_callback_data`) return it in [`crate::message::Event::Status`].
    pub callback: &'a str,
    /// The provider's id of the message this one answers, where it is to be quoted.
    pub reply_to: Option<&'a str>,
}

/// An HTTP POST to make. `Debug` shows neither address nor credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiCall {
    /// Where to; may contain a secret (Telegram).
    pub url: String,
    /// The `Authorization` header, where the platform wants one.
    pub authorization: Option<String>,
    /// The `Content-Type` header.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for ApiCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ApiCall").field("body_bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// The platform took a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its id there; `None` for signals that have none.
    pub message_id: Option<String>,
}

/// The platform did not take a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{} (code {code:?}): {detail}", kind.name())]
pub struct SendError {
    /// What to do about it.
    pub kind: SendErrorKind,
    /// The platform's code.
    pub code: Option<i64>,
    /// The platform's words, shortened, for the agent and the log; carries no personal data.
    pub detail: String,
}

/// What a failed send asks for. Closed on purpose: every code of every platform maps to one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendErrorKind {
    /// Temporary trouble: try again with growing pauses.
    Transient,
    /// The account sends too fast: wait, for `wait_secs` where the platform says so.
    Throttled {
        /// Seconds to wait.
        wait_secs: Option<u32>,
    },
    /// This person was written to too fast: hold this recipient only.
    RecipientThrottled,
    /// The platform asks for a pause of at least a day for this recipient.
    WaitADay,
    /// The account must not send for now (spam rating, payment, registration): pause it and alert.
    PauseAccount,
    /// The credentials are refused: pause the account and alert.
    Unauthorized,
    /// The reply window is closed: a template, or a human.
    WindowClosed,
    /// The person cannot be reached by this account (blocked it, has no app).
    Unreachable,
    /// The chat lives on under another id: send there.
    Moved {
        /// The new id.
        contact_id: String,
    },
    /// The platform could not fetch or take the media: once more, then a human.
    MediaTrouble,
    /// The message itself is refused: no retry can help.
    Refused,
}

impl SendErrorKind {
    /// The name for logs and metrics; carries no personal data.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Throttled { .. } => "throttled",
            Self::RecipientThrottled => "recipient_throttled",
            Self::WaitADay => "wait_a_day",
            Self::PauseAccount => "pause_account",
            Self::Unauthorized => "unauthorized",
            Self::WindowClosed => "window_closed",
            Self::Unreachable => "unreachable",
            Self::Moved { .. } => "moved",
            Self::MediaTrouble => "media_trouble",
            Self::Refused => "refused",
        }
    }

    /// How often a message is tried at most that fails like this, without anyone stepping in; `None` where only its time
    /// is limited.
    #[must_use]
    pub const fn most_attempts(&self) -> Option<u32> {
        match self {
            Self::Transient
            | Self::Throttled { .. }
            | Self::RecipientThrottled
            | Self::WaitADay
            | Self::PauseAccount
            | Self::Unauthorized
            | Self::Moved { .. } => None,
            Self::MediaTrouble => Some(2),
            Self::WindowClosed | Self::Unreachable | Self::Refused => Some(1),
        }
    }
}

/// The instant a platform gave in seconds or, by mistake, in milliseconds: values past the year 5000
/// in seconds are taken as milliseconds.
#[must_use]
pub const fn instant_from_platform(value: i64) -> UnixMillis {
    const YEAR_5000_SECS: i64 = 95_617_584_000;
    if value > YEAR_5000_SECS { UnixMillis(value) } else { UnixMillis::from_secs(value) }
}
