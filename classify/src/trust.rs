//! How far each entry can be trusted to be meant when it ranks first.
//!
//! Some entries draw questions that belong elsewhere: they are broad, or their neighbours are missing. What
//! a ranking shows (`calibrate.rs`) is the same for all entries, so each has an offset to the log-odds of
//! being right, found on the same samples. Ridge regression keeps it near 0 where few samples speak.

use super::svm::{step, steps};

/// So many samples at even odds, in units of their curvature, hold against an offset.
const RIDGE: f32 = 5.0;
/// Newton's method has long arrived by then.
const ROUNDS: usize = 10;

/// A sample as far as trust goes.
#[derive(Clone, Copy, Debug)]
pub struct Judgement {
    /// The entry that ranked first; none when nothing ranked.
    pub entry: Option<u32>,
    /// The log-odds of its being right by the evidence alone.
    pub odds: f32,
    /// Whether it was right.
    pub right: bool,
    /// How much the sample counts.
    pub weight: f32,
}

/// Offsets to log-odds, one per entry.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// By entry, each rounded as it is stored.
    pub offsets: Vec<f32>,
    /// How sharply the samples speak, by entry.
    curvatures: Vec<f32>,
}

/// The chance behind log-odds.
#[must_use]
pub fn chance(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

impl Trust {
    /// Fits the offsets of `entries` entries.
    #[must_use]
    pub fn fit(judgements: &[Judgement], entries: usize) -> Self {
        let mut trust = Self { offsets: vec![0.0; entries], curvatures: vec![RIDGE; entries] };
        for _ in 0..ROUNDS {
            let mut gradients: Vec<f32> = trust.offsets.iter().map(|offset| -RIDGE * offset).collect();
            trust.curvatures.fill(RIDGE);
            for judgement in judgements {
                if let Some(entry) = judgement.entry {
                    let (gradient, curvature) = trust.pull(judgement);
                    gradients[entry as usize] += gradient;
                    trust.curvatures[entry as usize] += curvature;
                }
            }
            let moves = gradients.iter().zip(&trust.curvatures);
            trust
                .offsets
                .iter_mut()
                .zip(moves)
                .for_each(|(offset, (gradient, curvature))| *offset += gradient / curvature);
        }
        let step = step(trust.offsets.iter().copied());
        trust.offsets.iter_mut().for_each(|offset| *offset = f32::from(steps(*offset, step)) * step);
        trust
    }

    /// First and second derivative of a sample's likelihood by its entry's offset.
    fn pull(&self, judgement: &Judgement) -> (f32, f32) {
        let chance = self.chance(judgement);
        let surprise = f32::from(u8::from(judgement.right)) - chance;
        (judgement.weight * surprise, judgement.weight * chance * (1.0 - chance))
    }

    fn chance(&self, judgement: &Judgement) -> f32 {
        chance(judgement.odds + judgement.entry.map_or(0.0, |entry| self.offsets[entry as usize]))
    }

    /// The chance of a sample as if its entry's offset had been fitted without it.
    #[must_use]
    pub fn chance_unseen(&self, judgement: &Judgement) -> f32 {
        let Some(entry) = judgement.entry else { return chance(judgement.odds) };
        let (gradient, curvature) = self.pull(judgement);
        let rest = (self.curvatures[entry as usize] - curvature).max(RIDGE);
        chance(judgement.odds + self.offsets[entry as usize] - gradient / rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement(entry: u32, right: bool) -> Judgement {
        Judgement { entry: Some(entry), odds: 0.0, right, weight: 1.0 }
    }

    #[test]
    fn an_entry_that_is_mostly_wrong_is_trusted_less_and_one_without_samples_as_much_as_any() {
        let mut judgements = vec![judgement(0, true); 9];
        judgements.push(judgement(0, false));
        judgements.extend([judgement(1, false); 10]);
        let offsets = Trust::fit(&judgements, 3).offsets;
        assert!(offsets[0] > 0.5 && offsets[1] < -0.5, "{offsets:?}");
        assert_eq!(offsets[2], 0.0);
    }

    #[test]
    fn few_samples_move_an_offset_less_than_many() {
        let offset = |count| Trust::fit(&vec![judgement(0, false); count], 1).offsets[0];
        assert!(offset(0) > offset(1) && offset(1) > offset(5) && offset(5) > offset(50));
    }

    #[test]
    fn a_sample_does_not_speak_for_itself() {
        let judgements = [judgement(0, true), judgement(0, true), judgement(0, false)];
        let rest = Trust::fit(&judgements[..2], 1);
        let unseen = Trust::fit(&judgements, 1).chance_unseen(&judgements[2]);
        assert!((unseen - rest.chance(&judgements[2])).abs() < 0.01, "{unseen}");
        let nothing = Judgement { entry: None, ..judgements[0] };
        assert_eq!(Trust::default().chance_unseen(&nothing), 0.5);
    }
}
