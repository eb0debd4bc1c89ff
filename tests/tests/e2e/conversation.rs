//! What people experience, from the first hello to the reply of a human.

use anyhow::Result;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, conversation_of, eventually, in_own_world, in_shared_world,
    inbound_texts, lines, new_number, new_thousand_numbers, statuses, text_of,
};
use reqwest::Method;
use serde_json::{Value, json};

const ANOTHER_QUESTION: &str = "Was kostet der Test?";
const ANOTHER_ANSWER: &str = "18 Euro";
const SCREAM: &str = "Hilfe, mein Vater bekommt keine Luft";

/// Says something over WhatsApp, as `POST /sim/say` describes, and expects that it is taken.
async fn say(world: &World, from: &str, what: Value) -> Result<Value> {
    let mut what = what;
    what["from"] = from.into();
    if what["channel"].is_null() {
        what["channel"] = "whatsapp".into();
    }
    let said = world.say(what).await?;
    assert_eq!(statuses(&said), [200], "{said}");
    Ok(said)
}

fn unix_millis() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

/// Asks a known question: its answer is the next message, so that none came for what was said before.
async fn next_message_answers(world: &World, number: &str, earlier: usize) -> Result<()> {
    world.text(number, ANOTHER_QUESTION).await?;
    let messages = world.wait_received(number, earlier + 1).await?;
    assert!(text_of(&messages[earlier]).contains(ANOTHER_ANSWER), "{messages:?}");
    Ok(())
}

#[test]
fn the_word_mensch_leads_to_a_human_from_every_state() {
    in_shared_world(|world| async {
        // From nothing, and from an answer.
        let fresh = new_number();
        world.hand_over(&fresh).await?;
        let answered = new_number();
        world.text(&answered, KNOWN_QUESTION).await?;
        world.wait_received(&answered, 1).await?;
        world.text(&answered, "mensch!").await?;
        let messages = world.wait_received(&answered, 2).await?;
        let thread = world.thread_of(&answered).await?;
        assert_eq!((&thread["reason"], &thread["state"]), (&json!("asked"), &json!("waiting")));
        assert!(text_of(&messages[1]).contains(thread["reference"].as_str().unwrap_or("?")), "{messages:?}");

        // While they wait: it joins the thread, and is not acknowledged a second time.
        world.text(&answered, "Mensch").await?;
        next_message_answers(world, &answered, 2).await?;

        // While a human has it: the bot keeps out.
        world.done(&thread, "claim", None).await?;
        world.text(&answered, "Mensch").await?;
        world.done(&thread, "reply", Some(json!({"text": "Ich bin da."}))).await?;
        let messages = world.wait_received(&answered, 4).await?;
        assert_eq!(text_of(&messages[3]), "Ich bin da.");

        // After it was resolved: a new thread.
        world.done(&thread, "resolve", None).await?;
        world.text(&answered, "Mensch").await?;
        world.wait_received(&answered, 5).await?;
        let anew = world.thread_of(&answered).await?;
        assert_ne!(anew["reference"], thread["reference"]);

        // While the bot is silent because a colleague wrote elsewhere.
        let paused = new_number();
        say(world, &paused, json!({"echo": "Guten Tag, hier Frau Sommer."})).await?;
        world.text(&paused, "Mensch").await?;
        let thread = world.thread_of(&paused).await?;
        assert_eq!(thread["reason"], "asked");
        assert!(world.received(&paused).await?.is_empty(), "the bot is silent");
        Ok(())
    });
}

#[test]
fn thanks_emojis_stickers_and_reactions_get_no_answer_and_open_no_thread() {
    in_shared_world(|world| async {
        let number = new_number();
        world.text(&number, KNOWN_QUESTION).await?;
        let answer = world.wait_received(&number, 1).await?.remove(0);
        for what in [
            json!({"text": "Vielen Dank für die schnelle Antwort!"}),
            json!({"text": "👍🏽"}),
            json!({"text": "ok super"}),
            json!({"text": "..."}),
            json!({"sticker": {}}),
            json!({"reaction": {"message_id": answer["message_id"], "emoji": "❤️"}}),
        ] {
            say(world, &number, what).await?;
        }
        next_message_answers(world, &number, 1).await?;
        let transcript = world.transcript_of(&number).await?;
        assert_eq!((&transcript["thread"], &transcript["state"]), (&Value::Null, &json!("bot")));
        Ok(())
    });
}

