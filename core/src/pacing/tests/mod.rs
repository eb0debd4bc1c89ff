//! What holds for pacing: `rate` for slots and lanes, `gate` for pauses and the breaker, `isolate` for what
//! is decided from memory, `bulkhead` for calls that are out, `pair` for one person.

mod bulkhead;
mod gate;
mod isolate;
mod pair;
mod rate;

use super::*;
use crate::time::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_772_442_000_000);

fn ask(lane: Lane) -> Ask {
    Ask { lane, count: 1, invited: false }
}

/// How many milliseconds after `NOW` one message may leave, and in which way it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Now(i64),
    Reserved(i64),
    Invited(i64),
    Paused(i64, Halt),
    Probe,
}

fn told(answer: Answer) -> Told {
    let after = |at: UnixMillis| at.millis_since(NOW);
    match answer {
        Answer::Granted { slots } => Told::Now(after(slots.first().expect("a grant holds a slot"))),
        Answer::Probe { .. } => Told::Probe,
        Answer::NotBefore { slot } if slot.reserved => Told::Reserved(after(slot.at)),
        Answer::NotBefore { slot } => Told::Invited(after(slot.at)),
        Answer::Paused { slot, halt } => Told::Paused(after(slot.at), halt),
    }
}
