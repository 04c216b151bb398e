//! Subjects of commits: `area: verb object`, short enough for every tool that shows one line.

use std::process::Command;

use crate::{output, root};

/// Commits after this one are checked; the older ones stay as they are.
const LAST_FREE: &str = "392144acf66a05450ab6c4954ef44a26a23fb0a7";

const SUBJECT_CHARACTERS: usize = 72;

fn fault(subject: &str) -> Option<&'static str> {
    let is_area = |area: &str| {
        !area.is_empty() && area.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-, ".contains(c))
    };
    if subject.chars().count() > SUBJECT_CHARACTERS {
        return Some("is longer than 72 characters");
    }
    match subject.split_once(": ") {
        Some((area, _)) if !is_area(area) => Some("begins with no area in lower case"),
        Some((_, change)) if change.split_whitespace().count() < 2 => Some("has no verb and object"),
        Some((_, change)) if change.ends_with('.') => Some("ends with a full stop"),
        Some(_) => None,
        None => Some("is not `area: verb object`"),
    }
}

/// Everything after [`LAST_FREE`], or, in a clone without it, the commits that are here.
fn subjects() -> Vec<String> {
    let is_known = Command::new("git")
        .args(["cat-file", "-e", &format!("{LAST_FREE}^{{commit}}")])
        .current_dir(root())
        .output()
        .is_ok_and(|output| output.status.success());
    let range = if is_known { format!("{LAST_FREE}..HEAD") } else { "HEAD".to_owned() };
    output("git", &["log", "--no-merges", "--format=%s", &range]).lines().map(str::to_owned).collect()
}

#[test]
fn subjects_are_short_and_name_their_area() {
    let wrong: Vec<String> =
        subjects().iter().filter_map(|subject| fault(subject).map(|why| format!("{subject:?} {why}"))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_of_subjects_sees_what_it_should() {
    for (subject, accepted) in [
        ("store: answer 507 when the disk is full", true),
        ("meta, store: move fill tokens into an overlay", true),
        ("Answer 507 when the disk is full", false),
        ("Store: answer 507", false),
        ("store: answer", false),
        ("store: answer 507.", false),
        ("store: this subject goes on beyond the width that every tool shows in one line", false),
    ] {
        assert_eq!(fault(subject).is_none(), accepted, "{subject}");
    }
}
