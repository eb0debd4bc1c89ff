use super::*;
use crate::message::Choice;

const START: &str = "Ich möchte einen Schaden melden";
const READING: &str = "Ich möchte meinen Zählerstand melden";

/// A story in the middle of the flow, after these answers.
fn after(answers: &[&str]) -> Story {
    let mut story = Story::new();
    story.says(START);
    for answer in answers {
        story.says(answer);
    }
    story
}

const TO_CHOICE: &[&str] = &["80331", "gestern", "12,5"];
const TO_PHOTO: &[&str] = &["80331", "gestern", "12,5", "Wasser"];
const TO_WORDS: &[&str] = &["80331", "gestern", "12,5", "Wasser", "weiter"];

fn picture(id: &str, caption: Option<&str>) -> Content {
    let caption = caption.map(str::to_owned);
    Content::Media(Media {
        kind: MediaKind::Image,
        id: id.to_owned(),
        mime_type: None,
        caption,
        filename: None,
    })
}

/// What agents read, as `label: value`.
fn fields(story: &Story) -> Vec<String> {
    let summary = story.state.summary(&story.key, story.now);
    let fields = summary.map(|summary| summary.fields).unwrap_or_default();
    fields.iter().map(|field| format!("{}: {}", field.label, field.value)).collect()
}

fn step_of(story: &Story) -> &str {
    story.state.flow.as_ref().map_or("none", |run| run.step.as_str())
}

fn time_passes(story: &mut Story, minutes: i64) {
    story.wait_minutes(minutes);
    story.step(Input::TimePassed).expect("nothing is refused");
}

#[test]
fn a_flow_asks_question_by_question_and_ends_at_a_human() {
    let mut story = Story::new();
    let first = story.says(START);
    assert_one(
        &first,
        &[
            "Schaden melden",
            "6 kurze Fragen",
            "„Mensch“",
            "abbrechen",
            "Frage 1 von 6: In welcher Postleitzahl?",
        ],
    );
    assert_eq!(story.marked_read(), Some("m1"), "the bot truly answered");
    assert_one(&story.says("80331 München"), &["Frage 2 von 6: Seit wann?"]);
    assert_one(&story.says("gestern"), &["Frage 3 von 6: Wie viele Quadratmeter?"]);
    assert_one(&story.says("1.200,5 qm"), &["Ich brauche eine einzelne Zahl", "Frage 3 von 6"]);
    assert_one(&story.says("1.200,5 m2"), &["Frage 4 von 6: Was ist es?"]);
    let Some(OutgoingContent::Choices { choices, .. }) = story.sent().next() else { panic!("buttons") };
    let titles: Vec<&str> = choices.iter().map(|choice| choice.title.as_str()).collect();
    assert_eq!(titles, ["Wasser", "Sturm", "Etwas anderes"]);
    assert_one(&story.presses("flow:damage:sort:storm"), &["Frage 5 von 6: Haben Sie ein Foto?", "„weiter“"]);
    assert_one(&story.sends(picture("photo-1", Some("Der Keller"))), &["Frage 6 von 6: Was ist passiert?"]);
    assert_eq!(story.marked_read(), None, "what was given is for a human to read");
    assert_eq!((story.stands(), story.desk.len()), (ThreadState::Bot, 0), "no human is needed yet");

    let end = story.says("Nein danke, mehr weiß ich nicht");
    let reference = story.thread().reference.clone();
    assert_one(&end, &["Morgen sieht jemand nach.", &reference, "Wir antworten, so bald wir können."]);
    assert_eq!((story.stands(), story.thread().reason), (ThreadState::Waiting, HandoverReason::Flow));
    assert!(story.thread().waiting_since.is_some() && story.thread().unseen);
    assert_eq!(story.state.flow, None);
    let summary = story.desk.last().expect("the desk hears of it");
    let expected = [
        ("place", "Postleitzahl", "80331"),
        ("since", "Seit", "2026-11-22"),
        ("area", "Fläche", "1200.5 m²"),
        ("sort", "Art", "Sturm"),
        ("photo", "Foto", "Der Keller"),
        ("words", "Was ist passiert?", "Nein danke, mehr weiß ich nicht"),
    ];
    let given =
        summary.fields.iter().map(|field| (field.id.as_str(), field.label.as_str(), field.value.as_str()));
    assert_eq!(given.collect::<Vec<_>>(), expected);
    assert_eq!(summary.fields[4].media[0].id, "photo-1");
    story.agent("Ada", AgentCommand::Resolve).unwrap();
    assert_eq!(story.desk.last().unwrap().fields.len(), 6, "they stay with the thread");
}

