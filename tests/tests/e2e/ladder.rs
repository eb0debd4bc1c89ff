//! Where the conversation cannot be reached, a message finds another durable place; and where there is
//! none, the platform is told to deliver again.

use std::path::Path;

use anyhow::Result;
use lotse_runtime::Launch;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, in_own_world, inbound_texts, new_number, statuses, text_of,
};
use serde_json::json;

/// As if these were down.
fn without(bindings: &'static [&'static str]) -> impl FnOnce(&mut Launch) {
    |launch| launch.omit = bindings.iter().map(ToString::to_string).collect()
}

async fn ask(world: &World, number: &str) -> Result<Vec<u64>> {
    let say = json!({"channel": "whatsapp", "from": number, "text": KNOWN_QUESTION});
    Ok(statuses(&world.say(say).await?))
}

#[test]
fn without_the_conversation_a_message_goes_into_the_spill_queue() {
    in_own_world(without(&["CONVERSATION"]), |world| async move {
        assert_eq!(ask(&world, &new_number()).await?, [200]);
        lotse_tests::eventually("the log says so", || async {
            Ok(world.worker.log().contains("event=spilled rung=queue").then_some(()))
        })
        .await?;
        assert!(!world.worker.log().contains("testen"), "no text in the log");
        Ok(())
    });
}

#[test]
fn without_conversation_and_queue_a_message_is_sealed_and_answered_once_they_are_back() {
    in_own_world(without(&["CONVERSATION", "SPILL"]), |mut world| async move {
        let numbers = [new_number(), new_number(), new_number()];
        for number in &numbers {
            assert_eq!(ask(&world, number).await?, [200]);
        }
        assert!(!holds(&world.storage(), b"testen")? && !holds(&world.storage(), numbers[0].as_bytes())?);

        // Still down: the cron leaves it where it is.
        world.run_the_cron().await?;
        world.worker.restart_with(|launch| launch.omit.clear()).await?;
        world.run_the_cron().await?;
        for number in &numbers {
            let messages = world.wait_received(number, 1).await?;
            assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        }

        // It is replayed once.
        world.run_the_cron().await?;
        world.text(&numbers[0], "Was kostet der Test?").await?;
        world.wait_received(&numbers[0], 2).await?;
        let transcript = world.transcript_of(&numbers[0]).await?;
        assert_eq!(inbound_texts(&transcript), [KNOWN_QUESTION, "Was kostet der Test?"]);
        Ok(())
    });
}

/// Whether a file below a folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let found = if path.is_dir() {
            holds(&path, bytes)?
        } else {
            std::fs::read(&path)?.windows(bytes.len()).any(|window| window == bytes)
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

#[test]
fn without_any_durable_place_the_platform_is_told_to_deliver_again() {
    in_own_world(without(&["CONVERSATION", "SPILL", "STORE"]), |mut world| async move {
        let number = new_number();
        world.simulator_post("/sim/settings", &json!({"redeliver": true})).await?;
        assert_eq!(ask(&world, &number).await?, [503]);
        world.worker.restart_with(|launch| launch.omit.clear()).await?;
        // And it does.
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        Ok(())
    });
}

#[test]
fn without_a_key_nothing_is_stored_in_the_clear() {
    let prepare = |launch: &mut Launch| {
        without(&["CONVERSATION", "SPILL"])(launch);
        launch.vars.remove("SPILL_KEY");
    };
    in_own_world(prepare, |world| async move {
        assert_eq!(ask(&world, &new_number()).await?, [503]);
        Ok(())
    });
}

#[test]
fn without_the_desk_known_questions_are_answered_and_hand_overs_acknowledged() {
    in_own_world(without(&["DESK"]), |mut world| async move {
        let (asking, waiting) = (new_number(), new_number());
        world.text(&asking, KNOWN_QUESTION).await?;
        let messages = world.wait_received(&asking, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        world.text(&waiting, "Mensch").await?;
        world.wait_received(&waiting, 1).await?;
        // A dead letter finds another place, too.
        assert_eq!(world.post_signed(&format!("not JSON, {asking}")).await?.status, 200);

        world.worker.restart_with(|launch| launch.omit.clear()).await?;
        world.thread_of(&waiting).await.map(drop)
    });
}

#[test]
fn without_desk_and_queue_a_dead_letter_is_sealed_and_shown_once_they_are_back() {
    in_own_world(without(&["DESK", "DEAD_LETTERS"]), |mut world| async move {
        let number = new_number();
        assert_eq!(world.post_signed(&format!("not JSON, {number}")).await?.status, 200);
        world.worker.restart_with(|launch| launch.omit.clear()).await?;
        world.run_the_cron().await?;
        assert_eq!(world.dead_letters_with(&number).await?.len(), 1);
        Ok(())
    });
}
