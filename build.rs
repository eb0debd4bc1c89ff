//! Checks `lotse.toml` and the pack it names, and compiles both into the worker.
//!
//! Every problem ends the build with file, line and reason: a worker with broken settings or texts
//! does not come into being.

use std::fs;
use std::path::Path;
use std::process::exit;

use lotse_core::api::openapi;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::{lint, pack};
use lotse_core::publishing::bundled;
use lotse_core::settings::{Settings, resolve_zone};

fn main() {
    println!("cargo::rerun-if-changed=lotse.toml");
    let settings_text = read("lotse.toml");
    let settings = Settings::from_toml(&settings_text, &resolve_zone)
        .unwrap_or_else(|error| stop(&format!("lotse.toml:{}: {}", error.line, error.reason)));

    let pack_path = format!("knowledge/{}/pack.toml", settings.organisation.pack);
    println!("cargo::rerun-if-changed={pack_path}");
    let source = read(&pack_path);
    let pack = pack::parse(&source).unwrap_or_else(|error| stop(&format!("{pack_path}: {error}")));

    let errors = lint::errors(&pack);
    errors.iter().for_each(|found| println!("cargo::error={pack_path}:{}: {found}", found.line));
    if !errors.is_empty() {
        stop(&format!("{pack_path} must not be published as it is: `cargo xtask faq check {}`", pack.id));
    }

    let Ok(folder) = std::env::var("OUT_DIR") else { stop("cargo did not set OUT_DIR") };
    let settings_json = serde_json::to_vec(&settings).unwrap_or_else(|error| stop(&error.to_string()));
    write(&folder, "settings.json", &settings_json);
    write(&folder, "openapi.json", openapi::document().to_string().as_bytes());
    let knowledge = Knowledge::compile(&pack).to_bytes();
    let lacking = bundled::lacking(&source, &knowledge);
    if bundled::restored(&lacking, &knowledge).as_ref() != Ok(&source) {
        stop(&format!("{pack_path}: cannot be restored from its compiled form"));
    }
    write(&folder, "source.bin", &lacking);
    write(&folder, "knowledge.bin", &knowledge);
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| stop(&format!("{path}: {error}")))
}

fn write(folder: &str, name: &str, bytes: &[u8]) {
    if let Err(error) = fs::write(Path::new(folder).join(name), bytes) {
        stop(&format!("{name}: {error}"));
    }
}

fn stop(problem: &str) -> ! {
    println!("cargo::error={problem}");
    exit(1)
}
