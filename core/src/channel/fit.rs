//! Makes content fit a platform's limits, without losing a word of it.
//!
//! Lengths are counted in UTF-16 code units: that is what Telegram counts, and it is never less than
//! the number of characters, so that it is safe where a platform counts those. Text is cut between
//! paragraphs, else lines or sentences, else words, and never inside what a reader takes for one
//! character (a grapheme cluster).

use unicode_segmentation::UnicodeSegmentation;

use super::ReplyRules;
use crate::message::{Choice, MediaKind, OutgoingContent};

/// Stands for what was cut off, and for a text that is empty (which platforms refuse).
const ELLIPSIS: &str = "…";

/// What a platform takes. All lengths are UTF-16 code units unless named otherwise.
pub(crate) struct Limits {
    /// The longest plain text.
    pub text: usize,
    /// How choices can be shown, the best way first, each for more of them.
    pub tiers: &'static [Tier],
    /// The longest id of a choice, in bytes.
    pub choice_id_bytes: usize,
    /// The longest words under media.
    pub caption: usize,
    /// The media that take words under them.
    pub captioned: &'static [MediaKind],
    /// What may be sent when.
    pub rules: ReplyRules,
}

/// One way to show choices.
pub(crate) struct Tier {
    /// The most choices.
    pub max_choices: usize,
    /// The longest title of one.
    pub max_title: usize,
    /// The longest text over them.
    pub max_body: usize,
}

/// Content as one or more messages that the platform takes, in order.
pub(crate) fn fit(content: OutgoingContent, limits: &Limits) -> Vec<OutgoingContent> {
    match content {
        OutgoingContent::Text { body } => texts(&body, limits),
        OutgoingContent::HumanText { body } if limits.rules.has_human_tag() => {
            let pieces = split(&body, limits.text).into_iter();
            pieces.map(|body| OutgoingContent::HumanText { body }).collect()
        }
        OutgoingContent::HumanText { body } => texts(&body, limits),
        OutgoingContent::Template { body, .. } if !limits.rules.has_templates() => texts(&body, limits),
        OutgoingContent::Choices { body, choices } => fit_choices(&body, choices, limits),
        OutgoingContent::Media { kind, link, caption, filename } => {
            fit_media(kind, link, caption.as_deref(), filename, limits)
        }
        OutgoingContent::Location { latitude, longitude, name, address }
            if !is_on_earth(latitude, longitude) =>
        {
            texts(&format!("{name}\n{address}"), limits)
        }
        other => vec![other],
    }
}

fn is_on_earth(latitude: f64, longitude: f64) -> bool {
    (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude)
}

fn texts(body: &str, limits: &Limits) -> Vec<OutgoingContent> {
    split(body, limits.text).into_iter().map(|body| OutgoingContent::Text { body }).collect()
}

/// Media with as much of its words as it takes; the rest follows as text.
fn fit_media(
    kind: MediaKind,
    link: String,
    caption: Option<&str>,
    filename: Option<String>,
    limits: &Limits,
) -> Vec<OutgoingContent> {
    let caption = caption.map(str::trim).filter(|caption| !caption.is_empty());
    let (caption, rest) = match caption {
        Some(caption) if limits.captioned.contains(&kind) => {
            let (head, rest) = split_once(caption, limits.caption);
            (Some(head.to_owned()), rest)
        }
        other => (None, other.unwrap_or_default()),
    };
    let mut messages = vec![OutgoingContent::Media { kind, link, caption, filename }];
    if !rest.is_empty() {
        messages.extend(texts(rest, limits));
    }
    messages
}

/// Choices as buttons or list where the platform takes them so, else as numbered text. One message
/// is better than two: where the text is too long for buttons but not for a message, numbered text.
fn fit_choices(body: &str, choices: Vec<Choice>, limits: &Limits) -> Vec<OutgoingContent> {
    let choices: Vec<Choice> = choices.into_iter().map(with_title_on_one_line).collect();
    if choices.is_empty() {
        return texts(body, limits);
    }
    let tier = limits.tiers.iter().find(|tier| choices.len() <= tier.max_choices);
    let Some(tier) = tier.filter(|_| ids_are_usable(&choices, limits.choice_id_bytes)) else {
        return texts(&with_numbered(body, &choices), limits);
    };
    let titles_fit = titles_are_usable(&choices, tier.max_title);
    let body = if titles_fit && !body.trim().is_empty() {
        body.trim().to_owned()
    } else {
        with_numbered(body, &choices)
    };
    let mut pieces = split(&body, limits.text);
    match pieces.pop() {
        Some(last) if length(&last) <= tier.max_body => {
            let labels = if titles_fit { choices } else { numbered_labels(choices, tier.max_title) };
            let texts = pieces.into_iter().map(|body| OutgoingContent::Text { body });
            texts.chain([OutgoingContent::Choices { body: last, choices: labels }]).collect()
        }
        _ if titles_fit => texts(&with_numbered(&body, &choices), limits),
        _ => texts(&body, limits),
    }
}

