use super::*;

/// A thread that waits for a human.
fn waiting() -> Story {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story
}

fn claimed_by_ada() -> Story {
    let mut story = waiting();
    story.agent("Ada", AgentCommand::Claim).unwrap();
    story
}

fn resolved() -> Story {
    let mut story = waiting();
    story.agent("Ada", AgentCommand::Resolve).unwrap();
    story
}

fn reply(text: &str) -> AgentCommand {
    AgentCommand::Reply { text: text.to_owned(), last_seen_seq: None }
}

#[test]
fn two_claims_one_wins() {
    let mut story = claimed_by_ada();
    let before = story.state.clone();
    assert_eq!(story.agent("Bea", AgentCommand::Claim), Err(Refusal::ClaimedBy { by: "Ada".to_owned() }));
    assert_eq!(story.state, before);
    story.agent("Ada", AgentCommand::Claim).unwrap();
    assert!(story.last.is_empty(), "a repeated claim changes nothing");
    assert_eq!(story.desk.last().unwrap().assignee.as_deref(), Some("Ada"));
}

type Start = fn() -> Story;

#[test]
fn each_command_is_taken_or_refused_by_the_state() {
    use AgentCommand::{Claim, Free, Release, Reopen, Resolve};
    let taken = || Err(Refusal::ClaimedBy { by: "Ada".to_owned() });
    let wrong = |state| Err(Refusal::WrongState { state });
    let (bot, done) = (ThreadState::Bot, ThreadState::Resolved);
    let starts: [(&str, Start); 4] = [
        ("bot", Story::new),
        ("waiting", waiting),
        ("claimed by Ada", claimed_by_ada),
        ("resolved", resolved),
    ];
    // One row per command of Bea, one column per start.
    let table: [(AgentCommand, [Result<ThreadState, Refusal>; 4]); 6] = [
        (Claim, [wrong(bot), Ok(ThreadState::Claimed), taken().map(|()| bot), wrong(done)]),
        (Release, [wrong(bot), Ok(ThreadState::Waiting), taken().map(|()| bot), wrong(done)]),
        (Free, [wrong(bot), Ok(ThreadState::Waiting), Ok(ThreadState::Waiting), wrong(done)]),
        (Resolve, [wrong(bot), Ok(done), taken().map(|()| bot), Ok(done)]),
        (Reopen, [wrong(bot), Ok(ThreadState::Waiting), Ok(ThreadState::Claimed), Ok(ThreadState::Waiting)]),
        (
            reply("Guten Tag"),
            [wrong(bot), Ok(ThreadState::Claimed), taken().map(|()| bot), Ok(ThreadState::Claimed)],
        ),
    ];
    for (command, row) in table {
        for ((name, start), expected) in starts.iter().zip(row) {
            let mut story = start();
            let outcome = story.agent("Bea", command.clone()).map(|()| story.stands());
            assert_eq!(outcome, expected, "{command:?} on {name}");
        }
    }
}

#[test]
fn a_reply_reaches_the_person_and_claims_the_thread() {
    let mut story = waiting();
    story.replies("Ada", "  Guten Tag, ich schaue nach.  ").unwrap();
    assert_eq!(story.received(), ["Guten Tag, ich schaue nach."]);
    assert!(
        story
            .last
            .iter()
            .any(|effect| matches!(effect, Effect::Send { lane: Lane::Human, line: Some(_), .. }))
    );
    let summary = story.desk.last().unwrap();
    assert_eq!((summary.assignee.as_deref(), summary.waiting_since), (Some("Ada"), None));
    assert_eq!(summary.snippet, "Guten Tag, ich schaue nach.");
    assert_eq!(story.lines.last().unwrap().author, Author::Agent { name: "Ada".to_owned() });
}

