//! The simulator as a program: plays the messenger platforms until it is interrupted.

use std::process::ExitCode;

use clap::Parser;

/// Plays WhatsApp and Telegram on this machine: signs and sends webhooks to lotse, takes what lotse
/// sends, and serves a phone for the browser.
///
/// Say something:  curl -d '{"channel":"whatsapp","from":"491701234567","text":"Hallo"}' localhost:8788/sim/say
/// See the answer: curl 'localhost:8788/sim/received?to=491701234567&wait_ms=5000'
#[derive(Parser)]
#[command(name = "lotse-sim", version, verbatim_doc_comment)]
struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8788)]
    port: u16,
    /// lotse's address on this machine; webhooks go to {worker}/webhook/{channel}/{account}.
    #[arg(long, default_value = "http://127.0.0.1:8787", value_name = "URL")]
    worker: String,
    /// Send no status webhooks (sent, delivered, read): for load tests.
    #[arg(long)]
    no_statuses: bool,
    /// Deliver webhooks again that lotse did not answer with 2xx, with growing pauses, as platforms do.
    #[arg(long)]
    redeliver: bool,
    /// Hold WhatsApp's pair rate: 45 messages to one person at once, then one per 6 seconds.
    #[arg(long)]
    pair_rate: bool,
    /// How many of lotse's messages to keep.
    #[arg(long, default_value_t = 200_000, value_name = "NUMBER")]
    keep: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = lotse_sim::Config {
        port: arguments.port,
        worker: arguments.worker,
        settings: lotse_sim::Settings {
            statuses: !arguments.no_statuses,
            redeliver: arguments.redeliver,
            pair_rate: arguments.pair_rate,
            keep_webhooks: false,
        },
        received_capacity: arguments.keep,
        ..lotse_sim::Config::default()
    };
    let simulator = match lotse_sim::start(config).await {
        Ok(simulator) => simulator,
        Err(error) => {
            eprintln!("lotse-sim: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("lotse-sim: phone and platforms at {}", simulator.url());
    interrupted().await;
    simulator.stop().await;
    ExitCode::SUCCESS
}

/// Returns on Ctrl+C or when the system asks the program to end.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // Without a signal handler the program ends by the signal itself.
    let _ = tokio::signal::ctrl_c().await;
}
