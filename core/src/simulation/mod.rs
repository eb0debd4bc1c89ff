//! Deterministic simulation: the core, run through storms in virtual time, with every promise checked at every step.
//!
//! A seed makes a world: people on several platforms, the edge's ladder of intake, conversations' objects with
//! the promises of their runtime, queues, sealed keys, the desk, agents; and faults between any two effects. What
//! decides is the product's own code (parsing, sorting, the actor, rendering, reading answers); what stores and
//! carries is played. Nothing here reads a clock or waits: days pass in milliseconds, and the same seed
//! always runs the same way.
//!
//! | file | purpose |
//! |---|---|
//! | `world` | the loop, and what has to hold at rest |
//! | `scenario`, `dice` | what kind of world a seed makes |
//! | `clock`, `event` | virtual time, and what can happen in it |
//! | `people`, `platform` | who writes, and how messengers behave |
//! | `edge` | webhooks and the ladder |
//! | `object`, `rows` | conversations' objects and their storage |
//! | `queues`, `desk`, `agents` | everything behind |
//! | `invariants`, `flows` | the promises |
//! | `sabotage` | bugs on purpose, to prove that the promises are checked |
//! | `report` | figures |
//!
//! Not for the worker: behind the feature `simulation`.

mod agents;
mod clock;
mod desk;
mod dice;
mod edge;
mod event;
mod flows;
mod invariants;
mod object;
mod people;
mod platform;
mod queues;
mod report;
mod rows;
mod sabotage;
mod scenario;
mod world;

pub use report::Report;
pub use sabotage::Sabotage;
pub use scenario::Size;
pub use world::{Failure, Telling, simulate};
