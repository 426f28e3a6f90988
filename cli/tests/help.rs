//! The help of every command, as people see it. `cargo xtask bless` rewrites the files.

use std::process::{Command, Output};

use expect_test::{ExpectFile, expect_file};

fn asymmetric(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asymmetric"));
    // The help shows what the environment sets.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ASYMMETRIC_") {
            command.env_remove(name);
        }
    }
    command.env("COLUMNS", "100").args(arguments).output().expect("the program starts")
}

fn expect_help(arguments: &[&str], expected: &ExpectFile) {
    let output = asymmetric(arguments);
    assert!(output.status.success(), "{output:?}");
    expected.assert_eq(&String::from_utf8_lossy(&output.stdout));
}

#[test]
fn help_of_the_program() {
    expect_help(&["--help"], &expect_file!["help/asymmetric.txt"]);
}

#[test]
fn help_of_gateway() {
    expect_help(&["gateway", "--help"], &expect_file!["help/gateway.txt"]);
}

#[test]
fn help_of_outbox() {
    expect_help(&["outbox", "--help"], &expect_file!["help/outbox.txt"]);
}

#[test]
fn help_of_every_outbox_command() {
    expect_help(&["outbox", "inspect", "--help"], &expect_file!["help/outbox-inspect.txt"]);
    expect_help(&["outbox", "check", "--help"], &expect_file!["help/outbox-check.txt"]);
    expect_help(&["outbox", "export", "--help"], &expect_file!["help/outbox-export.txt"]);
    expect_help(&["outbox", "compact", "--help"], &expect_file!["help/outbox-compact.txt"]);
    expect_help(&["outbox", "salvage", "--help"], &expect_file!["help/outbox-salvage.txt"]);
}

#[test]
fn help_of_documents_and_rejected() {
    expect_help(&["documents", "--help"], &expect_file!["help/documents.txt"]);
    expect_help(&["documents", "export", "--help"], &expect_file!["help/documents-export.txt"]);
    expect_help(&["rejected", "--help"], &expect_file!["help/rejected.txt"]);
    expect_help(&["rejected", "replay", "--help"], &expect_file!["help/rejected-replay.txt"]);
}

#[test]
fn help_of_schema() {
    expect_help(&["schema", "--help"], &expect_file!["help/schema.txt"]);
}

#[test]
fn help_of_schema_export() {
    expect_help(&["schema", "export", "--help"], &expect_file!["help/schema-export.txt"]);
}

#[test]
fn help_of_schema_check() {
    expect_help(&["schema", "check", "--help"], &expect_file!["help/schema-check.txt"]);
}

#[test]
fn help_of_schema_diff() {
    expect_help(&["schema", "diff", "--help"], &expect_file!["help/schema-diff.txt"]);
}

#[test]
fn help_of_schema_breaking() {
    expect_help(&["schema", "breaking", "--help"], &expect_file!["help/schema-breaking.txt"]);
}

#[test]
fn help_of_schema_lock() {
    expect_help(&["schema", "lock", "--help"], &expect_file!["help/schema-lock.txt"]);
}

#[test]
fn help_of_schema_explain() {
    expect_help(&["schema", "explain", "--help"], &expect_file!["help/schema-explain.txt"]);
}

#[test]
fn help_of_completions() {
    expect_help(&["completions", "--help"], &expect_file!["help/completions.txt"]);
}

#[test]
fn help_of_man() {
    expect_help(&["man", "--help"], &expect_file!["help/man.txt"]);
}

#[test]
fn help_of_schema_push() {
    expect_help(&["schema", "push", "--help"], &expect_file!["help/schema-push.txt"]);
}

#[test]
fn help_of_schema_pull() {
    expect_help(&["schema", "pull", "--help"], &expect_file!["help/schema-pull.txt"]);
}

#[test]
fn help_of_admin_key() {
    expect_help(&["admin-key", "--help"], &expect_file!["help/admin-key.txt"]);
    expect_help(&["admin-key", "create", "--help"], &expect_file!["help/admin-key-create.txt"]);
}

#[test]
fn help_of_app() {
    expect_help(&["app", "--help"], &expect_file!["help/app.txt"]);
}

#[test]
fn help_of_app_pull() {
    expect_help(&["app", "pull", "--help"], &expect_file!["help/app-pull.txt"]);
}

#[test]
fn help_of_app_push() {
    expect_help(&["app", "push", "--help"], &expect_file!["help/app-push.txt"]);
}

#[test]
fn help_of_app_diff() {
    expect_help(&["app", "diff", "--help"], &expect_file!["help/app-diff.txt"]);
}

#[test]
fn help_of_app_create() {
    expect_help(&["app", "create", "--help"], &expect_file!["help/app-create.txt"]);
}

#[test]
fn help_of_app_list() {
    expect_help(&["app", "list", "--help"], &expect_file!["help/app-list.txt"]);
}

#[test]
fn help_of_app_import_users() {
    expect_help(&["app", "import-users", "--help"], &expect_file!["help/app-import-users.txt"]);
}

#[test]
fn wrong_arguments_have_an_exit_status_of_their_own() {
    for arguments in [&["no-such-command"][..], &["schema", "export", "--no-such-option"], &[]] {
        let output = asymmetric(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = asymmetric(&["completions", shell]);
        assert!(output.status.success(), "{output:?}");
        let script = String::from_utf8_lossy(&output.stdout);
        assert!(script.contains("breaking"), "{shell}: {script}");
    }
}

#[test]
fn manual_has_a_page_for_every_command() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = asymmetric(&["man", folder.path().to_str().expect("a path of text")]);
    assert!(output.status.success(), "{output:?}");
    for page in ["asymmetric.1", "asymmetric-gateway.1", "asymmetric-schema-check.1"] {
        let text = std::fs::read_to_string(folder.path().join(page)).expect(page);
        assert!(text.contains(".SH NAME"), "{page}: {text}");
    }
}

/// `docs/gateway.md` lists the options of the gateway, all of them and no others.
#[test]
fn the_page_about_the_gateway_has_every_option() {
    let help = asymmetric(&["gateway", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    let options = help.split_whitespace().filter(|word| word.starts_with("--"));
    let mut options: Vec<&str> =
        options.map(|word| word.trim_matches(|c: char| c != '-' && !c.is_alphanumeric())).collect();
    options.retain(|option| *option != "--help");
    options.sort_unstable();
    options.dedup();
    let page = include_str!("../../docs/gateway.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `--"));
    let mut documented: Vec<String> = rows
        .filter_map(|row| row.split([' ', '`']).next().map(|name| format!("--{name}")))
        .collect();
    documented.sort_unstable();
    assert_eq!(documented, options);
}
