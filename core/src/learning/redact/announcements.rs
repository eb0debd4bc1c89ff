//! The words that announce a name or a day of birth, and those that end one. Parts of a list are separated by commas.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::faq::fold::fold;
use crate::order::{self, gathered};

/// A name follows for certain.
const INTRODUCTIONS: &str = "ich heiße, ich heisse, mein name ist, mein name, mein vorname ist, mein nachname ist, \
    name ist, ich heiß, i heiß, i hoaß, i hoiß, hier schreibt, hier spricht, ich werde genannt, my name is, my name's, my name, i am called, \
    i'm called, they call me, call me, je m'appelle, mon nom est, me llamo, mi nombre es, mi chiamo, nazywam się, \
    mam na imię, mă numesc, benim adım, adım, ismim, мене звати, меня зовут, моє ім'я, мое имя, اسمي, نامم, نام من";

/// A name follows if it has a capital letter, or if somebody near to the person stands before.
const CALLED: &str = "heißt, heisst, hoaßt, hoißt, is called, was called, name is, name's, namens, named";
/// Before [`CALLED`], these make a question or an idiom of it: "wie heißt", "das heißt".
const ASKING: &str = "wie, was, wer, wo, das, dies, es, man, what, who, how, which, it, this, that";

/// A colon and a name follow.
const LABELS: &str =
    "name, vorname, nachname, familienname, kind, patient, patientin, surname, first name, last name";

/// Somebody near to the person, whose name may follow.
const KIN: &str = "sohn, sohnes, söhne, tochter, töchter, kind, kinds, kindes, kinder, baby, bub, bua, mädchen, madl, enkel, \
    enkelin, frau, mann, partner, partnerin, mutter, vater, mama, papa, eltern, oma, opa, bruder, schwester, onkel, \
    tante, cousin, cousine, neffe, nichte, freund, freundin, nachbar, nachbarin, kollege, kollegin, chef, chefin, \
    lehrer, lehrerin, erzieher, erzieherin, vermieter, vermieterin, son, sons, daughter, daughters, child, kid, \
    children, kids, wife, husband, mother, father, mum, mom, dad, grandma, grandpa, grandmother, grandfather, grandson, \
    granddaughter, brother, sister, uncle, aunt, cousin, nephew, niece, friend, boyfriend, girlfriend, neighbour, \
    neighbor, colleague, boss, teacher, landlord";
/// As [`KIN`] before [`CALLED`].
const PRONOUNS: &str = "er, sie, he, she, his, her, their";
/// Before [`KIN`] in German, where every noun has a capital letter …
const POSSESSIVES: &str = "mein, meine, meinen, meinem, meiner, meines, unser, unsere, unseren, unserem, unserer, unseres, \
    unsre, sein, seine, seinen, seinem, seiner, ihr, ihre, ihren, ihrem, ihrer, dein, deine, mei, moi";
/// … and in English, where names have.
const ENGLISH_POSSESSIVES: &str = "my, our, his, her, their, your";
/// Words before the first sentence.
const SALUTATIONS: &str = "hallo, hi, hey, moin, servus, grüß, gott, guten, morgen, tag, abend, liebes, team, sehr, \
    geehrte, damen, herren";

/// A surname follows for certain.
const TITLES: &str = "herr, herrn, hr, mr, mrs, ms, miss, herr dr, frau dr, dr, prof, familie, fam, pan, pani, monsieur, \
    madame, señor, señora, bay, bayan";

/// As [`TITLES`], but also a word of its own, after which any noun may follow.
const DOUBTFUL_TITLES: &str = "frau, fr";
const OWN_WIVES: &str = "meine, eine, keine, jede, deine, als";

/// Two words with capital letters behind these are a name.
const SELF: &str =
    "ich bin, ich bin der, ich bin die, hier ist, i am, i'm, this is, here is, je suis, soy, sono";

/// A letter ends here, with a name.
const CLOSINGS: &str = "grüße, grüßen, gruß, grüßle, gruesse, lg, mfg, vg, bg, gez, gezeichnet, hochachtungsvoll, \
    regards, wishes, sincerely, yours truly, saygılarımla, з повагою, с уважением, cordialement, saludos, pozdrawiam, \
    مع التحية";

