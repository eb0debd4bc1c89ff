//! Nothing takes effect twice, whatever is delivered how often; and one bad item spoils no other.

use std::collections::BTreeMap;

use anyhow::Result;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, in_own_world, in_shared_world, inbound_texts, lines, new_number,
    new_thousand_numbers, statuses, text_of, whatsapp_body,
};
use reqwest::Method;
use serde_json::{Value, json};

/// A later question is answered after all that came before it: exactly these messages were received.
async fn expect_answers(world: &World, number: &str, answers: usize) -> Result<Value> {
    world.text(number, "Was kostet der Test?").await?;
    let messages = world.wait_received(number, answers + 1).await?;
    assert!(text_of(&messages[answers]).contains("18 Euro"), "{messages:?}");
    world.transcript_of(number).await
}

#[test]
fn a_webhook_delivered_five_times_in_a_row_takes_effect_once() {
    in_shared_world(|world| async {
        let number = new_number();
        let say = json!({"channel": "whatsapp", "from": number, "text": KNOWN_QUESTION, "repeat": 5});
        assert_eq!(statuses(&world.say(say).await?), [200; 5]);
        let transcript = expect_answers(world, &number, 1).await?;
        assert_eq!(inbound_texts(&transcript), [KNOWN_QUESTION, "Was kostet der Test?"]);
        Ok(())
    });
}

#[test]
fn a_webhook_delivered_five_times_at_once_takes_effect_once() {
    in_shared_world(|world| async {
        let number = new_number();
        let say = json!({"channel": "whatsapp", "from": number, "text": KNOWN_QUESTION, "repeat": 5,
            "concurrent": true});
        assert_eq!(statuses(&world.say(say).await?), [200; 5]);
        let transcript = expect_answers(world, &number, 1).await?;
        assert_eq!(inbound_texts(&transcript), [KNOWN_QUESTION, "Was kostet der Test?"]);
        Ok(())
    });
}

#[test]
fn a_telegram_update_delivered_twice_takes_effect_once() {
    in_shared_world(|world| async {
        let chat = new_number();
        let say = json!({"channel": "telegram", "from": chat, "name": chat, "text": "Mensch", "repeat": 2});
        assert_eq!(statuses(&world.say(say).await?), [200; 2]);
        world.say(json!({"channel": "telegram", "from": chat, "name": chat, "text": KNOWN_QUESTION})).await?;
        let messages = world.wait_received(&chat, 2).await?;
        assert!(text_of(&messages[1]).contains(KNOWN_ANSWER), "{messages:?}");
        let thread = world.thread_of(&chat).await?;
        let transcript = world.transcript(thread["id"].as_str().unwrap_or_default()).await?;
        assert_eq!(inbound_texts(&transcript), ["Mensch", KNOWN_QUESTION]);
        Ok(())
    });
}

#[test]
fn a_redelivery_after_a_power_cut_is_recognised() {
    in_own_world(
        |_| {},
        |mut world| async move {
            let number = new_number();
            // Makes the person known to the platform, and is not answered.
            world.say(json!({"channel": "whatsapp", "from": number, "sticker": {}})).await?;
            let seconds = std::time::UNIX_EPOCH.elapsed()?.as_secs().to_string();
            let message = json!([{"id": format!("wamid.{number}"), "from": number, "timestamp": seconds,
                "type": "text", "text": {"body": KNOWN_QUESTION}}]);
            let body = whatsapp_body("100000000000001", &number, &message);
            assert_eq!(world.post_signed(&body).await?.status, 200);
            world.wait_received(&number, 1).await?;
            world.wait_delivery(&number, "delivered").await?;

            world.worker.restart().await?;
            assert_eq!(world.post_signed(&body).await?.status, 200);
            // The person is known by a number only in the body above; the later question comes the same way.
            let later = json!([{"id": format!("wamid.{number}.2"), "from": number, "timestamp": seconds,
                "type": "text", "text": {"body": "Was kostet der Test?"}}]);
            let later = whatsapp_body("100000000000001", &number, &later);
            assert_eq!(world.post_signed(&later).await?.status, 200);
            world.wait_received(&number, 2).await?;
            let transcript = world.transcript_of(&number).await?;
            assert_eq!(inbound_texts(&transcript), [KNOWN_QUESTION, "Was kostet der Test?"]);
            Ok(())
        },
    );
}

#[test]
fn of_a_batch_of_a_thousand_one_broken_item_is_set_aside_and_all_others_take_effect() {
    in_own_world(
        |_| {},
        |world| async move {
            let first = new_thousand_numbers();
            let say = json!({"channel": "whatsapp", "from": first, "text": KNOWN_QUESTION, "batch": 1000,
                "broken": 500, "repeat": 1});
            assert_eq!(statuses(&world.say(say).await?), [200]);
            world.received_with(&[("count", "999"), ("wait_ms", "60000")]).await?;
            let (_, page) = world.api(Method::GET, "/dead-letters", None).await?;
            assert_eq!(page["total"], 1, "{page}");
            assert_eq!(page["dead_letters"][0]["reason"], "an item cannot be read");

            // One more message, so that a surplus reply would have been sent before.
            let number = new_number();
            world.text(&number, KNOWN_QUESTION).await?;
            world.wait_received(&number, 1).await?;
            let mut replies: BTreeMap<String, Vec<i64>> = BTreeMap::new();
            for message in world.received_with(&[]).await? {
                assert!(text_of(&message).contains(KNOWN_ANSWER), "{message}");
                let phone = message["phone"].as_str().unwrap_or_default().to_owned();
                replies.entry(phone).or_default().push(message["at"].as_i64().unwrap_or_default());
            }
            let doubled = replies.iter().filter(|(_, times)| times.len() > 1).collect::<Vec<_>>();
            assert!(doubled.is_empty(), "answered more than once, at: {doubled:?}");
            assert_eq!(replies.len(), 999 + 1);
            Ok(())
        },
    );
}

#[test]
fn the_messages_of_one_person_in_one_batch_keep_their_order() {
    in_shared_world(|world| async {
        let number = new_number();
        world.say(json!({"channel": "whatsapp", "from": number, "sticker": {}})).await?;
        let seconds = std::time::UNIX_EPOCH.elapsed()?.as_secs().to_string();
        let texts: Vec<String> = std::iter::once("Mensch".to_owned())
            .chain((1..40).map(|index| format!("Nachricht Nummer {index}")))
            .collect();
        let messages: Vec<Value> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| {
                json!({"id": format!("wamid.{number}.{index}"), "from": number, "timestamp": seconds,
                    "type": "text", "text": {"body": text}})
            })
            .collect();
        let body = whatsapp_body("100000000000001", &number, &json!(messages));
        assert_eq!(world.post_signed(&body).await?.status, 200);
        world.wait_received(&number, 1).await?;
        let transcript = world.transcript_of(&number).await?;
        assert_eq!(inbound_texts(&transcript), texts);
        let numbered: Vec<u64> = lines(&transcript).iter().filter_map(|line| line["seq"].as_u64()).collect();
        assert_eq!(
            numbered,
            (1..=numbered.len() as u64).collect::<Vec<_>>(),
            "lines are counted without gaps"
        );
        Ok(())
    });
}
