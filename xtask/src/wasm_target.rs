//! A Rust compiler with a standard library for `wasm32-unknown-unknown`.
//!
//! Two ways lead there, and this room chooses. Where rustup may download, `rustup target add` is all.
//! Where it may not (`RUSTUP_AUTO_INSTALL=0`, or no way to its server), Debian packages bring a compiler
//! with the source of the standard library, which is then built once into that compiler's sysroot.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{places, setup, step};

const TARGET: &str = "wasm32-unknown-unknown";
/// Written last, so that a copy that broke off is not taken for whole.
const STAMP: &str = "made-by-lotse";
const DEBIAN_TOOLCHAIN: &str = "lotse-debian";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "libstd-rust-web-dev"];

/// The environment that makes cargo build for wasm with the toolchain found here.
pub struct WasmToolchain {
    variables: Vec<(&'static str, String)>,
}

impl WasmToolchain {
    /// Sets the environment on a command.
    pub fn apply(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
    }
}

/// Finds or installs a compiler for wasm.
///
/// # Errors
/// When neither way works; says what to do.
pub fn ensure() -> Result<WasmToolchain> {
    if has_target(Command::new("rustc").current_dir(places::root())) {
        return Ok(WasmToolchain { variables: Vec::new() });
    }
    let rustup_may_download = env::var("RUSTUP_AUTO_INSTALL").map_or(true, |value| value != "0");
    if rustup_may_download && rustup_target_add().is_ok() {
        return Ok(WasmToolchain { variables: Vec::new() });
    }
    from_debian_packages()
}

fn has_target(command: &mut Command) -> bool {
    let output = command.args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| {
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        output.status.success() && holds_std(&folder)
    })
}

fn holds_std(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| {
        entries
            .any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
    })
}

fn rustup_target_add() -> Result<()> {
    step::run(
        "add the wasm target with rustup",
        "10 s",
        "without network access to the Rust release server, Debian packages serve instead",
        Command::new("rustup").args(["target", "add", TARGET]),
    )
}

fn from_debian_packages() -> Result<WasmToolchain> {
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("no wasm target: run `rustup target add {TARGET}`, then this command again");
    }
    setup::ensure_debian_packages(&DEBIAN_PACKAGES)?;
    if !has_target(&mut Command::new("/usr/bin/rustc")) || built_for()? != compiler()? {
        build_std()?;
    }
    link_toolchain()?;
    Ok(WasmToolchain {
        variables: vec![
            ("RUSTUP_TOOLCHAIN", DEBIAN_TOOLCHAIN.to_owned()),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker()?),
        ],
    })
}

/// The compiler that the standard library has to be made by: another version cannot read it.
fn compiler() -> Result<String> {
    let output = Command::new("/usr/bin/rustc").arg("-vV").output().context("/usr/bin/rustc does not run")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn sysroot() -> PathBuf {
    Path::new("/usr/lib/rustlib").join(TARGET).join("lib")
}

/// The compiler that made the standard library in the sysroot; empty when it was not put there whole.
fn built_for() -> Result<String> {
    Ok(fs::read_to_string(sysroot().join(STAMP)).unwrap_or_default())
}

/// Builds the standard library from the packaged source and puts it into the compiler's sysroot, where
/// the build needs it there. `embed-bitcode` because link-time optimisation needs it.
fn build_std() -> Result<()> {
    let by_hand = "run this command as root, which may write to /usr/lib/rustlib";
    if !setup::is_root() {
        bail!("the standard library for wasm is missing: {by_hand}");
    }
    let project = places::cache()?.join("std");
    let _ = fs::remove_dir_all(project.join("target"));
    fs::create_dir_all(project.join("src"))?;
    let manifest = "[package]\nname = \"dummy\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[profile.release]\npanic = \"abort\"\n\n[workspace]\n";
    fs::write(project.join("Cargo.toml"), manifest)?;
    fs::write(project.join("src/lib.rs"), "#![no_std]\n")?;
    step::run(
        "build the standard library for wasm",
        "35 s, once",
        by_hand,
        Command::new("/usr/bin/cargo")
            .args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"])
            .current_dir(&project)
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", project.join("target"))
            .env_remove("RUSTUP_TOOLCHAIN"),
    )?;
    let built = project.join("target").join(TARGET).join("release/deps");
    let sysroot = sysroot();
    let _ = fs::remove_dir_all(&sysroot);
    fs::create_dir_all(&sysroot).with_context(|| format!("cannot write {}: {by_hand}", sysroot.display()))?;
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
        if path.extension() == Some(OsStr::new("rlib")) && !name.starts_with("libdummy-") {
            fs::copy(&path, sysroot.join(&*name))?;
        }
    }
    fs::write(sysroot.join(STAMP), compiler()?)?;
    Ok(())
}

fn link_toolchain() -> Result<()> {
    let listed = Command::new("rustup").args(["toolchain", "list"]).output().context("rustup is missing")?;
    if String::from_utf8_lossy(&listed.stdout).lines().any(|line| line.starts_with(DEBIAN_TOOLCHAIN)) {
        return Ok(());
    }
    let status = Command::new("rustup")
        .args(["toolchain", "link", DEBIAN_TOOLCHAIN, "/usr"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("`rustup toolchain link {DEBIAN_TOOLCHAIN} /usr` failed");
    }
    Ok(())
}

/// rustup's own linker for wasm, or Debian's.
fn linker() -> Result<String> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).current_dir(places::root()).output()?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    let bundled = sysroot.join("lib/rustlib").join(host()?).join("bin/rust-lld");
    if bundled.exists() {
        return Ok(bundled.to_string_lossy().into_owned());
    }
    let debian = Path::new("/usr/bin/wasm-ld-22");
    setup::ensure_debian_packages(&["lld-22"])?;
    Ok(debian.to_string_lossy().into_owned())
}

fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").current_dir(places::root()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .context("`rustc -vV` names no host")
}
