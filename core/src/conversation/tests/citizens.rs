use super::*;

#[test]
fn the_probes_mean_what_their_names_say() {
    let ask = |text| KNOWLEDGE.ask(text, berlin("2026-11-23 12:00"));
    assert!(
        matches!(ask(KNOWN), Verdict::Answer(found) if found.entry == "test-where" && found.language == "de")
    );
    assert!(matches!(ask(KNOWN_ENGLISH), Verdict::Answer(found) if found.language == "en"));
    assert!(matches!(ask(&TORN), Verdict::Offer { candidates } if candidates.len() >= 2));
    assert!(matches!(ask(UNKNOWN), Verdict::Unsure { .. }));
    assert!(matches!(ask(EMERGENCY), Verdict::RedFlag { rule, .. } if rule == "breathing"));
}

#[test]
fn a_known_question_is_answered_in_one_message_and_opens_no_thread() {
    let mut story = Story::new();
    assert_one(
        &story.says(KNOWN),
        &["Parkweg 4", "openstreetmap.org", "Automatische Antwort", "„Mensch“", "/datenschutz"],
    );
    assert_eq!(story.marked_read(), Some("m1"));
    assert_eq!(story.stands(), ThreadState::Bot);
    assert!(story.desk.is_empty());
    let answer = &story.lines[1];
    assert_eq!((answer.seq, &answer.author), (2, &Author::Bot));
    assert!(matches!(&answer.body, LineBody::Outbound { entry: Some(entry), .. } if entry == "test-where"));
}

#[test]
fn the_bot_introduces_itself_once() {
    let mut story = Story::new();
    assert_one(&story.says(KNOWN), &["Automatische Antwort"]);
    let second = story.says("Was kostet der Test?");
    assert_one(&second, &["kostenlos"]);
    assert!(!second[0].contains("Automatische Antwort"));
}

#[test]
fn the_answer_comes_in_the_language_of_the_question() {
    let mut story = Story::new();
    assert_one(&story.says(KNOWN), &["Testen lassen"]);
    assert_one(&story.says(KNOWN_ENGLISH), &["The test is free"]);
    assert_one(&story.says("0"), &["Of course. A human", "Your reference: GA-", "12:00 pm"]);
}

#[test]
fn without_a_recognised_language_the_app_decides_and_then_the_organisation() {
    for (app, expected) in [(Some("en-GB"), "Thank you"), (Some("fr"), "Danke"), (None, "Danke")] {
        let mut story = Story::new();
        story.state.contact.language = app.map(str::to_owned);
        assert_one(&story.sends(media(MediaKind::Image, None)), &[expected]);
    }
}

#[test]
fn five_messages_in_ten_seconds_get_one_acknowledgement() {
    let mut story = Story::new();
    let received: Vec<String> = (0..5)
        .flat_map(|number| {
            story.now = story.now.plus_millis(2_000);
            story.says(&format!("{UNKNOWN} {number}"))
        })
        .collect();
    assert_one(
        &received,
        &["Danke für Ihre Nachricht", "Ihr Vorgang: GA-", "12:00 Uhr", "Automatische", "112"],
    );
    assert_eq!(story.desk.len(), 5);
    assert_eq!(story.thread().waiting_since, Some(berlin("2026-11-23 12:00:02")));
    assert_eq!(story.lines.len(), 6);
}

#[test]
fn an_acknowledgement_covers_half_an_hour() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story.wait_minutes(29);
    assert!(story.says(UNKNOWN).is_empty());
    story.wait_minutes(1);
    let again = story.says(UNKNOWN);
    assert_one(&again, &["Ihr Vorgang: GA-"]);
    assert!(!again[0].contains("112"), "the emergency line stands in the first one only");
}

#[test]
fn an_acknowledgement_tells_the_wait_or_the_next_opening() {
    let backlog = |story: &Story| Some(Backlog { waiting: 21, resolved_last_hour: 60, at: story.now });
    let mut story = Story::new();
    story.backlog = backlog(&story);
    assert_one(&story.says(UNKNOWN), &["in etwa 20 Minuten"]);
    let mut story = Story::new().at("2026-11-27 16:00");
    story.backlog = backlog(&story);
    assert_one(&story.says(UNKNOWN), &["Montag, 30.11., ab 8:00 Uhr"]);
    assert_one(&Story::new().says(UNKNOWN), &["so bald wir können"]);
}

