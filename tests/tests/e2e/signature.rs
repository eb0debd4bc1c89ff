//! Nothing gets in that the platform did not sign; and the signature covers the raw bytes.

use anyhow::Result;
use lotse_tests::{
    KNOWN_QUESTION, World, in_own_world, in_shared_world, inbound_texts, new_number, signature, statuses,
    whatsapp_body,
};
use reqwest::Method;
use serde_json::{Value, json};

const HEADER: &str = "x-hub-signature-256";
const TELEGRAM_HEADER: &str = "x-telegram-bot-api-secret-token";

/// Known answers for the secret `sesame`: the first two from the tests of nyaruka/courier
/// (`handlers/meta/facebook_test.go`), the others computed with OpenSSL.
const HELLO: (&str, &str) =
    ("hello world", "f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17");
const HELLO_2: (&str, &str) =
    ("hello world2", "60905fdf409d0b4f721e99f6f25b31567a68a6b45e933d814e17a246be4c5a53");
/// As the platform writes it.
const ESCAPED: (&str, &str) = (
    r#"{"text":"\u00e4\u00f6\u00e5 50\u0025 \u003C3 \/"}"#,
    "cfc7024827b4ada05913e63d79e21d4b2b334988c9bcda8a6b662a9cc4472e8c",
);
/// What a careless round trip through a JSON library makes of it.
const DECODED: (&str, &str) =
    (r#"{"text":"äöå 50% <3 /"}"#, "d6c5f2fa9617644200c300d39fdb36db64b0bf752e7a0b93cd69e01e8dd86f2d");

/// While a secret is rotated, both values count.
fn rotating(launch: &mut lotse_runtime::Launch) {
    launch.vars.insert("WHATSAPP_MAIN_APP_SECRET".into(), "dev-whatsapp-main-app-secret sesame".into());
}

async fn dead_letters(world: &World) -> Result<u64> {
    let (_, page) = world.api(Method::GET, "/dead-letters", None).await?;
    Ok(page["total"].as_u64().unwrap_or_default())
}

#[test]
fn known_signatures_verify_inside_wasm_and_only_over_their_own_bytes() {
    in_own_world(rotating, |world| async move {
        let post = async |body: &str, digest: &str| {
            let answer =
                world.post_webhook("whatsapp/main", &[(HEADER, &format!("sha256={digest}"))], body).await?;
            anyhow::Ok(answer.status)
        };
        let mut expected_letters = 0;
        for (name, (body, digest)) in
            [("plain", HELLO), ("other", HELLO_2), ("escaped", ESCAPED), ("decoded", DECODED)]
        {
            assert_eq!(post(body, digest).await?, 200, "{name}");
            // Signed, and no envelope of the platform: kept for a human.
            expected_letters += 1;
            assert_eq!(dead_letters(&world).await?, expected_letters, "{name}");
        }
        for (name, body, digest) in [
            ("decoded under the escaped signature", DECODED.0, ESCAPED.1),
            ("escaped under the decoded signature", ESCAPED.0, DECODED.1),
            ("another body's", HELLO.0, HELLO_2.1),
        ] {
            assert_eq!(post(body, digest).await?, 401, "{name}");
        }
        assert_eq!(dead_letters(&world).await?, expected_letters);

        // The older value of the list still counts for real messages, too.
        let number = new_number();
        world.text(&number, KNOWN_QUESTION).await?;
        world.wait_received(&number, 1).await?;
        Ok(())
    });
}

#[test]
fn a_webhook_with_a_spoiled_proof_is_refused_with_one_constant_body_and_leaves_no_trace() {
    in_shared_world(|world| async {
        let number = new_number();
        for tamper in ["body", "signature", "missing", "double", "wrong_secret", "empty_secret"] {
            let say = json!({"channel": "whatsapp", "from": number, "text": "Mensch", "tamper": tamper});
            let said = world.say(say).await?;
            assert_eq!(statuses(&said), [401], "{tamper}");
            assert_eq!(said["deliveries"][0]["body"], "refused\n", "{tamper}");
        }
        leaves_no_trace(world, &number).await
    });
}

#[test]
fn a_malformed_signature_header_is_refused() {
    in_shared_world(|world| async {
        let number = new_number();
        let message = json!([{"id": format!("wamid.{number}"), "from": number, "timestamp": "1795000000",
            "type": "text", "text": {"body": "Mensch"}}]);
        let body = whatsapp_body("100000000000001", &number, &message);
        let good = signature(body.as_bytes());
        for (name, headers) in [
            ("none", vec![]),
            ("empty", vec![(HEADER, String::new())]),
            ("no prefix", vec![(HEADER, good[7..].to_owned())]),
            ("upper-case prefix", vec![(HEADER, good.replace("sha256", "SHA256"))]),
            ("upper-case digits", vec![(HEADER, format!("sha256={}", good[7..].to_uppercase()))]),
            ("one digit short", vec![(HEADER, good[..70].to_owned())]),
            ("one digit more", vec![(HEADER, format!("{good}0"))]),
            ("not hex", vec![(HEADER, format!("sha256={}", "g".repeat(64)))]),
            ("two in one line", vec![(HEADER, format!("{good}, {good}"))]),
            ("two lines, both right", vec![(HEADER, good.clone()), (HEADER, good.clone())]),
            ("the older kind", vec![("x-hub-signature", good.clone())]),
        ] {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = world.post_webhook("whatsapp/main", &headers, body.as_str()).await?;
            assert_eq!((answer.status, answer.body.as_str()), (401, "refused\n"), "{name}");
        }
        leaves_no_trace(world, &number).await
    });
}

/// A refused webhook was answered before, so that what a later one shows is all there is.
async fn leaves_no_trace(world: &World, number: &str) -> Result<()> {
    world.text(number, KNOWN_QUESTION).await?;
    world.wait_received(number, 1).await?;
    let transcript = world.transcript_of(number).await?;
    assert_eq!(inbound_texts(&transcript), [KNOWN_QUESTION]);
    assert_eq!((&transcript["thread"], &transcript["state"]), (&Value::Null, &json!("bot")));
    assert!(world.dead_letters_with(number).await?.is_empty());
    Ok(())
}

#[test]
fn telegram_has_to_show_the_token_that_was_agreed() {
    in_shared_world(|world| async {
        let chat = new_number();
        for tamper in ["missing", "wrong_secret", "double", "empty_secret"] {
            let say = json!({"channel": "telegram", "from": chat, "name": chat, "text": "Mensch", "tamper": tamper});
            let said = world.say(say).await?;
            assert_eq!(statuses(&said), [401], "{tamper}");
            assert_eq!(said["deliveries"][0]["body"], "refused\n", "{tamper}");
        }
        world.say(json!({"channel": "telegram", "from": chat, "name": chat, "text": "Mensch"})).await?;
        world.wait_received(&chat, 1).await?;
        let thread = world.thread_of(&chat).await?;
        let transcript = world.transcript(thread["id"].as_str().unwrap_or_default()).await?;
        assert_eq!(inbound_texts(&transcript), ["Mensch"]);
        assert!(world.dead_letters_with(&chat).await?.is_empty());
        Ok(())
    });
}

#[test]
fn an_empty_secret_opens_nothing() {
    let empty = |launch: &mut lotse_runtime::Launch| {
        launch.vars.insert("WHATSAPP_MAIN_APP_SECRET".into(), String::new());
        launch.vars.insert("WHATSAPP_MAIN_VERIFY_TOKEN".into(), " ".into());
        launch.vars.insert("TELEGRAM_MAIN_SECRET_TOKEN".into(), " ".into());
    };
    in_own_world(empty, |world| async move {
        let body = "hello world";
        let by_empty_key = lotse_sim::sign::hub_signature("", body.as_bytes());
        for (name, target, headers) in [
            ("signed with the empty secret", "whatsapp", vec![(HEADER, by_empty_key.as_str())]),
            ("not signed", "whatsapp", vec![]),
            ("empty token", "telegram", vec![(TELEGRAM_HEADER, "")]),
            ("no token", "telegram", vec![]),
        ] {
            let answer = world.post_webhook(target, &headers, body).await?;
            assert_eq!((answer.status, answer.body.as_str()), (401, "refused\n"), "{name}");
        }
        let handshake = "/webhook/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=";
        assert_eq!(world.request(Method::GET, handshake).await?.status, 403);
        assert_eq!(dead_letters(&world).await?, 0);
        Ok(())
    });
}
