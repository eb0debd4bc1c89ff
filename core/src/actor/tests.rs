//! The actor on a shelf of rows: what is committed when, and what holds for every order of inputs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::channel::{ChannelName, SendError, SendErrorKind};
use crate::conversation::{AgentCommand, HandoverReason, LineBody};
use crate::faq::pack;
use crate::message::{Contact, DeliveryState, Event, Item, PlatformError};
use crate::settings::tests::{berlin, development};

mod reports;

static SETTINGS: LazyLock<Settings> = LazyLock::new(development);
static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    Knowledge::compile(
        &pack::parse(include_str!("../conversation/tests/pack.toml")).expect("the pack is valid"),
    )
});

const KNOWN: &str = "Wo kann ich mich testen lassen?";
const UNKNOWN: &str = "Mein Nachbar hat gestern ein rotes Fahrrad gekauft";

#[derive(Default)]
struct Shelf(BTreeMap<String, String>);

impl Records for Shelf {
    fn get(&self, key: &str) -> Result<Option<String>, RecordError> {
        Ok(self.0.get(key).cloned())
    }

    fn with_prefix(&self, prefix: &str) -> Result<Vec<Row>, RecordError> {
        let found = self.0.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| Row { key: key.clone(), value: value.clone() }).collect())
    }
}

/// An actor, its rows, and the time.
struct Bench {
    actor: Actor,
    shelf: Shelf,
    now: UnixMillis,
    /// The last commit.
    last: Commit,
}

impl Bench {
    fn on(channel: ChannelName) -> Self {
        let now = berlin("2026-11-23 12:00");
        let key = ConversationKey { channel, account: "main".to_owned(), contact: "491701234567".to_owned() };
        Self { actor: Actor::new(key, now), shelf: Shelf::default(), now, last: Commit::default() }
    }

    fn act<T>(
        &mut self,
        act: impl FnOnce(&mut Actor, &dyn Records, &Context<'_>) -> Result<(Commit, T), RecordError>,
    ) -> T {
        let context = Context {
            knowledge: &KNOWLEDGE,
            settings: &SETTINGS,
            backlog: None,
            now: self.now,
            random: [7; 8],
            take_slot: &|_| true,
        };
        let (commit, value) = act(&mut self.actor, &self.shelf, &context).expect("rows are sound");
        for row in commit.rows.clone() {
            self.shelf.0.insert(row.key, row.value);
        }
        self.last = commit;
        value
    }

    fn says(&mut self, id: &str, body: &str) {
        let content = Content::Text { body: body.to_owned() };
        let event = Event::Message { message_id: id.to_owned(), content, reply_to: None, forwarded: false };
        let item = item(id, self.now, event);
        self.act(|actor, rows, context| Ok((actor.deliver(&[item], rows, context)?, ())));
    }

    fn next(&mut self) -> Next {
        self.act(Actor::next_call)
    }

    fn hears(&mut self, send: Option<i64>, outcome: &Outcome) {
        self.act(|actor, rows, context| Ok((actor.called(send, outcome, rows, context)?, ())));
    }

    fn reports(&mut self, attempt: Attempt, state: DeliveryState) {
        let report = SendReport { attempt, message_id: "out".to_owned(), state, error: None };
        self.act(|actor, rows, context| Ok((actor.report(&report, rows, context)?, ())));
    }

    /// The platform gives up what it took.
    fn gives_up(&mut self, attempt: Attempt, code: i64) {
        let error = Some(PlatformError { code, detail: "no".to_owned() });
        let state = DeliveryState::Failed;
        let report = SendReport { attempt, message_id: "out".to_owned(), state, error };
        self.act(|actor, rows, context| Ok((actor.report(&report, rows, context)?, ())));
    }

    /// Waits for the next call, for an hour at most.
    fn next_within_an_hour(&mut self) -> Option<Attempt> {
        for _ in 0..3_600 {
            if let Some(attempt) = sent(&self.next()) {
                return Some(attempt);
            }
            self.waits(1_000);
        }
        None
    }

    /// What the transcript says of a line of ours.
    fn delivery(&mut self, line: u64) -> Option<DeliveryState> {
        let transcript = self.actor.transcript(&self.shelf, self.now).expect("rows are sound");
        transcript.lines.into_iter().find(|shown| shown.line.seq == line)?.delivery
    }

    /// The object dies and comes back with what is stored.
    fn dies(&mut self) {
        let restored = Actor::restore(&self.shelf).expect("rows are sound");
        self.actor = restored.unwrap_or_else(|| Actor::new(self.actor.kept().key.clone(), self.now));
    }

    fn waits(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis);
    }
}

