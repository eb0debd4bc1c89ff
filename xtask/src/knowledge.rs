//! `cargo xtask knowledge`: a lead's hand on the approved texts, until there is a page for it. A thin client of the API.

use std::fs;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use lotse_core::api::knowledge::{
    CrisisSwitch, NewCrisis, NewPack, NewRollback, PackDraft, PackHistory, PackInEffect, PackReport,
    PackVersion, PackWithSource, Preview, PreviewAnswer, PreviewQuestion, PreviewVerdict, PublishedPack,
    TurnedCrisis,
};
use lotse_core::faq::lint::Finding;

use crate::api_client::{ApiClient, clock};
use crate::questions::{self, QuestionsArgs};

/// How `get` marks the version that a file was made from.
const BASED_ON: &str = "# based-on:";

/// Change the approved texts while lotse runs.
#[derive(Args)]
pub struct KnowledgeArgs {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    api: ApiClient,
}

#[derive(Subcommand)]
enum Command {
    /// Print the pack in effect, or write it to a file to change it there
    ///
    /// The first line says which version it is: `publish` reads it there.
    Get {
        /// Where to write it; it is printed where this is left out
        file: Option<PathBuf>,
        /// An older version instead
        #[arg(long, value_name = "NUMBER")]
        version: Option<u64>,
    },
    /// Check a file; nothing is published
    Lint {
        /// The pack
        file: PathBuf,
    },
    /// Show what a person would read, now and with a file
    Preview {
        /// What the person writes
        text: String,
        /// A pack that is not published
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Publish a file: in effect everywhere within a minute
    Publish {
        /// The pack
        file: PathBuf,
        /// What changed, for colleagues
        #[arg(long)]
        note: Option<String>,
        /// The version that was changed, where the file does not begin with `# based-on:`
        #[arg(long, value_name = "NUMBER")]
        based_on: Option<u64>,
    },
    /// List what was published, and how the crisis switch was turned
    History,
    /// Bring an older version back, as a new one
    Rollback {
        /// The older version
        to: u64,
        /// The version in effect, as `history` shows it
        #[arg(long, value_name = "NUMBER")]
        based_on: u64,
        /// Why, for colleagues
        #[arg(long)]
        note: Option<String>,
    },
    /// Turn the crisis switch: what the pack's [crisis] says is in effect while it is on
    Crisis {
        /// How it is to stand
        switch: Switch,
        /// Why, for colleagues
        #[arg(long)]
        note: Option<String>,
    },
    /// See what people asked in vain, and make an answer of it
    Questions(QuestionsArgs),
}

#[derive(Clone, Copy, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Asks the API and prints what it says.
///
/// # Errors
/// When lotse is not there or refuses, or a file cannot be read or written.
pub fn run(arguments: &KnowledgeArgs) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(carry_out(arguments))
}

async fn carry_out(arguments: &KnowledgeArgs) -> Result<()> {
    let api = &arguments.api;
    match &arguments.command {
        Command::Get { file, version } => {
            let (version, source) = match version {
                Some(version) => {
                    let old: PackWithSource = api.get(&format!("/knowledge/versions/{version}")).await?;
                    (old.version, old.source)
                }
                None => {
                    let PackInEffect { version, source, .. } = api.get("/knowledge").await?;
                    (version, source)
                }
            };
            write(file.as_deref(), &marked(version.version, &source))
        }
        Command::Lint { file } => {
            let source = read(file)?;
            let report: PackReport = api.post("/knowledge/lint", &PackDraft { source }).await?;
            print_findings(file, &report.findings);
            if !report.publishable {
                bail!("{} cannot be published like this", file.display());
            }
            println!("{} can be published", file.display());
            Ok(())
        }
        Command::Preview { text, file } => {
            let source = file.as_deref().map(read).transpose()?;
            let answer: PreviewAnswer =
                api.post("/knowledge/preview", &PreviewQuestion { text: text.clone(), source }).await?;
            println!("{}", described("now", &answer.now));
            if let Some(after) = &answer.after {
                println!("\n{}", described("after", after));
            }
            Ok(())
        }
        Command::Publish { file, note, based_on } => {
            let source = read(file)?;
            let based_on = based_on.or_else(|| mark(&source)).with_context(|| {
                format!(
                    "nobody knows which version {} was made from: give --based-on, or begin with \
                     `cargo xtask knowledge get FILE`",
                    file.display()
                )
            })?;
            let published: PublishedPack =
                api.post("/knowledge", &NewPack { source, based_on, note: note.clone() }).await?;
            print_findings(file, &published.findings);
            // The next change of this file is made from what was just published.
            let text = marked(published.version.version, &read(file)?);
            fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
            println!("{}", outcome(&published));
            Ok(())
        }
        Command::History => {
            let history: PackHistory = api.get("/knowledge/versions").await?;
            history.versions.iter().for_each(|version| println!("{}", line(version)));
            history.crisis.iter().for_each(|turn| println!("{}", turned(turn)));
            Ok(())
        }
        Command::Rollback { to, based_on, note } => {
            let wanted = NewRollback { to: *to, based_on: *based_on, note: note.clone() };
            let published: PublishedPack = api.post("/knowledge/rollback", &wanted).await?;
            println!("{}", outcome(&published));
            Ok(())
        }
        Command::Crisis { switch, note } => {
            let wanted = NewCrisis { on: matches!(switch, Switch::On), note: note.clone() };
            let answer: TurnedCrisis = api.post("/knowledge/crisis", &wanted).await?;
            println!("{}{}", turned(&answer.crisis), way(answer.on_its_way));
            Ok(())
        }
        Command::Questions(asked) => questions::run(api, asked).await,
    }
}

