//! Requests for the rest of a body.

use crate::{fetch_context::FetchContext, origin_requester::RangeRequest, origins::OriginBody, resume::Resume};
use http::Response;
use std::time::Duration;

/// Most resumptions of one body.
const MAX_RESUMES: u32 = 8;
/// Wait before the first attempt; it doubles with each failure, so that an origin has time to restart.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// Attempts at one origin before the next one is asked.
const ATTEMPTS_PER_ORIGIN: u32 = 2;

/// Why the rest of a body is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResumeCause {
    /// The body broke off: an origin gets time, and more than one attempt.
    BrokenBody,
    /// The next bytes were fetched ahead. Each origin is asked once, since the former answer can still be read on.
    RangeAhead,
}

/// The rest of a body from the offset `taken` on; `None` if no origin has it.
pub(crate) async fn resume_body(
    context: &FetchContext,
    resume: &mut Resume,
    taken: u64,
    cause: ResumeCause,
) -> Option<OriginBody> {
    let headers = resume.range(taken, None)?;
    let origins = 1 + context.request.urls.others.len();
    // Since the last received byte: failures at all origins, failures at this one, and origins without the rest.
    let (mut failures, mut failures_here, mut without_rest) = (0, 0, 0);
    while resume.attempts < MAX_RESUMES && without_rest < origins {
        if cause == ResumeCause::BrokenBody {
            tokio::time::sleep(FIRST_WAIT * 2u32.pow(failures)).await;
            resume.attempts += 1;
        }
        let range = RangeRequest { start: taken, headers: headers.clone(), ignores_breaker: true };
        let answer = context.requester().ask(resume.origin(), range).await;
        if let Ok(response) = &answer
            && let Some(end) = resume.rest(response, taken)
        {
            resume.set_length(end);
            return answer.ok().map(Response::into_body);
        }
        // Another version, or an origin without ranges, stays so.
        let is_final = answer.is_ok_and(|response| !response.status().is_server_error());
        if is_final || cause == ResumeCause::RangeAhead {
            without_rest += 1;
            failures_here = ATTEMPTS_PER_ORIGIN;
        } else {
            failures += 1;
            failures_here += 1;
        }
        if failures_here >= ATTEMPTS_PER_ORIGIN {
            resume.next_origin(origins);
            failures_here = 0;
        }
    }
    None
}