#[test]
fn a_greeting_is_returned_once_and_opens_no_thread() {
    in_shared_world(|world| async {
        let number = new_number();
        world.text(&number, "Hallo").await?;
        let messages = world.wait_received(&number, 1).await?;
        let text = text_of(&messages[0]);
        assert!(text.contains("Chatbot") && text.contains("112") && text.contains("/datenschutz"), "{text}");
        world.text(&number, "Guten Tag").await?;
        next_message_answers(world, &number, 1).await?;
        assert_eq!(world.transcript_of(&number).await?["state"], "bot");
        Ok(())
    });
}

#[test]
fn five_messages_in_a_row_get_one_acknowledgement() {
    in_shared_world(|world| async {
        let number = new_number();
        for text in ["Mensch", "mensch!!", "Mitarbeiter", "Hallo", "MENSCH???"] {
            world.text(&number, text).await?;
        }
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains("GA-"), "{messages:?}");
        next_message_answers(world, &number, 1).await?;
        let transcript = world.transcript_of(&number).await?;
        assert_eq!((&transcript["state"], inbound_texts(&transcript).len()), (&json!("waiting"), 6));
        Ok(())
    });
}

#[test]
fn an_emergency_is_answered_with_112_at_once_and_stands_on_top_of_the_list() {
    in_own_world(
        |_| {},
        |world| async move {
            for number in [new_number(), new_number(), new_number()] {
                world.hand_over(&number).await?;
            }
            let number = new_number();
            world.text(&number, SCREAM).await?;
            let messages = world.wait_received(&number, 1).await?;
            assert!(text_of(&messages[0]).contains("112"), "{messages:?}");
            let thread = world.thread_of(&number).await?;
            assert_eq!((&thread["urgent"], &thread["reason"]), (&json!(true), &json!("emergency")));
            let (_, page) = world.api(Method::GET, "/threads", None).await?;
            assert_eq!(page["threads"][0]["id"], thread["id"]);

            // Said once; and it counts even where a human has the thread.
            world.done(&thread, "claim", None).await?;
            world.text(&number, SCREAM).await?;
            world.done(&thread, "reply", Some(json!({"text": "Hilfe ist unterwegs."}))).await?;
            let messages = world.wait_received(&number, 2).await?;
            assert_eq!(text_of(&messages[1]), "Hilfe ist unterwegs.");
            Ok(())
        },
    );
}

#[test]
fn a_choice_is_answered_when_it_is_pressed_and_when_its_title_or_number_is_typed() {
    in_shared_world(|world| async {
        let number = new_number();
        world.text(&number, KNOWN_QUESTION).await?;
        let messages = world.wait_received(&number, 1).await?;
        let buttons = messages[0]["buttons"].as_array().cloned().unwrap_or_default();
        let titles: Vec<&str> = buttons.iter().filter_map(|button| button["title"].as_str()).collect();
        assert_eq!(buttons[0]["id"], "entry:test-cost", "{buttons:?}");
        say(world, &number, json!({"button": {"id": "entry:test-cost"}})).await?;
        let messages = world.wait_received(&number, 2).await?;
        assert!(text_of(&messages[1]).contains(ANOTHER_ANSWER), "{messages:?}");
        let transcript = world.transcript_of(&number).await?;
        let pressed = lines(&transcript).iter().find(|line| line["body"]["content"]["type"] == "choice");
        assert_eq!(pressed.map(|line| &line["body"]["content"]["title"]), Some(&json!(titles[0])));

        // The message of a moment ago offers the way back, by number or title.
        world.text(&number, "1").await?;
        let messages = world.wait_received(&number, 3).await?;
        assert!(text_of(&messages[2]).contains(KNOWN_ANSWER), "{messages:?}");
        world.text(&number, titles[0]).await?;
        let messages = world.wait_received(&number, 4).await?;
        assert!(text_of(&messages[3]).contains(ANOTHER_ANSWER), "{messages:?}");

        // A human may always be pressed, below whatever old message.
        say(world, &number, json!({"button": {"id": "human", "title": "Ein Mensch"}})).await?;
        world.wait_received(&number, 5).await?;
        assert_eq!(world.thread_of(&number).await?["reason"], "asked");
        Ok(())
    });
}

