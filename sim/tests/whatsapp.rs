//! The played WhatsApp: what it takes, refuses and reports.

mod support;

use std::time::{Duration, SystemTime};

use lotse_sim::{Config, Settings};
use serde_json::{Value, json};
use support::{Bench, NUMBER, WHATSAPP_TOKEN};

const ADA: &str = "491701234567";

async fn bench_with_ada() -> Bench {
    let bench = Bench::start().await.without_statuses().await;
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": "Hallo" })).await;
    bench
}

fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or_default()
}

#[tokio::test]
async fn an_answer_is_taken_recorded_and_found_by_number_and_user_id() {
    let bench = bench_with_ada().await;
    let (status, answer) = bench
        .whatsapp(json!({
            "to": ADA, "type": "interactive", "biz_opaque_callback_data": "send-1",
            "interactive": { "type": "button", "body": { "text": "Ja?" }, "action": { "buttons": [
                { "type": "reply", "reply": { "id": "yes", "title": "Ja" } } ] } },
        }))
        .await
        .expect("an answer");
    assert_eq!(status, 200, "{answer}");
    let user_id = answer["contacts"][0]["user_id"].as_str().expect("a user id");
    for address in [ADA, &format!("%2B{ADA}"), &format!("+{ADA}"), user_id] {
        let received = bench.get(&format!("/sim/received?to={address}&channel=whatsapp&kind=buttons")).await;
        assert_eq!(received.as_array().map(Vec::len), Some(1), "{address}");
        let entry = &received[0];
        assert_eq!(entry["text"], "Ja?");
        assert_eq!(entry["buttons"], json!([{ "id": "yes", "title": "Ja" }]));
        assert_eq!(entry["callback"], "send-1");
        assert_eq!(entry["message_id"], answer["messages"][0]["id"]);
        assert_eq!(entry["raw"]["type"], "interactive");
    }
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "button": { "id": "yes" } })).await;
    let press = bench.hooks(2).await[1].value()["messages"][0].clone();
    assert_eq!(press["interactive"]["button_reply"], json!({ "id": "yes", "title": "Ja" }));
    assert_eq!(press["context"]["id"], answer["messages"][0]["id"]);
}

#[tokio::test]
async fn the_version_in_the_path_may_be_left_out_and_the_token_may_not() {
    let bench = bench_with_ada().await;
    let body = json!({ "messaging_product": "whatsapp", "to": ADA, "type": "text", "text": { "body": "a" } });
    let base = bench.simulator.whatsapp_api_base();
    for (name, path, token, status, code) in [
        ("without version", format!("/{NUMBER}/messages"), WHATSAPP_TOKEN, 200, None),
        ("with version", format!("/v25.0/{NUMBER}/messages"), WHATSAPP_TOKEN, 200, None),
        ("wrong token", format!("/{NUMBER}/messages"), "dev-whatsapp-other-access-token", 401, Some(190)),
        ("no token", format!("/{NUMBER}/messages"), "", 401, Some(190)),
        ("other number", "/999/messages".to_owned(), WHATSAPP_TOKEN, 400, Some(100)),
        ("other endpoint", format!("/{NUMBER}/register"), WHATSAPP_TOKEN, 400, Some(2500)),
    ] {
        let response = bench
            .http
            .post(format!("{base}{path}"))
            .bearer_auth(token)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), status, "{name}");
        let answer: Value = response.json().await.expect("JSON");
        assert_eq!(answer["error"]["code"].as_i64(), code, "{name}");
    }
}

#[tokio::test]
async fn free_text_needs_a_message_within_24_hours() {
    let bench = Bench::start().await.without_statuses().await;
    assert_eq!(bench.whatsapp_text(ADA, "a").await, (400, Some(131_047)), "never wrote");
    assert_eq!(bench.whatsapp_text("DE.123", "a").await, (400, Some(131_026)), "unknown user id");
    let long_ago = now_millis() - 25 * 60 * 60 * 1000;
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": "alt", "at": long_ago })).await;
    assert_eq!(bench.whatsapp_text(ADA, "a").await, (400, Some(131_047)), "wrote too long ago");
    let template =
        json!({ "to": ADA, "type": "template", "template": { "name": "t", "language": { "code": "de" } } });
    assert_eq!(bench.whatsapp(template).await.expect("an answer").0, 200, "a template");
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": "neu" })).await;
    assert_eq!(bench.whatsapp_text(ADA, "a").await, (200, None), "wrote just now");
    let blocked = bench.say(json!({ "channel": "whatsapp", "from": ADA, "block": true })).await;
    assert_eq!(blocked["deliveries"], json!([]), "WhatsApp does not tell");
    assert_eq!(bench.whatsapp_text(ADA, "a").await, (400, Some(131_026)), "blocked");
}

