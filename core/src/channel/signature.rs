//! Proofs that several platforms share, compared in constant time.
//!
//! Every function tries all given secrets and fails closed: no secret, no entry. HMAC would accept
//! an empty key, so empty secrets are refused here, whatever the caller filtered.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Rejection;

/// Fails where no secret is set, before anything of the request is looked at.
///
/// # Errors
/// [`Rejection::NoSecret`] unless at least one secret is not empty.
pub fn require_secret(secrets: &[&str]) -> Result<(), Rejection> {
    if secrets.iter().all(|secret| secret.is_empty()) { Err(Rejection::NoSecret) } else { Ok(()) }
}

/// Checks a lower-case hex HMAC-SHA256 over raw bytes against each secret.
///
/// # Errors
/// [`Rejection::NoSecret`], [`Rejection::MalformedSignature`] for anything but 64 lower-case hex
/// digits, [`Rejection::WrongSignature`].
pub fn check_hmac_sha256_hex(secrets: &[&str], body: &[u8], hex_digest: &str) -> Result<(), Rejection> {
    require_secret(secrets)?;
    if hex_digest.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(Rejection::MalformedSignature);
    }
    let mut digest = [0_u8; 32];
    hex::decode_to_slice(hex_digest, &mut digest).map_err(|_| Rejection::MalformedSignature)?;
    let signs = |secret: &&str| {
        Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&digest).is_ok())
    };
    accept(secrets.iter().filter(|secret| !secret.is_empty()).any(signs))
}

/// Checks a bearer token against each secret. Both sides are hashed first, so that neither content
/// nor length shows in the time taken.
///
/// # Errors
/// [`Rejection::NoSecret`], [`Rejection::WrongSignature`].
pub fn check_token(secrets: &[&str], token: &str) -> Result<(), Rejection> {
    require_secret(secrets)?;
    let given = Sha256::digest(token.as_bytes());
    let equals = |secret: &&str| bool::from(Sha256::digest(secret.as_bytes()).ct_eq(&given));
    accept(secrets.iter().filter(|secret| !secret.is_empty()).any(equals))
}

fn accept(matches: bool) -> Result<(), Rejection> {
    if matches { Ok(()) } else { Err(Rejection::WrongSignature) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The escaped form is what Meta signs and sends; the decoded form is what a JSON round trip
    /// would make of it. The first two rows are from the tests of nyaruka/courier
    /// (`handlers/meta/facebook_test.go`), the others were computed with OpenSSL.
    const KNOWN: [(&str, &str); 4] = [
        ("hello world", "f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17"),
        ("hello world2", "60905fdf409d0b4f721e99f6f25b31567a68a6b45e933d814e17a246be4c5a53"),
        (
            r#"{"text":"\u00e4\u00f6\u00e5 50\u0025 \u003C3 \/"}"#,
            "cfc7024827b4ada05913e63d79e21d4b2b334988c9bcda8a6b662a9cc4472e8c",
        ),
        (r#"{"text":"äöå 50% <3 /"}"#, "d6c5f2fa9617644200c300d39fdb36db64b0bf752e7a0b93cd69e01e8dd86f2d"),
    ];

    #[test]
    fn known_signatures_are_accepted() {
        for (body, digest) in KNOWN {
            assert_eq!(check_hmac_sha256_hex(&["sesame"], body.as_bytes(), digest), Ok(()), "{body}");
        }
    }

    #[test]
    fn a_signature_is_valid_for_its_own_bytes_only() {
        for (index, (body, _)) in KNOWN.iter().enumerate() {
            for (_, digest) in
                KNOWN.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, row)| row)
            {
                let outcome = check_hmac_sha256_hex(&["sesame"], body.as_bytes(), digest);
                assert_eq!(outcome, Err(Rejection::WrongSignature), "{body}");
            }
        }
    }

    #[test]
    fn a_malformed_digest_is_told_apart_from_a_wrong_one() {
        let (body, digest) = KNOWN[0];
        let table = [
            ("empty", String::new()),
            ("upper case", digest.to_uppercase()),
            ("one digit short", digest[1..].to_owned()),
            ("one byte short", digest[2..].to_owned()),
            ("padded in front", format!(" {digest}")),
            ("padded behind", format!("{digest} ")),
            ("not hex", format!("{}g", &digest[1..])),
            ("not ASCII, 64 bytes", format!("{}ä", &digest[2..])),
            ("with prefix", format!("0x{}", &digest[2..])),
        ];
        for (name, digest) in table {
            let outcome = check_hmac_sha256_hex(&["sesame"], body.as_bytes(), &digest);
            assert_eq!(outcome, Err(Rejection::MalformedSignature), "{name}");
        }
    }

    #[test]
    fn no_secret_opens_nothing() {
        // The HMAC of this body under the empty key, which a careless check would accept.
        let mac = Hmac::<Sha256>::new_from_slice(b"").expect("any length will do");
        let digest = hex::encode(mac.chain_update(b"hello world").finalize().into_bytes());
        for secrets in [&[][..], &[""], &["", ""]] {
            assert_eq!(check_hmac_sha256_hex(secrets, b"hello world", &digest), Err(Rejection::NoSecret));
            assert_eq!(check_token(secrets, ""), Err(Rejection::NoSecret));
        }
        assert_eq!(
            check_hmac_sha256_hex(&["", "sesame"], b"hello world", &digest),
            Err(Rejection::WrongSignature)
        );
        assert_eq!(check_token(&["", "sesame"], ""), Err(Rejection::WrongSignature));
    }

    #[test]
    fn any_of_several_secrets_will_do() {
        let (body, digest) = KNOWN[0];
        assert_eq!(check_hmac_sha256_hex(&["new", "sesame"], body.as_bytes(), digest), Ok(()));
        assert_eq!(check_token(&["new", "old"], "old"), Ok(()));
        assert_eq!(check_token(&["new", "old"], "ol"), Err(Rejection::WrongSignature));
    }
}
