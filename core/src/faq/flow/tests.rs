use jiff::civil::date;

use super::*;
use crate::faq::Verdict;
use crate::faq::knowledge::Knowledge;
use crate::faq::lint::{Severity, lint};
use crate::faq::pack::{Pack, parse};
use crate::time::UnixMillis;

const PACK: &str = r#"[pack]
id = "club"
title = "Verein"
languages = ["de", "en"]

[[entry]]
id = "join"
kind = "flow"
title.de = "Beitreten"
answer.de = "Bis bald!"
phrasings.de = ["Ich möchte beitreten", "Mitglied werden", "Beitritt", "Aufnahme beantragen", "Wie werde ich Mitglied?"]

[[entry.step]]
id = "born"
kind = "date"
label = "Geboren"
question.de = "Wann sind Sie geboren?"
question.en = "When were you born?"
min = "1900-01-01"
max = "today - 6574"

[[entry.step]]
id = "from"
kind = "date"
question.de = "Ab wann?"
question.en = "From when?"
min = "born"

[[entry.step]]
id = "sport"
kind = "choice"
question.de = "Was möchten Sie tun?"
question.en = "What would you like to do?"
choices = [
  { id = "swim", title = { de = "Schwimmen", en = "Swim" } },
  { id = "run", title.de = "Laufen", title.en = "Run" },
]

[[entry.step]]
id = "fee"
kind = "number"
question.de = "Wie viel Beitrag?"
question.en = "Which fee?"
min = 1
max = 99.5
unit = "Euro"

[[entry.step]]
id = "words"
kind = "text"
question.de = "Noch etwas?"
question.en = "Anything else?"
optional = true
max = 40

[[entry]]
id = "hours"
kind = "faq"
title.de = "Zeiten"
answer.de = "Immer."
phrasings.de = ["Wann offen", "Offen heute", "Öffnungszeiten", "Bis wann offen", "Ab wann offen"]

[[red_flag]]
id = "drowning"
phrases.de = ["ertrinkt"]
phrases.en = ["drowning"]
answer.de = "112!"
"#;

const TODAY: Date = date(2026, 11, 23);

fn sound() -> Pack {
    parse(PACK).expect("the pack is well-formed")
}

#[test]
fn a_flow_is_read_step_by_step() {
    let pack = sound();
    let steps = &pack.entries[0].steps;
    assert_eq!((steps.len(), steps[0].line, steps[4].line), (5, 13, 48));
    let born = Takes::Date { min: Some(Day::On(date(1900, 1, 1))), max: Some(Day::Today(-6574)) };
    assert_eq!((&steps[0].takes, steps[0].label.as_deref()), (&born, Some("Geboren")));
    assert_eq!(steps[1].takes, Takes::Date { min: Some(Day::Of("born".to_owned())), max: None });
    let fee = Takes::Number { min: Some(1.0), max: Some(99.5), unit: Some("Euro".to_owned()) };
    assert_eq!(steps[3].takes, fee);
    assert_eq!((&steps[4].takes, steps[4].optional), (&Takes::Text { min: 1, max: 40 }, true));
    assert_eq!(lint(&pack, TODAY), []);
}

#[test]
fn mistakes_are_named_with_line_and_entry() {
    let rows = [
        ("unknown kind", "kind = \"number\"", "kind = \"numbers\"", 41, "unknown variant"),
        ("unknown field", "optional = true", "optional = true\ncolour = 1", 54, "unknown field"),
        ("bound of a choice", "id = \"sport\"\n", "id = \"sport\"\nmin = 1\n", 29, "min and max belong"),
        ("text as number", "min = 1\n", "min = \"viel\"\n", 39, "is no bound here"),
        ("number as day", "min = \"born\"", "min = 3", 22, "is no bound here"),
        ("no such day", "1900-01-01", "1900-02-30", 13, "is no bound here"),
        ("days without sign", "today - 6574", "today 6574", 13, "is no bound here"),
        ("undeclared language", "question.en = \"From", "question.fr = \"From", 22, "\"fr\""),
    ];
    for (name, from, to, line, reason) in rows {
        let failure = parse(&PACK.replacen(from, to, 1)).expect_err(name);
        assert_eq!((failure.line, failure.entry.as_deref()), (line, Some("join")), "{name}: {failure}");
        assert!(failure.to_string().contains(reason), "{name}: {failure}");
    }
    let unit = PACK.replacen("kind = \"text\"", "kind = \"text\"\nunit = \"kg\"", 1);
    assert!(parse(&unit).expect_err("unit").to_string().contains("unit belongs to steps of kind number"));
}

