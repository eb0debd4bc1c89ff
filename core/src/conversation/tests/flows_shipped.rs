//! Every question of the flows that ship with lotse: it can be answered, and a human is reached from it.

use super::*;
use crate::faq::flow::{Step, Takes};
use crate::faq::pack::EntryKind;

/// The flows of the shipped packs and their red flags; no other entry is needed, and compiling none is fast.
static SHIPPED: LazyLock<Vec<(Knowledge, Vec<String>)>> = LazyLock::new(|| {
    let sources = [
        include_str!("../../../../knowledge/gesundheitsamt/pack.toml"),
        include_str!("../../../../knowledge/kindergarten/pack.toml"),
        include_str!("../../../../knowledge/shop/pack.toml"),
        include_str!("../../../../knowledge/stadtwerke/pack.toml"),
    ];
    let flows_alone = |source: &str| {
        let mut pack = pack::parse(source).expect("the pack is valid");
        pack.entries.retain(|entry| entry.kind == EntryKind::Flow);
        pack.entries.iter_mut().for_each(|entry| entry.buttons.clear());
        pack.crisis = None;
        let flows = pack.entries.iter().map(|entry| entry.id.clone()).collect();
        (Knowledge::compile(&pack), flows)
    };
    sources.into_iter().map(flows_alone).collect()
});

/// Something that this question takes.
fn answer(step: &Step) -> Content {
    match &step.takes {
        Takes::PostalCode => text("80331"),
        Takes::Date { .. } => text("heute"),
        Takes::Number { min, .. } => text(&min.unwrap_or(1.0).to_string()),
        Takes::Choice { .. } => text("1"),
        Takes::Text { .. } => text("Igelgruppe 0815 4711"),
        Takes::Photo => media(MediaKind::Image, None),
    }
}

/// Tells a story up to each question of each flow, in this language, and hands it over with the question's name
/// and the titles of its choices.
fn at_every_question(language: &str, see: impl Fn(&mut Story, &str, &[String])) {
    let mut questions = 0;
    for (knowledge, flows) in &*SHIPPED {
        for entry in flows {
            let steps = knowledge.flow(entry, berlin("2026-11-23 12:00")).expect("a flow").steps;
            for at in 0..steps.len() {
                let mut story = Story { knowledge, ..Story::new() };
                story.state.language = Some(language.to_owned());
                story.presses(&format!("entry:{entry}"));
                for step in &steps[..at] {
                    story.sends(answer(step));
                }
                let name = format!("{entry}/{}", steps[at].id);
                assert_eq!(story.state.flow.as_ref().map(|run| &run.step), Some(&steps[at].id), "{name}");
                let titles = match &steps[at].takes {
                    Takes::Choice { choices } => {
                        choices.iter().map(|choice| choice.title[language].clone()).collect()
                    }
                    _ => Vec::new(),
                };
                see(&mut story, &name, &titles);
                questions += 1;
            }
        }
    }
    assert!(questions > 10, "{questions} questions");
}

#[test]
fn every_flow_goes_through_to_a_human() {
    for (knowledge, flows) in &*SHIPPED {
        for entry in flows {
            let mut story = Story { knowledge, ..Story::new() };
            story.presses(&format!("entry:{entry}"));
            for step in knowledge.flow(entry, story.now).expect("a flow").steps {
                story.sends(answer(step));
            }
            assert_eq!((story.thread().reason, &story.state.flow), (HandoverReason::Flow, &None), "{entry}");
        }
    }
}

#[test]
fn a_human_is_reached_from_every_question_whatever_else_is_said() {
    let german = [
        "Mensch",
        "Nein, ich möchte mit einem Menschen sprechen",
        "Ja, aber ich will mit einem Menschen reden",
        "Ich habe Fieber und will mit einem Menschen sprechen",
        "Nein, bitte einen Menschen",
        "Nein, verbinden Sie mich mit einem Mitarbeiter",
        "Kann ich mit jemandem reden?",
        "Ich brauche einen Menschen, keine Fragen",
    ];
    let english = [
        "human",
        "No, I want to talk to a human",
        "Yes, but I'd like to speak to someone",
        "I have a fever and want to speak with a person",
        "no, a human please",
        "Something else, give me a human",
        "can I talk to a real person?",
    ];
    for (language, sentences) in [("de", &german[..]), ("en", &english[..])] {
        for sentence in sentences {
            at_every_question(language, |story, name, _| {
                story.says(sentence);
                let reached = (story.thread().reason, story.stands(), &story.state.flow);
                assert_eq!(
                    reached,
                    (HandoverReason::Asked, ThreadState::Waiting, &None),
                    "{name}: {sentence}"
                );
            });
        }
        at_every_question(language, |story, name, titles| {
            let asks =
                if language == "de" { "ich will mit einem Menschen sprechen" } else { "I need a human" };
            let known = story.state.clone();
            for title in titles {
                story.state = known.clone();
                story.says(&format!("{title}, {asks}"));
                assert_eq!(story.thread().reason, HandoverReason::Asked, "{name}: {title}, {asks}");
            }
        });
    }
}

#[test]
fn a_title_is_the_answer_and_people_in_another_sense_are_no_request() {
    at_every_question("de", |story, name, titles| {
        let asked = |story: &Story| {
            story.state.thread.as_ref().is_some_and(|thread| thread.reason == HandoverReason::Asked)
        };
        let known = story.state.clone();
        for title in titles {
            story.state = known.clone();
            story.says(&format!("{title}."));
            let stored = serde_json::to_string(&story.state).expect("it is stored as JSON");
            assert!(stored.contains(&format!("\"value\":\"{title}\"")) && !asked(story), "{name}: {title}");
        }
        story.state = known;
        story.says("Drei Menschen und ein Mitarbeiter haben das gesehen");
        assert!(!asked(story), "{name}");
    });
}