fn sent(next: &Next) -> Option<Attempt> {
    if let Next::Call(call) = next { call.attempt } else { None }
}

/// The key of the same person's conversation under another id.
fn known_as(contact: &str) -> ConversationKey {
    ConversationKey {
        channel: ChannelName::Whatsapp,
        account: "main".to_owned(),
        contact: contact.to_owned(),
    }
}

fn item(id: &str, at: UnixMillis, event: Event) -> Item {
    let contact = Contact { id: "491701234567".to_owned(), ..Contact::default() };
    Item { account_address: None, event_id: id.to_owned(), at, contact, event }
}

#[test]
fn a_new_id_is_told_where_the_conversation_lives_until_it_knows() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    let new_contact = Contact { id: "491709999999".to_owned(), ..Contact::default() };
    let changed = item("c1", bench.now, Event::IdentityChanged { new_contact });
    bench.act(|actor, rows, context| Ok((actor.deliver(&[changed], rows, context)?, ())));
    let due = bench.act(|actor, _, context| actor.due_transfer(context)).expect("something to tell");
    assert_eq!(due.to, known_as("491709999999"));
    assert_eq!(due.errand, Errand::LivesAt(known_as("491701234567")));
    assert!(bench.act(|actor, _, context| actor.due_transfer(context)).is_none(), "one try at a time");
    bench.dies();
    bench.waits(60_000);
    let again = bench.act(|actor, _, context| actor.due_transfer(context)).expect("nobody confirmed");
    bench.act(|actor, _, _| Ok((actor.transferred(&again)?, ())));
    bench.waits(60_000);
    assert!(bench.act(|actor, _, context| actor.due_transfer(context)).is_none());
}

#[test]
fn what_comes_in_under_a_new_id_is_forwarded_but_for_what_took_effect_before() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    let home = known_as("491700000001");
    bench.act(|actor, _, context| Ok((actor.lives_at(home.clone(), context)?, ())));
    bench.dies();
    let event = Event::Notice { kind: "typing".to_owned() };
    let items = vec![item("m1", bench.now, event.clone()), item("m2", bench.now, event)];
    let forwarded = bench.act(|actor, rows, context| actor.forward(items.clone(), rows, context));
    assert_eq!(forwarded, Some(Forwarded { to: home, items: vec![items[1].clone()] }));
    assert!(bench.last.is_empty(), "nothing to write on the way of a message");
    bench.waits(2 * 24 * 60 * 60 * 1000);
    bench.act(|actor, rows, context| actor.forward(items, rows, context));
    assert_eq!(bench.actor.kept().touched_at, bench.now, "an id in use is not forgotten");
}

#[test]
fn a_conversation_does_not_forward_to_itself() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.act(|actor, _, context| Ok((actor.lives_at(known_as("491701234567"), context)?, ())));
    assert_eq!(bench.actor.kept().lives_at, None);
}

#[test]
fn a_delivery_that_comes_again_changes_nothing() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    assert!(!bench.last.is_empty());
    let before = bench.actor.clone();
    bench.says("m1", KNOWN);
    assert!(bench.last.is_empty());
    bench.dies();
    bench.says("m1", KNOWN);
    assert!(bench.last.is_empty());
    assert_eq!(bench.actor.kept(), before.kept());
}

