//! What may stand in a file.

use std::path::Path;

/// Most lines a source file may have. One that needs more has more than one purpose.
const MAX_LINES: usize = 600;

/// Words that may not be merged, and why. Each is put together here, so that this file passes.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "finish it, or describe what is missing as a `FIXME`"),
    (concat!("/wo", "rk/main"), "a path of one machine"),
    (concat!("/wo", "rk/shared"), "a path of one machine"),
    (concat!("../sha", "red/"), "a path outside the repository"),
    (concat!("/ro", "ot/"), "a path of one machine"),
];

/// Complains about forbidden words, each with its line, and about a source file that is too long.
pub(super) fn check(path: &Path, content: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(content.lines()) {
        for (word, why) in FORBIDDEN {
            if contains_word(line, word) {
                complaints.push(format!("{}:{number}: `{word}`: {why}", path.display()));
            }
        }
    }
    let lines = content.lines().count();
    if path.extension().is_some_and(|extension| extension == "rs") && lines > MAX_LINES {
        complaints.push(format!(
            "{}: {lines} lines, more than {MAX_LINES}: split it by purpose",
            path.display()
        ));
    }
    complaints
}

/// Whether `word` stands in `line`, and not inside a longer word.
fn contains_word(line: &str, word: &str) -> bool {
    let continues = |next: Option<char>| next.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(start, found)| {
        let (before, rest) = line.split_at(start);
        let after = rest.strip_prefix(found).unwrap_or_default();
        !continues(before.chars().next_back())
            && (!word.ends_with(char::is_alphanumeric) || !continues(after.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(name: &str, content: &str) -> Vec<String> {
        check(Path::new(name), content)
    }

    #[test]
    fn forbidden_word_is_reported_with_its_line() {
        let word = concat!("TO", "DO");
        let found = complaints("a.md", &format!("fine\nthis is {word}: later\n"));
        assert_eq!(found.len(), 1);
        assert!(found.iter().all(|complaint| complaint.starts_with("a.md:2: ")), "{found:?}");
    }

    #[test]
    fn longer_words_are_not_the_word() {
        let word = concat!("TO", "DO");
        assert_eq!(complaints("a.md", &format!("{word}S and MAS{word}N and _{word}")), [""; 0]);
    }

    #[test]
    fn path_of_a_machine_is_found_inside_a_path() {
        let path = concat!("/ro", "ot/");
        assert_eq!(complaints("a.toml", &format!("dir = \"{path}x\"")).len(), 1);
    }

    #[test]
    fn only_source_files_have_a_greatest_length() {
        let long = "\n".repeat(MAX_LINES + 1);
        assert_eq!(complaints("a.rs", &long).len(), 1);
        assert_eq!(complaints("a.rs", &"\n".repeat(MAX_LINES)), [""; 0]);
        assert_eq!(complaints("data.csv", &long), [""; 0]);
    }
}
