use super::*;
use crate::message::{Choice, DeliveryState};
use crate::policy::{self, Evidence, Reason};

fn echo(story: &mut Story, minutes_ago: i64) {
    let event = Event::Echo { message_id: "echo".to_owned(), content: text("Ich kümmere mich") };
    story.event(minutes_ago, event);
}

#[test]
fn an_edit_replaces_the_line_and_is_never_answered() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story.event(0, Event::Edited { message_id: "m1".to_owned(), content: text(KNOWN) });
    let replaced = Effect::Replace { provider_id: "m1".to_owned(), line: Some(1), content: text(KNOWN) };
    assert_eq!(story.last[0], replaced);
    assert_eq!(story.sent().count(), 0);
    assert_eq!(story.desk.last().unwrap().snippet, KNOWN);
}

#[test]
fn an_edit_that_turns_into_an_emergency_is_raised() {
    let mut story = Story::new();
    story.says(KNOWN);
    story.event(0, Event::Edited { message_id: "m1".to_owned(), content: text(EMERGENCY) });
    assert!(story.desk.last().unwrap().urgent);
    assert_eq!(story.sent().count(), 0);
}

#[test]
fn a_revoked_message_disappears_from_the_desk() {
    let mut story = Story::new();
    story.says("Geheim");
    story.event(0, Event::Revoked { message_id: "m1".to_owned() });
    assert_eq!(story.last[0], Effect::Remove { provider_id: "m1".to_owned(), line: Some(1) });
    assert_eq!(story.desk.last().unwrap().snippet, "");
    assert!(!serde_json::to_string(&story.state).unwrap().contains("Geheim"));
}

#[test]
fn a_human_elsewhere_pauses_the_bot_for_twelve_hours_and_answers_what_waited() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    echo(&mut story, 0);
    assert_eq!(story.stands(), ThreadState::Resolved);
    assert_eq!(story.lines.last().unwrap().author, Author::Elsewhere);
    story.wait_minutes(12 * 60 - 1);
    assert_eq!(story.says(KNOWN), [""; 0]);
    assert_eq!((story.stands(), story.thread().reason), (ThreadState::Waiting, HandoverReason::Elsewhere));
    story.wait_minutes(1);
    assert_one(&story.says(KNOWN), &["Parkweg 4"]);
}

#[test]
fn a_late_echo_does_not_answer_what_came_in_since() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    echo(&mut story, 10);
    assert_eq!(story.stands(), ThreadState::Waiting);
    echo(&mut story, 60 * 24);
    let until = story.now.plus_millis((12 * 60 - 10) * 60_000);
    assert_eq!(story.state.paused_until, Some(until), "the pause counts from the later echo");
}

#[test]
fn a_press_is_always_confirmed() {
    let press = || Content::Choice {
        id: "human".to_owned(),
        title: "Ein Mensch".to_owned(),
        press_id: Some("p".to_owned()),
    };
    let confirm = OutgoingContent::ConfirmPress { press_id: "p".to_owned() };
    let mut story = Story::on(ChannelName::Telegram);
    for late in [0, 60] {
        story.sends_late(late, press());
        assert_eq!(story.sent().next(), Some(&confirm));
    }
    story.agent("Ada", AgentCommand::Claim).unwrap();
    story.sends(press());
    assert_eq!(story.sent().collect::<Vec<_>>(), [&confirm]);
}

#[test]
fn a_button_of_somebody_else_is_taken_by_its_title() {
    let mut story = Story::new();
    let content = Content::Choice { id: "campaign-7".to_owned(), title: KNOWN.to_owned(), press_id: None };
    assert_one(&story.sends(content), &["Parkweg 4"]);
}

#[test]
fn a_failed_delivery_is_put_before_a_human() {
    let starts: [(&str, Prepare); 4] = [
        ("bot", |story| drop(story.says(KNOWN))),
        ("waiting", |story| drop(story.says(UNKNOWN))),
        ("claimed", |story| {
            story.says(UNKNOWN);
            story.replies("Ada", "Guten Tag").unwrap();
        }),
        ("resolved", |story| {
            story.says(UNKNOWN);
            story.agent("Ada", AgentCommand::Resolve).unwrap();
        }),
    ];
    for (name, prepare) in starts {
        let mut story = Story::new();
        prepare(&mut story);
        let before = story.state.thread.clone();
        story.step(Input::DeliveryFailed { line: 2 }).unwrap();
        let summary = story.desk.last().unwrap();
        assert_eq!(summary.reason, HandoverReason::DeliveryFailed, "{name}");
        assert!(summary.waiting_since.is_some() && story.thread().is_open(), "{name}");
        assert!(before.is_none_or(|before| before.reference == story.thread().reference), "{name}");
        assert_eq!(story.sent().count(), 0, "{name}");
    }
    let mut story = Story::new();
    story.step(Input::DeliveryFailed { line: 7 }).unwrap();
    assert_eq!(story.stands(), ThreadState::Bot, "there is no such line");
}

#[test]
fn a_changed_identity_carries_the_known_name_along() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story.state.contact.name = Some("Kim".to_owned());
    let new_contact = Contact { id: "DE.42".to_owned(), ..Contact::default() };
    story.event(0, Event::IdentityChanged { new_contact });
    let contact = &story.desk.last().unwrap().contact;
    assert_eq!((contact.id.as_str(), contact.name.as_deref()), ("DE.42", Some("Kim")));
    let there = ConversationKey { contact: "DE.42".to_owned(), ..story.key.clone() };
    assert!(story.last.contains(&Effect::NewAddress(there)), "what they write there comes here");
}

