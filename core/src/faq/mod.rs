//! The answer tier: packs of approved texts, compiled into a small linear model and matched.
//!
//! Nothing is ever generated. A question is answered with the approved text of one entry, offered up
//! to three entries, or handed to a human; emergencies come before everything.

pub mod answer;
pub mod bidi;
pub mod confusion;
pub mod crisis;
pub mod edit;
pub mod evaluate;
pub mod flow;
pub mod knowledge;
pub mod lint;
pub mod pack;
pub mod sentences;
#[cfg(any(test, feature = "spreadsheet"))]
pub mod spreadsheet;
pub mod write;

pub use lotse_classify::{bytes, calibrate, distance, features, fold, holdout, matcher, red_flag, svm, typo};

use serde::{Deserialize, Serialize};

/// What the answer tier makes of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Verdict {
    /// An emergency: the pack's emergency text at once, the thread to the top, no guessing.
    RedFlag {
        /// The rule that fired, by its id in the pack.
        rule: String,
        /// The language of the phrase that fired.
        language: String,
    },
    /// Sure: send this entry's answer.
    Answer(Candidate),
    /// Torn between a few, best first (one to three): ask which one.
    Offer {
        /// The entries, best first.
        candidates: Vec<Candidate>,
    },
    /// A human decides.
    Unsure {
        /// The language that the known words of the text are in, if they say so.
        language: Option<String>,
        /// The nearest entries all the same, best first, as a hint for the agent.
        candidates: Vec<Candidate>,
    },
}

/// An entry that might answer a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The entry's id in the pack.
    pub entry: String,
    /// The language of the phrasing that matched best, in which the answer is given.
    pub language: String,
    /// Calibrated share of right answers at this score, 0 to 1.
    pub confidence: f32,
}