#[test]
fn a_change_that_overtakes_its_message_counts() {
    let edited = |body: &str| {
        let content = Content::Text { body: body.to_owned() };
        Event::Edited { message_id: "m1".to_owned(), content }
    };
    let revoked = || Event::Revoked { message_id: "m1".to_owned() };
    for (name, changes, shown) in [
        ("edited", vec![edited(KNOWN)], Some(KNOWN)),
        ("edited twice", vec![edited("Was"), edited(KNOWN)], Some(KNOWN)),
        ("taken back", vec![revoked()], None),
        ("edited and taken back", vec![edited(KNOWN), revoked()], None),
        ("taken back, then the edit comes", vec![revoked(), edited(KNOWN)], None),
    ] {
        let mut bench = Bench::on(ChannelName::Whatsapp);
        for (number, event) in changes.into_iter().enumerate() {
            let item = item(&format!("change {number}"), bench.now, event);
            bench.act(|actor, rows, context| Ok((actor.deliver(&[item], rows, context)?, ())));
        }
        bench.dies();
        bench.says("m1", UNKNOWN);
        let transcript = bench.actor.transcript(&bench.shelf, bench.now).expect("rows are sound");
        let first = transcript.lines.first().map(|shown| shown.line.body.clone());
        let expected =
            shown.map(|body| LineBody::Inbound { content: Content::Text { body: body.to_owned() } });
        assert_eq!(first, expected, "{name}");
        assert_eq!(
            sent(&bench.next()).is_some(),
            shown.is_some(),
            "{name}: what nobody shall read is not answered"
        );
        bench.says("m2", KNOWN);
        assert!(bench.actor.kept().early.is_empty(), "{name}: it counts once");
    }
}

#[test]
fn a_change_of_what_came_in_is_a_line_that_an_agent_must_have_seen() {
    let words = |body: &str| Content::Text { body: body.to_owned() };
    let id = || "m1".to_owned();
    let (edited, revoked) = (LineBody::Edited { line: 1 }, LineBody::Revoked { line: 1 });
    let edit = |body| Event::Edited { message_id: id(), content: words(body) };
    let revoke = || Event::Revoked { message_id: id() };
    for (name, changes, at_once, news) in [
        ("edited later", vec![edit("Was")], false, vec![edited.clone()]),
        ("edited in the same delivery", vec![edit("Was")], true, vec![edited.clone()]),
        ("edited twice", vec![edit("Was"), edit("Wer")], false, vec![edited.clone(), edited.clone()]),
        ("taken back", vec![revoke()], false, vec![revoked.clone()]),
        ("edited and taken back", vec![edit("Was"), revoke()], true, vec![edited.clone(), revoked.clone()]),
        ("taken back, then the edit comes", vec![revoke(), edit("Was")], false, vec![revoked.clone()]),
        ("edited to what it says already", vec![edit(UNKNOWN)], false, vec![]),
        ("edited, and the edit is told again", vec![edit("Was"), edit("Was")], true, vec![edited]),
        ("taken back twice", vec![revoke(), revoke()], false, vec![revoked.clone()]),
    ] {
        let mut bench = Bench::on(ChannelName::Whatsapp);
        let event =
            Event::Message { message_id: id(), content: words(UNKNOWN), reply_to: None, forwarded: false };
        let mut items = vec![item("m1", bench.now, event)];
        let changes = changes.into_iter().enumerate();
        items.extend(changes.map(|(number, event)| item(&format!("change {number}"), bench.now, event)));
        let deliveries =
            if at_once { vec![items] } else { items.into_iter().map(|item| vec![item]).collect() };
        for items in deliveries {
            bench.act(|actor, rows, context| Ok((actor.deliver(&items, rows, context)?, ())));
            bench.dies();
        }
        let transcript = bench.actor.transcript(&bench.shelf, bench.now).expect("rows are sound");
        let seqs: Vec<u64> = transcript.lines.iter().map(|shown| shown.line.seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "{name}");
        let first = &transcript.lines[0];
        let is_empty = matches!(first.line.body, LineBody::Inbound { content: Content::Unsupported { .. } });
        let is_taken_back = news.contains(&revoked);
        assert_eq!((is_empty, first.removed_at.is_some()), (is_taken_back, is_taken_back), "{name}");
        // The message and what the person is told stand first.
        let told: Vec<LineBody> = transcript.lines.into_iter().skip(2).map(|shown| shown.line.body).collect();
        assert_eq!(told, news, "{name}");

        let last = bench.actor.kept().state.last_seq;
        for (seen, is_taken) in [(last - 1, news.is_empty()), (last, true)] {
            let reply = AgentCommand::Reply { text: "Guten Tag".to_owned(), last_seen_seq: Some(seen) };
            let taken = bench.act(|actor, rows, context| {
                let done = actor.command("Ada", reply, None, rows, context)?;
                Ok(done.map_or_else(|_| (Commit::default(), false), |commit| (commit, true)))
            });
            assert_eq!(taken, is_taken, "{name}");
        }
    }
}

