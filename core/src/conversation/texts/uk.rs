//! Ukrainian, with "ви".

use super::feedback::Feedback;
use super::flow::FlowWords;
use super::{Acknowledgement, Introduction, Request, Subject, Texts, Wait, Wish, paragraphs};
use crate::settings::TextLanguage;

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

pub(super) const FLOW: FlowWords = FlowWords {
    language: TextLanguage::Ukrainian,
    start: "{}: {}. Словом «людина» ви будь-коли звернетеся до людини, «назад» поверне до попереднього питання, а \
        «скасувати» завершить розмову про це.",
    one_question: "маю одне питання",
    questions: "коротких питань: {}",
    question: "Питання {} з {}: ",
    skip: "Щоб пропустити це питання, напишіть «пропустити».",
    postal_code: "Потрібен німецький поштовий індекс із п’яти цифр, наприклад 80331.",
    day: "Я не зрозумів дату. Напишіть її, будь ласка, так: {}.",
    too_early: "Це зарано. Назвіть, будь ласка, день не раніше ніж {}.",
    too_late: "Це запізно. Назвіть, будь ласка, день не пізніше ніж {}.",
    number: "Потрібне одне число, наприклад 12 або 12,5{}.",
    too_small: "Це число замале. Має бути щонайменше {}.",
    too_large: "Це число завелике. Може бути щонайбільше {}.",
    choice: "Виберіть, будь ласка, одну з відповідей; достатньо й номера, наприклад 1.",
    in_words: "Дайте, будь ласка, відповідь словами.",
    too_short: "Напишіть, будь ласка, трохи докладніше: щонайменше знаків: {}.",
    too_long: "Це задовга відповідь на це питання. Щонайбільше знаків: {}.",
    photo: "Надішліть, будь ласка, сюди фото або файл.",
    not_text: "Як бот я не можу цього прочитати, подивиться людина. Дайте мені, будь ласка, відповідь словами.",
    needed: "Нам потрібна ця відповідь, тому пропустити питання не можна.",
    human: "Якщо вам зручніше інакше, напишіть «людина», і вам допоможе людина. Вона бачить усе, що ви вже вказали.",
    cancelled: "Добре, це скасовано. Ви можете будь-коли почати знову або поставити інше питання. Слово «людина» \
        з’єднає вас із людиною.",
};

pub(super) const FEEDBACK: Feedback = Feedback {
    question: "Це допомогло?",
    yes: "👍 Так",
    no: "👎 Ні",
    regret: "Мені шкода. Запитайте, будь ласка, ще раз іншими словами або виберіть «Людина»: тоді вам \
                     відповість хтось із нашої команди.",
};
