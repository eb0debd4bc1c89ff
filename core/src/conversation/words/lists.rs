//! The words themselves, per language, as people write them. Parts of a list are separated by commas.

/// What one language has to say.
pub(super) struct Lists {
    /// The language's tag.
    pub tag: &'static str,
    /// Requests that are the whole message: a human …
    pub human: &'static str,
    /// … one's data erased …
    pub erase: &'static str,
    /// … or told.
    pub access: &'static str,
    /// Wishes that are the whole message: news …
    pub start: &'static str,
    /// … or none.
    pub stop: &'static str,
    /// Requests for a human wherever they stand in a message.
    pub human_anywhere: &'static str,
    /// Words that may stand around the first of these requests.
    pub human_rest: &'static str,
    /// Words of which greetings consist; one of the core must be there.
    pub greeting_core: &'static str,
    /// What stands beside them.
    pub greeting_rest: &'static str,
    /// Words of which closings consist; one of the core must be there.
    pub closing_core: &'static str,
    /// What stands beside them.
    pub closing_rest: &'static str,
}

pub(super) const LISTS: [Lists; 5] = [GERMAN, ENGLISH, TURKISH, UKRAINIAN, ARABIC];

const GERMAN: Lists = Lists {
    tag: "de",
    human: "0, mensch, ein mensch, einen menschen, einem menschen, menschen, mitarbeiter, mitarbeiterin, \
        ein mitarbeiter, einen mitarbeiter, einem mitarbeiter, eine mitarbeiterin, einer mitarbeiterin, \
        sachbearbeiter, sachbearbeiterin, berater, beraterin, agent, person",
    erase: "löschen, daten löschen, meine daten löschen",
    access: "auskunft, datenauskunft, meine daten",
    start: "start, starten, abonnieren",
    stop: "stopp, stop, stoppen, abbestellen, keine nachrichten mehr, bitte keine nachrichten mehr",
    human_anywhere: "mit einem menschen sprechen, mit einem menschen reden, mit einem menschen schreiben, \
        mit einem menschen telefonieren, mit einem menschen chatten, einen menschen sprechen, \
        mit einem mitarbeiter sprechen, mit einem mitarbeiter reden, mit einer mitarbeiterin sprechen, \
        mit einer mitarbeiterin reden, einen mitarbeiter sprechen, eine mitarbeiterin sprechen, \
        mit einer person sprechen, mit einer person reden, mit jemandem sprechen, mit jemandem reden, \
        mit jemand sprechen, mit jemand reden, sprechen mit einem menschen, reden mit einem menschen, \
        verbinden sie mich mit einem menschen, verbinden sie mich mit einem mitarbeiter, \
        verbinden sie mich mit einer mitarbeiterin, verbinde mich mit einem menschen, \
        will einen menschen, möchte einen menschen, brauche einen menschen, bitte einen menschen, \
        lieber einen menschen, lieber mit einem menschen, mit einem echten menschen, mit einem richtigen menschen, \
        echter mensch, echten menschen",
    human_rest: "ich, will, möchte, brauche, kann, bitte, hallo, nein, ja, danke, doch, lieber, jetzt, sofort, gleich, \
        sprechen, reden, schreiben, mit",
    greeting_core: "hallo, hi, hey, moin, servus, grüß, grüezi, guten, start, huhu",
    greeting_rest: "gott, tag, morgen, mittag, abend, zusammen, liebes, team, an, alle, euch, sie",
    closing_core: "danke, dank, dankeschön, merci, ok, okay, klar, super, prima, perfekt, verstanden, tschüss, \
        wiedersehen, ciao, schönen",
    closing_rest: "vielen, besten, herzlichen, lieben, tausend, sehr, schön, ihnen, auch, für, die, das, hilfe, info, \
        infos, auskunft, antwort, schnelle, alles, gut, ja, nein, und, auf, noch, tag, abend, wochenende",
};

const ENGLISH: Lists = Lists {
    tag: "en",
    human: "0, human, a human, agent, operator, person, real person, staff",
    erase: "delete, erase, delete my data, erase my data",
    access: "my data, data access",
    start: "start, subscribe",
    stop: "stop, stop all, unsubscribe, no more messages",
    human_anywhere: "talk to a human, speak to a human, speak with a human, talk to a person, speak to a person, \
        talk to someone, speak to someone, talk with a human, chat with a human, talk with a person, \
        speak with a person, talk with someone, speak with someone, talk to an agent, speak to an agent, \
        speak with an agent, talk to staff, speak to staff, me to a human, me to an agent, want a human, need a human, \
        like a human, get a human, give me a human, human please, real human, a real person",
    human_rest: "i, i'd, want, need, would, like, to, can, could, get, please, hello, hi, no, yes, thanks, now, rather, \
        talk, speak, with, me",
    greeting_core: "hi, hey, hello, good, start",
    greeting_rest: "team, morning, afternoon, evening, day, there, everyone",
    closing_core: "ok, okay, super, thanks, thank, thx, bye, goodbye, great, perfect",
    closing_rest: "info, you, so, much, very, a, lot, for, your, the, help, nice, day, have, no, yes, many",
};

