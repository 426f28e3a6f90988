//! The fuzz targets in `fuzz/`, run by cargo-fuzz.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    prepare,
    process::{nightly, root, run, succeeds},
};

/// What real clients sent, from the tests of the crate that reads it.
#[path = "../../device-sync/tests/suite/vectors.rs"]
#[expect(dead_code, reason = "what servers say, and frames, are no seeds")]
mod vectors;

/// How long each target runs if nobody says.
const SECONDS: u32 = 300;

/// Runs every target, or the one that `arguments` name, each for as many seconds as they say.
pub(crate) fn fuzz(arguments: &[String]) -> Result<()> {
    let (seconds, wanted) = match arguments {
        [] => (SECONDS, None),
        [seconds] => (parse(seconds)?, None),
        [seconds, target] => (parse(seconds)?, Some(target)),
        _ => bail!("`fuzz` takes a number of seconds and the name of a target"),
    };
    let mut targets = targets(&root().join("fuzz/fuzz_targets"))?;
    if let Some(wanted) = wanted {
        let known = targets.join(", ");
        targets.retain(|target| target == wanted);
        ensure!(!targets.is_empty(), "there is no fuzz target `{wanted}`; there are {known}");
    }
    // Instrumented builds need options that only a nightly compiler takes.
    ensure!(
        succeeds(nightly("rustc").arg("--version")),
        "fuzzing needs a nightly toolchain: rustup toolchain install nightly --profile minimal"
    );
    let cargo_fuzz = prepare::fuzz()?;
    for target in targets {
        eprintln!("== {target}: {seconds} s");
        seed(&target)?;
        let mut fuzz = nightly(&cargo_fuzz);
        fuzz.args(["run", &target, "--", &format!("-max_total_time={seconds}")]);
        run(&mut fuzz).with_context(|| {
            format!("the target `{target}` failed; what it was given is in fuzz/artifacts/{target}")
        })?;
    }
    Ok(())
}

fn parse(seconds: &str) -> Result<u32> {
    seconds.parse().with_context(|| format!("`{seconds}` is no number of seconds"))
}

/// Puts what real clients sent into the corpus of a target that reads such.
fn seed(target: &str) -> Result<()> {
    use vectors::{CAPTURED_UPLOAD, M1, M3, M5, M6, M7, M10A, M11_CLIENT, M12_CLIENT};
    let messages = [CAPTURED_UPLOAD, M1, M3, M5, M6, M7, M10A, M11_CLIENT, M12_CLIENT];
    let seeds = match target {
        "changeset" => vectors::CHANGESETS.as_slice(),
        "device_message" => &messages,
        _ => return Ok(()),
    };
    let folder = root().join("fuzz/corpus").join(target);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    for (number, hexadecimal) in seeds.iter().enumerate() {
        let digits: Vec<u32> = hexadecimal.chars().filter_map(|digit| digit.to_digit(16)).collect();
        let bytes = digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, d| sum * 16 + d));
        let bytes: Vec<u8> = bytes.map(u8::try_from).collect::<Result<_, _>>()?;
        fs::write(folder.join(format!("seed-{number}")), bytes)?;
    }
    Ok(())
}

/// The names of the targets: one file each.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let (Some(name), Some("rs")) =
            (path.file_stem(), path.extension().and_then(|extension| extension.to_str()))
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