/// A day of birth follows.
const BIRTHS: &str = "geb, geboren, geburtsdatum, geburtstag, born, dob, birthday, birth, birthdate, doğum, народився, \
    народилася, родился, родилась";

const MONTHS: &str = "januar, jänner, jan, februar, feb, märz, april, apr, mai, juni, jun, juli, jul, august, aug, \
    september, sep, sept, oktober, okt, november, nov, dezember, dez, january, february, march, mar, may, june, july, \
    october, oct, december, dec";

/// Words that end a name which is written in lower case.
const NO_NAMES: &str = "hat, ist, sind, war, heute, morgen, da, hier, noch, nicht, kein, keine, kommt, sagt, sagte, auch, schon, \
    jetzt, mich, mir, uns, ihm, ihn, ihnen, das, dass, dies, ja, nein, auf, an, für, nach, um, wenn, weil, ob, welche, \
    has, is, was, today, tomorrow, here, still, not, no, yes, says, me, us, him, on, for, by, to, the, that, if, there, \
    und, oder, aber, ich, wir, sie, er, es, mein, meine, bin, habe, hab, hatte, möchte, wollte, will, \
    würde, brauche, suche, wohne, komme, kann, könnte, darf, muss, soll, frage, bitte, aus, in, im, am, bei, mit, von, \
    zu, wo, wie, wann, was, wer, warum, and, or, but, i, we, my, am, have, had, want, would, need, live, can, could, may, \
    must, from, at, with, where, how, when, what, who, why, please, et, je, y, yo, ve, ben, і, й, та, я, и, و";

/// Parts of a name that count for none.
const PARTICLES: &str =
    "von, van, vom, zu, zur, de, der, den, del, da, di, la, le, al, el, bin, ibn, ten, ter";

pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    introductions: phrases(INTRODUCTIONS),
    titles: phrases(TITLES),
    doubtful_titles: set(DOUBTFUL_TITLES),
    own_wives: set(OWN_WIVES),
    called: phrases(CALLED),
    asking: set(ASKING),
    labels: phrases(LABELS),
    kin: set(KIN),
    pronouns: set(PRONOUNS),
    possessives: set(POSSESSIVES),
    english_possessives: set(ENGLISH_POSSESSIVES),
    salutations: set(SALUTATIONS),
    selves: phrases(SELF),
    closings: phrases(CLOSINGS),
    births: set(BIRTHS),
    months: set(MONTHS),
    no_names: set(NO_NAMES),
    particles: set(PARTICLES),
});

/// The lists above in folded form.
pub(super) struct Tables {
    pub introductions: Vec<Vec<String>>,
    pub titles: Vec<Vec<String>>,
    pub doubtful_titles: BTreeSet<String>,
    pub own_wives: BTreeSet<String>,
    pub called: Vec<Vec<String>>,
    pub asking: BTreeSet<String>,
    pub labels: Vec<Vec<String>>,
    pub kin: BTreeSet<String>,
    pub pronouns: BTreeSet<String>,
    pub possessives: BTreeSet<String>,
    pub english_possessives: BTreeSet<String>,
    pub salutations: BTreeSet<String>,
    pub selves: Vec<Vec<String>>,
    pub closings: Vec<Vec<String>>,
    pub births: BTreeSet<String>,
    pub months: BTreeSet<String>,
    pub no_names: BTreeSet<String>,
    pub particles: BTreeSet<String>,
}

fn set(list: &'static str) -> BTreeSet<String> {
    gathered(list.split(',').map(fold))
}

/// The longest first, each as the words that a text is taken apart into.
fn phrases(list: &'static str) -> Vec<Vec<String>> {
    let words = |phrase: &str| super::words(phrase).into_iter().map(|word| word.folded).collect();
    let mut phrases: Vec<Vec<String>> = list.split(',').map(words).collect();
    order::sort_by_key(&mut phrases, |phrase| std::cmp::Reverse(phrase.len()));
    phrases
}
