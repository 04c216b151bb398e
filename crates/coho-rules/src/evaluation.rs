//! One request on its way through a configuration, in the documented order: the object or the page in its place, the
//! rules, the index step, the error page.
//!
//! Every step asks for one object at most, and no step is taken twice, so an evaluation ends after a few answers.

use crate::{
    Access, Decision, Method, MirrorFetch, Observation, Question, Redirection, RuleRequest, StepOutcome, TraceEvent,
    Tracer, location,
    matcher::{Action, Match, Subject, first_match},
};
use coho_model::{
    ObjectKey,
    website::{IndexDocument, WebsiteConfiguration},
};

/// The status of the redirect to a directory's page (`Type` 0).
const DIRECTORY_REDIRECT: u16 = 302;
/// `Type`: the missing key is redirected to its directory.
const TYPE_REDIRECT: u8 = 0;
/// `Type`: nothing is tried.
const TYPE_NOTHING: u8 = 1;

/// One request and its progress. [`Evaluation::run`] asks its questions until the decision is final.
#[derive(Debug)]
pub struct Evaluation<'a, T> {
    website: Option<&'a WebsiteConfiguration>,
    request: RuleRequest<'a>,
    stage: EvaluationStage,
    /// The key that was looked up first.
    entry: Option<ObjectKey>,
    tracer: T,
}

#[derive(Debug)]
enum EvaluationStage {
    /// A listing, or the object or page that the request is about.
    Entry,
    /// The object whose place a missing page would take.
    Marker(Option<ObjectKey>),
    /// An origin is asked for it.
    FetchEntry(ObjectKey),
    /// A rule serves another key.
    Internal {
        key: ObjectKey,
        before: Observation,
    },
    /// The page of the directory that the key could be.
    Directory(ObjectKey),
    FetchDirectory(ObjectKey),
    ErrorPage(ObjectKey, u16),
    FetchErrorPage(ObjectKey, u16),
    End,
}

/// Evaluates with a function that looks objects up. A fetch ends it: what follows if the origin has nothing takes an
/// [`Evaluation`] of its own.
pub fn decide<'a, T: Tracer>(
    website: Option<&'a WebsiteConfiguration>,
    request: RuleRequest<'a>,
    mut find: impl FnMut(&ObjectKey) -> Observation,
    tracer: T,
) -> Decision<'a> {
    Evaluation::new(website, request, tracer).run_now(|question| match question {
        Question::LookUp(key) => Some(find(key)),
        Question::Fetch(_) | Question::List => None,
    })
}

impl<'a, T: Tracer> Evaluation<'a, T> {
    /// A request to a bucket with this configuration, or with none.
    pub fn new(website: Option<&'a WebsiteConfiguration>, request: RuleRequest<'a>, tracer: T) -> Self {
        Self { website, request, stage: EvaluationStage::Entry, entry: None, tracer }
    }

