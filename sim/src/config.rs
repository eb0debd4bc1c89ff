//! What the simulator is told: ports, accounts, secrets, and how the platforms behave.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A platform that the simulator plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// WhatsApp Cloud API.
    Whatsapp,
    /// Telegram Bot API.
    Telegram,
}

impl Channel {
    /// The name in URLs and settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Telegram => "telegram",
        }
    }
}

/// One of the organisation's accounts on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The platform.
    pub channel: Channel,
    /// Its name in `lotse.toml` and in webhook URLs.
    pub name: String,
    /// The platform's name for it: WhatsApp `phone_number_id`, Telegram bot id.
    pub address: String,
}

/// How to start a simulator. `Default` is the set-up of development with a free port.
#[derive(Clone)]
pub struct Config {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Where webhooks go: lotse's address on this machine.
    pub worker: String,
    /// The organisation's accounts.
    pub accounts: Vec<Account>,
    /// Secrets that differ from the development rule, by their name in the environment
    /// (`WHATSAPP_MAIN_APP_SECRET`).
    pub secrets: BTreeMap<String, String>,
    /// How the platforms behave at first; `POST /sim/settings` changes it.
    pub settings: Settings,
    /// The first pause before a webhook is redelivered a second time; it doubles from there.
    pub redeliver_pause: Duration,
    /// The pause up to which it grows.
    pub longest_redeliver_pause: Duration,
    /// How many messages of lotse are kept; beyond that the oldest go.
    pub received_capacity: usize,
}

impl Default for Config {
    fn default() -> Self {
        let main = |channel, address: &str| Account { channel, name: "main".into(), address: address.into() };
        Self {
            port: 0,
            worker: "http://127.0.0.1:8787".into(),
            accounts: vec![main(Channel::Whatsapp, "100000000000001"), main(Channel::Telegram, "1")],
            secrets: BTreeMap::new(),
            settings: Settings::default(),
            redeliver_pause: Duration::from_secs(2),
            longest_redeliver_pause: Duration::from_secs(90),
            received_capacity: 200_000,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Config")
            .field("port", &self.port)
            .field("worker", &self.worker)
            .field("accounts", &self.accounts)
            .field("secrets", &self.secrets.keys())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// The account of that name.
    pub(crate) fn account(&self, channel: Channel, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.channel == channel && account.name == name)
    }

    /// A secret of an account: what was configured, or by the development rule `dev-` and its name
    /// in lower case with dashes.
    #[must_use]
    pub fn secret(&self, channel: Channel, account: &str, name: &str) -> String {
        let variable = format!("{}_{account}_{name}", channel.as_str()).to_uppercase().replace('-', "_");
        let by_rule = || format!("dev-{}", variable.to_lowercase().replace('_', "-"));
        self.secrets.get(&variable).cloned().unwrap_or_else(by_rule)
    }
}

/// How the platforms behave; can be changed while the simulator runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Whether WhatsApp reports what became of each message.
    pub statuses: bool,
    /// Whether a webhook that was not answered with 2xx is delivered again, with growing pauses.
    pub redeliver: bool,
    /// Whether WhatsApp refuses more than one message per 6 seconds to one person (after 45 at once).
    pub pair_rate: bool,
    /// Whether webhooks are kept, to be delivered again by `POST /sim/redeliver`.
    pub keep_webhooks: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { statuses: true, redeliver: false, pair_rate: false, keep_webhooks: false }
    }
}

/// An address that leads off this machine. Webhooks carry development signatures and test data:
/// they stay here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address must be http:// on this machine (127.0.0.1, [::1] or localhost)")]
pub struct NotLoopback;

/// Checks that an URL is plain HTTP on this machine, and takes off a trailing slash.
pub(crate) fn loopback_url(url: &str) -> Result<String, NotLoopback> {
    let parsed = reqwest::Url::parse(url).map_err(|_| NotLoopback)?;
    let host = parsed.host_str().ok_or(NotLoopback)?;
    let plain = parsed.scheme() == "http" && parsed.username().is_empty() && parsed.password().is_none();
    if !plain || !is_loopback_host(host) {
        return Err(NotLoopback);
    }
    Ok(parsed.as_str().trim_end_matches('/').to_owned())
}

/// Whether a host name or address means this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_follow_the_development_rule_unless_configured() {
        let mut config = Config::default();
        assert_eq!(config.secret(Channel::Whatsapp, "main", "APP_SECRET"), "dev-whatsapp-main-app-secret");
        assert_eq!(
            config.secret(Channel::Telegram, "stadt-nord", "BOT_TOKEN"),
            "dev-telegram-stadt-nord-bot-token"
        );
        config.secrets.insert("WHATSAPP_MAIN_APP_SECRET".into(), "other".into());
        assert_eq!(config.secret(Channel::Whatsapp, "main", "APP_SECRET"), "other");
        assert!(!format!("{config:?}").contains("other"));
    }

    #[test]
    fn only_plain_http_on_this_machine_is_an_address_for_webhooks() {
        for good in ["http://127.0.0.1:8787", "http://localhost:1/", "http://[::1]:80/base/"] {
            assert!(loopback_url(good).is_ok(), "{good}");
        }
        for bad in [
            "https://127.0.0.1",
            "http://example.org",
            "http://127.0.0.1.example.org",
            "http://user:pw@127.0.0.1",
            "http://10.0.0.1",
            "http://localhost.example.org",
            "ftp://localhost",
            "127.0.0.1:80",
            "",
        ] {
            assert_eq!(loopback_url(bad), Err(NotLoopback), "{bad}");
        }
    }
}
