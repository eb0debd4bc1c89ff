//! `/sim/say`: the webhooks that lotse gets.

mod support;

use std::collections::HashSet;

use lotse_sim::sign::hub_signature;
use serde_json::{Value, json};
use support::{Bench, NUMBER, merge, statuses};

const SECRET: &str = "dev-whatsapp-main-app-secret";

fn whatsapp(content: Value) -> Value {
    let mut say = json!({ "channel": "whatsapp", "from": "491701234567" });
    merge(&mut say, content);
    say
}

fn telegram(content: Value) -> Value {
    let mut say = json!({ "channel": "telegram", "from": "4711" });
    merge(&mut say, content);
    say
}

#[tokio::test]
async fn a_whatsapp_text_is_a_signed_webhook_of_the_platforms_shape() {
    let bench = Bench::start().await;
    bench.answer_next(&[(200, "thanks")]);
    let said =
        bench.say(whatsapp(json!({ "text": "Hallo äöü", "name": "Ada", "at": 1_795_000_000_000_i64 }))).await;

    let hook = &bench.hooks(1).await[0];
    assert_eq!(hook.path, "/webhook/whatsapp/main");
    assert_eq!(hook.header("x-hub-signature-256"), Some(hub_signature(SECRET, &hook.body).as_str()));
    let value = hook.value();
    assert_eq!(hook.json()["object"], "whatsapp_business_account");
    assert_eq!(value["metadata"]["phone_number_id"], NUMBER);
    let message = &value["messages"][0];
    assert_eq!(message["text"]["body"], "Hallo äöü");
    assert_eq!(message["from"], "491701234567");
    assert_eq!(message["timestamp"], "1795000000");
    assert_eq!(message["id"], said["message_ids"][0]);
    let contact = &value["contacts"][0];
    assert_eq!(contact["profile"]["name"], "Ada");
    assert_eq!(contact["wa_id"], "491701234567");
    assert_eq!(contact["user_id"], message["from_user_id"]);
    assert_eq!(said["deliveries"][0]["status"], 200);
    assert_eq!(said["deliveries"][0]["body"], "thanks");
}

#[tokio::test]
async fn a_number_can_be_withheld_and_so_can_the_user_id() {
    let bench = Bench::start().await;
    bench.say(whatsapp(json!({ "text": "a", "no_phone": true }))).await;
    bench.say(whatsapp(json!({ "text": "a", "no_user_id": true }))).await;
    let hooks = bench.hooks(2).await;
    let hidden = hooks[0].value();
    assert_eq!((hidden["messages"][0].get("from"), hidden["contacts"][0].get("wa_id")), (None, None));
    assert!(hidden["messages"][0]["from_user_id"].as_str().is_some_and(|id| id.starts_with("DE.")));
    let old = hooks[1].value();
    assert_eq!((old["messages"][0].get("from_user_id"), old["contacts"][0].get("user_id")), (None, None));
}

#[tokio::test]
async fn every_kind_of_content_has_the_platforms_shape() {
    let bench = Bench::start().await;
    let id = bench.say(whatsapp(json!({ "text": "first" }))).await["message_ids"][0].clone();
    for (name, content, pointer, expected) in [
        ("image", json!({ "media": { "kind": "image", "caption": "c" } }), "/image/caption", json!("c")),
        ("voice", json!({ "media": { "kind": "voice" } }), "/audio/voice", json!(true)),
        ("sticker", json!({ "sticker": true }), "/type", json!("sticker")),
        (
            "location",
            json!({ "location": { "latitude": 1.5, "longitude": 2 } }),
            "/location/latitude",
            json!(1.5),
        ),
        (
            "contact",
            json!({ "contact": { "name": "Bo", "phones": ["1"] } }),
            "/contacts/0/phones/0/phone",
            json!("1"),
        ),
        (
            "button",
            json!({ "button": { "id": "b", "title": "B" } }),
            "/interactive/button_reply/title",
            json!("B"),
        ),
        ("row", json!({ "button": { "id": "b", "list": true } }), "/interactive/list_reply/id", json!("b")),
        (
            "reaction",
            json!({ "reaction": { "message_id": id, "emoji": "👍" } }),
            "/reaction/emoji",
            json!("👍"),
        ),
        (
            "edit",
            json!({ "edit": { "message_id": id, "text": "new" } }),
            "/edit/message/text/body",
            json!("new"),
        ),
        ("revoke", json!({ "revoke": { "message_id": id } }), "/revoke/original_message_id", id.clone()),
        (
            "other",
            json!({ "message": { "type": "order", "order": { "text": "x" } } }),
            "/order/text",
            json!("x"),
        ),
        ("reply", json!({ "text": "a", "reply_to": id }), "/context/id", id.clone()),
    ] {
        bench.say(whatsapp(content)).await;
        let hooks = bench.hooks_so_far();
        let message = hooks.last().expect("a webhook").value()["messages"][0].clone();
        assert_eq!(message.pointer(pointer), Some(&expected), "{name}: {message}");
    }
    bench.say(whatsapp(json!({ "echo": "from the app" }))).await;
    let echo = bench.hooks_so_far().last().expect("a webhook").json();
    assert_eq!(echo["entry"][0]["changes"][0]["field"], "smb_message_echoes");
}

