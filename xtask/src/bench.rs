//! The tools of `bench/`, which are a cargo project of their own.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::checks::cargo;
use crate::step;

/// Builds the load generator and the synthetic origin into `bench/bin`.
pub(crate) fn build(root: &Path) -> Result<()> {
    let bench = root.join("bench");
    let built = step::run(cargo(&bench.join("cobench")).args(["build", "--release", "--locked"]))?;
    ensure!(built.success, "cobench: {}", built.status);
    std::fs::create_dir_all(bench.join("bin"))?;
    for program in ["load", "origin"] {
        let built = bench.join("cobench/target/release").join(program);
        std::fs::copy(&built, bench.join("bin").join(program))
            .with_context(|| format!("cannot copy {}", built.display()))?;
    }
    Ok(())
}
