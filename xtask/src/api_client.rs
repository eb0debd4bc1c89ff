//! The agents' API, as the commands of this tool ask it. Must not know what any of them is about.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::Timestamp;
use lotse_core::faq::lint::Finding;
use lotse_core::time::UnixMillis;
use reqwest::{Client, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Where lotse runs and who asks.
#[derive(Args)]
pub struct ApiClient {
    /// Where lotse runs.
    #[arg(long, global = true, default_value = "http://127.0.0.1:8787", value_name = "URL")]
    url: String,
    /// Whose token: `agent` may read texts, `lead` may change them and see accounts, `admin` may pause accounts.
    #[arg(
        long,
        global = true,
        env = "LOTSE_TOKEN",
        hide_env_values = true,
        default_value = "dev-admin-token"
    )]
    token: String,
}

impl ApiClient {
    /// Reads what lies at a path below `/api/v1`.
    ///
    /// # Errors
    /// When lotse is not there or refuses.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.send(Method::GET, path, None::<&()>).await
    }

    /// Sends a body to a path below `/api/v1`.
    ///
    /// # Errors
    /// When lotse is not there or refuses.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Asks a path below `/api/v1` to do what its name says.
    ///
    /// # Errors
    /// When lotse is not there or refuses.
    pub async fn order<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.send(Method::POST, path, None::<&()>).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T> {
        let url = format!("{}/api/v1{path}", self.url.trim_end_matches('/'));
        let mut request = Client::new().request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("no lotse at {}", self.url))?;
        let status = answer.status();
        let text = answer.text().await.with_context(|| format!("{} broke off", self.url))?;
        // 204 has no body: it is nothing, as a value.
        let body: Value = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)
                .with_context(|| format!("{status}: the answer of {} is no JSON", self.url))?
        };
        if !status.is_success() {
            bail!("{}", refusal(status.as_u16(), &body));
        }
        serde_json::from_value(body).with_context(|| format!("{} answers as another version does", self.url))
    }
}

/// What a problem document says, with each finding in a line of its own.
fn refusal(status: u16, problem: &Value) -> String {
    let title = problem["title"].as_str().unwrap_or_default();
    let findings: Vec<Finding> = serde_json::from_value(problem["findings"].clone()).unwrap_or_default();
    if findings.is_empty() {
        return format!("{status}: {}", problem["detail"].as_str().unwrap_or(title));
    }
    let lines = findings.iter().map(|finding| format!("\n  line {}: {finding}", finding.line));
    format!("{status}: {title}{}", lines.collect::<String>())
}

/// An instant as people read it, in UTC.
pub fn clock(at: UnixMillis) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| format!("{at:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_every_finding() {
        let problem = serde_json::json!({
            "title": "The pack has errors", "detail": "line 5: …",
            "findings": [{"severity": "error", "line": 5, "entry": "masks", "reason": "no title"}],
        });
        assert_eq!(refusal(422, &problem), "422: The pack has errors\n  line 5: error: \"masks\": no title");
        assert_eq!(
            refusal(409, &serde_json::json!({"detail": "version 7 is in effect"})),
            "409: version 7 is in effect"
        );
    }
}