#[test]
fn words_for_a_human_reach_one_from_every_state() {
    let states: [(&str, Prepare); 5] = [
        ("new", |_| {}),
        ("after an answer", |story| drop(story.says(KNOWN))),
        ("after an offer", |story| drop(story.says(&TORN))),
        ("after an old offer", |story| {
            story.says(&TORN);
            story.wait_minutes(60 * 24 * 30);
        }),
        ("after a resolved thread", |story| {
            story.says(UNKNOWN);
            story.agent("Ada", AgentCommand::Resolve).unwrap();
        }),
    ];
    for word in ["Mensch", "MITARBEITERIN!", "Kann ich bitte mit einem Menschen sprechen?", "human", "0"] {
        for (name, prepare) in states {
            let mut story = Story::new();
            prepare(&mut story);
            assert_one(&story.says(word), &["GA-"]);
            assert_eq!(
                (story.stands(), story.thread().reason),
                (ThreadState::Waiting, HandoverReason::Asked),
                "{name}"
            );
        }
    }
}

#[test]
fn requests_about_data_are_acknowledged_fittingly() {
    for (word, part) in [("Löschen", "löschen"), ("Auskunft", "welche Daten")] {
        let mut story = Story::new();
        assert_one(&story.says(word), &[part, "GA-"]);
        assert_eq!(story.stands(), ThreadState::Waiting);
    }
}

#[test]
fn an_emergency_comes_before_everything_from_every_state() {
    let states: [(&str, Prepare); 4] = [
        ("new", |_| {}),
        ("waiting", |story| drop(story.says(UNKNOWN))),
        ("claimed", |story| {
            story.says(UNKNOWN);
            story.agent("Ada", AgentCommand::Claim).unwrap();
        }),
        ("paused by a human elsewhere", |story| {
            story.event(0, Event::Echo { message_id: "echo".to_owned(), content: text("Guten Tag") });
        }),
    ];
    for (name, prepare) in states {
        let mut story = Story::new();
        prepare(&mut story);
        let unseen = story.state.open_thread().is_some_and(|thread| thread.unseen);
        assert_eq!(story.says(EMERGENCY), ["Bei Atemnot rufen Sie bitte sofort 112 an."], "{name}");
        let thread = story.thread();
        assert!(thread.is_open() && thread.urgent && thread.reason == HandoverReason::Emergency, "{name}");
        assert!(story.desk.last().unwrap().urgent, "{name}");
        assert_eq!(story.marked_read().is_some(), !unseen, "{name}");
        let lane = story.last.iter().find_map(|effect| match effect {
            Effect::Send { line: Some(_), lane, .. } => Some(*lane),
            _ => None,
        });
        assert_eq!(lane, Some(Lane::Human), "{name}");
    }
}

#[test]
fn an_emergency_in_a_caption_or_a_late_message_counts_too() {
    let mut story = Story::new();
    assert_one(&story.sends(media(MediaKind::Image, Some("Er hat Atemnot"))), &["112"]);
    let mut story = Story::new();
    assert_one(&story.sends_late(60, text(EMERGENCY)), &["112"]);
    assert!(story.thread().urgent);
}

#[test]
fn an_emergency_text_is_sent_once_in_ten_minutes_per_rule() {
    let mut story = Story::new();
    assert_eq!(story.says(EMERGENCY).len(), 1);
    assert_eq!(story.says(EMERGENCY).len(), 0);
    assert_one(&story.says("Unser Haus brennt"), &["Feuer"]);
    story.wait_minutes(10);
    assert_one(&story.says(EMERGENCY), &["Atemnot"]);
}

#[test]
fn old_news_goes_to_a_human_without_a_word() {
    for content in [text(KNOWN), text(UNKNOWN), text("Mensch"), text("Hallo"), media(MediaKind::Voice, None)]
    {
        let mut story = Story::new();
        assert_eq!(story.sends_late(6, content.clone()), [""; 0], "{content:?}");
        assert_eq!(story.stands(), ThreadState::Waiting);
        assert_eq!(story.thread().waiting_since, Some(berlin("2026-11-23 11:54")));
        assert_eq!(story.marked_read(), None);
    }
    let mut story = Story::new();
    assert_eq!(story.sends_late(5, text(KNOWN)).len(), 1, "five minutes are not late");
}

