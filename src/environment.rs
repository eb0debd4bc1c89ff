//! What the isolate knows from its start on: settings, secrets, addresses of platforms.
//!
//! Read once per isolate; a new secret or setting starts new isolates anyway. Production refuses to
//! work on development secrets.

use std::collections::HashMap;
use std::rc::Rc;

use lotse_core::channel::{ChannelName, Secrets};
use lotse_core::settings::Settings;
use worker::{Env, Result};

/// The secret that opens the agent API for the first time.
const ADMIN_TOKEN: &str = "AGENT_ADMIN_TOKEN";
/// The secret behind the encryption of spilled items.
const SPILL_KEY: &str = "SPILL_KEY";
/// The secret that opens `/metrics`.
const METRICS_TOKEN: &str = "METRICS_TOKEN";

/// Everything that stays the same while an isolate lives.
pub struct Environment {
    /// `lotse.toml`.
    pub settings: Settings,
    accounts: HashMap<(ChannelName, String), AccountSecrets>,
    api_bases: HashMap<ChannelName, String>,
    admin_tokens: Vec<String>,
    spill_keys: Vec<String>,
    metrics_tokens: Vec<String>,
    problems: Vec<String>,
    refuses: bool,
}

/// The secrets of one account. Shows no value when printed.
#[derive(Default)]
pub struct AccountSecrets {
    values: HashMap<&'static str, Vec<String>>,
}

impl Secrets for AccountSecrets {
    fn get(&self, name: &str) -> Vec<&str> {
        self.values.get(name).map(|values| values.iter().map(String::as_str).collect()).unwrap_or_default()
    }
}

thread_local! {
    static ENVIRONMENT: std::cell::OnceCell<Rc<Environment>> = const { std::cell::OnceCell::new() };
}

impl Environment {
    /// The environment of this isolate.
    ///
    /// # Errors
    /// When the compiled-in settings cannot be read: a broken build.
    pub fn of(env: &Env) -> Result<Rc<Self>> {
        ENVIRONMENT.with(|cell| {
            if let Some(known) = cell.get() {
                return Ok(Rc::clone(known));
            }
            let read = Rc::new(Self::read(env)?);
            Ok(Rc::clone(cell.get_or_init(|| read)))
        })
    }

    fn read(env: &Env) -> Result<Self> {
        let settings: Settings =
            serde_json::from_slice(include_bytes!(concat!(env!("OUT_DIR"), "/settings.json")))?;
        let development = variable(env, "ENVIRONMENT").as_deref() == Some("development");
        let mut report = Report { development, problems: Vec::new(), refuses: false };

        let mut accounts = HashMap::new();
        let mut api_bases = HashMap::new();
        for (channel, named) in &settings.accounts {
            let platform = channel.channel();
            let base = variable(env, &format!("{}_API_BASE", channel.as_str().to_uppercase()));
            let base = base.unwrap_or_else(|| platform.default_api_base().to_owned());
            api_bases.insert(*channel, base.trim_end_matches('/').to_owned());
            for account in named.keys() {
                let mut secrets = AccountSecrets::default();
                for secret in platform.secrets() {
                    let name = format!("{channel}_{account}_{}", secret.name).to_uppercase();
                    secrets.values.insert(secret.name, report.secret(env, &name));
                }
                accounts.insert((*channel, account.clone()), secrets);
            }
        }
        let admin_tokens = report.secret(env, ADMIN_TOKEN);
        let spill_keys = report.secret(env, SPILL_KEY);
        let metrics_tokens = report.secret(env, METRICS_TOKEN);
        let bindings = [
            "CONVERSATION",
            "DESK",
            "PACER",
            "METRICS",
            "KNOWLEDGE",
            "QUESTIONS",
            "FOLLOWUPS",
            "QUESTIONS_QUEUE",
            "SPILL",
            "DEAD_LETTERS",
            "STORE",
        ];
        for binding in bindings {
            if !has_binding(env, binding) {
                report.problems.push(format!("binding {binding} is missing"));
            }
        }
        let Report { problems, refuses, .. } = report;
        Ok(Self {
            settings,
            accounts,
            api_bases,
            admin_tokens,
            spill_keys,
            metrics_tokens,
            problems,
            refuses,
        })
    }

    /// The secrets of a configured account.
    #[must_use]
    pub fn secrets(&self, channel: ChannelName, account: &str) -> Option<&AccountSecrets> {
        self.accounts.get(&(channel, account.to_owned()))
    }

    /// Where the platform's API is, without a trailing slash.
    #[must_use]
    pub fn api_base(&self, channel: ChannelName) -> &str {
        self.api_bases.get(&channel).map_or("", String::as_str)
    }

    /// Tokens that open the agent API as admin, before others were made.
    #[must_use]
    pub fn admin_tokens(&self) -> Vec<&str> {
        self.admin_tokens.iter().map(String::as_str).collect()
    }

    /// The secrets behind the encryption of spilled items: the first seals, all of them open.
    #[must_use]
    pub fn spill_keys(&self) -> &[String] {
        &self.spill_keys
    }

    /// Tokens that open `/metrics`.
    #[must_use]
    pub fn metrics_tokens(&self) -> Vec<&str> {
        self.metrics_tokens.iter().map(String::as_str).collect()
    }

    /// What is missing or wrong, by name and never by value.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Whether requests are refused because production runs on a development secret.
    #[must_use]
    pub const fn refuses(&self) -> bool {
        self.refuses
    }
}

/// Collects what is wrong while the environment is read.
struct Report {
    development: bool,
    problems: Vec<String>,
    refuses: bool,
}

impl Report {
    /// The values of a secret, separated by spaces while it is rotated.
    fn secret(&mut self, env: &Env, name: &str) -> Vec<String> {
        let values: Vec<String> =
            variable(env, name).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        if values.is_empty() {
            self.problems.push(format!("secret {name} is not set"));
        }
        if !self.development && values.iter().any(|value| value.starts_with("dev-")) {
            self.problems.push(format!("secret {name} is a development value, which production refuses"));
            self.refuses = true;
        }
        values
    }
}

fn variable(env: &Env, name: &str) -> Option<String> {
    js_sys::Reflect::get(env, &name.into()).ok()?.as_string()
}

fn has_binding(env: &Env, name: &str) -> bool {
    js_sys::Reflect::get(env, &name.into()).is_ok_and(|value| value.is_object())
}
