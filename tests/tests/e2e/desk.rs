//! What agents see and do.

use anyhow::Result;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, eventually, in_own_world, in_shared_world, lines, new_number,
    statuses, text_of,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const ADMIN: &str = "dev-admin-token";

/// The path of a problem document's kind.
fn kind(problem: &Value) -> &str {
    problem["type"].as_str().unwrap_or_default()
}

/// The people of a page, by the name they show.
fn names(page: &Value) -> Vec<&str> {
    let threads = page["threads"].as_array().map(Vec::as_slice).unwrap_or_default();
    threads.iter().filter_map(|thread| thread["contact"]["name"].as_str()).collect()
}

async fn list(world: &World, query: &str) -> Result<Value> {
    let (status, page) = world.api(Method::GET, &format!("/threads?{query}"), None).await?;
    assert_eq!(status, StatusCode::OK, "{page}");
    Ok(page)
}

#[test]
fn the_list_has_the_urgent_first_then_who_waits_longest_and_can_be_filtered_and_paged() {
    in_own_world(
        |_| {},
        |world| async move {
            let now = i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_millis())?;
            let people = [
                ("Berta", "whatsapp", "Mensch", 40_000),
                ("Anton", "whatsapp", "Mensch", 60_000),
                ("Clara", "telegram", "Mensch", 20_000),
                ("Dora", "whatsapp", "Hilfe, mein Vater bekommt keine Luft", 10_000),
                ("Emil", "whatsapp", "Mensch", 5_000),
            ];
            for (name, channel, text, ago) in people {
                let say = json!({"channel": channel, "from": new_number(), "name": name, "text": text,
                    "at": now - ago});
                world.say(say).await?;
            }
            eventually("five threads", || async {
                Ok((list(&world, "").await?["threads"].as_array().map(Vec::len) == Some(5)).then_some(()))
            })
            .await?;

            let all = list(&world, "").await?;
            assert_eq!(names(&all), ["Dora", "Anton", "Berta", "Clara", "Emil"]);
            assert_eq!((&all["waiting"], &all["threads"][0]["urgent"]), (&json!(5), &json!(true)));
            assert_eq!(all["next"], Value::Null);

            let anton = &all["threads"][1];
            world.done(anton, "claim", None).await?;
            let emil = &all["threads"][4];
            world.done(emil, "resolve", None).await?;
            let reference = all["threads"][2]["reference"].as_str().unwrap_or_default().to_lowercase();
            for (query, expected) in [
                ("state=waiting", vec!["Dora", "Berta", "Clara"]),
                ("state=claimed", vec!["Anton"]),
                ("state=resolved", vec!["Emil"]),
                ("", vec!["Dora", "Anton", "Berta", "Clara"]),
                ("assignee=admin", vec!["Anton"]),
                ("assignee=Mia", vec![]),
                ("channel=telegram", vec!["Clara"]),
                ("team=hotline&channel=whatsapp", vec!["Dora", "Anton", "Berta"]),
                ("team=other", vec![]),
                ("search=bErT", vec!["Berta"]),
                ("search=keine%20Luft", vec!["Dora"]),
                (&format!("search={reference}"), vec!["Berta"]),
            ] {
                assert_eq!(names(&list(&world, query).await?), expected, "{query}");
            }

            let mut seen = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = list(&world, &format!("limit=3&after={cursor}")).await?;
                seen.push(names(&page).iter().map(ToString::to_string).collect::<Vec<_>>());
                match page["next"].as_str() {
                    Some(next) => next.clone_into(&mut cursor),
                    None => break,
                }
            }
            assert_eq!(seen, [vec!["Dora", "Anton", "Berta"], vec!["Clara"]]);
            Ok(())
        },
    );
}