#[test]
fn changes_to_messages_that_never_come_are_not_hoarded() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    for number in 0..100 {
        let item =
            item(&format!("e{number}"), bench.now, Event::Revoked { message_id: format!("m{number}") });
        bench.act(|actor, rows, context| Ok((actor.deliver(&[item], rows, context)?, ())));
    }
    assert!(bench.actor.kept().early.len() <= 16);
}

#[test]
fn the_first_attempt_is_part_of_the_commit_that_brought_the_message() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    assert!(bench.last.alarm.is_some(), "and the alarm looks after it");
    let kept = bench.actor.kept();
    assert!(kept.outbox[0].standing.unsettled);
    assert_eq!(sent(&bench.next()).map(|attempt| attempt.line), Some(2));
    assert_eq!(bench.next(), Next::Rest, "one call at a time");
}

#[test]
fn an_object_that_died_during_a_call_gives_the_evidence_its_time_anew_once() {
    let settle = i64::from(SETTINGS.sending.settle_seconds.get()) * 1_000;
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", KNOWN);
    let first = sent(&bench.next());
    bench.waits(settle);
    bench.dies();
    assert_eq!(bench.next(), Next::Rest);
    bench.waits(settle - 1);
    assert_eq!(bench.next(), Next::Rest);
    bench.waits(1);
    let again = sent(&bench.next()).map(|attempt| Attempt { number: 1, ..attempt });
    assert_eq!(again, first, "nothing was heard: the same message once more");
}

#[test]
fn what_the_platform_said_counts_although_memory_was_lost_meanwhile() {
    let mut bench = Bench::on(ChannelName::Telegram);
    bench.says("m1", KNOWN);
    let attempt = sent(&bench.next()).expect("a call");
    bench.dies();
    bench.hears(Some(attempt.send), &Outcome::Sent);
    assert_eq!(bench.actor.kept().outbox, []);
}

#[test]
fn outcomes_do_to_the_outbox_what_they_say() {
    let refused = |kind| Outcome::Refused(SendError { kind, code: Some(1), detail: "no".to_owned() });
    for (name, outcome, is_left, is_before_human) in [
        ("taken", Outcome::Sent, false, false),
        ("nobody knows", Outcome::Unknown, true, false),
        ("later", refused(SendErrorKind::Transient), true, false),
        ("never", refused(SendErrorKind::Refused), false, true),
    ] {
        let mut bench = Bench::on(ChannelName::Whatsapp);
        bench.says("m1", KNOWN);
        let send = sent(&bench.next()).map(|attempt| attempt.send);
        bench.hears(send, &outcome);
        let kept = bench.actor.kept();
        assert_eq!(!kept.outbox.is_empty(), is_left, "{name}");
        assert_eq!(kept.state.open_thread().is_some(), is_before_human, "{name}");
    }
}

