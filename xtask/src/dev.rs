//! `cargo xtask dev`: worker and simulator on this machine, until interrupted.

use std::fs;

use anyhow::{Context as _, Result};
use clap::Args;
use lotse_runtime::{Launch, Runtime};

use crate::{places, worker};

/// Start worker and simulator and keep them running.
#[derive(Args)]
pub struct DevArgs {
    /// The worker's port on 127.0.0.1.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// The simulator's port on 127.0.0.1: platforms and phone.
    #[arg(long, default_value_t = 8788)]
    sim_port: u16,
    /// Forget all conversations and start anew.
    #[arg(long)]
    fresh: bool,
}

/// Runs until interrupted; then every child has ended.
///
/// # Errors
/// When set-up, build or start fail; says what to do.
pub fn run(arguments: &DevArgs) -> Result<()> {
    worker::build()?;
    let state = places::root().join(".lotse");
    if arguments.fresh && state.exists() {
        fs::remove_dir_all(&state).with_context(|| format!("cannot remove {}", state.display()))?;
    }
    tokio::runtime::Runtime::new()?.block_on(serve(arguments, &state))
}

async fn serve(arguments: &DevArgs, state: &std::path::Path) -> Result<()> {
    let simulator = lotse_sim::start(lotse_sim::Config {
        port: arguments.sim_port,
        worker: format!("http://127.0.0.1:{}", arguments.port),
        ..lotse_sim::Config::default()
    })
    .await
    .with_context(|| {
        format!("try another port, for example --sim-port {}", arguments.sim_port.wrapping_add(10))
    })?;
    let launch = Launch::development(arguments.port, state.to_owned(), &simulator.url());
    let worker = Runtime::start(launch).await?;
    println!();
    println!("  worker     {}    (agent API below /api/v1, token dev-admin-token)", worker.url());
    println!("  simulator  {}    (open it in a browser: a phone to write from)", simulator.url());
    println!("  log        {}", state.join("worker.log").display());
    println!();
    println!("  Try: cargo xtask say \"Wo kann ich mich testen lassen?\"     Stop: Ctrl-C");
    println!("ready");
    interrupted().await?;
    println!("\nstopping …");
    worker.stop().await;
    simulator.stop().await;
    Ok(())
}

/// Ctrl-C, or the request to end that a service manager sends.
async fn interrupted() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
