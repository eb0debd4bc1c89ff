//! How long a fresh workerd takes until it listens, and its isolate until it has answered the first
//! requests, against the empty handler in the same run.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::figures::{Figure, Figures, table};
use super::stage::{Script, Simulator, Worker, state_folder};
use super::{Section, progress};

/// What is timed, in order.
const STEPS: [(&str, &str); 5] = [
    ("listening", "workerd's start to listening (to 10 ms)"),
    ("healthz_first", "first /healthz"),
    ("webhook_first", "first webhook to 200"),
    ("reply_first", "first webhook to reply"),
    ("webhook_second", "second webhook to 200 (new sender)"),
];

/// Measures; each time from fresh processes and empty state.
///
/// # Errors
/// When a process does not start or a worker breaks.
pub async fn run(runs: usize) -> Result<Section> {
    let mut figures = Figures::new("start");
    // Once for nothing: whoever starts first reads workerd from disk.
    let unmeasured = state_folder()?;
    drop(Worker::start(Script::Lotse, unmeasured.path(), ([127, 0, 0, 1], 9).into()).await?);
    for number in 1..=runs {
        progress(&format!("start: run {number} of {runs}"));
        // Declared first so that the processes end before their folder goes.
        let folder = state_folder()?;
        let nowhere = ([127, 0, 0, 1], 9).into();
        let empty = Worker::start(Script::Empty, folder.path(), nowhere).await?;
        let empty_age = empty.process.age_seconds()?;
        let simulator = Simulator::start(empty.address).await?;
        measure("empty", &empty, empty_age, None, &mut figures).await?;
        for (script, name) in [(Script::Hono, "hono"), (Script::Lotse, "lotse")] {
            let worker = Worker::start(script, folder.path(), simulator.address).await?;
            let age = worker.process.age_seconds()?;
            measure(name, &worker, age, Some(&simulator), &mut figures).await?;
            let cold_millis = |whose: &str| -> f64 {
                let steps = ["listening", "healthz_first"].map(|step| format!("{whose}_{step}"));
                steps.iter().filter_map(|step| figures.get(step).and_then(Figure::latest)).sum()
            };
            let over_empty = cold_millis(name) - cold_millis("empty");
            figures.add(&format!("{name}_over_empty"), "ms", over_empty);
        }
    }
    let row = |(name, words): &(&str, &str)| {
        let cells = ["empty", "hono", "lotse"].map(|script| figures.cell(&format!("{script}_{name}")));
        [(*words).to_owned()].into_iter().chain(cells).collect()
    };
    let cold = ("over_empty", "cold start over the empty handler: both above");
    let rows: Vec<Vec<String>> = STEPS[..2].iter().chain([&cold]).chain(&STEPS[2..]).map(row).collect();
    let text = table(&["from a fresh process", "empty handler, ms", "hono, ms", "lotse, ms"], &rows);
    Ok(Section { text, figures: figures.into_list(), plots: Vec::new() })
}

async fn measure(
    name: &str,
    worker: &Worker,
    age_seconds: f64,
    simulator: Option<&Simulator>,
    figures: &mut Figures,
) -> Result<()> {
    let mut add = |step: &str, millis: f64| figures.add(&format!("{name}_{step}"), "ms", millis);
    add("listening", age_seconds * 1000.0);
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
    let health = client.get(format!("http://{}/healthz", worker.address)).build()?;
    add("healthz_first", timed(&client, health).await?);
    for (index, step) in ["webhook_first", "webhook_second"].into_iter().enumerate() {
        let from = format!("49151000000{index}0");
        let webhook = webhook(&client, worker, simulator, &from).await?;
        let began = Instant::now();
        add(step, timed(&client, webhook).await?);
        if let (Some(simulator), "webhook_first") = (simulator, step) {
            wait_for_reply(&client, simulator, &from).await?;
            add("reply_first", began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(())
}

async fn timed(client: &reqwest::Client, request: reqwest::Request) -> Result<f64> {
    let began = Instant::now();
    let answer = client.execute(request).await?;
    let status = answer.status();
    answer.bytes().await?;
    ensure!(status.is_success(), "answered {status}");
    Ok(began.elapsed().as_secs_f64() * 1000.0)
}

/// A question of somebody whom the simulator knows.
async fn webhook(
    client: &reqwest::Client,
    worker: &Worker,
    simulator: Option<&Simulator>,
    from: &str,
) -> Result<reqwest::Request> {
    let text = "Wo kann ich mich testen lassen?";
    let mut id = format!("wamid.{from}");
    if let Some(simulator) = simulator {
        // The simulator's own webhook goes to the empty handler.
        let say = json!({ "channel": "whatsapp", "from": from, "text": text });
        let said: Value = client
            .post(format!("http://{}/sim/say", simulator.address))
            .json(&say)
            .send()
            .await?
            .json()
            .await?;
        said["message_ids"][0].as_str().context("the simulator gave no id")?.clone_into(&mut id);
    }
    let now_secs = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "200000000000001", "changes": [{ "field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "498900000", "phone_number_id": "100000000000001" },
            "contacts": [{ "profile": { "name": "Person" }, "wa_id": from }],
            "messages": [{
                "from": from, "id": id, "timestamp": now_secs.to_string(), "type": "text", "text": { "body": text },
            }],
        }}]}],
    })
    .to_string();
    let signature = lotse_sim::sign::hub_signature("dev-whatsapp-main-app-secret", body.as_bytes());
    let url = format!("http://{}/webhook/whatsapp/main", worker.address);
    Ok(client.post(url).header("x-hub-signature-256", signature).body(body).build()?)
}

async fn wait_for_reply(client: &reqwest::Client, simulator: &Simulator, from: &str) -> Result<()> {
    let url = format!("http://{}/sim/received", simulator.address);
    let query = [("to", from), ("count", "1"), ("wait_ms", "20000")];
    let received: Value = client.get(url).query(&query).send().await?.json().await?;
    ensure!(received.as_array().is_some_and(|list| !list.is_empty()), "no reply to the first webhook");
    Ok(())
}