#[tokio::test]
async fn what_is_over_a_limit_is_refused_and_not_recorded() {
    let bench = bench_with_ada().await;
    assert_eq!(bench.whatsapp_text(ADA, &"a".repeat(4097)).await, (400, Some(100)));
    assert_eq!(bench.get("/sim/received").await, json!([]));
}

#[tokio::test]
async fn the_pair_rate_holds_one_person_only() {
    let settings = Settings { statuses: false, pair_rate: true, ..Settings::default() };
    let bench = Bench::with(Config { settings, ..Config::default() }).await;
    for from in [ADA, "491709999999"] {
        bench.say(json!({ "channel": "whatsapp", "from": from, "text": "a" })).await;
    }
    for _ in 0..45 {
        assert_eq!(bench.whatsapp_text(ADA, "a").await, (200, None));
    }
    assert_eq!(bench.whatsapp_text(ADA, "a").await, (400, Some(131_056)));
    assert_eq!(bench.whatsapp_text("491709999999", "a").await, (200, None));
}

#[tokio::test]
async fn a_read_tick_needs_a_real_message_id_and_is_a_status() {
    let bench = Bench::start().await.without_statuses().await;
    let said = bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": "a" })).await;
    let tick =
        |id: Value| json!({ "status": "read", "message_id": id, "typing_indicator": { "type": "text" } });
    let (status, answer) = bench.whatsapp(tick(said["message_ids"][0].clone())).await.expect("an answer");
    assert_eq!((status, answer), (200, json!({ "success": true })));
    let (status, answer) = bench.whatsapp(tick(json!("wamid.made-up"))).await.expect("an answer");
    assert_eq!((status, answer["error"]["code"].as_i64()), (400, Some(131_009)));
    assert_eq!(bench.get("/sim/received").await, json!([]));
    let ticks = bench.get("/sim/received?kind=status").await;
    assert_eq!(ticks.as_array().map(Vec::len), Some(1));
    assert_eq!((&ticks[0]["state"], &ticks[0]["message_id"]), (&json!("read"), &said["message_ids"][0]));
}

#[tokio::test]
async fn statuses_follow_a_message_signed_and_with_the_callback() {
    let bench = Bench::start().await;
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": "a" })).await;
    let fields =
        json!({ "to": ADA, "type": "text", "text": { "body": "b" }, "biz_opaque_callback_data": "send-7" });
    let (_, answer) = bench.whatsapp(fields).await.expect("an answer");
    let id = answer["messages"][0]["id"].clone();
    bench.hooks(3).await;
    let (status, _) = bench.post("/sim/read", json!({ "channel": "whatsapp", "message_ids": [id] })).await;
    assert_eq!(status, 204);
    let hooks = bench.hooks(4).await;
    let reported: Vec<Value> = hooks[1..].iter().map(|hook| hook.value()["statuses"][0].clone()).collect();
    let states: Vec<&Value> = reported.iter().map(|status| &status["status"]).collect();
    assert_eq!(states, ["sent", "delivered", "read"]);
    for (status, hook) in reported.iter().zip(&hooks[1..]) {
        assert_eq!((&status["id"], &status["biz_opaque_callback_data"]), (&id, &json!("send-7")));
        assert_eq!(status["recipient_id"], ADA);
        let expected = lotse_sim::sign::hub_signature("dev-whatsapp-main-app-secret", &hook.body);
        assert_eq!(hook.header("x-hub-signature-256"), Some(expected.as_str()));
    }
    let received = bench.get("/sim/received").await;
    assert_eq!(received[0]["state"], "read");
}