#[test]
fn a_flow_is_spoken_in_the_language_in_which_it_was_asked_for() {
    let mut story = Story::new();
    assert_one(
        &story.says("I want to report damage"),
        &["6 short questions", "Question 1 of 6: In which postal code?"],
    );
    story.says("80331");
    story.says("yesterday");
    assert_one(&story.says("1,200"), &["Question 4 of 6: What is it?"]);
    assert_one(&story.says("3"), &["Do you have a photo?", "skip"]);
    story.says("skip");
    assert_one(&story.says("It rained in"), &["Somebody will look tomorrow.", "Your reference"]);
    assert!(fields(&story).contains(&"Fläche: 1200 m²".to_owned()), "{:?}", fields(&story));
    assert!(fields(&story).contains(&"Art: Etwas anderes".to_owned()), "agents read their own language");
}

#[test]
fn who_reads_another_language_hears_the_bot_in_it_and_that_the_questions_are_not() {
    let mut story = Story::new();
    story.says("Türkçe");
    let first = story.presses("entry:damage");
    let parts = ["henüz Türkçe olarak yok", "6 kısa sorum var", "Soru 1 / 6: In welcher Postleitzahl?"];
    assert_one(&first, &parts);
    assert_one(&story.says("803"), &["Beş rakamlı", "Soru 1 / 6"]);
    assert_one(&story.says("٨٠٣٣١"), &["Soru 2 / 6"]);
    assert_one(&story.says("geri"), &["Soru 1 / 6"]);
    assert_one(&story.says("iptal"), &["iptal edildi"]);
}

#[test]
fn an_answer_that_does_not_fit_is_explained_with_an_example() {
    let rows: [(&str, &[&str], &str, &[&str]); 11] = [
        ("postal code", &[], "803", &["fünf Ziffern", "80331", "Frage 1 von 6"]),
        ("no day", &["80331"], "neulich", &["23.11.2026", "gestern", "Frage 2"]),
        ("too late a day", &["80331"], "morgen", &["zu spät", "23.11.2026"]),
        ("too early a day", &["80331"], "1.2.2026", &["zu früh", "24.10.2026"]),
        ("no number", &["80331", "heute"], "viele", &["eine einzelne Zahl", "m²"]),
        ("too large", &["80331", "heute"], "10.001", &["höchstens 10000"]),
        ("too small", &["80331", "heute"], "-1", &["0 oder mehr"]),
        ("no choice", TO_CHOICE, "9", &["wählen", "Was ist es?"]),
        ("too short", TO_WORDS, "ja", &["mindestens 3 Zeichen"]),
        (
            "too long",
            TO_WORDS,
            "sehr lang, was hier steht, und länger, als jemand auf diese Frage antworten müsste, die doch kurz zu sagen ist",
            &["höchstens 100"],
        ),
        ("not skippable", &[], "weiter", &["nicht überspringen"]),
    ];
    for (name, before, answer, parts) in rows {
        let mut story = after(before);
        let asked = step_of(&story).to_owned();
        let received = story.says(answer);
        assert!(
            received.len() == 1 && parts.iter().all(|part| received[0].contains(part)),
            "{name}: {received:?}"
        );
        assert_eq!(step_of(&story), asked, "{name}");
    }
}

