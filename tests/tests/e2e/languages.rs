//! People are answered in the language they write in, or chose.

use lotse_tests::{World, eventually, in_shared_world, new_number, statuses, text_of};
use serde_json::{Value, json};

/// Says one text over a channel and waits for the only answer.
async fn answer(world: &World, channel: &str, from: &str, text: &str) -> anyhow::Result<Value> {
    let before = world.received(from).await?.len();
    let said = world.say(json!({"channel": channel, "from": from, "text": text})).await?;
    anyhow::ensure!(statuses(&said) == [200], "the webhook was answered with {said}");
    eventually(&format!("an answer to {text}"), || async {
        Ok(world.received(from).await?.get(before).cloned())
    })
    .await
}

#[test]
fn a_question_is_answered_in_its_language_on_whatsapp_and_telegram() {
    in_shared_world(|world| async {
        let rows = [
            ("Nerede test yaptırabilirim?", "Pazartesiden cumartesiye"),
            ("nerede test yaptirabilirm", "Pazartesiden cumartesiye"),
            ("Де я можу зробити тест?", "З понеділка до суботи"),
            ("أين يمكنني إجراء الفحص؟", "من الاثنين إلى السبت"),
            ("Wo kann ich mich testen lassen?", "Montag bis Samstag"),
        ];
        for channel in ["whatsapp", "telegram"] {
            for (question, expected) in rows {
                let message = answer(world, channel, &new_number(), question).await?;
                assert!(text_of(&message).contains(expected), "{channel}, {question}: {message}");
            }
        }
        Ok(())
    });
}

#[test]
fn who_asks_for_a_human_is_told_in_their_language_that_one_answers() {
    in_shared_world(|world| async {
        for (text, expected) in [
            ("Bir insanla konuşmak istiyorum", "Ekibimizden bir insan"),
            ("Хочу поговорити з людиною", "Людина з нашої команди"),
            ("أريد التحدث مع إنسان", "إنسان من فريقنا"),
        ] {
            let number = new_number();
            let message = answer(world, "whatsapp", &number, text).await?;
            assert!(text_of(&message).contains(expected), "{text}: {message}");
            let reference = world.thread_of(&number).await?["reference"].as_str().unwrap_or("-").to_owned();
            assert!(text_of(&message).contains(&reference), "{message}");
        }
        Ok(())
    });
}

#[test]
fn an_arabic_emergency_with_a_typing_error_comes_to_the_top() {
    in_shared_world(|world| async {
        let number = new_number();
        let message = answer(world, "whatsapp", &number, "ابني لا يستطيع التنفسس").await?;
        let text = text_of(&message);
        assert!(text.contains("112") && text.contains("ضيق التنفس"), "{message}");
        let thread = world.thread_of(&number).await?;
        assert_eq!((thread["urgent"].as_bool(), thread["language"].as_str()), (Some(true), Some("ar")));
        Ok(())
    });
}

#[test]
fn who_chooses_leichte_sprache_gets_it_until_they_choose_otherwise() {
    in_shared_world(|world| async {
        let number = new_number();
        let question = "Wo kann ich mich testen lassen?";
        for (text, expected) in [
            (question, "Testen lassen können Sie sich"),
            ("Leichte Sprache bitte", "in Leichter Sprache"),
            (question, "Test-Zentrum am Stadt-Park"),
            ("Alltagssprache", "auf Deutsch"),
            (question, "Testen lassen können Sie sich"),
        ] {
            let message = answer(world, "whatsapp", &number, text).await?;
            assert!(text_of(&message).contains(expected), "{text}: {message}");
        }
        Ok(())
    });
}
