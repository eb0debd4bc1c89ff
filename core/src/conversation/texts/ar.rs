//! Arabic, in the standard language and in the plural of courtesy. Numbers and references are isolated, so
//! that they read right; a link ends its line for the same reason.

use super::feedback::Feedback;
use super::flow::FlowWords;
use super::{Acknowledgement, Introduction, Request, Subject, Texts, Wait, Wish, paragraphs};
use crate::faq::bidi;
use crate::settings::TextLanguage;

const NO_EMERGENCY_LINE: &str = "لسنا خدمة طوارئ: عند خطر على الحياة اتصلوا من فضلكم بالرقم 112.";

pub(super) struct Arabic;

fn isolated(text: &str) -> String {
    bidi::isolated(text, "ar")
}

impl Texts for Arabic {
    fn human_choice(&self) -> &'static str {
        "إنسان"
    }

    fn offer(&self) -> &'static str {
        "لست متأكدًا مما تقصدون. هل هو واحد مما يلي؟"
    }

    fn emergency(&self) -> &'static str {
        "إذا كنتم أنتم أو غيركم في خطر، فاتصلوا من فضلكم فورًا بالرقم 112. لسنا خدمة طوارئ."
    }

    fn other_language(&self) -> &'static str {
        "هذا النص غير متوفر بالعربية بعد."
    }

    fn chosen(&self) -> &'static str {
        "حسنًا، سأكتب لكم بالعربية من الآن. ما سؤالكم؟"
    }

    fn greeting(&self, introduction: &Introduction<'_>) -> String {
        let hello = format!(
            "مرحبًا! أنا روبوت محادثة. لقد وصلتم إلى: {}. اكتبوا سؤالكم في جملة واحدة: أجيب فورًا عن الأسئلة \
             الشائعة، وأحوّل كل ما عداها إلى فريقنا. اكتبوا كلمة «إنسان» للتواصل مباشرة مع إنسان.",
            introduction.organisation
        );
        paragraphs(&[&isolated(&hello), NO_EMERGENCY_LINE, &self.links(introduction)])
    }

    fn closing(&self, introduction: &Introduction<'_>) -> String {
        let who =
            format!("رد آلي ({}). اكتبوا كلمة «إنسان» إذا أردتم التحدث مع إنسان.", introduction.organisation);
        let (who, links) = (isolated(&who), self.links(introduction));
        if links.is_empty() { who } else { format!("{who}\n{links}") }
    }

    fn wish(&self, wish: Wish, organisation: &str) -> String {
        let confirmed = match wish {
            Wish::Start => {
                "شكرًا لكم. من الآن نكتب لكم من جانبنا أيضًا عندما يكون هناك جديد. يمكنكم إنهاء ذلك في أي وقت \
                 بكلمة «توقف»."
            }
            Wish::Stop => "لن تصلكم منا رسائل بعد الآن. وإذا كتبتم لنا من جديد فسنجيبكم.",
        };
        paragraphs(&[confirmed, &isolated(&format!("رسالة آلية ({organisation})."))])
    }

    fn acknowledgement(&self, acknowledgement: &Acknowledgement<'_>) -> String {
        let wait = wait(&acknowledgement.wait);
        // Each on a line of its own: brackets between two numbers would trade places.
        let facts = format!(
            "رقم طلبكم: {}\nوصلت رسالتكم الساعة {}\n{wait}",
            acknowledgement.reference, acknowledgement.time
        );
        let emergency = if acknowledgement.first { format!(" {NO_EMERGENCY_LINE}") } else { String::new() };
        let sender = format!("رسالة آلية ({}).{emergency}", acknowledgement.organisation);
        paragraphs(&[subject(acknowledgement.subject), &isolated(&facts), &isolated(&sender)])
    }

    fn links(&self, introduction: &Introduction<'_>) -> String {
        introduction.links("حماية البيانات", "بيانات الناشر")
    }
}

const fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Question => "شكرًا لرسالتكم. سيقرؤها إنسان من فريقنا ويجيبكم هنا.",
        Subject::NotText => {
            "شكرًا، لقد وصلنا ذلك. أنا روبوت ولا أفهم إلا النصوص. سينظر فيه إنسان من فريقنا ويجيبكم هنا."
        }
        Subject::Request(Request::Human) => "بكل سرور. سيتولى إنسان من فريقنا الأمر ويجيبكم هنا.",
        Subject::Request(Request::Erase) => {
            "تريدون أن نحذف بياناتكم. سيهتم إنسان من فريقنا بالأمر ويكتب لكم هنا."
        }
        Subject::Request(Request::Access) => {
            "تريدون معرفة البيانات التي لدينا عنكم. سيهتم إنسان من فريقنا بالأمر ويكتب لكم هنا."
        }
    }
}

fn wait(wait: &Wait) -> String {
    match wait {
        Wait::Unknown => "سنجيب في أقرب وقت ممكن.".to_owned(),
        Wait::Minutes(minutes @ 3..=10) => format!("الرد المتوقع: خلال {minutes} دقائق تقريبًا."),
        Wait::Minutes(minutes) => format!("الرد المتوقع: خلال {minutes} دقيقة تقريبًا."),
        Wait::Hours(1) => "الرد المتوقع: خلال ساعة تقريبًا.".to_owned(),
        Wait::Hours(2) => "الرد المتوقع: خلال ساعتين تقريبًا.".to_owned(),
        Wait::Hours(hours @ 3..=10) => format!("الرد المتوقع: خلال {hours} ساعات تقريبًا."),
        Wait::Hours(hours) => format!("الرد المتوقع: خلال {hours} ساعة تقريبًا."),
        Wait::From(moment) => format!("الرد المتوقع: {moment}."),
    }
}

pub(super) const FLOW: FlowWords = FlowWords {
    language: TextLanguage::Arabic,
    start: "{}: {}. بكلمة «إنسان» تصلون في أي وقت إلى إنسان، وبكلمة «رجوع» تعودون إلى السؤال السابق، وكلمة «إلغاء» \
        تنهي ذلك.",
    one_question: "لدي سؤال واحد",
    questions: "عدد الأسئلة القصيرة: {}",
    question: "السؤال {} من {}:\n",
    skip: "لتجاوز هذا السؤال اكتبوا «تخطي».",
    postal_code: "أحتاج إلى رمز بريدي ألماني من خمسة أرقام، مثلًا 80331.",
    day: "لم أفهم التاريخ. اكتبوه من فضلكم هكذا: {}",
    too_early: "هذا مبكر جدًا. اذكروا من فضلكم يومًا ابتداءً من {}",
    too_late: "هذا متأخر جدًا. اذكروا من فضلكم يومًا حتى {}",
    number: "أحتاج إلى عدد واحد، مثلًا 12 أو 12.5{}",
    too_small: "هذا العدد صغير جدًا. الحد الأدنى هو {}",
    too_large: "هذا العدد كبير جدًا. الحد الأقصى هو {}",
    choice: "اختاروا من فضلكم إحدى الإجابات؛ ويكفي رقمها، مثلًا 1.",
    in_words: "أجيبوا من فضلكم بالكلمات.",
    too_short: "اكتبوا من فضلكم بتفصيل أكثر. أقل عدد من الأحرف: {}",
    too_long: "هذا طويل جدًا على هذا السؤال. أكبر عدد من الأحرف: {}",
    photo: "أرسلوا من فضلكم صورة أو ملفًا هنا.",
    not_text: "أنا روبوت ولا أستطيع قراءة ذلك، سينظر فيه إنسان. أجيبوني من فضلكم بالكلمات.",
    needed: "نحتاج إلى هذه الإجابة، لذلك لا يمكن تجاوز السؤال.",
    human: "إذا كانت طريقة أخرى أسهل لكم، فاكتبوا «إنسان» ويتولى إنسان الأمر. وهو يرى ما ذكرتموه حتى الآن.",
    cancelled: "حسنًا، لقد أُلغي ذلك. يمكنكم البدء من جديد في أي وقت أو طرح سؤال آخر. وكلمة «إنسان» توصلكم إلى \
        إنسان.",
};

pub(super) const FEEDBACK: Feedback = Feedback {
    question: "هل ساعدكم ذلك؟",
    yes: "👍 نعم",
    no: "👎 لا",
    regret: "نأسف لذلك. اسألوا من فضلكم مرة أخرى بكلمات مختلفة، أو اختاروا «إنسان»: عندها يجيبكم أحد من فريقنا.",
};
