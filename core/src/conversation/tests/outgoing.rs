//! What may go out, told as stories; `policy` has the rules one by one.

use super::*;
use crate::policy::{Choice, Evidence, Reason, Verdict};

const DAY_MINUTES: i64 = 24 * 60;
const ANNOUNCED: &str = "gibt es eine Antwort von uns";

fn template_name(story: &Story) -> Option<&str> {
    story.sent().find_map(|content| match content {
        OutgoingContent::Template { name, .. } => Some(name.as_str()),
        _ => None,
    })
}

fn draft(story: &Story) -> Option<(&str, DraftState)> {
    story.state.draft.as_ref().map(|draft| (draft.text.as_str(), draft.state))
}

fn held(reason: Reason) -> DraftState {
    DraftState::Held { reason }
}

/// A thread that waits for longer than the platform takes free text.
fn waiting_too_long() -> Story {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story.wait_minutes(DAY_MINUTES + 1);
    story
}

/// A thread with an answer, after which the window closed.
fn answered_long_ago() -> Story {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story.replies("Ada", "Ich frage nach.").unwrap();
    story.wait_minutes(DAY_MINUTES + 1);
    story
}

fn telegram() -> ConversationKey {
    ConversationKey {
        channel: ChannelName::Telegram,
        account: "main".to_owned(),
        contact: "5000000001".to_owned(),
    }
}

fn link(story: &mut Story) {
    story.agent("Ada", AgentCommand::Link { to: telegram(), consented_at: None }).unwrap();
}

fn fallback(story: &Story) -> Option<(&ConversationKey, &Fallback)> {
    story.last.iter().find_map(|effect| match effect {
        Effect::Fallback { to, message } => Some((to, &**message)),
        _ => None,
    })
}

fn record(given: bool) -> AgentCommand {
    AgentCommand::RecordConsent { given, how: "Am Telefon".to_owned() }
}

#[test]
fn free_text_leaves_for_24_hours_and_to_the_minute() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story.wait_minutes(DAY_MINUTES);
    story.replies("Ada", "noch").unwrap();
    assert_eq!(story.received(), ["noch"]);
    assert_eq!(draft(&story), None);
}

#[test]
fn after_24_hours_a_template_tells_of_the_answer_which_waits_as_a_draft() {
    let mut story = waiting_too_long();
    story.replies("Ada", "Ja, das geht.").unwrap();
    let reference = story.thread().reference.clone();
    assert_one(&story.received(), &[ANNOUNCED, &reference]);
    assert_eq!(template_name(&story), Some("answer_waiting"));
    let Some(("Ja, das geht.", DraftState::Announced { line })) = draft(&story) else { panic!("a draft") };
    assert_eq!(line, story.state.last_seq);
    assert_eq!((story.stands(), story.thread().waiting_since), (ThreadState::Claimed, None));
    assert_eq!(story.desk.last().unwrap().draft, story.state.draft, "agents see it");

    story.replies("Ada", "Ja, das geht morgen.").unwrap();
    assert_eq!(story.received(), [""; 0], "the person is told once");
    assert_eq!(draft(&story), Some(("Ja, das geht morgen.", DraftState::Announced { line })));

    assert_eq!(story.says("ok"), [""; 0], "never sent silently");
    assert_eq!(draft(&story), Some(("Ja, das geht morgen.", DraftState::Ready)));
    assert_eq!(story.thread().waiting_since, Some(story.now), "a human sees that they want it");
    story.replies("Ada", "Ja, das geht morgen.").unwrap();
    assert_eq!(story.received(), ["Ja, das geht morgen."]);
    assert_eq!(draft(&story), None);
}

#[test]
fn an_announced_answer_is_asked_for_by_any_word_in_any_state() {
    let afterwards: [(&str, Prepare); 3] = [
        ("claimed", |_| {}),
        ("released", |story| story.agent("Ada", AgentCommand::Release).unwrap()),
        ("resolved", |story| story.agent("Ada", AgentCommand::Resolve).unwrap()),
    ];
    for (name, prepare) in afterwards {
        for word in ["ok", "👍", "Hallo", KNOWN, "Ja bitte"] {
            let mut story = waiting_too_long();
            story.replies("Ada", "Ja, das geht.").unwrap();
            prepare(&mut story);
            story.says(word);
            assert!(story.thread().waiting_since.is_some() && story.thread().is_open(), "{name}: {word}");
            assert_eq!(draft(&story), Some(("Ja, das geht.", DraftState::Ready)), "{name}: {word}");
        }
    }
}