fn with_title_on_one_line(choice: Choice) -> Choice {
    let title = choice.title.split_whitespace().collect::<Vec<_>>().join(" ");
    Choice { title, ..choice }
}

fn all_differ(mut values: Vec<&str>) -> bool {
    values.sort_unstable();
    values.windows(2).all(|pair| pair[0] != pair[1])
}

fn ids_are_usable(choices: &[Choice], max_bytes: usize) -> bool {
    choices.iter().all(|choice| (1..=max_bytes).contains(&choice.id.len()))
        && all_differ(choices.iter().map(|choice| choice.id.as_str()).collect())
}

fn titles_are_usable(choices: &[Choice], max_title: usize) -> bool {
    choices.iter().all(|choice| !choice.title.is_empty() && length(&choice.title) <= max_title)
        && all_differ(choices.iter().map(|choice| choice.title.as_str()).collect())
}

/// `1. Title`, one per line.
fn numbered(choices: &[Choice]) -> String {
    let lines = choices.iter().enumerate().map(|(index, choice)| number(index, &choice.title));
    lines.collect::<Vec<_>>().join("\n")
}

fn number(index: usize, title: &str) -> String {
    format!("{}. {title}", index + 1).trim_end().to_owned()
}

fn with_numbered(body: &str, choices: &[Choice]) -> String {
    format!("{}\n\n{}", body.trim(), numbered(choices)).trim_start().to_owned()
}

/// Titles cut to size; their numbers keep them apart and point to the full titles in the text.
fn numbered_labels(choices: Vec<Choice>, max_title: usize) -> Vec<Choice> {
    let label = |(index, choice): (usize, Choice)| Choice {
        title: shorten(&number(index, &choice.title), max_title),
        ..choice
    };
    choices.into_iter().enumerate().map(label).collect()
}

/// The length in UTF-16 code units.
pub(crate) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Cut on a word border, with `…` at the end, where it is longer than `limit`.
fn shorten(text: &str, limit: usize) -> String {
    if length(text) <= limit {
        return text.to_owned();
    }
    let (head, _) = split_once(text, limit.saturating_sub(1).max(1));
    format!("{head}{ELLIPSIS}")
}

/// The text in pieces of at most `limit`, never none and none blank.
fn split(text: &str, limit: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (head, tail) = split_once(rest, limit);
        pieces.push(head.to_owned());
        rest = tail;
    }
    if pieces.is_empty() {
        pieces.push(ELLIPSIS.to_owned());
    }
    pieces
}

/// The longest good beginning of at most `limit`, and the rest, without the white space between them.
/// `text` has no white space at its ends.
fn split_once(text: &str, limit: usize) -> (&str, &str) {
    // A UTF-8 byte count is never below the UTF-16 one.
    if text.len() <= limit {
        return (text, "");
    }
    match Cut::find(text, limit) {
        None => (text, ""),
        Some(at) => (text[..at].trim_end(), text[at..].trim_start()),
    }
}

/// The last places, as byte offsets, where the text may be cut.
#[derive(Default)]
struct Cut {
    paragraph: usize,
    sentence: usize,
    word: usize,
    grapheme: usize,
}

impl Cut {
    /// Where to cut so that the beginning fits; `None` where all of it does.
    fn find(text: &str, limit: usize) -> Option<usize> {
        let mut cut = Self::default();
        let (mut units, mut before) = (0, "");
        for (start, grapheme) in text.grapheme_indices(true) {
            units += length(grapheme);
            let is_space = grapheme.chars().all(char::is_whitespace);
            if is_space {
                cut.word = start;
                cut.note_end(start, grapheme, before);
            }
            if units > limit {
                return Some(cut.best(text, limit));
            }
            cut.grapheme = start + grapheme.len();
            before = grapheme;
        }
        None
    }