#[test]
fn a_message_that_comes_late_is_left_to_a_human_without_a_word() {
    in_shared_world(|world| async {
        let number = new_number();
        let at = unix_millis() - 20 * 60_000;
        say(world, &number, json!({"text": KNOWN_QUESTION, "at": at})).await?;
        let thread = world.thread_of(&number).await?;
        assert_eq!((&thread["reason"], &thread["state"]), (&json!("late"), &json!("waiting")));
        let waits = unix_millis() - thread["waiting_since"].as_i64().unwrap_or_default();
        assert!(waits >= 20 * 60_000, "it waits since it was written: {waits} ms");
        next_message_answers(world, &number, 0).await
    });
}

#[test]
fn after_a_colleague_wrote_elsewhere_the_bot_is_silent_until_the_thread_is_resolved() {
    in_shared_world(|world| async {
        let number = new_number();
        world.hand_over(&number).await?;
        say(world, &number, json!({"echo": "Guten Tag, hier Frau Sommer."})).await?;
        // What waited until then is answered.
        let transcript = world.transcript_of(&number).await?;
        assert_eq!(transcript["state"], "resolved");
        world.text(&number, KNOWN_QUESTION).await?;
        let thread = world.thread_of(&number).await?;
        assert_eq!((&thread["reason"], &thread["state"]), (&json!("elsewhere"), &json!("waiting")));
        let transcript = world.transcript_of(&number).await?;
        let echo = lines(&transcript).iter().find(|line| line["author"]["type"] == "elsewhere");
        assert_eq!(
            echo.map(|line| &line["body"]["content"]["body"]),
            Some(&json!("Guten Tag, hier Frau Sommer."))
        );
        world.done(&thread, "resolve", None).await?;
        next_message_answers(world, &number, 1).await
    });
}

#[test]
fn an_edit_changes_the_transcript_and_what_was_taken_back_is_gone_everywhere() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let said = world.text(&number, "Mein Geheimnis ist 4711").await?;
        let message = said["message_ids"][0].clone();
        say(world, &number, json!({"edit": {"message_id": message, "text": "Mein Geheimnis ist 0815"}}))
            .await?;
        let transcript = world.transcript_of(&number).await?;
        assert_eq!(inbound_texts(&transcript), ["Mensch", "Mein Geheimnis ist 0815"]);

        say(world, &number, json!({"revoke": {"message_id": message}})).await?;
        let transcript = world.transcript_of(&number).await?;
        assert_eq!(inbound_texts(&transcript), ["Mensch"]);
        assert!(!transcript.to_string().contains("Geheimnis"), "{transcript}");
        let line = lines(&transcript).iter().find(|line| line["provider_id"] == message);
        assert!(line.is_some_and(|line| line["removed_at"].is_i64()), "its place stays: {transcript}");
        let reference = thread["reference"].as_str().unwrap_or_default();
        eventually("the list does not show it any more", || async {
            let (_, page) = world.api(Method::GET, &format!("/threads?search={reference}"), None).await?;
            Ok((page["threads"][0]["snippet"] == "").then_some(()))
        })
        .await?;
        let (_, page) = world.api(Method::GET, "/threads?search=Geheimnis", None).await?;
        assert_eq!(page["threads"], json!([]));
        next_message_answers(world, &number, 1).await
    });
}

#[test]
fn telegram_questions_are_answered_and_presses_confirmed() {
    in_shared_world(|world| async {
        let chat = new_number();
        let since = unix_millis().to_string();
        say(world, &chat, json!({"channel": "telegram", "text": "/start"})).await?;
        let messages = world.wait_received(&chat, 1).await?;
        assert!(text_of(&messages[0]).contains("Chatbot"), "{messages:?}");
        say(world, &chat, json!({"channel": "telegram", "text": KNOWN_QUESTION})).await?;
        let messages = world.wait_received(&chat, 2).await?;
        assert!(text_of(&messages[1]).contains(KNOWN_ANSWER), "{messages:?}");

        let button = json!({"channel": "telegram", "button": {"id": "entry:test-cost"}});
        say(world, &chat, button).await?;
        let messages = world.wait_received(&chat, 3).await?;
        assert!(text_of(&messages[2]).contains(ANOTHER_ANSWER), "{messages:?}");
        eventually("the press is confirmed", || async {
            let filters = [("kind", "status"), ("channel", "telegram"), ("since", since.as_str())];
            let signals = world.received_with(&filters).await?;
            Ok(signals.iter().any(|signal| signal["signal"] == "press_confirmed").then_some(()))
        })
        .await
    });
}