#[test]
fn a_command_with_the_same_key_takes_effect_once() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", UNKNOWN);
    let reply = || AgentCommand::Reply { text: "Guten Tag".to_owned(), last_seen_seq: None };
    for is_first in [true, false] {
        bench.act(|actor, rows, context| {
            let done = actor.command("Ada", reply(), Some("key"), rows, context)?;
            Ok((done.expect("not refused"), ()))
        });
        assert_eq!(!bench.last.is_empty(), is_first);
    }
}

#[test]
fn the_desk_is_told_until_it_has_the_version() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", UNKNOWN);
    let tell = |bench: &mut Bench| {
        bench.act(|actor, _, context| {
            Ok(match actor.due_for_desk(context)? {
                Some((commit, thread)) => (commit, Some(thread.version)),
                None => (Commit::default(), None),
            })
        })
    };
    let version = tell(&mut bench).expect("news");
    assert_eq!(tell(&mut bench), None, "it is under way");
    bench.waits(3_600_000);
    assert_eq!(tell(&mut bench), Some(version), "nobody confirmed it");
    for (confirmed, is_left) in [(version - 1, true), (version, false)] {
        bench.act(|actor, _, context| Ok((actor.desk_has(confirmed, context)?, ())));
        assert_eq!(bench.actor.kept().desk_update.is_some(), is_left);
    }
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Says(u8),
    Calls,
    Hears(u8),
    Reports(i64),
    GivesUp(usize),
    Dies,
    Waits(i64),
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        (0_u8..6).prop_map(Move::Says),
        Just(Move::Calls),
        (0_u8..4).prop_map(Move::Hears),
        (1_i64..6).prop_map(Move::Reports),
        (0_usize..2).prop_map(Move::GivesUp),
        Just(Move::Dies),
        (0_i64..400_000).prop_map(Move::Waits),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens: rows alone bring the actor back, messages leave oldest first, what is unsettled or waits
    /// has an alarm, and each message is stored once.
    #[test]
    fn rows_are_the_whole_truth(moves in prop::collection::vec(any_move(), 1..40)) {
        let mut bench = Bench::on(ChannelName::Whatsapp);
        let (mut under_way, mut last) = (None, None);
        for next in moves {
            match next {
                Move::Says(number) => {
                    bench.says(&format!("m{number}"), if number % 2 == 0 { KNOWN } else { UNKNOWN });
                }
                Move::Calls => {
                    let oldest = bench.actor.kept().outbox.first().map(|send| send.id);
                    if let Some(attempt) = sent(&bench.next()) {
                        prop_assert_eq!(Some(attempt.send), oldest);
                        prop_assert!(bench.actor.kept().outbox[0].standing.unsettled);
                        (under_way, last) = (Some(attempt.send), Some(attempt));
                    }
                }
                Move::Hears(kind) => {
                    let error = SendError { kind: SendErrorKind::Transient, code: None, detail: String::new() };
                    let outcome = [Outcome::Sent, Outcome::Unknown, Outcome::Refused(error)];
                    if let (Some(send), Some(outcome)) = (under_way.take(), outcome.get(usize::from(kind))) {
                        bench.hears(Some(send), outcome);
                    }
                }
                Move::Reports(number) => {
                    if let Some(send) = bench.actor.kept().outbox.first() {
                        let attempt =
                            Attempt { send: send.id, line: send.line, number: send.standing.attempts };
                        let state = if number == 1 { DeliveryState::Failed } else { DeliveryState::Delivered };
                        bench.reports(attempt, state);
                    }
                }
                Move::GivesUp(reason) => {
                    if let Some(attempt) = last {
                        bench.gives_up(attempt, [131_000, 131_026][reason]);
                    }
                }
                Move::Dies => {
                    bench.dies();
                    under_way = None;
                }
                Move::Waits(millis) => bench.waits(millis),
            }
            let restored = Actor::restore(&bench.shelf).expect("rows are sound");
            if let Some(restored) = restored {
                prop_assert_eq!(restored.kept(), bench.actor.kept());
            }
            let ids: Vec<i64> = bench.actor.kept().outbox.iter().map(|send| send.id).collect();
            prop_assert!(ids.is_sorted());
            let lines = bench.shelf.with_prefix("line/").expect("rows").len();
            prop_assert_eq!(lines as u64, bench.actor.kept().state.last_seq);
        }
    }
}

