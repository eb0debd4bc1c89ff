//! How large the worker is: what Cloudflare counts, compressed, and what isolates load.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};

use super::figures::{Figures, number, table};
use super::{Section, peer};
use crate::places;

/// What the worker may weigh, compressed: the aim of this project.
const AIM_BYTES: f64 = 1_000_000.0;

/// Weighs what is in `build/`.
///
/// # Errors
/// When the worker is not built.
pub fn run() -> Result<Section> {
    let mut figures = Figures::new("size");
    let build = places::root().join("build");
    let mut parts = vec![
        ("wasm", "index_bg.wasm", build.join("index_bg.wasm")),
        ("script", "index.js", build.join("index.js")),
    ];
    if let Some(pack) = compiled_pack() {
        parts.push(("pack", "compiled pack (within the wasm)", pack));
    }
    let mut rows = Vec::new();
    for (name, words, path) in &parts {
        let bytes = fs::metadata(path).with_context(|| path.display().to_string())?.len() as f64;
        let compressed = compressed_bytes(path)?;
        figures.add(&format!("{name}_bytes"), "B", bytes);
        figures.add(&format!("{name}_gzip_bytes"), "B", compressed);
        rows.push(vec![(*words).to_owned(), number(bytes, bytes), number(compressed, compressed)]);
    }
    let sum = |suffix: &str| -> f64 {
        ["wasm", "script"].iter().filter_map(|name| figures.median(&format!("{name}_{suffix}"))).sum()
    };
    let (bytes, compressed) = (sum("bytes"), sum("gzip_bytes"));
    figures.add("total_gzip_bytes", "B", compressed);
    rows.push(vec!["wasm and script".to_owned(), number(bytes, bytes), number(compressed, compressed)]);
    let peer = peer::bundle("hono");
    let (peer_bytes, peer_compressed) = (fs::metadata(&peer)?.len() as f64, compressed_bytes(&peer)?);
    figures.add("hono_bytes", "B", peer_bytes);
    figures.add("hono_gzip_bytes", "B", peer_compressed);
    let cells = [peer_bytes, peer_compressed].map(|bytes| number(bytes, bytes));
    rows.push(["hono, minified, with the pack".to_owned()].into_iter().chain(cells).collect());
    let text = format!(
        "{}\nThe aim is less than {} B compressed: {} % of it is used.\n",
        table(&["part", "B", "gzip -9, B"], &rows),
        number(AIM_BYTES, AIM_BYTES),
        number(compressed / AIM_BYTES * 100.0, 10.0),
    );
    Ok(Section { text, figures: figures.into_list(), plots: Vec::new() })
}

pub(super) fn compressed_bytes(path: &Path) -> Result<f64> {
    let mut gzip = Command::new("gzip");
    gzip.args(["-9", "-c", "-n"]).stdin(File::open(path)?).stderr(Stdio::inherit());
    let output = gzip.output().context("gzip is missing")?;
    ensure!(output.status.success(), "gzip failed on {}", path.display());
    Ok(output.stdout.len() as f64)
}

/// The pack as it was compiled into the worker last; `None` where only the finished worker is there.
fn compiled_pack() -> Option<PathBuf> {
    let folder = places::target().join("wasm32-unknown-unknown/release/build");
    let packs = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path().join("out/knowledge.bin"));
    let written = |path: &PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    packs.filter(|path| path.is_file()).max_by_key(|path| written(path).unwrap_or(SystemTime::UNIX_EPOCH))
}
