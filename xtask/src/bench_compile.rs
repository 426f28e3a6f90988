//! What a declaration costs to compile: `#[asymmetric]` against the derives of serde.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use asymmetric_testkit::UserPackage;

use crate::process::{root, run};

/// How often each package is compiled; the fastest counts, because whatever else the machine does
/// only ever adds time.
const ROUNDS: u32 = 3;

/// A package full of structs.
struct Contestant {
    name: &'static str,
    dependency: &'static str,
    /// What stands above each struct, and above its first field.
    above_struct: &'static str,
    above_key: &'static str,
}

const CONTESTANTS: [Contestant; 2] = [
    Contestant {
        name: "#[asymmetric]",
        dependency: r#"asymmetric = { path = "{workspace}/runtime", default-features = false }"#,
        above_struct: "#[asymmetric::asymmetric]",
        above_key: "#[asymmetric(primary_key)]",
    },
    Contestant {
        name: "#[derive(Serialize, Deserialize)]",
        dependency: r#"serde = { version = "1", features = ["derive"] }"#,
        above_struct: "#[derive(serde::Serialize, serde::Deserialize)]",
        above_key: "",
    },
];

/// Compiles packages of as many structs as `arguments` say, a thousand if they say nothing, and
/// prints how long each takes and the ratio. Dependencies are compiled before, and do not count.
pub(crate) fn bench_compile(arguments: &[String]) -> Result<()> {
    let count = match arguments {
        [] => 1_000_u32,
        [count] => count.parse().with_context(|| format!("`{count}` is no number"))?,
        _ => bail!("`bench-compile` takes one number, of structs"),
    };
    let packages: Vec<UserPackage> = CONTESTANTS.iter().map(package).collect::<Result<_>>()?;
    for subcommand in ["check", "build"] {
        let mut fastest = [Duration::MAX; CONTESTANTS.len()];
        for round in 0..=ROUNDS {
            for ((contestant, package), fastest) in
                CONTESTANTS.iter().zip(&packages).zip(&mut fastest)
            {
                // The first round has no structs: it compiles the dependencies.
                let structs = if round == 0 { 0 } else { count };
                package.write("src/lib.rs", &source(contestant, structs, round))?;
                let start = Instant::now();
                run(package.cargo(subcommand).arg("--quiet"))?;
                if round > 0 {
                    *fastest = start.elapsed().min(*fastest);
                }
            }
        }
        eprintln!("\ncargo {subcommand}, {count} structs of five fields, best of {ROUNDS}:");
        let [ours, .., theirs] = fastest;
        for (contestant, time) in CONTESTANTS.iter().zip(fastest) {
            eprintln!("  {:<36}{:>8.2} s", contestant.name, time.as_secs_f64());
        }
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        eprintln!("  {:<36}{ratio:>8.2}\n", "ratio");
    }
    Ok(())
}

/// A package outside the workspace, without structs yet.
fn package(contestant: &Contestant) -> Result<UserPackage> {
    let manifest = format!(
        "[package]\nname = \"structs\"\nedition = \"2024\"\n\n[dependencies]\n{}\n\n\
         [profile.dev]\nincremental = false\n\n[workspace]\n",
        contestant.dependency
    );
    let target = root().join("target").join("bench-compile");
    UserPackage::new(target, &manifest).context("cannot write a package")
}

fn source(contestant: &Contestant, structs: u32, round: u32) -> String {
    let Contestant { above_struct, above_key, .. } = contestant;
    let mut text = format!("// Round {round}.\n");
    for number in 0..structs {
        let fields = "device: String, taken_at: i64, celsius: f64, pressure: Option<f64>";
        writeln!(
            text,
            "{above_struct} pub struct Reading{number} {{ {above_key} id: i64, {fields} }}"
        )
        .expect("a string can be written to");
    }
    text
}