#[test]
fn after_two_vain_answers_a_human_is_offered() {
    let mut story = after(&["80331"]);
    assert!(!story.says("neulich")[0].contains("übernimmt ein Mensch"));
    assert_one(&story.says("vor langem"), &["übernimmt ein Mensch", "Seit wann?"]);
    let Some(OutgoingContent::Choices { choices, .. }) = story.sent().next() else { panic!("a button") };
    assert_eq!(choices, &[Choice { id: "human".to_owned(), title: "Ein Mensch".to_owned() }]);
    assert_one(&story.presses("human"), &["Ein Mensch aus unserem Team übernimmt"]);
    assert_eq!(
        (story.thread().reason, fields(&story)),
        (HandoverReason::Asked, vec!["Postleitzahl: 80331".to_owned()])
    );
    assert_eq!(story.state.flow, None);
}

#[test]
fn an_offered_human_does_not_take_the_number_of_an_answer() {
    let mut story = after(&["80331", "heute", "viele", "ganz viele"]);
    assert_one(&story.says("1"), &["Frage 4 von 6"]);
    assert_eq!(story.stands(), ThreadState::Bot);
    let mut zero = after(&["80331", "heute"]);
    assert_one(&zero.says("0"), &["Frage 4 von 6"]);
}

#[test]
fn a_human_is_reached_from_every_question_with_everything_given() {
    for (count, before) in [(0, &[][..]), (1, &["80331"]), (3, TO_CHOICE), (4, TO_PHOTO), (4, TO_WORDS)] {
        let mut story = after(before);
        assert_one(&story.says("Mensch"), &["Ein Mensch aus unserem Team"]);
        assert_eq!((story.thread().reason, fields(&story).len()), (HandoverReason::Asked, count));
        assert_eq!(story.state.flow, None);
        assert_eq!(story.stands(), ThreadState::Waiting);
    }
}

#[test]
fn an_emergency_comes_first_and_the_flow_can_go_on() {
    for before in [&[][..], &["80331"], TO_CHOICE, TO_PHOTO, TO_WORDS] {
        let mut story = after(before);
        let asked = step_of(&story).to_owned();
        assert_one(&story.says(EMERGENCY), &["112"]);
        assert!(story.thread().urgent);
        assert_eq!(step_of(&story), asked);
    }
    let mut story = after(&["80331"]);
    story.says(EMERGENCY);
    assert_eq!(story.desk.last().unwrap().fields.len(), 1, "humans see what was given");
    assert_one(&story.says("gestern"), &["Frage 3 von 6"]);
    assert_eq!(story.desk.last().unwrap().fields.len(), 2, "and what is given since");
    let mut captioned = after(TO_PHOTO);
    assert_one(&captioned.sends(picture("p", Some(EMERGENCY))), &["112"]);
}

#[test]
fn stop_is_confirmed_in_the_middle_and_the_flow_can_go_on() {
    let mut story = after(TO_WORDS);
    assert_one(&story.says("STOPP"), &["keine Nachrichten mehr"]);
    assert!(story.state.consent.is_some());
    assert_one(&story.says("Es tropft"), &["Morgen sieht jemand nach."]);
}

#[test]
fn back_cancel_and_skip_lead_through_the_flow() {
    let mut story = after(&["80331", "gestern"]);
    assert_one(&story.says("zurück"), &["Frage 2 von 6"]);
    assert_one(&story.says("zurück"), &["Frage 1 von 6"]);
    assert_one(&story.says("zurück"), &["Frage 1 von 6"]);
    assert_one(&story.says("81369"), &["Frage 3 von 6"]);
    story.says("zurück");
    assert_one(&story.says("weiter"), &["Frage 3 von 6"]);
    story.says("Mensch");
    assert_eq!(fields(&story), ["Postleitzahl: 81369", "Seit: 2026-11-22"]);

    let mut story = after(TO_PHOTO);
    assert_one(&story.says("weiter"), &["Frage 6 von 6"]);
    assert_one(&story.says("abbrechen"), &["abgebrochen", "„Mensch“"]);
    assert_eq!((story.state.flow.clone(), story.stands()), (None, ThreadState::Bot));
    assert_one(&story.says(START), &["Frage 1 von 6"]);
}

