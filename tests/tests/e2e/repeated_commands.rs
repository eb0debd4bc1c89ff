//! A client that never heard of its success gives its command again: under the same key it takes effect once.

use lotse_tests::{in_shared_world, lines, new_number, text_of};
use reqwest::StatusCode;
use serde_json::json;

#[test]
fn a_reply_given_twice_under_one_key_reaches_the_phone_once_and_under_another_again() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let reply = json!({"text": "Guten Tag"});
        let (status, first) = world.command_under_key(&thread, "reply", &reply, "one").await?;
        assert_eq!(status, StatusCode::OK, "{first}");
        let (status, again) = world.command_under_key(&thread, "reply", &reply, "one").await?;
        assert_eq!((status, &again["last_seq"]), (StatusCode::OK, &first["last_seq"]), "{again}");

        // The outbox keeps order: were there a second one, it would come before this.
        let last = json!({"text": "Auf Wiedersehen"});
        let (status, answer) = world.command_under_key(&thread, "reply", &last, "two").await?;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let messages = world.wait_received(&number, 3).await?;
        let texts: Vec<&str> = messages[1..].iter().map(text_of).collect();
        assert_eq!(texts, ["Guten Tag", "Auf Wiedersehen"]);
        Ok(())
    });
}

#[test]
fn replies_at_once_under_one_key_are_one() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let reply = json!({"text": "Guten Tag"});
        let give = || world.command_under_key(&thread, "reply", &reply, "one");
        let (one, other, third) = tokio::join!(give(), give(), give());
        for (status, answer) in [one?, other?, third?] {
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        world.done(&thread, "reply", Some(json!({"text": "Auf Wiedersehen"}))).await?;
        assert_eq!(world.wait_received(&number, 3).await?.len(), 3);
        Ok(())
    });
}

#[test]
fn a_key_counts_in_its_own_thread_and_a_refused_command_does_not_use_it_up() {
    in_shared_world(|world| async {
        let (number, other) = (new_number(), new_number());
        let (thread, other_thread) = (world.hand_over(&number).await?, world.hand_over(&other).await?);
        let stale = json!({"text": "Guten Tag", "last_seen_seq": 0});
        let (status, problem) = world.command_under_key(&thread, "reply", &stale, "one").await?;
        assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/thread-moved-on")));
        let reply = json!({"text": "Guten Tag"});
        for (thread, number) in [(&thread, &number), (&other_thread, &other)] {
            let (status, answer) = world.command_under_key(thread, "reply", &reply, "one").await?;
            assert_eq!(status, StatusCode::OK, "{answer}");
            world.wait_received(number, 2).await?;
        }
        Ok(())
    });
}

#[test]
fn a_note_given_twice_under_one_key_is_one_line() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let note = json!({"text": "Ruft oft an"});
        for _ in 0..2 {
            assert_eq!(world.command_under_key(&thread, "note", &note, "one").await?.0, StatusCode::OK);
        }
        let transcript = world.transcript_of(&number).await?;
        assert_eq!(lines(&transcript).iter().filter(|line| line["body"]["kind"] == "note").count(), 1);
        Ok(())
    });
}

#[test]
fn a_key_that_is_empty_or_too_long_is_refused_and_nothing_is_sent() {
    in_shared_world(|world| async {
        let number = new_number();
        let thread = world.hand_over(&number).await?;
        let reply = json!({"text": "Guten Tag"});
        for (name, key, expected) in [
            ("empty", String::new(), 400),
            ("too long", "k".repeat(201), 400),
            ("longest", "k".repeat(200), 200),
        ] {
            let (status, answer) = world.command_under_key(&thread, "reply", &reply, &key).await?;
            assert_eq!(status.as_u16(), expected, "{name}: {answer}");
        }
        assert_eq!(world.wait_received(&number, 2).await?.len(), 2);
        Ok(())
    });
}
