//! What lotse could not answer well comes before leads, and what they make of it answers the next who asks.

use anyhow::{Context as _, Result};
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, eventually, in_own_world, in_shared_world, new_number, statuses,
    text_of,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Three ways to ask what the pack does not know, one of them with data of a person.
const UNKNOWN: [&str; 3] = [
    "Wann kommt die Müllabfuhr?",
    "Kommt die Müllabfuhr heute? Ich heiße Anna Schmidt, 0151 23456789",
    "wann kommt denn die muellabfuhr",
];

/// A known question whose answer has room for two more buttons.
const ROOMY_QUESTION: &str = "Was kostet der Test?";

async fn press(world: &World, number: &str, button: &Value) -> Result<()> {
    let said = world.say(json!({"channel": "whatsapp", "from": number, "button": button})).await?;
    assert_eq!(statuses(&said), [200], "{said}");
    Ok(())
}

/// The button of a message whose id begins so.
fn button(message: &Value, id: &str) -> Value {
    let buttons = message["buttons"].as_array().cloned().unwrap_or_default();
    let found =
        buttons.iter().find(|button| button["id"].as_str().is_some_and(|known| known.starts_with(id)));
    found.cloned().unwrap_or_default()
}

async fn groups(world: &World, query: &str) -> Result<Vec<Value>> {
    let (status, page) = world.api(Method::GET, &format!("/knowledge/questions?{query}"), None).await?;
    assert_eq!(status, StatusCode::OK, "{page}");
    Ok(page["groups"].as_array().cloned().unwrap_or_default())
}

/// The group with such an example, once it holds so many questions.
async fn group(world: &World, part: &str, count: u64) -> Result<Value> {
    eventually(&format!("{count} questions about {part}"), || async {
        let has_part = |group: &Value| group["examples"].to_string().contains(part);
        let found = groups(world, "").await?.into_iter().find(|group| has_part(group));
        Ok(found.filter(|group| group["count"] == count))
    })
    .await
}

#[test]
fn a_no_below_an_answer_offers_a_human_and_comes_before_the_leads() {
    in_shared_world(|world| async {
        let number = new_number();
        world.text(&number, ROOMY_QUESTION).await?;
        let answer = world.wait_received(&number, 1).await?.remove(0);
        assert!(text_of(&answer).ends_with("Hat das geholfen?"), "{answer}");
        assert_eq!(button(&answer, "yes:")["title"], "👍 Ja", "{answer}");

        press(world, &number, &button(&answer, "no:")).await?;
        let messages = world.wait_received(&number, 2).await?;
        assert!(text_of(&messages[1]).contains("anderen Worten"), "{messages:?}");
        assert_eq!(button(&messages[1], "human")["title"], "Ein Mensch");
        let found = eventually("the question", || async {
            let groups = groups(world, "cause=not_helped&language=de").await?;
            Ok(groups.into_iter().find(|group| group["examples"][0] == ROOMY_QUESTION))
        })
        .await?;
        assert_eq!(found["answered_by"], "test-cost", "{found}");

        // A yes is noted and costs nothing: the next message answers the next question.
        let other = new_number();
        world.text(&other, ROOMY_QUESTION).await?;
        let answer = world.wait_received(&other, 1).await?.remove(0);
        press(world, &other, &button(&answer, "yes:")).await?;
        world.text(&other, KNOWN_QUESTION).await?;
        let messages = world.wait_received(&other, 2).await?;
        assert!(text_of(&messages[1]).contains(KNOWN_ANSWER), "{messages:?}");
        eventually("both replies", || async {
            let (_, replies) = world.api(Method::GET, "/knowledge/replies", None).await?;
            let of_entry = |reply: &&Value| reply["entry"] == "test-cost";
            let replies = replies.as_array().and_then(|all| all.iter().find(of_entry)).cloned();
            let both = |it: &Value| it["helped"].as_u64() >= Some(1) && it["not_helped"].as_u64() >= Some(1);
            Ok(replies.filter(both))
        })
        .await?;
        Ok(())
    });
}