#[test]
fn a_known_question_in_the_middle_is_answered_and_ours_asked_again() {
    for before in [&[][..], &["80331"], TO_CHOICE, TO_PHOTO] {
        let mut story = after(before);
        let asked = step_of(&story).to_owned();
        assert_one(&story.says(KNOWN), &["Parkweg 4", "von 6:"]);
        assert_eq!((step_of(&story), story.state.flow.as_ref().unwrap().tries), (asked.as_str(), 0));
        assert_eq!(story.marked_read(), None, "the tick would cover answers that no human read");
    }
    assert_one(&after(TO_CHOICE).says(KNOWN_ENGLISH), &["free for you", "What is it?"]);
    assert_one(&after(TO_WORDS).says(KNOWN), &["Morgen sieht jemand nach."]);
}

#[test]
fn what_says_nothing_is_met_with_silence_or_the_question() {
    for before in [&[][..], TO_CHOICE, TO_PHOTO, TO_WORDS] {
        let mut story = after(before);
        assert_eq!(story.says("👍"), [""; 0]);
        assert_eq!(story.sends(media(MediaKind::Sticker, None)), [""; 0]);
        assert_one(&story.says("Hallo"), &["von 6:"]);
        assert_one(&story.says(START), &[if before == TO_WORDS { "Morgen" } else { "von 6:" }]);
    }
}

#[test]
fn what_a_bot_cannot_read_is_before_a_human_at_once() {
    let mut story = after(&["80331"]);
    assert_one(
        &story.sends(media(MediaKind::Voice, None)),
        &["ein Mensch sieht es sich an", "Frage 2 von 6"],
    );
    assert_eq!((story.stands(), story.thread().reason), (ThreadState::Waiting, HandoverReason::NotText));
    assert_eq!(fields(&story), ["Postleitzahl: 80331"]);
    assert_one(&story.says("gestern"), &["Frage 3 von 6"]);
}

#[test]
fn further_photos_belong_to_the_same_question() {
    let mut story = after(TO_PHOTO);
    story.sends(picture("a", None));
    assert_eq!(story.sends(picture("b", Some("von vorn"))), [""; 0]);
    assert_eq!(step_of(&story), "words");
    story.says("Mensch");
    let field = story.desk.last().unwrap().fields.last().unwrap().clone();
    assert_eq!((field.value.as_str(), field.media.len()), ("von vorn", 2));
}

#[test]
fn words_are_taken_where_a_photo_may_be_left_out() {
    let mut story = after(TO_PHOTO);
    assert_one(&story.says("Es ist zu dunkel für eins"), &["Frage 6 von 6"]);
    story.says("Mensch");
    assert_eq!(fields(&story).last().unwrap(), "Foto: Es ist zu dunkel für eins");
}

#[test]
fn a_choice_is_taken_by_number_and_title_through_typing_errors_and_never_from_its_denial() {
    for (said, expected) in [
        ("2", Some("Sturm")),
        ("2.", Some("Sturm")),
        ("Nr. 3", Some("Etwas anderes")),
        ("STURM!", Some("Sturm")),
        ("Storm", Some("Sturm")),
        ("Das war Wasser", Some("Wasser")),
        ("Waser", Some("Wasser")),
        ("Etwas andres", Some("Etwas anderes")),
        ("kein Wasser", None),
        ("no water", None),
        ("Wasser und Sturm", None),
        ("War das Wasser?", None),
        ("4", None),
    ] {
        let mut story = after(TO_CHOICE);
        story.says(said);
        let run = story.state.flow.as_ref().unwrap();
        let given = run.given.get(3).map(|given| given.pieces[0].value.as_str());
        assert_eq!(given, expected, "{said}");
    }
}

#[test]
fn a_press_below_an_earlier_question_corrects_it() {
    let mut story = after(TO_PHOTO);
    assert_one(&story.presses("flow:damage:sort:other"), &["Frage 5 von 6"]);
    assert_eq!(story.state.flow.as_ref().unwrap().given[3].pieces[0].value, "Etwas anderes");
    let mut early = after(&[]);
    assert_one(&early.presses("flow:damage:sort:other"), &["Frage 1 von 6"]);
    assert!(early.state.flow.as_ref().unwrap().given.is_empty(), "not asked yet");
}

