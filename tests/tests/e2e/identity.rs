//! A person's number or user id changes: they go on where they were.

use lotse_tests::{eventually, in_shared_world, new_number, statuses, text_of};
use serde_json::json;

const ADMIN: &str = "dev-admin-token";

#[test]
fn what_they_write_under_a_new_number_joins_the_thread_of_the_old_one() {
    in_shared_world(|world| async move {
        let (old, new) = (new_number(), new_number());
        let by_number = |from: &str, text: &str| json!({"channel": "whatsapp", "from": from, "no_user_id": true, "text": text});
        world.say(by_number(&old, "Mensch")).await?;
        let thread = world.thread_of(&old).await?;
        world.wait_received(&old, 1).await?;

        let system = json!({"type": "user_changed_number", "wa_id": new,
            "body": format!("User changed from {old} to {new}")});
        let changed = json!({"channel": "whatsapp", "from": old, "no_user_id": true,
            "message": {"type": "system", "system": system}});
        assert_eq!(statuses(&world.say(changed).await?), [200]);
        // What they write from there comes into the old thread, as soon as the new number knows of it.
        let id = thread["id"].as_str().unwrap_or_default().to_owned();
        let mut written = 0;
        eventually("a message in the old thread", || {
            written += 1;
            let said = by_number(&new, &format!("Danke, und der von 2024? ({written})"));
            let id = id.clone();
            async move {
                world.say(said).await?;
                let transcript = world.transcript(&id).await?.to_string();
                Ok(transcript.contains("Danke, und der von 2024?").then_some(()))
            }
        })
        .await?;
        world.command(ADMIN, &thread, "reply", Some(json!({"text": "Ja, seit gestern."}))).await?;
        eventually("an answer at the new number", || async {
            let texts = world.received(&new).await?;
            Ok(texts.iter().any(|message| text_of(message) == "Ja, seit gestern.").then_some(()))
        })
        .await?;
        // And nothing more to the old one.
        world.wait_received(&old, 1).await?;
        Ok(())
    });
}
