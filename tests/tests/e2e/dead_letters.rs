//! What was verified and could not take effect: seen by leads, and replayed once it can.

use anyhow::Result;
use lotse_runtime::Launch;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, eventually, in_own_world, in_shared_world, new_number, statuses,
    text_of, whatsapp_body,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// The path of a problem document's kind.
fn kind(problem: &Value) -> &str {
    problem["type"].as_str().unwrap_or_default()
}

#[test]
fn a_message_for_a_number_that_is_not_ours_is_a_dead_letter_that_can_be_read_and_not_replayed() {
    in_shared_world(|world| async {
        let number = new_number();
        let message = json!([{"id": format!("wamid.{number}"), "from": number, "timestamp": "1795000000",
            "type": "text", "text": {"body": "Mensch"}}]);
        let body = whatsapp_body("999999999999999", &number, &message);
        assert_eq!(world.post_signed(&body).await?.status, 200);
        let letters = world.dead_letters_with(&number).await?;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0]["reason"], "the number or page is not configured");
        assert_eq!(letters[0]["kind"], "parcel");
        refuses_replay(world, &letters[0]).await?;
        assert!(world.received(&number).await?.is_empty());
        Ok(())
    });
}

#[test]
fn what_could_not_be_read_can_still_not_be_replayed_and_stays() {
    in_shared_world(|world| async {
        let number = new_number();
        let message = json!([{"id": format!("wamid.{number}"), "from": number, "timestamp": false,
            "type": "text", "text": 7}]);
        let body = whatsapp_body("100000000000001", &number, &message);
        assert_eq!(world.post_signed(&body).await?.status, 200);
        let letters = world.dead_letters_with(&number).await?;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0]["reason"], "an item cannot be read");
        refuses_replay(world, &letters[0]).await
    });
}

async fn refuses_replay(world: &World, letter: &Value) -> Result<()> {
    let id = letter["id"].as_str().unwrap_or_default();
    let (status, problem) = world.api(Method::POST, &format!("/dead-letters/{id}/replay"), None).await?;
    assert_eq!((status.as_u16(), kind(&problem)), (422, "/problems/not-replayable"), "{problem}");
    let (status, _) = world.api(Method::GET, &format!("/dead-letters/{id}"), None).await?;
    assert_eq!(status, StatusCode::OK, "it stays");
    Ok(())
}

/// With bindings that can be taken away, and a queue that gives up soon.
fn with_an_impatient_queue(launch: &mut Launch) {
    launch.faults = true;
    launch.spill_retries = Some(0);
}

/// Somebody asks while their conversation is away for longer than the queue tries; returns the dead letter.
async fn ask_in_vain(world: &World, number: &str, question: &str) -> Result<Value> {
    // A sticker makes them known to the platform, without an answer.
    let said = world.say(json!({"channel": "whatsapp", "from": number, "sticker": {}})).await?;
    let object = format!("whatsapp/main/{}", said["user_id"].as_str().unwrap_or_default());
    world.away(json!({"CONVERSATION": {"only": [object]}})).await?;
    let said = world.say(json!({"channel": "whatsapp", "from": number, "text": question})).await?;
    assert_eq!(statuses(&said), [200], "a queue has it");
    eventually("a dead letter", || async { Ok(world.dead_letters_with(question).await?.pop()) }).await
}

async fn replay(world: &World, letter: &Value) -> Result<u16> {
    let id = letter["id"].as_str().unwrap_or_default();
    Ok(world.api(Method::POST, &format!("/dead-letters/{id}/replay"), None).await?.0.as_u16())
}

#[test]
fn what_a_queue_gave_up_on_is_answered_once_after_a_replay() {
    in_own_world(with_an_impatient_queue, |world| async move {
        let number = new_number();
        let letter = ask_in_vain(&world, &number, KNOWN_QUESTION).await?;
        assert_eq!((&letter["reason"], &letter["kind"]), (&json!("a queue gave up on it"), &json!("parcel")));
        assert!(world.received(&number).await?.is_empty(), "nobody has answered");

        world.away(json!({})).await?;
        assert_eq!(replay(&world, &letter).await?, 204);
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        assert_eq!(replay(&world, &letter).await?, 404, "it is gone");
        assert!(world.dead_letters_with(KNOWN_QUESTION).await?.is_empty());

        world.expect_one_answer_before_the_next(&number).await
    });
}

#[test]
fn two_who_replay_a_dead_letter_at_once_bring_its_message_once() {
    in_own_world(with_an_impatient_queue, |world| async move {
        let number = new_number();
        let letter = ask_in_vain(&world, &number, KNOWN_QUESTION).await?;
        world.away(json!({})).await?;
        let (one, other) = tokio::join!(replay(&world, &letter), replay(&world, &letter));
        let statuses = [one?, other?];
        // Whoever comes second sees it still there, or gone; either way there is no second message.
        assert!(
            statuses.contains(&204) && statuses.iter().all(|status| [204, 404].contains(status)),
            "{statuses:?}"
        );
        world.wait_received(&number, 1).await?;
        world.expect_one_answer_before_the_next(&number).await
    });
}

#[test]
fn a_dead_letter_that_nothing_can_take_stays_and_can_be_replayed_later() {
    in_own_world(with_an_impatient_queue, |world| async move {
        let number = new_number();
        let letter = ask_in_vain(&world, &number, KNOWN_QUESTION).await?;
        world.away(json!({"CONVERSATION": {}, "SPILL": {}, "STORE": {}})).await?;
        assert_eq!(replay(&world, &letter).await?, 503);
        world.away(json!({})).await?;
        assert_eq!(replay(&world, &letter).await?, 204);
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        Ok(())
    });
}