#[test]
fn while_an_agent_has_the_thread_the_bot_is_silent_and_the_flow_waits() {
    let mut story = after(&["80331"]);
    story.sends(media(MediaKind::Voice, None));
    story.agent("Ada", AgentCommand::Claim).unwrap();
    assert_eq!(story.says("gestern"), [""; 0]);
    assert_eq!(step_of(&story), "since");
    time_passes(&mut story, 25 * 60);
    assert_eq!(story.thread().assignee(), Some("Ada"));
    story.agent("Ada", AgentCommand::Resolve).unwrap();
    assert_eq!(story.state.flow, None, "it was before Ada, who is done with it");
    assert_eq!(fields(&story), ["Postleitzahl: 80331"]);
}

#[test]
fn a_late_answer_goes_to_a_human_and_the_flow_waits() {
    let mut story = after(&["80331"]);
    assert_eq!(story.sends_late(60, text("gestern")), [""; 0]);
    assert_eq!((story.thread().reason, fields(&story).len()), (HandoverReason::Late, 1));
    assert_one(&story.says("gestern"), &["Frage 3 von 6"]);
}

#[test]
fn an_edit_changes_what_was_given_and_a_revocation_takes_it_out() {
    let mut story = after(&["80331", "gestern"]);
    let edit = |content| Event::Edited { message_id: "m2".to_owned(), content };
    story.event(0, edit(text("81369")));
    assert_eq!(story.sent().count(), 0);
    assert_eq!(story.state.flow.as_ref().unwrap().given[0].pieces[0].value, "81369");
    story.event(0, edit(text("Frau Geheim")));
    assert_eq!(story.state.flow.as_ref().unwrap().given.len(), 1, "no postal code any more");
    story.event(0, Event::Revoked { message_id: "m3".to_owned() });
    let stored = serde_json::to_string(&story.state).unwrap();
    assert!(!stored.contains("2026-11-22") && !stored.contains("Geheim"), "{stored}");
    assert_one(&story.says("12"), &["Frage 1 von 6"]);

    let mut ended = after(TO_WORDS);
    ended.says("Der Keller ist nass");
    ended.event(0, Event::Edited { message_id: "m7".to_owned(), content: text("Der Keller ist trocken") });
    assert_eq!(fields(&ended).last().unwrap(), "Was ist passiert?: Der Keller ist trocken");
    ended.event(0, Event::Revoked { message_id: "m7".to_owned() });
    assert_eq!(ended.desk.last().unwrap().fields.len(), 4);
}

#[test]
fn a_flow_goes_on_after_days() {
    let mut story = after(&["80331"]);
    story.wait_minutes(9 * 24 * 60);
    assert_one(&story.says("gestern"), &["Frage 3 von 6"]);
    assert_eq!(story.state.flow.as_ref().unwrap().given[1].pieces[0].value, "2026-12-01");
}

#[test]
fn an_abandoned_flow_is_put_before_a_human_without_a_word() {
    let mut story = after(&["80331"]);
    time_passes(&mut story, 24 * 60 - 1);
    assert_eq!((story.stands(), story.last.len()), (ThreadState::Bot, 0), "not yet");
    time_passes(&mut story, 1);
    assert_eq!(story.sent().count(), 0);
    assert_eq!(
        (story.stands(), story.thread().reason),
        (ThreadState::Waiting, HandoverReason::FlowAbandoned)
    );
    assert_eq!(fields(&story), ["Postleitzahl: 80331"]);
    assert_eq!(story.state.looks_at(), None);
    time_passes(&mut story, 24 * 60);
    assert_eq!(story.last.len(), 0, "once is enough");

    // The person comes back.
    assert_one(&story.says("gestern"), &["Frage 3 von 6"]);
    assert_eq!(story.desk.last().unwrap().fields.len(), 2);
    for answer in ["12", "1", "weiter"] {
        story.says(answer);
    }
    assert_one(&story.says("Es tropft"), &["Morgen sieht jemand nach."]);
    assert_eq!((story.thread().reason, fields(&story).len()), (HandoverReason::Flow, 5));
}

