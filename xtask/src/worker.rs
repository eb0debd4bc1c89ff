//! Builds the worker: Rust to wasm, bound to JavaScript, into `build/`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
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

const TARGET: &str = "wasm32-unknown-unknown";

/// Where parts lie until they are put together.
fn staging() -> PathBuf {
    places::root().join("build/parts")
}

fn build_with(tools: &Tools) -> Result<()> {
    let inputs = hash_of_inputs()?;
    let stamp = places::root().join("build/.inputs");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == inputs) {
        return Ok(());
    }
    // A build that breaks off leaves no stamp behind.
    let _ = fs::remove_file(&stamp);
    compile(tools)?;
    bind(tools)?;
    optimise()?;
    fs::write(stamp, inputs)?;
    Ok(())
}

/// Compiles the worker to wasm.
fn compile(tools: &Tools) -> Result<()> {
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--lib", "--package", "lotse", "--target", TARGET])
        .current_dir(places::root())
        // Read by the macros of wasm-bindgen: futures are those of js-sys, as the `worker` crate expects.
        .env("WASM_BINDGEN_USE_JS_SYS", "1");
    tools.toolchain.apply(&mut command);
    step::run(
        "compile the worker",
        "1–2 minutes the first time, then seconds",
        "read the compiler's message above",
        &mut command,
    )
}

/// Binds wasm to JavaScript and bundles it with `src/entry.js`.
fn bind(tools: &Tools) -> Result<()> {
    let (root, staging) = (places::root(), staging());
    let _ = fs::remove_dir_all(&staging);
    fs::create_dir_all(&staging).with_context(|| format!("cannot write {}", staging.display()))?;
    step::run(
        "bind it to JavaScript",
        "3 s",
        "run `cargo xtask build` again",
        Command::new(&tools.wasm_bindgen)
            .arg(places::target().join(TARGET).join("release/lotse.wasm"))
            .args(["--target", "module", "--no-typescript", "--out-name", "index", "--out-dir"])
            .arg(&staging)
            // What src/entry.js starts anew after a panic.
            .args(["--experimental-reset-state-function", "--force-enable-abort-handler"]),
    )?;
    // Workers import a module of wasm as itself; the proposal that wasm-bindgen writes for is not there yet.
    let glue = staging.join("index.js");
    let text = fs::read_to_string(&glue)?.replace("import source ", "import ");
    fs::write(&glue, text)?;
    fs::copy(root.join("src/entry.js"), staging.join("entry.js"))?;
    step::run(
        "bundle the script",
        "1 s",
        "read the message above",
        Command::new(places::npm_program("esbuild"))
            .arg(staging.join("entry.js"))
            .args([
                "--bundle",
                "--format=esm",
                "--minify",
                "--external:./index_bg.wasm",
                "--external:cloudflare:*",
            ])
            .arg(format!("--outfile={}", root.join("build/index.js").display())),
    )
}

/// What the compiler and wasm-bindgen use of WebAssembly beyond its first version. Named one by one, so that nothing
/// is made that the runtime does not know yet.
const FEATURES: [&str; 8] = [
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-exception-handling",
    "--enable-simd",
];

/// Makes the wasm smaller, and takes the names of functions out of it, 7 % of what every isolate downloads, into
/// `build/symbols.txt`, where the `wasm-function[123]` of a stack trace is looked up.
///
/// Before that functions are put in the order of their names: what was made from the same source stands together, so
/// that compression finds how alike it is.
fn optimise() -> Result<()> {
    let folder = places::root().join("build");
    let mut symbols = OsString::from("--symbolmap=");
    symbols.push(folder.join("symbols.txt"));
    step::run(
        "optimise the wasm",
        "20 s",
        "run `cargo xtask build` again; if that does not help, remove build/ before",
        Command::new(places::npm_program("wasm-opt"))
            .arg(staging().join("index_bg.wasm"))
            .args(FEATURES)
            .args(["-O", "--reorder-functions-by-name"])
            .arg(symbols)
            .arg("--strip-debug")
            .arg("-o")
            .arg(folder.join("index_bg.wasm")),
    )?;
    fs::remove_dir_all(staging())?;
    Ok(())
}

/// A hash over everything that the worker is made of: where it is the same, so is the worker.
fn hash_of_inputs() -> Result<String> {
    let root = places::root();
    let mut files = Vec::new();
    for folder in ["src", "core/src", "classify/src", "unicode", "knowledge"] {
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