#[test]
fn without_a_template_the_words_are_kept_with_the_reason_and_nothing_else_changes() {
    let mut story = answered_long_ago();
    let before = story.state.thread.clone();
    story.replies("Ada", "Noch etwas").unwrap();
    assert_eq!(story.sent().count(), 0);
    assert_eq!(draft(&story), Some(("Noch etwas", held(Reason::WindowClosed))));
    assert_eq!(story.state.thread, before);
    story.says(KNOWN);
    assert_eq!(draft(&story), Some(("Noch etwas", DraftState::Ready)));
}

#[test]
fn a_draft_goes_when_it_is_dropped_replaced_by_a_reply_or_the_matter_is_done() {
    let ends: [(&str, Prepare); 3] = [
        ("dropped", |story| story.agent("Ada", AgentCommand::DropDraft).unwrap()),
        ("resolved", |story| story.agent("Ada", AgentCommand::Resolve).unwrap()),
        ("replied", |story| {
            story.says("Hallo?");
            story.replies("Ada", "Guten Tag").unwrap();
        }),
    ];
    for (name, end) in ends {
        let mut story = answered_long_ago();
        story.replies("Ada", "Noch etwas").unwrap();
        assert!(story.state.draft.is_some());
        assert!(story.agent("Bea", AgentCommand::DropDraft).is_err(), "it is Ada's thread");
        end(&mut story);
        assert_eq!(draft(&story), None, "{name}");
        assert_eq!(story.desk.last().unwrap().draft, None, "{name}");
    }
}

#[test]
fn an_announcement_that_fails_was_none() {
    let mut story = waiting_too_long();
    story.replies("Ada", "Ja, das geht.").unwrap();
    let line = story.state.last_seq;
    story.step(Input::DeliveryFailed { line }).unwrap();
    assert_eq!(draft(&story), Some(("Ja, das geht.", held(Reason::WindowClosed))));
    story.replies("Ada", "Ja, das geht.").unwrap();
    assert_eq!(template_name(&story), Some("answer_waiting"), "the person is told anew");
}

#[test]
fn a_message_that_is_older_than_the_window_closes_it_at_once() {
    let mut story = Story::new();
    story.sends_late(DAY_MINUTES + 60, text(UNKNOWN));
    story.replies("Ada", "Guten Tag").unwrap();
    assert!(template_name(&story).is_some());
    let mut story = Story::new();
    assert_eq!(story.sends_late(DAY_MINUTES + 60, text(EMERGENCY)), [""; 0], "not even the emergency text");
    assert!(story.thread().urgent);
    assert_eq!(story.marked_read(), None, "nothing was answered");
}

#[test]
fn the_desk_knows_until_when_free_text_leaves() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    let until = story.now.plus_millis(DAY_MINUTES * 60_000);
    assert_eq!(story.desk.last().unwrap().free_text_until, Some(until));
    let mut story = Story::on(ChannelName::Telegram);
    story.says(UNKNOWN);
    assert_eq!(story.desk.last().unwrap().free_text_until, None);
}

#[test]
fn stop_is_confirmed_once_and_then_nothing_leaves_until_they_write() {
    for word in ["Stopp", "STOP", "abbestellen", "Unsubscribe"] {
        let mut story = Story::new();
        story.says(UNKNOWN);
        assert_one(&story.says(word), &["keine Nachrichten mehr"]);
        story.replies("Ada", "Guten Tag").unwrap();
        assert_eq!(story.sent().count(), 0, "{word}");
        assert_eq!(draft(&story), Some(("Guten Tag", held(Reason::OptedOut))));
        story.says("Doch noch eine Frage");
        assert_eq!(draft(&story), Some(("Guten Tag", DraftState::Ready)));
        story.replies("Ada", "Guten Tag").unwrap();
        assert_eq!(story.received(), ["Guten Tag"], "{word}");
        let consent = story.desk.last().unwrap().consent.clone().unwrap();
        assert_eq!(consent.choice, Choice::Withdrawn { wrote_since: true }, "bulk is still unwanted");
    }
}

