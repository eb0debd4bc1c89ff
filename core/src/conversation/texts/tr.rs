//! Turkish, with "siz".

use super::feedback::Feedback;
use super::flow::FlowWords;
use super::{Acknowledgement, Introduction, Request, Subject, Texts, Wait, Wish, paragraphs};
use crate::settings::TextLanguage;

const NO_EMERGENCY_LINE: &str = "Biz acil çağrı hattı değiliz: Hayati tehlikede lütfen 112’yi arayın.";

pub(super) struct Turkish;

impl Texts for Turkish {
    fn human_choice(&self) -> &'static str {
        "Bir insan"
    }

    fn offer(&self) -> &'static str {
        "Ne demek istediğinizden emin değilim. Bunlardan biri mi?"
    }

    fn emergency(&self) -> &'static str {
        "Siz veya başkaları tehlikedeyseniz lütfen hemen 112’yi arayın. Biz acil çağrı hattı değiliz."
    }

    fn other_language(&self) -> &'static str {
        "Bu metin henüz Türkçe olarak yok."
    }

    fn chosen(&self) -> &'static str {
        "Tamam, bundan sonra Türkçe yazıyorum. Sorunuz nedir?"
    }

    fn greeting(&self, introduction: &Introduction<'_>) -> String {
        let hello = format!(
            "Merhaba! Ben bir sohbet robotuyum. Ulaştığınız yer: {}. Sorunuzu tek cümleyle yazın: Sık sorulan \
             soruları hemen yanıtlarım, diğerlerini ekibimize iletirim. “İnsan” yazarsanız doğrudan bir insana \
             ulaşırsınız.",
            introduction.organisation
        );
        paragraphs(&[&hello, NO_EMERGENCY_LINE, &self.links(introduction)])
    }

    fn closing(&self, introduction: &Introduction<'_>) -> String {
        let who = format!(
            "Otomatik yanıt ({}). Bir insanla yazışmak isterseniz “İnsan” yazın.",
            introduction.organisation
        );
        let links = self.links(introduction);
        if links.is_empty() { who } else { format!("{who}\n{links}") }
    }

    fn wish(&self, wish: Wish, organisation: &str) -> String {
        let confirmed = match wish {
            Wish::Start => {
                "Teşekkürler. Bundan sonra yenilik olduğunda size kendiliğimizden de yazarız. “DUR” yazarak bunu \
                 istediğiniz zaman bitirebilirsiniz."
            }
            Wish::Stop => "Artık bizden mesaj almayacaksınız. Bize yeniden yazarsanız size yanıt veririz.",
        };
        paragraphs(&[confirmed, &format!("Otomatik mesaj ({organisation}).")])
    }

    fn acknowledgement(&self, acknowledgement: &Acknowledgement<'_>) -> String {
        let wait = wait(&acknowledgement.wait);
        let facts =
            format!("İşlem numaranız: {} ({})\n{wait}", acknowledgement.reference, acknowledgement.time);
        let emergency = if acknowledgement.first { format!(" {NO_EMERGENCY_LINE}") } else { String::new() };
        let sender = format!("Otomatik mesaj ({}).{emergency}", acknowledgement.organisation);
        paragraphs(&[subject(acknowledgement.subject), &facts, &sender])
    }

    fn links(&self, introduction: &Introduction<'_>) -> String {
        introduction.links("Kişisel verilerin korunması", "Künye")
    }
}

const fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Question => {
            "Mesajınız için teşekkürler. Ekibimizden bir insan mesajınızı okuyup size buradan yanıt verecek."
        }
        Subject::NotText => {
            "Teşekkürler, bize ulaştı. Robot olarak yalnızca yazıyı anlıyorum. Ekibimizden bir insan buna bakıp \
             size buradan yanıt verecek."
        }
        Subject::Request(Request::Human) => {
            "Elbette. Ekibimizden bir insan devralıp size buradan yanıt verecek."
        }
        Subject::Request(Request::Erase) => {
            "Verilerinizi silmemizi istiyorsunuz. Ekibimizden bir insan bununla ilgilenip size buradan yazacak."
        }
        Subject::Request(Request::Access) => {
            "Hakkınızda hangi verilerin bizde olduğunu bilmek istiyorsunuz. Ekibimizden bir insan bununla \
             ilgilenip size buradan yazacak."
        }
    }
}

fn wait(wait: &Wait) -> String {
    match wait {
        Wait::Unknown => "En kısa zamanda yanıt vereceğiz.".to_owned(),
        Wait::Minutes(minutes) => format!("Tahmini yanıt: yaklaşık {minutes} dakika içinde."),
        Wait::Hours(1) => "Tahmini yanıt: yaklaşık bir saat içinde.".to_owned(),
        Wait::Hours(hours) => format!("Tahmini yanıt: yaklaşık {hours} saat içinde."),
        Wait::From(moment) => format!("Tahmini yanıt: {moment}."),
    }
}

pub(super) const FLOW: FlowWords = FlowWords {
    language: TextLanguage::Turkish,
    start: "{}: Bu konuda size {}. “İnsan” yazarsanız istediğiniz zaman bir insana ulaşırsınız, “geri” önceki \
        soruya götürür, “iptal” bunu bitirir.",
    one_question: "bir sorum var",
    questions: "{} kısa sorum var",
    question: "Soru {} / {}: ",
    skip: "Bu soruyu geçmek için “atla” yazın.",
    postal_code: "Beş rakamlı bir Alman posta koduna ihtiyacım var, örneğin 80331.",
    day: "Tarihi anlayamadım. Lütfen şöyle yazın: {}.",
    too_early: "Bu tarih çok erken. Lütfen en erken {} olan bir gün yazın.",
    too_late: "Bu tarih çok geç. Lütfen en geç {} olan bir gün yazın.",
    number: "Tek bir sayıya ihtiyacım var, örneğin 12 veya 12,5{}.",
    too_small: "Bu sayı çok küçük. En az {} olmalı.",
    too_large: "Bu sayı çok büyük. En fazla {} olabilir.",
    choice: "Lütfen yanıtlardan birini seçin; numarası da yeterli, örneğin 1.",
    in_words: "Lütfen kelimelerle yanıt verin.",
    too_short: "Lütfen biraz daha ayrıntılı yazın: en az {} karakter.",
    too_long: "Bu soru için çok uzun. Lütfen en fazla {} karakter yazın.",
    photo: "Lütfen buraya bir fotoğraf veya dosya gönderin.",
    not_text: "Bunu bir robot olarak okuyamıyorum, bir insan bakacak. Lütfen bana kelimelerle yanıt verin.",
    needed: "Bu yanıta ihtiyacımız var, bu soruyu geçemem.",
    human: "Başka türlü daha kolaysa “İnsan” yazın, o zaman bir insan devralır. Şimdiye kadar yazdıklarınızı görür.",
    cancelled: "Tamam, bu iptal edildi. İstediğiniz zaman yeniden başlayabilir veya başka bir soru sorabilirsiniz. \
        “İnsan” sizi bir insana ulaştırır.",
};

pub(super) const FEEDBACK: Feedback = Feedback {
    question: "Bu yardımcı oldu mu?",
    yes: "👍 Evet",
    no: "👎 Hayır",
    regret: "Üzgünüm. Lütfen başka kelimelerle tekrar sorun veya “Bir insan”ı seçin: O zaman ekibimizden biri \
                     size cevap verir.",
};
