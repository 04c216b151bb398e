//! `coho rules explain`.

use super::{case::parse_header, explained};
use crate::{
    cli::{
        admin_client::{READ_TIMEOUT, RunningStore},
        output::Output,
    },
    website_text::{Format, WebsiteDraft},
};
use clap::{Args, ValueEnum};
use coho_admin_api::{
    AdminOperation,
    explain::{ExplainAccess, ExplainMethod, ExplainQuery, Explanation, ProbeReport},
};
use std::{path::PathBuf, time::Duration};

/// Longest wait for an answer if the origin is probed: longer than the origin's own time limits.
const PROBE_READ_TIMEOUT: Duration = Duration::from_secs(120);

/// Show what a running store would do with a request, and why. Ends with code 1 if a probe fails.
///
/// Shows which rule applies and why each earlier one does not, by element; the address at the origin and the headers
/// that would be sent, or the Location; the limits; and whether the object exists. Nothing is fetched or stored.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho rules explain photos media/a.jpg\n  \
    coho rules explain photos media/a.jpg --probe           probes the origin as well\n  \
    coho rules explain photos media/a.jpg --draft new.yaml  under rules that are not stored\n  \
    coho rules explain photos x --status 403 --header 'User-Agent: bot'\n  \
    coho rules explain photos in/a --access-key COHOABCDEFGHJKLMNPQR\n  \
    coho rules explain photos docs --presigned --output json | jq .decision")]
pub(in crate::cli) struct Explain {
    /// The bucket.
    bucket: String,
    /// The key, not encoded. Without it, or empty: the root of the bucket.
    #[arg(default_value = "", hide_default_value = true)]
    key: String,
    /// The method.
    #[arg(long, default_value = "GET")]
    method: AskedMethod,
    /// A header of the request; may be repeated.
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = parse_header)]
    headers: Vec<(String, String)>,
    /// The query of the request.
    #[arg(long)]
    query: Option<String>,
    /// The host of the request.  [default: the store's own address, with the bucket's name in the path]
    #[arg(long)]
    host: Option<String>,
    /// Status of the look-up to suppose, whatever is stored: 200, 404, 403, 500 and so on.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(100..=599))]
    status: Option<u16>,
    /// The request is not signed; this is the default.
    #[arg(long, group = "access")]
    anonymous: bool,
    /// The request is signed in its query.
    #[arg(long, group = "access")]
    presigned: bool,
    /// The request is signed in a header, as SDKs do; index and error pages do not apply to it.
    #[arg(long, group = "access")]
    signed: bool,
    /// The access key that signs the request, with its rights; in a header unless the request is --presigned. Otherwise the
    /// bucket's owner signs.
    #[arg(long, value_name = "ID", conflicts_with = "anonymous")]
    access_key: Option<String>,
    /// Probes the origin too, with HEAD or for one byte.
    #[arg(long)]
    probe: bool,
    /// A configuration (XML, JSON or YAML) in place of the stored one; `-` for standard input. It is not stored.
    #[arg(long, value_name = "FILE")]
    draft: Option<PathBuf>,
    /// Format of the draft.  [default: by the file's extension, else by its first character]
    #[arg(long, value_name = "FORMAT", requires = "draft")]
    format: Option<Format>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
enum AskedMethod {
    Get,
    Head,
}

impl Explain {
    /// Returns whether the probe succeeded, if one was asked for.
    pub(super) fn run(self) -> anyhow::Result<bool> {
        let timeout = if self.probe { PROBE_READ_TIMEOUT } else { READ_TIMEOUT };
        let client = self.store.client()?.with_read_timeout(timeout);
        let asked = self.asked();
        let answer = match &self.draft {
            None => client.call(AdminOperation::Explain, &[], &asked.to_string())?,
            Some(file) => {
                let draft = WebsiteDraft::read(file, self.format)?;
                client.send_draft(AdminOperation::ExplainDraft, &self.bucket, &asked.without_bucket(), &draft)?
            }
        };
        let explained: Explanation = answer.json()?;
        self.output.show(&explained, |explained| explained::text(&self.title(), explained))?;
        Ok(!matches!(explained.probe, Some(ProbeReport::Failed(_))))
    }

    fn method(&self) -> ExplainMethod {
        match self.method {
            AskedMethod::Get => ExplainMethod::Get,
            AskedMethod::Head => ExplainMethod::Head,
        }
    }

    fn access(&self) -> ExplainAccess {
        match (self.presigned, self.signed) {
            (true, _) => ExplainAccess::Presigned,
            (_, true) => ExplainAccess::Signed,
            _ if self.access_key.is_some() => ExplainAccess::Signed,
            _ => ExplainAccess::Anonymous,
        }
    }

    fn title(&self) -> String {
        let key = if self.key.is_empty() { "the root" } else { &self.key };
        let draft = if self.draft.is_some() { ", under the draft" } else { "" };
        let by = self.access_key.as_deref().map(|id| format!(" by {id}")).unwrap_or_default();
        let access = self.access().as_str();
        format!("{} of {key} in bucket {}, {access}{by}{draft}", self.method().as_str(), self.bucket)
    }

    fn asked(&self) -> ExplainQuery {
        ExplainQuery {
            bucket: self.bucket.clone(),
            key: Some(self.key.clone()).filter(|key| !key.is_empty()),
            method: self.method(),
            access: self.access(),
            access_key_id: self.access_key.clone(),
            status: self.status,
            query: self.query.as_deref().map(|query| query.trim_start_matches('?').to_owned()),
            host: self.host.clone(),
            headers: self.headers.clone(),
            probe: self.probe,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        explain: Explain,
    }

    fn check(line: &[&str], expected: Result<&str, &str>) {
        match (Line::try_parse_from([&["explain"], line].concat()), expected) {
            (Ok(line), Ok(path)) => assert_eq!(line.explain.asked().to_string(), path),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (Ok(line), Err(part)) => panic!("{:?} without {part}", line.explain),
            (Err(error), Ok(_)) => panic!("{error}"),
        }
    }

    #[test]
    fn everything_that_is_asked_gets_into_the_query_encoded() {
        check(&["b"], Ok("bucket=b"));
        check(&["b", "k", "--access-key", "K"], Ok("bucket=b&key=k&access=signed&access_key_id=K"));
        check(&["b", "--access-key", "K", "--presigned"], Ok("bucket=b&access=presigned&access_key_id=K"));
        check(&["b", "--access-key", "K", "--anonymous"], Err("cannot be used with"));
        let full = ["b", "a b/ü&x", "--method=HEAD", "--header=A: b", "--header=C:d:e", "--query=?q=1&r"];
        let path = "bucket=b&key=a%20b%2F%C3%BC%26x&method=HEAD&access=signed&status=404&query=q%3D1%26r\
            &header=A%3A%20b&header=C%3A%20d%3Ae&probe=true";
        check(&[&full[..], &["--signed", "--status=404", "--probe"]].concat(), Ok(path));
        check(&["b", "--header=A"], Err("Name: value"));
        check(&["b", "--signed", "--presigned"], Err("cannot be used with"));
        check(&["b", "--status=99"], Err("100"));
        check(&[], Err("BUCKET"));
    }
}
