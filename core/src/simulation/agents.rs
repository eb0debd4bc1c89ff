//! The agents: they see the desk's list, which may be old, and tell conversations what to do through an API
//! that may fail; then they try again with the same key, or give up and do something else.

use std::collections::VecDeque;

use super::event::{Answer, Caller, Carried, Event, ObjectCall};
use super::scenario::{MINUTE, SECOND};
use super::world::World;
use crate::conversation::{AgentCommand, ThreadState};

/// What every reply of an agent begins with.
pub const REPLY: &str = "Antwort ";
/// How often an agent tries the same command.
const MAX_TRIES: u32 = 6;

/// An agent.
#[derive(Clone, Debug)]
pub struct Agent {
    name: String,
    /// The thread they work on, and what they are about to do there.
    object: usize,
    steps: VecDeque<Step>,
    tries: u32,
    waits: bool,
    seen: u64,
}

/// Something an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Read,
    Open,
    Claim,
    Reply(u64),
    Note,
    Release,
    Free,
    Resolve,
    Reopen,
}

/// What agents do with a thread.
const HABITS: [&[Step]; 8] = [
    &[Step::Read, Step::Open, Step::Claim, Step::Reply(0), Step::Resolve],
    &[Step::Read, Step::Open, Step::Reply(0), Step::Resolve],
    &[Step::Read, Step::Claim, Step::Reply(0), Step::Reply(0)],
    &[Step::Open, Step::Note],
    &[Step::Claim, Step::Release],
    &[Step::Claim],
    &[Step::Free, Step::Resolve],
    &[Step::Reopen, Step::Open, Step::Reply(0)],
];

impl Agent {
    /// The agent with this number.
    #[must_use]
    pub fn new(index: usize) -> Self {
        let name = ["Ada", "Bea", "Cem", "Dua"][index % 4].to_owned();
        Self { name, object: 0, steps: VecDeque::new(), tries: 0, waits: false, seen: 0 }
    }
}

impl World {
    /// An agent goes on, or looks for something to do.
    pub(super) fn agent(&mut self, index: usize) {
        if self.agents[index].waits {
            return;
        }
        if self.agents[index].steps.is_empty() && !self.look_at_desk(index) {
            if self.is_storm() {
                let pause = self.agents_pause();
                self.agenda.after(pause, Event::Agent { agent: index });
            }
            return;
        }
        self.do_step(index);
    }

    /// Chooses a thread from the list. False when there is none, or nobody works any more.
    fn look_at_desk(&mut self, index: usize) -> bool {
        if !self.is_storm() {
            return false;
        }
        self.replay_letter();
        let is_open = |state| matches!(state, ThreadState::Waiting | ThreadState::Claimed);
        let every = self.dice.chance(100);
        let listed: Vec<usize> = self
            .desk
            .threads
            .iter()
            .filter(|(_, thread)| every || is_open(thread.state))
            .map(|(object, _)| *object)
            .take(50)
            .collect();
        if listed.is_empty() {
            return false;
        }
        let object = self.dice.pick(&listed);
        let steps = self.dice.pick(&HABITS);
        let steps = steps.iter().map(|step| match step {
            Step::Reply(_) => {
                self.last_reply += 1;
                Step::Reply(self.last_reply)
            }
            step => *step,
        });
        let steps = steps.collect();
        let agent = &mut self.agents[index];
        agent.object = object;
        agent.steps = steps;
        agent.tries = 0;
        true
    }

    fn do_step(&mut self, index: usize) {
        let last_seen_seq = self.dice.chance(700).then_some(self.agents[index].seen);
        let agent = &mut self.agents[index];
        let Some(step) = agent.steps.front().copied() else { return };
        agent.waits = true;
        let command = match step {
            Step::Read => None,
            Step::Open => Some(AgentCommand::Open),
            Step::Claim => Some(AgentCommand::Claim),
            Step::Reply(number) => Some(AgentCommand::Reply { text: reply_text(number), last_seen_seq }),
            Step::Note => Some(AgentCommand::Note { text: "nur intern".to_owned() }),
            Step::Release => Some(AgentCommand::Release),
            Step::Free => Some(AgentCommand::Free),
            Step::Resolve => Some(AgentCommand::Resolve),
            Step::Reopen => Some(AgentCommand::Reopen),
        };
        let call = match command {
            None => ObjectCall::Read,
            Some(command) => {
                let repeat_key = match step {
                    Step::Reply(number) => Some(format!("key-{number}")),
                    _ => None,
                };
                ObjectCall::Agent { name: agent.name.clone(), command, repeat_key }
            }
        };
        let (object, caller) = (agent.object, Caller::Agent(index));
        let pause = self.dice.between(5, 100);
        self.agenda.after(pause, Event::Call { object, call, caller });
    }

    /// An agent hears what became of a command.
    pub(super) fn agent_replied(&mut self, index: usize, answer: Option<Answer>) {
        let step = self.agents[index].steps.front().copied();
        let object = self.agents[index].object;
        self.agents[index].waits = false;
        match answer {
            None => {
                let agent = &mut self.agents[index];
                agent.tries += 1;
                if agent.tries > MAX_TRIES {
                    agent.steps.clear();
                }
            }
            Some(Answer::Refused) => {
                self.report.agents_refused += 1;
                self.agents[index].steps.clear();
            }
            Some(Answer::Transcript { last_seq }) => {
                self.agents[index].seen = last_seq;
                self.next_step(index);
            }
            Some(Answer::Thread(thread)) => {
                // So that the agent's next list shows what they did; the conversation repeats it if this fails.
                // A reply that may not leave is a draft, which the agent is shown: nothing was promised.
                let is_held = thread.draft.is_some();
                self.update_threads(&[(object, *thread)]);
                if let Some(Step::Reply(number)) = step.filter(|_| !is_held) {
                    self.observer.reply_done(object, number);
                }
                self.report.agents_done += 1;
                self.next_step(index);
            }
            Some(Answer::Done) => self.next_step(index),
        }
        let is_done = self.agents[index].steps.is_empty();
        let pause = if is_done { self.agents_pause() } else { SECOND + self.dice.spread(5 * MINUTE) };
        self.agenda.after(pause, Event::Agent { agent: index });
    }

    /// How long an agent does something else: the longer the storm, the more rarely a thread is worked on.
    const fn agents_pause(&mut self) -> i64 {
        SECOND + self.dice.spread(self.scenario.storm_millis / 4)
    }

    fn next_step(&mut self, index: usize) {
        self.agents[index].steps.pop_front();
        self.agents[index].tries = 0;
    }

    /// A lead lets a dead letter take effect as if it came in now.
    fn replay_letter(&mut self) {
        if !self.dice.chance(50) {
            return;
        }
        let Some((id, Carried::Letter(letter))) = self.desk.letters.iter().next() else { return };
        if let Some(parcel) = letter.parcel.clone() {
            let id = id.clone();
            self.report.letters_replayed += 1;
            self.take_in(None, Some(id), vec![parcel], true);
        }
    }
}

/// The words of an agent's reply: no two are the same.
#[must_use]
pub fn reply_text(number: u64) -> String {
    format!("{REPLY}{number}")
}
