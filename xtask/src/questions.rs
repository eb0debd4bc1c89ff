//! `cargo xtask knowledge questions`: what people asked in vain, and what a lead makes of it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use lotse_core::api::knowledge::{PackInEffect, PublishedPack};
use lotse_core::api::questions::{
    EntryForQuestions, PhrasingForQuestions, QuestionGroup, QuestionPage, Suggestion,
};
use lotse_core::faq::edit::NewEntry;
use serde::Deserialize;

use crate::api_client::{ApiClient, clock};
use crate::knowledge::{outcome, read};

/// Which questions, or what becomes of a group of them.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct QuestionsArgs {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    filter: Filter,
}

/// Which groups are listed.
#[derive(Args)]
struct Filter {
    /// Only what went wrong in this way
    #[arg(long)]
    cause: Option<Cause>,
    /// Only questions in this language, such as de
    #[arg(long)]
    language: Option<String>,
    /// At most so many, the most asked first
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Cause {
    /// No entry answers it
    Unanswered,
    /// A few entries were offered, and none was picked
    Torn,
    /// It was answered, and the person said that it did not help
    NotHelped,
}

#[derive(Subcommand)]
enum Command {
    /// List the groups of questions (also without a command)
    List(Filter),
    /// Publish another way to ask for an entry; the group is dealt with
    Phrasing {
        /// The group, as the list names it
        group: String,
        /// The entry that answers it
        entry: String,
        /// How it is asked, in your own words and without personal data
        text: String,
        /// The language of these words
        #[arg(long, default_value = "de")]
        language: String,
        #[command(flatten)]
        seen: Seen,
    },
    /// Publish an entry of its own; the group is dealt with
    Entry {
        /// The group, as the list names it
        group: String,
        /// A file with one [[entry]], as it would stand in the pack
        file: PathBuf,
        #[command(flatten)]
        seen: Seen,
    },
    /// Hide a group that is no matter for the bot, and whatever is like it
    Ignore {
        /// The group, as the list names it
        group: String,
    },
}

/// What a lead saw before they decided.
#[derive(Args)]
struct Seen {
    /// Publish only if this version is still in effect; left out, whichever is
    #[arg(long, value_name = "NUMBER")]
    based_on: Option<u64>,
}

impl Seen {
    /// An addition takes nothing from a colleague's change, so without a word it goes on top of what is in effect.
    async fn version(&self, api: &ApiClient) -> Result<u64> {
        match self.based_on {
            Some(version) => Ok(version),
            None => Ok(api.get::<PackInEffect>("/knowledge").await?.version.version),
        }
    }
}

/// Asks the API and prints what it says.
///
/// # Errors
/// When lotse is not there or refuses, or a file cannot be read.
pub async fn run(api: &ApiClient, arguments: &QuestionsArgs) -> Result<()> {
    match &arguments.command {
        None => list(api, &arguments.filter).await,
        Some(Command::List(filter)) => list(api, filter).await,
        Some(Command::Phrasing { group, entry, text, language, seen }) => {
            let wanted = PhrasingForQuestions {
                entry: entry.clone(),
                language: language.clone(),
                text: text.clone(),
                based_on: seen.version(api).await?,
            };
            let published: PublishedPack = api.post(&path(group, "phrasing")?, &wanted).await?;
            println!("{}", outcome(&published));
            Ok(())
        }
        Some(Command::Entry { group, file, seen }) => {
            let entry = entry(&read(file)?, file)?;
            let wanted = EntryForQuestions { entry, based_on: seen.version(api).await? };
            let published: PublishedPack = api.post(&path(group, "entry")?, &wanted).await?;
            println!("{}", outcome(&published));
            Ok(())
        }
        Some(Command::Ignore { group }) => {
            api.order::<()>(&path(group, "ignore")?).await?;
            println!("group {group} is not shown any more, nor what is like it");
            Ok(())
        }
    }
}

async fn list(api: &ApiClient, filter: &Filter) -> Result<()> {
    let page: QuestionPage = api.get(&format!("/knowledge/questions?{}", query(filter))).await?;
    page.groups.iter().for_each(|group| println!("{}\n", described(group)));
    println!("{}", summary(&page));
    Ok(())
}

fn query(filter: &Filter) -> String {
    let mut query = format!("limit={}", filter.limit);
    if let Some(cause) = filter.cause {
        query += match cause {
            Cause::Unanswered => "&cause=unanswered",
            Cause::Torn => "&cause=torn",
            Cause::NotHelped => "&cause=not_helped",
        };
    }
    if let Some(language) = &filter.language {
        // Languages are letters and dashes: whatever else somebody types must not become another parameter.
        let language: String =
            language.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
        query += &format!("&language={language}");
    }
    query
}

fn path(group: &str, action: &str) -> Result<String> {
    let Ok(id) = group.parse::<u64>() else {
        bail!("\"{group}\" names no group: `cargo xtask knowledge questions` lists them with their numbers");
    };
    Ok(format!("/knowledge/questions/{id}/{action}"))
}

/// The only entry of a file that is written like a pack.
fn entry(source: &str, file: &Path) -> Result<NewEntry> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entries {
        entry: Vec<NewEntry>,
    }
    let Entries { mut entry } =
        toml::from_str(source).with_context(|| format!("{} holds no [[entry]]", file.display()))?;
    match (entry.pop(), entry.len()) {
        (Some(only), 0) => Ok(only),
        (_, more) => bail!("{} has to hold one [[entry]], not {}", file.display(), more + 1),
    }
}

