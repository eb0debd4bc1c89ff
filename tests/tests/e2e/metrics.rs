//! Operators see what happens: `/metrics` tells what was committed, and the log tells nothing about a person.

use std::cell::RefCell;

use anyhow::{Context as _, Result};
use lotse_runtime::Launch;
use lotse_tests::{
    Answer, KNOWN_QUESTION, World, eventually, in_own_world, in_shared_world, new_number, statuses,
    whatsapp_body,
};
use reqwest::Method;
use serde_json::json;

const TOKEN: &str = "dev-metrics-token";
const MAIN: &str = "channel=\"whatsapp\",account=\"main\"";

async fn scrape_as(world: &World, token: &str) -> Result<Answer> {
    world.get_as("/metrics", token).await
}

/// The value of a series; `None` where it is not shown.
fn value(text: &str, series: &str) -> Option<f64> {
    let line =
        text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Waits until every series has its value.
async fn wait_for(world: &World, expected: &[(String, f64)]) -> Result<String> {
    let seen = RefCell::new(Vec::new());
    let outcome = eventually("the expected figures at /metrics", || async {
        let text = scrape_as(world, TOKEN).await?.body;
        let wrong = expected.iter().filter(|(series, wanted)| value(&text, series) != Some(*wanted));
        *seen.borrow_mut() =
            wrong.map(|(series, wanted)| (series.clone(), *wanted, value(&text, series))).collect();
        Ok(seen.borrow().is_empty().then_some(text))
    });
    outcome.await.with_context(|| format!("series, expected, seen: {:?}", seen.borrow()))
}

fn whatsapp(name: &str, more: &str) -> String {
    format!("lotse_{name}{{{MAIN}{more}}}")
}

#[test]
fn metrics_are_closed_without_the_token() {
    in_shared_world(|world| async {
        for (name, token) in [("none", ""), ("wrong", "dev-metrics-toke"), ("of an agent", "dev-admin-token")]
        {
            let answer = scrape_as(world, token).await?;
            assert_eq!(answer.status, 401, "{name}");
            assert!(!answer.body.contains("lotse_"), "{name}");
        }
        assert_eq!(world.request(Method::GET, "/metrics").await?.status, 401);
        let answer = scrape_as(world, TOKEN).await?;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
        Ok(())
    });
}

#[test]
fn metrics_are_closed_when_no_token_is_set() {
    let prepare = |launch: &mut Launch| drop(launch.vars.insert("METRICS_TOKEN".into(), " ".into()));
    in_own_world(prepare, |world| async move {
        for token in ["", " ", TOKEN] {
            assert_eq!(scrape_as(&world, token).await?.status, 401, "{token:?}");
        }
        Ok(())
    });
}

#[test]
fn what_was_committed_is_counted_once_and_outlives_a_crash() {
    in_own_world(
        |_| {},
        |mut world| async move {
            let (asking, waiting) = (new_number(), new_number());
            let say = json!({"channel": "whatsapp", "from": asking, "text": KNOWN_QUESTION, "repeat": 3});
            assert_eq!(statuses(&world.say(say).await?), [200; 3]);
            world.wait_received(&asking, 1).await?;
            world.hand_over(&waiting).await?;
            let forged =
                json!({"channel": "whatsapp", "from": waiting, "text": "Mensch", "tamper": "wrong_secret"});
            assert_eq!(statuses(&world.say(forged).await?), [401]);
            let message = json!([{"from": waiting, "id": "wamid.1", "timestamp": "1", "type": "text",
                "text": {"body": "Mensch"}}]);
            assert_eq!(world.post_signed(&whatsapp_body("42", &waiting, &message)).await?.status, 200);

            let expected = [
                (whatsapp("messages_total", ""), 2.0),
                (whatsapp("duplicates_total", ""), 2.0),
                (whatsapp("answered_total", ""), 1.0),
                (whatsapp("handed_over_total", ",reason=\"asked\""), 1.0),
                (whatsapp("webhooks_refused_total", ",reason=\"wrong_signature\""), 1.0),
                (whatsapp("set_aside_total", ",reason=\"unknown_account\""), 1.0),
                (whatsapp("send_attempts_total", ",outcome=\"sent\""), 2.0),
                (whatsapp("sends_failed_total", ""), 0.0),
                ("lotse_dead_letters".to_owned(), 1.0),
                ("lotse_dead_letters_total".to_owned(), 1.0),
                ("lotse_threads{state=\"waiting\"}".to_owned(), 1.0),
                ("lotse_outbox_oldest_seconds".to_owned(), 0.0),
                ("lotse_spilled_total{rung=\"queue\"}".to_owned(), 0.0),
                ("lotse_desk_up".to_owned(), 1.0),
                ("lotse_metrics_up".to_owned(), 1.0),
            ];
            let text = wait_for(&world, &expected).await?;
            let accepted = value(&text, &whatsapp("webhooks_accepted_total", "")).unwrap_or_default();
            let timed = value(&text, "lotse_webhook_duration_seconds_count").unwrap_or_default();
            assert!(accepted >= 5.0 && timed >= accepted, "{accepted} {timed}");
            assert!(
                value(&text, "lotse_oldest_waiting_seconds").is_some_and(|seconds| seconds > 0.0),
                "{text}"
            );
            for person in [&asking, &waiting] {
                assert!(!text.contains(person.as_str()), "{text}");
            }

            world.restart().await?;
            wait_for(&world, &expected).await.map(drop)
        },
    );
}

#[test]
fn a_platform_that_refuses_is_seen_by_outcome_and_by_the_age_of_what_waits() {
    in_own_world(
        |_| {},
        |world| async move {
            let number = new_number();
            world.fault(json!({"channel": "whatsapp", "to": number, "status": 429, "count": 1})).await?;
            world.text(&number, KNOWN_QUESTION).await?;
            let refused = whatsapp("send_attempts_total", ",outcome=\"refused\",kind=\"throttled\"");
            let text = wait_for(&world, &[(refused, 1.0)]).await?;
            assert!(value(&text, "lotse_outbox_oldest_seconds").is_some(), "{text}");
            eventually("what waits grows old", || async {
                let text = scrape_as(&world, TOKEN).await?.body;
                Ok(value(&text, "lotse_outbox_oldest_seconds").filter(|seconds| *seconds > 0.0))
            })
            .await?;
            world.wait_received(&number, 1).await?;
            let sent = whatsapp("send_attempts_total", ",outcome=\"sent\"");
            wait_for(&world, &[(sent, 1.0)]).await.map(drop)
        },
    );
}

#[test]
fn without_the_sums_people_are_answered_and_the_page_says_so() {
    let prepare = |launch: &mut Launch| launch.omit = vec!["METRICS".into(), "DESK".into()];
    in_own_world(prepare, |world| async move {
        let number = new_number();
        world.text(&number, KNOWN_QUESTION).await?;
        world.wait_received(&number, 1).await?;
        let answer = scrape_as(&world, TOKEN).await?;
        assert_eq!(answer.status, 200);
        assert_eq!(value(&answer.body, "lotse_metrics_up"), Some(0.0));
        assert_eq!(value(&answer.body, "lotse_desk_up"), Some(0.0));
        assert_eq!(value(&answer.body, "lotse_dead_letters"), None, "no figure is better than a wrong one");
        assert_eq!(value(&answer.body, "lotse_configuration_problems"), Some(2.0));
        Ok(())
    });
}

/// Every path that logs: refused and unreadable webhooks, unknown accounts, refused and unknown sends, spilled items,
/// a desk that is away.
#[test]
fn the_log_tells_of_every_failure_in_one_form_and_of_no_person() {
    let away = |launch: &mut Launch| launch.omit = vec!["DESK".into()];
    in_own_world(away, |mut world| async move {
        let (number, name) = (new_number(), "Aurelia Testperson");
        let words = "Wo kann ich mich testen lassen, ich heiße Aurelia";
        let say = |more: serde_json::Value| {
            let mut what = json!({"channel": "whatsapp", "from": number, "name": name, "text": words});
            what.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            what
        };
        for fault in [json!({"status": 429}), json!({"status": 500}), json!({"status": 400, "code": 131_026})]
        {
            let mut fault = fault;
            fault["channel"] = "whatsapp".into();
            fault["to"] = number.as_str().into();
            fault["count"] = 1.into();
            world.fault(fault).await?;
            assert_eq!(statuses(&world.say(say(json!({}))).await?), [200]);
        }
        assert_eq!(statuses(&world.say(say(json!({"tamper": "body"}))).await?), [401]);
        world.post_signed(&format!("not JSON, {number} {name}")).await?;
        let message = json!([{"from": number, "id": "wamid.1", "timestamp": "1", "type": "text",
            "text": {"body": words}}]);
        world.post_signed(&whatsapp_body("42", &number, &message)).await?;
        world.api(Method::GET, "/threads", None).await?;
        wait_for_events(&world, &["webhook_refused", "set_aside", "send_refused", "api_unavailable"]).await?;

        world.worker.restart_with(|launch| launch.omit = vec!["CONVERSATION".into(), "SPILL".into()]).await?;
        assert_eq!(statuses(&world.say(say(json!({}))).await?), [200]);
        wait_for_events(&world, &["spilled"]).await?;
        world.worker.restart_with(|launch| launch.omit = vec!["CONVERSATION".into()]).await?;
        assert_eq!(statuses(&world.say(say(json!({}))).await?), [200]);
        wait_for_events(&world, &["spilled_items_wait"]).await?;

        let log = world.worker.log();
        for personal in [number.as_str(), name, "Aurelia", "testen", words] {
            assert!(!log.contains(personal), "{personal} stands in the log:\n{log}");
        }
        let field = |word: &str| {
            word.split_once('=').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty())
        };
        for line in log.lines().filter(|line| line.contains("event=")) {
            let event = &line[line.find("event=").unwrap_or_default()..];
            let fields = event.split(" cause=").next().unwrap_or_default();
            assert!(fields.split(' ').all(field), "{line}");
        }
        Ok(())
    });
}

