//! What holds for every sequence of inputs, in whatever order they come.

use proptest::prelude::*;

use super::*;
use crate::learning::{Cause, Question};

#[derive(Clone, Debug)]
pub(super) enum Move {
    Says(&'static str, i64),
    Sends(Content),
    Edits(&'static str),
    Revokes,
    Echo(i64),
    Blocks(bool),
    Prefers(bool),
    Reacts,
    Agent(&'static str, AgentCommand),
    Fails(u64),
    FallsBack(Box<Fallback>),
    Waits(i64),
    /// The alarm goes off.
    Looks,
}

pub(super) fn any_move() -> impl Strategy<Value = Move> {
    let words = prop::sample::select(vec![
        KNOWN,
        KNOWN_ENGLISH,
        *TORN,
        UNKNOWN,
        EXPIRED,
        EMERGENCY,
        "Mensch",
        "Stopp",
        "START",
        "Hallo",
        "Danke",
        "ja",
        "Nein",
        "👍",
        "1",
        "2",
        "9",
        "0",
        "",
        "?",
        "Ich möchte einen Schaden melden",
        "Ich möchte einen Schaden melden",
        "80331",
        "gestern",
        "12,5",
        "Wasser",
        "zurück",
        "weiter",
        "abbrechen",
    ]);
    let contents = prop::sample::select(vec![
        media(MediaKind::Voice, None),
        media(MediaKind::Image, None),
        Content::Choice { id: "flow:damage:sort:storm".to_owned(), title: "x".to_owned(), press_id: None },
        media(MediaKind::Sticker, None),
        media(MediaKind::Image, Some(EMERGENCY)),
        Content::Choice {
            id: "entry:test-cost".to_owned(),
            title: "x".to_owned(),
            press_id: Some("p".to_owned()),
        },
        Content::Choice { id: "entry:gone".to_owned(), title: "x".to_owned(), press_id: None },
        Content::Choice { id: "yes:2".to_owned(), title: "x".to_owned(), press_id: Some("p".to_owned()) },
        Content::Choice { id: "no:2".to_owned(), title: "x".to_owned(), press_id: None },
        Content::Choice { id: "no:4".to_owned(), title: "x".to_owned(), press_id: None },
        Content::Choice { id: "human".to_owned(), title: "x".to_owned(), press_id: None },
        Content::Unsupported { kind: "poll".to_owned(), words: None },
    ]);
    let commands = prop_oneof![
        Just(AgentCommand::Claim),
        Just(AgentCommand::Release),
        Just(AgentCommand::Free),
        Just(AgentCommand::Resolve),
        Just(AgentCommand::Reopen),
        Just(AgentCommand::Open),
        Just(AgentCommand::DropDraft),
        any::<bool>().prop_map(|given| AgentCommand::RecordConsent { given, how: "Am Telefon".to_owned() }),
        any_address().prop_map(|to| AgentCommand::Link { to, consented_at: None }),
        any_address().prop_map(|to| AgentCommand::Unlink { to }),
        Just(AgentCommand::Note { text: "nur intern".to_owned() }),
        (0_u64..20)
            .prop_map(|seen| AgentCommand::Reply { text: "Guten Tag".to_owned(), last_seen_seq: Some(seen) }),
        Just(AgentCommand::Reply { text: "lang ".repeat(800), last_seen_seq: None }),
    ];
    prop_oneof![
        6 => (words.clone(), prop_oneof![4 => Just(0), 1 => -10_i64..600]).prop_map(|(text, late)| Move::Says(text, late)),
        2 => contents.prop_map(Move::Sends),
        1 => words.prop_map(Move::Edits),
        1 => Just(Move::Revokes),
        1 => (0_i64..2_000).prop_map(Move::Echo),
        1 => any::<bool>().prop_map(Move::Blocks),
        1 => any::<bool>().prop_map(Move::Prefers),
        1 => Just(Move::Reacts),
        6 => (prop::sample::select(vec!["Ada", "Bea"]), commands).prop_map(|(name, command)| Move::Agent(name, command)),
        2 => (0_u64..20).prop_map(Move::Fails),
        1 => (1_u64..4, any::<bool>()).prop_map(|(line, by_bot)| Move::FallsBack(Box::new(failed_elsewhere(line, by_bot)))),
        2 => (0_i64..2_000).prop_map(Move::Waits),
        1 => Just(Move::Looks),
    ]
}

/// Two addresses at Telegram and one at WhatsApp.
fn any_address() -> impl Strategy<Value = ConversationKey> {
    use ChannelName::{Telegram, Whatsapp};
    let address = |(channel, contact): (ChannelName, &str)| ConversationKey {
        channel,
        account: "main".to_owned(),
        contact: contact.to_owned(),
    };
    prop::sample::select(vec![
        (Telegram, "5000000001"),
        (Telegram, "5000000002"),
        (Whatsapp, "4915199999999"),
    ])
    .prop_map(address)
}

fn failed_elsewhere(line: u64, by_bot: bool) -> Fallback {
    let (account, contact) = ("main".to_owned(), "4915188888888".to_owned());
    Fallback {
        id: format!("elsewhere#{line}"),
        from: ConversationKey { channel: ChannelName::Whatsapp, account, contact },
        line,
        author: if by_bot { Author::Bot } else { Author::Agent { name: "Ada".to_owned() } },
        content: OutgoingContent::Text { body: "Von nebenan".to_owned() },
        reference: Some("GA-2222".to_owned()),
        language: None,
    }
}

/// Makes a move. `Err` is a refused command.
pub(super) fn make(story: &mut Story, next: Move) -> Result<(), Refusal> {
    let newest = format!("m{}", story.messages);
    story.last.clear();
    match next {
        Move::Says(body, late) => drop(story.sends_late(late, text(body))),
        Move::Sends(content) => drop(story.sends(content)),
        Move::Edits(body) => story.event(0, Event::Edited { message_id: newest, content: text(body) }),
        Move::Revokes => story.event(0, Event::Revoked { message_id: newest }),
        Move::Echo(late) => {
            story.event(late, Event::Echo { message_id: "echo".to_owned(), content: text("Moment") });
        }
        Move::Prefers(welcome) => story.event(0, Event::BulkPreference { welcome }),
        Move::Blocks(blocked) => story.event(0, Event::Reachability { reachable: !blocked }),
        Move::Reacts => story.event(0, Event::Reaction { message_id: newest, emoji: None }),
        Move::Agent(name, command) => return story.agent(name, command),
        Move::Fails(line) => return story.step(Input::DeliveryFailed { line }),
        Move::FallsBack(message) => return story.step(Input::Fallback(&message)),
        Move::Waits(minutes) => story.wait_minutes(minutes),
        Move::Looks => return story.step(Input::TimePassed),
    }
    Ok(())
}

/// What the pack and the word lists leave to nobody but a human.
fn needs_human(next: &Move) -> bool {
    match next {
        Move::Says(text, _) => [UNKNOWN, EXPIRED, EMERGENCY, "Mensch", "0", "?"].contains(text),
        Move::Sends(Content::Media(media)) => media.kind != MediaKind::Sticker,
        Move::Sends(Content::Choice { id, .. }) => ["human", "entry:gone"].contains(&id.as_str()),
        Move::Sends(_) => true,
        _ => false,
    }
}

/// Words that are answered with an approved text, and so count as read.
fn may_be_answered(next: &Move) -> bool {
    match next {
        Move::Says(text, _) => {
            [KNOWN, KNOWN_ENGLISH, EMERGENCY, "1", "2", "Ich möchte einen Schaden melden"].contains(text)
        }
        Move::Sends(Content::Choice { id, .. }) => id == "entry:test-cost",
        Move::Sends(Content::Media(media)) => media.caption.is_some(),
        _ => false,
    }
}

fn check(next: &Move, before: &ConversationState, outcome: &Result<(), Refusal>, story: &Story) {
    let Story { state, last, .. } = story;
    if outcome.is_err() {
        assert_eq!(state, before, "a refusal changes nothing");
        return;
    }
    let appended =
        last.iter().filter_map(|effect| if let Effect::Append(line) = effect { Some(line) } else { None });
    let appended: Vec<&Line> = appended.collect();
    let expected: Vec<u64> = (before.last_seq + 1..=state.last_seq).collect();
    assert_eq!(appended.iter().map(|line| line.seq).collect::<Vec<_>>(), expected, "lines have no gaps");

    let changed = state != before || !last.is_empty();
    assert_eq!(state.version, before.version + u64::from(changed), "each change counts the version up");

    let outbound = |line: &&&Line| matches!(line.body, LineBody::Outbound { .. });
    let by_bot = appended.iter().filter(outbound).filter(|line| line.author == Author::Bot).count();
    let asked_for = matches!(next, Move::Says(..) | Move::Sends(_) | Move::FallsBack(_));
    assert!(by_bot <= usize::from(asked_for), "at most one bot message per message, and none otherwise");

    let sent: Vec<u64> =
        last.iter().filter_map(|it| if let Effect::Send { line, .. } = it { *line } else { None }).collect();
    let outbound: Vec<u64> = appended.iter().filter(outbound).map(|line| line.seq).collect();
    assert_eq!(sent, outbound, "what is sent stands in the transcript, and notes are never sent");

    if story.marked_read().is_some() {
        let answered = by_bot == 1 && may_be_answered(next);
        assert!(
            matches!(next, Move::Agent(_, AgentCommand::Open)) || answered,
            "read only when opened or answered"
        );
        let unseen_before = before.open_thread().is_some_and(|thread| thread.unseen);
        assert!(!(answered && unseen_before), "the bot marks nothing as read that waits for a human's eyes");
    }
    let is_asked = before.flow.is_some() && state.flow.is_some();
    if needs_human(next) && !matches!(next, Move::Says("?", _)) && !is_asked {
        assert!(state.open_thread().is_some(), "{next:?} is before a human");
        assert!(state.thread.as_ref().is_some_and(|thread| thread.waiting_since.is_some()));
    }
    check_given(next, before, state);
    for lesson in
        last.iter().filter_map(|it| if let Effect::Learn(lesson) = it { Some(lesson) } else { None })
    {
        if let Lesson::Question(Question { cause: Cause::Unanswered, .. }) = lesson {
            assert!(before.open_thread().is_none(), "what is said in an open thread is its humans'");
        }
        assert!(asked_for, "only people teach");
    }
    check_claims(next, before, state);
    check_desk(before, story);

    let json = serde_json::to_string(state).unwrap();
    assert_eq!(&serde_json::from_str::<ConversationState>(&json).unwrap(), state);
}

/// What was given stands in the flow that goes on or on the thread, until the person takes it back or answers anew.
fn check_given(next: &Move, before: &ConversationState, state: &ConversationState) {
    let given = |state: &ConversationState| {
        let running = state.flow.iter().flat_map(|run| run.given.clone());
        let kept = state.thread.iter().flat_map(|thread| thread.fields.clone());
        running.chain(kept).collect::<Vec<Given>>()
    };
    let reference = |state: &ConversationState| state.thread.as_ref().map(|thread| thread.reference.clone());
    if matches!(next, Move::Says("abbrechen", _) | Move::Edits(_) | Move::Revokes) {
        return;
    }
    let (had, has) = (given(before), given(state));
    let is_same_thread = reference(before) == reference(state);
    let running = before.flow.iter().flat_map(|run| &run.given);
    for answer in if is_same_thread { had.iter().collect::<Vec<_>>() } else { running.collect() } {
        let is_kept = answer.pieces.iter().all(|piece| has.iter().any(|other| other.pieces.contains(piece)));
        let is_anew = state.flow.iter().flat_map(|run| &run.given).any(|other| other.step == answer.step);
        assert!(is_kept || is_anew || has.len() >= 30, "{next:?} lost {answer:?}");
    }
    if matches!(next, Move::Looks) {
        let is_seen = state.flow.is_none() || state.looks_at().is_some() || state.open_thread().is_some();
        assert!(is_seen, "an abandoned flow is before a human");
    }
}

fn check_claims(next: &Move, before: &ConversationState, state: &ConversationState) {
    let holder = |state: &ConversationState| {
        state.thread.as_ref().and_then(|thread| thread.assignee().map(str::to_owned))
    };
    let (had, has) = (holder(before), holder(state));
    if had != has {
        let Move::Agent(name, command) = next else { panic!("only agents claim and release, not {next:?}") };
        let freed = *command == AgentCommand::Free;
        assert!(freed || had.as_deref().is_none_or(|had| had == *name), "only a lead takes a claim away");
        assert!(has.as_deref().is_none_or(|has| has == *name), "nobody claims for another");
    }
}

fn check_desk(before: &ConversationState, story: &Story) {
    let summary = |state: &ConversationState| {
        state.summary(&story.key, story.now).map(|summary| ThreadSummary { version: 0, ..summary })
    };
    let told = story
        .last
        .iter()
        .find_map(|it| if let Effect::UpdateDesk(summary) = it { Some(summary) } else { None });
    if summary(before) != summary(&story.state) {
        assert_eq!(
            told,
            story.state.summary(&story.key, story.now).as_ref(),
            "the desk is told how it stands"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_for_every_sequence(moves in prop::collection::vec(any_move(), 1..40)) {
        let mut story = Story::new();
        for next in moves {
            let before = story.state.clone();
            let outcome = make(&mut story, next.clone());
            check(&next, &before, &outcome, &story);
        }
    }

    #[test]
    fn any_text_is_taken(body in "\\PC*", late in -1_000_000_i64..1_000_000) {
        Story::new().sends_late(late, text(&body));
    }
}