#[tokio::test]
async fn every_kind_of_telegram_content_has_the_platforms_shape() {
    let bench = Bench::start().await;
    for (name, content, pointer, expected) in [
        ("text", json!({ "text": "Hallo" }), "/message/text", json!("Hallo")),
        ("command", json!({ "text": "/start x" }), "/message/entities/0/length", json!(6)),
        ("language", json!({ "text": "a", "language": "uk" }), "/message/from/language_code", json!("uk")),
        ("photo", json!({ "media": { "kind": "image" } }), "/message/photo/0/width", json!(64)),
        ("voice", json!({ "media": { "kind": "voice" } }), "/message/voice/duration", json!(1)),
        ("sticker", json!({ "sticker": true }), "/message/sticker/type", json!("regular")),
        (
            "location",
            json!({ "location": { "latitude": 1.5, "longitude": 2 } }),
            "/message/location/latitude",
            json!(1.5),
        ),
        (
            "contact",
            json!({ "contact": { "name": "Bo", "phones": ["1"] } }),
            "/message/contact/phone_number",
            json!("1"),
        ),
        ("button", json!({ "button": { "id": "b", "message_id": "7" } }), "/callback_query/data", json!("b")),
        (
            "reaction",
            json!({ "reaction": { "message_id": "7", "emoji": "👍" } }),
            "/message_reaction/new_reaction/0/emoji",
            json!("👍"),
        ),
        (
            "edit",
            json!({ "edit": { "message_id": "7", "text": "new" } }),
            "/edited_message/message_id",
            json!(7),
        ),
        (
            "revoke",
            json!({ "revoke": { "message_id": "7" } }),
            "/deleted_business_messages/message_ids/0",
            json!(7),
        ),
        ("block", json!({ "block": true }), "/my_chat_member/new_chat_member/status", json!("kicked")),
        ("echo", json!({ "echo": "a" }), "/business_message/text", json!("a")),
    ] {
        bench.say(telegram(content)).await;
        let hooks = bench.hooks_so_far();
        let hook = hooks.last().expect("a webhook");
        assert_eq!(hook.json().pointer(pointer), Some(&expected), "{name}: {}", hook.json());
        assert_eq!(
            hook.header("x-telegram-bot-api-secret-token"),
            Some("dev-telegram-main-secret-token"),
            "{name}"
        );
    }
    let updates: Vec<i64> =
        bench.hooks_so_far().iter().map(|hook| hook.json()["update_id"].as_i64().expect("an id")).collect();
    assert!(updates.is_sorted_by(|earlier, later| earlier < later), "{updates:?}");
}

#[tokio::test]
async fn repeats_carry_the_same_bytes_and_each_is_reported() {
    let bench = Bench::start().await;
    bench.answer_next(&[(200, "1"), (500, "2")]);
    let said = bench.say(whatsapp(json!({ "text": "a", "repeat": 3 }))).await;
    assert_eq!(statuses(&said), [Some(200), Some(500), Some(200)]);
    let said = bench.say(whatsapp(json!({ "text": "b", "repeat": 20, "concurrent": true }))).await;
    assert_eq!(statuses(&said).len(), 20);
    let bodies: HashSet<_> = bench.hooks(23).await.into_iter().map(|hook| hook.body).collect();
    assert_eq!(bodies.len(), 2);
}

#[tokio::test]
async fn a_batch_holds_different_people_or_one_and_may_have_a_broken_item() {
    let bench = Bench::start().await;
    let said = bench.say(whatsapp(json!({ "text": "a", "batch": 1000 }))).await;
    assert_eq!(said["message_ids"].as_array().map(Vec::len), Some(1000));
    bench.say(whatsapp(json!({ "text": "a", "batch": 5, "same_sender": true, "broken": 2 }))).await;
    let hooks = bench.hooks(2).await;
    let messages = hooks[0].value()["messages"].as_array().expect("messages").clone();
    let senders: HashSet<String> = messages.iter().map(|message| message["from"].to_string()).collect();
    let ids: HashSet<String> = messages.iter().map(|message| message["id"].to_string()).collect();
    assert_eq!((messages.len(), senders.len(), ids.len()), (1000, 1000, 1000));
    let messages = hooks[1].value()["messages"].as_array().expect("messages").clone();
    let well_formed: Vec<bool> = messages.iter().map(|message| message["text"]["body"] == "a").collect();
    assert_eq!(well_formed, [true, false, true, true, true]);
}