#[test]
fn each_mistake_is_found_and_named() {
    type Break = fn(&mut Pack);
    use Severity::{Error, Warning};
    fn step(pack: &mut Pack, index: usize) -> &mut Step {
        &mut pack.entries[0].steps[index]
    }
    fn choices(pack: &mut Pack) -> &mut Vec<StepChoice> {
        match &mut step(pack, 2).takes {
            Takes::Choice { choices } => choices,
            other => panic!("{other:?} has no choices"),
        }
    }
    let rows: [(&str, Break, Severity, &str); 21] = [
        ("no steps", |pack| pack.entries[0].steps.clear(), Error, "needs steps"),
        (
            "many steps",
            |pack| {
                let last = step(pack, 4).clone();
                pack.entries[0].steps.extend((0..6).map(|at| Step { id: format!("s{at}"), ..last.clone() }));
            },
            Warning,
            "11 steps",
        ),
        (
            "steps of an answer",
            |pack| {
                let steps = pack.entries[0].steps.clone();
                pack.entries[1].steps = steps;
            },
            Error,
            "only entries of kind",
        ),
        ("buttons", |pack| pack.entries[0].buttons.push("hours".to_owned()), Error, "ends at a human"),
        ("same id", |pack| step(pack, 1).id = "born".to_owned(), Error, "taken by an earlier step"),
        ("odd id", |pack| step(pack, 1).id = "a:b".to_owned(), Error, "an id is"),
        ("long ids", |pack| step(pack, 2).id = "s".repeat(60), Error, "bytes together"),
        (
            "no question",
            |pack| drop(step(pack, 0).question.remove("de")),
            Error,
            "no question in the default",
        ),
        (
            "blank question",
            |pack| drop(step(pack, 0).question.insert("en".to_owned(), " ".to_owned())),
            Error,
            "the question is blank in \"en\"",
        ),
        (
            "blank choice",
            |pack| drop(choices(pack)[0].title.insert("en".to_owned(), String::new())),
            Error,
            "the title of choice \"swim\" is blank in \"en\"",
        ),
        (
            "not asked in English",
            |pack| drop(step(pack, 0).question.remove("en")),
            Warning,
            "asked in \"de\"",
        ),
        (
            "long question",
            |pack| drop(step(pack, 0).question.insert("de".to_owned(), "x".repeat(601))),
            Error,
            "600 are allowed",
        ),
        (
            "long label",
            |pack| step(pack, 0).label = Some("x".repeat(61)),
            Error,
            "the label has more than 60",
        ),
        (
            "long text",
            |pack| step(pack, 4).takes = Takes::Text { min: 1, max: 501 },
            Error,
            "a text has 1 to 500",
        ),
        (
            "empty range",
            |pack| step(pack, 3).takes = Takes::Number { min: Some(2.0), max: Some(1.0), unit: None },
            Error,
            "min is more than max",
        ),
        (
            "no such step",
            |pack| step(pack, 1).takes = Takes::Date { min: Some(Day::Of("fee".to_owned())), max: None },
            Error,
            "neither a day nor an earlier step",
        ),
        (
            "days in the wrong order",
            |pack| step(pack, 1).takes = Takes::Date { min: Some(Day::Today(3)), max: Some(Day::Today(2)) },
            Error,
            "min is after max",
        ),
        ("one choice", |pack| choices(pack).truncate(1), Error, "1 choices, 2 to 10"),
        (
            "long choice",
            |pack| drop(choices(pack)[0].title.insert("de".to_owned(), "x".repeat(21))),
            Error,
            "20 fit on a button",
        ),
        (
            "same choice",
            |pack| drop(choices(pack)[0].title.insert("de".to_owned(), "LAUFEN".to_owned())),
            Error,
            "two choices are called",
        ),
        (
            "nameless choice",
            |pack| drop(choices(pack)[0].title.remove("de")),
            Error,
            "no title of choice \"swim\"",
        ),
    ];
    for (name, break_it, severity, reason) in rows {
        let mut pack = sound();
        break_it(&mut pack);
        let findings = lint(&pack, TODAY);
        let hit =
            findings.iter().find(|finding| finding.severity == severity && finding.reason.contains(reason));
        assert!(hit.is_some_and(|finding| finding.line > 0), "{name}: {findings:?}");
    }
}

#[test]
fn a_flow_survives_compilation_and_is_found_like_any_entry() {
    let knowledge = Knowledge::compile(&sound());
    let restored = Knowledge::from_bytes(&knowledge.to_bytes()).expect("its own bytes");
    let flow = restored.flow("join", UnixMillis(0)).expect("a flow");
    let (place, sport) = flow.step("sport").expect("a step");
    assert_eq!(
        (place, flow.question(sport, "en"), flow.question(sport, "fr")),
        (2, "What would you like to do?", "Was möchten Sie tun?")
    );
    assert_eq!((flow.closing("en"), flow.title("en")), (Some("Bis bald!"), "Beitreten"));
    assert_eq!((flow.label(&flow.steps[0]), flow.label(sport)), ("Geboren", "Was möchten Sie tun?"));
    assert_eq!(restored.flow("hours", UnixMillis(0)), None);
    assert!(
        matches!(restored.ask("Mitglied werden", UnixMillis(0)), Verdict::Answer(found) if found.entry == "join")
    );
}