#[test]
fn what_was_written_before_stop_and_comes_later_is_not_answered() {
    let mut story = Story::new();
    story.says("Stopp");
    assert_eq!(story.sends_late(1, text(KNOWN)), [""; 0]);
    assert!(story.state.open_thread().is_some(), "a human sees it");
    assert_one(&story.says(KNOWN), &["Parkweg 4"]);
}

#[test]
fn the_newest_wish_counts_whatever_the_order_of_arrival() {
    let mut story = Story::new();
    story.says("STOP");
    story.wait_minutes(2);
    assert_one(&story.says("Start"), &["Ab jetzt schreiben wir"]);
    assert_eq!(story.sends_late(1, text("STOP")), [""; 0], "an older wish, which came in late");
    assert_eq!(story.state.consent.as_ref().unwrap().choice, Choice::Given);
    story.sends_late(60, text("STOP"));
    assert_eq!(story.state.consent.as_ref().unwrap().choice, Choice::Given);
}

#[test]
fn consent_is_kept_with_when_and_how() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story.says("Start");
    let line = story.lines.iter().rfind(|line| line.author == Author::Citizen).unwrap().seq;
    let consent = story.desk.last().unwrap().consent.clone().unwrap();
    assert_eq!((consent.choice, consent.at), (Choice::Given, story.now));
    assert_eq!(consent.evidence, Evidence::Word { line });
    story.wait_minutes(5);
    story.agent("Bea", record(false)).unwrap();
    let consent = story.desk.last().unwrap().consent.clone().unwrap();
    assert_eq!((consent.choice, consent.at), (Choice::Withdrawn { wrote_since: false }, story.now));
    let (name, how) = ("Bea".to_owned(), "Am Telefon".to_owned());
    assert_eq!(consent.evidence, Evidence::Agent { name, how });
    for how in [String::new(), "x".repeat(201)] {
        let refused = story.agent("Bea", AgentCommand::RecordConsent { given: true, how });
        assert_eq!(refused, Err(Refusal::TextLength { max: 200 }));
    }
}

#[test]
fn who_stops_marketing_at_the_platform_gets_no_messages_to_many_and_is_still_answered() {
    let mut story = Story::new();
    story.says("Start");
    story.wait_minutes(1);
    story.event(0, Event::BulkPreference { welcome: false });
    assert_eq!(story.bulk(), Verdict::Refused(Reason::OptedOut));
    assert_eq!(story.state.consent.as_ref().unwrap().evidence, Evidence::Platform);
    assert_one(&story.says(KNOWN), &["Parkweg 4"]);
    story.says(UNKNOWN);
    story.replies("Ada", "Guten Tag").unwrap();
    assert_eq!(story.received(), ["Guten Tag"]);
    story.event(0, Event::BulkPreference { welcome: true });
    assert_eq!(story.desk.last().unwrap().consent.as_ref().unwrap().choice, Choice::Given);
}

#[test]
fn a_preference_at_the_platform_weakens_no_stop_and_no_newer_wish() {
    let silenced = Choice::Withdrawn { wrote_since: false };
    let choice = |story: &Story| story.state.consent.as_ref().unwrap().choice;
    let mut story = Story::new();
    story.says("STOP");
    story.wait_minutes(10);
    story.event(0, Event::BulkPreference { welcome: false });
    assert_eq!(choice(&story), silenced, "a stop at the platform says less than STOP");
    story.event(30, Event::BulkPreference { welcome: true });
    assert_eq!(choice(&story), silenced, "a wish from before STOP, which came in late");
    story.event(0, Event::BulkPreference { welcome: true });
    assert_eq!(choice(&story), Choice::Given);
}

#[test]
fn opening_a_chat_at_telegram_agrees_to_nothing() {
    let mut story = Story::on(ChannelName::Telegram);
    assert_one(&story.says("/start"), &["Guten Tag"]);
    assert_eq!(story.state.consent, None);
}