/// A group with all that it takes to decide.
fn described(group: &QuestionGroup) -> String {
    let mut why: Vec<String> = [("unanswered", group.unanswered), ("torn", group.torn)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(cause, count)| format!("{count} {cause}"))
        .collect();
    why.extend(group.not_helped.iter().map(|(entry, count)| format!("{count} not helped by {entry}")));
    let languages: Vec<String> =
        group.languages.iter().map(|(language, count)| format!("{language} {count}")).collect();
    let mut text = format!(
        "{}  asked {} times ({})  in {}  last {}",
        group.id,
        group.count,
        why.join(", "),
        languages.join(", "),
        clock(group.last_at)
    );
    for example in &group.examples {
        text += &format!("\n  │ {example}");
    }
    text += "\n  ";
    text += &match (&group.answered_by, &group.suggestion) {
        (Some(entry), _) => format!("answered by {entry} by now: `ignore`, or leave it until nobody asks so"),
        (None, Suggestion::Phrasing { entry, chance }) => {
            format!("perhaps another phrasing of {entry} ({:.0} %)", chance * 100.0)
        }
        (None, Suggestion::NewEntry) => "no entry comes near: perhaps one of its own".to_owned(),
    };
    text
}

fn summary(page: &QuestionPage) -> String {
    let mut text = format!("{} of {} groups", page.groups.len(), page.total);
    if page.dropped > 0 {
        text += &format!("; {} with the fewest questions went, for lack of room", page.dropped);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lotse_core::time::UnixMillis;

    use super::*;

    fn group() -> QuestionGroup {
        QuestionGroup {
            id: "4".to_owned(),
            count: 6,
            unanswered: 3,
            torn: 0,
            not_helped: BTreeMap::from([("test-cost".to_owned(), 3)]),
            languages: BTreeMap::from([("de".to_owned(), 5), ("en".to_owned(), 1)]),
            first_at: UnixMillis(1_772_440_000_000),
            last_at: UnixMillis(1_772_442_000_000),
            examples: vec!["Wann kommt die Müllabfuhr?".to_owned()],
            suggestion: Suggestion::NewEntry,
            answered_by: None,
        }
    }

    #[test]
    fn a_group_says_all_it_takes_to_decide() {
        let head = "4  asked 6 times (3 unanswered, 3 not helped by test-cost)  in de 5, en 1  \
                    last 2026-03-02T09:00:00Z\n  │ Wann kommt die Müllabfuhr?\n  ";
        let phrasing = Suggestion::Phrasing { entry: "garbage".to_owned(), chance: 0.25 };
        let rows = [
            (None, Suggestion::NewEntry, "no entry comes near: perhaps one of its own"),
            (None, phrasing.clone(), "perhaps another phrasing of garbage (25 %)"),
            (
                Some("garbage".to_owned()),
                phrasing,
                "answered by garbage by now: `ignore`, or leave it until nobody asks so",
            ),
        ];
        for (answered_by, suggestion, expected) in rows {
            assert_eq!(
                described(&QuestionGroup { answered_by, suggestion, ..group() }),
                format!("{head}{expected}")
            );
        }
    }

    #[test]
    fn the_list_says_what_is_not_shown() {
        let page = QuestionPage { groups: vec![group()], next: None, total: 7, dropped: 2 };
        assert_eq!(summary(&page), "1 of 7 groups; 2 with the fewest questions went, for lack of room");
    }

    #[test]
    fn a_filter_becomes_a_query_and_nothing_else() {
        let all = Filter { cause: None, language: None, limit: 20 };
        assert_eq!(query(&all), "limit=20");
        let some = Filter {
            cause: Some(Cause::NotHelped),
            language: Some("de-leicht&limit=9".to_owned()),
            limit: 5,
        };
        assert_eq!(query(&some), "limit=5&cause=not_helped&language=de-leichtlimit9");
    }

    #[test]
    fn a_file_holds_one_entry_as_in_a_pack() {
        let source = "[[entry]]\nid = \"garbage\"\nkind = \"faq\"\ntitle.de = \"Müll\"\nanswer.de = \"Dienstags.\"\n\
                      phrasings.de = [\"Wann kommt die Müllabfuhr?\"]\n";
        let file = Path::new("garbage.toml");
        let read = entry(source, file).expect("an entry");
        assert_eq!((read.id.as_str(), read.title["de"].as_str()), ("garbage", "Müll"));
        for (name, wrong, expected) in [
            ("no entry", "", "garbage.toml holds no [[entry]]"),
            ("two entries", &format!("{source}{source}"), "garbage.toml has to hold one [[entry]], not 2"),
            ("an unknown field", &format!("{source}colour = \"red\"\n"), "garbage.toml holds no [[entry]]"),
        ] {
            assert_eq!(entry(wrong, file).expect_err(name).to_string(), expected, "{name}");
        }
    }

    #[test]
    fn a_group_is_named_by_its_number() {
        assert_eq!(path("4", "ignore").expect("a path"), "/knowledge/questions/4/ignore");
        assert!(path("../replies", "ignore").is_err());
    }
}
