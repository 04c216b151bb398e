//! Checks a draft of a website configuration by what a put does, and by the findings of `coho rules lint`. Stores nothing.

use super::{
    draft::Draft,
    extract::NamedBucket,
    history::unified,
    refusal::AdminError,
    website_state::{etag, newest},
};
use crate::{context::Context, failure::Failure, website::judge};
use axum::{Json, extract::State};
use coho_admin_api::website::{
    ImpossibleReason, NoEffectReason, ProblemSeverity, WebsiteCheck, WebsiteFinding, WebsiteProblem,
};
use coho_model::{BucketRecord, RequestRefusal, website::WebsiteConfiguration};
use coho_oss::document::{
    website,
    website_text::{MisspeltElement, Node, TextFault, TextFormat, shown, suggestions},
};
use coho_rules::{Finding, Impossibility, Ineffectiveness, OwnEndpoints, Problem, lint};
use std::sync::Arc;

/// The code of an unknown element whose name is near that of a known one.
const MISSPELT: &str = "MisspeltElement";

pub(super) async fn check(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    draft: Draft,
) -> Result<Json<WebsiteCheck>, AdminError> {
    let newest = newest(&context, &bucket).await?;
    let etag = etag(&bucket, newest.as_ref()).to_str().unwrap_or_default().to_owned();
    let stored = newest.as_ref().and_then(|version| version.website.as_deref());
    let mut checked =
        WebsiteCheck { valid: false, problems: Vec::new(), xml: None, json: None, yaml: None, diff: None, etag };
    let xml = match draft.xml() {
        Ok(xml) => xml,
        Err(fault) => return Ok(refused(checked, draft.malformed(), &fault)),
    };
    let tree = match Node::from_xml(&xml) {
        Ok(tree) => tree,
        Err(fault) => {
            let fault = TextFault { line: fault.line.filter(|_| draft.is_xml()), ..fault };
            return Ok(refused(checked, "MalformedXML", &fault));
        }
    };
    let text = |format: TextFormat| format.write(&tree).map(Some).map_err(AdminError::internal);
    checked.xml = text(TextFormat::Xml)?;
    checked.json = text(TextFormat::Json)?;
    checked.yaml = text(TextFormat::Yaml)?;
    checked.diff = difference(stored, &xml)?;
    match judge(&context, &bucket, stored, &xml) {
        Ok(document) => {
            checked.valid = true;
            checked.problems.extend(findings(&context, &bucket, &document).iter().map(warning));
        }
        Err(refusal) => checked.problems.push(error(refusal)),
    }
    checked.problems.extend(suggestions(&tree).into_iter().map(misspelt));
    Ok(Json(checked))
}

fn refused(checked: WebsiteCheck, code: &str, fault: &TextFault) -> Json<WebsiteCheck> {
    let problem = WebsiteProblem {
        severity: ProblemSeverity::Error,
        rule: None,
        element: None,
        code: code.to_owned(),
        detail: fault.message.clone(),
        line: fault.line.map(|line| line as u64),
        finding: None,
    };
    Json(WebsiteCheck { problems: vec![problem], ..checked })
}

/// As a put would refuse it.
fn error(refusal: RequestRefusal) -> WebsiteProblem {
    let rule = match &refusal {
        RequestRefusal::InvalidWebsite(invalid) => invalid.rule,
        RequestRefusal::MalformedDocument { rule, .. } => rule.and_then(|(_, number)| number),
        _ => None,
    };
    let error = Failure::from(refusal).answer();
    let element = error.extras.iter().find(|(name, _)| *name == "ArgumentName").map(|(_, element)| element.clone());
    WebsiteProblem {
        severity: ProblemSeverity::Error,
        rule,
        element,
        code: error.code.as_str().to_owned(),
        detail: error.message.into_owned(),
        line: None,
        finding: None,
    }
}

fn findings(context: &Context, bucket: &BucketRecord, document: &WebsiteConfiguration) -> Vec<Finding> {
    let base_domains: Vec<&str> = context.addressing.base_domains().collect();
    lint(document, &OwnEndpoints { bucket: Some(bucket.name.as_str()), base_domains: &base_domains, hosts: &[] })
}

