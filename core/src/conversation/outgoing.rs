//! Asks [`crate::policy`] for a conversation: may a message to this person go out now, and how?

use super::{Context, ConversationState};
use crate::message::ConversationKey;
use crate::policy::{self, Occasion, Recipient, Verdict};
use crate::time::UnixMillis;

/// Whether and how a message may go out to the person. Whoever wants to send to many asks here, for each.
#[must_use]
pub fn verdict(state: &ConversationState, occasion: Occasion, context: &Context<'_>) -> Verdict {
    let reference = state.thread.as_ref().map(|thread| thread.reference.as_str());
    verdict_about(state, occasion, reference, context)
}

/// The same, about the matter with this reference.
pub(super) fn verdict_about(
    state: &ConversationState,
    occasion: Occasion,
    reference: Option<&str>,
    context: &Context<'_>,
) -> Verdict {
    let settings = context.settings;
    let wishes = [state.language.as_deref(), state.contact.language.as_deref()];
    let language = settings.supported_language(wishes.into_iter().flatten());
    let recipient = Recipient {
        key: context.key,
        last_inbound_at: state.last_inbound_at,
        reachable: !state.blocked,
        consent: state.consent.as_ref(),
        language: language.unwrap_or_else(|| settings.default_language()),
        reference,
    };
    policy::decide(occasion, &recipient, settings, context.now)
}

/// Until when the platform takes free text; `None` where it always does, or where the person never wrote.
pub(super) fn free_text_until(
    key: &ConversationKey,
    last_inbound_at: Option<UnixMillis>,
) -> Option<UnixMillis> {
    let millis = key.channel.channel().reply_rules().free_text_millis()?;
    Some(last_inbound_at?.plus_millis(millis))
}