#[test]
fn nobody_writes_to_whoever_blocked_us() {
    let mut story = Story::on(ChannelName::Telegram);
    story.says(UNKNOWN);
    story.event(0, Event::Reachability { reachable: false });
    story.replies("Ada", "Guten Tag").unwrap();
    assert_eq!(story.sent().count(), 0);
    assert_eq!(draft(&story), Some(("Guten Tag", held(Reason::Unreachable))));
    story.event(0, Event::Reachability { reachable: true });
    assert_eq!(draft(&story), Some(("Guten Tag", DraftState::Ready)));
}

#[test]
fn a_failed_message_takes_the_other_way_once() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    link(&mut story);
    story.replies("Ada", "Guten Tag").unwrap();
    let line = story.state.last_seq;
    story.step(Input::DeliveryFailed { line }).unwrap();
    let (to, message) = fallback(&story).expect("a fallback");
    assert_eq!(*to, telegram());
    assert_eq!((&message.from, message.line), (&story.key, line));
    assert_eq!(message.id, format!("whatsapp/main/491701234567#{line}"));
    assert_eq!(message.content, OutgoingContent::Text { body: "Guten Tag".to_owned() });
    assert_eq!(message.author, Author::Agent { name: "Ada".to_owned() });
    assert_eq!(message.reference.as_ref(), Some(&story.thread().reference));
    assert_eq!(story.lines.last().unwrap().body, LineBody::ForwardedTo { line, to: telegram() });
    assert_eq!(story.thread().reason, HandoverReason::DeliveryFailed, "a human sees it all the same");
    story.step(Input::DeliveryFailed { line }).unwrap();
    assert_eq!(fallback(&story), None);
}

#[test]
fn a_message_without_another_way_stays_failed() {
    let cases: [(&str, Prepare); 5] = [
        ("nowhere to go", |story| story.replies("Ada", "Guten Tag").unwrap()),
        ("agreed to only afterwards", |story| {
            story.replies("Ada", "Guten Tag").unwrap();
            link(story);
        }),
        ("agreed to no more", |story| {
            link(story);
            story.replies("Ada", "Guten Tag").unwrap();
            story.agent("Ada", AgentCommand::Unlink { to: telegram() }).unwrap();
        }),
        ("stopped", |story| {
            link(story);
            story.replies("Ada", "Guten Tag").unwrap();
            story.agent("Ada", record(false)).unwrap();
        }),
        ("blocked", |story| {
            link(story);
            story.replies("Ada", "Guten Tag").unwrap();
            story.event(0, Event::Reachability { reachable: false });
        }),
    ];
    for (name, prepare) in cases {
        let mut story = Story::new();
        story.says(UNKNOWN);
        prepare(&mut story);
        for line in 1..=story.state.last_seq {
            story.step(Input::DeliveryFailed { line }).unwrap();
            assert_eq!(fallback(&story), None, "{name}");
        }
    }
}

/// What Ada's reply to a person on WhatsApp becomes when it fails.
fn on_its_way(to: &ConversationKey, by_bot: bool) -> Fallback {
    let author = if by_bot { Author::Bot } else { Author::Agent { name: "Ada".to_owned() } };
    Fallback {
        id: "whatsapp/main/1#4".to_owned(),
        from: ConversationKey { contact: "1".to_owned(), ..to.clone() },
        line: 4,
        author,
        content: OutgoingContent::Text { body: "Ja, das geht.".to_owned() },
        reference: Some("GA-2222".to_owned()),
        language: Some("de".to_owned()),
    }
}

#[test]
fn what_comes_the_other_way_is_sent_once_and_never_sent_on() {
    let mut story = Story::on(ChannelName::Telegram);
    let message = on_its_way(&story.key, false);
    story.step(Input::Fallback(&message)).unwrap();
    assert_eq!(story.received(), ["Ja, das geht."]);
    assert_eq!(story.state.contact.id, story.key.contact, "it is known where to send it");
    assert_eq!((story.stands(), story.thread().waiting_since), (ThreadState::Waiting, None));
    assert_eq!(story.thread().reference, "GA-2222", "the matter stays the same");
    let line = story.state.last_seq;
    story.step(Input::Fallback(&message)).unwrap();
    assert!(story.last.is_empty(), "a repetition");

    link_elsewhere(&mut story);
    story.step(Input::DeliveryFailed { line }).unwrap();
    assert_eq!(fallback(&story), None);
    let again = Fallback { id: "whatsapp/main/1#5".to_owned(), ..message };
    story.step(Input::Fallback(&again)).unwrap();
    let line = story.state.last_seq;
    story.step(Input::DeliveryFailed { line }).unwrap();
    assert_eq!(fallback(&story), None, "not even where there is another way");
}

