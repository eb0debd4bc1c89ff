//! What may go out: one pure function for every kind of sender.
//!
//! [`decide`] looks at what the platform allows, at what the person said they want, and at the clock; its
//! [`Verdict`] is the only way to a [`Cleared`] message, and only such a one is sent to a person. Nothing
//! here knows a platform by name: what each allows is data ([`ReplyRules`]).
//!
//! Not here: how fast messages leave, and what becomes of one that the platform refuses all the same.

mod consent;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use consent::{Choice, Consent, Evidence, MAX_HOW_CHARS};

use crate::channel::ReplyRules;
use crate::message::{ConversationKey, OutgoingContent};
use crate::settings::{FilledText, Settings, Template, TemplateValues};
use crate::time::UnixMillis;

/// Who wants to send, and on what occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The bot answers the message that is being taken in.
    BotAnswer,
    /// The bot confirms what the message that is being taken in decided about further ones.
    Confirmation,
    /// A human answers a message that waits.
    HumanReply,
    /// A human writes while no message waits.
    HumanFollowUp,
    /// A message that could not be delivered elsewhere takes its other way, which the person agreed to.
    Fallback {
        /// Whether a human wrote it.
        by_human: bool,
    },
    /// A message to many.
    Bulk,
}

/// The person, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// Where they would get it.
    pub key: &'a ConversationKey,
    /// When they last wrote here, by the platform's clock.
    pub last_inbound_at: Option<UnixMillis>,
    /// Whether messages reach them: false once they blocked the account.
    pub reachable: bool,
    /// What they last said about messages from us.
    pub consent: Option<&'a Consent>,
    /// Their language, as far as the organisation has it.
    pub language: &'a str,
    /// The reference of their matter, where there is one.
    pub reference: Option<&'a str>,
}

/// Whether and how a message may go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it is.
    FreeText,
    /// As it is, under the platform's tag for humans.
    HumanTag,
    /// Only this approved template; the words themselves have to wait.
    Template(Announcement),
    /// Not before this instant. Ask again then: what is open now may be closed.
    NotBefore(UnixMillis),
    /// Not at all.
    Refused(Reason),
}

/// Why a message may not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The platform takes no free text any more, and no template carries it.
    #[error("the platform takes no free text from us any more, and no template could carry it")]
    WindowClosed,
    /// The person wants no messages, and did not write since they said so.
    #[error("the person wants no more messages from us and has not written since")]
    OptedOut,
    /// The person blocked the account.
    #[error("the person blocked our account and has not written since")]
    Unreachable,
    /// The person never agreed to messages that they did not ask for.
    #[error("the person never agreed to messages that they did not ask for")]
    NoConsent,
    /// Such messages wait for the end of the quiet hours.
    #[error("such a message waits for the end of the quiet hours")]
    QuietHours,
    /// The settings leave no hour for such messages.
    #[error("the settings leave no hour in which such a message may leave")]
    AlwaysQuiet,
}

/// A template, filled for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    name: String,
    language: String,
    text: FilledText,
}

/// A message that may leave now. Only [`Verdict::clear`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Cleared(OutgoingContent);

/// Decides whether and how a message may go out.
#[must_use]
pub fn decide(
    occasion: Occasion,
    recipient: &Recipient<'_>,
    settings: &Settings,
    now: UnixMillis,
) -> Verdict {
    if let Some(reason) = objection(occasion, recipient) {
        return Verdict::Refused(reason);
    }
    let way = way(occasion, recipient, settings, now);
    if occasion != Occasion::Bulk || matches!(way, Verdict::Refused(_)) {
        return way;
    }
    match settings.bulk_from(now) {
        Some(from) if from <= now => way,
        Some(from) => Verdict::NotBefore(from),
        None => Verdict::Refused(Reason::AlwaysQuiet),
    }
}

/// What the person has against it.
fn objection(occasion: Occasion, recipient: &Recipient<'_>) -> Option<Reason> {
    let given = recipient.consent.is_some_and(Consent::is_given);
    let silenced = recipient.consent.is_some_and(Consent::silences);
    if !recipient.reachable {
        Some(Reason::Unreachable)
    } else if occasion == Occasion::Bulk && !given {
        let withdrawn = recipient.consent.is_some();
        Some(if withdrawn { Reason::OptedOut } else { Reason::NoConsent })
    } else if silenced && occasion != Occasion::Confirmation {
        Some(Reason::OptedOut)
    } else {
        None
    }
}

/// What the platform takes.
fn way(occasion: Occasion, recipient: &Recipient<'_>, settings: &Settings, now: UnixMillis) -> Verdict {
    let ReplyRules::Window { free_text_millis, human_tag_millis, templates } =
        recipient.key.channel.channel().reply_rules()
    else {
        return Verdict::FreeText;
    };
    let within = |millis: i64| recipient.last_inbound_at.is_some_and(|at| now <= at.plus_millis(millis));
    let template = || {
        let template = templates.then(|| template(occasion, recipient, settings)).flatten();
        template.map_or(Verdict::Refused(Reason::WindowClosed), Verdict::Template)
    };
    if within(free_text_millis) {
        Verdict::FreeText
    } else if occasion.is_human() && human_tag_millis.is_some_and(within) {
        Verdict::HumanTag
    } else {
        template()
    }
}

impl Occasion {
    const fn is_human(self) -> bool {
        matches!(self, Self::HumanReply | Self::HumanFollowUp | Self::Fallback { by_human: true })
    }
}

/// The approved template for the occasion, in the person's language or else in the organisation's first.
fn template(occasion: Occasion, recipient: &Recipient<'_>, settings: &Settings) -> Option<Announcement> {
    let templates = &settings.account(recipient.key.channel, &recipient.key.account)?.templates;
    let templates = match occasion {
        // Whoever just wrote has an open window; for anything older a human looks.
        Occasion::BotAnswer | Occasion::Confirmation => return None,
        Occasion::HumanReply | Occasion::Fallback { .. } => &templates.reply,
        Occasion::HumanFollowUp | Occasion::Bulk => &templates.follow_up,
    };
    let languages = [recipient.language, settings.default_language()];
    let (language, Template { name, code, text }) =
        languages.into_iter().find_map(|language| templates.get_key_value(language))?;
    let organisation = settings.organisation_name(language);
    let text = text.fill(TemplateValues { reference: recipient.reference, organisation })?;
    let language = code.as_ref().unwrap_or(language).clone();
    Some(Announcement { name: name.as_str().to_owned(), language, text })
}

impl Verdict {
    /// The message that may leave now: these words, or the template in their place.
    ///
    /// # Errors
    /// [`Reason`] where nothing may leave now.
    pub fn clear(self, words: OutgoingContent) -> Result<Cleared, Reason> {
        match (self, words) {
            (Self::FreeText, words) => Ok(Cleared(words)),
            (Self::HumanTag, OutgoingContent::Text { body }) => {
                Ok(Cleared(OutgoingContent::HumanText { body }))
            }
            // The tag is for a human's words only.
            (Self::HumanTag, _) => Err(Reason::WindowClosed),
            (Self::Template(Announcement { name, language, text }), _) => {
                let FilledText { body, parameters } = text;
                Ok(Cleared(OutgoingContent::Template { name, language, parameters, body }))
            }
            (Self::NotBefore(_), _) => Err(Reason::QuietHours),
            (Self::Refused(reason), _) => Err(reason),
        }
    }
}

impl Cleared {
    /// The message.
    #[must_use]
    pub fn into_content(self) -> OutgoingContent {
        self.0
    }
}
