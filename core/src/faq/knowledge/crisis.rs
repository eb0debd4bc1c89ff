//! What a crisis changes in compiled knowledge.

use super::super::answer::{AnswerButton, spoken};
use super::super::calibrate::{Calibration, Sample};
use super::super::crisis::StoredCrisis;
use super::super::pack::Pack;
use super::{Candidate, Knowledge, MAX_BUTTONS, UnixMillis};
use crate::order;

/// The greeting of a crisis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrisisGreeting {
    /// The text, without who writes here.
    pub text: String,
    /// What most people want to know: at most three entries.
    pub buttons: Vec<AnswerButton>,
}

/// What of a pack's crisis is stored; its thresholds come from the same samples as the usual ones.
pub(super) fn stored(pack: &Pack, samples: &[Sample]) -> Option<StoredCrisis> {
    let crisis = pack.crisis.as_ref()?;
    let thresholds = crisis.answers_right.map(|share| {
        let calibration = Calibration::fit_promising(samples, pack.entries.len(), share);
        (calibration.answer_from, calibration.offer_from)
    });
    Some(StoredCrisis { greeting: spoken(&crisis.greeting), first: crisis.first.clone(), thresholds })
}

impl Knowledge {
    /// The same knowledge with the crisis switch turned.
    #[must_use]
    pub fn in_crisis(mut self, on: bool) -> Self {
        self.is_crisis = on;
        self
    }

    /// Whether the crisis switch is on.
    #[must_use]
    pub const fn is_crisis(&self) -> bool {
        self.is_crisis
    }

    /// Whether the pack says what changes in a crisis.
    #[must_use]
    pub const fn knows_crisis(&self) -> bool {
        self.content.crisis.is_some()
    }

    /// What is in effect of the pack's crisis: nothing while the switch is off.
    fn crisis(&self) -> Option<&StoredCrisis> {
        self.content.crisis.as_ref().filter(|_| self.is_crisis)
    }

    /// What answers a greeting in a crisis, in `language` or else the default language.
    #[must_use]
    pub fn crisis_greeting(&self, language: &str, now: UnixMillis) -> Option<CrisisGreeting> {
        let crisis = self.crisis()?;
        let (language, text) = self.content.localized(&crisis.greeting, language)?;
        let button = |id: &String| {
            let title = self.title(id, language, now)?.to_owned();
            Some(AnswerButton { entry: id.clone(), title })
        };
        let buttons = crisis.first.iter().filter_map(button).take(MAX_BUTTONS).collect();
        Some(CrisisGreeting { text: text.to_owned(), buttons })
    }

    /// Candidates as they are offered: best first, and in a crisis those before them that come first then.
    #[must_use]
    pub fn in_order<'a>(&self, candidates: &'a [Candidate]) -> Vec<&'a Candidate> {
        let mut ordered: Vec<&Candidate> = candidates.iter().collect();
        if let Some(crisis) = self.crisis() {
            let place = |id: &str| crisis.first.iter().position(|first| first == id);
            order::sort_by_key(&mut ordered, |candidate| place(&candidate.entry).unwrap_or(usize::MAX));
        }
        ordered
    }

    /// From which chances on an answer is sent, and choices are offered.
    #[must_use]
    pub fn thresholds(&self) -> (f32, f32) {
        let usual = (self.calibration.answer_from, self.calibration.offer_from);
        self.crisis().and_then(|crisis| crisis.thresholds).unwrap_or(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::pack::parse;
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_780_000_000_000);
    const CRISIS: &str = r#"
[crisis]
greeting.de = "Heute sind viele Wasserrohre gebrochen."
first = ["test-cost", "gone", "test-where"]
answers_right = 0.99
"#;

    fn knowledge() -> Knowledge {
        let source = include_str!("../../conversation/tests/pack.toml");
        let pack = parse(&format!("{source}{CRISIS}")).expect("the pack is valid");
        Knowledge::compile(&pack)
    }

    #[test]
    fn a_crisis_is_in_effect_while_the_switch_is_on_and_survives_storage() {
        let restored = Knowledge::from_bytes(&knowledge().to_bytes()).expect("the bytes are sound");
        assert!(restored.knows_crisis() && !restored.is_crisis());
        assert_eq!(restored.crisis_greeting("de", NOW), None);
        let usual = restored.thresholds();

        let on = restored.in_crisis(true);
        let greeting = on.crisis_greeting("en", NOW).expect("a greeting");
        assert_eq!(
            greeting.text, "Heute sind viele Wasserrohre gebrochen.",
            "the default language stands in"
        );
        let buttons: Vec<&str> = greeting.buttons.iter().map(|button| button.entry.as_str()).collect();
        assert_eq!(buttons, ["test-cost", "test-where"], "what is gone is not offered");
        assert!(on.thresholds().0 >= usual.0, "more careful: {:?} and {usual:?}", on.thresholds());
        assert_ne!(on.thresholds(), usual);

        let off = on.in_crisis(false);
        assert_eq!((off.crisis_greeting("de", NOW), off.thresholds()), (None, usual));
    }

    #[test]
    fn what_comes_first_in_a_crisis_stands_first_among_choices() {
        let candidate =
            |entry: &str| Candidate { entry: entry.to_owned(), language: "de".to_owned(), confidence: 0.5 };
        let candidates = ["masks", "test-where", "test-cost"].map(candidate);
        let order = |knowledge: &Knowledge| -> Vec<String> {
            knowledge.in_order(&candidates).into_iter().map(|candidate| candidate.entry.clone()).collect()
        };
        let knowledge = knowledge();
        assert_eq!(order(&knowledge), ["masks", "test-where", "test-cost"]);
        assert_eq!(order(&knowledge.in_crisis(true)), ["test-cost", "test-where", "masks"]);
    }

    #[test]
    fn a_pack_without_a_crisis_stays_as_it_is() {
        let source = include_str!("../../conversation/tests/pack.toml");
        let usual = Knowledge::compile(&parse(source).expect("the pack is valid"));
        let on = usual.clone().in_crisis(true);
        assert!(!on.knows_crisis());
        assert_eq!((on.crisis_greeting("de", NOW), on.thresholds()), (None, usual.thresholds()));
    }
}
