//! Trouble on request, as lotse meets it.

mod support;

use std::time::{Duration, Instant};

use serde_json::json;
use support::Bench;

const ADA: &str = "491701234567";

async fn bench() -> Bench {
    let bench = Bench::start().await.without_statuses().await;
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": "a" })).await;
    bench.say(json!({ "channel": "telegram", "from": "4711", "text": "a" })).await;
    bench
}

#[tokio::test]
async fn a_failure_before_recording_loses_the_message_and_one_after_keeps_it() {
    let bench = bench().await;
    bench.fault(json!({ "channel": "whatsapp", "status": 500, "count": 1 })).await;
    bench.fault(json!({ "channel": "whatsapp", "code": 131056, "count": 1 })).await;
    bench.fault(json!({ "channel": "whatsapp", "status": 503, "count": 1, "after": "after" })).await;
    assert_eq!(bench.whatsapp_text(ADA, "lost").await, (500, Some(131_000)));
    assert_eq!(bench.whatsapp_text(ADA, "lost").await, (400, Some(131_056)));
    assert_eq!(bench.get("/sim/received").await, json!([]));
    assert_eq!(bench.whatsapp_text(ADA, "kept").await.0, 503);
    assert_eq!(bench.get("/sim/received").await[0]["text"], "kept");
    assert_eq!(bench.whatsapp_text(ADA, "fine").await, (200, None));
    let hits: Vec<u64> = bench
        .get("/sim/faults")
        .await
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|fault| fault["hits"].as_u64())
        .collect();
    assert_eq!(hits, [1, 1, 1]);
}

#[tokio::test]
async fn a_cut_connection_gives_no_answer_and_the_next_call_works() {
    let bench = bench().await;
    let text = json!({ "to": ADA, "type": "text", "text": { "body": "b" } });
    bench.fault(json!({ "channel": "whatsapp", "drop": true, "count": 1 })).await;
    bench.fault(json!({ "channel": "whatsapp", "drop": true, "count": 1, "after": "after" })).await;
    for recorded in [0, 1] {
        let error = bench.whatsapp(text.clone()).await.expect_err("no answer");
        assert!(error.is_request() && error.status().is_none(), "{error}");
        assert_eq!(bench.get("/sim/received").await.as_array().map(Vec::len), Some(recorded));
    }
    assert_eq!(bench.whatsapp(text).await.expect("an answer").0, 200);
}

#[tokio::test]
async fn a_message_that_was_taken_may_fail_later_by_status() {
    let bench = bench().await;
    bench.fault(json!({ "channel": "whatsapp", "code": 131026, "after": "status" })).await;
    assert_eq!(bench.whatsapp_text(ADA, "b").await, (200, None));
    let hooks = bench.hooks(3).await;
    let value = hooks[2].value();
    assert_eq!((&value["statuses"][0]["status"], value.get("contacts")), (&json!("failed"), None));
    assert_eq!(value["statuses"][0]["errors"][0]["code"], 131_026);
}

#[tokio::test]
async fn a_status_follows_even_if_the_answer_was_lost() {
    let bench = Bench::start().await;
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": "a" })).await;
    bench.fault(json!({ "channel": "whatsapp", "drop": true, "after": "after" })).await;
    let fields =
        json!({ "to": ADA, "type": "text", "text": { "body": "b" }, "biz_opaque_callback_data": "send-9" });
    assert!(bench.whatsapp(fields).await.is_err());
    let hooks = bench.hooks(3).await;
    assert_eq!(hooks[1].value()["statuses"][0]["biz_opaque_callback_data"], "send-9");
}

#[tokio::test]
async fn telegram_tells_how_long_to_wait() {
    let bench = bench().await;
    bench.fault(json!({ "channel": "telegram", "status": 429, "retry_after": 7, "to": "4711" })).await;
    let (status, answer) = bench.telegram("sendMessage", json!({ "chat_id": 4711, "text": "a" })).await;
    assert_eq!((status, &answer["parameters"]["retry_after"]), (429, &json!(7)));
    assert_eq!(bench.telegram("sendChatAction", json!({ "chat_id": 4711, "action": "typing" })).await.0, 200);
}

#[tokio::test]
async fn a_delay_only_takes_longer() {
    let bench = bench().await;
    bench.fault(json!({ "channel": "whatsapp", "delay_ms": 40 })).await;
    let began = Instant::now();
    assert_eq!(bench.whatsapp_text(ADA, "b").await, (200, None));
    assert!(began.elapsed() >= Duration::from_millis(40));
    let cleared =
        bench.http.delete(format!("{}/sim/faults", bench.simulator.url())).send().await.expect("an answer");
    assert_eq!(cleared.status(), 204);
    assert_eq!(bench.get("/sim/faults").await, json!([]));
    let (status, _) = bench.post("/sim/faults", json!({ "channel": "whatsapp" })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_message_whose_answer_is_kept_back_or_whose_caller_hangs_up_is_known_as_unanswered() {
    let bench = bench().await;
    let slow = json!({ "channel": "whatsapp", "delay_ms": 60_000, "after": "after", "count": 1 });
    bench.fault(slow).await;
    bench.fault(json!({ "channel": "whatsapp", "drop": true, "after": "after", "count": 1 })).await;
    bench.fault(json!({ "channel": "whatsapp", "delay_ms": 1, "after": "after", "count": 1 })).await;
    let text = |body: &str| json!({ "to": ADA, "type": "text", "text": { "body": body } });
    let hung_up = bench.whatsapp(text("hung up"));
    assert!(tokio::time::timeout(Duration::from_millis(500), hung_up).await.is_err(), "no answer");
    assert!(bench.whatsapp(text("kept back")).await.is_err());
    assert_eq!(bench.whatsapp_text(ADA, "slow").await.0, 200);
    assert_eq!(bench.whatsapp_text(ADA, "fine").await.0, 200);
    let received = bench.get("/sim/received").await;
    let unanswered: Vec<bool> = (0..4).filter_map(|index| received[index]["unanswered"].as_bool()).collect();
    assert_eq!(unanswered, [true, true, false, false]);
}

#[tokio::test]
async fn kept_webhooks_are_delivered_again_until_each_is_taken() {
    let bench = Bench::start().await.without_statuses().await;
    bench.post("/sim/settings", json!({ "keep_webhooks": true })).await;
    for text in ["a", "b", "c"] {
        bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": text })).await;
    }
    bench.say(json!({ "channel": "whatsapp", "from": ADA, "text": "d", "tamper": "signature" })).await;
    bench.answer_next(&[(503, ""), (500, "")]);
    let (_, answer) = bench.post("/sim/redeliver", json!({ "times": 2, "seed": 7 })).await;
    assert_eq!(answer, json!({ "deliveries": 6 }));
    let hooks = bench.hooks(3 + 1 + 6 + 2).await;
    for first in &hooks[..3] {
        let again = hooks[4..].iter().filter(|hook| hook.body == first.body).count();
        assert!(again >= 2, "{again}");
    }
    let order: Vec<_> = hooks[4..].iter().map(|hook| hook.body.clone()).collect();
    let sorted =
        hooks[..3].iter().flat_map(|hook| [hook.body.clone(), hook.body.clone()]).collect::<Vec<_>>();
    assert_ne!(order[..6], sorted[..], "out of order");
    bench.post("/sim/redeliver", json!({ "sample": 1 })).await;
    bench.hooks(3 + 1 + 6 + 2 + 1).await;
}
