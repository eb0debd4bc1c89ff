//! Reads a day as people write it: `24.12.`, `gestern`, `vor drei Tagen`, `Dec 24th`, `last Monday`.
//!
//! Every word must make sense, or nothing is read: a question about a day is no day. A day without a year, or a
//! weekday, is the nearest that the question allows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{Date, Weekday, date};

use crate::calendar::{days_after, days_between, months_after};
use crate::faq::distance::within_distance;
use crate::faq::fold::fold;
use crate::order::gathered;

/// What may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    pub today: Date,
    pub min: Option<Date>,
    pub max: Option<Date>,
}

impl Days {
    fn allow(&self, day: Date) -> bool {
        self.min.is_none_or(|min| min <= day) && self.max.is_none_or(|max| day <= max)
    }

    /// The nearest of these days that is allowed, else the nearest at all; the later one of two.
    fn nearest(&self, days: impl Iterator<Item = Date>) -> Option<Date> {
        let far = |day: Date| days_between(self.today, day);
        days.min_by_key(|day| (!self.allow(*day), far(*day), std::cmp::Reverse(*day)))
    }
}

/// The day that a text names; `None` where it names none, or more than one.
pub(super) fn day(text: &str, days: &Days) -> Option<Date> {
    let mut said = Said::default();
    for token in tokens(text)? {
        said.take(token)?;
    }
    said.day(days)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Days from today.
    Relative(i32),
    /// `morgen`: tomorrow, or the morning of a day that is named beside it.
    Morning,
    Month(i8),
    /// A day of every year.
    Holiday(i8, i8),
    Weekday(Weekday),
    Days(i32),
    Months,
    Count(i32),
    Past,
    Future,
    Last,
    Next,
    /// Says that a number is a day: `am 24`, `24th`.
    Ordinal,
    Hour,
    Filler,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// A number, how many digits it has, and whether a dot follows.
    Number(i32, usize, bool),
}

const WORDS: &[(Word, &str)] = &[
    (Word::Relative(0), "heute heut heit heid heind haid hait heude hüt today tonight jetzt now sofort"),
    (Word::Relative(-1), "gestern gestan gesdern geschdern geschtern gester gestarn yesterday"),
    (Word::Relative(-2), "vorgestern vorgestan vorgesdern vorgeschdern"),
    (Word::Morning, "morgen morgn moang moing morjen"),
    (Word::Relative(1), "tomorrow tmrw"),
    (Word::Relative(2), "übermorgen übermorgn übamoang"),
    (Word::Month(1), "januar january jan jänner jenner"),
    (Word::Month(2), "februar february feb feber"),
    (Word::Month(3), "märz march mär mar mrz"),
    (Word::Month(4), "april apr"),
    (Word::Month(5), "mai may"),
    (Word::Month(6), "juni june jun juno"),
    (Word::Month(7), "juli july jul julei"),
    (Word::Month(8), "august aug"),
    (Word::Month(9), "september sept sep"),
    (Word::Month(10), "oktober october okt oct"),
    (Word::Month(11), "november nov"),
    (Word::Month(12), "dezember december dez dec"),
    (Word::Holiday(1, 1), "neujahr"),
    (Word::Holiday(12, 6), "nikolaus"),
    (Word::Holiday(12, 24), "heiligabend"),
    (Word::Holiday(12, 31), "silvester"),
    (Word::Weekday(Weekday::Monday), "montag montags monday mo mon"),
    (Word::Weekday(Weekday::Tuesday), "dienstag dienstags tuesday di tue tues"),
    (Word::Weekday(Weekday::Wednesday), "mittwoch mittwochs wednesday mi wed"),
    (Word::Weekday(Weekday::Thursday), "donnerstag donnerstags thursday do thu thur thurs"),
    (Word::Weekday(Weekday::Friday), "freitag freitags friday fr fri"),
    (Word::Weekday(Weekday::Saturday), "samstag samstags sonnabend saturday sa sat"),
    (Word::Weekday(Weekday::Sunday), "sonntag sonntags sunday so sun"),
    (Word::Days(1), "tag tage tagen day days"),
    (Word::Days(7), "woche wochen week weeks"),
    (Word::Months, "monat monate monaten month months"),
    (Word::Count(1), "ein eine einem einer einen a one"),
    (Word::Count(2), "zwei two"),
    (Word::Count(3), "drei three"),
    (Word::Count(4), "vier four"),
    (Word::Count(5), "fünf five"),
    (Word::Count(6), "sechs six"),
    (Word::Count(7), "sieben seven"),
    (Word::Count(8), "acht eight"),
    (Word::Count(9), "neun nine"),
    (Word::Count(10), "zehn ten"),
    (Word::Past, "vor ago seit since for"),
    (Word::Future, "in"),
    (Word::Last, "letzter letzten letzte letztem last vergangenen vergangener voriger vorigen"),
    (Word::Next, "nächster nächsten nächste nächstem next kommenden kommender kommende coming"),
    (Word::Ordinal, "am vom dem den the on th st nd rd ter ten"),
    (Word::Hour, "uhr"),
    (
        Word::Filler,
        "an ab bis zum von from until till to of at um ca circa etwa ungefähr about around schon bereits already war \
         es das it was ist is this diesen dieser der die i think glaube ich denke früh vormittag vormittags mittag \
         nachmittag nachmittags abend abends nacht nachts morning noon afternoon evening night bitte please \
         wahrscheinlich vermutlich probably maybe datum date starting beginnend",
    ),
];

