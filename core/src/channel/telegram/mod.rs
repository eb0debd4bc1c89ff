//! Telegram Bot API.
//!
//! | file | purpose |
//! |---|---|
//! | `verify` | the secret token that comes with every update |
//! | `wire` | the shapes of an update, as far as lotse reads them |
//! | `parse` | one update to items |
//! | `content` | what a message holds |
//! | `render` | limits and API calls |
//! | `errors` | what an error asks for |
//! | `limits` | how fast messages may leave |
//!
//! Only private chats are answered; groups, channels, inline queries and payments are counted as
//! notices. A business account that a bot is connected to is an account of its own, whose address is
//! the `business_connection_id`.
//! Source: <https://core.telegram.org/bots/api>.

use super::{
    ApiCall, Channel, Parsed, Rejection, ReplyRules, SecretName, Secrets, SendContext, SendError,
    SendErrorKind, Sent, Unverified, Verified, fit,
};
use crate::message::OutgoingContent;
use crate::pacing::SendLimits;

mod content;
mod errors;
mod limits;
mod parse;
mod render;
mod verify;
mod wire;

/// Telegram Bot API.
#[derive(Clone, Copy, Debug)]
pub struct Telegram;

impl Channel for Telegram {
    fn secrets(&self) -> &'static [SecretName] {
        verify::SECRETS
    }

    fn default_api_base(&self) -> &'static str {
        "https://api.telegram.org"
    }

    fn handshake(&self, _query: &str, _secrets: &dyn Secrets) -> Result<String, Rejection> {
        Err(Rejection::NoHandshake)
    }

    fn check(&self, request: &Unverified<'_>, secrets: &dyn Secrets) -> Result<(), Rejection> {
        verify::check(request, secrets)
    }

    fn parse(&self, request: &Verified<'_>) -> Parsed {
        parse::parse(request.body())
    }

    fn fit(&self, content: OutgoingContent) -> Vec<OutgoingContent> {
        fit::fit(content, &render::LIMITS)
    }

    fn render(&self, content: &OutgoingContent, context: &SendContext<'_>) -> Option<ApiCall> {
        render::render(content, context)
    }

    fn read_response(&self, status: u16, body: &[u8]) -> Result<Sent, SendError> {
        errors::read_response(status, body)
    }

    fn error_kind(&self, code: i64) -> SendErrorKind {
        errors::kind(code)
    }

    fn reply_rules(&self) -> ReplyRules {
        render::LIMITS.rules
    }

    fn gives_send_evidence(&self) -> bool {
        false
    }

    fn send_limits(&self) -> SendLimits {
        limits::SEND_LIMITS
    }
}
