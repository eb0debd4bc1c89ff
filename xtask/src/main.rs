//! The project's own commands. `cargo xtask help` lists them.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod accounts;
mod api_client;
mod bench;
mod dev;
mod faq_command;
mod faq_spreadsheet;
mod faults;
mod knowledge;
mod marks;
mod places;
mod questions;
mod say;
mod scale;
mod setup;
mod simulate;
mod step;
mod test;
mod wasm_target;
mod worker;

/// Everything that is done with this project from the command line.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start worker and simulator on this machine, building what is missing.
    Dev(dev::DevArgs),
    /// Set everything up and run every test.
    Test(test::TestArgs),
    /// Say something as a citizen and print the answer.
    Say(say::SayArgs),
    /// See which accounts send; pause and resume them.
    Accounts(accounts::AccountsArgs),
    /// Change the approved texts while lotse runs: get, lint, preview, publish, roll back, crisis, questions.
    Knowledge(knowledge::KnowledgeArgs),
    /// Check a pack of approved texts, or measure the answer tier.
    Faq(faq_command::FaqArgs),
    /// Measure speed, size and start of the worker on this machine.
    Bench(bench::BenchArgs),
    /// Kill the worker again and again under load, and audit what was lost or doubled.
    Faults(faults::FaultsArgs),
    /// Compute what many messages cost and what breaks first.
    Scale(scale::ScaleArgs),
    /// Run the core through simulated crises in virtual time and check every promise.
    Simulate(simulate::SimulateArgs),
    /// Install what is missing and build the worker into build/.
    Build,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Dev(arguments) => dev::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Say(arguments) => say::run(&arguments),
        Task::Accounts(arguments) => accounts::run(&arguments),
        Task::Knowledge(arguments) => knowledge::run(&arguments),
        Task::Faq(arguments) => faq_command::run(arguments).map_err(anyhow::Error::from),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Faults(arguments) => faults::run(&arguments),
        Task::Scale(arguments) => scale::run(&arguments),
        Task::Simulate(arguments) => simulate::run(&arguments),
        Task::Build => worker::build(),
    };
    if let Err(error) = outcome {
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn no_command_contradicts_another() {
        Arguments::command().debug_assert();
    }
}
