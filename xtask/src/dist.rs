//! The distributed binary: compiled with a profile of its own work, which saves a quarter of the cost of a small request.
//!
//! A profile fits only the sources, dependencies and compiler that it was made with, so none is kept: the bench drives an
//! instrumented build, and the profile goes into the second build. See ADR 13.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{bench, checks::cargo, step};

/// What the bench does with the instrumented server: misses, hits and puts, most of them small.
const TRAINING: &str = "--servers coho --work hot,head,put,mirror,herd --repeats 1 --secs 2 --sizes 1k,64k,1m \
                        --putsizes 1k,64k --n4k 20000 --n4m 50 --warm 0 --herdsecs 6";

/// Builds `target/dist/coho`.
pub(crate) fn run(root: &Path) -> Result<()> {
    let rustc = Rustc::ask()?;
    let profdata = rustc.llvm_profdata()?;
    let folder = root.join("target/dist");
    let counts = folder.join("counts");
    if counts.exists() {
        std::fs::remove_dir_all(&counts)?;
    }
    let binary = build(root, &rustc.host, &format!("-Cprofile-generate={}", counts.display()))?;
    train(root, &binary)?;
    let profile = folder.join("coho.profdata");
    let mut merge = Command::new(profdata);
    passed(merge.arg("merge").arg("--output").arg(&profile).arg(&counts))?;
    let binary = build(root, &rustc.host, &format!("-Cprofile-use={}", profile.display()))?;
    let dist = folder.join("coho");
    std::fs::copy(&binary, &dist).with_context(|| format!("cannot copy {}", binary.display()))?;
    println!("{}", dist.display());
    Ok(())
}

/// The release build with these flags. It names a target, so that the flags do not apply to build scripts and macros.
fn build(root: &Path, host: &str, flags: &str) -> Result<PathBuf> {
    let mut cargo = cargo(root);
    cargo.env("RUSTFLAGS", flags);
    cargo.args([
        "build",
        "--release",
        "--locked",
        "--package",
        "coho",
        "--target",
        host,
        "--target-dir",
        "target/dist",
    ]);
    passed(&mut cargo)?;
    Ok(root.join("target/dist").join(host).join("release/coho"))
}

fn train(root: &Path, binary: &Path) -> Result<()> {
    bench::build(root)?;
    let mut python = Command::new("python3");
    python.current_dir(root.join("bench")).arg("run.py").args(TRAINING.split_whitespace()).env("COHO_BIN", binary);
    let ran = passed(&mut python)?;
    ensure!(!ran.lines.iter().any(|line| line.contains("ERR ")), "the bench met errors: this profile would be of them");
    Ok(())
}

fn passed(command: &mut Command) -> Result<step::Ran> {
    let ran = step::run(command)?;
    ensure!(ran.success, "{}: {}", command.get_program().display(), ran.status);
    Ok(ran)
}

/// The compiler, as it describes itself.
struct Rustc {
    host: String,
    /// The first number of its LLVM's version.
    llvm: String,
    sysroot: PathBuf,
}

impl Rustc {
    fn ask() -> Result<Self> {
        let answer = |arguments: &[&str]| -> Result<String> {
            let output = Command::new("rustc").args(arguments).output().context("cannot run rustc")?;
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        };
        let version = answer(&["-vV"])?;
        let field = |name: &str| {
            let found = version.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            found.with_context(|| format!("rustc does not say its {name}"))
        };
        let llvm = field("LLVM version")?.split('.').next().unwrap_or_default().to_owned();
        Ok(Self { host: field("host")?.to_owned(), llvm, sysroot: answer(&["--print", "sysroot"])?.into() })
    }

    /// The tool that sums profiles up; it must be of the compiler's own LLVM.
    fn llvm_profdata(&self) -> Result<PathBuf> {
        let own = self.sysroot.join("lib/rustlib").join(&self.host).join("bin/llvm-profdata");
        let llvm = &self.llvm;
        for candidate in [own, format!("llvm-profdata-{llvm}").into(), "llvm-profdata".into()] {
            let output = Command::new(&candidate).arg("--version").output();
            let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
            if said.contains(&format!("LLVM version {llvm}.")) {
                return Ok(candidate);
            }
        }
        bail!("llvm-profdata {llvm} is not here: `rustup component add llvm-tools`, or a package llvm-{llvm}")
    }
}
