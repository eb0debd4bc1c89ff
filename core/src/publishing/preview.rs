//! What would be answered: the very step that a message takes, from somebody whom lotse met before.

use crate::api::knowledge::{Preview, PreviewCandidate, PreviewVerdict};
use crate::channel::ChannelName;
use crate::conversation::{Context, ConversationState, Effect, Input, LineBody, Step, step};
use crate::faq::knowledge::Knowledge;
use crate::message::{Contact, Content, ConversationKey, Event, Item, OutgoingContent};
use crate::settings::Settings;
use crate::time::UnixMillis;

/// What lotse would do about a text at `now`.
#[must_use]
pub fn preview(text: &str, knowledge: &Knowledge, settings: &Settings, now: UnixMillis) -> Preview {
    let red_flag = knowledge.red_flag(text).map(|(rule, _)| rule.to_owned());
    let Step { state, effects } = taken(text, knowledge, settings, now);
    let is_answer = |effect: &Effect| match effect {
        Effect::Append(line) => matches!(line.body, LineBody::Outbound { entry: Some(_), .. }),
        _ => false,
    };
    let verdict = if red_flag.is_some() {
        PreviewVerdict::RedFlag
    } else if state.thread.is_some() {
        PreviewVerdict::Human
    } else if effects.iter().any(is_answer) {
        PreviewVerdict::Answer
    } else if state.greeted_at.is_none() && !state.offer.is_empty() {
        PreviewVerdict::Offer
    } else {
        PreviewVerdict::OwnWords
    };
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send { content, .. } if content.is_message() => Some(content),
        _ => None,
    });
    let (mut reads, mut choices) = (Vec::new(), Vec::new());
    for content in sent {
        reads.extend(content.body().map(str::to_owned));
        if let OutgoingContent::Choices { choices: offered, .. } = content {
            choices.extend(offered.iter().map(|choice| choice.title.clone()));
        }
    }
    let candidates: Vec<PreviewCandidate> =
        knowledge.nearest(text, now).iter().map(|near| PreviewCandidate::new(near, knowledge, now)).collect();
    Preview {
        verdict,
        reads,
        choices,
        language: state.language,
        score: candidates.first().map_or(0.0, |candidate| candidate.score),
        sure_from: knowledge.thresholds().0,
        candidates,
        red_flag,
    }
}

/// The step that the text comes to.
fn taken(text: &str, knowledge: &Knowledge, settings: &Settings, now: UnixMillis) -> Step {
    // A platform that takes all there is, so that the text is what was approved.
    let key =
        ConversationKey { channel: ChannelName::Whatsapp, account: String::new(), contact: String::new() };
    let context = Context { key: &key, knowledge, settings, backlog: None, now, random: [0; 8] };
    let content = Content::Text { body: text.to_owned() };
    let message_id = "preview".to_owned();
    let item = Item {
        account_address: None,
        event_id: message_id.clone(),
        at: now,
        contact: Contact::default(),
        event: Event::Message { message_id, content, reply_to: None, forwarded: false },
    };
    let met_before = ConversationState { introduced: true, ..ConversationState::default() };
    let nothing = || Step { state: met_before.clone(), effects: Vec::new() };
    // What a person writes is never refused.
    step(&met_before, Input::Item { item: &item, line: None }, &context).unwrap_or_else(|_| nothing())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::pack::parse;
    use crate::settings::tests::{berlin, development};

    fn tried(text: &str, crisis: bool) -> Preview {
        let source = include_str!("../conversation/tests/pack.toml");
        let more = "\n[crisis]\ngreeting.de = \"Das Wasser ist knapp.\"\nfirst = [\"test-cost\"]\n";
        let pack = parse(&format!("{source}{more}")).expect("the pack is valid");
        let knowledge = Knowledge::compile(&pack).in_crisis(crisis);
        preview(text, &knowledge, &development(), berlin("2026-11-23 12:00"))
    }

    #[test]
    fn a_preview_tells_what_a_person_would_read() {
        use PreviewVerdict::{Answer, Human, OwnWords, RedFlag};
        let rows = [
            ("a question", "Wo kann ich mich testen lassen?", Answer, "Testzentrum am Stadtpark"),
            ("an emergency", "Mein Vater bekommt keine Luft!", RedFlag, "112"),
            (
                "nothing known",
                "Mein Nachbar hat gestern ein rotes Fahrrad gekauft",
                Human,
                "Ein Mensch aus unserem Team",
            ),
            ("a greeting", "Hallo", OwnWords, "Hier schreibt der Chatbot"),
            (
                "a request",
                "Ich möchte mit einem Menschen sprechen",
                Human,
                "Ein Mensch aus unserem Team übernimmt",
            ),
        ];
        for (name, text, verdict, reads) in rows {
            let preview = tried(text, false);
            assert_eq!(preview.verdict, verdict, "{name}: {preview:?}");
            assert_eq!(preview.reads.len(), 1, "{name}: {preview:?}");
            assert!(preview.reads[0].contains(reads), "{name}: {preview:?}");
            assert_eq!(preview.red_flag.is_some(), verdict == RedFlag, "{name}");
        }
    }

    #[test]
    fn an_answer_comes_with_its_score_and_those_behind_it() {
        let preview = tried("Wo kann ich mich testen lassen?", false);
        let first = &preview.candidates[0];
        assert_eq!((first.entry.as_str(), first.title.as_str()), ("test-where", "Testmöglichkeiten"));
        assert!(preview.candidates.len() > 1 && preview.score >= preview.sure_from, "{preview:?}");
        assert_eq!(preview.language.as_deref(), Some("de"));
        assert!(preview.choices.contains(&"Kosten des Tests".to_owned()), "{preview:?}");
        assert!(!preview.reads[0].contains("Automatische Antwort"), "they met before");
    }

    #[test]
    fn a_preview_shows_what_the_crisis_switch_does() {
        let (off, on) = (tried("Hallo", false), tried("Hallo", true));
        assert!(!off.reads[0].contains("Wasser") && off.choices.is_empty(), "{off:?}");
        assert!(on.reads[0].contains("Das Wasser ist knapp.") && on.reads[0].contains("112"), "{on:?}");
        assert_eq!(on.choices, ["Kosten des Tests"]);
    }

    #[test]
    fn where_the_bot_keeps_silent_nothing_is_read() {
        let preview = tried("👍", false);
        assert_eq!((preview.verdict, preview.reads.as_slice()), (PreviewVerdict::OwnWords, [].as_slice()));
    }
}
