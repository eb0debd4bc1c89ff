//! Operators see which accounts send, and hold back and release what leaves them.

use anyhow::Result;
use lotse_runtime::Launch;
use lotse_tests::{
    KNOWN_ANSWER, KNOWN_QUESTION, World, eventually, in_own_world, in_shared_world, new_number, text_of,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const PAUSE: &str = "/accounts/whatsapp/main/pause";
const RESUME: &str = "/accounts/whatsapp/main/resume";

/// Pauses the WhatsApp account; returns how it stands then.
async fn pause(world: &World) -> Result<Value> {
    let reason = json!({"reason": "The answer about testing is wrong."});
    let (status, account) = world.api(Method::POST, PAUSE, Some(reason)).await?;
    assert_eq!(status, StatusCode::OK, "{account}");
    Ok(account)
}

/// The WhatsApp account as the list has it.
async fn whatsapp(world: &World) -> Result<Value> {
    let (status, accounts) = world.api(Method::GET, "/accounts", None).await?;
    assert_eq!(status, StatusCode::OK, "{accounts}");
    let whatsapp = accounts.as_array().into_iter().flatten().find(|account| account["channel"] == "whatsapp");
    Ok(whatsapp.cloned().unwrap_or_default())
}

async fn health(world: &World) -> Result<(u16, Value)> {
    let answer = world.request(Method::GET, "/healthz").await?;
    Ok((answer.status, serde_json::from_str(&answer.body)?))
}

#[test]
fn an_account_is_paused_and_resumed_and_operators_see_it() {
    in_own_world(
        |_| {},
        |world| async move {
            let sends = whatsapp(&world).await?;
            assert_eq!((&sends["state"], &sends["messages_per_second"]), (&json!("sending"), &json!(1_000)));
            assert_eq!(health(&world).await?.1["paused"], json!([]));

            let paused = pause(&world).await?;
            assert_eq!((&paused["state"], &paused["by"]), (&json!("paused"), &json!("admin")));
            assert_eq!(paused["reason"], "The answer about testing is wrong.");
            assert!(paused["since"].is_i64() && paused["next_try_at"].is_null(), "{paused}");
            assert_eq!(whatsapp(&world).await?, paused);
            eventually("/healthz names the account", || async {
                let (status, health) = health(&world).await?;
                assert_eq!(status, 200, "no restart cures it");
                Ok((health["status"] == "degraded" && health["paused"] == json!(["whatsapp/main"]))
                    .then_some(()))
            })
            .await?;

            let (status, resumed) = world.api(Method::POST, RESUME, None).await?;
            assert_eq!((status, resumed), (StatusCode::OK, sends.clone()));
            assert_eq!(whatsapp(&world).await?, sends);
            eventually("/healthz is well again", || async {
                Ok((health(&world).await?.1["status"] == "ok").then_some(()))
            })
            .await
        },
    );
}

#[test]
fn a_pause_survives_a_power_cut() {
    in_own_world(
        |_| {},
        |mut world| async move {
            let paused = pause(&world).await?;
            world.worker.restart_with(|_| {}).await?;
            assert_eq!(whatsapp(&world).await?, paused);
            Ok(())
        },
    );
}

#[test]
fn leads_see_accounts_and_only_admins_pause_them() {
    in_shared_world(|world| async {
        let lead = world.agent("Leitung", "lead").await?.token;
        let agent = world.agent("Hotline 1", "agent").await?.token;
        let reason = || Some(json!({"reason": "drill"}));
        let rows = [
            ("a lead sees", &lead, Method::GET, "/accounts", None, StatusCode::OK),
            ("an agent does not", &agent, Method::GET, "/accounts", None, StatusCode::FORBIDDEN),
            ("a lead may not pause", &lead, Method::POST, PAUSE, reason(), StatusCode::FORBIDDEN),
            ("nor resume", &lead, Method::POST, RESUME, None, StatusCode::FORBIDDEN),
        ];
        for (name, token, method, path, body, expected) in rows {
            assert_eq!(world.api_as(token, method, path, body).await?.0, expected, "{name}");
        }
        Ok(())
    });
}

#[test]
fn what_cannot_be_paused_is_refused_with_a_reason() {
    in_shared_world(|world| async {
        let rows = [
            ("another account", "/accounts/whatsapp/other/pause", json!({"reason": "drill"}), 404),
            ("another platform", "/accounts/pager/main/pause", json!({"reason": "drill"}), 404),
            ("no reason", PAUSE, json!({"reason": " "}), 400),
            ("a long reason", PAUSE, json!({"reason": "x".repeat(201)}), 400),
            ("something else", PAUSE, json!({"reason": "drill", "until": 1}), 400),
        ];
        for (name, path, body, expected) in rows {
            let (status, problem) = world.api(Method::POST, path, Some(body)).await?;
            assert_eq!(status.as_u16(), expected, "{name}: {problem}");
            assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{name}");
        }
        assert_ne!(whatsapp(world).await?["state"], "paused");
        Ok(())
    });
}

#[test]
fn without_pacers_accounts_are_listed_as_unknown_and_health_says_what_is_missing() {
    let prepare = |launch: &mut Launch| launch.omit = vec!["PACER".into()];
    in_own_world(prepare, |world| async move {
        assert_eq!(whatsapp(&world).await?["state"], "unknown");
        let (status, health) = health(&world).await?;
        assert_eq!((status, &health["problems"]), (503, &json!(["binding PACER is missing"])));
        Ok(())
    });
}

#[test]
fn a_pacer_that_hangs_holds_no_retry_up() {
    let prepare = |launch: &mut Launch| launch.faults = true;
    in_own_world(prepare, |world| async move {
        let number = new_number();
        world.fault(json!({"channel": "whatsapp", "to": number, "status": 503, "count": 1})).await?;
        world.text(&number, KNOWN_QUESTION).await?;
        eventually("the platform refused the first attempt", || async {
            Ok((world.fault_hits().await? == 1).then_some(()))
        })
        .await?;
        // The next attempt is the alarm's, and asks anew, since slots do not keep for so long.
        let longer_than_anybody_waits = json!({"PACER": {"delay": 600_000}});
        world.away(longer_than_anybody_waits).await?;
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        Ok(())
    });
}

#[test]
fn while_an_account_is_paused_answers_wait_and_leave_once_it_is_resumed() {
    in_own_world(
        |_| {},
        |mut world| async move {
            pause(&world).await?;
            let number = new_number();
            world.text(&number, KNOWN_QUESTION).await?;
            // Another account sends meanwhile, so that there was time for the answer to leave.
            let chat = new_number();
            world
                .say(json!({"channel": "telegram", "from": chat, "name": chat, "text": KNOWN_QUESTION}))
                .await?;
            world.wait_received(&chat, 1).await?;
            world.text(&number, "Was kostet der Test?").await?;
            assert!(world.received(&number).await?.is_empty());

            world.worker.restart_with(|_| {}).await?;
            let (status, _) = world.api(Method::POST, RESUME, None).await?;
            assert_eq!(status, StatusCode::OK);
            let messages = world.wait_received(&number, 2).await?;
            assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
            assert!(text_of(&messages[1]).contains("18 Euro"), "{messages:?}");
            Ok(())
        },
    );
}

#[test]
fn an_account_that_the_platform_bars_stops_after_one_refusal_and_goes_on_when_it_is_resumed() {
    in_own_world(
        |_| {},
        |world| async move {
            let number = new_number();
            world.fault(json!({"channel": "whatsapp", "to": number, "status": 400, "code": 190})).await?;
            world.text(&number, KNOWN_QUESTION).await?;
            let stopped = eventually("the account is stopped", || async {
                let account = whatsapp(&world).await?;
                Ok((account["state"] == "stopped").then_some(account))
            })
            .await?;
            assert_eq!(stopped["reason"], "the platform refuses the credentials (code 190)");
            assert!(stopped["next_try_at"].is_i64(), "{stopped}");
            // Somebody else, of whom the platform would take it, waits as well.
            let other = new_number();
            world.text(&other, KNOWN_QUESTION).await?;
            let chat = new_number();
            world
                .say(json!({"channel": "telegram", "from": chat, "name": chat, "text": KNOWN_QUESTION}))
                .await?;
            world.wait_received(&chat, 1).await?;
            assert!(world.received(&other).await?.is_empty());

            world.end_faults().await?;
            world.api(Method::POST, RESUME, None).await?;
            world.wait_received(&other, 1).await?;
            Ok(())
        },
    );
}
