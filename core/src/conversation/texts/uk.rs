//! Ukrainian, with "ви".

use super::{Acknowledgement, Introduction, Request, Subject, Texts, Wait, Wish, paragraphs};

const NO_EMERGENCY_LINE: &str = "Ми не служба екстреної допомоги: якщо є загроза життю, телефонуйте 112.";

pub(super) struct Ukrainian;

impl Texts for Ukrainian {
    fn human_choice(&self) -> &'static str {
        "Людина"
    }

    fn offer(&self) -> &'static str {
        "Я не впевнений, що ви маєте на увазі. Чи є тут ваше питання?"
    }

    fn emergency(&self) -> &'static str {
        "Якщо ви або інші в небезпеці, негайно телефонуйте 112. Ми не служба екстреної допомоги."
    }

    fn other_language(&self) -> &'static str {
        "Цього тексту українською поки що немає."
    }

    fn chosen(&self) -> &'static str {
        "Добре, відтепер пишу українською. Яке у вас питання?"
    }

    fn greeting(&self, introduction: &Introduction<'_>) -> String {
        let hello = format!(
            "Вітаю! Вам пише чат-бот. Ви звернулися сюди: {}. Поставте питання одним реченням: на часті питання я \
             відповім одразу, решту передам нашій команді. Напишіть «людина», щоб одразу звернутися до людини.",
            introduction.organisation
        );
        paragraphs(&[&hello, NO_EMERGENCY_LINE, &self.links(introduction)])
    }

    fn closing(&self, introduction: &Introduction<'_>) -> String {
        let who = format!(
            "Автоматична відповідь ({}). Напишіть «людина», якщо хочете поспілкуватися з людиною.",
            introduction.organisation
        );
        let links = self.links(introduction);
        if links.is_empty() { who } else { format!("{who}\n{links}") }
    }

    fn wish(&self, wish: Wish, organisation: &str) -> String {
        let confirmed = match wish {
            Wish::Start => {
                "Дякуємо. Відтепер ми писатимемо вам і самі, коли будуть новини. Словом «СТОП» ви можете \
                 будь-коли це припинити."
            }
            Wish::Stop => {
                "Ви більше не отримуватимете від нас повідомлень. Якщо ви нам знову напишете, ми відповімо."
            }
        };
        paragraphs(&[confirmed, &format!("Автоматичне повідомлення ({organisation}).")])
    }

    fn acknowledgement(&self, acknowledgement: &Acknowledgement<'_>) -> String {
        let wait = wait(&acknowledgement.wait);
        let facts = format!(
            "Номер вашого звернення: {} ({})\n{wait}",
            acknowledgement.reference, acknowledgement.time
        );
        let emergency = if acknowledgement.first { format!(" {NO_EMERGENCY_LINE}") } else { String::new() };
        let sender = format!("Автоматичне повідомлення ({}).{emergency}", acknowledgement.organisation);
        paragraphs(&[subject(acknowledgement.subject), &facts, &sender])
    }

    fn links(&self, introduction: &Introduction<'_>) -> String {
        introduction.links("Захист даних", "Вихідні дані")
    }
}

const fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Question => {
            "Дякуємо за ваше повідомлення. Людина з нашої команди прочитає його й відповість вам тут."
        }
        Subject::NotText => {
            "Дякуємо, ми це отримали. Як бот я розумію лише текст. Людина з нашої команди подивиться й \
             відповість вам тут."
        }
        Subject::Request(Request::Human) => {
            "Звичайно. Людина з нашої команди візьметься за це й відповість вам тут."
        }
        Subject::Request(Request::Erase) => {
            "Ви хочете, щоб ми видалили ваші дані. Людина з нашої команди подбає про це й напише вам тут."
        }
        Subject::Request(Request::Access) => {
            "Ви хочете знати, які дані про вас у нас є. Людина з нашої команди подбає про це й напише вам тут."
        }
    }
}

fn wait(wait: &Wait) -> String {
    match wait {
        Wait::Unknown => "Ми відповімо, щойно зможемо.".to_owned(),
        Wait::Minutes(minutes) => format!("Очікувана відповідь: приблизно за {minutes} хв."),
        Wait::Hours(1) => "Очікувана відповідь: приблизно за годину.".to_owned(),
        Wait::Hours(hours) => format!("Очікувана відповідь: приблизно за {hours} год."),
        Wait::From(moment) => format!("Очікувана відповідь: {moment}."),
    }
}
