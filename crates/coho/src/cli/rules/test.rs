//! `coho rules test`.

use super::{
    case::{self, Case},
    evaluate::Failed,
};
use crate::{
    cli::output::Output,
    website_text::{Format, Source, name_of, read_text},
};
use anyhow::Context;
use clap::Args;
use coho_model::website::WebsiteConfiguration;
use serde::Serialize;
use std::{fmt::Write, path::PathBuf};

/// Run a table of cases against a configuration, so that a team can keep its rules in git with tests.
///
/// Needs no running store and asks no origin. Failing cases are printed with the trace of the decision. Ends with
/// code 1 if a case fails, and with 2 if a file is not valid.
#[derive(Debug, Args)]
#[command(after_help = "A case is a line: a key, facts about the request, and the expectation after ->.\n\n  \
    # key         facts                            expected\n  \
    media/a.jpg                                 -> mirror http://old.example.com/pics/a.jpg\n  \
    media/a.jpg   exists                        -> serve\n  \
    media/b.jpg   origin=404                    -> 404\n  \
    retired/x     query=q=1                     -> redirect 307 https://new.example.com/x?q=1\n  \
    docs          has=docs/index.html           -> serve docs/index.html\n  \
    HEAD nothing  has=404.html                  -> serve 404.html 404\n  \
    secret/x      status=403 header=\"Cookie: a\" -> redirect 302 https://login.example.com/\n  \
    /             signed                        -> list\n\n\
    The key is as in a listing, not encoded; / is the root of the bucket. Put double quotes around\n\
    text with spaces, and # before a comment.\n\n\
    Facts:\n  \
    exists         the object, or the page in its place, exists; without this it is missing\n  \
    status=N       looking it up ends with this status, such as 403 or 500\n  \
    has=KEY        this other object exists; may be repeated\n  \
    origin=ANSWER  200, 404 or failed; without this a case ends where the origin is asked\n  \
    anonymous, presigned, signed\n                 \
                   how the request is signed  [default: anonymous]\n  \
    header=\"Name: value\"\n                 \
                   a header of the request; may be repeated\n  \
    query=Q, scheme=https, host=H\n                 \
                   of the request  [default: none, http, bucket.example.com]\n\n\
    Expected:\n  \
    serve, serve KEY, serve KEY STATUS, mirror URL, redirect STATUS LOCATION, list, or the status\n  \
    of an error\n\n\
    Example:\n  \
    coho rules test photos.yaml photos.cases")]
pub(in crate::cli) struct Test {
    /// The configuration (XML, JSON or YAML).
    file: PathBuf,
    /// The cases; `-` for standard input.
    cases: PathBuf,
    /// Format of the configuration.  [default: by its file extension, else by its first character]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    output: Output,
}

impl Test {
    /// Whether all cases pass.
    pub(super) fn run(self) -> anyhow::Result<bool> {
        let source = Source::read(&self.file, self.format)?;
        let text = read_text(&self.cases)?;
        let cases = case::parse(&text).with_context(|| name_of(&self.cases))?;
        let report = Report::of(&source.website, &text, &cases);
        self.output.show(&report, Report::table)?;
        Ok(report.failures.is_empty())
    }
}

/// The result of all cases.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) passed: usize,
    failed: usize,
    /// Several lines each.
    pub(super) failures: Vec<String>,
}

impl Report {
    pub(super) fn of(website: &WebsiteConfiguration, text: &str, cases: &[Case]) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let mut report = Self { passed: 0, failed: 0, failures: Vec::new() };
        for case in cases {
            match case.run(website) {
                Ok(()) => report.passed += 1,
                Err(failed) => {
                    let line = lines.get(case.line - 1).copied().unwrap_or_default();
                    report.failed += 1;
                    report.failures.push(describe(case, line, &failed));
                }
            }
        }
        report
    }

    fn table(&self) -> String {
        format!("{}{} passed, {} failed", self.failures.concat(), self.passed, self.failures.len())
    }
}

fn describe(case: &Case, line: &str, failed: &Failed) -> String {
    let got = failed.got.as_ref().map_or_else(|| String::from("no decision"), ToString::to_string);
    let mut text = format!("line {}: {}\n", case.line, line.trim());
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  expected: {}", case.expected.about(case.key.as_ref()));
    let _ = writeln!(text, "  got:      {got}");
    for event in &failed.trace.events {
        let _ = writeln!(text, "    {event}");
    }
    text
}
