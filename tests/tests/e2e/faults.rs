//! Platforms fail in every way they can: nothing is lost, and nothing doubled where they give evidence.

use anyhow::Result;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, conversation_of, eventually, in_shared_world, inbound_texts, lines,
    new_number, text_of,
};
use serde_json::{Value, json};

/// Asks the known question with a fault set for this person; returns when the one reply was delivered.
async fn answered_once_despite(world: &World, fault: Value) -> Result<(String, Value)> {
    let number = new_number();
    let mut fault = fault;
    fault["to"] = number.as_str().into();
    fault["channel"] = "whatsapp".into();
    world.fault(fault).await?;
    world.text(&number, KNOWN_QUESTION).await?;
    world.wait_received(&number, 1).await?;
    world.wait_delivery(&number, "delivered").await?;
    // Order is kept: had the first reply been sent again, it would stand before the second.
    world.text(&number, "Was kostet der Test?").await?;
    let messages = world.wait_received(&number, 2).await?;
    assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
    assert!(text_of(&messages[1]).contains("18 Euro"), "{messages:?}");
    let transcript = world.wait_delivery(&number, "delivered").await?;
    assert_eq!(inbound_texts(&transcript), [KNOWN_QUESTION, "Was kostet der Test?"]);
    assert_eq!(transcript["thread"], Value::Null, "nothing for humans to see");
    Ok((number, transcript))
}

#[test]
fn after_two_server_errors_the_reply_goes_out_once() {
    in_shared_world(|world| async {
        answered_once_despite(world, json!({"status": 500, "count": 2})).await.map(drop)
    });
}

#[test]
fn after_too_many_requests_the_reply_goes_out_once() {
    in_shared_world(|world| async {
        answered_once_despite(world, json!({"status": 429, "count": 2})).await.map(drop)
    });
}

#[test]
fn after_the_pair_limit_the_reply_goes_out_once_and_not_sooner_than_four_seconds_later() {
    in_shared_world(|world| async {
        let fault = json!({"status": 400, "code": 131_056, "count": 1});
        let (number, transcript) = answered_once_despite(world, fault).await?;
        let asked = lines(&transcript)[1]["at"].as_i64().unwrap_or_default();
        let sent = world.received(&number).await?[0]["at"].as_i64().unwrap_or_default();
        assert!(sent - asked >= 4_000, "after {} ms", sent - asked);
        Ok(())
    });
}

#[test]
fn a_call_that_hangs_is_given_up_and_made_again() {
    in_shared_world(|world| async {
        // Longer than a call may take; the platform never took the message.
        let fault = json!({"delay_ms": 60_000, "status": 500, "count": 1});
        answered_once_despite(world, fault).await.map(drop)
    });
}

#[test]
fn a_call_that_hangs_after_the_platform_took_the_message_is_settled_by_its_report() {
    in_shared_world(|world| async {
        let fault = json!({"delay_ms": 60_000, "status": 500, "count": 1, "after": "after"});
        answered_once_despite(world, fault).await.map(drop)
    });
}

#[test]
fn a_connection_that_drops_before_the_platform_took_the_message_loses_nothing() {
    in_shared_world(|world| async {
        answered_once_despite(world, json!({"drop": true, "count": 2})).await.map(drop)
    });
}

#[test]
fn a_connection_that_drops_after_the_platform_took_the_message_doubles_nothing() {
    in_shared_world(|world| async {
        answered_once_despite(world, json!({"drop": true, "count": 1, "after": "after"})).await.map(drop)
    });
}

#[test]
fn an_error_after_the_platform_took_the_message_doubles_nothing() {
    in_shared_world(|world| async {
        answered_once_despite(world, json!({"status": 500, "count": 1, "after": "after"})).await.map(drop)
    });
}

/// The one reply fails for good: a human sees it.
async fn failed_for_good(world: &World, number: &str) -> Result<()> {
    let thread = world.thread_of(number).await?;
    assert_eq!((&thread["reason"], &thread["state"]), (&json!("delivery_failed"), &json!("waiting")));
    let transcript = world.transcript(thread["id"].as_str().unwrap_or_default()).await?;
    let reply = lines(&transcript).iter().find(|line| line["body"]["kind"] == "outbound");
    let reply = reply.cloned().unwrap_or_default();
    assert_eq!(reply["delivery"], "failed", "{reply}");
    assert!(reply["delivery_note"].as_str().is_some_and(|note| !note.is_empty()), "{reply}");
    Ok(())
}