#[test]
fn like_questions_form_a_group_without_personal_data_and_become_an_answer() {
    in_own_world(
        |_| {},
        |world| async move {
            for question in UNKNOWN {
                let number = new_number();
                world.text(&number, question).await?;
                world.wait_received(&number, 1).await?;
            }
            let found = group(&world, "Müllabfuhr", 3).await?;
            assert_eq!(
                (&found["unanswered"], &found["suggestion"]["type"]),
                (&json!(3), &json!("new_entry"))
            );
            let shown = found.to_string();
            assert!(
                shown.contains("Ich heiße …") && !shown.contains("Schmidt") && !shown.contains("0151"),
                "{shown}"
            );

            // As an entry of its own.
            let path = format!("/knowledge/questions/{}", found["id"].as_str().context("no id")?);
            let title = json!({"de": "Müllabfuhr"});
            let answer = json!({"de": "Die Müllabfuhr kommt dienstags."});
            let phrasings =
                json!({"de": [UNKNOWN[0], UNKNOWN[2], "Müllabfuhr", "Wann wird der Müll abgeholt?"]});
            let entry = json!({"id": "garbage", "kind": "faq", "title": title, "answer": answer,
                "phrasings": phrasings});
            let stale = json!({"entry": entry, "based_on": 7});
            let (status, problem) = world.api(Method::POST, &format!("{path}/entry"), Some(stale)).await?;
            assert_eq!(
                (status, &problem["type"]),
                (StatusCode::CONFLICT, &json!("/problems/knowledge-moved-on"))
            );
            let body = json!({"entry": entry, "based_on": 0});
            let (status, published) = world.api(Method::POST, &format!("{path}/entry"), Some(body)).await?;
            assert_eq!((status, &published["version"]), (StatusCode::CREATED, &json!(1)), "{published}");
            assert!(groups(&world, "").await?.iter().all(|group| group["id"] != found["id"]));
            answers(&world, UNKNOWN[0], "dienstags").await?;

            // As a phrasing of an entry that is there.
            let unheard = "Verleiht ihr Schlittschuhe?";
            let number = new_number();
            world.text(&number, unheard).await?;
            world.wait_received(&number, 1).await?;
            let found = group(&world, "Schlittschuhe", 1).await?;
            let path = format!("/knowledge/questions/{}", found["id"].as_str().context("no id")?);
            let wrong = json!({"entry": "no-such", "language": "de", "text": unheard, "based_on": 1});
            let (status, _) = world.api(Method::POST, &format!("{path}/phrasing"), Some(wrong)).await?;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            let body = json!({"entry": "test-where", "language": "de", "text": unheard, "based_on": 1});
            let (status, published) =
                world.api(Method::POST, &format!("{path}/phrasing"), Some(body.clone())).await?;
            assert_eq!((status, &published["version"]), (StatusCode::CREATED, &json!(2)), "{published}");
            answers(&world, unheard, KNOWN_ANSWER).await?;
            let (status, _) = world.api(Method::POST, &format!("{path}/phrasing"), Some(body)).await?;
            assert_eq!(status, StatusCode::NOT_FOUND, "dealt with");
            Ok(())
        },
    );
}

/// Waits until somebody who asks this reads that: a change is in effect within a minute.
async fn answers(world: &World, question: &str, says: &str) -> Result<()> {
    eventually(&format!("\"{says}\" as the answer"), || async {
        let number = new_number();
        world.text(&number, question).await?;
        let messages = world.wait_received(&number, 1).await?;
        Ok(text_of(&messages[0]).contains(says).then_some(()))
    })
    .await
}

#[test]
fn an_ignored_group_stays_away_and_only_leads_see_any() {
    in_shared_world(|world| async move {
        let ask = |question: &'static str| async move {
            let number = new_number();
            world.text(&number, question).await?;
            world.wait_received(&number, 1).await
        };
        ask("Darf mein Papagei ins Planetarium?").await?;
        let found = group(world, "Papagei", 1).await?;
        let path = format!("/knowledge/questions/{}/ignore", found["id"].as_str().context("no id")?);

        let agent = world.agent("Mia", "agent").await?.token;
        for (method, path) in [
            (Method::GET, "/knowledge/questions"),
            (Method::GET, "/knowledge/replies"),
            (Method::GET, "/knowledge/confusions"),
            (Method::POST, path.as_str()),
        ] {
            let (status, _) = world.api_as(&agent, method, path, None).await?;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
        let lead = world.agent("Ali", "lead").await?.token;
        let (status, _) = world.api_as(&lead, Method::POST, &path, None).await?;
        assert_eq!(status, StatusCode::NO_CONTENT);

        // Another question that comes after it is there, and the ignored one is not.
        ask("Darf der Papagei mit ins Planetarium?").await?;
        ask("Verleiht ihr Schlittschuhe?").await?;
        group(world, "Schlittschuhe", 1).await?;
        let all = groups(world, "limit=200").await?;
        assert!(!json!(all).to_string().contains("Papagei"));
        let (status, _) = world.api_as(&lead, Method::POST, &path, None).await?;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, problem) = world.api(Method::GET, "/knowledge/questions?cause=bad", None).await?;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        Ok(())
    });
}

#[test]
fn leads_read_what_the_pack_confuses() {
    in_shared_world(|world| async {
        let (status, report) = world.api(Method::GET, "/knowledge/confusions", None).await?;
        assert_eq!(status, StatusCode::OK, "{report}");
        assert!(report["asked"].as_u64().is_some_and(|asked| asked > 100), "{report}");
        let phrasings = report["phrasings"].as_array().context("no phrasings")?;
        assert!(phrasings.iter().all(|confused| confused["entry"] != confused["taken_for"]));
        Ok(())
    });
}
