//! What the channels of Meta (WhatsApp, Messenger, Instagram) share: the handshake and the signature.
//!
//! The signature covers the raw bytes. They are never read and written again before the check: Meta
//! signs an escaped form of the text, and a round trip would turn `\u00e4` into `ä` and break exactly
//! the messages that are not ASCII.
//!
//! Sources: <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>,
//! <https://developers.facebook.com/docs/messenger-platform/webhooks#validate-payloads>.

use super::{Rejection, Unverified, signature};

/// The header that carries the signature.
pub(crate) const SIGNATURE_HEADER: &str = "X-Hub-Signature-256";

/// The longest challenge that is echoed, in bytes.
const MAX_CHALLENGE_BYTES: usize = 256;

/// Checks `X-Hub-Signature-256: sha256=<64 lower-case hex digits>` against each app secret.
///
/// # Errors
/// As [`signature::check_hmac_sha256_hex`], and those of [`Unverified::single_header`].
pub(crate) fn check_signature(request: &Unverified<'_>, app_secrets: &[&str]) -> Result<(), Rejection> {
    signature::require_secret(app_secrets)?;
    let header = request.single_header(SIGNATURE_HEADER)?;
    let digest = header.strip_prefix("sha256=").ok_or(Rejection::MalformedSignature)?;
    signature::check_hmac_sha256_hex(app_secrets, request.body(), digest)
}

/// Answers `GET ?hub.mode=subscribe&hub.challenge=…&hub.verify_token=…` with the challenge.
///
/// Only a challenge of letters, digits, `-` and `_` is echoed, so that the endpoint is no reflector.
///
/// # Errors
/// [`Rejection::HandshakeMismatch`] for whatever is not right, a parameter given twice included.
pub(crate) fn handshake(query: &str, verify_tokens: &[&str]) -> Result<String, Rejection> {
    let parameter = |name: &str| only_parameter(query, name).ok_or(Rejection::HandshakeMismatch);
    let mode = parameter("hub.mode")?;
    let token = parameter("hub.verify_token")?;
    let challenge = parameter("hub.challenge")?;
    let token_matches = signature::check_token(verify_tokens, &token).is_ok();
    if token_matches && mode == "subscribe" && is_harmless(&challenge) {
        Ok(challenge)
    } else {
        Err(Rejection::HandshakeMismatch)
    }
}

fn is_harmless(challenge: &str) -> bool {
    (1..=MAX_CHALLENGE_BYTES).contains(&challenge.len())
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The decoded value of a query parameter that is given exactly once.
fn only_parameter(query: &str, name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let (_, value) = values.next()?;
    values.next().is_none().then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_is_answered_whatever_the_order_and_escaping() {
        let table = [
            (
                "as documented",
                "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=geheim%20%26%20neu",
            ),
            ("other order", "hub.verify_token=geheim+%26+neu&hub.challenge=1158201444&hub.mode=subscribe"),
            (
                "escaped names",
                "hub%2Emode=subscribe&hub%2echallenge=1158201444&hub.verify_token=geheim+%26+neu",
            ),
            (
                "more than needed",
                "x&y=%zz&hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=geheim+%26+neu",
            ),
        ];
        for (name, query) in table {
            assert_eq!(handshake(query, &["alt", "geheim & neu"]).as_deref(), Ok("1158201444"), "{name}");
        }
    }

    #[test]
    fn a_handshake_with_anything_wrong_is_turned_away() {
        let long = format!("hub.mode=subscribe&hub.verify_token=t&hub.challenge={}", "a".repeat(257));
        let table = [
            ("empty", ""),
            ("wrong token", "hub.mode=subscribe&hub.challenge=1&hub.verify_token=u"),
            ("empty token", "hub.mode=subscribe&hub.challenge=1&hub.verify_token="),
            ("no token", "hub.mode=subscribe&hub.challenge=1"),
            ("wrong mode", "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=t"),
            ("no mode", "hub.challenge=1&hub.verify_token=t"),
            ("token twice", "hub.mode=subscribe&hub.challenge=1&hub.verify_token=t&hub.verify_token=t"),
            ("empty challenge", "hub.mode=subscribe&hub.challenge=&hub.verify_token=t"),
            ("challenge is markup", "hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=t"),
            ("challenge is not ASCII", "hub.mode=subscribe&hub.challenge=%C3%A4&hub.verify_token=t"),
            ("broken escape", "hub.mode=subscribe&hub.challenge=1%2&hub.verify_token=t"),
            ("signed escape", "hub.mode=subscribe&hub.challenge=%+1&hub.verify_token=t"),
            ("challenge too long", &long),
        ];
        for (name, query) in table {
            assert_eq!(handshake(query, &["t"]), Err(Rejection::HandshakeMismatch), "{name}");
        }
    }

    #[test]
    fn a_handshake_without_a_token_of_our_own_is_turned_away() {
        let query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=";
        assert_eq!(handshake(query, &[]), Err(Rejection::HandshakeMismatch));
        assert_eq!(handshake(query, &[""]), Err(Rejection::HandshakeMismatch));
    }
}