fn link_elsewhere(story: &mut Story) {
    let to =
        ConversationKey { contact: "4915199999999".to_owned(), channel: ChannelName::Whatsapp, ..telegram() };
    story.agent("Ada", AgentCommand::Link { to, consented_at: None }).unwrap();
}

#[test]
fn what_comes_the_other_way_keeps_the_rules_of_that_way() {
    for by_bot in [false, true] {
        let mut story = Story::new();
        let message = on_its_way(&story.key, by_bot);
        story.step(Input::Fallback(&message)).unwrap();
        assert_one(&story.received(), &[ANNOUNCED, "GA-2222"]);
        assert!(matches!(draft(&story), Some(("Ja, das geht.", DraftState::Announced { .. }))));
        assert_one(&story.says("ok"), &["GA-2222"]);
        assert_eq!(story.thread().reason, HandoverReason::AnswerWaits);

        let mut story = Story::new();
        story.says("Stopp");
        story.step(Input::Fallback(&message)).unwrap();
        assert_eq!(story.sent().count(), 0, "they want nothing");
        let mut story = Story::on(ChannelName::Telegram);
        story.event(0, Event::Reachability { reachable: false });
        story.step(Input::Fallback(&on_its_way(&story.key.clone(), by_bot))).unwrap();
        assert_eq!(story.sent().count(), 0, "they blocked us there");
    }
}

#[test]
fn an_announcement_that_fails_sends_the_answer_itself_the_other_way() {
    let mut story = waiting_too_long();
    link(&mut story);
    story.replies("Ada", "Ja, das geht.").unwrap();
    let line = story.state.last_seq;
    story.step(Input::DeliveryFailed { line }).unwrap();
    let content = fallback(&story).map(|(_, message)| message.content.clone());
    assert_eq!(content, Some(OutgoingContent::Text { body: "Ja, das geht.".to_owned() }));
}

#[test]
fn only_another_address_of_ours_can_be_linked() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    let of = |account: &str, contact: &str| ConversationKey {
        account: account.to_owned(),
        contact: contact.to_owned(),
        ..telegram()
    };
    let future = Some(story.now.plus_millis(1));
    for (name, to, consented_at, problem) in [
        ("itself", story.key.clone(), None, AddressProblem::Itself),
        ("unknown account", of("gone", "5"), None, AddressProblem::UnknownAccount),
        ("no contact", of("main", ""), None, AddressProblem::Contact),
        ("contact with a slash", of("main", "5/6"), None, AddressProblem::Contact),
        ("future", of("main", "5"), future, AddressProblem::Future),
    ] {
        let refused = story.agent("Ada", AgentCommand::Link { to, consented_at });
        assert_eq!(refused, Err(Refusal::Address(problem)), "{name}");
    }
    for contact in ["1", "2", "3", "4", "4"] {
        story.agent("Ada", AgentCommand::Link { to: of("main", contact), consented_at: None }).unwrap();
    }
    let fifth = AgentCommand::Link { to: of("main", "5"), consented_at: None };
    assert_eq!(story.agent("Ada", fifth), Err(Refusal::Address(AddressProblem::TooMany)));
    assert_eq!(story.desk.last().unwrap().links.len(), MAX_LINKS);
}

#[test]
fn bulk_asks_the_same_rules() {
    let mut story = Story::new();
    let refused = |reason| Verdict::Refused(reason);
    assert_eq!(story.bulk(), refused(Reason::NoConsent));
    story.says("Start");
    assert_eq!(story.bulk(), Verdict::FreeText);
    story.wait_minutes(8 * 60);
    assert_eq!(story.bulk(), Verdict::NotBefore(berlin("2026-11-24 08:00")));
    story.wait_minutes(DAY_MINUTES);
    assert_eq!(story.bulk(), refused(Reason::WindowClosed), "no template is configured for it");
    story.says("Stopp");
    assert_eq!(story.bulk(), refused(Reason::OptedOut));
}