#[test]
fn a_person_without_a_phone_number_is_answered_and_can_be_helped_by_a_human() {
    in_shared_world(|world| async {
        let number = new_number();
        let person = format!("DE.{number}");
        let hidden = |text: &str| json!({"text": text, "no_phone": true, "name": number});
        say(world, &person, hidden(KNOWN_QUESTION)).await?;
        let messages = world.wait_received(&person, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        assert_eq!(messages[0]["to"], person);
        say(world, &person, hidden("Mensch")).await?;
        world.wait_received(&person, 2).await?;
        let thread = world.thread_of(&number).await?;
        assert_eq!((&thread["contact"]["phone"], &thread["contact"]["id"]), (&Value::Null, &json!(person)));
        world.done(&thread, "reply", Some(json!({"text": "Guten Tag"}))).await?;
        let messages = world.wait_received(&person, 3).await?;
        assert_eq!(text_of(&messages[2]), "Guten Tag");
        assert_eq!(conversation_of(&messages[2]), thread["id"].as_str().unwrap_or("?"));
        Ok(())
    });
}

#[test]
fn media_reach_a_human_and_are_acknowledged_as_such() {
    in_shared_world(|world| async {
        for kind in ["image", "voice", "document"] {
            let number = new_number();
            say(world, &number, json!({"media": {"kind": kind}})).await?;
            let messages = world.wait_received(&number, 1).await?;
            assert!(text_of(&messages[0]).contains("nur Text"), "{kind}: {messages:?}");
            assert_eq!(world.thread_of(&number).await?["reason"], "not_text", "{kind}");
        }
        Ok(())
    });
}

/// The line of an acknowledgement that says when a human will answer.
fn promise(acknowledgement: &Value) -> &str {
    let mut lines = text_of(acknowledgement).lines();
    lines
        .find(|line| line.starts_with("Voraussichtliche Antwort") || line.starts_with("Wir antworten"))
        .unwrap_or("")
}

#[test]
fn the_expected_wait_comes_from_the_real_backlog_and_is_honest_where_there_is_none() {
    in_own_world(
        |_| {},
        |world| async move {
            // Nobody has resolved anything: no figure can be given, at most the next office hours.
            let number = new_number();
            world.hand_over(&number).await?;
            let first = world.received(&number).await?.remove(0);
            let is_moment = |promise: &str| promise.contains(" ab ") && promise.ends_with("Uhr.");
            let promised = promise(&first);
            assert!(promised == "Wir antworten, so bald wir können." || is_moment(promised), "{promised}");

            // Sixty wait, and twenty were resolved within the hour: three hours.
            let start = new_thousand_numbers();
            let batch = json!({"channel": "whatsapp", "from": start, "text": "Mensch", "batch": 80});
            assert_eq!(statuses(&world.say(batch).await?), [200]);
            let threads = eventually("81 threads", || async {
                let (_, page) = world.api(Method::GET, "/threads?limit=200", None).await?;
                let threads = page["threads"].as_array().cloned().unwrap_or_default();
                Ok((threads.len() == 81).then_some(threads))
            })
            .await?;
            for thread in &threads[..20] {
                world.done(thread, "resolve", None).await?;
            }
            // The figure is read at most every ten seconds, and published every two.
            eventually("an acknowledgement by the backlog", || async {
                let number = new_number();
                world.text(&number, "Mensch").await?;
                let acknowledgement = world.wait_received(&number, 1).await?.remove(0);
                let promised = promise(&acknowledgement);
                let thread = world.thread_of(&number).await?;
                world.done(&thread, "note", Some(json!({"text": "gesehen"}))).await?;
                Ok((promised.contains("etwa 3 Stunden") || is_moment(promised)).then_some(()))
            })
            .await
        },
    );
}
