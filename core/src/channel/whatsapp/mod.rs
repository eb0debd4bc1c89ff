//! WhatsApp Cloud API.
//!
//! | file | purpose |
//! |---|---|
//! | `verify` | handshake and signature |
//! | `wire` | the shapes of the payload, as far as lotse reads them |
//! | `parse` | walks the envelope, item by item, and sets aside what cannot be read |
//! | `people` | who an item is about |
//! | `message`, `status`, `preference` | one item each |
//! | `notice` | what is told about the account |
//! | `render` | limits and API calls |
//! | `errors` | the table of error codes |
//! | `limits` | how fast messages may leave |
//!
//! Out of scope: calls, flows as such, groups (passed over, never answered).
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api>.

use super::{
    ApiCall, Channel, Parsed, Rejection, ReplyRules, SecretName, Secrets, SendContext, SendError,
    SendErrorKind, Sent, Unverified, Verified, fit,
};
use crate::message::OutgoingContent;
use crate::pacing::SendLimits;

mod errors;
mod limits;
mod message;
mod notice;
mod parse;
mod people;
mod preference;
mod render;
mod status;
mod verify;
mod wire;

/// WhatsApp Cloud API.
#[derive(Clone, Copy, Debug)]
pub struct Whatsapp;

impl Channel for Whatsapp {
    fn secrets(&self) -> &'static [SecretName] {
        verify::SECRETS
    }

    fn default_api_base(&self) -> &'static str {
        "https://graph.facebook.com/v25.0"
    }

    fn handshake(&self, query: &str, secrets: &dyn Secrets) -> Result<String, Rejection> {
        verify::handshake(query, secrets)
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
        true
    }

    fn send_limits(&self) -> SendLimits {
        limits::SEND_LIMITS
    }
}