#[test]
fn what_asks_for_nothing_opens_no_thread_and_gets_no_answer() {
    let contents = [
        text("Danke!"),
        text("👍"),
        text("ok"),
        text("Tschüss"),
        text("…"),
        text(""),
        media(MediaKind::Sticker, None),
    ];
    for content in contents {
        for late in [0, 60] {
            let mut story = Story::new();
            assert_eq!(story.sends_late(late, content.clone()), [""; 0], "{content:?}");
            assert_eq!(story.stands(), ThreadState::Bot, "{content:?}");
            assert_eq!(story.lines.len(), 1);
        }
    }
    let mut story = Story::new();
    story.event(0, Event::Reaction { message_id: "m0".to_owned(), emoji: Some("👍".to_owned()) });
    assert!(story.last.is_empty());
    assert_eq!(story.state, ConversationState::default());
}

#[test]
fn a_bare_greeting_gets_one_greeting() {
    let mut story = Story::new();
    assert_one(&story.says("Hallo"), &["Chatbot", "Gesundheitsamt Musterstadt", "112", "/impressum"]);
    assert_eq!(story.says("Hallo?").len(), 0);
    assert_eq!(story.marked_read(), None);
    story.wait_minutes(10);
    assert_eq!(story.says("Guten Tag").len(), 1);
    assert_eq!(story.stands(), ThreadState::Bot);
}

#[test]
fn an_offer_is_one_message_with_choices_and_a_human() {
    let mut story = Story::new();
    assert_one(&story.says(&TORN), &["Ist es eines davon?"]);
    let ids: Vec<&str> = story.state.offer.iter().map(|choice| choice.id.as_str()).collect();
    assert!(ids.contains(&"entry:test-cost") && ids.last() == Some(&"human"), "{ids:?}");
    assert_eq!(story.stands(), ThreadState::Bot);
    assert_eq!(story.marked_read(), None);
}

/// Makes a choice and returns what comes back.
type Pick = fn(&mut Story) -> Vec<String>;

#[test]
fn an_offer_may_be_answered_by_press_number_or_title() {
    let picks: [(&str, Pick); 4] = [
        ("press", |story| story.presses("entry:test-cost")),
        ("number", |story| {
            let index = story.state.offer.iter().position(|choice| choice.id == "entry:test-cost").unwrap();
            story.says(&format!("{}.", index + 1))
        }),
        ("title", |story| story.says("kosten des tests")),
        ("press after a month", |story| {
            story.wait_minutes(60 * 24 * 30);
            story.presses("entry:test-cost")
        }),
    ];
    for (name, pick) in picks {
        let mut story = Story::new();
        story.says(&TORN);
        assert_one(&pick(&mut story), &["kostenlos"]);
        assert!(story.marked_read().is_some(), "{name}");
        assert!(!story.state.offer.iter().any(|choice| choice.id.starts_with("entry:")), "{name}");
    }
    let mut story = Story::new();
    story.says(&TORN);
    let human = story.state.offer.len().to_string();
    assert_one(&story.says(&human), &["Gern. Ein Mensch"]);
}

#[test]
fn what_stands_below_an_answer_may_be_picked_by_number_too() {
    let mut story = Story::new();
    story.says(KNOWN);
    assert!(matches!(story.sent().next(), Some(OutgoingContent::Choices { .. })));
    assert_one(&story.says("1"), &["kostenlos"]);
}

#[test]
fn a_number_without_an_offer_is_no_pick() {
    let mut story = Story::new();
    story.says("1");
    assert_eq!(story.stands(), ThreadState::Waiting);
}

#[test]
fn an_expired_or_vanished_entry_leads_to_a_human() {
    let mut story = Story::new();
    assert_one(&story.says(EXPIRED), &["Ein Mensch aus unserem Team"]);
    for entry in ["entry:old-news", "entry:never-was"] {
        let mut story = Story::new();
        assert_one(&story.presses(entry), &["Ein Mensch aus unserem Team"]);
        assert_eq!(story.thread().reason, HandoverReason::NoKnowledge);
    }
}

