//! Proof that a webhook comes from Meta: the handshake and the signature over the raw bytes.

use crate::channel::{Rejection, SecretName, Secrets, Unverified, meta};

const APP_SECRET: &str = "APP_SECRET";
const VERIFY_TOKEN: &str = "VERIFY_TOKEN";

/// The name of the secret that sends.
pub(super) const ACCESS_TOKEN: &str = "ACCESS_TOKEN";

/// The secrets of an account.
pub(super) const SECRETS: &[SecretName] = &[
    SecretName {
        name: APP_SECRET,
        purpose: "Signs every webhook. In the Meta app dashboard under App settings, Basic, App secret.",
        verifies: true,
    },
    SecretName {
        name: VERIFY_TOKEN,
        purpose: "A word of your own choice, entered in the dashboard where the webhook address is set.",
        verifies: false,
    },
    SecretName {
        name: ACCESS_TOKEN,
        purpose: "Sends messages. A permanent token of a system user with whatsapp_business_messaging.",
        verifies: false,
    },
];

pub(super) fn handshake(query: &str, secrets: &dyn Secrets) -> Result<String, Rejection> {
    meta::handshake(query, &secrets.get(VERIFY_TOKEN))
}

pub(super) fn check(request: &Unverified<'_>, secrets: &dyn Secrets) -> Result<(), Rejection> {
    meta::check_signature(request, &secrets.get(APP_SECRET))
}
