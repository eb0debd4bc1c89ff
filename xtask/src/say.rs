//! `cargo xtask say`: one signed webhook through the simulator, and what comes back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Value, json};

/// Say something as a citizen and print the answer.
#[derive(Args)]
pub struct SayArgs {
    /// The platform: whatsapp or telegram.
    #[arg(long, default_value = "whatsapp")]
    channel: String,
    /// The account's name in lotse.toml.
    #[arg(long, default_value = "main")]
    account: String,
    /// Who writes: a phone number in digits, or a Telegram user id.
    #[arg(long, default_value = "491701234567")]
    from: String,
    /// Where the simulator listens.
    #[arg(long, default_value = "http://127.0.0.1:8788", value_name = "URL")]
    sim: String,
    /// How long to wait for an answer, in seconds.
    #[arg(long, default_value_t = 5)]
    wait: u64,
    /// What to say.
    text: String,
}

/// Sends and prints.
///
/// # Errors
/// When the simulator or the worker is not there.
pub fn run(arguments: &SayArgs) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(say(arguments))
}

async fn say(arguments: &SayArgs) -> Result<()> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(arguments.wait + 30)).build()?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let body = json!({
        "channel": arguments.channel,
        "account": arguments.account,
        "from": arguments.from,
        "text": arguments.text,
    });
    let missing =
        || format!("no simulator at {}: start `cargo xtask dev` in another terminal", arguments.sim);
    let said =
        client.post(format!("{}/sim/say", arguments.sim)).json(&body).send().await.with_context(missing)?;
    let said: Value = said.json().await.context("the simulator answered no JSON")?;
    let delivery = said.pointer("/deliveries/0").cloned().unwrap_or_else(|| said.clone());
    println!("{} → {delivery}", arguments.from);
    if delivery.get("status").and_then(Value::as_u64) != Some(200) {
        bail!("the worker did not take the webhook");
    }
    let query = [
        ("channel", arguments.channel.clone()),
        ("to", arguments.from.clone()),
        ("since", since.to_string()),
        ("count", "1".to_owned()),
        ("wait_ms", (arguments.wait * 1000).to_string()),
    ];
    let received = client.get(format!("{}/sim/received", arguments.sim)).query(&query).send().await?;
    let received: Vec<Value> = received.json().await?;
    for message in &received {
        println!("← {}", message.get("text").and_then(Value::as_str).unwrap_or_default());
        for button in message.get("buttons").and_then(Value::as_array).into_iter().flatten() {
            println!("  [{}]", button.get("title").and_then(Value::as_str).unwrap_or_default());
        }
    }
    if received.is_empty() {
        println!(
            "← (nothing within {} s: thanks and emoji get no answer, claimed threads wait for their agent)",
            arguments.wait
        );
    }
    Ok(())
}
