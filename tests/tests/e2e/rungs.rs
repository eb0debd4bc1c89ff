//! The rungs of intake one by one, while the process runs: bindings are taken away and given back, so that
//! what lies in a queue in memory is still there.

use anyhow::Result;
use lotse_runtime::Launch;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, eventually, in_own_world, inbound_texts, new_number,
    new_thousand_numbers, statuses, text_of,
};
use serde_json::{Value, json};

/// With bindings that can be taken away.
fn with_faults(launch: &mut Launch) {
    launch.faults = true;
}

async fn say(world: &World, number: &str, text: &str) -> Result<Vec<u64>> {
    Ok(statuses(&world.say(json!({"channel": "whatsapp", "from": number, "text": text})).await?))
}

/// Makes somebody known to the platform, without an answer; returns the name of their conversation's object.
async fn meet(world: &World, number: &str) -> Result<String> {
    let said = world.say(json!({"channel": "whatsapp", "from": number, "sticker": {}})).await?;
    Ok(format!("whatsapp/main/{}", said["user_id"].as_str().unwrap_or_default()))
}

/// Waits until the last of them was refused in the queue as well, so often.
async fn wait_refused(world: &World, binding: &str, times: u64) -> Result<()> {
    eventually(&format!("{times} refusals of {binding}"), || async {
        Ok((world.refused(binding).await? >= times).then_some(()))
    })
    .await
}

#[test]
fn a_conversation_that_is_away_for_a_moment_is_asked_again() {
    in_own_world(with_faults, |world| async move {
        let number = new_number();
        meet(&world, &number).await?;
        world.away(json!({"CONVERSATION": {"calls": 1}})).await?;
        let said = world.say(json!({"channel": "whatsapp", "from": number, "text": KNOWN_QUESTION})).await?;
        assert_eq!(statuses(&said), [200]);
        let millis = said.pointer("/deliveries/0/millis").and_then(Value::as_f64).unwrap_or_default();
        assert!(millis >= 50.0, "asked again after {millis} ms");
        assert_eq!(world.refused("CONVERSATION").await?, 1);
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        assert!(!world.worker.log().contains("spilled"), "{}", world.worker.log());
        Ok(())
    });
}

#[test]
fn objects_that_hang_hold_no_200_up() {
    in_own_world(with_faults, |world| async move {
        let hung = new_thousand_numbers();
        let well = (hung.parse::<u64>()? + 2).to_string();
        let hanging = meet(&world, &hung).await?;
        // Longer than anybody waits. The desk is needed for the one in the middle, which nobody can read.
        let forever = json!({"delay": 600_000, "only": [hanging]});
        world.away(json!({"CONVERSATION": forever, "DESK": {"delay": 600_000}})).await?;
        let batch =
            json!({"channel": "whatsapp", "from": hung, "text": KNOWN_QUESTION, "batch": 3, "broken": 2});
        let said = world.say(batch).await?;
        assert_eq!(statuses(&said), [200]);
        let millis = said.pointer("/deliveries/0/millis").and_then(Value::as_f64).unwrap_or_default();
        assert!((4_000.0..60_000.0).contains(&millis), "answered after {millis} ms");
        eventually("it says where the message lies", || async {
            Ok(world.worker.log().contains("event=spilled rung=queue").then_some(()))
        })
        .await?;
        world.wait_received(&well, 1).await?;
        assert!(world.received(&hung).await?.is_empty());

        world.away(json!({})).await?;
        world.wait_received(&hung, 1).await?;
        Ok(())
    });
}

#[test]
fn spilled_messages_are_replayed_in_order_once_the_conversation_is_back() {
    in_own_world(with_faults, |world| async move {
        let people = [new_number(), new_number(), new_number()];
        for number in &people {
            meet(&world, number).await?;
        }
        let texts: Vec<String> = std::iter::once("Mensch".to_owned())
            .chain((2..=12).map(|index| format!("Nachricht Nummer {index}")))
            .collect();
        world.away(json!({"CONVERSATION": {}})).await?;
        let (early, late) = texts.split_at(6);
        for text in early {
            for number in &people {
                assert_eq!(say(&world, number, text).await?, [200]);
            }
        }
        // Each was tried twice by the webhook, and the first of each person once more by the queue: they wait
        // there for seconds now, while others come in behind them.
        let tried = 2 * early.len() * people.len() + people.len();
        wait_refused(&world, "CONVERSATION", tried as u64).await?;
        for text in late {
            for number in &people {
                assert_eq!(say(&world, number, text).await?, [200]);
            }
        }
        world.away(json!({})).await?;
        for number in &people {
            let thread = world.thread_of(number).await?;
            let id = thread["id"].as_str().unwrap_or_default().to_owned();
            let transcript = eventually(&format!("all messages of {number}"), || async {
                let transcript = world.transcript(&id).await?;
                Ok((inbound_texts(&transcript).len() >= texts.len()).then_some(transcript))
            })
            .await?;
            assert_eq!(inbound_texts(&transcript), texts);
            // One acknowledgement covers them all.
            world.wait_received(number, 1).await?;
        }
        Ok(())
    });
}

