//! Asking whether an answer helped, in every language of the bot.

use crate::settings::TextLanguage;

/// The words around the question whether an answer helped.
pub(in crate::conversation) struct Feedback {
    /// Stands below the answer.
    pub question: &'static str,
    /// On the choice that says so. At most 20 characters (WhatsApp).
    pub yes: &'static str,
    /// On the choice that says that it did not.
    pub no: &'static str,
    /// Answers the second.
    pub regret: &'static str,
}

/// The words in a language.
pub(in crate::conversation) const fn feedback(language: TextLanguage) -> Feedback {
    match language {
        TextLanguage::German => Feedback {
            question: "Hat das geholfen?",
            yes: "👍 Ja",
            no: "👎 Nein",
            regret: "Das tut mir leid. Fragen Sie gern noch einmal mit anderen Worten, oder wählen Sie „Ein Mensch“: \
                     Dann antwortet Ihnen jemand aus unserem Team.",
        },
        TextLanguage::English => Feedback {
            question: "Did this help?",
            yes: "👍 Yes",
            no: "👎 No",
            regret: "I am sorry. Please ask again in other words, or choose “A human”: then somebody from our team \
                     will answer you.",
        },
        TextLanguage::PlainGerman => Feedback {
            question: "Hat Ihnen das geholfen?",
            yes: "👍 Ja",
            no: "👎 Nein",
            regret: "Das tut uns leid.\nFragen Sie noch einmal.\nBenutzen Sie andere Wörter.\nOder wählen Sie: Ein \
                     Mensch.\nDann antwortet Ihnen ein Mensch.",
        },
        TextLanguage::Turkish => Feedback {
            question: "Bu yardımcı oldu mu?",
            yes: "👍 Evet",
            no: "👎 Hayır",
            regret: "Üzgünüm. Lütfen başka kelimelerle tekrar sorun veya “Bir insan”ı seçin: O zaman ekibimizden biri \
                     size cevap verir.",
        },
        TextLanguage::Ukrainian => Feedback {
            question: "Це допомогло?",
            yes: "👍 Так",
            no: "👎 Ні",
            regret: "Мені шкода. Запитайте, будь ласка, ще раз іншими словами або виберіть «Людина»: тоді вам \
                     відповість хтось із нашої команди.",
        },
        TextLanguage::Arabic => Feedback {
            question: "هل ساعدكم ذلك؟",
            yes: "👍 نعم",
            no: "👎 لا",
            regret: "نأسف لذلك. اسألوا من فضلكم مرة أخرى بكلمات مختلفة، أو اختاروا «إنسان»: عندها يجيبكم أحد من فريقنا.",
        },
    }
}