#[test]
fn an_error_that_no_retry_can_help_is_shown_to_a_human_at_once() {
    in_shared_world(|world| async {
        for code in [131_026, 131_047] {
            let number = new_number();
            world.fault(json!({"channel": "whatsapp", "to": number, "status": 400, "code": code})).await?;
            world.text(&number, KNOWN_QUESTION).await?;
            failed_for_good(world, &number).await?;
            assert!(world.received(&number).await?.is_empty(), "{code}");
        }
        Ok(())
    });
}

#[test]
fn a_failure_that_the_platform_reports_later_is_shown_to_a_human() {
    in_shared_world(|world| async {
        let number = new_number();
        let fault = json!({"channel": "whatsapp", "to": number, "code": 131_026, "after": "status"});
        world.fault(fault).await?;
        world.text(&number, KNOWN_QUESTION).await?;
        failed_for_good(world, &number).await
    });
}

#[test]
fn what_the_platform_gives_up_later_for_a_reason_that_passes_is_sent_again() {
    in_shared_world(|world| async {
        let number = new_number();
        let fault =
            json!({"channel": "whatsapp", "to": number, "code": 131_000, "after": "status", "count": 1});
        world.fault(fault).await?;
        world.text(&number, KNOWN_QUESTION).await?;
        // The first copy reached nobody: the platform had taken it and gave it up.
        let messages = world.wait_received(&number, 2).await?;
        world.wait_delivery(&number, "delivered").await?;
        assert_eq!(text_of(&messages[0]), text_of(&messages[1]));
        let thread = json!({"id": conversation_of(&messages[1])});
        let (status, _) = world.command("dev-admin-token", &thread, "claim", None).await?;
        assert_eq!(status, 404, "no human needs to look");
        Ok(())
    });
}

#[test]
fn a_person_who_blocked_the_account_is_shown_to_a_human() {
    in_shared_world(|world| async {
        let number = new_number();
        world.text(&number, KNOWN_QUESTION).await?;
        world.wait_received(&number, 1).await?;
        world.wait_delivery(&number, "delivered").await?;
        let thread = json!({"id": conversation_of(&world.received(&number).await?[0])});
        // An agent has no business in a conversation that needs no human.
        let (status, _) = world.command("dev-admin-token", &thread, "claim", None).await?;
        assert_eq!(status, 404);

        world.fault(json!({"channel": "whatsapp", "to": number, "code": 131_026, "count": 1})).await?;
        world.text(&number, "Was kostet der Test?").await?;
        let thread = world.thread_of(&number).await?;
        assert_eq!(thread["reason"], "delivery_failed");
        Ok(())
    });
}

#[test]
fn telegram_is_waited_for_as_long_as_it_asks() {
    in_shared_world(|world| async {
        let chat = new_number();
        let fault = json!({"channel": "telegram", "to": chat, "code": 429, "retry_after": 3, "count": 1});
        world.fault(fault).await?;
        let before = std::time::Instant::now();
        world.say(json!({"channel": "telegram", "from": chat, "name": chat, "text": KNOWN_QUESTION})).await?;
        let messages = world.wait_received(&chat, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        assert!(before.elapsed().as_secs_f32() >= 3.0, "{:?}", before.elapsed());
        Ok(())
    });
}

#[test]
fn a_chat_that_blocked_the_telegram_bot_is_shown_to_a_human() {
    in_shared_world(|world| async {
        let chat = new_number();
        world.fault(json!({"channel": "telegram", "to": chat, "code": 403})).await?;
        world.say(json!({"channel": "telegram", "from": chat, "name": chat, "text": KNOWN_QUESTION})).await?;
        failed_for_good(world, &chat).await
    });
}

#[test]
fn telegram_gives_no_evidence_so_a_dropped_connection_loses_nothing() {
    in_shared_world(|world| async {
        let chat = new_number();
        world.fault(json!({"channel": "telegram", "to": chat, "drop": true, "count": 1})).await?;
        world.say(json!({"channel": "telegram", "from": chat, "name": chat, "text": "Mensch"})).await?;
        world.wait_received(&chat, 1).await?;
        let thread = world.thread_of(&chat).await?;
        let id = thread["id"].as_str().unwrap_or_default().to_owned();
        eventually("the reply is sent", || async {
            let transcript = world.transcript(&id).await?;
            Ok((lines(&transcript)[1]["delivery"] == "sent").then_some(()))
        })
        .await
    });
}
