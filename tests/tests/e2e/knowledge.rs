//! Leads change answers while lotse runs. Each test has a world of its own: a change there is a change for everybody.

use anyhow::{Context as _, Result};
use lotse_core::publishing::{HEAD_KEY, pack_key};
use lotse_runtime::Launch;
use lotse_tests::{
    Agent, KNOWN_ANSWER, KNOWN_QUESTION, World, eventually, in_own_world, inbound_texts, new_number, text_of,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const NEW_ANSWER: &str = "Testzelt am Marktplatz";

/// With bindings that can be taken away.
fn with_faults(launch: &mut Launch) {
    launch.faults = true;
}

/// Asks as somebody new, whom lotse has to answer from what is in effect now; returns what they read.
async fn ask(world: &World, question: &str) -> Result<Value> {
    let number = new_number();
    world.text(&number, question).await?;
    Ok(world.wait_received(&number, 1).await?.remove(0))
}

/// Asks until the answer says this: a change is in effect within a minute.
async fn wait_for_answer(world: &World, question: &str, says: &str) -> Result<Value> {
    eventually(&format!("\"{says}\" as the answer"), || async {
        let answer = ask(world, question).await?;
        Ok(text_of(&answer).contains(says).then_some(answer))
    })
    .await
}

async fn lead(world: &World, name: &str) -> Result<Agent> {
    world.agent(name, "lead").await
}

/// What is in effect: the version and the source.
async fn in_effect(world: &World) -> Result<(u64, String)> {
    let (status, knowledge) = world.api(Method::GET, "/knowledge", None).await?;
    assert_eq!(status, StatusCode::OK, "{knowledge}");
    let source = knowledge["source"].as_str().context("no source")?.to_owned();
    Ok((knowledge["version"].as_u64().context("no version")?, source))
}

/// The source with another answer to the known question.
async fn changed(world: &World) -> Result<String> {
    let (_, source) = in_effect(world).await?;
    assert!(source.contains(KNOWN_ANSWER));
    Ok(source.replace(KNOWN_ANSWER, NEW_ANSWER))
}

async fn publish(world: &World, lead: &Agent, source: &str, based_on: u64) -> Result<(StatusCode, Value)> {
    let body = json!({"source": source, "based_on": based_on, "note": "neuer Ort"});
    world.api_as(&lead.token, Method::POST, "/knowledge", Some(body)).await
}

#[test]
fn a_published_answer_is_given_at_once_and_an_older_one_comes_back() {
    in_own_world(
        |_| {},
        |world| async move {
            let mia = lead(&world, "Mia Sommer").await?;
            assert!(text_of(&ask(&world, KNOWN_QUESTION).await?).contains(KNOWN_ANSWER));
            let source = changed(&world).await?;

            let tried = json!({"text": KNOWN_QUESTION, "source": source});
            let (status, preview) = world.api(Method::POST, "/knowledge/preview", Some(tried)).await?;
            assert_eq!((status, &preview["now"]["verdict"]), (StatusCode::OK, &json!("answer")), "{preview}");
            let reads = |when: &str| preview[when]["reads"][0].as_str().unwrap_or_default().to_owned();
            assert!(reads("now").contains(KNOWN_ANSWER) && reads("after").contains(NEW_ANSWER), "{preview}");

            let (status, published) = publish(&world, &mia, &source, 0).await?;
            assert_eq!(status, StatusCode::CREATED, "{published}");
            assert_eq!((&published["version"], &published["on_its_way"]), (&json!(1), &json!(false)));
            wait_for_answer(&world, KNOWN_QUESTION, NEW_ANSWER).await?;
            assert_eq!(in_effect(&world).await?, (1, source), "the source is kept as it came");

            let back = json!({"to": 0, "based_on": 1});
            let (status, published) =
                world.api_as(&mia.token, Method::POST, "/knowledge/rollback", Some(back)).await?;
            assert_eq!((status, &published["brings_back"]), (StatusCode::CREATED, &json!(0)), "{published}");
            wait_for_answer(&world, KNOWN_QUESTION, KNOWN_ANSWER).await?;

            let (_, history) = world.api(Method::GET, "/knowledge/versions", None).await?;
            let told = |index: usize| {
                let version = &history["versions"][index];
                (version["version"].clone(), version["author"].clone(), version["note"].clone())
            };
            assert_eq!(told(0), (json!(2), json!("Mia Sommer"), Value::Null), "{history}");
            assert_eq!(told(1), (json!(1), json!("Mia Sommer"), json!("neuer Ort")), "{history}");
            assert_eq!(told(2), (json!(0), Value::Null, Value::Null), "{history}");
            let (_, first) = world.api(Method::GET, "/knowledge/versions/1", None).await?;
            assert!(first["source"].as_str().is_some_and(|source| source.contains(NEW_ANSWER)), "{first}");
            let (status, _) = world.api(Method::GET, "/knowledge/versions/9", None).await?;
            assert_eq!(status, StatusCode::NOT_FOUND);
            Ok(())
        },
    );
}

#[test]
fn of_two_leads_who_change_the_same_version_exactly_one_wins_and_the_other_is_told() {
    in_own_world(
        |_| {},
        |world| async move {
            let leads = [lead(&world, "Mia Sommer").await?, lead(&world, "Ali Kaya").await?];
            let source = changed(&world).await?;
            let theirs = source.replace(NEW_ANSWER, "Testbus am Hafen");
            let (one, other) =
                tokio::join!(publish(&world, &leads[0], &source, 0), publish(&world, &leads[1], &theirs, 0));
            let outcomes = [one?, other?];
            let winner = outcomes.iter().position(|(status, _)| *status == StatusCode::CREATED);
            let winner = winner.context("nobody won")?;
            let (status, problem) = &outcomes[1 - winner];
            assert_eq!(*status, StatusCode::CONFLICT, "{problem}");
            assert_eq!(problem["type"], "/problems/knowledge-moved-on");
            assert_eq!(problem["current"]["version"], 1, "{problem}");
            let name = ["Mia Sommer", "Ali Kaya"][winner];
            assert_eq!(problem["current"]["author"], name, "{problem}");
            assert_eq!(in_effect(&world).await?, (1, [source, theirs.clone()][winner].clone()));

            let (status, _) = publish(&world, &leads[1 - winner], &theirs, 1).await?;
            assert_eq!(status, StatusCode::CREATED, "based on what is in effect it is taken");
            wait_for_answer(&world, KNOWN_QUESTION, "Testbus am Hafen").await.map(drop)
        },
    );
}

#[test]
fn a_pack_with_errors_is_refused_with_line_and_entry_and_the_one_in_effect_stays() {
    in_own_world(
        |_| {},
        |world| async move {
            let mia = lead(&world, "Mia Sommer").await?;
            let (_, source) = in_effect(&world).await?;
            let line_of = |text: &str| source[..source.find(text).unwrap_or_default()].lines().count();
            // The entry begins one line above its id.
            let status_entry = line_of("id = \"situation\"");
            let sourceless =
                source.replacen("source = \"https://www.musterstadt.example/gesundheitsamt/lage\"\n", "", 1);
            assert_ne!(sourceless, source);
            let rows = [
                ("a status without source", sourceless, "situation", status_entry, "needs as_of and source"),
                (
                    "another organisation",
                    source.replace("id = \"gesundheitsamt\"", "id = \"shop\""),
                    "",
                    1,
                    "shop",
                ),
                (
                    "a field that is none",
                    source.replacen("id = \"test-where\"", "id = \"test-where\"\nfoo = 1", 1),
                    "test-where",
                    line_of("id = \"test-where\"") + 2,
                    "unknown field",
                ),
                ("no pack at all", "Guten Tag".to_owned(), "", 1, ""),
            ];
            for (name, broken, entry, line, reason) in rows {
                let (status, problem) = publish(&world, &mia, &broken, 0).await?;
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {problem}");
                assert_eq!(problem["type"], "/problems/knowledge-broken");
                let draft = json!({"source": broken});
                let (status, report) = world.api(Method::POST, "/knowledge/lint", Some(draft)).await?;
                assert_eq!((status, &report["publishable"]), (StatusCode::OK, &json!(false)), "{name}");
                assert_eq!(report["findings"], problem["findings"], "{name}");
                let findings = problem["findings"].as_array().cloned().unwrap_or_default();
                let is_it = |finding: &Value| {
                    finding["severity"] == "error"
                        && finding["entry"] == entry
                        && finding["line"] == line
                        && finding["reason"].as_str().is_some_and(|words| words.contains(reason))
                };
                assert!(findings.iter().any(is_it), "{name}: line {line} of {entry:?} in {problem}");
            }
            assert_eq!(in_effect(&world).await?, (0, source));
            assert!(text_of(&ask(&world, KNOWN_QUESTION).await?).contains(KNOWN_ANSWER));
            Ok(())
        },
    );
}

#[test]
fn agents_read_what_is_in_effect_and_leads_change_it() {
    in_own_world(
        |_| {},
        |world| async move {
            let agent = world.agent("Hotline 1", "agent").await?;
            for path in ["/knowledge", "/knowledge/versions", "/knowledge/versions/0"] {
                let (status, _) = world.api_as(&agent.token, Method::GET, path, None).await?;
                assert_eq!(status, StatusCode::OK, "{path}");
            }
            let changes = [
                ("/knowledge", json!({"source": "", "based_on": 0})),
                ("/knowledge/lint", json!({"source": ""})),
                ("/knowledge/preview", json!({"text": "Hallo"})),
                ("/knowledge/rollback", json!({"to": 0, "based_on": 0})),
                ("/knowledge/crisis", json!({"on": true})),
            ];
            for (path, body) in changes {
                let (status, problem) = world.api_as(&agent.token, Method::POST, path, Some(body)).await?;
                assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {problem}");
            }
            let mia = lead(&world, "Mia Sommer").await?;
            let long = json!({"on": true, "note": "x".repeat(201)});
            let (status, _) = world.api_as(&mia.token, Method::POST, "/knowledge/crisis", Some(long)).await?;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            let back = json!({"to": 9, "based_on": 0});
            let (status, _) =
                world.api_as(&mia.token, Method::POST, "/knowledge/rollback", Some(back)).await?;
            assert_eq!(status, StatusCode::NOT_FOUND);
            Ok(())
        },
    );
}

#[test]
fn the_crisis_switch_changes_the_greeting_and_back_without_a_new_version() {
    in_own_world(
        |_| {},
        |world| async move {
            let mia = lead(&world, "Mia Sommer").await?;
            let crisis = "Wegen der aktuellen Lage";
            let turn = async |on: bool| {
                let body = json!({"on": on, "note": "Pressekonferenz"});
                world.api_as(&mia.token, Method::POST, "/knowledge/crisis", Some(body)).await
            };
            let usual = ask(&world, "Hallo").await?;
            assert!(!text_of(&usual).contains(crisis), "{usual}");

            let (status, turned) = turn(true).await?;
            assert_eq!((status, &turned["on"]), (StatusCode::OK, &json!(true)), "{turned}");
            let greeting = wait_for_answer(&world, "Hallo", crisis).await?;
            for part in ["Chatbot", "112", "Aktuelle Lage"] {
                assert!(greeting.to_string().contains(part), "{part}: {greeting}");
            }
            // A press on a button of the greeting is answered like any other.
            let number = new_number();
            world.text(&number, "Hallo").await?;
            world.wait_received(&number, 1).await?;
            world.text(&number, "Aktuelle Lage").await?;
            assert!(text_of(&world.wait_received(&number, 2).await?[1]).contains("musterstadt.example/lage"));

            turn(false).await?;
            let again = eventually("the usual greeting", || async {
                let greeting = ask(&world, "Hallo").await?;
                Ok((!text_of(&greeting).contains(crisis)).then_some(greeting))
            })
            .await?;
            assert_eq!(text_of(&again), text_of(&usual));
            let (_, history) = world.api(Method::GET, "/knowledge/versions", None).await?;
            assert_eq!(history["versions"].as_array().map(Vec::len), Some(1), "{history}");
            let turns: Vec<_> = history["crisis"].as_array().into_iter().flatten().collect();
            let told =
                turns.iter().map(|turn| (&turn["on"], &turn["author"], &turn["note"])).collect::<Vec<_>>();
            let (name, note) = (json!("Mia Sommer"), json!("Pressekonferenz"));
            assert_eq!(told, [(&json!(false), &name, &note), (&json!(true), &name, &note)]);
            Ok(())
        },
    );
}

#[test]
fn while_kv_is_away_people_are_answered_and_a_change_is_kept_and_follows() {
    in_own_world(with_faults, |world| async move {
        let mia = lead(&world, "Mia Sommer").await?;
        let source = changed(&world).await?;
        world.away(json!({"STORE": {}})).await?;
        let (status, published) = publish(&world, &mia, &source, 0).await?;
        assert_eq!((status, &published["on_its_way"]), (StatusCode::CREATED, &json!(true)), "{published}");
        assert!(text_of(&ask(&world, KNOWN_QUESTION).await?).contains(KNOWN_ANSWER));
        assert_eq!(health(&world).await?["knowledge"]["version"], 0);
        assert_eq!(in_effect(&world).await?.0, 1, "it is kept");
        world.away(json!({})).await?;
        wait_for_answer(&world, KNOWN_QUESTION, NEW_ANSWER).await?;
        eventually("the record knows", || async {
            let (_, knowledge) = world.api(Method::GET, "/knowledge", None).await?;
            Ok((knowledge["on_its_way"] == false).then_some(()))
        })
        .await
    });
}

async fn health(world: &World) -> Result<Value> {
    Ok(world.client.get(format!("{}/healthz", world.worker.url())).send().await?.json().await?)
}

#[test]
fn damaged_bytes_leave_the_texts_that_came_with_the_program_until_they_are_mended() {
    in_own_world(with_faults, |mut world| async move {
        let mia = lead(&world, "Mia Sommer").await?;
        let (status, _) = publish(&world, &mia, &changed(&world).await?, 0).await?;
        assert_eq!(status, StatusCode::CREATED);
        world.put_into_kv(&pack_key(1), "lotse-k and then nothing of use").await?;

        // A machine that begins while the record cannot be asked.
        world.worker.restart_with(|launch| launch.omit = vec!["KNOWLEDGE".into()]).await?;
        assert!(text_of(&ask(&world, KNOWN_QUESTION).await?).contains(KNOWN_ANSWER));
        let standing = health(&world).await?["knowledge"].clone();
        assert_eq!(standing["version"], 0, "{standing}");
        assert!(standing["problem"].as_str().is_some_and(|words| words.contains("damaged")), "{standing}");
        assert!(world.worker.log().contains("event=knowledge_not_taken reason=unreadable"));

        world.worker.restart_with(|launch| launch.omit.clear()).await?;
        wait_for_answer(&world, KNOWN_QUESTION, NEW_ANSWER).await?;
        assert_eq!(health(&world).await?["status"], "ok");
        Ok(())
    });
}

#[test]
fn a_change_that_was_made_elsewhere_is_in_effect_within_a_minute() {
    in_own_world(with_faults, |world| async move {
        assert!(!text_of(&ask(&world, "Hallo").await?).contains("aktuellen Lage"));
        world.put_into_kv(HEAD_KEY, r#"{"version":0,"crisis":true}"#).await?;
        wait_for_answer(&world, "Hallo", "aktuellen Lage").await?;
        let standing = health(&world).await?["knowledge"].clone();
        assert_eq!((&standing["crisis"], &standing["problem"]), (&json!(true), &Value::Null), "{standing}");
        Ok(())
    });
}

#[test]
fn while_the_record_is_away_people_are_answered_from_what_was_published() {
    in_own_world(with_faults, |world| async move {
        let mia = lead(&world, "Mia Sommer").await?;
        publish(&world, &mia, &changed(&world).await?, 0).await?;
        world.away(json!({"KNOWLEDGE": {}})).await?;
        wait_for_answer(&world, KNOWN_QUESTION, NEW_ANSWER).await?;
        let (status, _) = world.api(Method::GET, "/knowledge", None).await?;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        Ok(())
    });
}

#[test]
fn a_message_that_waits_for_the_look_is_not_overtaken() {
    in_own_world(with_faults, |world| async move {
        let mia = lead(&world, "Mia Sommer").await?;
        let number = new_number();
        world.text(&number, "Hallo").await?;
        world.wait_received(&number, 1).await?;
        let (status, _) = publish(&world, &mia, &changed(&world).await?, 0).await?;
        assert_eq!(status, StatusCode::CREATED);
        // Whoever asks first now looks, and that takes its time.
        world.away(json!({"STORE": {"delay": 400}})).await?;
        let second = async {
            eventually("somebody looks", || async { Ok((world.refused("STORE").await? >= 1).then_some(())) })
                .await?;
            world.text(&number, "Mensch").await
        };
        let (first, second) = tokio::join!(world.text(&number, KNOWN_QUESTION), second);
        first?;
        second?;
        let messages = world.wait_received(&number, 3).await?;
        assert!(text_of(&messages[1]).contains(NEW_ANSWER), "the first one waited: {messages:?}");
        let thread = world.thread_of(&number).await?;
        let transcript = world.transcript(thread["id"].as_str().unwrap_or_default()).await?;
        assert_eq!(inbound_texts(&transcript), ["Hallo", KNOWN_QUESTION, "Mensch"]);
        Ok(())
    });
}
