//! Words that could not leave: kept, shown to agents with the reason, and never sent by themselves.

use serde::{Deserialize, Serialize};

use super::outgoing::verdict;
use super::turn::Turn;
use super::{Author, ConversationState};
use crate::policy::{Occasion, Reason, Verdict};
use crate::time::UnixMillis;

/// A reply that did not leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Draft {
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub at: UnixMillis,
    /// Why it is here.
    #[serde(flatten)]
    pub state: DraftState,
}

/// Why a draft did not leave, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DraftState {
    /// It may not leave.
    Held {
        /// Why.
        reason: Reason,
    },
    /// The person was told that an answer waits, and did not write since.
    Announced {
        /// The line that told them.
        line: u64,
    },
    /// The person wrote: it may be sent now.
    Ready,
}

impl ConversationState {
    /// Whether the person was told that an answer waits, and did not write since.
    pub(super) fn is_announced(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| matches!(draft.state, DraftState::Announced { .. }))
    }
}

/// Keeps words. There is one draft: whoever writes the next has seen this one.
pub(super) fn keep(turn: &mut Turn<'_>, author: &Author, text: String, state: DraftState) {
    turn.state.draft = Some(Draft { text, author: author.clone(), at: turn.context.now, state });
}

/// Looks again whether the draft may leave, after something came in.
pub(super) fn look_again(turn: &mut Turn<'_>) {
    let verdict = verdict(&turn.state, Occasion::HumanReply, turn.context);
    let Some(draft) = &mut turn.state.draft else { return };
    match verdict {
        Verdict::FreeText | Verdict::HumanTag => draft.state = DraftState::Ready,
        Verdict::Refused(reason) => draft.state = DraftState::Held { reason },
        Verdict::Template(_) | Verdict::NotBefore(_) => {}
    }
}

/// The message that told the person did not arrive: they know of nothing.
pub(super) fn announcement_failed(turn: &mut Turn<'_>, failed: u64) {
    if let Some(draft) = &mut turn.state.draft
        && draft.state == (DraftState::Announced { line: failed })
    {
        draft.state = DraftState::Held { reason: Reason::WindowClosed };
    }
}
