//! Tokens: what they open, and whose they are.

use anyhow::Result;
use lotse_tests::{World, in_shared_world};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[test]
fn tokens_open_what_their_role_allows_until_they_are_revoked() {
    in_shared_world(|world| async {
        let agent = world.agent("  Mia Muster  ", "agent").await?;
        let lead = world.agent("Lea", "lead").await?;
        let (_, me) = world.api_as(&agent.token, Method::GET, "/me", None).await?;
        assert_eq!(me, json!({"name": "Mia Muster", "role": "agent"}));
        for (name, token, path, expected) in [
            ("agent, threads", &agent.token, "/threads", 200),
            ("agent, dead letters", &agent.token, "/dead-letters", 403),
            ("agent, tokens", &agent.token, "/tokens", 403),
            ("lead, dead letters", &lead.token, "/dead-letters", 200),
            ("lead, tokens", &lead.token, "/tokens", 403),
        ] {
            let (status, answer) = world.api_as(token, Method::GET, path, None).await?;
            assert_eq!(status.as_u16(), expected, "{name}: {answer}");
        }
        let wanted = json!({"name": "Eve", "role": "admin"});
        let (status, _) = world.api_as(&lead.token, Method::POST, "/tokens", Some(wanted)).await?;
        assert_eq!(status, 403);

        let (_, tokens) = world.api(Method::GET, "/tokens", None).await?;
        assert!(!tokens.to_string().contains(&agent.token), "values are shown once");
        let (status, _) = world.api(Method::DELETE, &format!("/tokens/{}", agent.id), None).await?;
        assert_eq!(status, 204);
        let (status, _) = world.api_as(&agent.token, Method::GET, "/threads", None).await?;
        assert_eq!(status, 401);
        let (status, _) = world.api(Method::DELETE, &format!("/tokens/{}", agent.id), None).await?;
        assert_eq!(status, 404, "revoked before");
        assert_eq!(world.api_as(&lead.token, Method::GET, "/threads", None).await?.0, 200);
        Ok(())
    });
}

async fn make(world: &World, name: &str, role: &str) -> Result<(u16, Value)> {
    let wanted = json!({"name": name, "role": role});
    let (status, answer) = world.api(Method::POST, "/tokens", Some(wanted)).await?;
    Ok((status.as_u16(), answer))
}

#[test]
fn a_name_belongs_to_one_token_until_that_is_revoked() {
    in_shared_world(|world| async {
        let (status, first) = make(world, "Nora Nord", "agent").await?;
        assert_eq!(status, 201, "{first}");
        // Claims go by name: a second Nora would reply in threads that the first one has.
        for (case, name, role) in [
            ("the same role", "Nora Nord", "agent"),
            ("another role", "Nora Nord", "lead"),
            ("with spaces around it", "  Nora Nord ", "agent"),
            ("of the first token of all", "admin", "agent"),
        ] {
            let (status, problem) = make(world, name, role).await?;
            assert_eq!(
                (status, &problem["type"]),
                (409, &json!("/problems/name-taken")),
                "{case}: {problem}"
            );
        }
        assert_eq!(make(world, "Nora Süd", "agent").await?.0, 201, "another name");

        // Renewed: what was claimed under the name stays hers.
        let thread = world.hand_over(&lotse_tests::new_number()).await?;
        let value = |token: &Value| token["value"].as_str().unwrap_or_default().to_owned();
        assert_eq!(world.command(&value(&first), &thread, "claim", None).await?.0, StatusCode::OK);
        let id = first["id"].as_str().unwrap_or_default();
        assert_eq!(world.api(Method::DELETE, &format!("/tokens/{id}"), None).await?.0, 204);
        let (status, second) = make(world, "Nora Nord", "agent").await?;
        assert_eq!(status, 201, "{second}");
        let reply = json!({"text": "Guten Tag"});
        let (status, answer) = world.command(&value(&second), &thread, "reply", Some(reply)).await?;
        assert_eq!(status, StatusCode::OK, "{answer}");
        Ok(())
    });
}

#[test]
fn of_two_who_are_given_the_same_name_at_once_one_gets_it() {
    in_shared_world(|world| async {
        let (one, other) = tokio::join!(make(world, "Otto", "agent"), make(world, "Otto", "agent"));
        let mut statuses = [one?.0, other?.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        Ok(())
    });
}
