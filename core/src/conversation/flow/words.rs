//! Words that lead through a flow, where they are the whole message.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::faq::fold::fold;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// To the question before.
    Back,
    /// The flow is over.
    Cancel,
    /// On without an answer.
    Skip,
}

const WORDS: &[(Control, &str)] = &[
    (
        Control::Back,
        "zurück, einen schritt zurück, eine frage zurück, back, go back, previous, one step back",
    ),
    (
        Control::Cancel,
        "abbrechen, bitte abbrechen, abbruch, beenden, ende, aufhören, schluss, cancel, quit, exit, abort, end",
    ),
    (
        Control::Skip,
        "weiter, überspringen, auslassen, keine angabe, weiß nicht, weiß ich nicht, keine ahnung, nichts, skip, next, pass, \
         leave out, no answer, don't know, i don't know",
    ),
];

static FOLDED: LazyLock<BTreeMap<String, Control>> = LazyLock::new(|| {
    let listed = |(control, texts): &(Control, &'static str)| {
        let control = *control;
        texts.split(", ").map(move |text| (fold(text), control))
    };
    WORDS.iter().flat_map(listed).collect()
});

/// What a whole message asks for, if it does.
pub(super) fn control(text: &str) -> Option<Control> {
    FOLDED.get(&fold(text)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_messages_lead_through_a_flow() {
        for (text, expected) in [
            ("Zurück", Some(Control::Back)),
            ("zurueck!", Some(Control::Back)),
            ("ABBRECHEN", Some(Control::Cancel)),
            ("Weiter…", Some(Control::Skip)),
            ("Weiß nicht", Some(Control::Skip)),
            ("I don't know", Some(Control::Skip)),
            ("Ich komme zurück", None),
            ("Stopp", None),
            ("", None),
        ] {
            assert_eq!(control(text), expected, "{text}");
        }
    }
}
