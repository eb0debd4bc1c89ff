//! What computes in the answer tier: which of the known questions a text asks, with which chance, and
//! whether it tells of an emergency. Texts and numbers in, numbers out.
//!
//! | room | purpose |
//! |---|---|
//! | [`fold`], [`distance`], [`typo`] | the form in which texts are compared; how far words are apart; how people mistype |
//! | `dialect`, `concepts`, [`lexicon`] | words that mean the same; words that were meant |
//! | [`features`], [`similarity`], `sums`, [`groups`], [`svm`], [`trust`] | texts as vectors; what is near; rows of numbers added up; what belongs to an entry; what sets entries apart; which entries are to be believed |
//! | [`matcher`] | a trained bank, and the ranking of its entries for a text |
//! | [`compared`], [`holdout`], [`calibrate`] | what the bank would make of texts that it does not know, and so what a score is worth |
//! | [`red_flag`] | emergencies |
//! | [`bytes`] | how trained banks are stored |
//!
//! It is a crate of its own because it alone of all that runs for a message is compiled for speed, where the rest
//! is compiled for size. It knows nothing of packs, languages' names, answers or conversations: those are
//! `lotse-core`'s.
#![forbid(unsafe_code)]

pub mod bytes;
pub mod calibrate;
pub mod compared;
mod concepts;
mod dialect;
pub mod distance;
pub mod features;
pub mod fold;
pub mod groups;
pub mod holdout;
pub mod lexicon;
pub mod matcher;
pub mod red_flag;
pub mod similarity;
mod sums;
pub mod svm;
pub mod trust;
pub mod typo;