const TURKISH: Lists = Lists {
    tag: "tr",
    human: "0, insan, bir insan, yetkili, bir yetkili, temsilci, müşteri temsilcisi, görevli, bir görevli, memur, \
        operatör, gerçek insan, canlı destek",
    erase: "sil, verilerimi sil, verilerimi silin, bilgilerimi sil, bilgilerimi silin",
    access: "verilerim, hangi verilerim var, verilerimi göster",
    start: "başla, başlat, abone ol",
    stop: "dur, durdur, dursun, abonelikten çık, artık mesaj yok, mesaj istemiyorum, artık mesaj göndermeyin",
    human_anywhere: "bir insanla konuşmak, bir insanla görüşmek, bir insanla yazışmak, insanla konuşmak, \
        insanla görüşmek, biriyle konuşmak, biriyle görüşmek, bir yetkiliyle görüşmek, yetkiliyle görüşmek, \
        bir yetkiliyle konuşmak, temsilciyle görüşmek, temsilciye bağla, gerçek bir insan",
    human_rest: "lütfen, hayır, evet, merhaba, şimdi, hemen, istiyorum, ile, konuşmak, görüşmek",
    greeting_core: "merhaba, merhabalar, selam, selamlar, selamün, günaydın, iyi",
    greeting_rest: "aleyküm, günler, akşamlar, geceler, herkese, size, sabahlar, hayırlı",
    closing_core: "teşekkür, teşekkürler, sağol, sağolun, eyvallah, tamam, tamamdır, anladım, harika, mükemmel, \
        görüşürüz, hoşçakal, hoşçakalın",
    closing_rest: "çok, ederim, ederiz, size, için, her, şey, bilgi, cevap, yardım, yardımınız, evet, hayır, günler, \
        iyi, akşamlar, kolay, gelsin, da",
};

const UKRAINIAN: Lists = Lists {
    tag: "uk",
    human: "0, людина, людину, жива людина, живу людину, оператор, оператора, співробітник, працівник, менеджер, \
        консультант, фахівець",
    erase: "видалити, видаліть мої дані, видалити мої дані, видали мої дані, стерти мої дані",
    access: "мої дані, які дані, доступ до даних",
    start: "старт, почати, підписатися, підписка",
    stop: "стоп, зупинити, відписатися, відписка, більше не пишіть, не пишіть мені, без повідомлень",
    human_anywhere: "поговорити з людиною, говорити з людиною, поспілкуватися з людиною, зв'язатися з людиною, \
        з живою людиною, поговорити з оператором, з'єднайте з оператором, покличте оператора, \
        поговорити з працівником, поговорити з кимось, справжня людина",
    human_rest: "будь, ласка, ні, так, добрий, день, зараз, хочу, мені, потрібна, потрібен, покличте",
    greeting_core: "привіт, вітаю, вітаємо, добрий, доброго, доброї, здрастуйте, здравствуйте, привет, слава",
    greeting_rest: "день, дня, ранок, ранку, вечір, вечора, ночі, всім, усім, україні",
    closing_core: "дякую, дякуємо, дяка, спасибі, спасибо, добре, гаразд, зрозуміло, зрозумів, зрозуміла, чудово, \
        супер, бувайте, побачення, ок",
    closing_rest: "дуже, щиро, вам, за, допомогу, відповідь, швидку, інформацію, велике, до, так, ні, гарного, \
        дня, вечора, і, все",
};

const ARABIC: Lists = Lists {
    tag: "ar",
    human: "0, إنسان, شخص, موظف, موظفة, مسؤول, شخص حقيقي, إنسان حقيقي, بشري, خدمة العملاء",
    erase: "حذف, احذف, احذفوا بياناتي, احذف بياناتي, حذف بياناتي, امسحوا بياناتي",
    access: "بياناتي, ما هي بياناتي, معلومات عن بياناتي",
    start: "ابدأ, بدء, اشتراك, اشترك",
    stop: "توقف, توقفوا, إيقاف, قف, إلغاء الاشتراك, لا أريد رسائل, لا ترسلوا رسائل",
    human_anywhere: "التحدث مع إنسان, التحدث إلى إنسان, التكلم مع إنسان, أتكلم مع إنسان, أتحدث مع إنسان, \
        التحدث مع موظف, التحدث إلى موظف, أتكلم مع موظف, احكي مع موظف, احكي مع حدا, التحدث مع شخص, \
        أتكلم مع شخص, إنسان حقيقي, شخص حقيقي",
    human_rest: "من, فضلك, لو, سمحت, لا, نعم, مرحبا, الآن, أريد, بدي",
    greeting_core: "مرحبا, أهلا, اهلين, السلام, سلام, صباح, مساء, هلا, تحية",
    greeting_rest: "عليكم, ورحمة, الله, وبركاته, الخير, النور, وسهلا, بكم, و, يا, جميعا",
    closing_core: "شكرا, مشكور, مشكورين, تسلم, تسلموا, تمام, حسنا, ممتاز, طيب, مفهوم, فهمت, وداعا",
    closing_rest: "جزيلا, كثيرا, كتير, لكم, لك, على, المساعدة, الجواب, الرد, نعم, لا, جدا, الله, يعطيكم, العافية, \
        مع, السلامة",
};
