//! What may go out once the platform's window has closed, through the real worker. A message that is 25
//! hours old when it comes in closes the window at once.

use anyhow::Result;
use lotse_tests::{KNOWN_QUESTION, World, eventually, in_shared_world, lines, new_number, statuses, text_of};
use reqwest::StatusCode;
use serde_json::{Value, json};

const ADMIN: &str = "dev-admin-token";
const LONG_AGO_MILLIS: i64 = 25 * 60 * 60 * 1000;

fn unix_millis() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

/// A message that came in 25 hours late; returns its thread.
async fn wrote_long_ago(world: &World, number: &str) -> Result<Value> {
    let at = unix_millis() - LONG_AGO_MILLIS;
    let text = "Ist mein Antrag angekommen?";
    let said = world.say(json!({"channel": "whatsapp", "from": number, "text": text, "at": at})).await?;
    assert_eq!(statuses(&said), [200], "{said}");
    world.thread_of(number).await
}

async fn reply(world: &World, thread: &Value, text: &str) -> Result<(StatusCode, Value)> {
    world.command(ADMIN, thread, "reply", Some(json!({"text": text}))).await
}

/// The thread's draft, as its transcript shows it.
async fn draft(world: &World, thread: &Value) -> Result<Value> {
    let transcript = world.transcript(thread["id"].as_str().unwrap_or_default()).await?;
    Ok(transcript["thread"]["draft"].clone())
}

#[test]
fn after_the_window_closed_a_template_tells_of_the_reply_which_leaves_once_they_write() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = wrote_long_ago(world, &number).await?;
        let (status, answer) = reply(world, &thread, "Ja, seit gestern.").await?;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["draft"]["state"], "announced", "{answer}");

        let messages = world.wait_received(&number, 1).await?;
        let reference = thread["reference"].as_str().unwrap_or("?");
        assert_eq!(messages[0]["kind"], "template", "{messages:?}");
        assert_eq!(text_of(&messages[0]), format!("answer_waiting\n{reference}"));
        assert_eq!(draft(world, &thread).await?["text"], "Ja, seit gestern.");

        world.text(&number, "Ja bitte").await?;
        eventually("a draft that is ready", || async {
            Ok((draft(world, &thread).await?["state"] == "ready").then_some(()))
        })
        .await?;
        world.done(&thread, "reply", Some(json!({"text": "Ja, seit gestern."}))).await?;
        let messages = world.wait_received(&number, 2).await?;
        assert_eq!((&messages[1]["kind"], text_of(&messages[1])), (&json!("text"), "Ja, seit gestern."));
        assert_eq!(draft(world, &thread).await?, Value::Null);
        Ok(())
    });
}

#[test]
fn without_a_template_the_reply_is_refused_and_kept_as_a_draft() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = wrote_long_ago(world, &number).await?;
        // Nothing waits any more: what a human adds now would need the other template, which is not there.
        world.done(&thread, "resolve", None).await?;
        let (status, problem) = reply(world, &thread, "Noch etwas.").await?;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_eq!(problem["type"], "/problems/window-closed");
        let kept = draft(world, &thread).await?;
        assert_eq!((&kept["text"], &kept["reason"]), (&json!("Noch etwas."), &json!("window_closed")));

        // The next message to them is a reply to what they write now, so that the refused one never left.
        world.text(&number, "Mensch").await?;
        let messages = world.wait_received(&number, 1).await?;
        assert!(!text_of(&messages[0]).contains("Noch etwas"), "{messages:?}");
        assert_eq!(draft(world, &thread).await?["state"], "ready", "offered, and not sent");
        Ok(())
    });
}

