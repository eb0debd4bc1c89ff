//! `cargo xtask test`: every test there is, in the order in which a failure is cheapest to learn of.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::{places, worker};

/// Set everything up and run every test.
#[derive(Args)]
pub struct TestArgs {
    /// Only end-to-end tests whose name contains this.
    filter: Option<String>,
}

/// Runs the tests; their output goes to the terminal.
///
/// # Errors
/// At the first part that fails.
pub fn run(arguments: &TestArgs) -> Result<()> {
    let started = Instant::now();
    if arguments.filter.is_none() {
        cargo("formatting", &["fmt", "--all", "--check"])?;
        cargo("lints", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
        // With the simulated worlds of core/tests/simulation.rs, which the feature brings in.
        let features = ["--features", "lotse-core/simulation"];
        let unit_tests = ["test", "--workspace", "--exclude", "lotse-tests", "--quiet"];
        cargo("unit tests and simulated worlds", &[&unit_tests[..], &features].concat())?;
        fuzz_targets()?;
    }
    worker::build()?;
    let mut end_to_end = vec!["test", "--package", "lotse-tests", "--quiet"];
    if let Some(filter) = &arguments.filter {
        end_to_end.extend(["--", filter]);
    }
    cargo("end-to-end tests in workerd", &end_to_end)?;
    println!("all tests passed in {:.0} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// Whether the fuzz targets still fit what they feed. They are a workspace of their own, and are not run here.
fn fuzz_targets() -> Result<()> {
    let (mut command, target) = (Command::new("cargo"), places::target().join("fuzz"));
    // Nothing is linked: libFuzzer, which is C++, need not be compiled.
    command.env("CUSTOM_LIBFUZZER_PATH", target.join("not-linked.a")).env("CARGO_TARGET_DIR", target);
    let arguments = ["check", "--locked", "--quiet", "--manifest-path", "fuzz/Cargo.toml"];
    run_cargo("fuzz targets", command, &arguments)
}

fn cargo(title: &str, arguments: &[&str]) -> Result<()> {
    run_cargo(title, Command::new("cargo"), arguments)
}

fn run_cargo(title: &str, mut command: Command, arguments: &[&str]) -> Result<()> {
    println!("── {title}");
    let status = command.args(arguments).current_dir(places::root()).status()?;
    if !status.success() {
        bail!("{title}: failed; run `cargo {}` to see it alone", arguments.join(" "));
    }
    Ok(())
}
