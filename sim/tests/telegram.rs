//! The played Telegram: what it takes, refuses and reports.

mod support;

use serde_json::{Value, json};
use support::{Bench, statuses};

const CHAT: &str = "4711";

async fn bench_with_chat() -> Bench {
    let bench = Bench::start().await;
    bench.say(json!({ "channel": "telegram", "from": CHAT, "text": "Hallo", "name": "Ada" })).await;
    bench
}

#[tokio::test]
async fn a_message_is_taken_recorded_and_returned() {
    let bench = bench_with_chat().await;
    let keyboard = json!({ "inline_keyboard": [[{ "text": "Ja", "callback_data": "yes" }]] });
    let (status, answer) = bench
        .telegram("sendMessage", json!({ "chat_id": 4711, "text": "Ja?", "reply_markup": keyboard }))
        .await;
    assert_eq!((status, &answer["ok"]), (200, &json!(true)), "{answer}");
    let result = &answer["result"];
    assert_eq!((&result["chat"]["id"], &result["text"]), (&json!(4711), &json!("Ja?")));
    assert_eq!((&result["from"]["is_bot"], &result["chat"]["first_name"]), (&json!(true), &json!("Ada")));
    let received = bench.get("/sim/received?channel=telegram&to=4711").await;
    assert_eq!((&received[0]["kind"], &received[0]["buttons"][0]["id"]), (&json!("buttons"), &json!("yes")));

    bench.say(json!({ "channel": "telegram", "from": CHAT, "button": { "id": "yes" } })).await;
    let press = bench.hooks(2).await[1].json()["callback_query"].clone();
    assert_eq!((&press["data"], &press["message"]["message_id"]), (&json!("yes"), &result["message_id"]));
    assert_eq!(press["message"]["reply_markup"], keyboard);
    let (status, _) =
        bench.telegram("answerCallbackQuery", json!({ "callback_query_id": press["id"] })).await;
    assert_eq!(status, 200);
    let (status, _) =
        bench.telegram("answerCallbackQuery", json!({ "callback_query_id": "123456789" })).await;
    assert_eq!(status, 400);
    let signals = bench.get("/sim/received?kind=status").await;
    assert_eq!(signals[0]["signal"], "press_confirmed");
}

#[tokio::test]
async fn every_sending_method_is_recorded_under_its_kind() {
    let bench = bench_with_chat().await;
    let link = "https://example.org/file";
    for (method, fields, kind) in [
        ("sendPhoto", json!({ "photo": link, "caption": "c" }), "image"),
        ("sendDocument", json!({ "document": link }), "document"),
        ("sendVideo", json!({ "video": link }), "video"),
        ("sendAudio", json!({ "audio": link }), "audio"),
        ("sendVoice", json!({ "voice": link }), "voice"),
        ("sendLocation", json!({ "latitude": 1.5, "longitude": 2 }), "location"),
        ("sendVenue", json!({ "latitude": 1.5, "longitude": 2, "title": "t", "address": "a" }), "location"),
        ("SENDMESSAGE", json!({ "text": "a" }), "text"),
    ] {
        let mut body = json!({ "chat_id": CHAT });
        support::merge(&mut body, fields);
        let (status, answer) = bench.telegram(method, body).await;
        assert_eq!(status, 200, "{method}: {answer}");
        let received =
            bench.get(&format!("/sim/received?message_id={}", answer["result"]["message_id"])).await;
        assert_eq!(received[0]["kind"], kind, "{method}");
    }
}

#[tokio::test]
async fn what_the_platform_refuses_is_refused() {
    let bench = bench_with_chat().await;
    let button = |data: String| json!({ "inline_keyboard": [[{ "text": "a", "callback_data": data }]] });
    for (name, method, body, code) in [
        ("empty text", "sendMessage", json!({ "chat_id": 4711, "text": "  " }), 400),
        ("4097 characters", "sendMessage", json!({ "chat_id": 4711, "text": "a".repeat(4097) }), 400),
        (
            "2049 emoji, 4098 UTF-16 units",
            "sendMessage",
            json!({ "chat_id": 4711, "text": "🙂".repeat(2049) }),
            400,
        ),
        (
            "65 bytes on a button",
            "sendMessage",
            json!({ "chat_id": 4711, "text": "a", "reply_markup": button("a".repeat(65)) }),
            400,
        ),
        ("no chat", "sendMessage", json!({ "text": "a" }), 400),
        ("a stranger", "sendMessage", json!({ "chat_id": 1, "text": "a" }), 403),
        (
            "long caption",
            "sendPhoto",
            json!({ "chat_id": 4711, "photo": "https://example.org", "caption": "a".repeat(1025) }),
            400,
        ),
        ("no such file", "sendPhoto", json!({ "chat_id": 4711, "photo": "xyz" }), 400),
        ("off the earth", "sendLocation", json!({ "chat_id": 4711, "latitude": 91, "longitude": 0 }), 400),
        ("unknown method", "sendNothing", json!({ "chat_id": 4711 }), 404),
        ("webhook elsewhere", "setWebhook", json!({ "url": "https://example.org" }), 400),
        (
            "bad secret token",
            "setWebhook",
            json!({ "url": "http://127.0.0.1:1", "secret_token": "a b" }),
            400,
        ),
    ] {
        let (status, answer) = bench.telegram(method, body).await;
        assert_eq!(
            (status, answer["error_code"].as_u64()),
            (code, Some(u64::from(code))),
            "{name}: {answer}"
        );
        assert_eq!(answer["ok"], false, "{name}");
    }
    assert_eq!(bench.get("/sim/received").await, json!([]));
    let exactly = json!({ "chat_id": 4711, "text": "🙂".repeat(2048) });
    assert_eq!(bench.telegram("sendMessage", exactly).await.0, 200);
    bench.say(json!({ "channel": "telegram", "from": CHAT, "block": true })).await;
    let (status, answer) = bench.telegram("sendMessage", json!({ "chat_id": 4711, "text": "a" })).await;
    assert_eq!((status, &answer["description"]), (403, &json!("Forbidden: bot was blocked by the user")));
    let url = format!("{}/botwrong/getMe", bench.simulator.telegram_api_base());
    assert_eq!(bench.http.post(url).send().await.expect("an answer").status(), 401);
}