#[test]
fn stop_is_kept_and_holds_a_reply_back() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        world.text(&number, "STOPP").await?;
        let messages = world.wait_received(&number, 2).await?;
        assert!(text_of(&messages[1]).contains("keine Nachrichten mehr"), "{messages:?}");
        let (status, problem) = reply(world, &thread, "Guten Tag").await?;
        assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/not-wanted")));

        let given = json!({"given": true, "how": "Am Telefon"});
        let recorded = world.done(&thread, "consent", Some(given)).await?;
        assert_eq!(recorded["consent"]["choice"], "given", "{recorded}");
        assert_eq!(recorded["consent"]["evidence"]["how"], "Am Telefon");
        world.done(&thread, "reply", Some(json!({"text": "Guten Tag"}))).await?;
        let messages = world.wait_received(&number, 3).await?;
        assert_eq!(text_of(&messages[2]), "Guten Tag");
        Ok(())
    });
}

#[test]
fn another_address_is_kept_on_the_thread_and_forgotten_on_request() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let to = json!({"channel": "telegram", "account": "main", "contact": "5000000001"});
        let linked = world.done(&thread, "link", Some(json!({"to": to}))).await?;
        assert_eq!((&linked["links"][0]["to"], &linked["links"][0]["recorded_by"]), (&to, &json!("admin")));
        let gone = json!({"to": {"channel": "telegram", "account": "gone", "contact": "5"}});
        let (status, problem) = world.command(ADMIN, &thread, "link", Some(gone)).await?;
        assert_eq!((status, &problem["type"]), (StatusCode::BAD_REQUEST, &json!("/problems/bad-request")));
        let unlinked = world.done(&thread, "unlink", Some(json!({"to": to}))).await?;
        assert_eq!(unlinked["links"], Value::Null, "{unlinked}");
        Ok(())
    });
}

/// A person who wrote on both channels; an agent links their Telegram chat to the WhatsApp thread, whose reply
/// fails for good in one way. Returns after it arrived at the chat.
async fn reply_takes_the_other_way(world: &World, failure: Value) -> Result<()> {
    let (number, chat) = (new_number(), new_number());
    world.say(json!({"channel": "telegram", "from": chat, "text": "Mensch"})).await?;
    world.wait_received(&chat, 1).await?;
    let thread = world.hand_over(&number).await?;
    let to = json!({"channel": "telegram", "account": "main", "contact": chat});
    world.done(&thread, "link", Some(json!({"to": to}))).await?;

    let mut fault = failure;
    fault["channel"] = "whatsapp".into();
    fault["to"] = number.as_str().into();
    world.fault(fault).await?;
    world.done(&thread, "reply", Some(json!({"text": "Ihr Befund ist da."}))).await?;
    let messages = world.wait_received(&chat, 2).await?;
    assert_eq!(text_of(&messages[1]), "Ihr Befund ist da.");

    let transcript = eventually("the failure before a human", || async {
        let transcript = world.transcript(thread["id"].as_str().unwrap_or_default()).await?;
        Ok((transcript["thread"]["reason"] == "delivery_failed").then_some(transcript))
    })
    .await?;
    let kinds: Vec<&str> =
        lines(&transcript).iter().filter_map(|line| line["body"]["kind"].as_str()).collect();
    assert!(kinds.contains(&"forwarded_to"), "{transcript}");
    // Whatever is repeated behind the scenes, the next message is the next one.
    world.say(json!({"channel": "telegram", "from": chat, "text": KNOWN_QUESTION})).await?;
    let messages = world.wait_received(&chat, 3).await?;
    assert_ne!(text_of(&messages[2]), "Ihr Befund ist da.");
    Ok(())
}

#[test]
fn a_reply_that_is_refused_for_good_arrives_once_at_the_other_address() {
    in_shared_world(|world| async {
        reply_takes_the_other_way(world, json!({"status": 400, "code": 131_026})).await
    });
}

#[test]
fn a_reply_that_is_reported_as_failed_later_arrives_once_at_the_other_address() {
    in_shared_world(|world| async {
        reply_takes_the_other_way(world, json!({"code": 131_026, "after": "status"})).await
    });
}
