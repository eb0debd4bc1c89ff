//! Announced steps: what runs, how long it usually takes, where its output goes, what to do when it fails.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::places;

/// Runs a command whose output goes to a log file, and says what is happening while it runs.
///
/// # Errors
/// When the command cannot start or fails: names the log, shows its end, and gives `remedy`.
pub fn run(title: &str, expected: &str, remedy: &str, command: &mut Command) -> Result<()> {
    print!("  {title} (usually {expected}) … ");
    std::io::stdout().flush().ok();
    let started = Instant::now();
    let log_path = log_path(title)?;
    let log = File::create(&log_path).with_context(|| format!("cannot write {}", log_path.display()))?;
    let status =
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).status().with_context(|| {
            format!("{title}: cannot start {}. {remedy}", command.get_program().to_string_lossy())
        })?;
    if !status.success() {
        println!("failed");
        let log = fs::read_to_string(&log_path).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(25)..].join("\n");
        bail!(
            "{title} failed ({status}).\n{end}\n\nThe whole log: {}\nWhat to do: {remedy}",
            log_path.display()
        );
    }
    println!("{:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

fn log_path(title: &str) -> Result<PathBuf> {
    let folder = places::cache()?.join("logs");
    fs::create_dir_all(&folder)?;
    let name: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    Ok(folder.join(format!("{name}.log")))
}