#[test]
fn while_the_queue_refuses_too_messages_are_sealed_and_replayed_in_order_by_the_cron() {
    in_own_world(with_faults, |world| async move {
        let number = new_number();
        meet(&world, &number).await?;
        world.away(json!({"CONVERSATION": {}, "SPILL": {}})).await?;
        let texts = ["Mensch", "eins", "zwei", "drei", "vier"];
        for text in texts {
            assert_eq!(say(&world, &number, text).await?, [200]);
        }
        assert_eq!(world.refused("SPILL").await?, texts.len() as u64);
        // Back for the others only: what is sealed for this one stays where it is, in order.
        world.away(json!({"CONVERSATION": {"calls": 1}})).await?;
        world.run_the_cron().await?;
        assert_eq!(world.refused("CONVERSATION").await?, 1, "nothing goes before the first");
        world.run_the_cron().await?;
        let thread = world.thread_of(&number).await?;
        let transcript = world.transcript(thread["id"].as_str().unwrap_or_default()).await?;
        assert_eq!(inbound_texts(&transcript), texts);
        Ok(())
    });
}

#[test]
fn while_everything_is_away_the_platform_keeps_the_message() {
    in_own_world(with_faults, |world| async move {
        let number = new_number();
        meet(&world, &number).await?;
        world.simulator_post("/sim/settings", &json!({"redeliver": true})).await?;
        world.away(json!({"CONVERSATION": {}, "SPILL": {}, "STORE": {}})).await?;
        assert_eq!(say(&world, &number, KNOWN_QUESTION).await?, [503]);
        assert!(world.refused("STORE").await? >= 1);
        world.away(json!({})).await?;
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        Ok(())
    });
}

#[test]
fn of_a_batch_of_a_thousand_all_others_take_effect_while_one_conversation_is_away() {
    in_own_world(with_faults, |world| async move {
        let first = new_thousand_numbers();
        // The person in the middle of those who will write.
        let number = (first.parse::<u64>()? + 500).to_string();
        let object = meet(&world, &number).await?;
        world.away(json!({"CONVERSATION": {"only": [object]}})).await?;
        let batch = json!({"channel": "whatsapp", "from": first, "text": KNOWN_QUESTION, "batch": 1000});
        assert_eq!(statuses(&world.say(batch).await?), [200]);
        let others = world.received_with(&[("count", "999"), ("wait_ms", "60000")]).await?;
        assert_eq!(others.len(), 999);
        assert!(world.received(&number).await?.is_empty(), "this one waits");
        assert!(world.refused("CONVERSATION").await? >= 2);

        world.away(json!({})).await?;
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        assert_eq!(world.received_with(&[]).await?.len(), 1_000);
        Ok(())
    });
}

#[test]
fn a_queue_message_that_nobody_can_read_is_a_dead_letter_at_once_and_once() {
    in_own_world(with_faults, |world| async move {
        for (queue, kind, body) in [
            ("FOLLOWUPS", "text", "no follow-up"),
            ("SPILL", "json", r#"{"to": "nobody"}"#),
            ("DEAD_LETTERS", "bytes", "no letter"),
        ] {
            world.put_into_queue(queue, kind, body).await?;
        }
        let page = eventually("three dead letters", || async {
            let (_, page) = world.api(reqwest::Method::GET, "/dead-letters", None).await?;
            Ok((page["total"].as_u64() >= Some(3)).then_some(page))
        })
        .await?;
        assert_eq!(page["total"], 3, "{page}");
        for letter in page["dead_letters"].as_array().into_iter().flatten() {
            assert_eq!(letter["kind"], "queued", "{page}");
        }
        assert_eq!(world.dead_letters_with("no follow-up").await?.len(), 1);
        assert_eq!(world.dead_letters_with("nobody").await?.len(), 1);
        Ok(())
    });
}

#[test]
fn a_follow_up_that_comes_again_late_and_twice_changes_nothing_at_the_desk() {
    in_own_world(with_faults, |world| async move {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let mut summary = thread.clone();
        let id = summary.as_object_mut().and_then(|summary| summary.remove("id"));
        let old = json!({"id": id, "thread": summary}).to_string();
        world.done(&thread, "claim", None).await?;
        let claimed = world.thread_of(&number).await?;
        for _ in 0..2 {
            world.put_into_queue("FOLLOWUPS", "text", &old).await?;
        }
        // The queue keeps its order here: behind them, a thread of somebody else.
        let other = new_number();
        world.hand_over(&other).await?;
        assert_eq!(world.thread_of(&number).await?, claimed);
        assert_eq!(claimed["state"], "claimed");
        Ok(())
    });
}
