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
use coho_admin_api::website::{ProblemSeverity, WebsiteCheck, WebsiteProblem};
use coho_model::{BucketRecord, RequestRefusal, website::WebsiteConfiguration};
use coho_oss::document::{
    website,
    website_text::{Node, TextFault, TextFormat, shown, suggestions},
};
use coho_rules::{Finding, OwnEndpoints, lint};
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
    }
}

fn misspelt(detail: String) -> WebsiteProblem {
    let element = detail.split(' ').next().map(str::to_owned);
    let code = MISSPELT.to_owned();
    WebsiteProblem { severity: ProblemSeverity::Warning, rule: None, element, code, detail, line: None }
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
