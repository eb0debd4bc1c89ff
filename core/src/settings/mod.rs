//! `lotse.toml`, typed and validated.
//!
//! [`Settings::from_toml`] runs at build time, where every problem is named with its line. The
//! result is embedded as JSON and read back at start, which must be cheap: what can be computed
//! beforehand (the rule of the time zone) is stored, and nothing is looked up later.
//!
//! Not here: secrets (environment), approved texts (packs).

mod bounded;
mod bulk;
mod file;
mod hours;
mod language;
mod local_time;
mod switch;
mod template;
mod zone;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use bounded::{Bounded, OutOfRange};
pub use bulk::{Bulk, QuietDay};
pub use file::SettingsError;
pub use hours::{ClosedDay, Hours, MalformedHours, Opening};
pub use language::TextLanguage;
pub(crate) use local_time::{english_month, german_month};
pub use switch::Switch;
pub use template::{
    FilledText, MalformedTemplate, Template, TemplateName, TemplateText, TemplateValues, Templates,
};
#[cfg(any(test, feature = "zones"))]
pub use zone::resolve_zone;
pub use zone::{MalformedZone, ZoneRule};

use crate::channel::ChannelName;
use crate::pacing::Rate;
use crate::time::UnixMillis;

/// Everything an organisation decides, except its texts and secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who runs this desk.
    pub organisation: Organisation,
    /// The rule behind [`Organisation::time_zone`], resolved at build time.
    pub zone_rule: ZoneRule,
    /// When humans answer.
    pub hours: Hours,
    /// The accounts per channel, by their names in URLs and secrets.
    pub accounts: BTreeMap<ChannelName, BTreeMap<String, Account>>,
    /// What agents read for each team's name.
    pub teams: BTreeMap<String, String>,
    /// How the bot behaves.
    pub bot: Bot,
    /// How messages are sent.
    pub sending: Sending,
    /// How messages to many are sent.
    pub bulk: Bulk,
    /// How long data stays.
    pub retention: Retention,
}

/// Who runs this desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name per language; there is one for each of [`Self::languages`].
    pub name: BTreeMap<String, String>,
    /// What every reference starts with: `GA` makes `GA-7Q4K`.
    pub reference_prefix: ReferencePrefix,
    /// IANA name of the time zone of the office hours, `Europe/Berlin`.
    pub time_zone: String,
    /// The languages of the packs; the first, in which the bot itself must speak, is the default.
    pub languages: Vec<String>,
    /// The name of the pack with the approved texts.
    pub pack: String,
    /// Where data may lie.
    #[serde(default)]
    pub residency: Residency,
    /// `https` link to the privacy notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_notice: Option<String>,
    /// `https` link to the imprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imprint: Option<String>,
}

/// Where data may lie. Chosen before go-live: the same name is another object in another place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Residency {
    /// Wherever it is fastest.
    #[default]
    None,
    /// In the European Union only.
    Eu,
}

/// One of our accounts at a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The platform's name for it: a phone number id, a page id, a bot id.
    pub address: String,
    /// The team that its threads wait for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The templates that the platform approved, where it has such a thing.
    #[serde(default, skip_serializing_if = "Templates::is_empty")]
    pub templates: Templates,
    /// Messages per second that the platform grants it; where nothing is said, the platform's usual figure
    /// ([`crate::pacing::SendLimits`]), whose upper end it may not exceed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages_per_second: Option<Bounded<1, 10_000, 80>>,
}

/// How the bot behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bot {
    /// Minutes after which a message is old news, which only a human answers.
    pub late_after_minutes: Bounded<1, 1440, 5>,
    /// Minutes for which one acknowledgement covers what the same person writes next.
    pub acknowledgement_pause_minutes: Bounded<1, 1440, 30>,
    /// Hours for which the bot is silent after a human wrote in the platform's own app.
    pub echo_pause_hours: Bounded<1, 168, 12>,
    /// Hours without an answer after which what was given in a flow is put before a human.
    pub flow_abandoned_hours: Bounded<1, 720, 24>,
    /// Whether the bot asks below an answer if it helped, where there is room for two more buttons.
    pub ask_if_helped: Switch<true>,
}

/// How messages are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sending {
    /// Seconds that a platform has to answer one call.
    pub call_timeout_seconds: Bounded<1, 60, 10>,
    /// Seconds for which a send with unknown outcome waits for evidence from the platform; more than
    /// `call_timeout_seconds`, since the platform may take a message until the call's last moment.
    pub settle_seconds: Bounded<2, 3600, 60>,
    /// What becomes of it where the platform gives no evidence.
    pub on_uncertain: OnUncertain,
    /// Hours after which a message that could not be sent is given up and shown to an agent.
    pub max_attempt_hours: Bounded<1, 168, 24>,
}

