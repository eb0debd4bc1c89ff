//! The functional core of lotse: everything that can be decided without I/O.
//!
//! A function here takes values (bytes, headers, state, the time, random bytes) and returns values
//! (events, decisions, effects). Nothing in this crate reads a clock, a socket, a file or a random
//! source; `clippy.toml` bans those calls, so every rule runs natively in microseconds and whole
//! crises replay from a seed.
//!
//! | room | purpose |
//! |---|---|
//! | [`message`] | the words all other rooms share: contacts, items that come in, messages that go out |
//! | [`channel`] | one folder per platform: verify, parse, render, error table |
//! | [`faq`] | the answer tier: packs of approved texts, compiled and matched |
//! | [`conversation`] | one pure `step` from state and event to state and effects |
//! | [`actor`] | a conversation as an actor: what is kept, sent when, told to the desk, looked at again |
//! | [`spill_order`] | which spilled item has its turn |
//! | [`pacing`] | how fast an account sends, and whether it does at all |
//! | [`policy`] | whether and how a message may go out |
//! | [`api`] | the agents' API as data: routes, queries, problems |
//! | [`learning`] | questions that were not answered well: without personal data, in groups |
//! | [`log`] | log lines that cannot carry personal data |
//! | [`metrics`] | what operators see: counters, gauges, the text for Prometheus |
//! | [`publishing`] | approved texts that change while lotse runs: what is published, and how old it may be |
//! | [`routing`] | where what comes in belongs, and what may take it in |
//! | [`settings`] | `lotse.toml`, validated, with office hours |
//! | `simulation` | all of the above, run through storms in virtual time; native programs only |
//! | [`order`] | sorting where nobody waits |
//! | [`time`], [`calendar`] | instants as Unix milliseconds; days |
#![forbid(unsafe_code)]

pub mod actor;
pub mod api;
pub mod calendar;
pub mod channel;
pub mod conversation;
pub mod faq;
pub mod learning;
pub mod log;
pub mod message;
pub mod metrics;
pub mod order;
pub mod pacing;
pub mod policy;
pub mod publishing;
pub mod routing;
pub mod settings;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod spill_order;
pub mod time;