#[test]
fn delivery_states_and_notices_change_nothing() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    let before = story.state.clone();
    let failed = Event::Status {
        message_id: "ours".to_owned(),
        state: DeliveryState::Failed,
        callback: None,
        error: None,
    };
    for event in [failed, Event::Notice { kind: "typing".to_owned() }] {
        story.event(0, event);
        assert!(story.last.is_empty());
        assert_eq!(story.state, before);
    }
}

#[test]
fn resolving_at_the_desk_ends_the_pause_that_a_human_elsewhere_began() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    echo(&mut story, 0);
    story.says("Und noch etwas");
    story.agent("Ada", AgentCommand::Resolve).unwrap();
    assert_one(&story.says(KNOWN), &["Parkweg 4"]);
}

#[test]
fn a_block_is_remembered_until_the_person_writes() {
    let mut story = Story::new();
    story.event(0, Event::Reachability { reachable: false });
    assert!(story.state.blocked);
    story.says("Danke");
    assert!(!story.state.blocked);
}

fn given(message_id: &str) -> Given {
    let media = Media {
        kind: MediaKind::Image,
        id: "photo".to_owned(),
        mime_type: None,
        caption: None,
        filename: None,
    };
    let piece =
        Piece { message_id: message_id.to_owned(), value: "Der Keller".to_owned(), media: Some(media) };
    let (entry, step, label) = ("damage".to_owned(), "photo".to_owned(), "Foto".to_owned());
    Given { entry, step, label, pieces: vec![piece] }
}

#[test]
fn the_stored_form_of_a_conversation_is_pinned() {
    let thread = Thread {
        reference: "GA-7Q4K".to_owned(),
        stage: Stage::Claimed { by: "Ada".to_owned() },
        reason: HandoverReason::Emergency,
        urgent: true,
        team: Some("hotline".to_owned()),
        opened_at: UnixMillis(1),
        waiting_since: Some(UnixMillis(2)),
        acknowledged_at: Some(UnixMillis(3)),
        unseen: true,
        fields: vec![given("m1")],
    };
    let state = ConversationState {
        contact: Contact {
            id: "491701234567".to_owned(),
            name: Some("Kim".to_owned()),
            ..Contact::default()
        },
        language: Some("de".to_owned()),
        variety: None,
        last_seq: 7,
        version: 4,
        thread: Some(thread),
        last_inbound_at: Some(UnixMillis(4)),
        must_see_seq: 5,
        unread: Some("m3".to_owned()),
        snippet: Some(Snippet { text: "Hilfe".to_owned(), provider_id: Some("m3".to_owned()) }),
        offer: vec![Choice { id: "entry:test-cost".to_owned(), title: "Kosten des Tests".to_owned() }],
        introduced: true,
        greeted_at: Some(UnixMillis(5)),
        paused_until: Some(UnixMillis(6)),
        blocked: true,
        emergencies: [("breathing".to_owned(), UnixMillis(7))].into(),
        consent: Some(Consent {
            choice: policy::Choice::Withdrawn { wrote_since: true },
            at: UnixMillis(8),
            evidence: Evidence::Agent { name: "Ada".to_owned(), how: "Am Telefon".to_owned() },
        }),
        draft: Some(Draft {
            text: "Ja.".to_owned(),
            author: Author::Agent { name: "Ada".to_owned() },
            at: UnixMillis(9),
            state: DraftState::Held { reason: Reason::WindowClosed },
        }),
        links: vec![Link {
            to: ConversationKey {
                channel: ChannelName::Telegram,
                account: "main".to_owned(),
                contact: "5".to_owned(),
            },
            consented_at: UnixMillis(10),
            recorded_by: "Ada".to_owned(),
        }],
        remembered: vec![Remembered {
            line: 6,
            author: Author::Bot,
            content: OutgoingContent::Text { body: "Ja.".to_owned() },
        }],
        taken: vec!["telegram/main/5#3".to_owned()],
        flow: Some(FlowRun {
            entry: "damage".to_owned(),
            step: "since".to_owned(),
            language: "de".to_owned(),
            given: vec![given("m2")],
            started_at: UnixMillis(11),
            asked_at: UnixMillis(12),
            abandoned_from: Some(UnixMillis(13)),
            tries: 1,
            missed: true,
        }),
        asked: vec![Asked {
            line: 6,
            entry: "test-where".to_owned(),
            question: Wondered::new(Some("Wo ist das?"), Some("de")),
            helped: Some(false),
        }],
        wondered: Wondered::new(Some("testen"), Some("de")),
    };
    let stored = serde_json::to_string_pretty(&state).unwrap();
    insta::assert_snapshot!("stored_state", stored);
    assert_eq!(serde_json::from_str::<ConversationState>(&stored).unwrap(), state);
    assert_eq!(serde_json::from_str::<ConversationState>("{}").unwrap(), ConversationState::default());
}

#[test]
fn an_answer_that_failed_keeps_the_tick_of_the_next_answer_back() {
    let mut story = Story::new();
    story.says(KNOWN);
    story.step(Input::DeliveryFailed { line: 2 }).unwrap();
    story.says(KNOWN_ENGLISH);
    assert_eq!(story.marked_read(), None, "the tick would cover the message whose answer failed");
    story.agent("Ada", AgentCommand::Open).unwrap();
    assert_eq!(story.marked_read(), Some("m2"), "a human saw them");
}

#[test]
fn an_emergency_that_comes_after_the_window_closed_gets_a_human_and_no_text() {
    let mut story = Story::new();
    assert_eq!(story.sends_late(25 * 60, text(EMERGENCY)), Vec::<String>::new());
    assert!(story.thread().urgent);
    let mut elsewhere = Story::on(ChannelName::Telegram);
    assert_eq!(elsewhere.sends_late(25 * 60, text(EMERGENCY)).len(), 1, "no window there");
}