/// What becomes of a send with unknown outcome, where the platform gives no evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUncertain {
    /// Send it again; it may arrive twice.
    #[default]
    SendAgain,
    /// Show it to an agent; it may not have arrived.
    ShowAgent,
}

/// How long data stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days after the last message of a conversation.
    pub conversations_days: Bounded<1, 3650, 90>,
    /// Days after a piece was set aside.
    pub dead_letters_days: Bounded<1, 3650, 30>,
    /// Days after somebody last asked a question in these words that was not answered well.
    pub questions_days: Bounded<1, 365, 30>,
}

/// Two to four capital letters, A to Z.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReferencePrefix(String);

impl ReferencePrefix {
    /// The letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not two to four capital letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no reference prefix; write two to four capital letters from A to Z, such as \"GA\"")]
pub struct MalformedPrefix(String);

impl TryFrom<String> for ReferencePrefix {
    type Error = MalformedPrefix;

    fn try_from(prefix: String) -> Result<Self, MalformedPrefix> {
        let fits = (2..=4).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_uppercase());
        if fits { Ok(Self(prefix)) } else { Err(MalformedPrefix(prefix)) }
    }
}

impl From<ReferencePrefix> for String {
    fn from(prefix: ReferencePrefix) -> Self {
        prefix.0
    }
}

impl Settings {
    /// The account of a channel by its name (`main`).
    #[must_use]
    pub fn account(&self, channel: ChannelName, name: &str) -> Option<&Account> {
        self.accounts.get(&channel)?.get(name)
    }

    /// The name of the account that has this address at the platform.
    #[must_use]
    pub fn account_by_address(&self, channel: ChannelName, address: &str) -> Option<&str> {
        let accounts = self.accounts.get(&channel)?;
        accounts.iter().find(|(_, account)| account.address == address).map(|(name, _)| name.as_str())
    }

    /// How fast an account may send.
    #[must_use]
    pub fn rate(&self, channel: ChannelName, name: &str) -> Rate {
        let granted = self.account(channel, name).and_then(|account| account.messages_per_second);
        let usual = channel.channel().send_limits().messages_per_second;
        Rate::per_second(granted.map_or(usual, Bounded::get))
    }

    /// Whether humans answer at this instant.
    #[must_use]
    pub fn is_open(&self, at: UnixMillis) -> bool {
        self.hours.is_open(&self.zone_rule, at)
    }

    /// The earliest instant from `at` on at which humans answer: `at` itself inside the office hours,
    /// `None` when the next year has none.
    #[must_use]
    pub fn next_opening(&self, at: UnixMillis) -> Option<UnixMillis> {
        self.hours.next_opening(&self.zone_rule, at)
    }

    /// The earliest instant from `at` on at which messages to many may leave: `at` itself outside the
    /// quiet hours, `None` when the next year has none.
    #[must_use]
    pub fn bulk_from(&self, at: UnixMillis) -> Option<UnixMillis> {
        self.bulk.allowed_hours().next_opening(&self.zone_rule, at)
    }

    /// The first of the wished languages that the organisation has, by its tag; regions are ignored
    /// (`de-AT` finds `de`).
    #[must_use]
    pub fn supported_language<'a>(&'a self, wishes: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        wishes.into_iter().find_map(|wish| {
            let primary = wish.split(['-', '_']).next().unwrap_or(wish);
            let languages = &self.organisation.languages;
            let find = |tag: &str| languages.iter().find(|language| language.eq_ignore_ascii_case(tag));
            find(wish).or_else(|| find(primary)).map(String::as_str)
        })
    }

    /// The default language.
    #[must_use]
    pub fn default_language(&self) -> &str {
        self.organisation.languages.first().map_or("en", String::as_str)
    }

    /// The language of lotse's own texts for someone who reads `language`: that one if lotse speaks
    /// it, else the organisation's first.
    #[must_use]
    pub fn text_language(&self, language: &str) -> TextLanguage {
        TextLanguage::of(language)
            .or_else(|| TextLanguage::of(self.default_language()))
            .unwrap_or(TextLanguage::English)
    }

    /// The organisation's name in a language, else in its first.
    #[must_use]
    pub fn organisation_name(&self, language: &str) -> &str {
        let names = &self.organisation.name;
        names.get(language).or_else(|| names.get(self.default_language())).map_or("", String::as_str)
    }
}

#[cfg(test)]
pub(crate) mod tests;
