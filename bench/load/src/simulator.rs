//! What the generator wants from the simulator: people who may be written to, and what lotse sent them.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::json;

/// As many people get to know the simulator with one call.
pub const BLOCK: usize = 1_000;
/// Nobody waits longer for the last replies of a burst.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// The simulator.
pub struct Simulator<'a> {
    client: &'a reqwest::Client,
    address: SocketAddr,
}

/// A message of lotse.
#[derive(Debug, Deserialize)]
pub struct Reply {
    /// When it came, in Unix milliseconds.
    pub at: i64,
    /// The phone number it went to.
    pub to: String,
    /// What the person reads.
    pub text: String,
    /// The platform's id of it.
    pub message_id: String,
    /// lotse's own id of it.
    #[serde(default)]
    pub callback: Option<String>,
}

impl<'a> Simulator<'a> {
    /// The simulator at this address.
    pub const fn new(client: &'a reqwest::Client, address: SocketAddr) -> Self {
        Self { client, address }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Makes [`BLOCK`] people known who count up from a number, so that lotse may write to them, and
    /// returns a fresh message id of each; of one person, as many of theirs. The simulator's own webhook about it goes wherever it was
    /// told to post webhooks, which must not be the worker under test.
    pub async fn introduce(&self, first: &str, one_person: bool) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Said {
            message_ids: Vec<String>,
        }
        let say = json!({
            "channel": "whatsapp", "from": first, "text": "Guten Tag", "batch": BLOCK, "same_sender": one_person,
        });
        let answer = self.client.post(self.url("/sim/say")).json(&say).send().await?;
        let said: Said = answer.error_for_status()?.json().await.context("the simulator's answer")?;
        ensure!(said.message_ids.len() == BLOCK, "the simulator gave {} ids", said.message_ids.len());
        Ok(said.message_ids)
    }

    /// Waits until so many messages have come, or no other for `patience`, and returns all that have. One contact's
    /// own messages come one in six seconds, as WhatsApp wants it, so there is an end to the whole of it as well. What is
    /// still `owed` to people of an earlier burst belongs to that.
    pub async fn replies(
        &self,
        due: usize,
        owed: &HashSet<String>,
        patience: Duration,
    ) -> Result<Vec<Reply>> {
        let (began, mut known, mut strays) = (Instant::now(), 0, 0);
        loop {
            let wait_millis = if due == 0 { 0 } else { patience.as_millis() as usize };
            let mut replies = self.received(due + strays, wait_millis).await?;
            let arrived = replies.len();
            replies.retain(|reply| !owed.contains(&reply.to));
            if replies.len() >= due || arrived == known || began.elapsed() >= LONGEST_WAIT {
                return Ok(replies);
            }
            (known, strays) = (arrived, arrived - replies.len());
        }
    }

    async fn received(&self, count: usize, wait_millis: usize) -> Result<Vec<Reply>> {
        let wait = [("count", count), ("wait_ms", wait_millis)];
        let limit = Duration::from_secs(60);
        let request = self.client.get(self.url("/sim/received")).query(&wait).timeout(limit);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// Forgets what came so far.
    pub async fn forget(&self) -> Result<()> {
        self.client.delete(self.url("/sim/received")).send().await?.error_for_status()?;
        Ok(())
    }
}