#[test]
fn what_is_not_text_goes_to_a_human() {
    let contents = [
        media(MediaKind::Voice, None),
        media(MediaKind::Image, Some(KNOWN)),
        Content::Location { latitude: 48.0, longitude: 11.0, name: None, address: None },
        Content::Contacts { contacts: Vec::new() },
        Content::Unsupported { kind: "poll".to_owned(), words: None },
    ];
    for content in contents {
        let mut story = Story::new();
        assert_one(&story.sends(content.clone()), &["nur Text", "GA-", "Datenschutz"]);
        assert_eq!(story.thread().reason, HandoverReason::NotText, "{content:?}");
    }
}

#[test]
fn a_waiting_thread_still_gets_sure_answers_and_nothing_else() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    assert_one(&story.says(KNOWN), &["Parkweg 4"]);
    assert_eq!(story.marked_read(), None, "the earlier message is still unread");
    let quoted = story
        .last
        .iter()
        .any(|effect| matches!(effect, Effect::Send { reply_to: Some(id), .. } if id == "m2"));
    assert!(quoted, "the answer quotes its question");
    for (content, name) in
        [(text(&TORN), "torn"), (text("Hallo"), "greeting"), (media(MediaKind::Image, None), "photo")]
    {
        assert_eq!(story.sends(content), [""; 0], "{name}");
    }
    assert_eq!(story.stands(), ThreadState::Waiting);
}

#[test]
fn a_claimed_thread_silences_the_bot() {
    let mut story = Story::new();
    story.says(UNKNOWN);
    story.replies("Ada", "Guten Tag, wie kann ich helfen?").unwrap();
    for content in [text(KNOWN), text("Mensch"), text(&TORN), text("Hallo"), media(MediaKind::Image, None)] {
        assert_eq!(story.sends(content.clone()), [""; 0], "{content:?}");
    }
    assert_eq!(story.stands(), ThreadState::Claimed);
    assert!(story.thread().waiting_since.is_some());
}

#[test]
fn the_bots_own_words_are_pinned() {
    for language in ["de", "de-leicht", "en", "tr", "uk", "ar"] {
        let speak = |message: Content| {
            let mut story = Story::new();
            story.state.language = Some(language.to_owned());
            story.sends(message).join("\n---\n")
        };
        let requests = ["Hallo", "0", "Stopp", "START", "Löschen", "Auskunft"].map(text);
        let gone = Content::Choice { id: "entry:gone".to_owned(), title: String::new(), press_id: None };
        let messages = requests.into_iter().chain([gone, media(MediaKind::Voice, None)]);
        let words: Vec<String> = messages.map(speak).collect();
        insta::assert_snapshot!(format!("words_{language}"), words.join("\n==========\n"));
    }
}

#[test]
fn the_person_is_met_in_the_language_they_write_in() {
    for (says, expected) in [
        ("insan", "Ekibimizden bir insan"),
        ("Merhaba", "Ben bir sohbet robotuyum"),
        ("Köpeğim dün kayboldu, bana yardım eder misiniz?", "Ekibimizden bir insan"),
        ("Мій сусід купив червоний велосипед", "Людина з нашої команди"),
        ("اشترى جاري دراجة حمراء", "إنسان من فريقنا"),
        ("My neighbour bought a red bicycle", "A human from our team"),
        (UNKNOWN, "Ein Mensch aus unserem Team"),
    ] {
        assert_one(&Story::new().says(says), &[expected]);
    }
}

#[test]
fn a_language_is_chosen_by_its_name_and_leichte_sprache_is_kept() {
    let mut story = Story::new();
    assert_one(&story.says("Leichte Sprache bitte"), &["Ich schreibe jetzt in Leichter Sprache"]);
    assert_eq!(story.state.language.as_deref(), Some("de-leicht"));
    // The test's pack has no such texts: the person is told.
    assert_one(&story.says(KNOWN), &["Diesen Text gibt es noch nicht in Leichter Sprache.\n\n"]);
    let english = story.says(KNOWN_ENGLISH);
    assert!(!english[0].contains("not available"), "{english:?}");
    assert_one(&story.says(KNOWN), &["noch nicht in Leichter Sprache"]);
    assert_one(&story.says("Alltagssprache"), &["ab jetzt schreibe ich auf Deutsch"]);
    let german = story.says(KNOWN);
    assert!(!german[0].contains("Leichter Sprache"), "{german:?}");
    assert_eq!(story.state.variety, None);
}