#[test]
fn of_two_who_claim_at_once_one_gets_the_thread() {
    in_shared_world(|world| async {
        let number = new_number();
        let jana = world.agent("Jana", "agent").await?.token;
        let ben = world.agent("Ben", "agent").await?.token;
        let thread = world.hand_over(&number).await?;
        let (first, second) = tokio::join!(
            world.command(&jana, &thread, "claim", None),
            world.command(&ben, &thread, "claim", None)
        );
        let (mut won, mut lost): (Vec<_>, Vec<_>) =
            [("Jana", first?), ("Ben", second?)].into_iter().partition(|(_, (status, _))| *status == 200);
        let ((winner, (_, claimed)), (_, (status, problem))) = (won.remove(0), lost.remove(0));
        assert_eq!((&claimed["state"], &claimed["assignee"]), (&json!("claimed"), &json!(winner)));
        assert_eq!((status.as_u16(), kind(&problem)), (409, "/problems/claimed-by-other"));
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(winner)), "{problem}");

        // Who has it may say so again; everybody else is kept out until it is given back.
        let (winner, loser) = if winner == "Jana" { (&jana, &ben) } else { (&ben, &jana) };
        assert_eq!(world.command(winner, &thread, "claim", None).await?.0, 200);
        for (verb, body) in
            [("reply", Some(json!({"text": "Guten Tag"}))), ("resolve", None), ("release", None)]
        {
            let (status, problem) = world.command(loser, &thread, verb, body).await?;
            assert_eq!((status.as_u16(), kind(&problem)), (409, "/problems/claimed-by-other"), "{verb}");
        }
        let (status, released) = world.command(winner, &thread, "release", None).await?;
        assert_eq!((status.as_u16(), &released["state"]), (200, &json!("waiting")));
        assert_eq!(world.command(loser, &thread, "claim", None).await?.0, 200);
        assert_eq!(world.received(&number).await?.len(), 1, "only the acknowledgement");
        Ok(())
    });
}

#[test]
fn a_reply_to_a_thread_that_moved_on_is_refused_and_not_sent() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let claimed = world.done(&thread, "claim", None).await?;
        world.text(&number, "Ach so, noch etwas.").await?;
        let draft = json!({"text": "Zu früh", "last_seen_seq": claimed["last_seq"]});
        let (status, problem) = world.command(ADMIN, &thread, "reply", Some(draft)).await?;
        assert_eq!((status.as_u16(), kind(&problem)), (409, "/problems/thread-moved-on"));

        let transcript = world.transcript_of(&number).await?;
        let seen = json!({"text": "Jetzt passt es", "last_seen_seq": transcript["thread"]["last_seq"]});
        let replied = world.done(&thread, "reply", Some(seen)).await?;
        assert_eq!(replied["waiting_since"], Value::Null);
        let messages = world.wait_received(&number, 2).await?;
        assert_eq!(text_of(&messages[1]), "Jetzt passt es");
        let transcript = world.transcript_of(&number).await?;
        assert!(!transcript.to_string().contains("Zu früh"), "{transcript}");
        Ok(())
    });
}

#[test]
fn a_reply_to_words_that_were_changed_or_taken_back_meanwhile_is_refused_and_not_sent() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let said = world.text(&number, "Ich habe kein Fieber").await?;
        let message = &said["message_ids"][0];
        let written = world.transcript_of(&number).await?["thread"]["last_seq"].clone();
        let changes = [
            ("edited", "edit", json!({"message_id": message, "text": "Ich habe hohes Fieber"})),
            ("revoked", "revoke", json!({"message_id": message})),
        ];
        for (name, change, what) in changes {
            let seen = world.transcript_of(&number).await?["thread"]["last_seq"].clone();
            let said = world.say(json!({"channel": "whatsapp", "from": number, change: what})).await?;
            assert_eq!(statuses(&said), [200], "{name}");
            let draft = json!({"text": "Zu früh", "last_seen_seq": seen});
            let (status, problem) = world.command(ADMIN, &thread, "reply", Some(draft)).await?;
            assert_eq!((status.as_u16(), kind(&problem)), (409, "/problems/thread-moved-on"), "{name}");
            let transcript = world.transcript_of(&number).await?;
            let news = lines(&transcript).last().map(|line| &line["body"]);
            assert_eq!(news, Some(&json!({"kind": name, "line": written})), "{transcript}");
        }

        // Whoever takes the number from the last line, as a client may, has seen it all.
        let transcript = world.transcript_of(&number).await?;
        let seen = lines(&transcript).last().map(|line| line["seq"].clone());
        let reply = json!({"text": "Jetzt passt es", "last_seen_seq": seen});
        world.done(&thread, "reply", Some(reply)).await?;
        let messages = world.wait_received(&number, 2).await?;
        assert_eq!(text_of(&messages[1]), "Jetzt passt es");
        Ok(())
    });
}

