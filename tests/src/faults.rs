//! Verbs to take the worker's bindings away while it runs and to put messages into its queues; for worlds
//! that are launched with `faults`.

use anyhow::Result;
use serde_json::Value;

use crate::World;

impl World {
    /// Takes bindings away, or some calls of them; `{}` gives all back. As `faults.mjs` describes.
    ///
    /// # Errors
    /// When the worker is gone or was launched without faults.
    pub async fn away(&self, bindings: Value) -> Result<()> {
        let url = format!("{}/.faults/away", self.worker.url());
        self.client.put(url).json(&bindings).send().await?.error_for_status()?;
        Ok(())
    }

    /// How many calls a binding refused since it was taken away.
    ///
    /// # Errors
    /// As [`World::away`].
    pub async fn refused(&self, binding: &str) -> Result<u64> {
        let url = format!("{}/.faults/away", self.worker.url());
        let refused: Value = self.client.get(url).send().await?.error_for_status()?.json().await?;
        Ok(refused[binding].as_u64().unwrap_or_default())
    }

    /// Puts a body into the queue of a binding, as `text`, `json` or `bytes`.
    ///
    /// # Errors
    /// As [`World::away`].
    pub async fn put_into_queue(&self, binding: &str, kind: &str, body: &str) -> Result<()> {
        let url = format!("{}/.faults/queue/{binding}?type={kind}", self.worker.url());
        self.client.post(url).body(body.to_owned()).send().await?.error_for_status()?;
        Ok(())
    }

    /// Puts bytes under a key of KV, as somebody elsewhere would.
    ///
    /// # Errors
    /// As [`World::away`].
    pub async fn put_into_kv(&self, key: &str, bytes: impl Into<Vec<u8>>) -> Result<()> {
        let url = format!("{}/.faults/kv/STORE/{key}", self.worker.url());
        self.client.put(url).body(bytes.into()).send().await?.error_for_status()?;
        Ok(())
    }

    /// Lets the cron do its work now.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn run_the_cron(&self) -> Result<()> {
        self.client.get(self.worker.cron_url()).send().await?.error_for_status()?;
        Ok(())
    }
}
