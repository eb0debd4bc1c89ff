//! How the platforms prove that a webhook is theirs. Written for this side of the wire on purpose:
//! nothing is shared with the verifier under test.

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::config::Channel;

/// Something done wrong with a signature on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tamper {
    /// One bit of the body changes after it was signed.
    Body,
    /// The proof has one wrong character.
    Signature,
    /// There is no proof.
    Missing,
    /// The header comes twice.
    Double,
    /// Signed with another secret.
    WrongSecret,
    /// Signed with the empty secret.
    EmptySecret,
}

/// The value of `X-Hub-Signature-256`: `sha256=` and the lower-case hex HMAC-SHA256 of the raw body.
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>
#[must_use]
pub fn hub_signature(secret: &str, body: &[u8]) -> String {
    // HMAC takes keys of any length, the empty one included, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// The proof headers of a webhook, and the body as it goes out.
pub(crate) fn signed(
    channel: Channel,
    secret: &str,
    mut body: Vec<u8>,
    tamper: Option<Tamper>,
) -> (Vec<(&'static str, String)>, Vec<u8>) {
    let secret = match tamper {
        Some(Tamper::WrongSecret) => "not-the-secret",
        Some(Tamper::EmptySecret) => "",
        _ => secret,
    };
    let (name, mut proof) = match channel {
        Channel::Whatsapp => ("x-hub-signature-256", hub_signature(secret, &body)),
        Channel::Telegram => ("x-telegram-bot-api-secret-token", secret.to_owned()),
    };
    let mut headers = Vec::new();
    match tamper {
        Some(Tamper::Body) => flip_one_bit(&mut body),
        Some(Tamper::Signature) => {
            let last = proof.pop();
            proof.push(if last == Some('0') { '1' } else { '0' });
        }
        Some(Tamper::Double) => headers.push((name, proof.clone())),
        _ => {}
    }
    if tamper != Some(Tamper::Missing) {
        headers.push((name, proof));
    }
    (headers, body)
}

/// Changes the lowest bit of the middle byte.
fn flip_one_bit(body: &mut [u8]) {
    let middle = body.len() / 2;
    if let Some(byte) = body.get_mut(middle) {
        *byte ^= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hub_signature_agrees_with_known_answers() {
        let escaped = r#"{"text":"\u00e4\u00f6\u00e5 50\u0025 \u003C3 \/"}"#;
        for (name, body, expected) in [
            ("plain", "hello world", "f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17"),
            (
                "other body",
                "hello world2",
                "60905fdf409d0b4f721e99f6f25b31567a68a6b45e933d814e17a246be4c5a53",
            ),
            ("escaped unicode", escaped, "cfc7024827b4ada05913e63d79e21d4b2b334988c9bcda8a6b662a9cc4472e8c"),
            (
                "decoded unicode",
                r#"{"text":"äöå 50% <3 /"}"#,
                "d6c5f2fa9617644200c300d39fdb36db64b0bf752e7a0b93cd69e01e8dd86f2d",
            ),
        ] {
            assert_eq!(hub_signature("sesame", body.as_bytes()), format!("sha256={expected}"), "{name}");
        }
    }

    #[test]
    fn every_way_to_tamper_spoils_the_proof_and_nothing_else() {
        let body = b"{\"a\":1}".to_vec();
        let good = hub_signature("secret", &body);
        let run = |tamper| signed(Channel::Whatsapp, "secret", body.clone(), tamper);

        assert_eq!(run(None), (vec![("x-hub-signature-256", good.clone())], body.clone()));
        let (headers, changed) = run(Some(Tamper::Body));
        assert_eq!(headers[0].1, good);
        assert_eq!(changed.iter().zip(&body).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>(), 1);
        let (headers, same) = run(Some(Tamper::Signature));
        assert_ne!(headers[0].1, good);
        assert_eq!((headers[0].1.len(), same), (good.len(), body.clone()));
        assert!(run(Some(Tamper::Missing)).0.is_empty());
        assert_eq!(run(Some(Tamper::Double)).0.len(), 2);
        assert_ne!(run(Some(Tamper::WrongSecret)).0[0].1, good);
        assert_eq!(run(Some(Tamper::EmptySecret)).0[0].1, hub_signature("", &body));
    }

    #[test]
    fn telegram_shows_its_token() {
        let (headers, _) = signed(Channel::Telegram, "token", b"{}".to_vec(), None);
        assert_eq!(headers, [("x-telegram-bot-api-secret-token", "token".to_owned())]);
    }
}