fn warning(finding: &Finding) -> WebsiteProblem {
    WebsiteProblem {
        severity: ProblemSeverity::Warning,
        rule: finding.rule,
        element: finding.problem.element().map(str::to_owned),
        code: finding.problem.code().to_owned(),
        detail: finding.problem.to_string(),
        line: None,
        finding: Some(told(&finding.problem)),
    }
}

fn told(problem: &Problem) -> WebsiteFinding {
    match problem {
        Problem::Shadowed { by } => WebsiteFinding::Shadowed { by: *by },
        Problem::ShadowedAt { by, status } => WebsiteFinding::ShadowedAt { by: *by, status: *status },
        Problem::Impossible { reason, element: _ } => impossible(reason),
        Problem::RedirectLoop { key } => WebsiteFinding::RedirectLoop { key: key.clone() },
        Problem::MirrorsItself { url, element: _ } => WebsiteFinding::MirrorsItself { url: url.clone() },
        Problem::NotExecuted { element: _ } => WebsiteFinding::NotExecuted,
        Problem::NoEffect { reason, element: _ } => WebsiteFinding::NoEffect { reason: no_effect(*reason) },
    }
}

fn impossible(reason: &Impossibility) -> WebsiteFinding {
    let (reason, header, value) = match reason {
        Impossibility::HeaderName { header } => (ImpossibleReason::HeaderName, Some(header), None),
        Impossibility::HeaderControl { header } => (ImpossibleReason::HeaderControl, Some(header), None),
        Impossibility::HeaderTests { header, value } => (ImpossibleReason::HeaderTests, Some(header), Some(value)),
        Impossibility::KeyPrefix => (ImpossibleReason::KeyPrefix, None, None),
        Impossibility::KeyTooLong => (ImpossibleReason::KeyTooLong, None, None),
        Impossibility::MirrorStatus => (ImpossibleReason::MirrorStatus, None, None),
        Impossibility::LeavesFolder => (ImpossibleReason::LeavesFolder, None, None),
    };
    WebsiteFinding::Impossible { reason, header: header.cloned(), value: value.cloned() }
}

fn no_effect(reason: Ineffectiveness) -> NoEffectReason {
    match reason {
        Ineffectiveness::Unknown => NoEffectReason::Unknown,
        Ineffectiveness::NoErrorPage => NoEffectReason::NoErrorPage,
        Ineffectiveness::NoIndexPage => NoEffectReason::NoIndexPage,
        Ineffectiveness::NoSubDir => NoEffectReason::NoSubDir,
        Ineffectiveness::NotMirror => NoEffectReason::NotMirror,
        Ineffectiveness::IsMirror => NoEffectReason::IsMirror,
        Ineffectiveness::IsInternal => NoEffectReason::IsInternal,
        Ineffectiveness::NoPrefix => NoEffectReason::NoPrefix,
        Ineffectiveness::NoHeadersPassed => NoEffectReason::NoHeadersPassed,
    }
}

fn misspelt(found: MisspeltElement) -> WebsiteProblem {
    let detail = found.to_string();
    let MisspeltElement { name, parent, nearest } = found;
    WebsiteProblem {
        severity: ProblemSeverity::Warning,
        rule: None,
        element: Some(name),
        code: MISSPELT.to_owned(),
        detail,
        line: None,
        finding: Some(WebsiteFinding::MisspeltElement { parent, nearest: nearest.to_owned() }),
    }
}

/// What `coho website put` shows before it asks.
fn difference(stored: Option<&WebsiteConfiguration>, xml: &[u8]) -> Result<Option<String>, AdminError> {
    let Ok(draft) = website::parse_stored(xml) else { return Ok(None) };
    // The stored secrets are masked, so that they are not taken for new ones.
    let masked =
        stored.map(|stored| website::parse_stored(&website::to_xml(stored)).map_err(Failure::from)).transpose()?;
    let old = masked.map(|masked| shown(&masked)).transpose().map_err(AdminError::internal)?.unwrap_or_default();
    let new = shown(&draft).map_err(AdminError::internal)?;
    Ok(Some(unified(("stored", &old), ("draft", &new))))
}
