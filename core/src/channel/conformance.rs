//! The suite that every channel has to pass. A new channel adds its line to [`sample`] and its figures
//! to [`limits`]; the compiler asks for both.
//!
//! | file | fact |
//! |---|---|
//! | `proof` | only what the platform proved gets in |
//! | `inbound` | nothing that came in is lost, and nothing makes the parser fall over |
//! | `outbound`, `limits` | what goes out is within the platform's limits, and no word is missing |

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{ChannelName, Secrets};

mod inbound;
mod limits;
mod outbound;
mod proof;

/// Secrets by name, as the edge has them.
pub(super) struct TestSecrets<'a>(pub &'a [(&'a str, &'a [&'a str])]);

impl Secrets for TestSecrets<'_> {
    fn get(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(key, _)| *key == name).flat_map(|(_, values)| values.iter());
        values.copied().filter(|value| !value.is_empty()).collect()
    }
}

/// How a platform proves itself.
pub(super) struct Sample {
    /// The secret that verifies.
    pub secret_name: &'static str,
    /// The header with the proof.
    pub header: &'static str,
    /// The value of the header for a body and a secret.
    pub prove: fn(&[u8], &str) -> String,
    /// Whether the proof covers the body, or is a bearer token.
    pub covers_body: bool,
}

/// How the platform of this channel proves itself.
pub(super) fn sample(channel: ChannelName) -> Sample {
    match channel {
        ChannelName::Whatsapp => Sample {
            secret_name: "APP_SECRET",
            header: "X-Hub-Signature-256",
            prove: |body, secret| format!("sha256={}", hmac_sha256_hex(secret, body)),
            covers_body: true,
        },
        ChannelName::Telegram => Sample {
            secret_name: "SECRET_TOKEN",
            header: "X-Telegram-Bot-Api-Secret-Token",
            prove: |_, secret| secret.to_owned(),
            covers_body: false,
        },
    }
}

fn hmac_sha256_hex(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key may have any length");
    hex::encode(mac.chain_update(body).finalize().into_bytes())
}