#[test]
fn a_note_never_leaves_the_desk() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        world.done(&thread, "note", Some(json!({"text": "Ruft oft an"}))).await?;
        world.done(&thread, "reply", Some(json!({"text": "Guten Tag"}))).await?;
        let messages = world.wait_received(&number, 2).await?;
        assert_eq!(text_of(&messages[1]), "Guten Tag");
        let transcript = world.transcript_of(&number).await?;
        let note = lines(&transcript).iter().find(|line| line["body"]["kind"] == "note");
        assert_eq!(note.map(|line| &line["body"]["text"]), Some(&json!("Ruft oft an")));
        Ok(())
    });
}

#[test]
fn after_resolve_the_next_message_starts_anew_with_the_bot_and_a_thread_can_be_reopened() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        world.done(&thread, "reply", Some(json!({"text": "Erledigt."}))).await?;
        world.wait_received(&number, 2).await?;
        let resolved = world.done(&thread, "resolve", None).await?;
        assert_eq!(resolved["state"], "resolved");
        let (status, problem) = world.command(ADMIN, &thread, "claim", None).await?;
        assert_eq!((status.as_u16(), kind(&problem)), (409, "/problems/wrong-state"));

        world.text(&number, KNOWN_QUESTION).await?;
        let messages = world.wait_received(&number, 3).await?;
        assert!(text_of(&messages[2]).contains(KNOWN_ANSWER), "{messages:?}");
        assert_eq!(world.transcript_of(&number).await?["state"], "resolved", "the bot did it alone");

        let reopened = world.done(&thread, "reopen", None).await?;
        assert_eq!((&reopened["state"], &reopened["reason"]), (&json!("waiting"), &json!("reopened")));
        world.done(&thread, "resolve", None).await?;

        // A new matter gets a reference of its own and is acknowledged again.
        world.text(&number, "Mensch").await?;
        let messages = world.wait_received(&number, 4).await?;
        let anew = world.thread_of(&number).await?;
        assert_ne!(anew["reference"], thread["reference"]);
        assert!(text_of(&messages[3]).contains(anew["reference"].as_str().unwrap_or("?")), "{messages:?}");
        Ok(())
    });
}

async fn ticks(world: &World, message_id: &str) -> Result<Vec<Value>> {
    world.received_with(&[("kind", "status"), ("message_id", message_id)]).await
}

#[test]
fn a_message_is_marked_as_read_when_a_human_opens_it_or_the_bot_answered_it_and_not_before() {
    in_shared_world(|world| async {
        let number = new_number();
        let said = world.text(&number, "Mensch").await?;
        let message = said["message_ids"][0].as_str().unwrap_or_default().to_owned();
        world.wait_received(&number, 1).await?;
        let thread = world.thread_of(&number).await?;
        world.done(&thread, "claim", None).await?;
        world.done(&thread, "reply", Some(json!({"text": "Guten Tag"}))).await?;
        world.wait_received(&number, 2).await?;
        assert!(ticks(world, &message).await?.is_empty(), "nobody has opened it");
        world.done(&thread, "open", None).await?;
        let ticks_seen = eventually("a read tick", || async {
            let ticks = ticks(world, &message).await?;
            Ok((!ticks.is_empty()).then_some(ticks))
        })
        .await?;
        assert_eq!((ticks_seen.len(), &ticks_seen[0]["signal"]), (1, &json!("read")));

        let other = new_number();
        let said = world.text(&other, KNOWN_QUESTION).await?;
        let message = said["message_ids"][0].as_str().unwrap_or_default().to_owned();
        eventually("a read tick for what the bot answered", || async {
            Ok((ticks(world, &message).await?.len() == 1).then_some(()))
        })
        .await
    });
}