    /// The object that the request is about; a listing for the root of a bucket, unless a page is in its place.
    pub(crate) fn begin(&mut self) -> Decision<'a> {
        self.stage = EvaluationStage::Entry;
        let page = self.index_page_in_place();
        let is_index = page.is_some();
        self.entry = page.or_else(|| self.request.key.cloned());
        let entry = &self.entry;
        self.tracer.note(|| TraceEvent::Entry { key: entry.as_ref().map(ToString::to_string), is_index });
        match entry {
            Some(key) => Decision::LookUp(key.clone()),
            None => self.decided(Decision::List),
        }
    }

    /// Continues with the answer to the question that the last decision asked.
    pub(crate) fn observe(&mut self, found: Observation) -> Decision<'a> {
        self.tracer.note(|| TraceEvent::observed(found));
        let decision = match std::mem::replace(&mut self.stage, EvaluationStage::End) {
            EvaluationStage::Entry => match self.marker(found) {
                Some(key) => {
                    self.step("IndexDocument", || StepOutcome::ObjectItself);
                    self.stage = EvaluationStage::Marker(self.entry.replace(key.clone()));
                    Decision::LookUp(key)
                }
                None => self.ask_rules(found),
            },
            EvaluationStage::Marker(page) => {
                if found == Observation::Missing {
                    self.entry = page;
                }
                self.ask_rules(found)
            }
            EvaluationStage::FetchEntry(key) => match found {
                Observation::Missing => self.index_step(),
                found => served_or_refused(key, 200, found),
            },
            EvaluationStage::Internal { key, before } => match (found, before) {
                (Observation::Present, _) => Decision::Serve { key, status: 200 },
                // The error that the rule was to hide is the answer after all.
                (_, Observation::Refused(status)) => Decision::Plain { status },
                (Observation::Missing, _) => self.index_step(),
                (Observation::Refused(status), _) => Decision::Plain { status },
            },
            EvaluationStage::Directory(key) => self.directory_found(key, found),
            EvaluationStage::FetchDirectory(key) => match found {
                Observation::Missing => self.error_step(),
                found => served_or_refused(key, 200, found),
            },
            EvaluationStage::ErrorPage(key, status) => self.error_page_found(key, status, found),
            EvaluationStage::FetchErrorPage(key, status) => match found {
                Observation::Present => Decision::Serve { key, status },
                Observation::Missing | Observation::Refused(_) => Decision::Plain { status: 404 },
            },
            EvaluationStage::End => Decision::Plain { status: found.status() },
        };
        self.decided(decision)
    }

    fn decided(&mut self, decision: Decision<'a>) -> Decision<'a> {
        self.tracer.note(|| TraceEvent::Decided(decision.to_string()));
        decision
    }

    fn step(&mut self, element: &'static str, outcome: impl FnOnce() -> StepOutcome) {
        self.tracer.note(|| TraceEvent::Step { element, outcome: outcome() });
    }

    fn index_document(&self) -> Option<(&'a IndexDocument, &'a str)> {
        let index = self.website?.index_document.as_ref()?;
        let suffix = index.suffix.as_deref().filter(|suffix| !suffix.is_empty())?;
        Some((index, suffix))
    }

    /// The page that stands for the root or for a directory. A presigned request for the root is a listing, as a
    /// signed one is. A HEAD that is signed in a header is about the object: clients ask so whether a folder exists.
    fn index_page_in_place(&self) -> Option<ObjectKey> {
        let (index, suffix) = self.index_document()?;
        let access = self.request.access;
        let gets_page = access.gets_pages() || self.request.method == Method::Get;
        let page = match self.request.key {
            None if access == Access::Anonymous => ObjectKey::parse(suffix),
            Some(key) if gets_page && key.as_str().ends_with('/') => {
                if index.effective_support_sub_dir() {
                    ObjectKey::parse(&format!("{key}{suffix}"))
                } else {
                    ObjectKey::parse(suffix)
                }
            }
            _ => return None,
        };
        page.ok()
    }

    /// To a request that is signed in a header, a folder without a page is the object of that name.
    fn marker(&self, found: Observation) -> Option<ObjectKey> {
        let is_sdk = self.request.access == Access::Signed && found == Observation::Missing;
        self.request.key.filter(|key| is_sdk && self.entry.as_ref() != Some(key)).cloned()
    }

    fn ask_rules(&mut self, found: Observation) -> Decision<'a> {
        // Rules about objects do not apply to an allowed listing.
        if self.entry.is_none() && found.is_authorised() {
            return Decision::List;
        }
        let requested = self.request.key.map_or("", ObjectKey::as_str);
        let stored_as = self.entry.as_ref().map_or(requested, ObjectKey::as_str);
        let subject = Subject { requested, stored_as };
        let matched =
            self.website.and_then(|website| first_match(website, &self.request, subject, found, &mut self.tracer));
        let redirects = matches!(&matched, Some(Match { action: Action::Redirect { .. }, .. }));
        if self.lacks_slash(found, matched.is_some()) && !redirects {
            let location = location::of_root(&self.request);
            return Decision::Redirect(Redirection { rule: None, status: DIRECTORY_REDIRECT, location });
        }
        match matched {
            Some(Match { rule, action }) => match action {
                Action::Mirror(urls) => self.fetch_entry(rule, urls),
                Action::MirrorsNothing(reason) => {
                    self.step("MirrorURL", || reason);
                    self.index_step()
                }
                Action::Redirect { status, location } => {
                    Decision::Redirect(Redirection { rule: Some(rule), status, location })
                }
                Action::Internal(key) => self.serve_instead(&key, found),
            },
            None => {
                self.tracer.note(|| TraceEvent::NoRuleMatches);
                self.without_rule(found)
            }
        }
    }

    /// Whether the root's page would be sent in place to a request whose path does not end with a slash.
    fn lacks_slash(&self, found: Observation, is_matched: bool) -> bool {
        let is_content = found == Observation::Present || (found == Observation::Missing && is_matched);
        self.request.lacks_slash && self.request.key.is_none() && is_content
    }

    fn without_rule(&mut self, found: Observation) -> Decision<'a> {
        match (found, self.entry.clone()) {
            (Observation::Present, Some(key)) => Decision::Serve { key, status: 200 },
            (Observation::Missing, Some(_)) => self.index_step(),
            (found, _) => Decision::Plain { status: found.status() },
        }
    }

    fn fetch_entry(&mut self, rule: &'a coho_model::website::RoutingRule, urls: crate::OriginUrls) -> Decision<'a> {
        match self.entry.clone() {
            Some(key) => {
                self.stage = EvaluationStage::FetchEntry(key.clone());
                Decision::Mirror(MirrorFetch { rule, urls, key, status: 200 })
            }
            None => Decision::Plain { status: 404 },
        }
    }

    /// An Internal rule. What it names may be no key at all; then it is missing.
    fn serve_instead(&mut self, key: &str, before: Observation) -> Decision<'a> {
        match ObjectKey::parse(key) {
            Ok(key) => {
                self.stage = EvaluationStage::Internal { key: key.clone(), before };
                Decision::LookUp(key)
            }
            Err(invalid) => {
                self.step("Internal", || StepOutcome::NoKey(invalid.to_string()));
                match before {
                    Observation::Refused(status) => Decision::Plain { status },
                    Observation::Present | Observation::Missing => self.index_step(),
                }
            }
        }
    }

    /// `IndexDocument/Type`: a missing key may be a directory with a page.
    fn index_step(&mut self) -> Decision<'a> {
        match self.directory_page() {
            Ok(key) => {
                self.stage = EvaluationStage::Directory(key.clone());
                Decision::LookUp(key)
            }
            Err(reason) => {
                self.step("IndexDocument", || reason);
                self.error_step()
            }
        }
    }

    fn directory_page(&self) -> Result<ObjectKey, StepOutcome> {
        let (index, suffix) = self.index_document().ok_or(StepOutcome::IsAbsent)?;
        let key = self.request.key.map_or("", ObjectKey::as_str);
        if !self.request.access.gets_pages() {
            return Err(StepOutcome::SignedInHeader);
        }
        if !index.effective_support_sub_dir() {
            return Err(StepOutcome::NoSubDir);
        }
        if key.is_empty() || key.ends_with('/') {
            return Err(StepOutcome::IsPageAlready);
        }
        if index.effective_type() == TYPE_NOTHING {
            return Err(StepOutcome::TypeNothing);
        }
        ObjectKey::parse(&format!("{key}/{suffix}")).map_err(|_| StepOutcome::NameTooLong)
    }

    fn directory_found(&mut self, page: ObjectKey, found: Observation) -> Decision<'a> {
        let is_redirect = self.index_document().is_some_and(|(index, _)| index.effective_type() == TYPE_REDIRECT);
        // A signature covers one key: after the redirect the reader of a private bucket would be anonymous.
        let redirects = is_redirect && (self.request.access == Access::Anonymous || self.request.anyone_reads);
        match found {
            Observation::Present if redirects => {
                let key = self.request.key.map_or("", ObjectKey::as_str);
                let location = location::of_directory(&self.request, key);
                Decision::Redirect(Redirection { rule: None, status: DIRECTORY_REDIRECT, location })
            }
            Observation::Present => Decision::Serve { key: page, status: 200 },
            Observation::Missing if !is_redirect => match self.mirror_page(&page, 200) {
                Some(fetch) => {
                    self.stage = EvaluationStage::FetchDirectory(page);
                    fetch
                }
                None => self.error_step(),
            },
            Observation::Missing | Observation::Refused(_) => self.error_step(),
        }
    }

    fn error_step(&mut self) -> Decision<'a> {
        match self.error_page() {
            Ok((key, status)) => {
                self.stage = EvaluationStage::ErrorPage(key.clone(), status);
                Decision::LookUp(key)
            }
            Err(reason) => {
                self.step("ErrorDocument", || reason);
                Decision::Plain { status: 404 }
            }
        }
    }

    fn error_page(&self) -> Result<(ObjectKey, u16), StepOutcome> {
        let document = self.website.and_then(|website| website.error_document.as_ref()).ok_or(StepOutcome::IsAbsent)?;
        let key =
            document.key.as_deref().and_then(|key| ObjectKey::parse(key).ok()).ok_or(StepOutcome::NamesNoObject)?;
        if !self.request.access.gets_pages() {
            return Err(StepOutcome::SignedInHeader);
        }
        if self.entry.as_ref() == Some(&key) {
            return Err(StepOutcome::IsMissingItself);
        }
        // A document that was stored before a check became stricter must not make another status.
        Ok((key, if document.effective_http_status() == 200 { 200 } else { 404 }))
    }

    fn error_page_found(&mut self, key: ObjectKey, status: u16, found: Observation) -> Decision<'a> {
        match found {
            Observation::Present => Decision::Serve { key, status },
            Observation::Missing => match self.mirror_page(&key, status) {
                Some(fetch) => {
                    self.stage = EvaluationStage::FetchErrorPage(key, status);
                    fetch
                }
                None => Decision::Plain { status: 404 },
            },
            Observation::Refused(_) => Decision::Plain { status: 404 },
        }
    }

    /// A missing page is fetched if a request for its own key would be. Rules of other types say nothing about it.
    fn mirror_page(&mut self, page: &ObjectKey, status: u16) -> Option<Decision<'a>> {
        let subject = Subject { requested: page.as_str(), stored_as: page.as_str() };
        let website = self.website?;
        let Match { rule, action } =
            first_match(website, &self.request, subject, Observation::Missing, &mut self.tracer)?;
        match action {
            Action::Mirror(urls) => Some(Decision::Mirror(MirrorFetch { rule, urls, key: page.clone(), status })),
            Action::MirrorsNothing(_) | Action::Redirect { .. } | Action::Internal(_) => None,
        }
    }
}

fn served_or_refused(key: ObjectKey, status: u16, found: Observation) -> Decision<'static> {
    match found {
        Observation::Present => Decision::Serve { key, status },
        other => Decision::Plain { status: other.status() },
    }
}
