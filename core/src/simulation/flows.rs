//! What has to hold for flows: nothing that was given is lost.

use super::invariants::Observer;
use super::people::{CANCEL, Meant};
use crate::actor::Actor;
use crate::conversation::Given;

impl Observer {
    /// An object committed. `said` are the messages that came in with it.
    pub(super) fn check_flow(&mut self, object: usize, said: &[usize], before: &Actor, after: &Actor) {
        let (had, has) = (&before.kept().state, &after.kept().state);
        let begins = said.iter().any(|said| self.said[*said].meant == Meant::Flow);
        if had.flow.is_some() || has.flow.is_some() || begins {
            self.in_flow.extend(said);
        }
        let now: Vec<&Given> = has.flow.iter().flat_map(|run| &run.given).collect();
        let now: Vec<&Given> =
            now.into_iter().chain(has.thread.iter().flat_map(|thread| &thread.fields)).collect();
        // A new answer to the same question takes the place of the old one.
        let is_kept = |given: &&Given| now.iter().any(|other| other.step == given.step);
        let lost = had.flow.iter().flat_map(|run| &run.given).find(|given| !is_kept(given));
        let lost = lost.map(|given| given.step.clone()).filter(|_| !self.is_cancelled(said));
        if let Some(step) = lost {
            self.violated(format!("object {object} lost the answer to {step}"));
        }
    }

    /// Whether the person ended a flow with one of these messages.
    pub(super) fn is_cancelled(&self, said: &[usize]) -> bool {
        said.iter().any(|said| self.said[*said].words == Some(CANCEL))
    }

    /// At rest, whatever was given is before a human.
    pub(super) fn check_flow_at_rest(&mut self, object: usize, actor: &Actor) {
        let state = &actor.kept().state;
        let is_given = state.flow.as_ref().is_some_and(|run| !run.given.is_empty());
        if state.looks_at().is_some() || (is_given && state.thread.is_none()) {
            self.violated(format!("object {object} rests with a flow that no human can see"));
        }
    }
}
