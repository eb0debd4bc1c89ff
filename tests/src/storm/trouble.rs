//! What goes wrong beside the kills: platforms refuse, hang and cut off; queues carry things twice, and
//! things that nobody can read.

use anyhow::{Result, bail};
use reqwest::Method;
use serde_json::{Value, json};

use super::patiently;
use crate::World;

/// A message that no consumer can read, for each queue.
const POISON: [(&str, &str, &str); 3] = [
    ("FOLLOWUPS", "text", "poisoned follow-up"),
    ("SPILL", "json", r#"{"to": "nobody"}"#),
    ("DEAD_LETTERS", "bytes", "poisoned letter"),
];

/// Sets the platforms' faults. Together they strike about every third call, most of them by being slow,
/// so that a kill finds calls under way.
pub(super) async fn start(world: &World) -> Result<()> {
    let limits = [("whatsapp", 131_056, Value::Null), ("telegram", 429, json!(1))];
    for (channel, limit, retry_after) in limits {
        for fault in [
            json!({"delay_ms": 60_000, "status": 500, "rate": 0.02, "count": 2}),
            json!({"delay_ms": 60_000, "status": 500, "rate": 0.02, "count": 2, "after": "after"}),
            json!({"code": limit, "retry_after": retry_after, "rate": 0.02}),
            json!({"status": 429, "rate": 0.02}),
            json!({"status": 500, "rate": 0.02}),
            json!({"drop": true, "rate": 0.02}),
            json!({"drop": true, "rate": 0.02, "after": "after"}),
            json!({"delay_ms": 40, "rate": 0.1}),
            json!({"delay_ms": 80, "rate": 0.2, "after": "after"}),
        ] {
            let mut fault = fault;
            fault["channel"] = channel.into();
            world.fault(fault).await?;
        }
    }
    // Taken, and yet answered with an error. Not on Telegram: it reports nothing, so the message is sent again
    // after its time to settle, and the audit counts as uncertain only what got no answer at all.
    world.fault(json!({"channel": "whatsapp", "status": 500, "rate": 0.02, "after": "after"})).await
}

/// Whether calls that a platform had carried out were cut off before their answer, on every platform.
pub(super) async fn has_cut_calls_off(world: &World) -> Result<bool> {
    let url = format!("{}/sim/faults", world.simulator.url());
    let faults: Value = world.client.get(url).send().await?.error_for_status()?.json().await?;
    let hits = |channel: &str| -> u64 {
        let cuts = faults.as_array().into_iter().flatten().filter(|fault| fault["channel"] == channel);
        let cuts = cuts.filter(|fault| fault["drop"] == true && fault["after"] == "after");
        cuts.filter_map(|fault| fault["hits"].as_u64()).sum()
    };
    Ok(["whatsapp", "telegram"].iter().all(|channel| hits(channel) > 0))
}

/// The desk's consumer sees follow-ups a second and a third time, the newest after the oldest. Whether they
/// get there is up to the kill.
pub(super) async fn repeat_follow_ups(world: &World) -> Result<()> {
    let (_, page) = world.api(Method::GET, "/threads?limit=5", None).await?;
    for thread in page["threads"].as_array().into_iter().flatten() {
        let mut summary = thread.clone();
        let id = summary.as_object_mut().and_then(|summary| summary.remove("id"));
        let again = json!({"id": id, "thread": summary}).to_string();
        for _ in 0..2 {
            world.put_into_queue("FOLLOWUPS", "text", &again).await?;
        }
    }
    Ok(())
}

/// Puts a message that nobody can read into every queue.
pub(super) async fn spoil_queues(world: &World) -> Result<()> {
    for (queue, kind, body) in POISON {
        world.put_into_queue(queue, kind, body).await?;
    }
    repeat_follow_ups(world).await
}

/// Each of them is a dead letter, once, and nothing else is.
pub(super) async fn expect_dead_letters(world: &World) -> Result<()> {
    let page = patiently("a dead letter for every poisoned message", async || {
        let (_, page) = world.api(Method::GET, "/dead-letters", None).await?;
        Ok((page["total"].as_u64() >= Some(POISON.len() as u64)).then_some(page))
    })
    .await?;
    let letters = page["dead_letters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if letters.len() != POISON.len() || letters.iter().any(|letter| letter["kind"] != "queued") {
        bail!("dead letters other than the poisoned messages: {page}");
    }
    Ok(())
}
