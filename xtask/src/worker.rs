//! Builds the worker: Rust to wasm, bound to JavaScript, into `build/`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::setup::{self, Tools};
use crate::{places, step};

/// Sets up and builds the worker in release mode: what is tested is what is shipped.
///
/// # Errors
/// The step that failed, with what to do.
pub fn build() -> Result<()> {
    let tools = setup::run()?;
    build_with(&tools)
}

fn build_with(tools: &Tools) -> Result<()> {
    let inputs = hash_of_inputs()?;
    let stamp = places::root().join("build/.inputs");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == inputs) {
        return Ok(());
    }
    // A build that breaks off leaves no stamp behind.
    let _ = fs::remove_file(&stamp);
    let mut command = Command::new(&tools.worker_build);
    command
        .arg("--release")
        .current_dir(places::root())
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("ESBUILD_BIN", places::npm_program("esbuild"))
        .env("WASM_OPT_BIN", places::npm_program("wasm-opt"));
    tools.toolchain.apply(&mut command);
    step::run(
        "build the worker",
        "1–2 minutes the first time, then seconds",
        "read the compiler's message above",
        &mut command,
    )?;
    strip_names()?;
    fs::write(stamp, inputs)?;
    Ok(())
}

/// Takes the names of functions out of the wasm, 7 % of what every isolate downloads, into `build/symbols.txt`,
/// where the `wasm-function[123]` of a stack trace is looked up. worker-build keeps them whatever it is told.
fn strip_names() -> Result<()> {
    let folder = places::root().join("build");
    let (module, stripped) = (folder.join("index_bg.wasm"), folder.join("stripped.wasm"));
    let mut symbols = OsString::from("--symbolmap=");
    symbols.push(folder.join("symbols.txt"));
    step::run(
        "strip the names of functions",
        "2 s",
        "run `cargo xtask build` again; if that does not help, remove build/ before",
        Command::new(places::npm_program("wasm-opt"))
            .arg(&module)
            .arg(symbols)
            .args(["--enable-simd", "--strip-debug"])
            .arg("-o")
            .arg(&stripped),
    )?;
    fs::rename(stripped, module)?;
    Ok(())
}

/// A hash over everything that the worker is made of: where it is the same, so is the worker.
fn hash_of_inputs() -> Result<String> {
    let root = places::root();
    let mut files = Vec::new();
    for folder in ["src", "core/src", "classify/src", "knowledge"] {
        collect_files(&root.join(folder), &mut files)?;
    }
    files.extend(
        [
            ".cargo/config.toml",
            "Cargo.toml",
            "Cargo.lock",
            "core/Cargo.toml",
            "classify/Cargo.toml",
            "build.rs",
            "lotse.toml",
        ]
        .map(|name| root.join(name)),
    );
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(file.to_string_lossy().as_bytes());
        hasher.update(Sha256::digest(fs::read(&file)?));
    }
    Ok(hex::encode(hasher.finalize()))
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