static KNOWN: LazyLock<BTreeMap<String, Word>> = LazyLock::new(|| {
    let listed = |(word, texts): &(Word, &'static str)| {
        let word = *word;
        texts.split_whitespace().map(move |text| (fold(text), word))
    };
    gathered(WORDS.iter().flat_map(listed))
});

/// From this length on, a word may have a typing error; two from [`LONG`] on.
const FORGIVING: usize = 5;
const LONG: usize = 9;

/// The meaning of a word, through a typing error where only one meaning is near.
fn meaning(word: &str) -> Option<Word> {
    let folded = fold(word);
    if let Some(known) = KNOWN.get(&folded) {
        return Some(*known);
    }
    let letters: Vec<char> = folded.chars().collect();
    let mut near = KNOWN.iter().filter(|(known, _)| {
        let known: Vec<char> = known.chars().collect();
        let shorter = letters.len().min(known.len());
        let limit = usize::from(shorter >= FORGIVING) + usize::from(shorter >= LONG);
        limit > 0 && within_distance(&letters, &known, limit)
    });
    let first = *near.next()?.1;
    near.all(|(_, other)| *other == first).then_some(first)
}

/// Numbers and words, in order; `None` where a word means nothing.
fn tokens(text: &str) -> Option<Vec<Token>> {
    /// Longer than any day.
    const MAX_TOKENS: usize = 24;
    let mut tokens = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        if tokens.len() > MAX_TOKENS {
            return None;
        }
        let is_digit = first.is_ascii_digit();
        if !is_digit && !first.is_alphabetic() {
            // A question is no day.
            if first == '?' || first.is_numeric() {
                return None;
            }
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let same = |letter: char| {
            if is_digit { letter.is_ascii_digit() } else { letter.is_alphabetic() || letter == '\u{308}' }
        };
        let end = rest.find(|letter: char| !same(letter)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        tokens.push(if is_digit {
            Token::Number(token.parse().ok()?, token.len(), after.starts_with('.'))
        } else {
            Token::Word(meaning(token)?)
        });
        rest = after;
    }
    Some(tokens)
}

/// What was said, sorted.
#[derive(Default)]
struct Said {
    numbers: Vec<(i32, usize)>,
    relative: Option<i32>,
    morning: bool,
    month: Option<i8>,
    holiday: Option<(i8, i8)>,
    weekday: Option<Weekday>,
    count: Option<i32>,
    span: Option<Word>,
    past: bool,
    future: bool,
    last: bool,
    next: bool,
    ordinal: bool,
}

impl Said {
    /// `None` where it says a second thing of the same kind.
    fn take(&mut self, token: Token) -> Option<()> {
        fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
            place.replace(value).is_none().then_some(())
        }
        match token {
            Token::Number(number, digits, dot) => {
                self.ordinal |= dot && self.numbers.is_empty();
                self.numbers.push((number, digits));
            }
            Token::Word(word) => match word {
                Word::Relative(days) => once(&mut self.relative, days)?,
                Word::Morning => self.morning = true,
                Word::Month(month) => once(&mut self.month, month)?,
                Word::Holiday(month, day) => once(&mut self.holiday, (month, day))?,
                Word::Weekday(weekday) => once(&mut self.weekday, weekday)?,
                Word::Days(_) | Word::Months => once(&mut self.span, word)?,
                Word::Count(count) => once(&mut self.count, count)?,
                Word::Past => self.past = true,
                Word::Future => self.future = true,
                Word::Last => self.last = true,
                Word::Next => self.next = true,
                Word::Ordinal => self.ordinal = true,
                // The time of day does not matter.
                Word::Hour => drop(self.numbers.pop()?),
                Word::Filler => {}
            },
        }
        Some(())
    }

    fn day(mut self, days: &Days) -> Option<Date> {
        let names_day = self.relative.is_some() || self.weekday.is_some() || self.month.is_some();
        if self.morning && !names_day && self.numbers.is_empty() {
            self.relative = Some(1);
        }
        if let Some(offset) = self.relative {
            let alone = self.numbers.is_empty() && self.month.is_none() && self.span.is_none();
            return alone.then(|| days_after(days.today, offset)).flatten();
        }
        if let Some(span) = self.span {
            return self.ago(span, days.today);
        }
        if let Some((month, day)) = self.holiday {
            return self.numbers.is_empty().then(|| yearless(month, day, days)).flatten();
        }
        match (self.month, self.numbers.as_slice(), self.weekday) {
            (Some(month), [(day, _)], _) => yearless(month, i8::try_from(*day).ok()?, days),
            (Some(month), [(year, 4), (day, _)] | [(day, _), (year, 2 | 4)], _) => {
                civil(*year, month.into(), *day, days)
            }
            (None, [(year, 4), (month, _), (day, _)], _) => civil(*year, *month, *day, days),
            (None, [(day, 1 | 2), (month, 1 | 2), (year, 2 | 4)], _) => {
                civil(*year, *month, *day, days).or_else(|| civil(*year, *day, *month, days))
            }
            (None, [(day, 1 | 2), (month, 1 | 2)], _) => {
                let (day, month) = (i8::try_from(*day).ok()?, i8::try_from(*month).ok()?);
                yearless(month, day, days).or_else(|| yearless(day, month, days))
            }
            (None, [(packed, 8)], None) => {
                let day_first = civil(packed % 10_000, packed / 10_000 % 100, packed / 1_000_000, days);
                day_first.or_else(|| civil(packed / 10_000, packed / 100 % 100, packed % 100, days))
            }
            (None, [(packed, 6)], None) => civil(packed % 100, packed / 100 % 100, packed / 10_000, days),
            (None, [(day, 1 | 2)], _) if self.ordinal => monthless(i8::try_from(*day).ok()?, days),
            (None, [], Some(weekday)) => self.weekday_near(weekday, days),
            _ => None,
        }
    }

    /// `vor drei Tagen`, `2 weeks ago`, `in einer Woche`.
    fn ago(&self, span: Word, today: Date) -> Option<Date> {
        let count = match (self.numbers.as_slice(), self.count) {
            ([(number, 1..=3)], None) => *number,
            ([], Some(count)) => count,
            _ => return None,
        };
        let sign = match (self.past, self.future) {
            (true, false) => -1,
            (false, true) => 1,
            _ => return None,
        };
        match span {
            Word::Days(days) => days_after(today, sign * count * days),
            _ => months_after(today, sign * count),
        }
    }

    fn weekday_near(&self, weekday: Weekday, days: &Days) -> Option<Date> {
        let last = days.today.nth_weekday(-1, weekday).ok()?;
        let next = days.today.nth_weekday(1, weekday).ok()?;
        match (self.last, self.next) {
            (true, false) => Some(last),
            (false, true) => Some(next),
            (true, true) => None,
            (false, false) => {
                let today = (days.today.weekday() == weekday).then_some(days.today);
                let allowed =
                    [today, Some(next), Some(last)].into_iter().flatten().find(|day| days.allow(*day));
                Some(allowed.unwrap_or(next))
            }
        }
    }
}