#[tokio::test]
async fn media_is_downloaded_in_two_steps_with_the_token() {
    let bench = bench_with_ada().await;
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "media": { "kind": "image", "data": "aGk=", "mime_type": "image/jpeg" } })).await;
    let image = bench.hooks(2).await[1].value()["messages"][0]["image"].clone();
    let base = bench.simulator.whatsapp_api_base();
    let link = format!("{base}/v25.0/{}", image["id"].as_str().expect("an id"));
    assert_eq!(bench.http.get(&link).send().await.expect("an answer").status(), 401);
    let described: Value = bench
        .http
        .get(&link)
        .bearer_auth(WHATSAPP_TOKEN)
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!((&described["mime_type"], &described["file_size"]), (&json!("image/jpeg"), &json!(2)));
    let url = described["url"].as_str().expect("an URL");
    assert_eq!(bench.http.get(url).send().await.expect("an answer").status(), 401);
    let file = bench.http.get(url).bearer_auth(WHATSAPP_TOKEN).send().await.expect("an answer");
    assert_eq!(file.headers()["content-type"], "image/jpeg");
    assert_eq!(&file.bytes().await.expect("bytes")[..], b"hi");
}

#[tokio::test]
async fn a_waiter_is_answered_as_soon_as_enough_has_come() {
    let bench = bench_with_ada().await;
    let waiting = {
        let (http, url) = (
            bench.http.clone(),
            format!("{}/sim/received?to={ADA}&count=2&wait_ms=60000", bench.simulator.url()),
        );
        tokio::spawn(async move {
            http.get(url).send().await.expect("an answer").json::<Value>().await.expect("JSON")
        })
    };
    bench.whatsapp_text(ADA, "one").await;
    bench.whatsapp_text(ADA, "two").await;
    let received = waiting.await.expect("no panic");
    let texts: Vec<&Value> =
        received.as_array().expect("a list").iter().map(|entry| &entry["text"]).collect();
    assert_eq!(texts, ["one", "two"]);
    let since = received[1]["at"].as_i64().expect("a time") + 1;
    let began = std::time::Instant::now();
    assert_eq!(bench.get(&format!("/sim/received?since={since}&wait_ms=30")).await, json!([]));
    assert!(began.elapsed() >= Duration::from_millis(30));
    assert_eq!(bench.get("/sim/received/count").await["count"], 2);
    bench.http.delete(format!("{}/sim/received", bench.simulator.url())).send().await.expect("an answer");
    assert_eq!(bench.get("/sim/received").await, json!([]));
}

#[tokio::test]
async fn the_phone_gets_what_happens() {
    let bench = bench_with_ada().await;
    bench.whatsapp_text(ADA, "<b>Hallo</b>").await;
    let events = bench.get("/sim/events?after=0").await;
    let names: Vec<&Value> = events.as_array().expect("a list").iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["said", "webhook", "received", "api"]);
    assert_eq!(events[2]["text"], "<b>Hallo</b>");
    assert_eq!(events[2]["raw"]["text"]["body"], "<b>Hallo</b>");
    assert!(!events.to_string().contains(WHATSAPP_TOKEN));
    let last = events[3]["seq"].as_u64().expect("a number");
    assert_eq!(bench.get(&format!("/sim/events?after={last}")).await, json!([]));
    for file in ["/", "/phone.js", "/words.js", "/phone.css", "/icon.svg"] {
        let response =
            bench.http.get(format!("{}{file}", bench.simulator.url())).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{file}");
        let policy = response.headers()["content-security-policy"].to_str().expect("ASCII").to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{file}");
    }
}

#[tokio::test]
async fn stopping_ends_a_waiter_at_once() {
    let bench = Bench::start().await;
    let url = format!("{}/sim/received?wait_ms=60000", bench.simulator.url());
    let http = bench.http.clone();
    let waiting =
        tokio::spawn(async move { http.get(url).send().await.map(|response| response.status().as_u16()) });
    // The waiter is there once the simulator has seen its request; a second request proves that it serves.
    bench.get("/sim/settings").await;
    let began = std::time::Instant::now();
    bench.simulator.stop().await;
    let outcome = waiting.await.expect("no panic");
    assert!(outcome.is_err() || outcome.is_ok_and(|status| status == 503));
    // Two seconds is when `stop` would cut a waiter off that it had failed to send home.
    assert!(began.elapsed() < Duration::from_millis(1900));
}