#[tokio::test]
async fn the_answer_to_a_webhook_may_be_a_call() {
    let bench = Bench::start().await;
    bench.answer_next(&[(200, r#"{"method":"sendMessage","chat_id":4711,"text":"sofort"}"#)]);
    let said = bench.say(json!({ "channel": "telegram", "from": CHAT, "text": "Hallo" })).await;
    assert_eq!(statuses(&said), [Some(200)]);
    let received = bench.get("/sim/received?to=4711&wait_ms=5000").await;
    assert_eq!(received[0]["text"], "sofort");
    bench.answer_next(&[(500, r#"{"method":"sendMessage","chat_id":4711,"text":"nicht"}"#)]);
    bench.say(json!({ "channel": "telegram", "from": CHAT, "text": "Hallo" })).await;
    assert_eq!(bench.get("/sim/received").await.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_file_is_downloaded_by_its_path() {
    let bench = bench_with_chat().await;
    bench
        .say(json!({ "channel": "telegram", "from": CHAT, "media": { "kind": "document", "data": "aGk=" } }))
        .await;
    let id = bench.hooks(2).await[1].json()["message"]["document"]["file_id"].clone();
    let (_, answer) = bench.telegram("getFile", json!({ "file_id": id })).await;
    let path = answer["result"]["file_path"].as_str().expect("a path");
    let file = |token: &str| {
        bench.http.get(format!("{}/file/bot{token}/{path}", bench.simulator.telegram_api_base())).send()
    };
    let bytes = file("dev-telegram-main-bot-token").await.expect("an answer").bytes().await.expect("bytes");
    assert_eq!(&bytes[..], b"hi");
    assert_eq!(file("wrong").await.expect("an answer").status(), 401);
}

#[tokio::test]
async fn a_bot_that_sets_its_webhook_gets_its_updates_there() {
    let bench = bench_with_chat().await;
    let worker = bench.get("/sim/settings").await["worker"].as_str().expect("an URL").to_owned();
    let url = format!("{worker}/elsewhere");
    let (_, answer) = bench.telegram("setWebhook", json!({ "url": url, "secret_token": "my-token" })).await;
    assert_eq!(answer["result"], true);
    let (_, info) = bench.telegram("getWebhookInfo", json!({})).await;
    assert_eq!(info["result"]["url"], url);
    bench.say(json!({ "channel": "telegram", "from": CHAT, "text": "a" })).await;
    let hook = bench.hooks(2).await[1].clone();
    assert_eq!(
        (hook.path.as_str(), hook.header("x-telegram-bot-api-secret-token")),
        ("/elsewhere", Some("my-token"))
    );
}

#[tokio::test]
async fn signals_are_accepted_and_are_not_messages() {
    let bench = bench_with_chat().await;
    let typing = json!({ "chat_id": 4711, "action": "typing" });
    assert_eq!(bench.telegram("sendChatAction", typing).await.0, 200);
    let read = json!({ "chat_id": 4711, "business_connection_id": "b", "message_id": 1 });
    assert_eq!(bench.telegram("readBusinessMessage", read).await.0, 200);
    let (_, me) = bench.telegram("getMe", Value::Null).await;
    assert_eq!(me["error_code"], 400, "a body that is not an object: {me}");
    assert_eq!(bench.telegram("getMe", json!({})).await.1["result"]["is_bot"], true);
    assert_eq!(bench.get("/sim/received").await, json!([]));
    assert_eq!(bench.get("/sim/received?kind=status").await.as_array().map(Vec::len), Some(2));
}
