//! Flows: from the first question to the fields on the desk. That an abandoned one comes before a human is tested with
//! the actor, where a day takes no time.

use anyhow::Result;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, eventually, in_own_world, in_shared_world, lines, new_number,
    statuses, text_of,
};
use serde_json::{Value, json};

const START: &str = "Ich möchte meine Symptome melden";

async fn say(world: &World, from: &str, what: Value) -> Result<()> {
    let mut what = what;
    (what["from"], what["channel"]) = (from.into(), "whatsapp".into());
    let said = world.say(what).await?;
    assert_eq!(statuses(&said), [200], "{said}");
    Ok(())
}

/// Says something and returns what the person reads then.
async fn asks(world: &World, number: &str, what: Value) -> Result<String> {
    let before = world.received(number).await?.len();
    say(world, number, what).await?;
    let messages = world.wait_received(number, before + 1).await?;
    Ok(text_of(&messages[before]).to_owned())
}

/// `id: value` of each field.
fn fields(thread: &Value) -> Vec<String> {
    let fields = thread["fields"].as_array().into_iter().flatten();
    let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    fields.map(|field| format!("{}: {}", word(&field["id"]), word(&field["value"]))).collect()
}

#[test]
fn a_flow_goes_from_the_first_question_to_fields_on_the_desk() {
    in_shared_world(|world| async {
        let number = new_number();
        let first = asks(world, &number, json!({"text": START})).await?;
        assert!(first.contains("5 kurze Fragen") && first.contains("116117"), "{first}");
        let refused = asks(world, &number, json!({"text": "neulich mal"})).await?;
        assert!(refused.contains("Frage 1 von 5"), "{refused}");
        let list = asks(world, &number, json!({"text": "01.11.2026"})).await?;
        assert!(list.contains("Frage 2 von 5"), "{list}");
        let buttons = asks(world, &number, json!({"button": {"id": "flow:symptoms:symptom:fever"}})).await?;
        assert!(buttons.contains("Frage 3 von 5"), "{buttons}");
        asks(world, &number, json!({"button": {"id": "flow:symptoms:contact:no"}})).await?;
        let photo = asks(world, &number, json!({"text": "80331"})).await?;
        assert!(photo.contains("Foto") && photo.contains("weiter"), "{photo}");
        let end = asks(world, &number, json!({"media": {"kind": "image", "caption": "Selbsttest"}})).await?;

        let thread = world.thread_of(&number).await?;
        assert_eq!((&thread["reason"], &thread["state"]), (&json!("flow"), &json!("waiting")));
        assert!(end.contains(thread["reference"].as_str().unwrap_or("?")), "{end}");
        let expected =
            ["since: 2026-11-01", "symptom: Fieber", "contact: Nein", "place: 80331", "result: Selbsttest"];
        assert_eq!(fields(&thread), expected);
        assert!(thread["fields"][4]["media"][0]["id"].is_string(), "{thread}");
        let transcript = world.transcript_of(&number).await?;
        assert_eq!(fields(&transcript["thread"]), expected);
        // Seven messages each way.
        assert_eq!(lines(&transcript).len(), 14);
        Ok(())
    });
}

#[test]
fn an_emergency_and_a_human_are_within_reach_in_the_middle_of_a_flow() {
    in_shared_world(|world| async {
        let number = new_number();
        asks(world, &number, json!({"text": START})).await?;
        asks(world, &number, json!({"text": "01.11.2026"})).await?;
        let known = asks(world, &number, json!({"text": KNOWN_QUESTION})).await?;
        assert!(known.contains(KNOWN_ANSWER) && known.contains("Frage 2 von 5"), "{known}");
        let emergency = asks(world, &number, json!({"text": "Hilfe, mein Vater bekommt keine Luft"})).await?;
        assert!(emergency.contains("112"), "{emergency}");
        let thread = world.thread_of(&number).await?;
        assert_eq!(
            (&thread["urgent"], fields(&thread)),
            (&json!(true), vec!["since: 2026-11-01".to_owned()])
        );
        let next = asks(world, &number, json!({"text": "Husten"})).await?;
        assert!(next.contains("Frage 3 von 5"), "{next}");
        asks(world, &number, json!({"text": "Mensch"})).await?;
        eventually("what was given stands on the thread", || async {
            Ok((fields(&world.thread_of(&number).await?).len() == 2).then_some(()))
        })
        .await
    });
}

#[test]
fn a_flow_goes_on_after_the_runtime_was_killed() {
    in_own_world(
        |_| {},
        |mut world| async move {
            let number = new_number();
            asks(&world, &number, json!({"text": START})).await?;
            asks(&world, &number, json!({"text": "01.11.2026"})).await?;
            world.restart().await?;
            let next = asks(&world, &number, json!({"text": "2"})).await?;
            assert!(next.contains("Frage 3 von 5"), "{next}");
            Ok(())
        },
    );
}

#[test]
fn an_order_number_given_in_a_flow_finds_the_thread() {
    in_shared_world(|world| async {
        let number = new_number();
        asks(world, &number, json!({"text": START})).await?;
        for answer in ["01.11.2026", "Husten", "Ja", "26419"] {
            asks(world, &number, json!({"text": answer})).await?;
        }
        asks(world, &number, json!({"text": "weiter"})).await?;
        let found = world.thread_of(&number).await?;
        let (_, page) = world.api(reqwest::Method::GET, "/threads?search=26419", None).await?;
        let ids: Vec<&Value> =
            page["threads"].as_array().into_iter().flatten().map(|thread| &thread["id"]).collect();
        assert!(ids.contains(&&found["id"]), "{page}");
        Ok(())
    });
}