#[test]
fn nothing_is_logged_about_messages_that_go_their_usual_way() {
    in_own_world(
        |_| {},
        |world| async move {
            let (asking, waiting) = (new_number(), new_number());
            world.text(&asking, KNOWN_QUESTION).await?;
            world.wait_received(&asking, 1).await?;
            world.wait_delivery(&asking, "delivered").await?;
            world.hand_over(&waiting).await?;
            assert!(!world.worker.log().contains("event="), "{}", world.worker.log());
            Ok(())
        },
    );
}

async fn wait_for_events(world: &World, events: &[&str]) -> Result<()> {
    eventually(&format!("{events:?} in the log"), || async {
        let log = world.worker.log();
        let named = |event: &&str| log.lines().any(|line| line.contains(&format!("event={event} ")));
        Ok(events.iter().all(named).then_some(()))
    })
    .await
}

#[test]
fn what_a_platform_says_about_an_account_is_counted_and_logged_in_its_own_words() {
    in_own_world(
        |_| {},
        |world| async move {
            let told = |field: &str, value: serde_json::Value| {
                json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
                    {"field": field, "value": value},
                ]}]})
            };
            let number = "498900000123";
            let fallen = told(
                "phone_number_quality_update",
                json!({"display_phone_number": number, "event": "FLAGGED", "current_limit": "TIER_1K"}),
            );
            let unknown = told("brand_new", json!({"event": number}));
            for body in [&fallen, &fallen, &unknown] {
                assert_eq!(world.post_signed(&body.to_string()).await?.status, 200);
            }
            let series = |more: &str| whatsapp("account_notices_total", more);
            wait_for(
                &world,
                &[
                    (series(",kind=\"phone_number_quality_update\",event=\"FLAGGED\""), 2.0),
                    (series(",kind=\"other\",event=\"other\""), 1.0),
                ],
            )
            .await?;
            let log = world.worker.log();
            let line = "event=account_notice channel=whatsapp account=main kind=phone_number_quality_update said=FLAGGED";
            assert_eq!(log.matches(line).count(), 1, "{log}");
            assert!(!log.contains(number), "{log}");
            Ok(())
        },
    );
}
