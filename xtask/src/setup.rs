//! Sets up everything a build needs, once: the wasm target, wasm-bindgen, npm packages.
//!
//! Each step checks first whether its result is already there, so a second run takes no time. Tools lie
//! in the user's cache folder, outside `target/`, and are shared by every clone.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::wasm_target::{self, WasmToolchain};
use crate::{places, step};

/// What a build of the worker needs beside cargo.
pub struct Tools {
    /// The compiler for wasm32.
    pub toolchain: WasmToolchain,
    /// wasm-bindgen in the version of `Cargo.lock`.
    pub wasm_bindgen: PathBuf,
}

/// Installs what is missing.
///
/// # Errors
/// The first step that fails, with what to do about it.
pub fn run() -> Result<Tools> {
    let wasm_bindgen_version = locked_version("wasm-bindgen")?;
    let toolchain = wasm_target::ensure()?;
    let wasm_bindgen = ensure_cargo_tool("wasm-bindgen-cli", "wasm-bindgen", &wasm_bindgen_version)?;
    ensure_npm_packages()?;
    Ok(Tools { toolchain, wasm_bindgen })
}

/// Installs a cargo tool in an exact version into a folder of its own. Debug builds: they take a third
/// of the time and cost nothing measurable when run.
fn ensure_cargo_tool(package: &str, binary: &str, version: &str) -> Result<PathBuf> {
    let install_root = places::cache()?.join(format!("{package}-{version}"));
    let program = install_root.join("bin").join(binary);
    if !program.exists() {
        // The tool's own lock file first; where a registry lacks one of the versions in it, the newest fitting ones.
        install(package, version, &install_root, "with its lock file", &["--locked"])
            .or_else(|_| install(package, version, &install_root, "without its lock file", &[]))?;
    }
    Ok(program)
}

fn install(package: &str, version: &str, install_root: &Path, how: &str, options: &[&str]) -> Result<()> {
    step::run(
        &format!("install {package} {version} {how}"),
        "1–2 minutes, once",
        "check that crates.io can be reached and run the command again",
        Command::new("cargo")
            .args(["install", "--debug", "--root"])
            .arg(install_root)
            .arg("--target-dir")
            .arg(places::cache()?.join("build"))
            .args(options)
            .arg(format!("{package}@{version}")),
    )
}

/// Installs what `package-lock.json` lists, when it changed since the last time. `npm install` rather than
/// `npm ci`, which refuses a lock file without the optional packages of other operating systems.
fn ensure_npm_packages() -> Result<()> {
    let root = places::root();
    let lock = fs::read(root.join("package-lock.json")).context("package-lock.json is missing")?;
    let stamp = root.join("node_modules/.lotse-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) && places::npm_program("node").exists() {
        return Ok(());
    }
    step::run(
        "install npm packages",
        "20 s",
        "check that Node.js with npm is installed (`apt-get install npm`) and that the npm registry can be reached",
        Command::new("npm").args(["install", "--no-save", "--no-audit", "--no-fund"]).current_dir(&root),
    )?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// The version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> Result<String> {
    let lock_path = places::root().join("Cargo.lock");
    let lock: toml::Table = fs::read_to_string(&lock_path).context("Cargo.lock is missing")?.parse()?;
    lock.get("package")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .and_then(|entry| entry.get("version")?.as_str().map(str::to_owned))
        .with_context(|| format!("{package} is not in Cargo.lock"))
}

/// Installs a Debian package that a step needs, where this user may.
///
/// # Errors
/// When it is missing and cannot be installed: says which command would.
pub fn ensure_debian_packages(packages: &[&str]) -> Result<()> {
    let installed = |package: &&str| {
        let status = Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]).output();
        status.is_ok_and(|output| output.stdout == b"installed")
    };
    if packages.iter().all(installed) {
        return Ok(());
    }
    let by_hand = format!("run `apt-get install {}` as root, then this command again", packages.join(" "));
    if !is_root() {
        bail!("Debian packages are missing: {by_hand}");
    }
    let mut update = Command::new("apt-get");
    step::run("update the list of Debian packages", "10 s", &by_hand, update.args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    step::run(&format!("install {}", packages.join(", ")), "40 s", &by_hand, &mut install)
}

/// Whether this process may install system packages.
#[must_use]
pub fn is_root() -> bool {
    env::var("USER").is_ok_and(|user| user == "root")
        || Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
