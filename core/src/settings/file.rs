//! From the text of `lotse.toml` to [`Settings`], with the line of whatever is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::{
    Account, Bot, Bulk, Hours, Opening, Organisation, Retention, Sending, Settings, Templates, TextLanguage,
    ZoneRule,
};
use crate::channel::ChannelName;

/// What is wrong with the settings. Whoever read the file puts its name before the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct SettingsError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do about it.
    pub reason: String,
}

/// `lotse.toml` as it is written: [`Settings`] without what is resolved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    organisation: Organisation,
    hours: Hours,
    accounts: BTreeMap<ChannelName, BTreeMap<String, Account>>,
    #[serde(default)]
    teams: BTreeMap<String, String>,
    #[serde(default)]
    bot: Bot,
    #[serde(default)]
    sending: Sending,
    #[serde(default)]
    bulk: Bulk,
    #[serde(default)]
    retention: Retention,
}

impl Settings {
    /// Reads and checks the text of `lotse.toml`. `resolve_zone` knows the POSIX TZ string of an IANA
    /// zone (see [`super::ZoneRule`]).
    ///
    /// # Errors
    /// The first problem: broken TOML, an unknown or missing field, a value that cannot be, or parts
    /// that don't fit together.
    pub fn from_toml(
        text: &str,
        resolve_zone: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let file: File = toml::from_str(text).map_err(|error| unreadable(text, &error))?;
        let places = Places { text };
        check_organisation(&file.organisation, &places)?;
        check_hours(&file.hours, &places)?;
        check_accounts(&file, &places)?;
        check_sending(&file.sending, &places)?;
        check_bulk(&file.bulk, &places)?;
        let zone_rule = zone_rule(&file.organisation.time_zone, resolve_zone, &places)?;
        let File { organisation, hours, accounts, teams, bot, sending, bulk, retention } = file;
        Ok(Self { organisation, zone_rule, hours, accounts, teams, bot, sending, bulk, retention })
    }
}

fn unreadable(text: &str, error: &toml::de::Error) -> SettingsError {
    let message = error.message();
    let advice = match message {
        message if message.starts_with("unknown field") => "; correct its spelling or remove it",
        message if message.starts_with("missing field") => "; add it",
        message if message.starts_with("unknown variant") => "; write one of these",
        message if message.starts_with("invalid type") => "; write a value of that type",
        _ => "",
    };
    SettingsError {
        line: error.span().map_or(1, |span| line_of(text, &span)),
        reason: format!("{message}{advice}"),
    }
}

fn check_organisation(organisation: &Organisation, places: &Places<'_>) -> Result<(), SettingsError> {
    let at = |field| ["organisation", field];
    let languages = &organisation.languages;
    let Some(first) = languages.first() else {
        return places.problem(&at("languages"), "no language is given; write at least one, such as \"de\"");
    };
    if TextLanguage::of(first).is_none() {
        return places.problem(
            &at("languages"),
            format!("the bot has no words of its own in {first:?}; put \"de\", \"en\", \"tr\", \"uk\" or \"ar\" first"),
        );
    }
    if let Some(wrong) = languages.iter().find(|language| !is_language(language)) {
        return places
            .problem(&at("languages"), format!("{wrong:?} is no language tag; write one such as \"de\""));
    }
    if let Some(missing) = languages.iter().find(|language| !organisation.name.contains_key(*language)) {
        return places.problem(
            &at("name"),
            format!("the name in {missing:?} is missing; add `{missing} = \"…\"` to `name`"),
        );
    }
    if let Some(other) = organisation.name.keys().find(|language| !languages.contains(language)) {
        return places.problem(
            &at("name"),
            format!("{other:?} is not in `languages`; add it there or remove this name"),
        );
    }
    if !is_name(&organisation.pack) {
        return places.problem(
            &at("pack"),
            format!("{:?} is no pack; write the name of a folder under knowledge/", organisation.pack),
        );
    }
    check_link("privacy_notice", organisation.privacy_notice.as_deref(), places)?;
    check_link("imprint", organisation.imprint.as_deref(), places)
}

fn check_link(field: &str, link: Option<&str>, places: &Places<'_>) -> Result<(), SettingsError> {
    match link {
        Some(link) if !link.starts_with("https://") || link.contains(char::is_whitespace) => places.problem(
            &["organisation", field],
            format!("{link:?} is no link; write one that starts with https://"),
        ),
        _ => Ok(()),
    }
}

fn check_hours(hours: &Hours, places: &Places<'_>) -> Result<(), SettingsError> {
    for (day, spans) in hours.week() {
        check_order(spans, &["hours", day], places)?;
    }
    let mut seen = BTreeSet::new();
    match hours.closed.iter().find(|day| !seen.insert(day.date)) {
        Some(twice) => places
            .problem(&["hours", "closed"], format!("{} is listed twice; remove one of the two", twice.date)),
        None => Ok(()),
    }
}

