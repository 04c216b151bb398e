//! Checks of a configuration by a running store: its answers are those of the console and of a put.

use super::lint::{LintFinding, LintReport};
use crate::{
    cli::{
        admin_client::{AdminClient, shown},
        website,
    },
    website_text::{Format, WebsiteDraft},
};
use anyhow::Context;
use coho_admin_api::{
    AdminOperation,
    website::{ProblemSeverity, WebsiteCheck, WebsiteProblem},
};

/// The code of what is a note of a file, too: an unknown element with a name near that of a known one.
const MISSPELT: &str = "MisspeltElement";

/// Checks a draft.
pub(super) fn check(client: &AdminClient, bucket: &str, draft: &WebsiteDraft) -> anyhow::Result<LintReport> {
    let checked = client.send_draft(AdminOperation::CheckWebsite, bucket, "", draft)?;
    let WebsiteCheck { problems, .. } = checked.json()?;
    let (notes, findings): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| problem.code == MISSPELT);
    Ok(LintReport {
        findings: findings.into_iter().map(finding).collect(),
        notes: notes.into_iter().map(|problem| shown(&problem.detail)).collect(),
    })
}

/// Checks what is stored, whose masks stand for its secrets. A bucket without a configuration has no findings.
pub(super) fn check_stored(client: &AdminClient, bucket: &str) -> anyhow::Result<LintReport> {
    let (Some(xml), _) = website::fetch(client, bucket)? else { return Ok(LintReport::default()) };
    let text = String::from_utf8(xml).context("the stored configuration is not UTF-8")?;
    check(client, bucket, &WebsiteDraft { text, format: Format::Xml })
}

fn finding(problem: WebsiteProblem) -> LintFinding {
    let WebsiteProblem { severity, rule, element, code, detail, line, .. } = problem;
    let place = match (line, rule) {
        (Some(line), _) => format!("line {line}: "),
        (None, Some(rule)) => format!("rule {rule}: "),
        (None, None) => String::new(),
    };
    let text = shown(&format!("{place}{detail}"));
    LintFinding { is_error: severity == ProblemSeverity::Error, rule, element, code, text }
}