/// Everything that is due leaves, and the desk confirms what it is told.
fn settle(bench: &mut Bench) {
    loop {
        let next = bench.next();
        match &next {
            Next::Call(call) => bench.hears(call.attempt.map(|attempt| attempt.send), &Outcome::Sent),
            Next::AskSlot { .. } => bench.act(|actor, _, _| {
                actor.slot_granted();
                Ok((Commit::default(), ()))
            }),
            Next::Rest => break,
        }
    }
    if let Some(version) = bench.actor.kept().desk_update.as_ref().map(|update| update.thread.version) {
        bench.act(|actor, _, context| Ok((actor.desk_has(version, context)?, ())));
    }
    bench.act(|actor, _, context| Ok((actor.work_done(context), ())));
}

fn wake(bench: &mut Bench) -> bool {
    bench.act(|actor, rows, context| {
        Ok(match actor.woken(rows, context)? {
            Woken::Forget => (Commit::default(), true),
            Woken::Work(commit) => (commit, false),
        })
    })
}

const FLOW: &str = "Ich möchte einen Schaden melden";
const DAY_MILLIS: i64 = 24 * 3_600_000;

#[test]
fn the_alarm_puts_an_abandoned_flow_before_a_human() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", FLOW);
    bench.says("m2", "80331");
    settle(&mut bench);
    let asked_at = bench.now;
    assert_eq!(bench.actor.alarm_at, Some(asked_at.plus_millis(DAY_MILLIS)), "the day after the question");
    bench.dies();
    bench.waits(DAY_MILLIS);
    assert!(!wake(&mut bench));
    let thread = bench.actor.thread(bench.now).expect("a thread");
    assert_eq!((thread.reason, thread.fields.len()), (HandoverReason::FlowAbandoned, 1));
    assert!(
        bench.actor.kept().desk_update.is_some() && bench.last.alarm.is_some(),
        "the desk will hear of it"
    );
    assert_eq!(bench.last.tally.handed_over, [HandoverReason::FlowAbandoned]);
    assert!(bench.actor.kept().outbox.is_empty(), "and the person nothing");
    settle(&mut bench);
    assert!(bench.actor.alarm_at > Some(bench.now.plus_millis(DAY_MILLIS)), "nothing more is due");
    bench.says("m3", "gestern");
    assert_eq!(bench.actor.thread(bench.now).expect("it").fields.len(), 2, "they may go on");
}

#[test]
fn an_alarm_before_its_time_leaves_a_flow_alone_and_looks_again() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", FLOW);
    bench.says("m2", "80331");
    settle(&mut bench);
    bench.waits(3_600_000);
    bench.says("m3", "gestern");
    settle(&mut bench);
    bench.waits(DAY_MILLIS - 3_600_000);
    assert!(!wake(&mut bench));
    assert_eq!(bench.actor.thread(bench.now), None, "they answered an hour later");
    settle(&mut bench);
    assert_eq!(bench.actor.alarm_at, Some(bench.now.plus_millis(3_600_000)));
}

#[test]
fn a_flow_in_which_nothing_was_given_ends_with_the_alarm_and_the_conversation_rests() {
    let mut bench = Bench::on(ChannelName::Whatsapp);
    bench.says("m1", FLOW);
    settle(&mut bench);
    bench.waits(DAY_MILLIS);
    assert!(!wake(&mut bench));
    assert_eq!((&bench.actor.kept().state.flow, bench.actor.thread(bench.now)), (&None, None));
    settle(&mut bench);
    let retention = i64::from(SETTINGS.retention.conversations_days.get()) * DAY_MILLIS;
    assert_eq!(bench.actor.alarm_at, Some(bench.actor.kept().touched_at.plus_millis(retention)));
}