/// A day with its year, which may have two digits.
fn civil(year: i32, month: i32, day: i32, days: &Days) -> Option<Date> {
    let this_year = i32::from(days.today.year());
    let year = match year {
        // Two digits: up to ten years ahead, else in the last century.
        0..100 if year + 2_000 <= this_year + 10 => year + 2_000,
        0..100 => year + 1_900,
        _ => year,
    };
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn yearless(month: i8, day: i8, days: &Days) -> Option<Date> {
    // A 29 February may be years away.
    let years =
        (-4..=4).filter_map(|offset| Date::new(days.today.year().checked_add(offset)?, month, day).ok());
    days.nearest(years)
}

fn monthless(day: i8, days: &Days) -> Option<Date> {
    let today = days.today;
    let first = date(today.year(), today.month(), 1);
    let months = (-2_i32..=2).filter_map(|offset| {
        let month = months_after(first, offset)?;
        Date::new(month.year(), month.month(), day).ok()
    });
    days.nearest(months)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    const TODAY: Date = date(2026, 11, 23);

    fn read(text: &str, min: Option<Date>, max: Option<Date>) -> Option<String> {
        day(text, &Days { today: TODAY, min, max }).map(|day| day.to_string())
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let rows = [
            ("24.12.", "2026-12-24"),
            ("24.12", "2026-12-24"),
            ("24.12.2026", "2026-12-24"),
            ("24.12.26", "2026-12-24"),
            ("24. 12. 2026", "2026-12-24"),
            ("1.2.87", "1987-02-01"),
            ("2026-12-24", "2026-12-24"),
            ("24-12-2026", "2026-12-24"),
            ("24/12", "2026-12-24"),
            ("12/24/2026", "2026-12-24"),
            ("24122026", "2026-12-24"),
            ("20261224", "2026-12-24"),
            ("241226", "2026-12-24"),
            ("24. Dezember", "2026-12-24"),
            ("am 24. Dezember 2026", "2026-12-24"),
            ("24 dez", "2026-12-24"),
            ("Dec 24", "2026-12-24"),
            ("December 24th, 2026", "2026-12-24"),
            ("the 24th of December", "2026-12-24"),
            ("24 Decmber", "2026-12-24"),
            ("24. Dezmeber", "2026-12-24"),
            ("3. Jänner", "2027-01-03"),
            ("3. Maerz", "2027-03-03"),
            ("29.2.", "2028-02-29"),
            ("heute", "2026-11-23"),
            ("Heit", "2026-11-23"),
            ("heut früh", "2026-11-23"),
            ("heute Morgen", "2026-11-23"),
            ("this morning… today", "2026-11-23"),
            ("gestern Abend", "2026-11-22"),
            ("seit gestern", "2026-11-22"),
            ("gestan", "2026-11-22"),
            ("gesten", "2026-11-22"),
            ("getsern", "2026-11-22"),
            ("yesterday", "2026-11-22"),
            ("yesterdya", "2026-11-22"),
            ("vorgestern", "2026-11-21"),
            ("morgen", "2026-11-24"),
            ("ab morgen früh", "2026-11-24"),
            ("moang", "2026-11-24"),
            ("tomorow", "2026-11-24"),
            ("uebermorgen", "2026-11-25"),
            ("vor 3 Tagen", "2026-11-20"),
            ("seit drei Tagen", "2026-11-20"),
            ("3 days ago", "2026-11-20"),
            ("vor einer Woche", "2026-11-16"),
            ("a week ago", "2026-11-16"),
            ("in 2 Wochen", "2026-12-07"),
            ("vor einem Monat", "2026-10-23"),
            ("Montag", "2026-11-23"),
            ("am Freitag", "2026-11-27"),
            ("letzten Freitag", "2026-11-20"),
            ("last friday", "2026-11-20"),
            ("nächsten Montag", "2026-11-30"),
            ("Sa", "2026-11-28"),
            ("Mittwoch, 25.11.", "2026-11-25"),
            ("am 24.", "2026-11-24"),
            ("the 5th", "2026-12-05"),
            ("Heiligabend", "2026-12-24"),
            ("gestern um 14 Uhr", "2026-11-22"),
        ];
        for (text, expected) in rows {
            assert_eq!(read(text, None, None).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_or_more_than_one_is_not_read() {
        for text in [
            "",
            "?",
            "bald",
            "31.2.",
            "32.1.",
            "13/13",
            "24",
            "12345",
            "99999999",
            "gestern oder heute",
            "24.12. bis 27.12.",
            "Wann habt ihr am Montag offen?",
            "Wo kann ich mich heute testen lassen",
            "letzte Woche",
            "3 Tage",
            "soon",
            "٣.٤.",
            "999999999999999999999",
            "vor 3000000 Tagen",
        ] {
            assert_eq!(read(text, None, None), None, "{text}");
        }
    }

    #[test]
    fn bounds_say_which_year_and_which_weekday_is_meant() {
        let (past, future) = ((None, Some(TODAY)), (Some(TODAY), None));
        for (name, text, (min, max), expected) in [
            ("christmas behind us", "24.12.", past, "2025-12-24"),
            ("christmas ahead", "24.12.", future, "2026-12-24"),
            ("june ahead", "1.6.", future, "2027-06-01"),
            ("friday behind us", "Freitag", past, "2026-11-20"),
            ("friday ahead", "Freitag", future, "2026-11-27"),
            ("today is both", "Montag", past, "2026-11-23"),
            ("the 24th behind us", "am 24.", past, "2026-10-24"),
            (
                "never allowed: the nearest",
                "24.12.",
                (Some(date(2026, 12, 30)), Some(date(2026, 12, 31))),
                "2026-12-24",
            ),
        ] {
            assert_eq!(read(text, min, max).as_deref(), Some(expected), "{name}");
        }
    }
}
