//! Only what the platform proved gets in; everything else is turned away with a typed reason.

use super::{Sample, TestSecrets, sample};
use crate::channel::{ChannelName, Rejection, Unverified, verify};

const BODY: &[u8] = br#"{"text":"\u00e4\u00f6\u00e5 50\u0025 \u003C3 \/"}"#;

/// What becomes of a request with these headers, body and values of the verifying secret.
fn outcome(
    channel: ChannelName,
    headers: &[(&str, &str)],
    body: &[u8],
    values: &[&str],
) -> Result<(), Rejection> {
    let by_name = [(sample(channel).secret_name, values)];
    let request = Unverified::new(&headers, body);
    verify(channel.channel(), request, &TestSecrets(&by_name)).map(|verified| {
        assert_eq!(verified.body(), body, "{channel}");
    })
}

#[test]
fn a_proven_request_is_let_in() {
    for &channel in ChannelName::ALL {
        let Sample { header, prove, .. } = sample(channel);
        let proof = prove(BODY, "sesame");
        assert_eq!(outcome(channel, &[(header, &proof)], BODY, &["sesame"]), Ok(()), "{channel}");
        let lower = header.to_lowercase();
        assert_eq!(outcome(channel, &[(&lower, &proof)], BODY, &["sesame"]), Ok(()), "{channel}");
    }
}

#[test]
fn any_of_the_secrets_lets_in_while_they_rotate() {
    for &channel in ChannelName::ALL {
        let Sample { header, prove, .. } = sample(channel);
        for secret in ["new", "old"] {
            let proof = prove(BODY, secret);
            assert_eq!(outcome(channel, &[(header, &proof)], BODY, &["new", "old"]), Ok(()), "{channel}");
        }
        let proof = prove(BODY, "oldest");
        let outcome = outcome(channel, &[(header, &proof)], BODY, &["new", "old"]);
        assert_eq!(outcome, Err(Rejection::WrongSignature), "{channel}");
    }
}

#[test]
fn a_flipped_bit_of_the_body_is_noticed_where_the_proof_covers_it() {
    for &channel in ChannelName::ALL {
        let Sample { header, prove, covers_body, .. } = sample(channel);
        let proof = prove(BODY, "sesame");
        for bit in 0..BODY.len() * 8 {
            let mut body = BODY.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            let outcome = outcome(channel, &[(header, &proof)], &body, &["sesame"]);
            let expected = if covers_body { Err(Rejection::WrongSignature) } else { Ok(()) };
            assert_eq!(outcome, expected, "{channel} bit {bit}");
        }
    }
}

#[test]
fn a_flipped_bit_of_the_proof_is_noticed() {
    for &channel in ChannelName::ALL {
        let Sample { header, prove, .. } = sample(channel);
        let proof = prove(BODY, "sesame");
        for bit in 0..proof.len() * 8 {
            let flip = |(index, character): (usize, char)| {
                let mask = if index == bit / 8 { 1_u8 << (bit % 8) } else { 0 };
                char::from(u8::try_from(character).expect("ASCII") ^ mask)
            };
            let flipped: String = proof.chars().enumerate().map(flip).collect();
            let outcome = outcome(channel, &[(header, &flipped)], BODY, &["sesame"]);
            assert!(outcome.is_err(), "{channel} bit {bit}");
        }
    }
}

#[test]
fn a_proof_in_another_shape_is_turned_away() {
    for &channel in ChannelName::ALL {
        let Sample { header, prove, .. } = sample(channel);
        let proof = prove(BODY, "sesame");
        let table = [
            ("shorter", proof[..proof.len() - 1].to_owned()),
            ("longer", format!("{proof}0")),
            ("padded in front", format!(" {proof}")),
            ("padded behind", format!("{proof} ")),
            ("upper case", proof.to_uppercase()),
            ("upper-case prefix", proof.replace("sha256", "SHA256").replace("sesame", "Sesame")),
            ("another prefix", format!("sha1={proof}")),
            ("not ASCII", format!("{}ä", &proof[..proof.len() - 2])),
            ("full-width digits", proof.chars().map(|_| '０').collect()),
            ("a line feed", format!("{proof}\n")),
            ("endless", "a".repeat(100_000)),
        ];
        for (name, proof) in table {
            let outcome = outcome(channel, &[(header, &proof)], BODY, &["sesame"]);
            assert!(
                matches!(outcome, Err(Rejection::MalformedSignature | Rejection::WrongSignature)),
                "{channel} {name}: {outcome:?}"
            );
        }
    }
}

/// Name, headers, values of the secret, what follows, and its HTTP status.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str], Rejection, u16);

#[test]
fn every_rejection_occurs_and_has_a_status() {
    for &channel in ChannelName::ALL {
        let Sample { header, prove, .. } = sample(channel);
        let proof = prove(BODY, "sesame");
        let empty = prove(BODY, "");
        let right: &[(&str, &str)] = &[(header, &proof)];
        let table: [Row<'_>; 8] = [
            ("no secret", right, &[], Rejection::NoSecret, 401),
            ("empty secret", right, &[""], Rejection::NoSecret, 401),
            ("empty secret, proof of it", &[(header, &empty)], &[""], Rejection::NoSecret, 401),
            ("no header", &[], &["sesame"], Rejection::MissingSignature, 401),
            ("empty header", &[(header, "")], &["sesame"], Rejection::MissingSignature, 401),
            (
                "header twice",
                &[(header, &proof), (header, &proof)],
                &["sesame"],
                Rejection::SeveralSignatures,
                401,
            ),
            ("not a proof", &[(header, "sha256=ü")], &["sesame"], Rejection::MalformedSignature, 401),
            ("another secret", right, &["other"], Rejection::WrongSignature, 401),
        ];
        for (name, headers, values, rejection, status) in table {
            assert_eq!(outcome(channel, headers, BODY, values), Err(rejection), "{channel} {name}");
            assert_eq!(rejection.http_status(), status, "{channel} {name}");
        }
    }
}

#[test]
fn a_handshake_is_answered_only_where_there_is_one() {
    let tokens: [(&str, &[&str]); 1] = [("VERIFY_TOKEN", &["word"])];
    for &channel in ChannelName::ALL {
        let ask = |token: &str| {
            let query = format!("hub.mode=subscribe&hub.challenge=115&hub.verify_token={token}");
            channel.channel().handshake(&query, &TestSecrets(&tokens))
        };
        if channel.channel().secrets().iter().any(|secret| secret.name == "VERIFY_TOKEN") {
            assert_eq!(ask("word").as_deref(), Ok("115"), "{channel}");
            assert_eq!(ask("other"), Err(Rejection::HandshakeMismatch), "{channel}");
        } else {
            assert_eq!(ask("word"), Err(Rejection::NoHandshake), "{channel}");
        }
    }
    assert_eq!(Rejection::HandshakeMismatch.http_status(), 403);
    assert_eq!(Rejection::NoHandshake.http_status(), 405);
}

#[test]
fn the_verifying_secret_is_declared() {
    for &channel in ChannelName::ALL {
        let verifying: Vec<&str> = channel
            .channel()
            .secrets()
            .iter()
            .filter(|secret| secret.verifies)
            .map(|secret| secret.name)
            .collect();
        assert_eq!(verifying, [sample(channel).secret_name], "{channel}");
    }
}