#[tokio::test]
async fn each_way_to_tamper_arrives_as_such() {
    let bench = Bench::start().await;
    for (tamper, signatures, verifies) in [
        ("body", 1, false),
        ("signature", 1, false),
        ("missing", 0, false),
        ("double", 2, true),
        ("wrong_secret", 1, false),
        ("empty_secret", 1, false),
    ] {
        bench.say(whatsapp(json!({ "text": "a", "tamper": tamper }))).await;
        let hooks = bench.hooks_so_far();
        let hook = hooks.last().expect("a webhook");
        assert_eq!(hook.headers.get_all("x-hub-signature-256").iter().count(), signatures, "{tamper}");
        let is_valid = hook.header("x-hub-signature-256") == Some(hub_signature(SECRET, &hook.body).as_str());
        assert_eq!(is_valid, verifies, "{tamper}");
    }
    bench.say(whatsapp(json!({ "text": "a", "secret": "another" }))).await;
    let hooks = bench.hooks_so_far();
    let hook = hooks.last().expect("a webhook");
    assert_eq!(hook.header("x-hub-signature-256"), Some(hub_signature("another", &hook.body).as_str()));
}

#[tokio::test]
async fn raw_bytes_go_out_signed_and_unchanged() {
    let bench = Bench::start().await;
    bench.say(json!({ "channel": "whatsapp", "raw": r#"{"a":"\u00e4"}"# })).await;
    bench.say(json!({ "channel": "whatsapp", "raw": { "base64": "AP+A" } })).await;
    let hooks = bench.hooks(2).await;
    assert_eq!(&hooks[0].body[..], br#"{"a":"\u00e4"}"#);
    assert_eq!(&hooks[1].body[..], [0, 255, 128]);
    for hook in hooks {
        assert_eq!(hook.header("x-hub-signature-256"), Some(hub_signature(SECRET, &hook.body).as_str()));
    }
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_comes_again_until_it_is() {
    let bench = Bench::start().await;
    bench.answer_next(&[(503, ""), (500, ""), (401, ""), (200, "")]);
    let said = bench.say(telegram(json!({ "text": "a", "redeliver": true }))).await;
    assert_eq!(statuses(&said), [Some(503)]);
    let hooks = bench.hooks(4).await;
    assert!(hooks.iter().all(|hook| hook.body == hooks[0].body));
    let said = bench.say(telegram(json!({ "text": "the end", "redeliver": true }))).await;
    assert_eq!(statuses(&said), [Some(200)]);
    assert_eq!(bench.hooks_so_far().len(), 5);
}

#[tokio::test]
async fn a_worker_that_is_away_is_reported_without_a_status() {
    let bench = Bench::start().await;
    // Nothing listens on the port of a listener that is gone.
    let gone =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    bench.simulator.set_worker_url(&format!("http://{gone}")).expect("loopback");
    let said = bench.say(whatsapp(json!({ "text": "a" }))).await;
    assert_eq!(statuses(&said), [None]);
    assert!(said["deliveries"][0]["error"].is_string());
    assert!(bench.simulator.set_worker_url("http://example.org").is_err());
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_refused_with_a_reason() {
    let bench = Bench::start().await;
    for (name, say, reason) in [
        ("nothing to say", whatsapp(json!({})), "exactly one"),
        ("two things to say", whatsapp(json!({ "text": "a", "sticker": true })), "exactly one"),
        ("unknown field", whatsapp(json!({ "text": "a", "colour": 1 })), "colour"),
        ("unknown channel", json!({ "channel": "fax", "from": "1", "text": "a" }), "fax"),
        ("unknown account", whatsapp(json!({ "text": "a", "account": "b" })), "no account"),
        ("not a number", whatsapp(json!({ "text": "a", "from": "Ada" })), "phone number"),
        ("not a chat id", telegram(json!({ "text": "a", "from": "Ada" })), "chat id"),
        ("batch on Telegram", telegram(json!({ "text": "a", "batch": 2 })), "batch"),
        ("broken beyond the batch", whatsapp(json!({ "text": "a", "broken": 2 })), "broken"),
        (
            "media that is not base64",
            whatsapp(json!({ "media": { "kind": "image", "data": "%" } })),
            "base64",
        ),
        ("too many repeats", whatsapp(json!({ "text": "a", "repeat": 1001 })), "repeat"),
    ] {
        let (status, answer) = bench.post("/sim/say", say).await;
        assert_eq!(status, 400, "{name}");
        assert!(answer["error"].as_str().is_some_and(|error| error.contains(reason)), "{name}: {answer}");
    }
    assert!(bench.hooks_so_far().is_empty());
}
