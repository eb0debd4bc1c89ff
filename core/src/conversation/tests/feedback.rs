use super::*;
use crate::conversation::feedback::without_question;
use crate::learning::{Cause, Question, Redacted};
use crate::message::Choice;
use crate::settings::TextLanguage;

/// The choices below the last message.
fn choices(story: &Story) -> Vec<Choice> {
    let choices = story.sent().find_map(|content| match content {
        OutgoingContent::Choices { choices, .. } => Some(choices.clone()),
        _ => None,
    });
    choices.unwrap_or_default()
}

fn ids(story: &Story) -> Vec<String> {
    choices(story).into_iter().map(|choice| choice.id).collect()
}

fn question(text: &str, cause: Cause, story: &Story) -> Lesson {
    let text = Redacted::question(text).expect("a question");
    Lesson::Question(Question { text, language: Some("de".to_owned()), cause, at: story.now })
}

fn feedback(entry: &str, helped: bool, story: &Story) -> Lesson {
    Lesson::Feedback { entry: entry.to_owned(), helped, at: story.now }
}

fn not_helped(entry: &str) -> Cause {
    Cause::NotHelped { entry: entry.to_owned() }
}

#[test]
fn an_answer_asks_whether_it_helped_in_the_same_message() {
    for (channel, language, asked, question, yes) in [
        (ChannelName::Whatsapp, "de", KNOWN, "Hat das geholfen?", "👍 Ja"),
        (ChannelName::Telegram, "de", KNOWN, "Hat das geholfen?", "👍 Ja"),
        (ChannelName::Whatsapp, "en", KNOWN_ENGLISH, "Did this help?", "👍 Yes"),
    ] {
        let mut story = Story::on(channel);
        let received = story.says(asked);
        assert_one(&received, &[question]);
        assert!(received[0].ends_with(question), "{language}: right above the buttons");
        let choices = choices(&story);
        assert!(choices.iter().any(|choice| choice.id == "yes:2" && choice.title == yes), "{choices:?}");
        assert_eq!(choices.last().map(|choice| choice.id.as_str()), Some("no:2"));
        assert!(story.lessons.is_empty() && story.marked_read().is_some());
    }
}

#[test]
fn an_answer_without_room_for_two_more_buttons_does_not_ask() {
    let cases: [(&str, Prepare); 5] = [
        ("an offer", |story| drop(story.says(&TORN))),
        ("a greeting", |story| drop(story.says("Hallo"))),
        ("an emergency", |story| drop(story.says(EMERGENCY))),
        ("an acknowledgement", |story| drop(story.says(UNKNOWN))),
        ("an answer while a human is awaited", |story| {
            story.says(UNKNOWN);
            story.says(KNOWN);
        }),
    ];
    for (name, prepare) in cases {
        let mut story = Story::new();
        prepare(&mut story);
        assert_eq!(story.received().len(), 1, "{name}");
        assert!(!ids(&story).iter().any(|id| id.starts_with("yes:")), "{name}");
        assert!(story.state.asked.is_empty(), "{name}");
    }
}

#[test]
fn a_yes_is_noted_and_answered_by_nothing() {
    let replies: [(&str, Prepare); 5] = [
        ("press", |story| drop(story.presses("yes:2"))),
        ("typed", |story| drop(story.says("Ja!"))),
        ("typed in another language", |story| drop(story.says("yes"))),
        ("typed as it stands on the button", |story| drop(story.says("👍 Ja"))),
        ("a thumb", |story| drop(story.says("👍🏽"))),
    ];
    for (name, reply) in replies {
        let mut story = Story::new();
        story.says(KNOWN);
        reply(&mut story);
        assert_eq!(story.received(), [""; 0], "{name}");
        assert_eq!(story.lessons, [feedback("test-where", true, &story)], "{name}");
        assert_eq!(story.stands(), ThreadState::Bot, "{name}");
        reply(&mut story);
        assert_eq!((story.received().len(), story.lessons.len()), (0, 1), "{name}: once");
    }
}

#[test]
fn a_no_is_noted_and_answered_with_a_way_to_a_human() {
    let replies: [(&str, Prepare); 3] = [
        ("press", |story| drop(story.presses("no:2"))),
        ("typed", |story| drop(story.says("nein"))),
        ("a thumb", |story| drop(story.says("👎"))),
    ];
    for (name, reply) in replies {
        let mut story = Story::new();
        story.says(KNOWN);
        reply(&mut story);
        assert_one(&story.received(), &["tut mir leid", "anderen Worten"]);
        assert_eq!(ids(&story), ["human"], "{name}");
        let expected =
            [feedback("test-where", false, &story), question(KNOWN, not_helped("test-where"), &story)];
        assert_eq!(story.lessons, expected, "{name}");
        assert_eq!(story.stands(), ThreadState::Bot, "{name}: no thread yet");
        assert_eq!(story.marked_read(), None, "{name}");
        story.presses("no:2");
        assert_eq!((story.received().len(), story.lessons.len()), (0, 2), "{name}: once");
        assert_one(&story.says("Ein Mensch"), &["GA-"]);
    }
}

