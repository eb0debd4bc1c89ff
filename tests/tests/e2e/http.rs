//! What the worker answers over HTTP: to platforms, to strangers, to operators.

use anyhow::{Context as _, Result};
use lotse_runtime::Launch;
use lotse_tests::{
    KNOWN_QUESTION, World, in_own_world, in_shared_world, new_number, signature, whatsapp_body,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MEGABYTE: usize = 1024 * 1024;
const OWN_NUMBER_ID: &str = "100000000000001";

#[test]
fn what_is_signed_and_unreadable_is_taken_and_set_aside() {
    in_shared_world(|world| async {
        for (name, body) in [
            ("no JSON", format!("not JSON, {}", new_number())),
            ("cut off", format!(r#"{{"object":"whatsapp_business_account","entry":["{}"#, new_number())),
            ("another product", json!({"object": "page", "entry": [new_number()]}).to_string()),
            ("a list", json!([new_number()]).to_string()),
        ] {
            assert_eq!(world.post_signed(&body).await?.status, 200, "{name}");
            let letters = world.dead_letters_with(&body[body.len() - 15..]).await?;
            assert_eq!(letters.len(), 1, "{name}");
        }
        Ok(())
    });
}

#[test]
fn a_body_over_the_cap_is_refused_whether_its_length_is_announced_or_not() {
    in_shared_world(|world| async {
        let large = vec![b' '; 4 * MEGABYTE + 1];
        let proof = signature(&large);
        assert_eq!(announce(world, &proof, large.len()).await?, 413);
        assert_eq!(post_chunked(world, &proof, large).await?, 413);
        // The cap itself is allowed, and so is a body in pieces.
        let largest = vec![b' '; 4 * MEGABYTE];
        assert_eq!(post_chunked(world, &signature(&largest), largest).await?, 200);
        Ok(())
    });
}

/// Announces a body that never comes; returns the status.
async fn announce(world: &World, proof: &str, length: usize) -> Result<u16> {
    let url = world.worker.url();
    let address = url.strip_prefix("http://").context("an http URL")?;
    let mut connection = TcpStream::connect(address).await?;
    let head = format!(
        "POST /webhook/whatsapp HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\
         x-hub-signature-256: {proof}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await?;
    read_status(&mut connection).await
}

async fn read_status(connection: &mut (impl AsyncRead + Unpin)) -> Result<u16> {
    let mut head = [0_u8; 12];
    connection.read_exact(&mut head).await?;
    let status = std::str::from_utf8(&head)?.strip_prefix("HTTP/1.1 ").context("a status line")?;
    Ok(status.parse()?)
}

/// Posts in pieces, without a content-length; returns the status.
async fn post_chunked(world: &World, proof: &str, body: Vec<u8>) -> Result<u16> {
    let url = world.worker.url();
    let address = url.strip_prefix("http://").context("an http URL")?;
    let (mut reading, mut writing) = TcpStream::connect(address).await?.into_split();
    let head = format!(
        "POST /webhook/whatsapp HTTP/1.1\r\nhost: {address}\r\ntransfer-encoding: chunked\r\n\
         x-hub-signature-256: {proof}\r\nconnection: close\r\n\r\n"
    );
    let write = async move {
        writing.write_all(head.as_bytes()).await?;
        for piece in body.chunks(100_000) {
            writing.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
            writing.write_all(piece).await?;
            writing.write_all(b"\r\n").await?;
        }
        writing.write_all(b"0\r\n\r\n").await?;
        // Kept open until the answer was read.
        std::io::Result::Ok(writing)
    };
    // The worker may answer and hang up before all was written.
    let writing = tokio::spawn(write);
    let status = read_status(&mut reading).await;
    writing.abort();
    status
}

#[test]
fn a_batch_of_three_megabytes_is_taken() {
    in_shared_world(|world| async {
        let number = new_number();
        // Makes the person known to the platform, and is not answered.
        world.say(json!({"channel": "whatsapp", "from": number, "sticker": {}})).await?;
        let message = |index: usize, kind: Value| {
            let mut message = json!({"id": format!("wamid.{number}.{index}"), "from": number});
            message["timestamp"] = unix_seconds().to_string().into();
            message
                .as_object_mut()
                .into_iter()
                .for_each(|all| all.extend(kind.as_object().cloned().unwrap()));
            message
        };
        // Reactions with much around them, which ask for nothing, and one question at the end.
        let padding = "x".repeat(30_000);
        let mut messages: Vec<Value> = (0..100)
            .map(|index| {
                let reaction = json!({"message_id": "wamid.x", "emoji": "👍", "padding": padding});
                message(index, json!({"type": "reaction", "reaction": reaction}))
            })
            .collect();
        messages.push(message(100, json!({"type": "text", "text": {"body": KNOWN_QUESTION}})));
        let body = whatsapp_body(OWN_NUMBER_ID, &number, &json!(messages));
        assert!(body.len() > 3_000_000 && body.len() < 4 * MEGABYTE, "{}", body.len());
        assert_eq!(world.post_signed(&body).await?.status, 200);
        world.wait_received(&number, 1).await?;
        Ok(())
    });
}

fn unix_seconds() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map(|since| since.as_secs()).unwrap_or_default()
}

#[test]
fn unknown_channels_accounts_paths_and_methods_are_refused() {
    in_shared_world(|world| async {
        for (method, path, expected) in [
            (Method::POST, "/webhook/pigeon", 404),
            (Method::POST, "/webhook/pigeon/main", 404),
            (Method::GET, "/webhook/whatsapp/other", 404),
            (Method::POST, "/webhook/whatsapp/other", 404),
            (Method::POST, "/webhook/whatsapp/main/more", 404),
            (Method::POST, "/webhook/", 404),
            (Method::PUT, "/webhook/whatsapp", 405),
            (Method::DELETE, "/webhook/whatsapp/main", 405),
            (Method::GET, "/webhook/telegram", 405),
            (Method::GET, "/nothing/here", 404),
        ] {
            let answer = world.request(method.clone(), path).await?;
            assert_eq!(answer.status, expected, "{method} {path}: {}", answer.body);
        }
        Ok(())
    });
}

#[test]
fn the_handshake_echoes_the_challenge_as_plain_text_for_the_right_token_only() {
    in_shared_world(|world| async {
        let handshake = async |token: &str, challenge: &str| {
            let query = format!("hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={token}");
            world.request(Method::GET, &format!("/webhook/whatsapp/main?{query}")).await
        };
        let right = handshake("dev-whatsapp-main-verify-token", "1158201444").await?;
        assert_eq!((right.status, right.body.as_str()), (200, "1158201444"));
        assert!(right.content_type.starts_with("text/plain"), "{}", right.content_type);
        for (name, token, challenge) in [
            ("wrong token", "dev-whatsapp-main-verify-tokem", "1158201444"),
            ("no token", "", "1158201444"),
            ("markup", "dev-whatsapp-main-verify-token", "%3Cscript%3E"),
        ] {
            let wrong = handshake(token, challenge).await?;
            assert_eq!((wrong.status, wrong.body.as_str()), (403, "refused\n"), "{name}");
        }
        Ok(())
    });
}

#[test]
fn health_is_ok_in_development() {
    in_shared_world(|world| async {
        let answer = world.request(Method::GET, "/healthz").await?;
        let health: Value = serde_json::from_str(&answer.body)?;
        assert_eq!((answer.status, &health["status"]), (200, &json!("ok")));
        assert_eq!(health["problems"], json!([]));
        Ok(())
    });
}

#[test]
fn health_names_what_is_missing_and_shows_no_value() {
    let prepare = |launch: &mut Launch| {
        launch.vars.remove("WHATSAPP_MAIN_ACCESS_TOKEN");
        launch.vars.insert("SPILL_KEY".into(), "  ".into());
        launch.omit = vec!["DEAD_LETTERS".into()];
    };
    in_own_world(prepare, |world| async move {
        let answer = world.request(Method::GET, "/healthz").await?;
        let health: Value = serde_json::from_str(&answer.body)?;
        assert_eq!((answer.status, &health["status"]), (503, &json!("incomplete")));
        let expected = [
            "secret WHATSAPP_MAIN_ACCESS_TOKEN is not set",
            "secret SPILL_KEY is not set",
            "binding DEAD_LETTERS is missing",
        ];
        assert_eq!(health["problems"], json!(expected));
        assert!(!answer.body.contains("dev-"), "{}", answer.body);
        Ok(())
    });
}

#[test]
fn production_refuses_to_work_on_development_secrets() {
    // Without a word from outside, wrangler.toml says that it is production.
    let prepare = |launch: &mut Launch| drop(launch.vars.remove("ENVIRONMENT"));
    in_own_world(prepare, |world| async move {
        let number = new_number();
        let said = world.say(json!({"channel": "whatsapp", "from": number, "text": KNOWN_QUESTION})).await?;
        assert_eq!(lotse_tests::statuses(&said), [503]);
        for path in ["/api/v1/threads", "/api/v1/openapi.json", "/webhook/whatsapp"] {
            assert_eq!(world.request(Method::GET, path).await?.status, 503, "{path}");
        }
        let answer = world.request(Method::GET, "/api/v1/threads").await?;
        assert_eq!(answer.content_type, "application/problem+json");
        let problem: Value = serde_json::from_str(&answer.body)?;
        assert_eq!((&problem["type"], &problem["status"]), (&json!("/problems/unavailable"), &json!(503)));
        let answer = world.request(Method::GET, "/healthz").await?;
        assert_eq!(answer.status, 503);
        for name in [
            "WHATSAPP_MAIN_APP_SECRET",
            "TELEGRAM_MAIN_BOT_TOKEN",
            "AGENT_ADMIN_TOKEN",
            "SPILL_KEY",
            "METRICS_TOKEN",
        ] {
            let problem = format!("secret {name} is a development value, which production refuses");
            assert!(answer.body.contains(&problem), "{name}: {}", answer.body);
        }
        assert!(!answer.body.contains("dev-"), "{}", answer.body);
        assert!(world.received(&number).await?.is_empty());
        Ok(())
    });
}

#[test]
fn whatever_is_not_there_below_api_is_a_problem_document_and_elsewhere_a_line_of_text() {
    in_shared_world(|world| async {
        for (path, content_type) in [
            ("/api", "application/problem+json"),
            ("/api/", "application/problem+json"),
            ("/api/v2/threads", "application/problem+json"),
            ("/apiary", "text/plain; charset=utf-8"),
            ("/pigeons", "text/plain; charset=utf-8"),
        ] {
            let answer = world.request(Method::GET, path).await?;
            assert_eq!((answer.status, answer.content_type.as_str()), (404, content_type), "{path}");
        }
        Ok(())
    });
}