    fn note_end(&mut self, start: usize, space: &str, before: &str) {
        let is_line_end = |text: &str| text.ends_with('\n');
        if is_line_end(space) && is_line_end(before) {
            self.paragraph = start;
        } else if is_line_end(space) || before.ends_with(['.', '!', '?', ':', '…', '。', '！', '？', '؟'])
        {
            self.sentence = start;
        }
    }

    /// A good place in the second half, else a word, else any whole character.
    fn best(&self, text: &str, limit: usize) -> usize {
        let half = self.grapheme / 2;
        [self.paragraph, self.sentence]
            .into_iter()
            .find(|at| *at > half)
            .or([self.word, self.grapheme].into_iter().find(|at| *at > 0))
            .unwrap_or_else(|| end_within(text, limit))
    }
}

/// The end of the last `char` that fits, at least one: for a single cluster beyond all limits.
fn end_within(text: &str, limit: usize) -> usize {
    let mut units = 0;
    let fits = |character: &char| {
        units += character.len_utf16();
        units <= limit
    };
    let end = text.chars().take_while(fits).map(char::len_utf8).sum::<usize>();
    if end == 0 { text.chars().next().map_or(0, char::len_utf8) } else { end }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_text_stays_whole() {
        assert_eq!(split("Guten Tag", 9), ["Guten Tag"]);
        assert_eq!(split("ääää", 4), ["ääää"]);
    }

    #[test]
    fn blank_text_becomes_an_ellipsis() {
        assert_eq!(split(" \n ", 9), ["…"]);
    }

    #[test]
    fn text_is_cut_at_the_best_border() {
        let table = [
            (
                "paragraph",
                "Eins zwei. Drei\n\nvier fünf sechs",
                24,
                vec!["Eins zwei. Drei", "vier fünf sechs"],
            ),
            ("sentence", "Eins zwei drei. Vier fünf sechs", 24, vec!["Eins zwei drei.", "Vier fünf sechs"]),
            ("line", "Eins zwei drei\nVier fünf sechs", 24, vec!["Eins zwei drei", "Vier fünf sechs"]),
            ("word", "Eins zwei drei vier", 12, vec!["Eins zwei", "drei vier"]),
            ("word that just fits", "Eins zwei drei", 9, vec!["Eins zwei", "drei"]),
            ("no border", "Donaudampfschiff", 10, vec!["Donaudampf", "schiff"]),
            (
                "a sentence too early",
                "Ja. Donau Dampf Schiff Fahrt",
                16,
                vec!["Ja. Donau Dampf", "Schiff Fahrt"],
            ),
        ];
        for (name, text, limit, pieces) in table {
            assert_eq!(split(text, limit), pieces, "{name}");
        }
    }

    #[test]
    fn a_family_emoji_and_a_flag_are_never_torn() {
        // 11 UTF-16 units each for the family, 4 for the flag.
        assert_eq!(split("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 12), ["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"]);
        assert_eq!(split("🇩🇪🇩🇪🇩🇪", 9), ["🇩🇪🇩🇪", "🇩🇪"]);
        assert_eq!(split("e\u{301}e\u{301}e\u{301}", 3), ["e\u{301}", "e\u{301}", "e\u{301}"]);
    }

    #[test]
    fn a_single_cluster_beyond_the_limit_is_cut_between_its_characters() {
        let tower = format!("a{}", "\u{301}".repeat(10));
        let pieces = split(&tower, 4);
        assert!(pieces.iter().all(|piece| length(piece) <= 4));
        assert_eq!(pieces.concat(), tower);
    }

    #[test]
    fn a_long_title_is_cut_on_a_word_border() {
        assert_eq!(shorten("1. Wo kann ich mich testen lassen?", 20), "1. Wo kann ich mich…");
        assert_eq!(shorten("Kurz", 20), "Kurz");
        assert_eq!(shorten("Donaudampfschifffahrtsgesellschaft", 20), "Donaudampfschifffah…");
    }

    proptest! {
        #[test]
        fn splitting_keeps_every_character_but_white_space(text in "\\PC{0,300}", limit in 2_usize..60) {
            let without_space = |text: &str| text.split_whitespace().collect::<String>();
            let pieces = split(&text, limit);
            prop_assert!(pieces.iter().all(|piece| length(piece) <= limit && !piece.trim().is_empty()));
            if !text.trim().is_empty() {
                prop_assert_eq!(without_space(&pieces.concat()), without_space(&text));
            }
        }
    }
}
