//! A signed message is answered, or stands before a human.

use lotse_tests::{KNOWN_ANSWER, in_shared_world, new_number, text_of};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[test]
fn a_known_question_is_answered_with_the_approved_text() {
    in_shared_world(|world| async {
        let number = new_number();
        world.text(&number, "WO kann ich mich testen lassen???").await?;
        let messages = world.wait_received(&number, 1).await?;
        let text = text_of(&messages[0]);
        assert!(text.contains(KNOWN_ANSWER) && text.contains("Stand:"), "{messages:?}");
        Ok(())
    });
}

#[test]
fn a_known_question_full_of_typos_is_answered_with_the_approved_text() {
    in_shared_world(|world| async {
        let number = new_number();
        world.text(&number, "wo kan ich mich tesen lassn??").await?;
        let messages = world.wait_received(&number, 1).await?;
        assert!(text_of(&messages[0]).contains(KNOWN_ANSWER), "{messages:?}");
        Ok(())
    });
}

#[test]
fn an_unknown_question_is_acknowledged_and_answered_by_a_human() {
    in_shared_world(|world| async {
        let number = new_number();
        world.text(&number, "Meine Mutter hat seit gestern Fieber, was jetzt?").await?;
        let acknowledged = world.wait_received(&number, 1).await?;
        let thread = world.thread_of(&number).await?;
        let reference = thread["reference"].as_str().unwrap_or_default();
        assert!(
            reference.starts_with("GA-") && text_of(&acknowledged[0]).contains(reference),
            "{acknowledged:?}"
        );

        let id = thread["id"].as_str().unwrap_or_default();
        let (status, claimed) = world.api(Method::POST, &format!("/threads/{id}/claim"), None).await?;
        assert_eq!((status, claimed["state"].as_str()), (StatusCode::OK, Some("claimed")));
        let reply = json!({"text": "Rufen Sie bitte die 116117 an.", "last_seen_seq": claimed["last_seq"]});
        let (status, _) = world.api(Method::POST, &format!("/threads/{id}/reply"), Some(reply)).await?;
        assert_eq!(status, StatusCode::OK);
        let messages = world.wait_received(&number, 2).await?;
        assert_eq!(text_of(&messages[1]), "Rufen Sie bitte die 116117 an.");

        let (status, resolved) = world.api(Method::POST, &format!("/threads/{id}/resolve"), None).await?;
        assert_eq!((status, resolved["state"].as_str()), (StatusCode::OK, Some("resolved")));
        Ok(())
    });
}