fn check_order(spans: &[Opening], at: &[&str], places: &Places<'_>) -> Result<(), SettingsError> {
    match spans.windows(2).find(|pair| pair[0] > pair[1] || pair[0].overlaps(pair[1])) {
        Some(pair) => places.problem(
            at,
            format!("{} does not come after {}; write the spans in order, without overlap", pair[1], pair[0]),
        ),
        None => Ok(()),
    }
}

/// A platform may take a message until the last moment of a call that nobody waits for any more, because lotse died
/// meanwhile: sent again before that, it would arrive twice.
fn check_sending(sending: &Sending, places: &Places<'_>) -> Result<(), SettingsError> {
    let (settle, call) = (sending.settle_seconds.get(), sending.call_timeout_seconds.get());
    if settle > call {
        return Ok(());
    }
    places.problem(
        &["sending", "settle_seconds"],
        format!(
            "settle_seconds ({settle}) is not longer than call_timeout_seconds ({call}), so a message could be sent \
             again while the platform still takes it; write {} or more, or a shorter call_timeout_seconds",
            call + 1
        ),
    )
}

fn check_bulk(bulk: &Bulk, places: &Places<'_>) -> Result<(), SettingsError> {
    check_order(&bulk.quiet_hours, &["bulk", "quiet_hours"], places)?;
    if bulk.allowed_hours().week().iter().all(|(_, spans)| spans.is_empty()) {
        return places
            .problem(&["bulk"], "every hour of the week is quiet; leave some in which messages may leave");
    }
    Ok(())
}

fn check_templates(
    channel: ChannelName,
    name: &str,
    templates: &Templates,
    languages: &[String],
    places: &Places<'_>,
) -> Result<(), SettingsError> {
    let at = |field| ["accounts", channel.as_str(), name, "templates", field];
    if !templates.is_empty() && !channel.channel().reply_rules().has_templates() {
        return places.problem(&at("")[..4], format!("{channel} has no templates; remove them"));
    }
    for (purpose, templates) in [("reply", &templates.reply), ("follow_up", &templates.follow_up)] {
        if let Some(other) = templates.keys().find(|language| !languages.contains(language)) {
            return places.problem(
                &at(purpose),
                format!("{other:?} is not in `languages`; add it there or remove this template"),
            );
        }
    }
    Ok(())
}

fn check_accounts(file: &File, places: &Places<'_>) -> Result<(), SettingsError> {
    for (channel, accounts) in &file.accounts {
        let mut addresses = BTreeMap::new();
        for (name, account) in accounts {
            let at = |field| ["accounts", channel.as_str(), name.as_str(), field];
            // The name becomes part of URLs and of the names of environment variables.
            let fits = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            if !fits || !(1..=32).contains(&name.len()) {
                return places.problem(
                    &at("address")[..3],
                    format!("the account name {name:?} must have 1 to 32 characters from a to z and 0 to 9; rename it"),
                );
            }
            let address = account.address.as_str();
            if address.is_empty() || address.contains(char::is_whitespace) {
                return places.problem(
                    &at("address"),
                    format!("{address:?} is no address; write the platform's id of the account"),
                );
            }
            if let Some(other) = addresses.insert(address, name) {
                return places.problem(
                    &at("address"),
                    format!("{other:?} has the same address; remove one of the two"),
                );
            }
            let most = channel.channel().send_limits().most_messages_per_second;
            if account.messages_per_second.is_some_and(|rate| rate.get() > most) {
                return places.problem(
                    &at("messages_per_second"),
                    format!("{channel} grants no account more than {most}; write that or less"),
                );
            }
            if let Some(team) = account.team.as_deref().filter(|team| !file.teams.contains_key(*team)) {
                return places.problem(
                    &at("team"),
                    format!("there is no team {team:?}; add it to the section [teams]"),
                );
            }
            check_templates(*channel, name, &account.templates, &file.organisation.languages, places)?;
        }
    }
    Ok(())
}

fn zone_rule(
    name: &str,
    resolve: &dyn Fn(&str) -> Option<String>,
    places: &Places<'_>,
) -> Result<ZoneRule, SettingsError> {
    let rule = resolve(name).and_then(|rule| ZoneRule::try_from(rule).ok());
    rule.map_or_else(
        || {
            places.problem(
                &["organisation", "time_zone"],
                format!("{name:?} is no time zone; write an IANA name such as \"Europe/Berlin\""),
            )
        },
        Ok,
    )
}

/// `de`, `de-leicht`: letters, then parts of letters and digits.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    primary
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_name(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.bytes().all(allowed)
}

/// Finds the lines of values for messages.
struct Places<'a> {
    text: &'a str,
}

impl Places<'_> {
    fn problem<T>(&self, path: &[&str], reason: impl Into<String>) -> Result<T, SettingsError> {
        Err(SettingsError { line: self.line(path), reason: reason.into() })
    }

    /// The line of a value, or of the nearest table around it that is written down.
    fn line(&self, path: &[&str]) -> usize {
        let Ok(root) = DeTable::parse(self.text) else { return 1 };
        let mut table = root.get_ref();
        let mut span = root.span();
        for name in path {
            let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else { break };
            span = key.span();
            let DeValue::Table(inner) = value.get_ref() else { break };
            table = inner;
        }
        line_of(self.text, &span)
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}