/// The text of a file.
///
/// # Errors
/// When it cannot be read.
pub fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn write(file: Option<&Path>, text: &str) -> Result<()> {
    match file {
        Some(file) => fs::write(file, text).with_context(|| format!("{} cannot be written", file.display())),
        None => Ok(stdout().write_all(text.as_bytes())?),
    }
}

/// The version that a file says it was made from, in its first line.
fn mark(source: &str) -> Option<u64> {
    source.lines().next()?.strip_prefix(BASED_ON)?.trim().parse().ok()
}

/// A source that says in its first line which version it is.
fn marked(version: u64, source: &str) -> String {
    let rest =
        if mark(source).is_some() { source.split_once('\n').map_or("", |(_, rest)| rest) } else { source };
    format!("{BASED_ON} {version}\n{rest}")
}

fn print_findings(file: &Path, findings: &[Finding]) {
    for finding in findings {
        println!("{}:{}: {finding}", file.display(), finding.line);
    }
}

/// A preview in words: no figures of the machine, but whether it is sure.
fn described(when: &str, preview: &Preview) -> String {
    let verdict = match preview.verdict {
        PreviewVerdict::RedFlag => "emergency",
        PreviewVerdict::Answer => "sure",
        PreviewVerdict::Offer => "unsure, asks which one",
        PreviewVerdict::Human => "to a human",
        PreviewVerdict::OwnWords => "the bot's own words",
    };
    let rule = preview.red_flag.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
    let mut text = format!("{when}: {verdict}{rule}");
    for line in preview.reads.iter().flat_map(|read| read.lines()) {
        text += &format!("\n  │ {line}");
    }
    if preview.reads.is_empty() {
        text += "\n  (the bot keeps silent)";
    }
    for choice in &preview.choices {
        text += &format!("\n  [{choice}]");
    }
    for candidate in &preview.candidates {
        text += &format!("\n  {:>4.0} %  {} ({})", candidate.score * 100.0, candidate.entry, candidate.title);
    }
    text
}

/// What was published, and how soon people read it.
pub fn outcome(published: &PublishedPack) -> String {
    format!("{}{}", line(&published.version), way(published.on_its_way))
}

/// A version in one line.
fn line(version: &PackVersion) -> String {
    let PackVersion { version, author, at, note, brings_back } = version;
    let mut line = match (author, at) {
        (Some(author), Some(at)) => format!("version {version}  {}  by {author}", clock(*at)),
        _ => format!("version {version}  came with the program"),
    };
    if let Some(old) = brings_back {
        line += &format!("  brings back {old}");
    }
    if let Some(note) = note {
        line += &format!(": {note}");
    }
    line
}

/// A turn of the crisis switch in one line.
fn turned(turn: &CrisisSwitch) -> String {
    let mut line = format!("crisis {}", if turn.on { "on" } else { "off" });
    if let Some(at) = turn.at {
        line += &format!("  {}", clock(at));
    }
    if let Some(author) = &turn.author {
        line += &format!("  by {author}");
    }
    if let Some(note) = &turn.note {
        line += &format!(": {note}");
    }
    line
}

const fn way(on_its_way: bool) -> &'static str {
    if on_its_way {
        "\nit is kept, and on its way: KV does not take it at the moment, and it is tried until it does"
    } else {
        "\nin effect everywhere within a minute"
    }
}

#[cfg(test)]
mod tests {
    use lotse_core::time::UnixMillis;

    use super::*;

    #[test]
    fn a_file_says_once_which_version_it_is() {
        let source = "# A pool.\n[pack]\n";
        let first = marked(3, source);
        assert_eq!(first, "# based-on: 3\n# A pool.\n[pack]\n");
        assert_eq!((mark(&first), mark(source), mark("")), (Some(3), None, None));
        assert_eq!(marked(4, &first), "# based-on: 4\n# A pool.\n[pack]\n");
        assert_eq!(mark("# based-on: three"), None);
    }

    #[test]
    fn a_line_says_all_there_is_to_know() {
        let version = PackVersion {
            version: 3,
            author: Some("Mia Sommer".to_owned()),
            at: Some(UnixMillis(1_772_442_000_000)),
            note: Some("doch wieder".to_owned()),
            brings_back: Some(1),
        };
        let expected = "version 3  2026-03-02T09:00:00Z  by Mia Sommer  brings back 1: doch wieder";
        assert_eq!(line(&version), expected);
        assert_eq!(line(&PackVersion::bundled()), "version 0  came with the program");
        let turn = CrisisSwitch { on: true, author: version.author, at: version.at, note: None };
        assert_eq!(turned(&turn), "crisis on  2026-03-02T09:00:00Z  by Mia Sommer");
    }
}