#[test]
fn an_abandoned_flow_ends_when_a_human_answers_elsewhere() {
    let mut story = after(&["80331"]);
    time_passes(&mut story, 24 * 60);
    story.event(0, Event::Echo { message_id: "echo".to_owned(), content: text("Wir melden uns.") });
    assert_eq!((story.state.flow.clone(), story.thread().stage.clone()), (None, Stage::Resolved));
    assert_eq!(fields(&story), ["Postleitzahl: 80331"], "what was given stays with the thread");
}

#[test]
fn whoever_abandoned_a_flow_is_not_asked_again_when_they_ask_something() {
    for question in [KNOWN, UNKNOWN] {
        let mut story = after(&["80331"]);
        time_passes(&mut story, 25 * 60);
        let received = story.says(question);
        assert!(received.len() == 1 && !received[0].contains("von 6"), "{received:?}");
        assert_eq!((story.state.flow.clone(), fields(&story).len()), (None, 1), "{question}");
    }
}

#[test]
fn a_flow_in_which_nothing_was_given_ends_quietly() {
    let mut story = after(&[]);
    story.says("👍");
    time_passes(&mut story, 25 * 60);
    assert_eq!((story.state.flow.clone(), story.stands(), story.desk.len()), (None, ThreadState::Bot, 0));
    let mut missed = after(&[UNKNOWN]);
    time_passes(&mut missed, 25 * 60);
    assert_eq!(missed.stands(), ThreadState::Waiting, "words that nobody read are no nothing");
}

#[test]
fn another_flow_takes_the_place_of_one_that_goes_on() {
    let mut story = after(&["80331"]);
    assert_one(&story.says(READING), &["eine Frage", "Was steht auf dem Zähler?"]);
    assert_eq!((story.thread().reason, fields(&story).len()), (HandoverReason::FlowAbandoned, 1));
    assert_one(&story.says("4711"), &[&story.thread().reference.clone()]);
    assert_eq!(fields(&story), ["Postleitzahl: 80331", "Was steht auf dem Zähler?: 4711 kWh"]);
    assert_eq!(story.thread().reason, HandoverReason::Flow);
    let mut empty = after(&[]);
    empty.says(READING);
    assert_eq!(empty.stands(), ThreadState::Bot);
}

#[test]
fn what_was_given_goes_to_a_human_when_the_pack_changed() {
    type Change = fn(&mut FlowRun);
    let changes: [(&str, Change); 2] = [
        ("the step is gone", |run| run.step = "gone".to_owned()),
        ("the entry is gone", |run| run.entry = "gone".to_owned()),
    ];
    for (name, change) in changes {
        let mut story = after(&["80331"]);
        change(story.state.flow.as_mut().unwrap());
        assert_one(&story.says("gestern"), &["Ein Mensch"]);
        assert_eq!((story.thread().reason, fields(&story).len()), (HandoverReason::Flow, 1), "{name}");
        assert_eq!(story.state.flow, None, "{name}");
        let mut abandoned = after(&["80331"]);
        change(abandoned.state.flow.as_mut().unwrap());
        time_passes(&mut abandoned, 25 * 60);
        assert_eq!(fields(&abandoned), ["Postleitzahl: 80331"], "{name}");
        let mut empty = after(&[]);
        change(empty.state.flow.as_mut().unwrap());
        assert_one(&empty.says(KNOWN), &["Parkweg 4"]);
    }
}

#[test]
fn a_flow_can_be_picked_and_joins_an_open_thread() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    assert_one(&story.presses("entry:reading"), &["Was steht auf dem Zähler?"]);
    assert_eq!(fields(&story), [""; 0]);
    let reference = story.thread().reference.clone();
    assert_one(&story.says("4.711,5"), &[&reference]);
    assert_eq!((story.thread().reason, fields(&story).len()), (HandoverReason::NoKnowledge, 1));
}

#[test]
fn a_thread_holds_a_bounded_number_of_fields() {
    let mut story = Story::new();
    for number in 0..40 {
        story.says(READING);
        story.says(&number.to_string());
    }
    let fields = fields(&story);
    assert_eq!((fields.len(), fields.last().unwrap().as_str()), (30, "Was steht auf dem Zähler?: 39 kWh"));
}