#[test]
fn a_press_below_an_old_answer_counts_for_that_answer() {
    let mut story = Story::new();
    story.says(KNOWN);
    story.says("Was kostet der Test?");
    let question = question(KNOWN, not_helped("test-where"), &story);
    story.wait_minutes(60 * 24);
    assert_eq!(story.presses("no:2").len(), 1);
    assert_eq!(story.lessons[0], feedback("test-where", false, &story));
    assert!(
        matches!((&story.lessons[1], &question), (Lesson::Question(one), Lesson::Question(two)) if one.text == two.text)
    );
    assert_eq!(story.presses("yes:99"), [""; 0], "of an answer that nobody remembers");
    assert_eq!(story.lessons.len(), 2);
}

#[test]
fn after_a_no_an_agent_who_has_the_thread_hears_of_it_and_the_bot_keeps_silent() {
    let mut story = Story::new();
    story.says(KNOWN);
    story.says("Mensch");
    story.agent("Ada", AgentCommand::Claim).unwrap();
    assert_eq!(story.presses("no:2"), [""; 0]);
    assert!(story.thread().waiting_since.is_some());
    let mut story = Story::new();
    story.says(KNOWN);
    story.says(UNKNOWN);
    story.wait_minutes(31);
    assert_one(&story.presses("no:2"), &["GA-"]);
}

#[test]
fn numbers_pick_entries_and_never_a_reply() {
    let mut story = Story::new();
    story.says(KNOWN);
    let (count, line) = (ids(&story).len(), story.state.last_seq);
    story.says(&count.to_string());
    assert_eq!(
        story.state.asked.iter().find(|asked| asked.line == line).and_then(|asked| asked.helped),
        None
    );
}

#[test]
fn a_question_that_no_entry_answers_is_learnt_once_and_without_a_number() {
    let mut story = Story::new();
    story.says(&format!("{UNKNOWN}, Rückruf 0151 2345678"));
    story.says("Und noch etwas über meinen Nachbarn");
    let text = format!("{UNKNOWN}, Rückruf …");
    assert!(
        matches!(&story.lessons[..], [Lesson::Question(Question { text: learnt, cause: Cause::Unanswered, .. })]
            if learnt.as_str() == text),
        "{:?}",
        story.lessons
    );
}

#[test]
fn an_offer_from_which_nothing_is_picked_is_learnt() {
    let goes_on: [(&str, Prepare); 3] = [
        ("asks for a human", |story| drop(story.presses("human"))),
        ("asks something else", |story| drop(story.says(KNOWN))),
        ("sends a picture", |story| drop(story.sends(media(MediaKind::Image, None)))),
    ];
    for (name, go_on) in goes_on {
        let mut story = Story::new();
        story.says(&TORN);
        assert!(story.lessons.is_empty());
        go_on(&mut story);
        assert_eq!(story.lessons, [question(&TORN, Cause::Torn, &story)], "{name}");
    }
    let mut story = Story::new();
    story.says(&TORN);
    story.says("danke");
    story.presses("entry:test-cost");
    assert!(story.lessons.is_empty(), "picked after all");
    let line = story.state.last_seq;
    if ids(&story).contains(&format!("no:{line}")) {
        story.presses(&format!("no:{line}"));
        assert!(story.lessons.contains(&question(&TORN, not_helped("test-cost"), &story)));
    }
}

#[test]
fn what_a_person_took_back_is_not_learnt() {
    let mut story = Story::new();
    story.says(KNOWN);
    story.event(0, Event::Revoked { message_id: "m1".to_owned() });
    story.presses("no:2");
    assert_eq!(story.lessons, [feedback("test-where", false, &story)]);
}

#[test]
fn an_answer_that_goes_another_way_asks_nothing_there() {
    for language in TextLanguage::ALL {
        let words = texts::feedback(language);
        let choice = |id: &str| Choice { id: id.to_owned(), title: id.to_owned() };
        let body = format!("Hier.\n\n{}", words.question);
        let choices = vec![choice("yes:2"), choice("no:2")];
        let content = OutgoingContent::Choices { body: body.clone(), choices };
        let without = without_question(content);
        assert_eq!(without, OutgoingContent::Text { body: "Hier.".to_owned() });
        let choices = vec![choice("entry:x"), choice("yes:2"), choice("no:2")];
        let content = OutgoingContent::Choices { body, choices };
        let without = without_question(content);
        let kept = OutgoingContent::Choices { body: "Hier.".to_owned(), choices: vec![choice("entry:x")] };
        assert_eq!(without, kept);
        assert_eq!(without_question(kept.clone()), kept);
    }
}

#[test]
fn where_the_settings_say_so_nothing_is_asked() {
    let mut settings = development();
    settings.bot = serde_json::from_value(serde_json::json!({ "ask_if_helped": false })).expect("settings");
    let mut story = Story::new();
    let (key, now) = (story.key.clone(), story.now);
    let context =
        Context { key: &key, knowledge: &KNOWLEDGE, settings: &settings, backlog: None, now, random: [0; 8] };
    let contact = Contact { id: key.contact.clone(), ..Contact::default() };
    let event = Event::Message {
        message_id: "m1".to_owned(),
        content: text(KNOWN),
        reply_to: None,
        forwarded: false,
    };
    let item = Item { account_address: None, event_id: "e1".to_owned(), at: now, contact, event };
    let step = step(&story.state, Input::Item { item: &item, line: None }, &context)
        .expect("items are never refused");
    story.last = step.effects;
    assert_eq!(story.received().len(), 1);
    assert!(!story.received()[0].contains("geholfen") && step.state.asked.is_empty());
}
