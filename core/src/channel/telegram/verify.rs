//! Proof that a webhook comes from Telegram: a token of our own choice, given to `setWebhook`.
//!
//! Nothing is signed. Source: <https://core.telegram.org/bots/api#setwebhook>.

use crate::channel::{Rejection, SecretName, Secrets, Unverified, signature};

const HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";
const SECRET_TOKEN: &str = "SECRET_TOKEN";

/// The longest token that `setWebhook` takes, in bytes.
const MAX_TOKEN_BYTES: usize = 256;

/// The name of the secret that sends.
pub(super) const BOT_TOKEN: &str = "BOT_TOKEN";

/// The secrets of an account.
pub(super) const SECRETS: &[SecretName] = &[
    SecretName {
        name: SECRET_TOKEN,
        purpose: "Comes with every update. 1 to 256 of A-Z a-z 0-9 _ -, your own choice, given to setWebhook.",
        verifies: true,
    },
    SecretName { name: BOT_TOKEN, purpose: "Sends messages. From @BotFather.", verifies: false },
];

pub(super) fn check(request: &Unverified<'_>, secrets: &dyn Secrets) -> Result<(), Rejection> {
    let expected = secrets.get(SECRET_TOKEN);
    signature::require_secret(&expected)?;
    let token = request.single_header(HEADER)?;
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if token.len() > MAX_TOKEN_BYTES || !token.bytes().all(is_token_byte) {
        return Err(Rejection::MalformedSignature);
    }
    signature::check_token(&expected, &token)
}