#[test]
fn every_error_is_a_problem_document() {
    in_shared_world(|world| async {
        let agent = world.agent("Emma", "agent").await?.token;
        let nowhere = "0".repeat(64);
        let thread = world.hand_over(&new_number()).await?;
        let id = thread["id"].as_str().unwrap_or_default();
        let long = json!({"text": "x".repeat(4_097)}).to_string();
        let huge = json!({"text": "x".repeat(70_000)}).to_string();
        let (get, post) = (Method::GET, Method::POST);
        for (name, token, method, path, body, status, kind) in [
            ("no token", None, &get, "/threads".to_owned(), None, 401, "unauthorized"),
            ("unknown token", Some("lotse_0"), &get, "/threads".into(), None, 401, "unauthorized"),
            ("empty token", Some(""), &get, "/threads".into(), None, 401, "unauthorized"),
            ("role", Some(agent.as_str()), &get, "/tokens".into(), None, 403, "forbidden"),
            ("path", Some(ADMIN), &get, "/pigeons".into(), None, 404, "not-found"),
            ("no path", Some(ADMIN), &get, String::new(), None, 404, "not-found"),
            ("path without a slash", Some(ADMIN), &get, "threads".into(), None, 404, "not-found"),
            ("method", Some(ADMIN), &Method::PUT, "/threads".into(), None, 405, "method-not-allowed"),
            ("parameter", Some(ADMIN), &get, "/threads?colour=red".into(), None, 400, "bad-request"),
            ("limit", Some(ADMIN), &get, "/threads?limit=0".into(), None, 400, "bad-request"),
            ("no such thread", Some(ADMIN), &get, format!("/threads/{nowhere}"), None, 404, "not-found"),
            ("no id", Some(ADMIN), &get, "/threads/abc".into(), None, 404, "not-found"),
            ("no such letter", Some(ADMIN), &get, "/dead-letters/abc".into(), None, 404, "not-found"),
            ("no JSON", Some(ADMIN), &post, format!("/threads/{id}/reply"), Some("{"), 400, "bad-request"),
            ("no body", Some(ADMIN), &post, format!("/threads/{id}/note"), None, 400, "bad-request"),
            (
                "unknown member",
                Some(ADMIN),
                &post,
                format!("/threads/{id}/note"),
                Some(r#"{"text":"a","to":"b"}"#),
                400,
                "bad-request",
            ),
            (
                "blank",
                Some(ADMIN),
                &post,
                format!("/threads/{id}/reply"),
                Some(r#"{"text":"  "}"#),
                400,
                "bad-request",
            ),
            ("too long", Some(ADMIN), &post, format!("/threads/{id}/reply"), Some(&long), 400, "bad-request"),
            (
                "far too long",
                Some(ADMIN),
                &post,
                format!("/threads/{id}/reply"),
                Some(&huge),
                400,
                "bad-request",
            ),
            (
                "role of a token",
                Some(ADMIN),
                &post,
                "/tokens".into(),
                Some(r#"{"name":"A","role":"king"}"#),
                400,
                "bad-request",
            ),
            (
                "name of a token",
                Some(ADMIN),
                &post,
                "/tokens".into(),
                Some(r#"{"name":" ","role":"agent"}"#),
                400,
                "bad-request",
            ),
        ] {
            let answer = world.api_raw(token, method.clone(), &path, body).await?;
            assert_eq!(
                (answer.status, answer.content_type.as_str()),
                (status, "application/problem+json"),
                "{name}: {}",
                answer.body
            );
            let problem: Value = serde_json::from_str(&answer.body)?;
            assert_eq!(problem["type"], format!("/problems/{kind}"), "{name}");
            assert_eq!(problem["status"], status, "{name}");
            for member in ["title", "detail"] {
                assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{name}: {problem}");
            }
        }
        Ok(())
    });
}