#[test]
fn a_reply_is_refused_to_whoever_has_not_seen_what_came_since() {
    let message = |content| {
        let message_id = "m2".to_owned();
        Event::Message { message_id, content, reply_to: None, forwarded: false }
    };
    let edited = |id: &str, content| Event::Edited { message_id: id.to_owned(), content };
    let revoked = |id: &str| Event::Revoked { message_id: id.to_owned() };
    let echo = |content| Event::Echo { message_id: "echo".to_owned(), content };
    let place = || Content::Location { latitude: 52.5, longitude: 13.4, name: None, address: None };
    let rows = [
        (
            "more words",
            message(text("Nein, doch nicht")),
            Some(LineBody::Inbound { content: text("Nein, doch nicht") }),
        ),
        (
            "answered elsewhere",
            echo(text("Schon erledigt")),
            Some(LineBody::Inbound { content: text("Schon erledigt") }),
        ),
        ("other words", edited("m1", text("Nein")), Some(LineBody::Edited { line: 1 })),
        ("taken back", revoked("m1"), Some(LineBody::Revoked { line: 1 })),
        ("a place that moves", edited("m1", place()), None),
        ("a change of what has yet to come in", edited("m7", text("Nein")), None),
        ("something else that was taken back", revoked("m7"), None),
        ("a reaction", Event::Reaction { message_id: "m1".to_owned(), emoji: None }, None),
    ];
    for (name, event, news) in rows {
        let mut story = waiting();
        let seen = story.state.last_seq;
        let reply = AgentCommand::Reply { text: "Ja".to_owned(), last_seen_seq: Some(seen) };
        story.event(0, event);
        let last = story.lines.last().cloned().expect("a line");
        assert_eq!((last.seq > seen).then_some(last.body), news, "{name}");
        let stale = news.is_some().then_some(Refusal::Stale { last_seq: last.seq });
        assert_eq!(story.agent("Ada", reply).err(), stale, "{name}");
        story.replies("Ada", "Ja").expect(name);
    }
}

#[test]
fn a_platform_without_window_takes_replies_for_ever() {
    let mut story = Story::on(ChannelName::Telegram);
    story.says(UNKNOWN);
    story.wait_minutes(60 * 24 * 100);
    story.replies("Ada", "Guten Tag").unwrap();
}

#[test]
fn texts_have_1_to_4096_characters() {
    for (name, text, fits) in [
        ("empty", String::new(), false),
        ("blank", " \n ".to_owned(), false),
        ("longest", "ä".repeat(4096), true),
        ("too long", "ä".repeat(4097), false),
    ] {
        for command in [reply(&text), AgentCommand::Note { text: text.clone() }] {
            let outcome = waiting().agent("Ada", command);
            assert_eq!(outcome, if fits { Ok(()) } else { Err(Refusal::TextLength { max: 4096 }) }, "{name}");
        }
    }
}

#[test]
fn a_note_never_leaves() {
    let mut story = waiting();
    story.agent("Bea", AgentCommand::Note { text: "Vorsicht".to_owned() }).unwrap();
    assert_eq!(story.sent().count(), 0);
    assert_eq!(story.lines.last().unwrap().body, LineBody::Note { text: "Vorsicht".to_owned() });
    assert_eq!(story.desk.last().unwrap().last_seq, story.state.last_seq);
}

#[test]
fn only_opening_the_thread_marks_its_messages_as_read() {
    let mut story = waiting();
    assert_eq!(story.marked_read(), None);
    story.says("Hallo?");
    story.agent("Ada", AgentCommand::Claim).unwrap();
    assert_eq!(story.marked_read(), None);
    story.agent("Ada", AgentCommand::Open).unwrap();
    assert_eq!(story.marked_read(), Some("m2"), "the newest");
    story.agent("Bea", AgentCommand::Open).unwrap();
    assert!(story.last.is_empty());
}

#[test]
fn after_resolving_the_bot_starts_anew() {
    let mut story = waiting();
    let reference = story.thread().reference.clone();
    story.replies("Ada", "Erledigt.").unwrap();
    story.agent("Ada", AgentCommand::Resolve).unwrap();
    assert_eq!(story.received(), [""; 0], "no text says so");
    assert_one(&story.says(KNOWN), &["Parkweg 4"]);
    assert_eq!(story.stands(), ThreadState::Resolved);
    assert_one(&story.says(UNKNOWN), &["GA-"]);
    assert_eq!(story.stands(), ThreadState::Waiting);
    assert_ne!(story.thread().reference, reference);
}

#[test]
fn a_reopened_thread_waits_with_its_reference() {
    let mut story = resolved();
    let reference = story.thread().reference.clone();
    story.agent("Bea", AgentCommand::Reopen).unwrap();
    let summary = story.desk.last().unwrap();
    assert_eq!((summary.state, summary.reason), (ThreadState::Waiting, HandoverReason::Reopened));
    assert_eq!(summary.reference, reference);
    assert_eq!(summary.waiting_since, Some(story.now));
}
